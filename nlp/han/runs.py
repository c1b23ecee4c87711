"""Many runs of characters worked on side by side: the first characters of all, then the second ones, and so on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Indices = NDArray[np.int64]


class Steps(NamedTuple):
    """Runs in step.

    Attributes:
        many: int64, one per step: how many runs have it; the longest come first.
        begins: int64, one per step and one more: where its places lie.
        at: int64, one per character: its place in the text, step by step.
        step: uint8, one per character.
    """

    many: Indices
    begins: Indices
    at: Indices
    step: NDArray[np.uint8]


def steps(first: Indices, length: Indices, way: int) -> Steps:
    """Runs in step from a first place onwards: to the right with `way` 1, to the left with -1."""
    order = np.argsort(-length, kind="stable")
    reached = np.bincount(length)
    many = (len(length) - np.cumsum(reached))[:-1]
    begins = np.append(0, np.cumsum(many))
    at = np.empty(int(begins[-1]), np.int64)
    place = first[order]
    for count, begin in zip(many.tolist(), begins.tolist(), strict=False):
        at[begin : begin + count] = place[:count]
        place = place[:count] + way
    return Steps(many, begins, at, np.repeat(np.arange(len(many), dtype=np.uint8), many))
