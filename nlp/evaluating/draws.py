"""Intervals by the bootstrap: what is drawn, how often, and that the same seed gives the same bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

DRAWS = 2000
FEWEST_CHANGES = 10
"""From so many changes on, whole changes are drawn: comments on one change resemble each other."""
_AT_ONCE = 250


@dataclass(frozen=True, slots=True)
class Figure:
    """An estimate with its 95 % interval; None where it is not defined or too little is known."""

    value: float | None
    low: float | None = None
    high: float | None = None

    def as_dict(self) -> dict[str, float | None]:
        """Plain values."""
        return {"value": self.value, "low": self.low, "high": self.high}


@dataclass(frozen=True, slots=True)
class Units:
    """What the bootstrap draws from, with replacement.

    Attributes:
        drawn: whole changes, or rows.
        weights: int64, (units,): how many of each there are. Rows that count alike are one unit.
        tables: float64, (units, …): what one of each adds to the crosstabs.
    """

    drawn: Literal["changes", "rows"]
    weights: NDArray[np.int64]
    tables: NDArray[np.float64]

    @property
    def whole(self) -> NDArray[np.float64]:
        """The crosstabs of everything."""
        return np.tensordot(self.weights.astype(np.float64), self.tables, 1)

    def draws(self, times: int = DRAWS, seed: int = 0) -> NDArray[np.float64]:
        """Crosstabs of so many resamples, (times, …). Sums of whole numbers: the same on every machine."""
        flat = self.tables.reshape(len(self.weights), -1)
        parts = [counts @ flat for counts in self._counts(times, np.random.default_rng(seed))]
        return np.concatenate(parts).reshape(times, *self.tables.shape[1:])

    def _counts(self, times: int, rng: np.random.Generator) -> Iterator[NDArray[np.float64]]:
        total = int(self.weights.sum())
        for begin in range(0, times, _AT_ONCE):
            some = min(_AT_ONCE, times - begin)
            yield rng.multinomial(total, self.weights / max(total, 1), some).astype(np.float64)


def units_of(rows: NDArray[Any], tables: NDArray[np.float64], changes: Sequence[str]) -> Units:
    """What to draw from: whole changes where there are FEWEST_CHANGES, else rows.

    Args:
        rows: (n,): for each row, which of the tables it adds.
        tables: (kinds, …): what each kind of row adds to the crosstabs.
        changes: (n,): the change of each row.
    """
    names, which = np.unique(np.asarray(changes, object).astype(str), return_inverse=True)
    if len(names) < FEWEST_CHANGES:
        return Units("rows", np.bincount(rows, minlength=len(tables)), tables)
    pairs, times = np.unique(np.stack([which, rows]), axis=1, return_counts=True)
    sums = np.zeros((len(names), *tables.shape[1:]))
    for (change, kind), count in zip(pairs.T, times, strict=True):
        sums[change] += count * tables[kind]
    return Units("changes", np.ones(len(names), np.int64), sums)


def figure(value: float, drawn: NDArray[np.float64] | None = None) -> Figure:
    """An estimate with the percentile interval of its resamples, those without a value left out."""
    if not np.isfinite(value):
        return Figure(None)
    known = drawn[np.isfinite(drawn)] if drawn is not None else np.empty(0)
    if not known.size:
        return Figure(float(value))
    low, high = np.percentile(known, [2.5, 97.5])
    return Figure(float(value), float(low), float(high))
