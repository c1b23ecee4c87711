"""What came after an answer: how many people asked before and after it, and whether that is more than chance.

Authors are counted, each once: those who asked in one of the two windows only, against those who wrote anything else in
one of them only (Fisher's exact test, conditional on both totals), so that a discussion that dies away as a whole is no
success of an answer. Subjects come and go by themselves, too: the same difference is taken around every earlier day
with whole windows, and the answer's has to stand out among these, by rank and by Student's limit. Of 300 simulated
quiet series whose level drifts, 4 % are called changes (the exact test alone: 30 %); a fall to 0.3 times, with three
people a day who ask and 120 days before, is found in 27 to 47 % (benchmarks/answered.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from reports.corpus import DAY_MS, day_number
from reports.intervals import student_quantile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from reports.corpus import Corpus, Mask
    from reports.inputs import ReportInput, Response

    Whole = npt.NDArray[np.int64]

LONGEST, SHORTEST = 7, 7
"""Days of each window, at most and at least: longer ones leave too few that do not overlap in a usual history."""
LEAST_AUTHORS = 10
"""Authors who asked in one window only, from which on a change is tested."""
LEAST_PLACEBOS = 60
LEVEL = 0.05

Why = Literal["", "day_unknown", "early", "edge", "gap", "few", "history"]


@dataclass
class Change:
    """Before and after one answer.

    Attributes:
        days: days of each window.
        before, after: distinct authors who asked within it.
        only: of authors in one window only, (asked before, asked after, others before, others after).
        times, limit: the difference in root mean squares of those around earlier days, and what it has to exceed:
            Student's limit for as many windows as do not overlap, since neighbouring days share most of theirs.
        rank, of: place of the difference among those around earlier days, 1 for the largest, and how many there are.
        p, q: of the exact test, and after Benjamini and Hochberg (1995) over all answers tested.
        why_not: why it could not be tested.
    """

    days: int = 0
    before: int = 0
    after: int = 0
    only: tuple[int, int, int, int] = (0, 0, 0, 0)
    rank: int | None = None
    of: int | None = None
    p: float | None = None
    q: float | None = None
    times: float = 0.0
    limit: float = math.inf
    why_not: Why = ""

    @property
    def verdict(self) -> Literal["passed", "not_passed", "too_little"]:
        """Whether the change is one, by both tests; too_little where the first cannot be made, or only the second."""
        if self.q is None:
            return "too_little"
        if self.q > LEVEL:
            return "not_passed"
        if self.rank is None or self.of is None:
            return "too_little"
        return "passed" if self.rank <= LEVEL * self.of and self.times > self.limit else "not_passed"

    def written(self) -> dict[str, Any]:
        """For numbers.json; rates are authors a week."""
        weeks = self.days / 7
        return {
            "days": self.days,
            "before": self.before,
            "after": self.after,
            "per_week": [round(n / weeks, 1) for n in (self.before, self.after)] if self.days else None,
            "only": list(self.only),
            "p": None if self.p is None else round(self.p, 4),
            "q": None if self.q is None else round(self.q, 4),
            "times": None if self.rank is None else round(self.times, 2),
            "limit": None if self.rank is None else round(self.limit, 2),
            "rank": self.rank,
            "of": self.of,
            "verdict": self.verdict,
            "why_not": self.why_not,
        }


def changes_after(
    inp: ReportInput, corpus: Corpus, answered: Sequence[tuple[Response, Sequence[int]]]
) -> Iterator[Change]:
    """What came after each answer, given with the positions of its ask's comments."""
    if not answered:
        return
    around = _Around(inp, corpus)
    changes = [around.change(response, np.asarray(members, np.int64)) for response, members in answered]
    tested = [change for change in changes if change.p is not None]
    for change, q in zip(tested, false_discovery([change.p or 0.0 for change in tested]), strict=True):
        change.q = q
        change.why_not = "" if q > LEVEL else change.why_not  # what is no clear change needs no history
    yield from changes


