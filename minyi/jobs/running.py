"""`minyi run`: what is due, once in its window: collect, let go, analyse, report; one receipt says how it all went."""

from __future__ import annotations

import json
import platform
import shlex
import time
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from math import inf
from typing import TYPE_CHECKING, Any

from minyi.console import Exit, Unheard
from minyi.jobs.alert_texts import minute
from minyi.jobs.lock import Busy, one_at_a_time
from minyi.jobs.windows import missed, window_at
from minyi.presets import Asked
from minyi.receipts import FORMAT, joined, versions
from minyi.stopping import Interrupted, code
from minyi.study_file import load_study
from minyi.workspace import open_workspace
from storage.errors import MinyiError
from storage.files import write_atomically
from storage.job_windows import Worker

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from minyi.console import Console
    from minyi.jobs.lock import Held
    from minyi.study_file import LoadedStudy
    from minyi.unattended_sections import ScheduleSection
    from minyi.workspace import Workspace
    from storage.job_windows import JobWindow, State

COMMAND = "run"
_EXITS = {"ok": Exit.OK, "partial": Exit.PARTIAL, "failed": Exit.FAILED}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run was asked for.

    Attributes:
        asked: the report; None for the one of the study's schedule.
        allow: hosts let through the address guard.
        again: whether it runs although its window is done.
    """

    asked: Asked | None = None
    allow: Sequence[str] = ()
    again: bool = False

    @property
    def job(self) -> str:
        """Its name: runs that write other reports are other jobs, with windows of their own."""
        return shlex.join([COMMAND, *(self.asked.options if self.asked else ())])


@dataclass(slots=True)
class _Outcome:
    """How a run goes.

    Attributes:
        collected: how collecting ended.
        exit: how the run did; failed until its report is there.
        reports: the files written.
        failures: what went wrong outside of its commands.
        let_go: how much was let go of that earlier jobs had kept; empty in runs that do not look.
    """

    collected: Exit = Exit.OK
    exit: int = Exit.FAILED
    reports: list[Path] = field(default_factory=list)
    failures: list[dict[str, str]] = field(default_factory=list)
    let_go: dict[str, int] = field(default_factory=dict)

    @property
    def state(self) -> State:
        """A window in which something came through is done; where nothing did, the next run repeats it."""
        done = self.exit in {Exit.OK, Exit.PARTIAL} and self.collected != Exit.FAILED
        return "done" if done else "failed"


def run(place: str | Path, console: Console, wanted: Wanted) -> int:
    """Do what is due in this window, unless it is done.

    Returns:
        0; 3 where something failed and a report was written all the same.

    Raises:
        Busy: another job is at work in the workspace, or on another machine in this window.
        storage.errors.MinyiError: nothing was written; the receipt says so.
    """
    loaded, began = load_study(place, to_collect=False), time.time()
    with ExitStack() as stack:
        try:
            held = stack.enter_context(one_at_a_time(loaded.path.parent / "data", COMMAND))
            workspace = stack.enter_context(open_workspace(place))
            workspace.store.sound.windows()
        except Busy:
            raise
        except MinyiError as error:
            _say_unopened(loaded, console, wanted, error, began)
            raise
        return _Job(workspace, console, wanted).run(held)


class _Job:
    """One run of a study's job."""

    def __init__(self, workspace: Workspace, console: Console, wanted: Wanted) -> None:
        self._workspace, self._console, self._wanted = workspace, console, wanted
        self._schedule: ScheduleSection | None = workspace.loaded.schedule
        self._every = self._schedule.every if self._schedule else "day"
        self._last: datetime | None = None

    def run(self, held: Held) -> int:
        study, windows = self._workspace.study, self._workspace.store.windows
        moment, job = self._workspace.now, self._wanted.job
        window, at = window_at(moment, study.zone, self._every), _ms(moment)
        before, last = next(iter(windows.latest(study.id, job)), None), windows.last_done(study.id, job, at)
        claim = windows.claim(
            study.id, job, window, Worker(held.place, platform.node()), again=self._wanted.again, at=at
        )
        if not claim.taken:
            return self._not_due(claim.window)
        since = self._last = None if last is None else datetime.fromtimestamp(last.claimed_at / 1000, UTC)
        passed = None if since is None else missed(since, moment, study.zone, self._every)
        facts = self._facts(claim.window, moment) | {"missed": None if passed is None else passed.facts}
        return self._work(claim.window, facts | {"killed": _killed(before, held)})

    def _not_due(self, window: JobWindow) -> int:
        """Somebody did it, or does it.

        Raises:
            Busy: another machine is at work in this window.
        """
        if window.state == "running":
            since = datetime.fromtimestamp(window.claimed_at / 1000, UTC).isoformat(timespec="seconds")
            raise Busy(f"{window.host or 'another machine'} (since {since})", where=f"window {window.window}")
        since = minute(window.claimed_at, self._workspace.study.zone)
        self._console.say(
            f"{self._wanted.job} of {window.window} is done (since {since}). "
            "`--again` runs it once more; `minyi report` writes another report."
        )
        self._console.event("done", exit=0, window=window.window, already=True, runs=list(window.runs), reports=[])
        return Exit.OK

    def _work(self, window: JobWindow, facts: dict[str, Any]) -> int:
        """Work, and whatever becomes of it, say so in the store, in the receipt, and to those who are to be told."""
        outcome, began = _Outcome(), time.monotonic()
        with joined() as receipts:
            try:
                self._steps(outcome)
            except MinyiError as failure:
                outcome.exit = Exit.USAGE if failure.usage else Exit.FAILED
                if not _in(receipts, failure):
                    outcome.failures.append(_failure(failure))
                raise
            except KeyboardInterrupt:
                outcome.exit = code()
                outcome.failures.append(_failure(Interrupted()))
                raise
            except Unheard:
                outcome.failures.append(_failure(MinyiError("standard output takes no more")))
                raise
            finally:
                self._end(window, outcome, [receipt["run"] for receipt in receipts])
                self._say(facts | _joined_facts(receipts, outcome, time.monotonic() - began))
        self._console.event("done", exit=int(outcome.exit), reports=[str(path) for path in outcome.reports])
        return outcome.exit

    def _end(self, window: JobWindow, outcome: _Outcome, runs: Sequence[str]) -> None:
        """Note how the window ended; one that cannot be noted counts as killed, and the next run repeats it."""
        try:
            self._workspace.store.windows.end(window, outcome.state, outcome.exit, runs)
        except MinyiError as error:
            outcome.failures.append(_failure(error))

    def _steps(self, outcome: _Outcome) -> None:
        from minyi.analysing import analyse
        from minyi.reporting import report

        outcome.collected = self._collect()
        kept_too_long = self._let_go()
        judged = analyse(self._workspace, self._console)
        for asked in self._reports():
            outcome.reports += report(self._workspace, self._console, asked=asked)
        thick = self._thin(outcome)
        outcome.exit = Exit.PARTIAL if outcome.collected or kept_too_long or judged or thick else Exit.OK

    def _collect(self) -> Exit:
        """Collect; where that fails altogether, what was there before is reported."""
        from minyi.collecting import collect_sources

        if not self._workspace.study.sources:
            return Exit.OK
        try:
            budget_s = self._schedule.budget_minutes * 60 if self._schedule else inf
            return collect_sources(self._workspace, self._console, allow=self._wanted.allow, budget_s=budget_s)
        except MinyiError as error:
            if error.usage:
                raise
            self._console.warn(f"nothing more could be collected: {error}")
            return Exit.FAILED

    def _let_go(self) -> Exit:
        """Let go of what the study has kept for longer than it says; where that fails, the report is made all the same.

        The receipt of that step says why it failed.
        """
        from minyi.privacy.retention import apply

        try:
            return apply(self._workspace, self._console)
        except MinyiError as error:
            self._console.warn(f"what was kept long enough is still there: {error}")
            return Exit.PARTIAL

    def _thin(self, outcome: _Outcome) -> bool:
        """In the first run of a day, let go of what earlier jobs kept for long enough; whether that failed."""
        from minyi.thinning import thin

        zone = self._workspace.study.zone
        if self._last is None or self._last.astimezone(zone).date() == self._workspace.now.astimezone(zone).date():
            return False
        try:
            outcome.let_go = thin(self._workspace, self._last)._asdict()
        except MinyiError as error:
            self._console.warn(f"what earlier jobs kept long enough is still there: {error}")
            outcome.failures.append(_failure(error))
            return True
        return False

    def _reports(self) -> list[Asked]:
        """What is asked for; by the schedule the team's report, and that for outsiders where it says so."""
        if self._wanted.asked is not None:
            return [self._wanted.asked]
        if self._schedule is None:
            return [Asked()]
        asked = Asked(preset=self._schedule.preset, formats=tuple(dict.fromkeys(self._schedule.formats)))
        return [asked, replace(asked, audience="public")] if self._schedule.public else [asked]

    def _facts(self, window: JobWindow, moment: datetime) -> dict[str, Any]:
        return {
            **_head(self._workspace.loaded, self._wanted, _ms(moment)),
            "config_sha256": self._workspace.digest,
            "every": self._every,
            "window": window.window,
            "tries": window.tries,
        }

    def _say(self, facts: dict[str, Any]) -> None:
        from minyi.jobs.notices import tell

        try:
            tell(self._workspace, facts, self._console)
        finally:  # whoever ends it while people are told leaves a receipt all the same
            _write(self._workspace.data, facts, self._console)


