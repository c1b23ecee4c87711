"""Databases as every earlier shape left them come up to date without losing or changing a row.

`tests/fixtures/golden/make.py` wrote them by the code of then, and noted what each table held.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import signal
import sqlite3
import sys
from contextlib import closing
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event, text
from sqlmodel import SQLModel

from storage import migrations
from storage.backups import kept
from storage.database import connect, parse_url, reading, writing
from storage.migrations import HEAD, bring_up_to_date, migrate
from storage.search.index import index_comments
from storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Connection, Engine

GOLDEN = Path(__file__).parent.parent / "fixtures" / "golden"
NOTED: dict[str, Any] = json.loads((GOLDEN / "rows.json").read_text(encoding="utf-8"))
VERSIONS = sorted(NOTED)
_OTHERS = [version for version in VERSIONS if version not in {"0001", "0004"}]
STUDY, TARGET = "ebikes", "城区限行电动自行车"


def _rows() -> Any:
    spec = spec_from_file_location("golden_rows", GOLDEN / "rows.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


rows = _rows()


@pytest.fixture(scope="module", params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def then(version: str, tmp_path: Path) -> Path:
    """A database as that version left it."""
    return unpacked(version, tmp_path)


@pytest.fixture(scope="module")
def upgraded(version: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, opened once by this version."""
    file = unpacked(version, tmp_path_factory.mktemp(version))
    Store.open(f"sqlite:///{file}", file.parent).close()
    return file


def unpacked(version: str, folder: Path) -> Path:
    file = folder / "minyi.db"
    file.write_bytes(gzip.decompress((GOLDEN / f"{version}.db.gz").read_bytes()))
    return file


def held(file: Path) -> Any:
    with closing(sqlite3.connect(file)) as connection:
        return rows.rows_of(connection)


def of_then(connection: Connection, version: str) -> Any:
    """What the tables of that version hold now, in the columns that they had then."""
    columns = {name: table["columns"] for name, table in NOTED[version].items()}
    return rows.told(columns, lambda statement: connection.execute(text(statement)).all())


def test_every_shape_but_the_present_has_its_database(tmp_path: Path) -> None:
    engine = connect(parse_url(f"sqlite:///{tmp_path}/a.db"))
    with reading(engine) as connection:
        known = ScriptDirectory.from_config(migrations.alembic_config(connection)).walk_revisions()
    engine.dispose()
    assert {step.revision for step in known} - {HEAD} <= set(VERSIONS)


def test_the_databases_are_those_that_were_noted(then: Path, version: str) -> None:
    assert held(then) == NOTED[version]
    assert (GOLDEN / f"{version}.db.gz").stat().st_size < 60_000


def test_an_upgrade_keeps_every_row_and_makes_the_present_shape(upgraded: Path, version: str) -> None:
    with Store.open(f"sqlite:///{upgraded}", upgraded.parent) as store, reading(store._engine) as connection:
        assert of_then(connection, version) == NOTED[version]
        assert _differences(connection) == []
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalars().all() == ["ok"]
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []


def test_what_was_there_can_be_used_after_an_upgrade(upgraded: Path, version: str, tmp_path: Path) -> None:
    own = Path(shutil.copy(upgraded, tmp_path))
    with Store.open(f"sqlite:///{own}", tmp_path) as store:
        coded = store.comments(STUDY, target=TARGET, annotator="embedded@1", codebook="1")
        assert len(coded) == NOTED[version]["comment"]["rows"]
        assert coded["stance"].notna().sum() == sum(at % 5 > 0 for at in range(len(coded)))
        assert store.search.counts(STUDY, "停车点") == {None: sum("停车点" in one for one in coded["text"])}
        assert len(store.labels.latest(STUDY, TARGET, "1")) == (6 if version >= "0004" else 0)
        assert len(store.responses.standing(STUDY, "response")) == (version >= "0006")
        before = store.changes(STUDY)
        run = store.begin_run(STUDY, "analyse", {}, "")
        keys = store.comments(STUDY, columns=["key"])["key"].to_numpy()
        assert store.add_annotations(
            STUDY, TARGET, "embedded@2", "1", run, keys, [-1] * len(keys), [[0] * 4] * len(keys)
        )
        assert store.changes(STUDY) > before


