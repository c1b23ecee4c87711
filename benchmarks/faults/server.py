"""Collecting, analysing and reporting while PostgreSQL goes away at random: nothing is lost, doubled, or noticed.

    python benchmarks/faults/server.py [--quick] [--json FILE] [--plant NAME | --plants]

A server of its own runs in a temporary folder. Round after round two growing sites are collected, read and reported,
labels and answers are put, while it is restarted, ends its sessions, or the wire to it is cut: at any moment, and in
the middle of commits, before the server hears of them, after it, or so that it does not hear of the end either. Then
what is stored is held against what was given. It needs PostgreSQL's programs and the extra `postgres`.
"""

# ruff: noqa: E402  the tests' own internet is found first

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack, contextmanager, redirect_stderr, suppress
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

ROOT = Path(__file__).parents[2]
sys.path += [str(Path(__file__).parent), str(ROOT / "tests" / "loopback")]

from cutting import Wire
from everything import study_file
from figures import Figure, none_of, told
from growing import SOURCES, Growing
from world import World

from minyi.analysing import analyse
from minyi.collecting import collect_sources
from minyi.console import Console
from minyi.reporting import report
from minyi.workspace import open_workspace
from scrapers.fetch import FetchSettings
from storage.database import _landed, reading
from storage.database_failures import DatabaseFailure
from storage.errors import MinyiError
from storage.records import Judgement
from storage.responses import ResponseRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cutting import Cut
    from sqlalchemy.engine import Connection, Engine

    from minyi.workspace import Workspace
    from storage.store import Store

SITES = ("forum", "blog")
SETTINGS = FetchSettings(min_interval_s=0.0, total_s=60.0, backoff_s=0.01)
TASK = ("Crossing charge", "1")
ANSWERS = 6
"""Answers to requests that are put in a round: rows without a key of their own."""
MOST_S = 120.0
"""A round may last as long as a server that is away is waited for four times; on a busy machine it takes long."""
CUT_SHARE = 0.4
"""How many of a round's commits are cut, where commits are."""
_ROUND_S = 4.0
_NUMBER = re.compile(r"\((\w+) (\d+)\)")


class Server:
    """A PostgreSQL server in a temporary folder, on a socket there."""

    def __init__(self, folder: Path) -> None:
        found = shutil.which("initdb") or str(max(Path("/usr/lib/postgresql").glob("*/bin/initdb")))
        self._programs, self.folder = Path(found).resolve().parent, folder
        self._user = "nobody" if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(folder, self._user)
        self._do("initdb", "--auth=trust", "--username=minyi", "--encoding=UTF8", "--locale=C", "--no-sync")
        settings = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off -c shared_buffers=16MB"
        self._do("pg_ctl", "-w", "-l", str(folder / "log"), "-o", settings, "start")

    def _do(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), "-D", str(self.folder / "data"), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder, user=self._user)

    def restart(self, how: str) -> None:
        """Fast: sessions are ended in order; immediate: as if it had crashed."""
        self._do("pg_ctl", "-w", "-m", how, "restart")

    def end_sessions(self) -> None:
        """End those of everybody else."""
        import psycopg

        others = b"FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = 'postgres'"
        with suppress(psycopg.OperationalError), psycopg.connect(self.url()) as connection:
            connection.execute(b"SELECT pg_terminate_backend(pid) " + others)

    def url(self, port: int = 5432) -> str:
        """Its address, or that of a wire to it."""
        return f"postgresql://minyi@/postgres?host={self.folder}&port={port}"

    def stop(self) -> None:
        """End it without ceremony."""
        self._do("pg_ctl", "-m", "immediate", "stop")


