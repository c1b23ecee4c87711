"""Opening databases: the shape is the same everywhere, and what cannot be opened says what to do."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import SQLModel

from storage import migrations
from storage.database import (
    BadDatabaseUrl,
    CannotConnect,
    CorruptDatabase,
    DatabaseBusy,
    DatabaseFailure,
    DiskFull,
    MissingDriver,
    NewerDatabase,
    NotADatabase,
    Unwritable,
    connect,
    parse_url,
    reading,
    shown,
    typed_failures,
    writing,
)
from storage.errors import MinyiError
from storage.migrations import HEAD, migrate
from storage.nouns import Page
from storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy.engine import Connection, Engine

STUDY = "ebikes"
INDEX = "search_gram"
SECRET = "canary-7f3a"


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    opened = connect(parse_url(url))
    yield opened
    opened.dispose()


def filled(path: Path, comments: int = 300) -> None:
    """A database of several pages, with everything in its main file."""
    with Store.open(f"sqlite:///{path}", path.parent) as store:
        store.put_study(_study())
        run = store.begin_run(STUDY, "import", {}, "")
        rows: list[Any] = [{"ext_id": str(at), "text": "停车点太少" * 20} for at in range(comments)]
        store.add_page(STUDY, "forum", Page(comments=rows), run_id=run)


def _study() -> Any:
    from storage.nouns import Change, Study, Wording

    return Study(id=STUDY, change=Change(name=Wording(zh="限电"), statement=Wording(zh="限行")))


# The shape


def test_the_migrations_build_the_tables_that_the_code_expects(engine: Engine) -> None:
    with reading(engine) as connection:
        assert _differences(connection) == []


def _differences(connection: Connection) -> list[Any]:
    """Between the database and the classes; the search index is built by each database's own means, without one."""

    def _has_class(name: str | None, kind: str, _parents: object) -> bool:
        return not (kind == "table" and str(name).startswith(INDEX))

    context = MigrationContext.configure(connection, opts={"include_name": _has_class})
    return list(compare_metadata(context, SQLModel.metadata))


def test_the_migrations_write_the_same_sqlite_tables_checks_and_all(tmp_path: Path, sqlite_template: Path) -> None:
    engine = connect(parse_url(f"sqlite:///{tmp_path}/direct.sqlite"))
    with writing(engine) as connection:
        SQLModel.metadata.create_all(connection)
    engine.dispose()
    assert _shape(tmp_path / "direct.sqlite") == _shape(sqlite_template)


def _shape(path: Path) -> dict[str, list[str]]:
    query = (
        "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND type <> 'trigger' AND name <> 'alembic_version'"
    )
    connection = sqlite3.connect(path)
    try:
        return {
            name: sorted(line.strip(" ,") for line in sql.splitlines())
            for name, sql in connection.execute(query)
            if not name.startswith(INDEX)
        }
    finally:
        connection.close()


def test_every_sqlite_table_is_strict(sqlite_template: Path) -> None:
    connection = sqlite3.connect(sqlite_template)
    tables = connection.execute("SELECT name, strict FROM pragma_table_list WHERE name NOT LIKE 'sqlite%'").fetchall()
    connection.close()
    loose = [name for name, strict in tables if not strict and not name.startswith(INDEX)]
    assert loose == ["alembic_version"]


def test_head_is_the_newest_step(engine: Engine) -> None:
    with reading(engine) as connection:
        assert ScriptDirectory.from_config(migrations.alembic_config(connection)).get_current_head() == HEAD


def test_opening_makes_the_database_and_opening_again_changes_nothing(empty_url: str, tmp_path: Path) -> None:
    for _ in range(2):
        with Store.open(empty_url, tmp_path) as store:
            store.put_study(_study())
    with Store.open(empty_url, tmp_path) as store:
        assert store.study(STUDY) == _study()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_processes_that_open_a_new_database_together_all_succeed(empty_url: str, tmp_path: Path) -> None:
    openers = [get_context("fork").Process(target=_open, args=(empty_url, tmp_path)) for _ in range(3)]
    for opener in openers:
        opener.start()
    for opener in openers:
        opener.join()
    assert [opener.exitcode for opener in openers] == [0, 0, 0]


def _open(url: str, workspace: Path) -> None:
    with Store.open(url, workspace) as store:
        store.put_study(_study())


