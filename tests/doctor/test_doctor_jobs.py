"""A job that hangs, and what is still open of what people were told of."""

from __future__ import annotations

import platform
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from minyi.doctor import jobs
from minyi.jobs.alerts import Alert
from minyi.jobs.notice_book import FILE, Notice, write_book
from minyi.lock import one_at_a_time
from minyi.workspace import open_workspace
from storage.job_windows import Worker

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_without_a_job_and_without_alerts_all_is_in_order(study: Path, found: Callable) -> None:
    findings = [*found(jobs.lock, study), *found(jobs.alerts, study)]

    assert [finding.state for finding in findings] == ["ok", "ok"]


def test_a_job_at_work_is_named_and_one_that_hangs_is_told(study: Path, found: Callable) -> None:
    with one_at_a_time(study / "data", "collect"):
        (at_work,) = found(jobs.lock, study)
        (hanging,) = found(jobs.lock, study, datetime.now(UTC) + timedelta(hours=25))

    assert (at_work.state, "`minyi collect`" in at_work.what) == ("ok", True)
    assert (hanging.state, "`minyi collect`" in hanging.what, "kill" in hanging.remedy) == ("warn", True, True)


def test_runs_that_no_longer_come_are_told(study: Path, say: Callable, found: Callable) -> None:
    say('[schedule]\nevery = "hour"\n')

    (in_time,) = found(jobs.schedule, study, datetime.now(UTC) + timedelta(minutes=59))
    (late,) = found(jobs.schedule, study, datetime.now(UTC) + timedelta(minutes=150))

    assert (in_time.state, late.state) == ("ok", "warn")
    assert "minyi run" in late.remedy


DAILY = '[schedule]\nevery = "day"\nat = "06:30"\n'
MORNING = datetime(2026, 11, 25, 22, 30, tzinfo=UTC)  # half past six on the 26th in Shanghai


@pytest.mark.parametrize(
    ("later", "state", "what"),
    [
        (timedelta(hours=3), "ok", "the next one 2026-11-27 06:30"),
        (timedelta(days=1, minutes=30), "ok", "2026-11-27 06:30"),
        (timedelta(days=1, hours=2), "warn", "A run is due since 2026-11-27 06:30"),
        (timedelta(days=3), "warn", "in 2 windows none came: 2026-11-27 to 2026-11-28"),
    ],
)
def test_windows_in_which_nothing_ran_are_named_and_the_next_one_is_told(
    study: Path, say: Callable, found: Callable, later: timedelta, state: str, what: str
) -> None:
    say(DAILY)
    with open_workspace(study) as workspace:
        windows, at = workspace.store.windows, round(MORNING.timestamp() * 1000)
        claim = windows.claim("parking", "run", "2026-11-26", Worker("place", platform.node()), at=at)
        windows.end(claim.window, "done", 0, [], at=at + 60_000)

    (finding,) = found(jobs.schedule, study, MORNING + later)

    assert (finding.state, what in finding.what) == (state, True), finding


def test_what_is_open_is_told_and_what_is_over_is_not(study: Path, found: Callable) -> None:
    alerts = [
        Notice(Alert("silent", "forum"), since=1_772_500_000_000),
        Notice(Alert("failed", "run"), since=1, over=2),
    ]
    write_book(study / "data", alerts)

    (finding,) = found(jobs.alerts, study)

    assert (finding.state, "forum" in finding.what, "status" in finding.remedy) == ("warn", True, True)


def test_a_book_of_notices_that_cannot_be_read_is_told(study: Path, found: Callable) -> None:
    (study / "data" / FILE).write_text("{", encoding="utf-8")

    (finding,) = found(jobs.alerts, study)

    assert (finding.state, FILE in finding.what) == ("warn", True)