class Trouble:
    """What goes wrong in a round, each kind in its turn."""

    def __init__(self, server: Server, wire: Wire, seed: int) -> None:
        self._server, self._wire, self._chance = server, wire, random.Random(f"server {seed}")
        self.met: Counter[str] = Counter()

    @contextmanager
    def of(self, number: int) -> Iterator[None]:
        """Trouble while the block runs."""
        kinds: list[Callable[[], None]] = [
            *(lambda cut=cut: self._cutting(cut) for cut in ("unanswered", "unheard", "left behind")),
            lambda: self._acting("sessions ended", self._server.end_sessions, 4),
            lambda: self._acting("wires cut", self._wire.cut_all, 4),
            lambda: self._acting("restarts", lambda: self._server.restart("fast"), 1),
            lambda: self._acting("crashes", lambda: self._server.restart("immediate"), 1),
        ]
        self._over = threading.Event()
        worker = threading.Thread(target=kinds[number % len(kinds)])
        worker.start()
        try:
            yield
        finally:
            self._over.set()
            worker.join()
            self._wire.otherwise = lambda: None

    def _cutting(self, cut: Cut) -> None:
        def chosen() -> Cut | None:
            if self._chance.random() < CUT_SHARE:
                self.met[f"commits {cut}"] += 1
                return cut
            return None

        self._wire.otherwise = chosen

    def _acting(self, name: str, act: Callable[[], None], times: int) -> None:
        for _ in range(times):
            if self._over.wait(self._chance.uniform(0.0, _ROUND_S / times)):
                return
            act()
            self.met[name] += 1


class Rounds:
    """Round after round on one study."""

    def __init__(self, folder: Path, server: Server, wire: Wire, seed: int) -> None:
        self.growing, self.world, self._chance = Growing(seed), World(folder), random.Random(seed)
        self.trouble = Trouble(server, wire, seed)
        self.study = folder / "study"
        self.study.mkdir()
        sources = [(name, kind, options) for name, kind, options in SOURCES if name in SITES]
        written = study_file(sources) + f'\n[storage]\nurl = "{server.url(wire.port)}"\n'
        (self.study / "study.toml").write_text(written, encoding="utf-8")
        self.begun, self.done, self.answers, self.labels = 0, 0, 0, 0
        self.failed: list[str] = []
        self.untyped: list[str] = []
        self.seconds: list[float] = []

    def go(self, rounds: int) -> None:
        """So many rounds in trouble, and one without."""
        self.world.start()
        self.world.otherwise = self.growing.answer
        with redirect_stderr(StringIO()):  # that it waits is counted by what comes of it
            for number in range(rounds):
                with self.trouble.of(number):
                    self._round()
            self._round()
        self.world.stop()

    def _round(self) -> None:
        for site in SITES:
            self.growing.write(datetime.now(UTC), self._chance.randrange(6, 14), site)
        began = time.monotonic()
        try:
            with open_workspace(self.study) as workspace:
                self._steps(workspace)
        except MinyiError as error:
            self.failed.append(f"{type(error).__name__}: {error}")
        except Exception as error:  # noqa: BLE001  whatever comes out of a command is what is counted here
            self.untyped.append(f"{type(error).__name__}: {error}")
        self.seconds.append(time.monotonic() - began)

    def _steps(self, workspace: Workspace) -> None:
        quiet, study, store = Console(quiet=True), workspace.study.id, workspace.store
        ended = [collect_sources(workspace, quiet, settings=SETTINGS, network=self.world.network)]
        ended.append(analyse(workspace, quiet))
        report(workspace, quiet)
        self.failed += [f"exit {code}" for code in ended if code]
        run = store.runs(study)[-1].id
        for number in range(ANSWERS):
            self.answers += store.responses.put(
                study, run, [ResponseRecord("response", f"r{number}", "said", en="Yes.")]
            )
        key = int(store.comments(study, columns=["key"])["key"].iloc[0])
        said = [Judgement(key, stance="concern", codes=(0, 1, 0))]
        self.labels += store.labels.put(study, *TASK, "person:ann", run, said)
        self.done += 1

    def figures(self) -> list[Figure]:
        """What is stored, held against what was given and done."""
        with open_workspace(self.study) as workspace:
            study, store = workspace.study.id, workspace.store
            found = store.comments(study, columns=["source", "ext_id", "text"])
            runs = store.runs(study)
            answers = _count(store, "response")
            labels = store.labels.history(study, *TASK)["revision"].tolist()
            read = "annotation JOIN coding ON coding.key = annotation.coding WHERE annotator_kind = 'classifier'"
            left = len(found) - _count(store, read)
        stored = Counter(zip(found["source"].astype(str), found["ext_id"].astype(str), strict=True))
        offered = {one for one in self.growing.offered if one[0] in SITES}
        numbers = Counter(match.groups() for text in found["text"] if (match := _NUMBER.search(text)))
        commands = Counter(run.command for run in runs)
        rounds = len(self.seconds)
        twice = {"comments": sum(n - 1 for n in numbers.values()), "answers": answers - self.answers}
        twice |= {"labels": len(labels) - self.labels, **{name: n - rounds for name, n in commands.items()}}
        lost = {"comments": len(offered - stored.keys()) + left, "answers": max(0, self.answers - answers)}
        lost |= {"labels": self.labels - len(set(labels)), "runs": 3 * self.done - len(runs)}
        lost |= {"ends of runs": sum(run.status == "running" for run in runs)}
        troubles = ", ".join(f"{n} {name}" for name, n in sorted(self.trouble.met.items()))
        print(f"{rounds} rounds, {len(found)} comments, {len(runs)} runs; {troubles}")
        for line in [*self.failed, *self.untyped][:5]:
            print(f"  {line}")
        rows = len(found) + answers + len(labels) + len(runs)
        met, kinds = self.trouble.met.total(), len(self.trouble.met)
        slowest = max(self.seconds)
        return [
            Figure("server: times it went away", f"{met} in {kinds} ways", "> 0", met > 0),
            none_of("server: rows lost", sum(max(0, n) for n in lost.values()), rows),
            none_of("server: rows stored twice", sum(max(0, n) for n in twice.values()), rows),
            none_of("server: commands that failed though it came back", len(self.failed), 3 * rounds),
            none_of("server: failures without a type", len(self.untyped), 3 * rounds),
            Figure("server: slowest round", f"{slowest:.1f} s", f"{MOST_S:.0f} s", slowest <= MOST_S),
        ]


