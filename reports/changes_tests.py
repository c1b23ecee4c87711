"""The tests behind a change: author-clustered differences, false discovery rate, ranks among ordinary days."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from reports.intervals import student_quantile, student_tails, wilson

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

LEVEL = 0.05
LEAST_PLACEBOS = 60
"""With fewer ordinary days before it, an event is not said to have changed anything."""
RANK_LEVEL = 0.04
"""A rank among ordinary days is held to less: their windows overlap, so that a hundred are worth far fewer
(benchmarks/changes.py)."""
_SCALE_FROM = 0.02  # a share below is measured as if it were this large


class Clustered(NamedTuple):
    """A difference of shares between two windows, each array (4,), with what its authors make of its spread.

    Attributes:
        before, after: shares.
        error: standard error of the difference.
        low_before, high_before, low_after, high_after: 95 % intervals of the shares.
        freedom: degrees of freedom.
    """

    before: Floats
    after: Floats
    error: Floats
    low_before: Floats
    high_before: Floats
    low_after: Floats
    high_after: Floats
    freedom: int


def clustered(counts: Floats) -> Clustered:
    """The difference of shares of two windows whose comments hang together by author.

    Cluster-robust variance with its small-sample factor (Liang and Zeger 1986); residuals are taken from shares with
    one comment added of either kind (Agresti and Caffo 2000), so that nought of forty is not taken for certain.
    Student's degrees of freedom are one less than the effective number of authors: (Σw)²/Σw², w being the part that
    each has in the variance of all four stances (after Carter, Schnepel and Steigerwald 2017).

    Args:
        counts: (authors, 2, 4) comments of each author before and after by code; none of the two is empty.
    """
    sizes, size = counts.sum(2), counts.sum((0, 2))
    authors = np.count_nonzero(sizes, axis=0)
    share = counts.sum(0) / size[:, None]
    near = (counts.sum(0) + 1) / (size[:, None] + 2)
    off = (counts - sizes[:, :, None] * near) / size[:, None]
    every = len(counts)
    both = (off[:, 1] - off[:, 0]) ** 2
    error = np.sqrt(every / max(every - 1, 1) * both.sum(0))
    alone = authors[:, None] / np.maximum(authors[:, None] - 1, 1) * (off**2).sum(0)
    worth = np.minimum(near * (1 - near) / np.maximum(alone, 1e-12), size[:, None])
    sides = (off**2).sum(2)
    quantile = np.array([student_quantile(1 - LEVEL, _freedom(one)) for one in sides.T])[:, None]
    low, high = (end.clip(0, 1) for end in wilson(share, worth, quantile))
    return Clustered(share[0], share[1], error, low[0], high[0], low[1], high[1], _freedom(both.sum(1)))


def _freedom(weight: Floats) -> int:
    return max(int(weight.sum() ** 2 / (weight**2).sum() + 1e-9) - 1, 1)


def p_value(difference: float, error: float, freedom: int) -> float:
    """How likely a difference at least so large is where there is none: two-sided, Student's."""
    if difference == 0:
        return 1.0
    return student_tails(abs(difference) / error, freedom) if error > 0 else 0.0


def false_discovery(p: Floats) -> Floats:
    """q-values (Benjamini and Hochberg 1995): a finding with q up to the level is one of which so few are false."""
    order = np.argsort(p, kind="stable")
    raised = p[order] * len(p) / np.arange(1, len(p) + 1)
    q = np.empty_like(p)
    q[order] = np.minimum.accumulate(raised[::-1])[::-1].clip(max=1)
    return q


def scale_of(shares: Floats) -> Floats:
    """(4,) what a point weighs by stance: the standard deviation of one comment (the arcsine scale, to first order)."""
    kept = shares.clip(_SCALE_FROM, 1 - _SCALE_FROM)
    return np.asarray(np.sqrt(kept * (1 - kept)))


def ranks(observed: Floats, placebos: Floats) -> tuple[npt.NDArray[np.int64], int]:
    """The rank of each stance's difference among the largest of all stances on each ordinary day, and of how many.

    Taking the largest keeps all four stances together at the level (Westfall and Young 1993, the maximum).

    Args:
        observed: (4,) absolute differences on one scale.
        placebos: (days, 4) the same on ordinary days.
    """
    most = np.round(placebos, 9).max(1, initial=0.0)
    return 1 + (most[:, None] >= np.round(observed, 9)).sum(0), len(placebos) + 1


def rank_verdict(rank: int, of: int) -> str:
    """Whether a rank is among the first; `of` counts the observed one too."""
    return "passed" if rank <= RANK_LEVEL * of else "not_passed"


def volume(before: float, after: float, days: tuple[int, int]) -> Any:  # noqa: ANN401  a number or an array of them
    """How far the number of comments a day moved, up or down: |log ratio|, half a comment added to either side."""
    return np.abs(np.log((np.asarray(after) + 0.5) / days[1]) - np.log((np.asarray(before) + 0.5) / days[0]))


def points(share: float) -> int:
    """Whole points, half rounded up."""
    return math.floor(100 * share + 0.5)
