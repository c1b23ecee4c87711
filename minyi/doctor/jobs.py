"""The workspace's jobs: whether they come, whether one hangs, and what people were told of and is not over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from minyi.console import so_many
from minyi.doctor.finding import Finding
from minyi.jobs.alert_texts import minute, sentence
from minyi.jobs.notice_book import FILE, open_notices, read_book
from minyi.jobs.windows import missed
from minyi.lock import holder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from minyi.doctor.patient import Patient

LATE = timedelta(hours=1)
"""A run may be as late as this: its machine starts up, or another job is at work."""
_CALLED = "See whether cron, the timer or `minyi schedule` still calls `minyi run`, and what it printed."
LONG = timedelta(days=1)
"""A job that works as long has met its next one."""


def lock(patient: Patient) -> Iterator[Finding]:
    """Whether a job is at work, and for how long."""
    if patient.data is None:
        return
    at_work = holder(patient.data)
    if at_work is None:
        yield Finding("lock", "ok", "No job is at work here.")
    elif _long_ago(at_work.since, patient.now):
        remedy = f"See what it waits for, or end it: kill {at_work.pid}. What it stored is kept."
        yield Finding("lock", "warn", f"{at_work} is still at work; all others are sent away meanwhile.", remedy)
    else:
        yield Finding("lock", "ok", f"{at_work} is at work.")


def schedule(patient: Patient) -> Iterator[Finding]:
    """Whether runs come as often as the study file says, and when the next one is due."""
    if patient.loaded is None or patient.loaded.schedule is None:
        return
    jobs, every, zone = patient.jobs, patient.loaded.schedule.every, patient.loaded.study.zone
    begun = [run.started_at for run in patient.runs if run.command == "collect"]
    if jobs is None or jobs.due is None or not (jobs.window or begun):
        yield Finding("schedule", "warn", f"Runs are due every {every}, and none came yet.", _CALLED)
        return
    due = datetime.fromtimestamp(jobs.due / 1000, UTC)
    if jobs.window is None:  # somebody calls the commands of a run one by one
        last = datetime.fromtimestamp(max(begun) / 1000, UTC)
        passed = missed(last, patient.now, zone, every)
    else:
        passed = jobs.missed
    if passed:
        span = passed.first if passed.count == 1 else f"{passed.first} to {passed.last}"
        what = f"Runs are due every {every}, and in {so_many(passed.count, 'window')} none came: {span}."
        yield Finding("schedule", "warn", what, _CALLED)
    elif jobs.window is not None and not jobs.holder and patient.now - due > LATE:
        yield Finding("schedule", "warn", f"A run is due since {minute(jobs.due, zone)}.", _CALLED)
    else:
        yield Finding("schedule", "ok", f"Runs are due every {every}; the next one {minute(jobs.due, zone)}.")


def _long_ago(since: str, now: datetime) -> bool:
    try:
        began = datetime.fromisoformat(since)
    except ValueError:  # the file does not say
        return False
    return now - (began if began.tzinfo else began.replace(tzinfo=UTC)) > LONG


def alerts(patient: Patient) -> Iterator[Finding]:
    """What there was to tell after the last jobs and is not over."""
    if patient.data is None:
        return
    book, readable = read_book(patient.data)
    if not readable:
        what = f"{patient.data / FILE} cannot be read: whoever was told of something may be told again."
        yield Finding("alerts", "warn", what, "The next job writes it anew.")
        return
    zone = patient.loaded.study.zone if patient.loaded else ZoneInfo("UTC")
    told = open_notices(book)
    for notice in told:
        what = f"Since {minute(notice.since, zone)}: {sentence(notice.alert, zone).en}"
        yield Finding("alerts", "warn", what, "`minyi status` says more; it is over when a job no longer meets it.")
    if not told:
        yield Finding("alerts", "ok", "Nothing that people were told of is still open.")