def _count(store: Store, table: str) -> int:
    with reading(store._engine) as connection:  # noqa: SLF001  no command counts these
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())  # noqa: S608  ours


# -- planted faults ---------------------------------------------------------------------------------------------------


def _never_again(stack: ExitStack) -> None:
    stack.enter_context(patch("storage.retrying.LONGEST_S", 0.0))


def _again_blindly(stack: ExitStack) -> None:
    stack.enter_context(patch("storage.database._landed", lambda engine, made: _landed(engine, made) and False))


def _taken_for_done(stack: ExitStack) -> None:
    from storage import responses

    sound = responses.writing

    @contextmanager
    def careless(engine: Engine) -> Iterator[Connection]:
        with suppress(DatabaseFailure), sound(engine) as connection:
            yield connection

    stack.enter_context(patch.object(responses, "writing", careless))


def _as_it_comes(stack: ExitStack) -> None:
    stack.enter_context(patch("storage.database.driver_errors", lambda: (ZeroDivisionError,)))


PLANTS: Mapping[str, tuple[str, Callable[[ExitStack], None]]] = {
    "never-again": ("commands that failed though it came back", _never_again),
    "again-blindly": ("rows stored twice", _again_blindly),
    "taken-for-done": ("rows lost", _taken_for_done),
    "as-it-comes": ("failures without a type", _as_it_comes),
}


def measured(rounds: int, plant: str = "", seed: int = 1) -> list[Figure]:
    """The figures after so many rounds, with a line of the program broken where one is named."""
    temporary = tempfile.TemporaryDirectory
    with temporary(prefix="minyi-server-") as home, temporary(prefix="minyi-served-") as place, ExitStack() as stack:
        server = Server(Path(home))
        stack.callback(server.stop)
        wire = stack.enter_context(Wire(server.folder))
        if plant:
            PLANTS[plant][1](stack)
        tried = Rounds(Path(place), server, wire, seed)
        tried.go(rounds)
        return tried.figures()


def main() -> int:
    """Run it as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plant", choices=PLANTS)
    parser.add_argument("--plants", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.plants:
        for name, (promise, _) in PLANTS.items():
            print(f"{name}\tserver: {promise}")
        return 0
    return told(measured(7 if given.quick else 63, given.plant or "", given.seed), given.json)


if __name__ == "__main__":
    sys.exit(main())