def _killed(window: JobWindow | None, held: Held) -> dict[str, Any] | None:
    """The window before, where its run was killed: it says that it runs, and its workspace's lock is ours."""
    if window is None or window.state != "running" or window.place != held.place:
        return None
    return {"window": window.window, "started_at": window.claimed_at}


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _head(loaded: LoadedStudy, wanted: Wanted, started_at: int) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "study": loaded.study.id,
        "command": COMMAND,
        "job": wanted.job,
        "started_at": started_at,
        "versions": versions(),
    }


def _joined_facts(receipts: Sequence[Mapping[str, Any]], outcome: _Outcome, seconds: float) -> dict[str, Any]:
    """What the receipts of the commands say together."""
    return {
        "seconds": round(seconds, 3),
        "exit": int(outcome.exit),
        "steps": [_step(receipt) for receipt in receipts],
        "counts": {name: line for receipt in receipts for name, line in _sources(receipt).items()},
        "failures": outcome.failures,
        "reports": [str(path) for path in outcome.reports],
        "let_go": outcome.let_go,
        "alerts": [],
        "told": [],
    }


def _step(receipt: Mapping[str, Any]) -> dict[str, Any]:
    stopped = any(failure["type"] == Interrupted.__name__ for failure in receipt["failures"])
    ended = code() if stopped else _EXITS[receipt["status"]]
    return {
        "command": receipt["command"],
        "run": receipt["run"],
        "exit": int(ended),
        "seconds": receipt["seconds"],
    }


