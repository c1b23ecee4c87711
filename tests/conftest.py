"""What every test obeys: no network but loopback, and no skip of what the machine was told to have."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from functools import cached_property
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

# Before NumPy comes: two test runs on two cores, each with threads that spin for work, take five times as long.
os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1"))
# Programs that tests start keep what they compile: each would compile the rooms anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

import numpy as np
import pytest
from hypothesis import settings
from pytest_socket import socket_allow_hosts

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from chat import ChatServer
    from sqlalchemy.engine import Engine
    from world import World

sys.path.append(str(Path(__file__).parent / "loopback"))  # the tests' own internet; last, so that it hides nothing

# httpcore looks for it on every request, through every folder of the path; known not to be there, it costs nothing.
if find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]

REPOSITORY = Path(__file__).parent.parent
SHARED = REPOSITORY.parent / "shared"
# Markers whose tests may not be skipped here, as in MINYI_MUST_RUN=postgres,browser.
MUST_RUN = frozenset(filter(None, os.environ.get("MINYI_MUST_RUN", "").split(",")))

# The same examples on every run, and no clock: a busy machine is no failure.
settings.register_profile("minyi", deadline=None, derandomize=True, database=None)
settings.load_profile("minyi")


@pytest.fixture(autouse=True)
def _loopback_only() -> None:
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.fixture(scope="session", autouse=True)
def _no_power_cuts() -> Iterator[tuple[str, ...]]:
    """Nobody waits for the disk: no test cuts the power, and what a killed process wrote is there all the same.

    Yields:
        How SQLite is opened outside the tests.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        database = sys.modules.get("storage.database")  # imported where a test that was collected uses it
        opened: tuple[str, ...] = database._PRAGMAS if database else ()
        if database:
            patch.setattr(database, "_PRAGMAS", (*opened, "PRAGMA synchronous = OFF"))
        yield opened


@pytest.fixture(scope="session", autouse=True)
def _one_dialect() -> Iterator[None]:
    """A statement is compiled once for all SQLite databases of the run: by itself, every engine compiles its own."""
    database = sys.modules.get("storage.database")
    if database is None:
        yield
        return
    made, first = database.create_engine, list[Any]()

    def create(url: Any, **how: Any) -> Any:
        engine = made(url, **how)
        if engine.dialect.name == "sqlite":
            first.append(engine) if not first else None
            engine.dialect = engine.pool._dialect = first[0].dialect
            engine._compiled_cache = first[0]._compiled_cache
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "create_engine", create)
        yield


