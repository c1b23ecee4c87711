"""Answers to requests and paraphrases of quotes, as people give them: appended, and the last one counts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import CheckConstraint, func, select
from sqlmodel import SQLModel

from storage.columns import STRICT, key_column, one_of, text_column, whole_column
from storage.database import reading, writing
from storage.queries import table
from storage.retrying import each_retried
from storage.text import clean
from storage.writes import add, now

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.engine import Engine

Kind = Literal["response", "paraphrase"]
State = Literal["said", "done", "open"]


class ResponseTable(SQLModel, table=True):
    """What somebody answered to a request, or how they paraphrased a comment; never changed."""

    __tablename__ = "response"
    __table_args__ = (
        CheckConstraint(one_of("kind", "response", "paraphrase"), name="response_kind"),
        CheckConstraint(one_of("state", "said", "done", "open"), name="response_state"),
        CheckConstraint("length(subject) > 0", name="response_subject"),
        CheckConstraint("length(day) = 10", name="response_day"),
        STRICT,
    )

    key: int | None = key_column()
    study: str = text_column(foreign_key="study.id", index=True)
    run: int = whole_column(foreign_key="run.key")
    kind: str = text_column()
    subject: str = text_column()
    state: str = text_column()
    zh: str = text_column()
    en: str = text_column()
    day: str | None = text_column()
    created_at: int = whole_column()
    hash: int | None = whole_column()


RESPONSE = table(ResponseTable)


@dataclass(frozen=True, slots=True)
class ResponseRecord:
    """One answer or paraphrase.

    Attributes:
        kind: response (to a request) or paraphrase (of a comment).
        subject: the request's key, or the comment's id.
        state: said, done, or open: taken back.
        zh, en: its words.
        day: when it was given, None where that is not known.
    """

    kind: Kind
    subject: str
    state: State
    zh: str = ""
    en: str = ""
    day: date | None = None


@each_retried
class Responses:
    """The answers and paraphrases of each study. Every method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, study_id: str, run_id: str, records: Sequence[ResponseRecord]) -> int:
        """Appends them, in this order, and returns how many that is."""
        rows = [_row(record, study_id, int(run_id)) for record in records]
        with writing(self._engine) as connection:
            return add(connection, RESPONSE, rows)

    def standing(self, study_id: str, kind: Kind, upto: int | None = None) -> dict[str, ResponseRecord]:
        """The last word on each subject, those taken back included, by subject.

        Args:
            study_id: the study.
            kind: answers or paraphrases.
            upto: leave out what came after the row of this key, as `last` gave it; None for all.
        """
        query = select(RESPONSE).where(RESPONSE.c.study == study_id, RESPONSE.c.kind == kind)
        if upto is not None:
            query = query.where(RESPONSE.c.key <= upto)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(RESPONSE.c.key)).mappings()
            return {row["subject"]: _record(row) for row in rows}

    def last(self, study_id: str) -> int:
        """Key of the study's last row, 0 where there is none."""
        query = select(func.max(RESPONSE.c.key)).where(RESPONSE.c.study == study_id)
        with reading(self._engine) as connection:
            return int(connection.execute(query).scalar() or 0)


def _row(record: ResponseRecord, study: str, run: int) -> dict[str, Any]:
    day = record.day.isoformat() if record.day else None
    words = {"zh": clean(record.zh).strip(), "en": clean(record.en).strip()}
    return {**asdict(record), **words, "day": day, "study": study, "run": run, "created_at": now()}


def _record(row: Mapping[Any, Any]) -> ResponseRecord:
    plain = {name: row[name] for name in ("kind", "subject", "state", "zh", "en")}
    return ResponseRecord(**plain, day=date.fromisoformat(row["day"]) if row["day"] else None)
