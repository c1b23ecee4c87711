"""The windows in which jobs ran: a day, a week or an hour each, claimed before the work and done once."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from sqlalchemy import select, update

from storage.database import reading, writing
from storage.database_failures import CorruptDatabase
from storage.queries import JOB_WINDOW
from storage.retrying import each_retried
from storage.writes import add, now

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.engine import Connection, Engine

State = Literal["running", "done", "failed"]
LEASE_MS = 24 * 60 * 60 * 1000
"""How long the claim of another workspace holds: nobody here can ask whether its process still lives."""


@dataclass(frozen=True, slots=True)
class Worker:
    """Who claims a window.

    Attributes:
        place: the workspace whose lock it holds: of two claims of one place, the earlier one's process is gone.
        host: the machine, for people to read.
    """

    place: str
    host: str


@dataclass(frozen=True, slots=True)
class JobWindow:
    """A window as it stands.

    Attributes:
        key: its key in the store.
        window: the date, week or hour that it is.
        state: running, done or failed.
        place: the workspace that claimed it last.
        host: the machine that did.
        tries: how often it was claimed.
        claimed_at: when that was (milliseconds since 1970, UTC).
        ended_at: when it ended, None while it runs or where its process was killed.
        exit: the exit code it ended with; likewise.
        runs: the runs of that try.
    """

    key: int
    window: str
    state: State
    place: str
    host: str
    tries: int
    claimed_at: int
    ended_at: int | None
    exit: int | None
    runs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """What became of a claim.

    Attributes:
        taken: whether the window is the claimer's.
        window: as it stands now.
    """

    taken: bool
    window: JobWindow


@each_retried
class JobWindows:
    """The windows of each study's jobs. Every method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def claim(
        self, study_id: str, job: str, window: str, worker: Worker, *, again: bool = False, at: int | None = None
    ) -> Claim:
        """Take a window for this worker, unless it is done, or another one is at work in it.

        A window that failed is free, and so is one whose process is gone: the claimer holds the lock of the same
        place, or the other place's claim is a day old, or a day in the future of a clock that was wrong.

        Args:
            study_id: a study that was put.
            job: which job.
            window: its window.
            worker: who claims it.
            again: take it also where it is done.
            at: the present moment (milliseconds since 1970, UTC); now by default.
        """
        at = now() if at is None else at
        mine = {"state": "running", "place": worker.place, "host": worker.host, "claimed_at": at}
        mine |= {"ended_at": None, "exit": None, "runs": "[]"}
        row = {"study": study_id, "job": job, "window": window, "tries": 1, **mine}
        with writing(self._engine) as connection:
            taken = bool(add(connection, JOB_WINDOW, [row]))
            found = _window(connection, study_id, job, window)
            if not taken and _free(found, worker, at, again=again):
                same = (JOB_WINDOW.c.key == found.key, JOB_WINDOW.c.tries == found.tries)
                again_mine = update(JOB_WINDOW).where(*same).values(**mine, tries=found.tries + 1)
                taken = bool(connection.execute(again_mine).rowcount)
                found = _window(connection, study_id, job, window)
            return Claim(taken, found)

    def end(self, window: JobWindow, state: State, code: int, runs: Sequence[str], *, at: int | None = None) -> bool:
        """Note how a claimed window ended; False where somebody else has taken it over since."""
        same = (JOB_WINDOW.c.key == window.key, JOB_WINDOW.c.tries == window.tries, JOB_WINDOW.c.state == "running")
        said = {"state": state, "exit": code, "runs": json.dumps(list(runs)), "ended_at": now() if at is None else at}
        with writing(self._engine) as connection:
            return bool(connection.execute(update(JOB_WINDOW).where(*same).values(**said)).rowcount)

    def last_done(self, study_id: str, job: str, before: int) -> JobWindow | None:
        """The window done last among those claimed before this moment (milliseconds since 1970, UTC).

        One that was done while the clock was ahead is not yet among them.
        """
        done = select(JOB_WINDOW).filter_by(study=study_id, job=job, state="done")
        query = done.where(JOB_WINDOW.c.claimed_at < before).order_by(JOB_WINDOW.c.claimed_at.desc()).limit(1)
        with reading(self._engine) as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _of(row)

    def latest(self, study_id: str, job: str, n: int = 1) -> list[JobWindow]:
        """The windows claimed last, the latest first."""
        query = select(JOB_WINDOW).filter_by(study=study_id, job=job)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(JOB_WINDOW.c.claimed_at.desc()).limit(n)).mappings()
            return [_of(row) for row in rows]


def _free(window: JobWindow, worker: Worker, at: int, *, again: bool) -> bool:
    if window.state != "running":
        return window.state == "failed" or again
    return window.place == worker.place or abs(at - window.claimed_at) >= LEASE_MS


def _window(connection: Connection, study: str, job: str, window: str) -> JobWindow:
    query = select(JOB_WINDOW).filter_by(study=study, job=job, window=window)
    return _of(connection.execute(query).mappings().one())


def _of(row: Mapping[Any, Any]) -> JobWindow:
    """A window out of its row, where it is one that `claim` and `end` write; not every reader compares their hashes.

    Raises:
        CorruptDatabase: it is none, and whether the job ran cannot be told from it.
    """
    facts = {name: row[name] for name in JobWindow.__slots__ if name != "runs"}
    ended = row["ended_at"] is not None and row["exit"] is not None
    with suppress(ValueError):
        runs = json.loads(row["runs"])
        if row["state"] in get_args(State) and ended == (row["state"] != "running") and isinstance(runs, list):
            return JobWindow(**facts, runs=tuple(map(str, runs)))
    what = f"the row of {row['job']} of {row['window']} in job_window is none that minyi wrote."
    raise CorruptDatabase(what, remedy="Put a copy of the database back, as docs/keeping.md tells, or remove the row.")
