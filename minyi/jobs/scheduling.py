"""`minyi schedule`: starts `minyi run` when a study's file says that it is due, where no cron and no systemd does.

Each run is a process of its own: what it does with memory, locks and signals is what it does under cron. The library's
part (APScheduler) is the clock: it knows each study's zone, comes late rather than never, and then once for all that
was missed.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any

from minyi.console import Exit, so_many
from minyi.jobs.windows import window_at
from minyi.study_file import load_study
from storage.errors import MinyiError, UsageError
from storage.extras import install_remedy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from minyi.console import Console
    from minyi.unattended_sections import ScheduleSection

LOOK_S = 30
"""How often the study files are looked at for another schedule."""
SHOWN = 3
_PERIODS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}
_END_S = 3.5  # a run that is told to end does so within four seconds at the most


class SchedulerMissing(MinyiError):  # noqa: N818  says what is the case
    """The library that keeps the clock is not installed."""


@dataclass(frozen=True, slots=True)
class Plan:
    """When a study's runs are due.

    Attributes:
        folder: the study's.
        schedule: what its file says.
        zone: by whose clock.
        study: its id.
    """

    folder: Path
    schedule: ScheduleSection
    zone: ZoneInfo
    study: str

    @property
    def trigger(self) -> Any:  # noqa: ANN401  the library has no types
        """The library's own idea of it.

        Raises:
            SchedulerMissing: the extra `schedule` is not installed.
        """
        try:
            cron = import_module("apscheduler.triggers.cron")  # it has no types
        except ModuleNotFoundError as error:
            what = "the library that keeps the clock is not installed (APScheduler)."
            remedy = f"Let cron or systemd start `minyi run`. Or: {install_remedy('schedule')}"
            raise SchedulerMissing(what, remedy=remedy) from error
        at = self.schedule.at
        when: dict[str, Any] = {"minute": at.minute}
        when |= {} if self.schedule.every == "hour" else {"hour": at.hour}
        when |= {"day_of_week": self.schedule.weekday[:3]} if self.schedule.every == "week" else {}
        return cron.CronTrigger(**when, second=0, timezone=self.zone)

    def following(self, moment: datetime, n: int = SHOWN) -> list[datetime]:
        """The next times after a moment."""
        times: list[datetime] = []
        trigger, now = self.trigger, moment.astimezone(self.zone)
        for _ in range(n):
            times.append(trigger.get_next_fire_time(None, now))
            now = times[-1] + timedelta(seconds=1)
        return times

    def overdue(self, moment: datetime) -> bool:
        """Whether the present window's time has passed: who starts after it runs at once, if nobody has."""
        every = self.schedule.every
        (last,) = self.following(moment - _PERIODS[every], 1)
        return last <= moment and window_at(last, self.zone, every) == window_at(moment, self.zone, every)


def planned(folder: Path) -> Plan:
    """What a study's file says of when it runs.

    Raises:
        StudyFileError: it cannot be read.
        UsageError: it says nothing of that.
    """
    loaded = load_study(folder, to_collect=False)
    if loaded.schedule is None:
        remedy = 'Add a section, such as\n\n    [schedule]\n    every = "day"\n    at = "06:30"'
        raise UsageError("the study file has no [schedule]", where=str(loaded.path), remedy=remedy)
    return Plan(loaded.path.parent, loaded.schedule, loaded.study.zone, loaded.study.id)


def show(folders: Sequence[Path], console: Console) -> None:
    """Say when the next runs are due."""
    for plan in map(planned, folders):
        times = [f"{each:%a %Y-%m-%d %H:%M %Z}" for each in plan.following(datetime.now(UTC))]
        console.say(f"{plan.folder}: {', '.join(times)}")
        console.event("planned", study=str(plan.folder), next=times)
    console.event("done", exit=0)


def keep_running(folders: Sequence[Path], console: Console) -> None:
    """Start every study's runs when they are due, until this process is told to end.

    Raises:
        MinyiError: a study file says no schedule, or the library is not installed.
        KeyboardInterrupt: it was told to end; runs at work were told so, too.
    """
    plans = [planned(folder) for folder in folders]
    for plan in plans:
        plan.following(datetime.now(UTC), 1)
    background = import_module("apscheduler.schedulers.background")
    late = {"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
    scheduler = background.BackgroundScheduler(timezone=UTC, job_defaults=late)
    keeper = _Keeper(scheduler, console)
    for plan in plans:
        keeper.take(plan)
    scheduler.start()
    try:
        while True:
            time.sleep(LOOK_S)
            keeper.look()
    finally:
        scheduler.shutdown(wait=False)
        keeper.end()


class _Keeper:
    """The studies, and the runs at work."""

    def __init__(self, scheduler: Any, console: Console) -> None:  # noqa: ANN401  as above
        self._scheduler, self._console = scheduler, console
        self._plans: dict[Path, Plan] = {}
        self._wrong: dict[Path, str] = {}
        self._children: set[subprocess.Popen[bytes]] = set()
        self._turn = threading.Lock()
        self._ending = False

    def take(self, plan: Plan) -> None:
        """Begin with a study, or go on with it on another schedule."""
        first = plan.folder not in self._plans
        self._plans[plan.folder] = plan
        at_once = {"next_run_time": datetime.now(UTC)} if first and plan.overdue(datetime.now(UTC)) else {}
        self._scheduler.add_job(
            self._run, plan.trigger, [plan.folder], id=str(plan.folder), replace_existing=True, **at_once
        )
        self._say(plan.folder, f"next run {plan.following(datetime.now(UTC), 1)[0]:%Y-%m-%d %H:%M %Z}")

    def look(self) -> None:
        """Read the study files again; one that is wrong goes on as it was, and says so once."""
        for folder, plan in list(self._plans.items()):
            try:
                now = planned(folder)
            except MinyiError as error:
                if self._wrong.get(folder) != str(error):
                    self._wrong[folder] = str(error)
                    self._console.warn(f"{folder}: goes on as before: {error}")
                continue
            self._wrong.pop(folder, None)
            if now != plan:
                self.take(now)

    def end(self) -> None:
        """Tell the runs at work to end, and see that they do."""
        with self._turn:
            self._ending = True
            children = list(self._children)
        for child in children:
            child.terminate()
        last = time.monotonic() + _END_S
        for child in children:
            try:
                child.wait(max(0.1, last - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
        if children:
            self._console.warn(f"ended {so_many(len(children), 'run')} at work; what they stored is kept")

    def _run(self, folder: Path) -> None:
        began = time.monotonic()
        with self._turn:
            if self._ending:
                return
            child = subprocess.Popen([sys.executable, "-m", "minyi", "run", str(folder), "--quiet"])  # noqa: S603  our own program
            self._children.add(child)
        code = child.wait()
        with self._turn:
            self._children.discard(child)
        if not self._ending:
            self._say(folder, f"run ended with {_named(code)} after {time.monotonic() - began:.0f} s")

    def _say(self, folder: Path, what: str) -> None:
        self._console.say(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {folder}: {what}")
        self._console.out.flush()
        self._console.event("schedule", study=str(folder), what=what)


def _named(code: int) -> str:
    named = {each.value: each.name.lower() for each in Exit}
    return f"{code} ({named[code]})" if code in named else str(code)
