"""Asking a coder for the stances of labelled comments: what it says, how long that takes, what it spends."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp.coders.protocol import ABSTAINED, Account, Codes, KeepsAccount, annotator
from nlp.evaluating.overlap import training_overlap
from nlp.examples import change_of
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from nlp.coders.protocol import Coder
    from nlp.evaluating.labelled import Labelled
    from storage.nouns import Change

QUICK = 1.0
"""CPU-seconds under which a coder that spends nothing codes again: the first time it loads what it needs."""


@dataclass(frozen=True, slots=True)
class Coding:
    """A coder's answers to labelled comments.

    Attributes:
        annotator: the coder's name@version.
        codes: its stances and scores, in the order of the comments.
        distinct: distinct comments among them.
        cpu_seconds: of this process, for the quicker of two codings where a second one costs nothing.
        wall_seconds: the same by the clock.
        account: what the coder says it did and spent, if it does.
        overlap: texts it is known to be trained on; None where nothing is known.
    """

    annotator: str
    codes: Codes
    distinct: int
    cpu_seconds: float
    wall_seconds: float
    account: Account = field(default_factory=lambda: Account({}))
    overlap: int | None = None


def coded_by(coder: Coder, rows: Sequence[Labelled], changes: Mapping[str, Change] | None = None) -> Coding:
    """The coder's answers, asked change by change.

    Args:
        coder: who is asked.
        rows: the comments.
        changes: what is known of the changes, by the name that the comments have; the others are known by it alone.
    """
    codes, cpu, wall = _timed(coder, rows, changes or {})
    if cpu < QUICK and not isinstance(coder, KeepsAccount):
        _, again_cpu, again_wall = _timed(coder, rows, changes or {})
        cpu, wall = min(cpu, again_cpu), min(wall, again_wall)
    account = coder.account() if isinstance(coder, KeepsAccount) else Account({})
    return Coding(
        annotator=annotator(coder),
        codes=codes,
        distinct=len({(row.text, row.change) for row in rows}),
        cpu_seconds=cpu,
        wall_seconds=wall,
        account=account,
        overlap=training_overlap(coder, rows),
    )


def code_rows(rows: Sequence[Labelled], coder: Coder) -> NDArray[np.int64]:
    """The coder's stance for each row, or ABSTAINED."""
    return _asked(coder, rows, {}).primary.astype(np.int64)


def spent(account: Account) -> dict[str, int]:
    """Requests, tokens and comments asked about, where the coder or the one behind it says so."""
    counts: Mapping[str, Any] = account.counts
    behind = counts.get("heavy", {})
    found = {name: behind.get(name, counts.get(name)) for name in ("requests", "tokens")}
    found["asked"] = counts.get("asked")
    return {name: value for name, value in found.items() if isinstance(value, int)}


def _timed(coder: Coder, rows: Sequence[Labelled], changes: Mapping[str, Change]) -> tuple[Codes, float, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    codes = _asked(coder, rows, changes)
    return codes, time.process_time() - cpu, time.perf_counter() - wall


def _asked(coder: Coder, rows: Sequence[Labelled], changes: Mapping[str, Change]) -> Codes:
    scores = np.full((len(rows), len(STANCES)), np.nan, np.float32)
    primary = np.full(len(rows), ABSTAINED, np.int8)
    members: dict[str, list[int]] = {}
    for index, row in enumerate(rows):
        members.setdefault(row.change, []).append(index)
    for change, indexes in members.items():
        codes = coder.code([rows[index].text for index in indexes], changes.get(change) or change_of(change))
        scores[indexes], primary[indexes] = codes.scores, codes.primary
    return Codes(scores, primary)
