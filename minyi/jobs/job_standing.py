"""Where the jobs of a study stand: what ran last, who is at work, what was missed, and what is open."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from minyi.console import so_many
from minyi.jobs.alert_texts import minute, sentence
from minyi.jobs.due import next_due, overdue
from minyi.jobs.job_receipts import FOLDER, Receipts
from minyi.jobs.lock import holder
from minyi.jobs.notice_book import open_notices, read_book
from minyi.jobs.windows import missed, window_at
from minyi.outages import DAY_MS

if TYPE_CHECKING:
    from pathlib import Path

    from minyi.console import Console
    from minyi.jobs.job_receipts import Job
    from minyi.jobs.lock import Holder
    from minyi.jobs.notice_book import Notice
    from minyi.jobs.windows import Missed
    from minyi.workspace import Workspace
    from storage.job_windows import JobWindow
    from storage.nouns import Study

JOB = "run"
_STATES = {"done": "done", "failed": "failed; the next run repeats it", "running": "at work"}
_KILLED = "killed before it ended; the next run repeats it"


@dataclass(frozen=True, slots=True)
class JobStanding:
    """How a study's scheduled job stands.

    Attributes:
        window: the one claimed last; None where no job ever ran.
        killed: whether the process that claimed it is gone.
        missed: windows since the last one that was done, without that of now.
        holder: who works in the workspace now.
        open: causes of alerts that are not over.
        last: the last job's receipt.
        page: the page of receipts; None where none is written yet.
        due: when the next run is due (milliseconds since 1970, UTC); None without a schedule.
    """

    window: JobWindow | None
    killed: bool
    missed: Missed | None
    holder: Holder | None
    open: tuple[Notice, ...]
    last: Job | None
    page: Path | None
    due: int | None = None

    @property
    def anything(self) -> bool:
        """Whether there is anything to say."""
        return bool(self.window or self.holder or self.open or self.last or self.due)


def job_standing(workspace: Workspace, now: datetime) -> JobStanding:
    """Read it from the store, the lock, the receipts and the notices; nothing is written."""
    study, windows, data = workspace.study, workspace.store.windows, workspace.data
    ms, at_work = round(now.timestamp() * 1000), holder(data)
    latest = next(iter(windows.latest(study.id, JOB)), None)
    done = windows.last_done(study.id, JOB, ms)
    schedule, page = workspace.loaded.schedule, data / FOLDER / "index.html"
    every = schedule.every if schedule else "day"
    since = None if done is None else datetime.fromtimestamp(done.claimed_at / 1000, UTC)
    return JobStanding(
        window=latest,
        killed=latest is not None and is_killed(latest, at_work, ms),
        missed=None if since is None or schedule is None else missed(since, now, study.zone, every),
        holder=at_work,
        open=tuple(open_notices(read_book(data)[0])),
        last=next(Receipts(data).jobs(), None),
        page=page if page.is_file() else None,
        due=_due(workspace, now, done),
    )


def _due(workspace: Workspace, now: datetime, done: JobWindow | None) -> int | None:
    """Since when the present window is due, where nobody has done it; else when the next one is."""
    schedule, zone = workspace.loaded.schedule, workspace.study.zone
    if schedule is None:
        return None
    since, well = overdue(now, schedule, zone), None if done is None else done.window
    if since is None or well == window_at(now, zone, schedule.every):
        since = next_due(now, schedule, zone, done=well)
    return round(since.timestamp() * 1000)


def is_killed(window: JobWindow, at_work: Holder | None, now: int) -> bool:
    """Whether a window that says it is running surely is not: no job is at work here, or it is a day old."""
    if window.state != "running":
        return False
    return (window.host == platform.node() and at_work is None) or now - window.claimed_at > DAY_MS


def show_jobs(jobs: JobStanding, study: Study, console: Console, now: int) -> None:
    """Say it to a person."""
    if not jobs.anything:
        return
    console.say("\nJobs")
    if jobs.holder:
        console.say(f"At work: {jobs.holder}.")
    if jobs.window:
        console.say(_window_line(jobs.window, jobs, study))
    if jobs.missed:
        one = jobs.missed
        span = one.first if one.count == 1 else f"{one.first} to {one.last}"
        console.say(f"Missed since: {so_many(one.count, 'window')}, {span}; the next run covers what they left.")
    if jobs.due:
        console.say(f"{'Due since' if jobs.due <= now else 'Next due:'} {minute(jobs.due, study.zone)}.")
    for notice in jobs.open:
        said = sentence(notice.alert, study.zone).en
        console.say(f"Open since {minute(notice.since, study.zone)}: {said}")
    if jobs.last:
        console.say(f"Last receipt: {jobs.last.file}")
    if jobs.page:
        console.say(f"All of them: {jobs.page}")


def job_facts(jobs: JobStanding) -> dict[str, Any]:
    """The same as JSON holds it."""
    window = jobs.window
    at_work = jobs.holder
    return {
        "window": window.window if window else None,
        "state": None if window is None else "killed" if jobs.killed else window.state,
        "exit": window.exit if window else None,
        "claimed_at": window.claimed_at if window else None,
        "ended_at": window.ended_at if window else None,
        "missed": jobs.missed.facts if jobs.missed else None,
        "at_work": {"pid": at_work.pid, "command": at_work.command, "since": at_work.since} if at_work else None,
        "open": [{"cause": notice.alert.key, "since": notice.since} for notice in jobs.open],
        "due": jobs.due,
        "last_receipt": jobs.last.file if jobs.last else None,
    }


def _window_line(window: JobWindow, jobs: JobStanding, study: Study) -> str:
    state = _KILLED if jobs.killed else _STATES[window.state]
    began, ended = minute(window.claimed_at, study.zone), window.ended_at
    until = "" if ended is None else f", ended {minute(ended, study.zone)} with {window.exit}"
    return f"Last window: {window.window}, {state} (begun {began}{until})."
