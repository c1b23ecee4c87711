"""When runs are due, by the study's clock: on ordinary days, and in nights when clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from minyi.jobs.due import next_due, overdue
from minyi.unattended_sections import ScheduleSection

BERLIN, SHANGHAI, KATHMANDU = (ZoneInfo(name) for name in ("Europe/Berlin", "Asia/Shanghai", "Asia/Kathmandu"))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def schedule(every: str, hour: int = 6, minute: int = 30) -> ScheduleSection:
    return ScheduleSection(every=every, at=time(hour, minute), weekday="monday")


@pytest.mark.parametrize(
    ("every", "zone", "now", "then"),
    [
        ("day", SHANGHAI, "2026-11-26T06:29+08:00", "2026-11-26T06:30+08:00"),
        ("day", SHANGHAI, "2026-11-26T06:30+08:00", "2026-11-27T06:30+08:00"),
        ("week", SHANGHAI, "2026-11-26T06:30+08:00", "2026-11-30T06:30+08:00"),
        ("week", SHANGHAI, "2026-11-30T06:30+08:00", "2026-12-07T06:30+08:00"),
        ("hour", KATHMANDU, "2026-11-26T06:31+05:45", "2026-11-26T07:30+05:45"),
        ("hour", KATHMANDU, "2026-11-26T06:29+05:45", "2026-11-26T06:30+05:45"),
        ("day", BERLIN, "2026-03-28T12:00+01:00", "2026-03-29T06:30+02:00"),
        ("day", BERLIN, "2026-10-24T12:00+02:00", "2026-10-25T06:30+01:00"),
        ("hour", BERLIN, "2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00"),
        ("hour", BERLIN, "2026-03-29T01:45+01:00", "2026-03-29T03:30+02:00"),
    ],
)
def test_the_next_run_is_due_by_the_studys_clock(every: str, zone: ZoneInfo, now: str, then: str) -> None:
    assert next_due(at(now), schedule(every), zone) == at(then)


@pytest.mark.parametrize(
    ("every", "done", "now", "then"),
    [
        ("day", "2026-11-26", "2026-11-26T00:58+08:00", "2026-11-27T06:30+08:00"),
        ("day", "2026-11-25", "2026-11-26T00:58+08:00", "2026-11-26T06:30+08:00"),
        ("week", "2026-W48", "2026-11-23T00:10+08:00", "2026-11-30T06:30+08:00"),
        ("hour", "2026-11-26T05+08:00", "2026-11-26T05:10+08:00", "2026-11-26T06:30+08:00"),
    ],
)
def test_what_was_done_before_its_time_is_not_due_in_the_same_window(
    every: str, done: str, now: str, then: str
) -> None:
    assert next_due(at(now), schedule(every), SHANGHAI, done=done) == at(then)


def test_a_week_that_was_done_on_its_first_day_is_followed_by_the_next() -> None:
    sunday = ScheduleSection(every="week", at=time(6, 30), weekday="sunday")
    assert next_due(at("2026-11-23T00:10+08:00"), sunday, SHANGHAI, done="2026-W48") == at("2026-12-06T06:30+08:00")


def test_a_time_that_a_night_leaves_out_comes_an_hour_later() -> None:
    assert next_due(at("2026-03-28T12:00+01:00"), schedule("day", 2), BERLIN) == at("2026-03-29T03:30+02:00")


@pytest.mark.parametrize(
    ("every", "now", "since"),
    [
        ("day", "2026-11-26T06:29+08:00", None),
        ("day", "2026-11-26T23:59+08:00", "2026-11-26T06:30+08:00"),
        ("week", "2026-11-29T23:59+08:00", "2026-11-23T06:30+08:00"),
        ("week", "2026-11-30T06:00+08:00", None),
        ("hour", "2026-11-26T06:29+08:00", None),
        ("hour", "2026-11-26T06:59+08:00", "2026-11-26T06:30+08:00"),
    ],
)
def test_the_present_windows_run_is_due_once_its_time_has_come(every: str, now: str, since: str | None) -> None:
    assert overdue(at(now), schedule(every), SHANGHAI) == (since and at(since))
