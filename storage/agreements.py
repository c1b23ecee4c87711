"""How far annotators agreed, each time it was worked out: appended, and never changed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from storage.database import reading, writing
from storage.queries import AGREEMENT
from storage.retrying import each_retried
from storage.writes import add

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.engine import Engine


@dataclass(frozen=True, slots=True)
class AgreementRecord:
    """One statistic of one code.

    Attributes:
        code: what was judged: primary, or one of the codes.
        statistic: alpha or kappa.
        annotators: whose judgements.
        value: None where it is not defined.
        low: lower end of its interval; None where it has none.
        high: upper end.
        n: comments that it stands on.
    """

    code: str
    statistic: str
    annotators: tuple[str, ...]
    value: float | None
    low: float | None
    high: float | None
    n: int


@each_retried
class Agreements:
    """The agreement of a study's people, run by run. Every method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, study_id: str, run_id: str, records: Sequence[AgreementRecord]) -> int:
        """Append what a run found, and return how many records that is."""
        rows = [
            {**asdict(one), "study": study_id, "run": int(run_id), "annotators": json.dumps(one.annotators)}
            for one in records
        ]
        with writing(self._engine) as connection:
            return add(connection, AGREEMENT, rows)

    def latest(self, study_id: str) -> list[AgreementRecord]:
        """What the last run that found anything found, in its order."""
        ours = AGREEMENT.c.study == study_id
        last = select(func.max(AGREEMENT.c.run)).where(ours).scalar_subquery()
        query = select(AGREEMENT).where(ours, AGREEMENT.c.run == last).order_by(AGREEMENT.c.key)
        with reading(self._engine) as connection:
            return [_record(row) for row in connection.execute(query).mappings()]


def _record(row: Mapping[Any, Any]) -> AgreementRecord:
    plain = {name: row[name] for name in ("code", "statistic", "value", "low", "high", "n")}
    return AgreementRecord(**plain, annotators=tuple(json.loads(row["annotators"])))