def test_the_copy_made_before_is_the_database_of_then(upgraded: Path, version: str) -> None:
    copies = kept(parse_url(f"sqlite:///{upgraded}"))
    assert [held(copy) for copy in copies] == ([] if version == HEAD else [NOTED[version]])


@pytest.mark.postgres
@pytest.mark.parametrize("version", ["0001", "0004", *(pytest.param(it, marks=pytest.mark.slow) for it in _OTHERS)])
def test_an_upgrade_on_a_server_keeps_every_row_too(
    version: str, tmp_path: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    then = unpacked(version, tmp_path)
    url = str(cluster.create(f"golden_{version}"))
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "HEAD", version)
        first = connect(parse_url(url))
        migrate(first)
        first.dispose()
    engine = connect(parse_url(url))  # a program of then knew nothing of what a migrated engine does today
    load(engine, then, version)
    engine.dispose()
    bring_up_to_date(url)
    engine = connect(parse_url(url))
    with reading(engine) as connection:
        assert of_then(connection, version) == NOTED[version]
        assert _differences(connection) == []
    with Store.open(url, then.parent) as store:
        said = store.comments(STUDY, columns=["text"])["text"]
        assert store.search.counts(STUDY, "停车点") == {None: sum("停车点" in one for one in said)}
    engine.dispose()


def load(engine: Engine, file: Path, version: str) -> None:
    """The rows of the SQLite database, parents first; the search index is PostgreSQL's own."""
    tables = [table.name for table in SQLModel.metadata.sorted_tables if table.name in NOTED[version]]
    with closing(sqlite3.connect(file)) as source, writing(engine) as connection:
        for name in tables:
            columns = NOTED[version][name]["columns"]
            listed, places = (
                ", ".join(f'"{column}"' for column in columns),
                ", ".join(f":{column}" for column in columns),
            )
            found = [dict(zip(columns, row, strict=True)) for row in source.execute(f"SELECT {listed} FROM {name}")]
            if found and name != "search_text":
                connection.execute(text(f"INSERT INTO {name} ({listed}) VALUES ({places})"), found)
        if version >= "0003":
            index_comments(connection, 0)


def _differences(connection: Connection) -> list[Any]:
    def _has_class(name: str | None, kind: str, _parents: object) -> bool:
        return not (kind == "table" and str(name).startswith("search_gram")) and not str(name).endswith("_unsealed")

    context = MigrationContext.configure(connection, opts={"include_name": _has_class})
    return list(compare_metadata(context, SQLModel.metadata))


# Killed


def statements_of(url: str, at: int = sys.maxsize) -> int:
    """Upgrades, and dies before the statement of this number; returns how many there are."""
    engine, seen = connect(parse_url(url)), 0

    def count(*_: object) -> None:
        nonlocal seen
        if seen == at:
            os.kill(os.getpid(), signal.SIGKILL)
        seen += 1

    event.listen(engine, "before_cursor_execute", count)
    event.listen(engine, "commit", count)
    migrate(engine)
    engine.dispose()
    return seen


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.slow
@pytest.mark.parametrize("every", [151, pytest.param(31, marks=pytest.mark.thorough)])
def test_killed_anywhere_an_upgrade_leaves_the_old_shape_or_the_new(tmp_path: Path, every: int) -> None:
    first = VERSIONS[0]
    (tmp_path / "counted").mkdir()
    n = statements_of(f"sqlite:///{unpacked(first, tmp_path / 'counted')}")
    assert n > 40
    for at in range(0, n, every):
        (folder := tmp_path / str(at)).mkdir()
        file = unpacked(first, folder)
        in_child(lambda file=file, at=at: statements_of(f"sqlite:///{file}", at))
        with closing(sqlite3.connect(file)) as connection:
            (left,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        assert left in {first, HEAD}, at
        if left == first:
            assert held(file) == NOTED[first], at
        with Store.open(f"sqlite:///{file}", folder) as store, reading(store._engine) as connection:
            assert of_then(connection, first) == NOTED[first], at


def in_child(work: Callable[[], object]) -> None:
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