def _sources(receipt: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What came of each source, with its failures counted by class."""
    if receipt["command"] != "collect":
        return {}
    lines = {name: {**line, "failed": dict[str, int]()} for name, line in receipt["counts"].items()}
    for failure in receipt["failures"]:
        if failure["source"] in lines:
            failed = lines[failure["source"]]["failed"]
            failed[failure["type"]] = failed.get(failure["type"], 0) + 1
    return lines


def _failure(error: MinyiError) -> dict[str, str]:
    return {
        "source": COMMAND,
        "type": type(error).__name__,
        "what": error.what,
        "where": error.where,
        "remedy": error.remedy,
    }


def _in(receipts: Sequence[Mapping[str, Any]], error: MinyiError) -> bool:
    """Whether one of the commands has said it already."""
    said = [(failure["type"], failure["what"]) for receipt in receipts for failure in receipt["failures"]]
    return (type(error).__name__, error.what) in said


def _say_unopened(loaded: LoadedStudy, console: Console, wanted: Wanted, error: MinyiError, began: float) -> None:
    """Tell of a run that came to nothing because its store cannot be opened, or says no more which windows are done."""
    from minyi.jobs.notices import tell_without_store

    outcome = _Outcome(exit=Exit.USAGE if error.usage else Exit.FAILED, failures=[_failure(error)])
    facts = _head(loaded, wanted, round(began * 1000)) | _joined_facts([], outcome, time.time() - began)
    tell_without_store(loaded, facts, console)
    _write(loaded.path.parent / "data", facts, console)


def _write(data: Path, facts: Mapping[str, Any], console: Console) -> None:
    """Keep the receipt; named by its beginning and its first command's run."""
    first = facts["steps"][0]["run"] if facts["steps"] else "0"
    began = datetime.fromtimestamp(facts["started_at"] / 1000, UTC)
    path = data / "receipts" / f"{began:%Y%m%dT%H%M%S}-{first}-{COMMAND}.json"
    try:
        write_atomically(path, json.dumps(facts, ensure_ascii=False, indent=2).encode(errors="replace"))
    except MinyiError as error:
        console.warn(f"the receipt cannot be written: {error}")
        return
    console.event("job", path=str(path), **facts)
