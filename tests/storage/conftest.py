"""A fresh store for each test, on SQLite and on a real PostgreSQL server of the test run's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from storage.database import connect, parse_url
from storage.migrations import HEAD, migrate
from storage.nouns import Change, CommentRow, Page, PolicyEvent, SourceSpec, Study, Wording
from storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STUDY = "ebikes"
_numbers = count()
BACKENDS = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture
def study() -> Study:
    return Study(
        id=STUDY,
        change=Change(
            name=Wording(zh="限电"), statement=Wording(zh="城区限行电动自行车", en="E-bikes are limited downtown")
        ),
        events=(
            PolicyEvent(id="e1", date="2024-02-21", kind="announced", title=Wording(zh="公告")),
            PolicyEvent(id="e2", date="2024-03-01", precision="month", kind="effective", title=Wording(en="In force")),
        ),
        sources=(
            SourceSpec(name="forum", kind="files", title=Wording(zh="论坛")),
            SourceSpec(name="app", kind="appstore"),
        ),
    )


@pytest.fixture
def page() -> Callable[..., Page]:
    """A page of n comments with ids from `start` on; what is named goes into every row."""

    def build(n: int = 3, *, start: int = 0, **row: Any) -> Page:
        rows: list[CommentRow] = [
            {"ext_id": str(at), "text": f"第{at}条：希望多设停车点", **row}  # type: ignore[typeddict-item]
            for at in range(start, start + n)
        ]
        return Page(comments=rows)

    return build


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

    def create(self, name: str) -> str:
        self._say(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def emptied(self, name: str) -> str:
        """The same database for the next test: a new one for each would take most of the time."""
        tables = ("finding", "report", "reject", "agreement", "file_import", "comment", "coding", "article", "capture")
        statements = [
            f"DELETE FROM {table}" for table in (*tables, "run", "policy_event", "source", "study", "setting")
        ]
        self._say("; ".join([*statements, f"UPDATE alembic_version SET version_num = '{HEAD}'"]), name)
        return self.url(name)

    def _say(self, statement: str, name: str = "postgres") -> None:
        import psycopg

        with psycopg.connect(self.url(name), autocommit=True) as connection:
            connection.execute(statement.encode())

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
        migrated(server.create("reused"))
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def migrated(url: str) -> None:
    engine = connect(parse_url(url))
    migrate(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "minyi.sqlite"
    migrated(f"sqlite:///{path}")
    return path


@pytest.fixture(params=BACKENDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database that holds nothing yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new/minyi.sqlite"
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.create(f"empty_{next(_numbers)}")


@pytest.fixture(params=BACKENDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with its tables and nothing in them."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "minyi.sqlite")
        return f"sqlite:///{tmp_path}/minyi.sqlite"
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.emptied("reused")


@pytest.fixture
def store(url: str, tmp_path: Path, study: Study) -> Iterator[Store]:
    """A store that knows the study."""
    with Store.open(url, tmp_path) as opened:
        opened.put_study(study)
        yield opened


@pytest.fixture
def run(store: Store) -> str:
    return store.begin_run(STUDY, "import", {"minyi": "0"}, "digest")


@pytest.fixture
def without_root(tmp_path: Path) -> Iterator[Path]:
    """A folder that exists, while this process is nobody in particular: root may write where it pleases."""
    if os.name != "posix":
        pytest.skip("needs POSIX users")
    folder = Path(tempfile.mkdtemp(prefix="minyi-rights-"))
    folder.chmod(0o755)
    if os.geteuid() == 0:
        os.seteuid(65534)
    try:
        yield folder
    finally:
        if os.getuid() == 0:
            os.seteuid(0)
        folder.chmod(0o700)
        shutil.rmtree(folder)
