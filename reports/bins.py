"""Time cut into columns: hours, days, weeks or months, whichever the span can carry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

import numpy as np

from reports.corpus import DAY_MS, day_number

if TYPE_CHECKING:
    import numpy.typing as npt

Unit = Literal["hour", "day", "week", "month"]
HOUR_MS = 3_600_000

# The longest span, in days, that each unit still shows as columns a reader can tell apart.
_LONGEST: tuple[tuple[Unit, int], ...] = (("hour", 3), ("day", 120), ("week", 2200))


@dataclass(frozen=True)
class Bins:
    """Columns of time.

    Attributes:
        unit: what one column is.
        starts: wall-clock milliseconds at which each column begins (int64, ascending).
        end: where the last column ends.
    """

    unit: Unit
    starts: npt.NDArray[np.int64]
    end: int

    def index(self, local: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The column of each time; -1 for times outside every column."""
        found = np.searchsorted(self.starts, local, side="right") - 1
        return np.where((local < self.end) & (found >= 0), found, -1)

    def labels(self) -> list[str]:
        """ISO dates (hours: date and hour) at which the columns begin."""
        step = "h" if self.unit == "hour" else "D"
        return [str(start) for start in self.starts.astype("datetime64[ms]").astype(f"datetime64[{step}]")]


def unit_for(first: date, last: date, *, hours_known: bool) -> Unit:
    """The smallest unit whose columns stay readable between two days, both included."""
    days = (last - first).days + 1
    for unit, longest in _LONGEST:
        if days <= longest and (unit != "hour" or hours_known):
            return unit
    return "month"


def cut(first: date, last: date, unit: Unit) -> Bins:
    """Columns from the first day to the last, both included; weeks begin on Monday, months on the first."""
    begin, end = day_number(first) * DAY_MS, (day_number(last) + 1) * DAY_MS
    if unit == "month":
        months = np.arange(np.datetime64(first, "M"), np.datetime64(last, "M") + 2)
        edges = months.astype("datetime64[ms]").astype("int64")
        return Bins(unit, edges[:-1], int(edges[-1]))
    if unit == "week":
        begin = day_number(first - timedelta(days=first.weekday())) * DAY_MS
    step = {"hour": HOUR_MS, "day": DAY_MS, "week": 7 * DAY_MS}[unit]
    starts = np.arange(begin, end, step, dtype="int64")
    return Bins(unit, starts, int(starts[-1]) + step)