@pytest.mark.parametrize("step", ["0001", "0003"])
def test_a_database_of_an_earlier_version_is_brought_up_to_date_and_keeps_what_it_holds(
    empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.setattr(migrations, "HEAD", step)
    engine = connect(parse_url(empty_url))
    migrate(engine)
    with writing(engine) as connection:
        connection.execute(text("INSERT INTO study (id, body, updated_at) VALUES ('old', :body, 1)"), {"body": "{}"})
    engine.dispose()
    monkeypatch.undo()
    with Store.open(empty_url, tmp_path) as store:
        store.put_study(_study())
        assert store.collected.begin(STUDY, "forum", "digest").waiting == ()
    engine = connect(parse_url(empty_url))
    with reading(engine) as connection:
        assert connection.execute(text("SELECT body FROM study WHERE id = 'old'")).scalar() == "{}"
        assert _differences(connection) == []
    engine.dispose()


def test_a_migration_that_fails_leaves_nothing(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = connect(parse_url(empty_url))
    monkeypatch.setattr("alembic.operations.Operations.execute", _fail)
    with pytest.raises(KeyboardInterrupt):
        migrate(engine)
    monkeypatch.undo()
    migrate(engine)
    engine.dispose()


def _fail(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_sqlite_is_opened_for_safety(tmp_path: Path) -> None:
    engine = connect(parse_url(f"sqlite:///{tmp_path}/a.sqlite"))
    wanted: dict[str, Any] = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
    wanted |= {"trusted_schema": 0, "busy_timeout": 30_000}
    with reading(engine) as connection:
        assert {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted} == wanted
    engine.dispose()


# What the database itself refuses


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE comment SET kind = 'rant'",
        "UPDATE comment SET published_precision = 'eon'",
        "UPDATE comment SET published_at = 1000000000000000",
        "UPDATE comment SET span_start = 5, span_end = 2",
        "UPDATE comment SET direct = 2",
        "UPDATE comment SET text = ''",
        "UPDATE comment SET source = 'nowhere'",
        "UPDATE comment SET run = 99",
        "UPDATE comment SET ext_id = '0'",
        "UPDATE run SET status = 'fine'",
        "DELETE FROM study",
        "DELETE FROM run",
    ],
)
def test_rows_that_make_no_sense_are_refused(
    store: Store, run: str, engine: Engine, page: Callable[..., Page], change: str
) -> None:
    store.add_page(STUDY, "forum", page(2), run_id=run)
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.execute(text(change))


@pytest.mark.parametrize("change", ["UPDATE annotation SET stance = 'concern'", "DELETE FROM annotation"])
def test_annotations_are_append_only(
    store: Store, run: str, engine: Engine, page: Callable[..., Page], change: str
) -> None:
    _annotate(store, run, page)
    with pytest.raises(DBAPIError, match="append-only"), writing(engine) as connection:
        connection.execute(text(change))


def test_an_annotation_leaves_together_with_its_comment(
    store: Store, run: str, engine: Engine, page: Callable[..., Page]
) -> None:
    _annotate(store, run, page)
    with writing(engine) as connection:
        connection.execute(text("DELETE FROM comment WHERE ext_id = '0'"))
        assert connection.execute(text("SELECT count(*) FROM annotation")).scalar() == 1


def _annotate(store: Store, run: str, page: Callable[..., Page]) -> None:
    store.add_page(STUDY, "forum", page(2), run_id=run)
    keys = store.comments(STUDY)["key"].to_numpy()
    store.add_annotations(STUDY, "限行", "embedded@1", "1", run, keys, [0, 0], [[1, 0, 0, 0]] * 2)


# What cannot be opened


def test_a_database_from_the_future_is_refused_and_left_alone(url: str, engine: Engine, tmp_path: Path) -> None:
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerDatabase) as caught:
        Store.open(url, tmp_path)
    assert "Upgrade minyi" in caught.value.remedy
    with reading(engine) as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"