class _Around:
    """The comments around the days of answers."""

    def __init__(self, inp: ReportInput, corpus: Corpus) -> None:
        self._inp, self._corpus = inp, corpus
        self._days = (corpus.local // DAY_MS).astype(np.int64)
        known = corpus.author >= 0  # a comment without a known author has one of its own
        self._author = np.where(known, corpus.author, len(known) + np.arange(len(known)))
        self._dated = np.flatnonzero(corpus.counted & corpus.dated)
        span = corpus.span()
        self._span = (day_number(span[0]), day_number(span[1])) if span else None

    def change(self, response: Response, members: Whole) -> Change:
        """What came after an answer to the ask of these comments; its `q` is not known yet."""
        if response.day is None:
            return Change(why_not="day_unknown")
        if self._span is None:
            return Change(why_not="edge")
        day = day_number(response.day)
        days, why = self._window(day)
        if days < 1:
            return Change(why_not=why)
        asked = members[self._corpus.dated[members]]
        others = self._dated[~np.isin(self._dated, members, assume_unique=True)]
        before, after = self._authors(asked, day, days)
        rest_before, rest_after = self._authors(others, day, days)
        mine = np.unique(self._author[asked])
        only = (
            *_only(before, after),
            *_only(np.setdiff1d(rest_before, mine), np.setdiff1d(rest_after, mine)),
        )
        change = Change(days, len(before), len(after), only, why_not=why)
        if not why and only[0] + only[1] < LEAST_AUTHORS:
            change.why_not = "few"
        if not change.why_not:
            change.p = fisher(*only)
            self._place(change, asked, others, day)
            change.why_not = "" if change.of else "history"
        return change

    def _window(self, day: int) -> tuple[int, Why]:
        """Days on either side that are collected whole, and why they are too few to be compared."""
        assert self._span is not None  # noqa: S101  the caller looked
        first, last = self._span
        reach: list[tuple[int, Why]] = [(LONGEST, ""), (last - day, "early"), (day - first, "edge")]
        for gap in self._inp.study.gaps:
            start, end = day_number(gap.start), day_number(gap.end)
            inside = start <= day <= end
            reach.append((0 if inside else (day - end if end < day else start - day) - 1, "gap"))
        days, why = min(reach, key=lambda one: one[0])
        return max(days, 0), why if days < SHORTEST else ""

    def _authors(self, at: Whole, day: int, days: int) -> tuple[Whole, Whole]:
        """Who wrote these comments in the days before a day, and in those after it; the day itself is in neither."""
        apart = self._days[at] - day
        before, after = (apart < 0) & (apart >= -days), (apart > 0) & (apart <= days)
        return np.unique(self._author[at[before]]), np.unique(self._author[at[after]])

    def _place(self, change: Change, asked: Whole, others: Whole, day: int) -> None:
        """Says where the change stands among those around earlier days whose windows end before the answer."""
        assert self._span is not None  # noqa: S101  the caller looked
        first, days = self._span[0], change.days
        placebos = np.arange(first + days, day - days)
        size = day + days + 1 - first
        lost = np.concatenate(([0], np.cumsum(self._gone(first, size))))
        whole = lost[placebos + days + 1 - first] == lost[placebos - days - first]
        at = np.append(placebos[whole], day) - first
        if len(at) <= LEAST_PLACEBOS:
            return
        moved = np.abs(
            _moved(self._daily(asked, first, size), at, days) - _moved(self._daily(others, first, size), at, days)
        )
        ordinary, seen = moved[:-1], float(moved[-1])
        change.rank, change.of = 1 + int((ordinary >= seen - 1e-12).sum()), len(at)
        change.times = seen / max(float(np.sqrt(np.mean(ordinary**2))), 1e-9)
        change.limit = student_quantile(1 - LEVEL, max(len(ordinary) // (2 * days), 1))

    def _gone(self, first: int, size: int) -> Mask:
        """Which days, counted from the first, lie in a gap."""
        gone = np.zeros(size, np.bool_)
        for gap in self._inp.study.gaps:
            gone[max(day_number(gap.start) - first, 0) : max(day_number(gap.end) - first + 1, 0)] = True
        return gone

    def _daily(self, at: Whole, first: int, size: int) -> Whole:
        """Distinct authors of each day, summed up to it."""
        place = self._days[at] - first
        kept = (place >= 0) & (place < size)
        pairs = pd.unique(place[kept] * np.int64(2 * len(self._author) + 1) + self._author[at[kept]])
        daily = np.bincount(pairs // (2 * len(self._author) + 1), minlength=size)
        return np.concatenate(([0], np.cumsum(daily))).astype(np.int64)


def _only(before: Whole, after: Whole) -> tuple[int, int]:
    both = np.intersect1d(before, after, assume_unique=True).size
    return len(before) - both, len(after) - both


def _moved(summed: Whole, at: Whole, days: int) -> npt.NDArray[np.float64]:
    """Log ratio of what came after each day to what came before it."""
    after = summed[at + days + 1] - summed[at + 1]
    before = summed[at] - summed[at - days]
    return np.asarray(np.log(after + 0.5) - np.log(before + 0.5))


def fisher(a: int, b: int, c: int, d: int) -> float:
    """Two-sided p of Fisher's exact test on the table ((a, b), (c, d)): all tables no likelier than this one.

    R. A. Fisher, The logic of inductive inference (1935); two-sided as in R's `fisher.test`.
    """
    low, high = max(0, a + b - (b + d)), min(a + b, a + c)
    logs = np.array([_log_ways(a + b, k) + _log_ways(c + d, a + c - k) for k in range(low, high + 1)])
    chances = np.exp(logs - logs.max())
    seen = chances[a - low]
    return float(min(1.0, chances[chances <= seen * (1 + 1e-7)].sum() / chances.sum()))


def _log_ways(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def false_discovery(p: Sequence[float]) -> list[float]:
    """The q of each p (Benjamini and Hochberg 1995)."""
    order = np.argsort(-np.asarray(p), kind="stable")
    ranks = len(p) - np.arange(len(p))
    q = np.empty(len(p))
    q[order] = np.minimum.accumulate(np.minimum(np.asarray(p)[order] * len(p) / ranks, 1.0))
    return [float(one) for one in q]
