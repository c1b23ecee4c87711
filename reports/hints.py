"""Days on which the mix of stances turned and no event of the study stands: hints to look, never findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from reports.changes_days import WINDOW_DAYS, Window
from reports.changes_tests import LEAST_PLACEBOS, LEVEL, clustered, p_value, points, scale_of
from reports.corpus import DRAWN, MIN_SHARE_N
from reports.intervals import student_quantile

if TYPE_CHECKING:
    import numpy.typing as npt

    from reports.changes_days import Days

    Floats = npt.NDArray[np.float64]

MOST_HINTS = 5
_APART = 2 * WINDOW_DAYS
_WORTH = 3.5  # days after which windows of a week, one against the next, hardly know of each other
_MEDIAN = 0.6745  # of a normal variable's absolute value


def hints(days: Days) -> list[dict[str, Any]]:
    """Unannounced turns of the stances, the largest first to be found, told in order of day.

    The same statistic as around events, a week against the week before, at every day that is clear of events and gaps.
    A hint is farther out than any of so many ordinary days is likely to be: Student's limit at 5 % over all days and
    stances (Bonferroni), with the spread of the middle half of the days, so that a turn does not hide itself; and the
    author-clustered difference must say the same. `before` and `after` are points of the coder's codes.
    """
    at = days.ordinary(WINDOW_DAYS, WINDOW_DAYS, len(days))
    ends = days.shares_until
    pairs = np.stack([ends[at] - ends[at - WINDOW_DAYS], ends[at + WINDOW_DAYS] - ends[at]], axis=1)
    enough = (pairs.sum(2) >= MIN_SHARE_N).all(1)
    at, pairs = at[enough], pairs[enough]
    if len(at) < LEAST_PLACEBOS:
        return []
    shares = pairs / pairs.sum(2, keepdims=True)
    whole = days.stances.sum(0)
    score = np.abs(shares[:, 1] - shares[:, 0]) / scale_of(whole / whole.sum())
    tests = len(DRAWN) * len(at) / _WORTH
    far = score / (_spread(score) * student_quantile(1 - LEVEL / tests, int(len(at) / _WORTH)))
    return [_told(place, stance, days) for place, stance in _peaks(far, at) if _clear(place, stance, days, tests)]


def _spread(score: Floats) -> Floats:
    """(4,) the standard deviation of each stance's differences, at least that of all together."""
    return np.asarray(np.maximum(np.median(score, axis=0), np.median(score)) / _MEDIAN)


def _peaks(far: Floats, at: npt.NDArray[np.int64]) -> list[tuple[int, int]]:
    """Days and stances beyond the limit, the farthest of each fortnight."""
    left = far.copy()
    found: list[tuple[int, int]] = []
    while len(found) < MOST_HINTS and left.max() > 1:
        day, stance = np.unravel_index(int(left.argmax()), left.shape)
        found.append((int(at[day]), int(stance)))
        left[np.abs(at - at[day]) < _APART] = 0
    return sorted(found)


def _week(place: int) -> Window:
    return Window(place - WINDOW_DAYS, place, place + WINDOW_DAYS)


def _clear(place: int, stance: int, days: Days, tests: float) -> bool:
    found = clustered(days.by_author(_week(place)))
    shift = float(found.after[stance] - found.before[stance])
    return p_value(shift, float(found.error[stance]), found.freedom) * tests <= LEVEL


def _told(place: int, stance: int, days: Days) -> dict[str, Any]:
    counts = days.by_author(_week(place)).sum(0)
    before, after = (points(side[stance] / side.sum()) for side in counts)
    name = DRAWN[stance].value
    return {"day": days.iso(place), "stance": name, "before": before, "after": after, "n": int(counts.sum())}
