"""What the reports room is given of collecting: what each source said it had, what came, and when nothing came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003  read by the dataclasses' annotations
from dataclasses import dataclass, field
from datetime import date  # noqa: TC003  as above
from typing import Literal

from storage.nouns import Wording


@dataclass(frozen=True, slots=True)
class Shortfall:
    """An article of which fewer comments are kept than its platform says it has."""

    title: str
    declared: int
    collected: int


SourceState = Literal["", "ok", "partly", "down", "silent", "begun", "never", "imported", "left out"]


@dataclass(frozen=True, slots=True)
class SourceCoverage:
    """What one source said it had, and what came of it. Times are UTC milliseconds.

    Attributes:
        name: the source's name in the study file.
        declared: how many comments the source itself says it has, None when it does not say.
        gives_comments: whether what it declares counts in the sum; a feed of articles gives none of those.
        of_declared: comments stored that belong to these; None stands for all that were collected.
        collected: items stored.
        duplicates: items that had been stored before.
        rejected: how many items could not be used, by reason.
        error: what went wrong, in words; empty when nothing did.
        first_ms, last_ms: first and last time in the items.
        state: how it stands since `since_ms`; empty when nobody looked.
        last_good_ms: when it was last reached.
        waiting: how much is still to be asked of it, None when that is not known.
        not_had: pages that could not be had in any run.
        shortfalls: the articles with the largest shortfall, that one first.
        short_articles: how many articles have one.
    """

    name: str
    collected: int
    title: Wording = field(default_factory=Wording)
    kind: str = ""
    declared: int | None = None
    of_declared: int | None = None
    gives_comments: bool = True
    duplicates: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)
    error: str = ""
    first_ms: int | None = None
    last_ms: int | None = None
    state: SourceState = ""
    since_ms: int | None = None
    last_good_ms: int | None = None
    waiting: int | None = None
    not_had: int = 0
    shortfalls: Sequence[Shortfall] = ()
    short_articles: int = 0


@dataclass(frozen=True, slots=True)
class Lapse:
    """A stretch of time of which a source gave nothing.

    Attributes:
        kind: `stated` (by a person, in whole days), `down`, `not run`, `silent` (reached, but it held nothing new),
            `ended` (the window went on after the last run).
        start_ms, end_ms: UTC milliseconds; no end where it lasts.
        source: its name, None for all of them.
        reason: why.
        what: the words of the last failure.
        tries: runs that failed.
        later: comments published in between that came later.
        lost: the first and last whole day of which nothing came.
        usual_days: for `silent`, the longest pause that is usual there.
    """

    kind: Literal["stated", "down", "not run", "silent", "ended"]
    start_ms: int
    end_ms: int | None
    source: str | None = None
    reason: Wording = field(default_factory=Wording)
    what: str = ""
    tries: int = 0
    later: int = 0
    lost: tuple[date, date] | None = None
    usual_days: float | None = None
