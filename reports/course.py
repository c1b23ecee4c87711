"""How the shares of the stances went: one point a column, over a window of columns wide enough for a share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from reports.adjusted import Adjustment
from reports.corpus import DRAWN, MIN_SHARE_N

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from reports.audit import Labelled
    from reports.corpus import Corpus

WINDOWS = {"hour": (3, 7, 13, 25), "day": (3, 5, 7, 15), "week": (1, 3, 5, 9, 13), "month": (1, 3, 5)}
"""Columns of a window, by unit; the first that gives a share at FULL of the columns is taken, else the last."""
FULL = 0.8
MOST_POINTS = 130
"""More points than this cannot be told apart."""
FEWEST = 3
"""Two points are no course."""
_ENDS = ("estimate", "low", "high")
_DIGITS = 4


def build_course(
    unit: str,
    series: Mapping[str, Sequence[int]],
    missing: Sequence[int],
    corpus: Corpus,
    at: npt.NDArray[np.int64],
    sample: Labelled | None = None,
) -> dict[str, Any] | None:
    """Shares over time, put right by the coder's errors where labels tell them; None where three points are too many.

    Keys: columns (of a window), basis (audited or draft), points: {column (the middle of the window), from, to, n
    (coded comments), shares by stance: estimate, low and high, 0 to 1; low and high None in a draft}. A window ends
    where nothing was collected: there is no line across.

    Args:
        unit: what a column is.
        series: counted and coded comments of each column, by stance.
        missing: columns in which nothing was collected.
        corpus: the comments.
        at: (N,) the column of each comment, -1 for none.
        sample: the labels.
    """
    counts = np.array([series[stance.value] for stance in DRAWN])
    widths = WINDOWS[unit]
    found = next((w for w in widths if _full(counts, missing, w)), widths[-1])
    drafts = [point for point in _points(counts, missing, found) if point["n"] >= MIN_SHARE_N]
    audited = _audited(drafts, corpus, at, sample)
    basis, points = ("audited", audited) if len(audited) >= FEWEST else ("draft", drafts)
    return {"columns": found, "basis": basis, "points": points} if len(points) >= FEWEST else None


def _audited(
    points: list[dict[str, Any]], corpus: Corpus, at: npt.NDArray[np.int64], sample: Labelled | None
) -> list[dict[str, Any]]:
    """The points that the labels can carry."""
    adjustment = Adjustment.of(sample, corpus)
    if adjustment is None:
        return []
    found = [(point, adjustment.shares((at >= point["from"]) & (at <= point["to"]))) for point in points]
    return [
        point | {"shares": {name: {end: share[end] for end in _ENDS} for name, share in shares.items()}}
        for point, shares in found
        if shares
    ]


def _full(counts: npt.NDArray[np.int64], missing: Sequence[int], width: int) -> bool:
    n = [point["n"] for point in _points(counts, missing, width)]
    return bool(n) and sum(each >= MIN_SHARE_N for each in n) >= FULL * len(n)


def _points(counts: npt.NDArray[np.int64], missing: Sequence[int], width: int) -> list[dict[str, Any]]:
    """One point for each column, or for every second, third … where there are too many."""
    columns = counts.shape[1]
    gone = frozenset(missing)
    step = -(-columns // MOST_POINTS)
    wide = max(width, step)
    return [
        _point(counts, i, *_window(i, wide // 2, columns, gone))
        for i in range(step // 2, columns, step)
        if i not in gone
    ]


def _window(column: int, half: int, columns: int, gone: frozenset[int]) -> tuple[int, int]:
    """The first and last column of a window around one, cut at the ends and where nothing was collected."""
    low = high = column
    while low > max(column - half, 0) and low - 1 not in gone:
        low -= 1
    while high < min(column + half, columns - 1) and high + 1 not in gone:
        high += 1
    return low, high


def _point(counts: npt.NDArray[np.int64], column: int, low: int, high: int) -> dict[str, Any]:
    sums = counts[:, low : high + 1].sum(axis=1)
    n = int(sums.sum())
    shares = {
        stance.value: {"estimate": round(float(k) / n, _DIGITS) if n else 0.0, "low": None, "high": None}
        for stance, k in zip(DRAWN, sums, strict=True)
    }
    return {"column": column, "from": low, "to": high, "n": n, "shares": shares}
