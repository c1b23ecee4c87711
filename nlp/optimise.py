"""Limited-memory BFGS: smooth minimisation in float32, with a handful of vectors of memory.

Nocedal & Wright, Numerical Optimization (2006), algorithms 7.4 and 7.5, with a backtracking line search. Several times
faster here than SciPy's, whose own bookkeeping in float64 outweighs the cost of the loss.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Loss = Callable[[NDArray[np.float32]], tuple[float, NDArray[np.float32]]]

_MEMORY = 8
_ARMIJO = 1e-4
_HALVINGS = 20
_FLAT = 1e-4


def minimise(loss: Loss, start: NDArray[np.float32], rounds: int) -> NDArray[np.float32]:
    """The point reached after at most so many rounds; earlier where the loss no longer falls.

    Args:
        loss: value and gradient at a point.
        start: where to begin.
        rounds: most steps to take.
    """
    point = start
    value, slope = loss(point)
    pairs: list[tuple[NDArray[np.float32], NDArray[np.float32], float]] = []
    for step in range(rounds):
        direction = -_times_inverse(slope, pairs)
        if step == 0:
            direction /= max(float(np.linalg.norm(direction)), 1e-12)
        found = _search(loss, point, value, slope, direction)
        if found is None:
            break
        fresh, fresh_value, fresh_slope = found
        moved, turned = fresh - point, fresh_slope - slope
        curvature = float(np.dot(moved, turned))
        if curvature > 0:
            pairs = [*pairs[-_MEMORY + 1 :], (moved, turned, 1 / curvature)]
        settled = value - fresh_value < _FLAT * abs(value)
        point, value, slope = fresh, fresh_value, fresh_slope
        if settled and step > rounds // 2:
            break
    return point


def _times_inverse(
    slope: NDArray[np.float32], pairs: list[tuple[NDArray[np.float32], NDArray[np.float32], float]]
) -> NDArray[np.float32]:
    """The slope times the approximate inverse Hessian that the pairs describe (two-loop recursion)."""
    result = slope.copy()
    shares = []
    for moved, turned, inverse in reversed(pairs):
        share = inverse * float(np.dot(moved, result))
        shares.append(share)
        result -= np.float32(share) * turned
    if pairs:
        _, turned, inverse = pairs[-1]
        result *= np.float32(1 / (inverse * float(np.dot(turned, turned))))
    for (moved, turned, inverse), share in zip(pairs, reversed(shares), strict=True):
        result += np.float32(share - inverse * float(np.dot(turned, result))) * moved
    return result


def _search(
    loss: Loss, point: NDArray[np.float32], value: float, slope: NDArray[np.float32], direction: NDArray[np.float32]
) -> tuple[NDArray[np.float32], float, NDArray[np.float32]] | None:
    """The first of the steps 1, 1/2, 1/4 … that lowers the loss enough, or None."""
    gain = float(np.dot(slope, direction))
    length = 1.0
    for _ in range(_HALVINGS):
        fresh = point + np.float32(length) * direction
        fresh_value, fresh_slope = loss(fresh)
        if fresh_value <= value + _ARMIJO * length * gain:
            return fresh, fresh_value, fresh_slope
        length /= 2
    return None