@pytest.mark.parametrize("migrates", [False, True])
def test_another_programs_database_is_refused_and_left_alone(empty_url: str, tmp_path: Path, migrates: bool) -> None:
    engine = connect(parse_url(empty_url))
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE bookmarks (url TEXT)"))
        if migrates:
            connection.execute(text("CREATE TABLE alembic_version AS SELECT '0001' AS version_num"))
    with pytest.raises(NotADatabase):
        Store.open(empty_url, tmp_path)
    with reading(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM bookmarks")).scalar() == 0
    engine.dispose()


@pytest.mark.parametrize("content", [b"id,text\n1,hello\n" * 100, b"\x89PNG\r\n\x1a\n" + bytes(5000)])
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "comments.csv"
    path.write_bytes(content)
    with pytest.raises(NotADatabase) as caught:
        Store.open(f"sqlite:///{path}", tmp_path)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == content


def cut_off(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


def scribbled_on(whole: bytes) -> bytes:
    third = len(whole) // 3
    return whole[:third] + b"\xff" * third + whole[2 * third :]


@pytest.mark.parametrize("damage", [cut_off, scribbled_on])
def test_a_damaged_database_is_told_apart(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "minyi.sqlite"
    filled(path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(CorruptDatabase), Store.open(f"sqlite:///{path}", tmp_path) as store:
        store.comments(STUDY)


def test_a_folder_that_cannot_be_written_is_named(without_root: Path) -> None:
    for address in (without_root / "minyi.sqlite", without_root / "new" / "minyi.sqlite"):
        with pytest.raises(Unwritable) as caught:
            Store.open(f"sqlite:///{address}", without_root)
        assert str(without_root) in str(caught.value)


def test_a_file_where_a_folder_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(Unwritable):
        Store.open(f"sqlite:///{tmp_path}/data/minyi.sqlite", tmp_path)


def test_a_full_disk_loses_nothing_that_was_stored(tmp_path: Path) -> None:
    path = tmp_path / "minyi.sqlite"
    filled(path)
    with Store.open(f"sqlite:///{path}", tmp_path) as store:
        _limit(store)
        run = store.runs(STUDY)[0].id
        rows: list[Any] = [{"ext_id": f"new{at}", "text": "好" * 5000} for at in range(500)]
        with pytest.raises(DiskFull):
            store.add_page(STUDY, "forum", Page(comments=rows), run_id=run)
        assert len(store.comments(STUDY)) == 300


def _limit(store: Store) -> None:
    """As if the disk were as large as the file is now; SQLite says the same in both cases."""
    with reading(store._engine) as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


def test_a_database_that_another_process_holds_is_told(sqlite_template: Path, tmp_path: Path) -> None:
    """On SQLite: PostgreSQL lets writers wait for each other."""
    shutil.copy(sqlite_template, tmp_path / "minyi.sqlite")
    url = f"sqlite:///{tmp_path}/minyi.sqlite"
    holder = sqlite3.connect(tmp_path / "minyi.sqlite")
    holder.execute("BEGIN IMMEDIATE")
    with Store.open(url, tmp_path) as store:
        with reading(store._engine) as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout = 10")
        with pytest.raises(DatabaseBusy):
            store.put_study(_study())
    holder.close()


@pytest.mark.postgres
def test_a_server_that_does_not_answer_is_told_without_the_password(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(CannotConnect) as caught:
        Store.open(f"postgres://ann:{SECRET}@/minyi?host={tmp_path}", tmp_path)
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(caught.value.__cause__)


def test_a_missing_driver_names_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingDriver) as caught:
        Store.open("postgresql://localhost/minyi", tmp_path)
    assert 'pip install "minyi[postgres]"' in caught.value.remedy


@pytest.mark.parametrize(
    "address",
    [
        "",
        "minyi.sqlite",
        "sqlite://",
        "sqlite:///:memory:",
        "mysql://u:canary-7f3a@h/d",
        "postgresql://u:canary-7f3a@h:x/d",
    ],
)
def test_an_address_that_cannot_be_used_is_explained_without_its_password(address: str, tmp_path: Path) -> None:
    with pytest.raises(BadDatabaseUrl) as caught:
        Store.open(address, tmp_path)
    assert "sqlite:///" in caught.value.remedy
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


def test_databases_are_shown_without_user_password_and_options() -> None:
    assert shown(parse_url(f"postgres://ann:{SECRET}@db.example:5432/minyi?password={SECRET}")) == (
        "postgresql://db.example:5432/minyi"
    )
    assert shown(parse_url("sqlite:///data/minyi.sqlite")) == "data/minyi.sqlite"


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("attempt to write a readonly database", Unwritable),
        ("disk I/O error", DiskFull),
        ("unsupported file format", NewerDatabase),
    ],
)
def test_what_sqlite_says_becomes_what_to_do(said: str, kind: type[DatabaseFailure]) -> None:
    with pytest.raises(kind) as caught, typed_failures(parse_url("sqlite:///a.sqlite")):
        raise sqlite3.OperationalError(said)
    assert caught.value.where == "a.sqlite"
    assert caught.value.remedy


def test_a_fault_of_ours_is_not_dressed_up_as_the_users() -> None:
    with pytest.raises(sqlite3.OperationalError), typed_failures(parse_url("sqlite:///a.sqlite")):
        raise sqlite3.OperationalError("near SELEC: syntax error")


def test_all_of_them_are_errors_a_person_may_see() -> None:
    assert issubclass(DatabaseFailure, MinyiError)
