"""What alerts are found from, read from a job's receipt and the store."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from minyi.jobs.alerts import DONE, Failure, JobFacts, Spike
from minyi.outages import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from numpy.typing import NDArray

    from minyi.coverage import Coverage
    from minyi.glimpses import Came
    from minyi.workspace import Workspace
    from reports.changes_days import Days
    from storage.nouns import Gap, Study
    from storage.records import RunRecord

LOOK_BACK_DAYS = 7
"""A spike is told of when its day is over, or up to so many days later where its comments came late."""
_CALENDAR_DAYS = 60
_LAST_RUNS = 500
"""Among these are those of the job; people may have labelled and answered meanwhile."""
_QUARTER_MS = 900_000


def steps_of(receipt: Mapping[str, Any]) -> dict[str, int]:
    """Exit code of each command of the job that ended."""
    return {str(step["command"]): int(step["exit"]) for step in receipt.get("steps", ()) if step["exit"] is not None}


def facts_without_store(receipt: Mapping[str, Any]) -> JobFacts:
    """What the job's own receipt says; of the rest nothing is known."""
    failures = [
        Failure(str(failure.get("source", "")) or "run", "", str(failure["type"]))
        for failure in receipt.get("failures", ())
    ]
    return JobFacts(int(receipt["exit"]), steps_of(receipt), failures, killed=bool(receipt.get("killed")))


def facts_of(workspace: Workspace, receipt: Mapping[str, Any]) -> JobFacts:
    """The failures of the job's commands, the sources that are silent, and the days with more comments than usual.

    Raises:
        storage.errors.MinyiError: the store cannot be read.
    """
    from minyi.coverage import coverage_of
    from minyi.glimpses import GLIMPSED, came_of

    store, study = workspace.store, workspace.study
    asked = {str(step.get("run") or "") for step in receipt.get("steps", ())}
    runs = [run for run in store.runs(study.id, last=_LAST_RUNS) if run.id in asked]
    without = facts_without_store(receipt)
    failures = [*without.failures, *(failure for run in runs for failure in failures_of(run))]
    if without.steps.get("collect", 0) not in DONE:
        return replace(without, failures=failures)
    came = came_of(store.comments(study.id, columns=GLIMPSED))
    coverage = coverage_of(workspace, came)
    today = workspace.now.astimezone(study.zone).date()
    spikes = spikes_until(study, came, [*study.gaps, *coverage.gaps], today)
    return replace(without, failures=failures, silent=silent_sources(coverage), spikes=spikes)


def failures_of(run: RunRecord) -> list[Failure]:
    """What went wrong in one command."""
    return [Failure(run.command, str(each.get("source", "")), str(each.get("type", ""))) for each in run.failures]


def silent_sources(coverage: Coverage) -> dict[str, int]:
    """The sources that are silent now, with the time of their last comment."""
    standings = coverage.sources.items()
    return {name: at.since for name, at in standings if at.state == "silent" and at.since is not None}


def spikes_until(study: Study, came: Came, gaps: list[Gap], today: date) -> list[Spike]:
    """The days of the last LOOK_BACK_DAYS that are over and brought more comments than the weeks before let one expect.

    Comments count as they came, copies too: a wave of them is worth hearing of.
    """
    from reports.spikes import spikes

    days = _days(study, came, gaps, today)
    first = (today - timedelta(days=LOOK_BACK_DAYS)).isoformat()
    found = spikes(days) if days else []
    return [Spike(each["day"], each["n"], each["usual"]) for each in found if each["day"] >= first]


def _days(study: Study, came: Came, gaps: list[Gap], today: date) -> Days | None:
    """The last weeks, day by day, up to yesterday or the end of the study; None where nothing is in them."""
    from reports.changes_days import Days
    from reports.corpus import day_number, local_day

    published = came.published[came.dated & ~came.kind.among(("quote",))]
    last = day_number(min(today - timedelta(days=1), study.end or today))
    first = last - _CALENDAR_DAYS
    if not published.size:
        return None
    first = max(first, day_number(study.start or local_day(int(published.min()), study.zone)))
    n = last - first + 1
    if n < 1:
        return None
    around = (published > (first - 2) * DAY_MS) & (published < (last + 3) * DAY_MS)
    day = _local_days(published[around], study) - first
    gap, none = np.zeros(n, np.bool_), np.empty(0, np.int64)
    for each in gaps:
        gap[max(day_number(each.start) - first, 0) : max(day_number(each.end) - first + 1, 0)] = True
    total = np.bincount(day[(day >= 0) & (day < n)], minlength=n).astype(np.float64)
    return Days(first, gap, np.zeros(n, np.bool_), total, np.zeros((n, 1)), none, none, none, none)


def _local_days(published: NDArray[np.int64], study: Study) -> NDArray[np.int64]:
    """The local day of each time, in days since 1970; a zone's offset changes at quarters of an hour only."""
    from reports.corpus import day_number, local_day

    quarters, at = np.unique(published // _QUARTER_MS, return_inverse=True)
    days = [day_number(local_day(quarter * _QUARTER_MS, study.zone)) for quarter in quarters.tolist()]
    return np.array(days, np.int64)[at]
