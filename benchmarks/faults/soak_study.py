"""A study that lives through hours: what is done in each of them, with whatever goes wrong there.

What happens in an hour is drawn from its number alone, so that equal seeds give equal months.
"""

from __future__ import annotations

import csv
import ctypes
import gc
import os
import random
import resource
import signal
import sys
import time
from collections import Counter
from contextlib import ExitStack, nullcontext, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from everything import study_file
from faulty import Faulty
from growing import SOURCES, Growing
from soak_clock import Clock
from soak_surroundings import ADDRESS, disk_full, surroundings
from world import World

from minyi import cli, leftovers
from minyi.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scrapers.fetch import Network

DST_NIGHT = date(2026, 10, 25)
"""In Berlin this day has 25 hours; it is in the middle of every soak."""
_STUDY = """
[schedule]
every = "hour"
at = "00:20"
preset = "daily"
formats = ["html"]

[notify]
variables = ["{address}"]

[privacy]
comments_days = {comments_days}
captures_days = {captures_days}
"""
_EVENT = """
[[events]]
date = {day}
precision = "day"
kind = "clarified"
who = {{ zh = "港务局", en = "Harbour board" }}
title = {{ zh = "说明：月票封顶", en = "Notice: a monthly cap" }}
"""
_GIVE_UP_S = 60.0
_DAY = 24
_NEWS_HOUR, _NEWS = 7, 20
_EDITS, _DELETES, _BURSTS, _BURST = (3, 1), (5, 2), (97, 50), 8
"""Every how many hours, and at which of them."""
_FAULTY_HOURS, _FAULTS = 0.3, 0.3
_OFF, _REPEATED, _TWICE, _TWICE_IN_SHORT = 0.06, 0.6, 0.1, 0.3
_WENT_WRONG = ("", "killed", "told to end", "disk full")
_WEIGHTS, _WEIGHTS_IN_SHORT, _SHORT_DAYS = (82, 8, 5, 5), (50, 20, 10, 20), 5
_JUMPS, _AHEAD, _BEHIND = 80, (30, 31), (60, 61, 62)


@dataclass(frozen=True, slots=True)
class Ran:
    """One start of `minyi run`.

    Attributes:
        hour: the number of the hour.
        exit: its exit code; None where it was killed.
        what: what went wrong on purpose, in a word, or "".
        began: the time shown (UTC seconds).
        cpu_s: processor time.
        rss: bytes in memory after it, of this process.
        wall_s: how long it took.
        end_s: how long it took to end once it was told to; 0 where it was not.
    """

    hour: int
    exit: int | None
    what: str
    began: float
    cpu_s: float
    rss: int
    wall_s: float
    end_s: float = 0.0


@dataclass
class Diary:
    """What was done.

    Attributes:
        runs: every start of `minyi run`, in order.
        others: exit codes of other commands, by their name.
        forgotten: (source, id) of comments that were to be forgotten.
        oldest_ms: comments written before were to leave.
        noise: what went otherwise than it should, in words.
        files: at the end of each day, files and bytes by folder.
    """

    runs: list[Ran] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    forgotten: set[tuple[str, str]] = field(default_factory=set)
    oldest_ms: int = 0
    noise: list[str] = field(default_factory=list)
    files: list[dict[str, tuple[int, int]]] = field(default_factory=list)


