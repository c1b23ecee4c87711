"""A fresh store for each test, on SQLite and on a real PostgreSQL server of the test run's own."""

from __future__ import annotations

import os
import shutil
import tempfile
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import SQLModel

from storage.database import connect, parse_url
from storage.migrations import HEAD, migrate
from storage.nouns import Change, CommentRow, Page, PolicyEvent, SourceSpec, Study, Wording
from storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.engine import Engine

STUDY = "ebikes"
_numbers = count()
_KEPT = ("annotation", "judgement")
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


def migrated(url: str) -> None:
    engine = connect(parse_url(url))
    migrate(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def reused(cluster: Any) -> Callable[[], str]:
    """Empties one PostgreSQL database for the next test: a new one for each would take most of the time."""
    migrated(cluster.create("reused"))
    # What is append-only leaves with its comments; children are emptied before their parents.
    children = [table.name for table in reversed(SQLModel.metadata.sorted_tables) if table.name not in _KEPT]
    statements = [f"DELETE FROM {table}" for table in children]

    def empty() -> str:
        cluster.say("; ".join([*statements, f"UPDATE alembic_version SET version_num = '{HEAD}'"]), "reused")
        return str(cluster.url("reused"))

    return empty


@pytest.fixture(params=BACKENDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database that holds nothing yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new/minyi.sqlite"
    return str(request.getfixturevalue("cluster").create(f"empty_{next(_numbers)}"))


@pytest.fixture(params=BACKENDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with its tables and nothing in them."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "minyi.sqlite")
        return f"sqlite:///{tmp_path}/minyi.sqlite"
    return str(request.getfixturevalue("reused")())


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """The database itself, beneath the store."""
    opened = connect(parse_url(url))
    yield opened
    opened.dispose()


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
