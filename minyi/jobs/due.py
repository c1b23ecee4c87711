"""When a study's runs are due, by the clock of its time zone; every moment is UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from minyi.jobs.windows import window_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from minyi.unattended_sections import ScheduleSection

_WEEK = 7
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def next_due(moment: datetime, schedule: ScheduleSection, zone: ZoneInfo, *, done: str | None = None) -> datetime:
    """The first moment after this one at which a run is due; the window that is `done` already is not."""
    times = (due for due in _times(moment, schedule, zone) if due > moment)
    return next(due for due in times if window_at(due, zone, schedule.every) != done)


def overdue(moment: datetime, schedule: ScheduleSection, zone: ZoneInfo) -> datetime | None:
    """Since when the run of the present window is due; None where it is not due yet."""
    window = window_at(moment, zone, schedule.every)
    for due in _times(moment, schedule, zone):
        if due > moment:
            return None
        if window_at(due, zone, schedule.every) == window:
            return due
    return None


def _times(moment: datetime, schedule: ScheduleSection, zone: ZoneInfo) -> Iterator[datetime]:
    """The times around a moment, from at least one before it, in order."""
    local = moment.astimezone(zone)
    if schedule.every == "hour":
        first = local.replace(minute=schedule.at.minute, second=0, microsecond=0).astimezone(UTC) - timedelta(hours=1)
        yield from (first + timedelta(hours=n) for n in range(4))
        return
    for days in range(-_WEEK, 2 * _WEEK + 1):
        day = local.date() + timedelta(days=days)
        if schedule.every == "day" or _DAYS[day.weekday()] == schedule.weekday:
            yield datetime.combine(day, schedule.at, zone).astimezone(UTC)