class Soak:
    """The simulated days.

    Args:
        folder: an empty one.
        days: how many.
        seed: of everything that is drawn.
        url: of a database that is not the study's own file.
    """

    def __init__(self, folder: Path, days: float, seed: int, url: str = "") -> None:
        self.study, self.days, self._seed, self._url = folder / "study", days, seed, url
        self.hours = round(days * 24)
        night = datetime(DST_NIGHT.year, DST_NIGHT.month, DST_NIGHT.day, 0, 20, tzinfo=UTC)
        self.start = night - timedelta(hours=self.hours // 2)
        self.comments_days = max(1, round(days / 3))
        self.growing, self.diary = Growing(seed), Diary()
        self.faulty = Faulty(self.growing, seed, rate=0.0, slow=0.01)
        self.world, self.clock = World(folder), Clock(self.start)
        self._said = folder / "said.txt"
        self.messages = folder / "messages.jsonl"
        self._seen: set[Path] = set()
        self._typical_s = 2.0

    def live(self) -> None:
        """Live through all of them, and through two more hours in which all is well."""
        self._settle_in()
        with ExitStack() as stack:
            stack.enter_context(self.clock.shown())
            stack.enter_context(surroundings(self._network, self.messages, self._url))
            for hour in range(self.hours):
                self._hour(hour)
                if hour % _DAY == _DAY - 1 or hour == self.hours - 1:
                    self.diary.files.append(files_of(self.study))
            self.faulty.rate = 0.0
            for more in (1, 2):
                self.clock.set(self.start + timedelta(hours=self.hours + more))
                self._run(self.hours + more, "")
        self.world.stop()

    def _settle_in(self) -> None:
        self.study.mkdir(parents=True)
        kept = {"address": ADDRESS, "comments_days": self.comments_days, "captures_days": max(1, round(self.days / 6))}
        said = study_file(SOURCES).replace('"Europe/London"', '"Europe/Berlin"\nlanguages = ["en"]') + _STUDY.format(
            **kept
        )
        (self.study / "study.toml").write_text(said, encoding="utf-8")
        self.world.start()
        self.world.otherwise = self.faulty.answer
        self.growing.write(self.start, 60, every_s=600)

    def _network(self) -> Network:
        return self.faulty.network(self.world)

    # -- an hour ------------------------------------------------------------------------------------------------------

    def _hour(self, hour: int) -> None:
        """The sites grow, and the job comes once, twice, or not at all."""
        dice, moment = random.Random(f"{self._seed} {hour}"), self.start + timedelta(hours=hour)
        self.clock.set(moment)
        self.world.asked.clear()
        self.growing.write(moment, dice.randrange(1, 6) * (_BURST if _at(hour, _BURSTS) else 1))
        self.growing.write(moment, 1, site="forum")
        if hour % _DAY == _NEWS_HOUR:
            self.growing.write(moment, _NEWS, site="blog")  # the next article, with what is said below it
        if _at(hour, _EDITS):
            self.growing.edit(dice.choice(("feed", "forum", "tag", "blog", "search")))
        if _at(hour, _DELETES):
            self.growing.delete(dice.choice(("forum", "tag", "search")))
        self.clock.set(moment + self._wrong_by(hour))
        self.faulty.rate = _FAULTS if dice.random() < _FAULTY_HOURS else 0.0
        if dice.random() < _OFF:
            return  # the machine was off
        short = self.days < _SHORT_DAYS
        what = dice.choices(_WENT_WRONG, _WEIGHTS_IN_SHORT if short else _WEIGHTS)[0]
        self._run(hour, what, dice)
        if what and dice.random() < _REPEATED:
            self.clock.set(self.clock.now + timedelta(minutes=10))
            self._run(hour, "")
        if dice.random() < (_TWICE_IN_SHORT if short else _TWICE):
            self.clock.set(self.clock.now + timedelta(minutes=5))
            self._run(hour, "")
        self._by_hand(hour)
        self._date_files()

    def _wrong_by(self, hour: int) -> timedelta:
        """How far the clock is off: twice a week it jumps, for some hours."""
        if hour % _JUMPS in _AHEAD:
            return timedelta(hours=9)
        return timedelta(hours=-5) if hour % _JUMPS in _BEHIND else timedelta()

    def _by_hand(self, hour: int) -> None:
        """What people do in between, each at its hour."""
        share = {round(self.hours * part): name for part, name in _BY_HAND.items()}
        match share.get(hour):
            case "report":
                self._command("report", self.study, "--preset", "full")
            case "event":
                with (self.study / "study.toml").open("a", encoding="utf-8") as file:
                    file.write(_EVENT.format(day=self.clock.now.date().isoformat()))
            case "labels":
                self._label()
            case "forget":
                self._forget()

    def _label(self) -> None:
        """Ann labels thirty comments in a sheet."""
        with open_workspace(self.study) as workspace:
            ids = workspace.store.comments(workspace.study.id, columns=["id"])["id"].astype(str)[-30:]
        sheet = self.study.parent / "labels.csv"
        with sheet.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["id", "primary"])
            rows.writerows([one, "concern" if place % 2 else "support"] for place, one in enumerate(ids))
        self._command("labels", "import", self.study, sheet, "--as", "Ann")

    def _forget(self) -> None:
        """Somebody asks for two comments to be forgotten."""
        with open_workspace(self.study) as workspace:
            found = workspace.store.comments(workspace.study.id, columns=["id", "source", "ext_id"])[-40:-38]
        for one in found.itertuples():
            self.diary.forgotten.add((str(one.source), str(one.ext_id)))
            self._command("forget", self.study, "--comment", str(one.id))

    def _command(self, *words: object) -> None:
        code = self._said_by(words)
        self.diary.others[f"{words[0]} {code}"] += 1
        if code not in {0, 3}:
            self.diary.noise.append(f"{words[0]} ended with {code}")

    @property
    def _database(self) -> Path | None:
        """The study's own database file, where it has one by now."""
        path = self.study / "data" / "minyi.db"
        return path if path.exists() and not self._url else None

    # -- a run --------------------------------------------------------------------------------------------------------

    def _run(self, hour: int, what: str, dice: random.Random | None = None) -> None:
        """`minyi run`, with this going wrong in it."""
        began, start_s, start_cpu, end_s = self.clock.time(), time.monotonic(), _cpu_s(), 0.0
        self.diary.oldest_ms = max(self.diary.oldest_ms, round((began - self.comments_days * 86_400) * 1000))
        if what in {"killed", "told to end"} and dice is not None:
            code, end_s = self._ended_early(what, dice.uniform(0.05, 1.1) * self._typical_s)
        else:
            with disk_full(self._database, dice) if what == "disk full" and dice else nullcontext():
                code = self._said_by(("run", self.study, "--quiet"))
        wall_s, cpu_s = time.monotonic() - start_s, _cpu_s() - start_cpu
        if not what:
            self._typical_s = 0.8 * self._typical_s + 0.2 * wall_s
        self.diary.runs.append(Ran(hour, code, what, began, cpu_s, _rss(), wall_s, end_s))

    def _said_by(self, words: Sequence[object]) -> int:
        """The exit code of a command run in this process, which knows nothing of those before."""
        leftovers._tidied.clear()  # noqa: SLF001  once in each process, which here are many
        with (
            self._said.open("a", encoding="utf-8", errors="replace") as said,
            redirect_stdout(said),
            redirect_stderr(said),
            patch.object(sys, "argv", ["minyi", *map(str, words)]),
        ):
            said.write(f"--- {self.clock.now:%m-%d %H:%M} {words[0]}\n")
            try:
                cli.main()
            except SystemExit as end:
                return int(end.code or 0)
        return 0

    def _ended_early(self, what: str, after_s: float) -> tuple[int | None, float]:
        """A run in a process of its own that is killed, or told to end: its exit code, and how long ending took."""
        child = os.fork()
        if child == 0:
            code = 70
            try:
                code = self._said_by(("run", self.study, "--quiet"))
            finally:
                os._exit(code)
        time.sleep(after_s)
        os.kill(child, signal.SIGKILL if what == "killed" else signal.SIGTERM)
        asked = time.monotonic()
        while True:
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                break
            if time.monotonic() - asked > _GIVE_UP_S:
                os.kill(child, signal.SIGKILL)
            time.sleep(0.01)
        code = os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else None
        return code, time.monotonic() - asked if what == "told to end" else 0.0

    def _date_files(self) -> None:
        """New files are as old as the clock says: what is kept for some days looks at that."""
        for path in self.study.rglob("*"):
            if path not in self._seen and path.is_file():
                self._seen.add(path)
                os.utime(path, (self.clock.time(), self.clock.time()))
        self._seen = {path for path in self._seen if path.exists()}


_BY_HAND = {0.2: "report", 0.35: "event", 0.45: "labels", 0.6: "forget", 0.8: "report"}
"""At which part of the days people do what."""


def _at(hour: int, when: tuple[int, int]) -> bool:
    return hour % when[0] == when[1]


def _cpu_s() -> float:
    """Of this process and of its children that ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _rss() -> int:
    """What is held: what was let go of is given back first, where the C library can be asked for it."""
    gc.collect()
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def files_of(study: Path) -> dict[str, tuple[int, int]]:
    """How many files each folder of a study holds, and how many bytes."""
    found: dict[str, tuple[int, int]] = {}
    for path in study.rglob("*"):
        if path.is_file():
            name = "/".join(path.relative_to(study).parts[:-1][:2]) or "."
            count, size = found.get(name, (0, 0))
            found[name] = (count + 1, size + path.stat().st_size)
    return found