@pytest.fixture
def power_cuts(_no_power_cuts: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite is opened as outside the tests, where the power may be cut."""
    monkeypatch.setattr("storage.database._PRAGMAS", _no_power_cuts)


@pytest.fixture(autouse=True)
def _plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own database or terminal changes no test."""
    monkeypatch.delenv("MINYI_DATABASE_URL", raising=False)
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The data folder beside the repository, where there is one."""
    if not SHARED.is_dir():
        pytest.skip("needs the data folder beside the repository")
    return SHARED


YARDSTICK_S = 0.0106
"""Seconds that one repetition of the yardstick takes on the unloaded machine that the limits are written for."""


def yardstick() -> None:
    """A fixed piece of work of the kinds that the tests' own is made of: plain Python, bytes and NumPy."""
    said = "第3次关闭借呗,太突然了! The pier is closed; " * 600
    seen: dict[tuple[str, int], int] = {}
    for place, char in enumerate(said):
        seen[char, place % 7] = seen.get((char, place % 7), 0) + 1
    raw = (said * 10).encode()
    raw.replace(b"e", b"ee").decode().casefold()
    np.sort(np.arange(200_000) * 7_919 % 100_003)


class Within:
    """Limits of time that mean the same on a slower or busier machine.

    A limit is written for the machine of `YARDSTICK_S`. It is multiplied by how much slower the yardstick is here, just
    before and just after (the larger counts), and never made shorter. A limit is to be at least three times what the
    block takes on that machine, and far below what the fault would take that the test is there to find.
    """

    _repetitions = 5
    _fresh_s = 10.0  # so long a measurement stands for what follows

    def __init__(self) -> None:
        self._known: dict[Callable[[], float], tuple[float, float]] = {}

    @contextmanager
    def __call__(self, seconds: float, clock: Callable[[], float] = time.process_time) -> Iterator[None]:
        """Fail if the block takes longer, by the processor time of this process or by another clock."""
        factor = self.slowness(clock, fresh_s=self._fresh_s)
        begun = clock()
        yield
        took = clock() - begun
        if took > seconds * factor:  # only then can a second look at the machine matter
            factor = max(factor, self.slowness(clock))
        allowed = seconds * factor
        said = f"({seconds} s, on a machine {factor:.2f} times as slow as the reference)"
        assert took <= allowed, f"took {took:.3f} s, allowed {allowed:.3f} s {said}"

    def slowness(self, clock: Callable[[], float], fresh_s: float = 0.0) -> float:
        """How many times slower than the reference this machine is at the moment, by this clock; at least 1."""
        at, factor = self._known.get(clock, (-np.inf, 1.0))
        if time.monotonic() - at >= fresh_s:
            factor = max(1.0, median(self._timed(clock) for _ in range(self._repetitions)) / YARDSTICK_S)
            self._known[clock] = time.monotonic(), factor
        return factor

    def _timed(self, clock: Callable[[], float]) -> float:
        begun = clock()
        yardstick()
        return clock() - begun


@pytest.fixture(scope="session")
def within() -> Within:
    """Use as `with within(5.0): …`, or `with within(10, time.monotonic): …` for what waits."""
    return Within()


@pytest.fixture(scope="session")
def _turning_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    from world import World

    world = World(tmp_path_factory.mktemp("world"))
    world.start()
    yield world
    world.stop()


@pytest.fixture
def world(_turning_world: World) -> World:
    """An empty internet on loopback: any host name, with and without TLS (tests/loopback/world.py)."""
    _turning_world.clear()
    return _turning_world


@pytest.fixture(scope="session")
def _speaking_server() -> Iterator[ChatServer]:
    from chat import ChatServer

    with ChatServer() as server:
        yield server


@pytest.fixture
def chat_server(_speaking_server: ChatServer) -> ChatServer:
    """A server on loopback that speaks the chat-completions API, honestly until told otherwise (loopback/chat.py)."""
    _speaking_server.clear()
    return _speaking_server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with its tables and nothing in them."""
    from storage.database import connect, parse_url
    from storage.migrations import migrate

    path = tmp_path_factory.mktemp("template") / "minyi.sqlite"
    engine = connect(parse_url(f"sqlite:///{path}"))
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture
def copied_databases(sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new SQLite database begins as a copy of one: Alembic would take most of the time of a small test."""
    from storage import store

    migrate = store.migrate

    def copied(engine: Engine) -> None:
        path = Path(engine.url.database or "")
        if engine.dialect.name == "sqlite" and not path.exists():
            with suppress(OSError):  # the store says it better
                shutil.copyfile(sqlite_template, path)
        migrate(engine)

    monkeypatch.setattr(store, "migrate", copied)


class Cluster:
    """A PostgreSQL server in a temporary folder, reached through a socket there; run as a user that is not root."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs, self._folder = programs, folder
        self._as = {"user": "nobody"} if os.geteuid() == 0 else {}
        self._do("initdb", "--auth=trust", "--username=minyi", "--encoding=UTF8", "--locale=C", "--no-sync")
        settings = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off -c shared_buffers=16MB"
        self._do("pg_ctl", "-w", "-l", str(folder / "log"), "-o", settings, "start")

    def _do(self, program: str, *arguments: str) -> None:
        command = [self._programs / program, "-D", self._folder / "data", *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self._folder, **self._as)  # type: ignore[call-overload]

    def url(self, name: str) -> str:
        return f"postgresql://minyi@/{name}?host={self._folder}"

    def create(self, name: str, like: str = "template0") -> str:
        """A new database: empty, or as another one is."""
        self.say(f'CREATE DATABASE "{name}" TEMPLATE "{like}" {self._english}')
        return self.url(name)

    @cached_property
    def _english(self) -> str:
        """Text is ordered as on most servers, and so not as SQLite orders it; before version 15 as it comes."""
        since = "current_setting('server_version_num')::int >= 150000"
        found = f"SELECT 1 FROM pg_collation WHERE collname = 'en-x-icu' AND {since}"
        return "LOCALE_PROVIDER icu ICU_LOCALE 'en-US'" if self.say(found) else ""

    def say(self, statement: str, name: str = "postgres") -> list[Any]:
        import psycopg

        with psycopg.connect(self.url(name), autocommit=True) as connection:
            said = connection.execute(statement.encode())
            return said.fetchall() if said.description else []

    def stop(self) -> None:
        self._do("pg_ctl", "-m", "immediate", "stop")


def _server_programs() -> Path | None:
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    found = candidates[0] if candidates else shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    pytest.importorskip("psycopg", reason="the extra `postgres` is not installed")
    programs = _server_programs()
    if programs is None:
        pytest.skip("PostgreSQL's server programs are not installed")
    folder = Path(tempfile.mkdtemp(prefix="minyi-pg-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "nobody")
        server = Cluster(programs, folder)
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def filled_database(cluster: Cluster) -> Callable[[], str]:
    """Makes a new database on the server, with its tables and nothing in them."""
    from storage.database import connect, parse_url
    from storage.migrations import migrate

    engine = connect(parse_url(cluster.create("as_new")))
    migrate(engine)
    engine.dispose()
    numbers = count()
    return lambda: cluster.create(f"filled_{next(numbers)}", like="as_new")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, pytest.mark.slow])])
def on_both(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every study's database is a file in its folder, and in a second run of the test one on a server."""
    if request.param == "postgres":
        from servers import OnServer

        there = OnServer(request.getfixturevalue("filled_database"))
        monkeypatch.setattr("minyi.study_file._database", there)


def pytest_collection_finish() -> None:
    """What the tests are made of stays to the end: the garbage collector need not look through it again and again."""
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    marked = {mark.name for mark in item.iter_markers()} & MUST_RUN
    if report.skipped and marked and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        reason: Any = report.longrepr
        report.longrepr = (
            f"{', '.join(sorted(marked))} may not be skipped here: {reason[2] if reason else call.excinfo}"
        )
    return report
