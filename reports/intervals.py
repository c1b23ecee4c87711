"""Intervals for a share: Wilson's, on an effective number of labels, with a normal or Student's quantile."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[Any]

_NORMAL_FROM = 20_000
"""Degrees of freedom from which the normal quantile stands for Student's: it is less than 0.03 % below, up to .999."""


def normal_quantile(level: float) -> float:
    """The z with `level` of the normal distribution between -z and z."""
    return NormalDist().inv_cdf((1 + level) / 2)


@lru_cache(maxsize=4096)
def student_quantile(level: float, freedom: int) -> float:
    """The t with `level` of Student's distribution between -t and t, to twelve digits.

    Newton's steps on the finite series for whole degrees of freedom (Abramowitz and Stegun 1972, 26.7.3 and 26.7.4),
    from below: the density falls, so a step never passes the root by much.

    Raises:
        ValueError: there is less than one degree of freedom.
    """
    if freedom < 1:
        raise ValueError("Student's distribution needs a degree of freedom")
    if freedom == 1:
        return math.tan(level * math.pi / 2)
    t = normal_quantile(level)
    for _ in range(60 if freedom < _NORMAL_FROM else 0):
        step = (_between(t, freedom) - level) / (2 * _density(t, freedom))
        t -= step
        if abs(step) < 1e-13 * t:
            break
    return t


def student_tails(t: float, freedom: int) -> float:
    """The probability beyond -t and t of Student's distribution, to twelve digits after the point."""
    if freedom == 1:
        return 1 - 2 / math.pi * math.atan(t)
    inside = _between(t, freedom) if freedom < _NORMAL_FROM else math.erf(t / math.sqrt(2))
    return max(1 - inside, 0.0)


def wilson(share: ArrayLike, labels: ArrayLike, quantile: ArrayLike) -> tuple[Array, Array]:
    """Wilson's (1927) interval for a share of which `labels` independent draws were seen; infinitely many close it."""
    p, z = np.asarray(share, float), np.asarray(quantile, float)
    part = z * z / np.asarray(labels, float)
    centre = (p + part / 2) / (1 + part)
    half = np.sqrt(part * (p * (1 - p) + part / 4)) / (1 + part)
    return centre - half, centre + half


def _between(t: float, freedom: int) -> float:
    """The probability between -t and t."""
    angle, odd = math.atan(t / math.sqrt(freedom)), freedom % 2
    steps = np.arange(1 + odd, freedom - 1, 2, dtype=float)  # 2, 4, … where the degrees are odd, 1, 3, … where even
    series = 1 + float(np.cumprod(steps / (steps + 1) * math.cos(angle) ** 2).sum())
    if odd:
        return (angle + math.sin(angle) * math.cos(angle) * series) * 2 / math.pi
    return math.sin(angle) * series


def _density(t: float, freedom: int) -> float:
    scale = math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2) - math.log(freedom * math.pi) / 2
    return math.exp(scale - (freedom + 1) / 2 * math.log1p(t * t / freedom))
