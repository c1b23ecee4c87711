"""The days that changes are looked for in: counts a day, what may be compared around an event, and ordinary days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from reports.adjusted import codes_of, compositions
from reports.corpus import DAY_MS, DRAWN, day_number, day_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from reports.corpus import Corpus, Mask
    from reports.inputs import ReportInput

    Floats = npt.NDArray[np.float64]
    Whole = npt.NDArray[np.int64]

WINDOW_DAYS = 7
BEFORE_DAYS = 14
"""Of the days before an event, two whole weeks are compared: their shares wander less than those of one."""
_MONTH = 31


class Window(NamedTuple):
    """Days before and from a day on, as places in the calendar: [begin, at), [at, end); why_not where one is empty."""

    begin: int
    at: int
    end: int
    why_not: str = ""

    @property
    def before(self) -> int:
        """Days before."""
        return self.at - self.begin

    @property
    def after(self) -> int:
        """Days from the day itself on."""
        return self.end - self.at


@dataclass(frozen=True)
class Days:
    """The study's calendar with what was written on each of its days.

    Attributes:
        first: the first day, in days since 1970.
        gap: (days,) on which a source could not be collected.
        after_event: (days,) within WINDOW_DAYS from an event on, or in the month of one of which only that is known.
        total: (days,) comments that count.
        stances: (days, 4) of them by code, in the order of DRAWN.
        rows: positions of the coded ones, by day.
        code: (rows,) their codes.
        ends: (days + 1,) where each day begins in `rows`.
        author: (rows,) equal for comments of one author, -1 where unknown.
    """

    first: int
    gap: Mask
    after_event: Mask
    total: Floats
    stances: Floats
    rows: Whole
    code: Whole
    ends: Whole
    author: Whole

    def __len__(self) -> int:
        """How many days."""
        return len(self.total)

    def iso(self, at: int) -> str:
        """The day at a place in the calendar."""
        return day_of((self.first + at) * DAY_MS).isoformat()

    def place(self, iso: str) -> int:
        """Where a day stands in the calendar; it may lie outside."""
        return day_number(date.fromisoformat(iso)) - self.first

    @cached_property
    def shares_until(self) -> Floats:
        """(days + 1, 4) coded comments before each day."""
        return np.vstack([np.zeros(len(DRAWN)), self.stances.cumsum(0)])

    @cached_property
    def squares_until(self) -> Floats:
        """(days + 1,) squares of the coded comments of each day, added up."""
        return np.append(0.0, (self.stances.sum(1) ** 2).cumsum())

    def unevenness(self, window: Window, at: Whole) -> Floats:
        """How far the difference of days' shares would spread around each place: √(Σ w² before + Σ w² after).

        w is each day's part of the comments of its side, none of which is empty.
        """
        n, squares = self.shares_until.sum(1), self.squares_until
        begin, end = at - window.before, at + window.after
        before = (squares[at] - squares[begin]) / (n[at] - n[begin]) ** 2
        after = (squares[end] - squares[at]) / (n[end] - n[at]) ** 2
        return np.asarray(np.sqrt(before + after))

    @cached_property
    def total_until(self) -> Floats:
        """(days + 1,) comments before each day."""
        return np.append(0.0, self.total.cumsum())

    def by_author(self, window: Window) -> Floats:
        """(authors, 2, 4) coded comments of each author before and after, by code."""
        begin, at, end = self.ends[[window.begin, window.at, window.end]]
        column = self.code[begin:end] + len(DRAWN) * (np.arange(begin, end) >= at)
        return compositions(self.author[begin:end], column, 2 * len(DRAWN)).reshape(-1, 2, len(DRAWN))

    def ordinary(self, before: int, after: int, until: int) -> Whole:
        """Places whose days before and after end by `until` and touch no gap and no days after an event."""
        touched = np.append(0, (self.gap | self.after_event).cumsum())
        at = np.arange(before, min(until, len(self)) - after + 1)
        return np.asarray(at[touched[at + after] == touched[at - before]])


def days_of(inp: ReportInput, corpus: Corpus, events: Sequence[dict[str, Any]]) -> Days | None:
    """The calendar: from the study's first day, or the first comment, to the last comment; None without dated ones."""
    span = corpus.span()
    if span is None:
        return None
    first, last = day_number(inp.study.start or span[0]), day_number(span[1])
    n = last - first + 1
    day = corpus.local // DAY_MS - first
    dated = corpus.counted & corpus.dated & (day >= 0) & (day < n)
    code = np.where(dated, codes_of(corpus), -1)
    rows = np.flatnonzero(code >= 0)
    rows = rows[np.argsort(day[rows], kind="stable")]
    counts = np.bincount(day[rows] * len(DRAWN) + code[rows], minlength=n * len(DRAWN))
    stances = counts.reshape(n, len(DRAWN)).astype(np.float64)
    return Days(
        first=first,
        gap=_marked([(day_number(gap.start), day_number(gap.end)) for gap in inp.study.gaps], first, n),
        after_event=_marked([_reach(event) for event in events if event["precision"] != "year"], first, n),
        total=np.bincount(day[dated], minlength=n).astype(np.float64),
        stances=stances,
        rows=rows,
        code=code[rows],
        ends=np.append(0, stances.sum(1).cumsum()).astype(np.int64),
        author=corpus.author[rows],
    )


def window_of(event: dict[str, Any], events: Sequence[dict[str, Any]], days: Days) -> Window | None:
    """What is compared: up to BEFORE_DAYS and WINDOW_DAYS from the day on, cut at other events, gaps and edges.

    None where the day of the event is not known.
    """
    if event["precision"] != "day":
        return None
    at = days.place(event["date"])
    if not 0 < at < len(days):
        return Window(at, at, at, "edge")
    others = [days.place(other["date"]) for other in events if other["precision"] == "day"]
    begin = max([0, at - BEFORE_DAYS, *(other for other in others if other < at)])
    end = min([len(days), at + WINDOW_DAYS, *(other for other in others if other > at)])
    gone = np.flatnonzero(days.gap[begin:at])
    begin = begin + int(gone[-1]) + 1 if gone.size else begin
    gone = np.flatnonzero(days.gap[at:end])
    end = at + int(gone[0]) if gone.size else end
    return Window(begin, at, end, "" if begin < at < end else "gap")


def _reach(event: dict[str, Any]) -> tuple[int, int]:
    """The first and last day on which what followed an event may show."""
    first = day_number(date.fromisoformat(event["date"]))
    return first, first + WINDOW_DAYS - 1 + (0 if event["precision"] == "day" else _MONTH - 1)


def _marked(spans: Sequence[tuple[int, int]], first: int, n: int) -> Mask:
    marked = np.zeros(n, dtype=bool)
    for begin, end in spans:
        marked[max(begin - first, 0) : max(end - first + 1, 0)] = True
    return marked
