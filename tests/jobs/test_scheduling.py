"""`minyi schedule`: starts runs when they are due by the study's own clock, and ends with them when told to."""

from __future__ import annotations

import json
import signal
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from minyi.console import Console
from minyi.jobs.scheduling import Plan, _Keeper, planned
from minyi.unattended_sections import ScheduleSection
from storage.errors import UsageError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

pytest.importorskip("apscheduler", reason="the extra `schedule` is not installed")

BERLIN = ZoneInfo("Europe/Berlin")
EVERY_HOUR = '\n[schedule]\nevery = "hour"\nat = "00:00"\n'


def plan(zone: ZoneInfo = BERLIN, **section: Any) -> Plan:
    return Plan(Path(), ScheduleSection.model_validate(section), zone, "fees")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def add(study: Path, text: str) -> None:
    with (study / "study.toml").open("a", encoding="utf-8") as file:
        file.write(text)


@pytest.mark.parametrize(
    ("section", "after", "times"),
    [
        ({}, "2026-11-26T12:00", ["2026-11-27T06:30+01:00", "2026-11-28T06:30+01:00"]),
        ({"every": "hour", "at": "06:20"}, "2026-11-26T12:30", ["2026-11-26T14:20+01:00", "2026-11-26T15:20+01:00"]),
        ({"every": "week", "weekday": "friday"}, "2026-11-26T12:00",
         ["2026-11-27T06:30+01:00", "2026-12-04T06:30+01:00"]),
        # the night with two hours from two to three
        ({"every": "hour", "at": "00:30"}, "2026-10-25T00:00", ["2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00"]),
        ({"at": "12:00"}, "2026-03-28T12:00", ["2026-03-29T12:00+02:00", "2026-03-30T12:00+02:00"]),
    ],
)  # fmt: skip
def test_runs_are_due_by_the_clock_of_the_studys_zone(section: dict[str, Any], after: str, times: list[str]) -> None:
    assert [each.isoformat(timespec="minutes") for each in plan(**section).following(utc(after), 2)] == times


@pytest.mark.parametrize(
    ("section", "now", "overdue"),
    [
        ({"at": "06:30"}, "2026-11-26T05:29", False),
        ({"at": "06:30"}, "2026-11-26T05:31", True),
        ({"at": "06:30"}, "2026-11-26T22:59", True),
        ({"at": "06:30"}, "2026-11-26T23:01", False),  # the next day has begun there
        ({"every": "hour", "at": "00:20"}, "2026-11-26T05:10", False),
        ({"every": "hour", "at": "00:20"}, "2026-11-26T05:30", True),
        ({"every": "week", "weekday": "wednesday"}, "2026-11-24T12:00", False),
        ({"every": "week", "weekday": "wednesday"}, "2026-11-29T12:00", True),
    ],
)
def test_who_starts_late_runs_at_once_in_the_window_that_is_due(
    section: dict[str, Any], now: str, *, overdue: bool
) -> None:
    assert plan(**section).overdue(utc(now)) is overdue


def test_a_study_that_says_nothing_of_when_is_told_what_to_write(study: Path, minyi: Callable) -> None:
    with pytest.raises(UsageError, match=r"no \[schedule\]"):
        planned(study)
    code, _, err = minyi("schedule", study)
    assert code == 2
    assert 'every = "day"' in err


def test_the_next_times_are_listed(study: Path, minyi: Callable) -> None:
    add(study, EVERY_HOUR)
    code, out, _ = minyi("schedule", study, "--list", "--json")

    assert code == 0
    event = json.loads(out.splitlines()[0])
    assert [each[-9:] for each in event["next"]] == [f"{each[-9:-6]}00 CST" for each in event["next"]]
    assert len(set(event["next"])) == 3


class Scheduler:
    """What the library would be told."""

    def __init__(self) -> None:
        self.jobs: list[tuple[str, str]] = []

    def add_job(self, _run: object, trigger: object, _arguments: object, *, id: str, **_: object) -> None:  # noqa: A002
        self.jobs.append((id, str(trigger)))


def test_a_study_file_that_is_edited_is_followed_and_a_wrong_one_changes_nothing(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (study / "study.toml").read_text("utf-8")
    add(study, EVERY_HOUR)
    scheduler = Scheduler()
    keeper = _Keeper(scheduler, Console())
    keeper.take(planned(study))
    keeper.look()
    assert len(scheduler.jobs) == 1, "nothing has changed"

    add(study, "nonsense = 1\n")
    keeper.look()
    keeper.look()
    assert len(scheduler.jobs) == 1
    assert capsys.readouterr().err.count("goes on as before") == 1

    (study / "study.toml").write_text(before + '\n[schedule]\nat = "07:45"\n', encoding="utf-8")
    keeper.look()
    assert len(scheduler.jobs) == 2
    assert "hour='7', minute='45'" in scheduler.jobs[-1][1]


@pytest.mark.slow
def test_it_runs_what_is_due_and_ends_within_five_seconds_with_the_run_at_work(
    study: Path, started: Callable[..., subprocess.Popen[str]], within: Any
) -> None:
    add(study, '\n[schedule]\nevery = "hour"\nat = "00:00"\n')
    process = started("schedule", study)
    assert process.stdout is not None
    assert "next run" in process.stdout.readline()
    until = time.monotonic() + 60
    while not (study / "data" / "job.lock").exists():
        assert time.monotonic() < until, "the run of this hour begins at once"
        time.sleep(0.02)
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=20)

    assert time.monotonic() - began < 5 * within.slowness(time.monotonic)
    assert process.returncode == 143
    assert "ended 1 run at work" in err
    assert "Traceback" not in err
