"""The workspace's jobs: whether one hangs, and what people were told of and is not over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from minyi.doctor.finding import Finding
from minyi.jobs.alert_texts import minute, sentence
from minyi.jobs.notice_book import FILE, open_notices, read_book
from minyi.lock import holder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from minyi.doctor.patient import Patient

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
