"""A job that hangs, and what is still open of what people were told of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from minyi.doctor import jobs
from minyi.jobs.alerts import Alert
from minyi.jobs.notice_book import FILE, Notice, write_book
from minyi.lock import one_at_a_time

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
