"""Days with more comments than the three weeks before let one expect."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from reports.intervals import normal_quantile, student_quantile

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from reports.changes_days import Days

    Floats = npt.NDArray[np.float64]

BASELINE_DAYS = 21
_LEAST_DAYS = 14
_LEAST_COMMENTS = 10
_EACH = 0.995
"""Part of ordinary days that stay below the limit."""


def spikes(days: Days) -> list[dict[str, Any]]:
    """Days above the limit of the BASELINE_DAYS before them, days of a gap left out on both sides.

    A day that was a spike itself enters later baselines as its limit, so that a burst neither hides the next one nor
    lets a lasting rise be called a spike for ever. `usual` is the mean of the baseline.
    """
    kept = days.total.copy()
    found = []
    for at in range(_LEAST_DAYS, len(days)):
        begin = max(at - BASELINE_DAYS, 0)
        baseline = kept[begin:at][~days.gap[begin:at]]
        if days.gap[at] or len(baseline) < _LEAST_DAYS:
            continue
        limit = spike_limit(baseline)
        if days.total[at] > max(limit, _LEAST_COMMENTS - 1):
            n, usual = int(days.total[at]), round(float(baseline.sum()) / len(baseline), 1)
            found.append({"day": days.iso(at), "n": n, "limit": int(limit), "usual": usual})
            kept[at] = min(kept[at], math.ceil(limit))
    return found


def spike_limit(baseline: Floats) -> float:
    """The number of comments that 199 of 200 further days of a negative binomial baseline stay within.

    Its mean and variance are the baseline's, the variance at least Poisson's, and wider by what so few days leave open:
    1 + 1/n and Student's quantile. The quantile is that of the gamma distribution of the same mean and variance (a
    negative binomial is a Poisson mixed over one) by Wilson and Hilferty's (1931) cube root.
    """
    n, mean = len(baseline), max(float(baseline.sum()), 1.0) / len(baseline)
    off = baseline - mean
    spread = max(float((off * off).sum()) / (n - 1), mean) * (1 + 1 / n)
    shape = mean**2 / spread
    return quantile(mean, shape, student_quantile(2 * _EACH - 1, n - 1))


def quantile(mean: float, shape: float, z: float | None = None) -> float:
    """The gamma distribution's quantile at a normal z, the 99.5 % one where none is given."""
    z = normal_quantile(2 * _EACH - 1) if z is None else z
    part = 1 / (9 * shape)
    return float(mean * (1 - part + z * math.sqrt(part)) ** 3)
