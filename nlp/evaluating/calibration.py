"""Whether a coder is right as often as its scores say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp.coders.protocol import ABSTAINED

if TYPE_CHECKING:
    from numpy.typing import NDArray

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Comments whose highest score lies between low and high: how many, the mean of it, and the share coded right."""

    low: float
    high: float
    n: int
    score: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """The expected calibration error (mean of |score - accuracy| over bins, by rows; Guo et al. 2017), and the bins."""

    error: float
    n: int
    bins: tuple[Bin, ...]


def calibration(people: NDArray[Any], coded: NDArray[Any], scores: NDArray[Any]) -> Calibration | None:
    """Calibration of the primary stance, from the score it has; None where no comment has one.

    Args:
        people: (n,) indexes into STANCES.
        coded: (n,) the coder's, or ABSTAINED.
        scores: (n, 4).
    """
    kept = np.flatnonzero(coded != ABSTAINED)
    top = scores[kept, coded[kept]].astype(np.float64)
    kept, top = kept[np.isfinite(top)], top[np.isfinite(top)]
    if not kept.size:
        return None
    place = np.clip((top * BINS).astype(int), 0, BINS - 1)
    bins = tuple(_bin(index, top, people[kept] == coded[kept], place == index) for index in np.unique(place))
    error = sum(part.n * abs(part.score - part.accuracy) for part in bins) / len(kept)
    return Calibration(float(error), len(kept), bins)


def _bin(index: int, top: NDArray[Any], right: NDArray[Any], inside: NDArray[Any]) -> Bin:
    return Bin(
        low=float(index / BINS),
        high=float((index + 1) / BINS),
        n=int(inside.sum()),
        score=float(top[inside].mean()),
        accuracy=float(right[inside].mean()),
    )
