"""The window a job is due in: a day, an ISO week or an hour by the clock of the study's time zone.

An hour carries its offset from UTC, so that the hour which comes twice on the night when clocks go back is two windows.
A day or a week is one window, however many hours it has.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

Every = Literal["hour", "day", "week"]
_HALF_HOUR = timedelta(minutes=30)  # clocks change by no less
_NOON = time(12)


@dataclass(frozen=True, slots=True)
class Missed:
    """Windows in which nothing was done.

    Attributes:
        first: the earliest.
        last: the latest; the same where it is one.
        count: how many.
    """

    first: str
    last: str
    count: int

    @property
    def facts(self) -> dict[str, str | int]:
        """As JSON holds it."""
        return {"first": self.first, "last": self.last, "count": self.count}


def window_at(moment: datetime, zone: tzinfo, every: Every) -> str:
    """The window in which a moment lies: "2026-11-26", "2026-W48" or "2026-10-25T02+01:00"."""
    local = moment.astimezone(zone)
    if every == "hour":
        return local.isoformat(timespec="hours")
    if every == "week":
        return _week(local.date())
    return local.date().isoformat()


def missed(after: datetime, before: datetime, zone: tzinfo, every: Every) -> Missed | None:
    """The windows between that of one moment and that of a later one, without both; None where there are none."""
    if after >= before:
        return None
    ends = {window_at(after, zone, every), window_at(before, zone, every)}
    first, last, count = "", "", 0
    for window in _between(after, before, zone, every):
        if window not in ends and window != last:
            first, last, count = first or window, window, count + 1
    return Missed(first, last, count) if count else None


def _between(after: datetime, before: datetime, zone: tzinfo, every: Every) -> Iterator[str]:
    """Every window from one moment to another, in order; the same may come several times running."""
    if every == "hour":
        moment = after.astimezone(UTC)
        while moment < before:
            yield window_at(moment, zone, every)
            moment += _HALF_HOUR
        return
    day, end = after.astimezone(zone).date(), before.astimezone(zone).date()
    while day < end:
        if _exists(day, zone):
            yield day.isoformat() if every == "day" else _week(day)
        day += timedelta(days=1)


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def _exists(day: date, zone: tzinfo) -> bool:
    """Where the date line moved, a date was left out."""
    noon = datetime.combine(day, _NOON, zone)
    return noon.astimezone(UTC).astimezone(zone).date() == day
