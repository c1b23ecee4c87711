"""Opening databases: the shape is the same everywhere, and what cannot be opened says what to do."""

from __future__ import annotations

import os
import sqlite3
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
    connect,
    parse_url,
    reading,
    writing,
)
from storage.migrations import HEAD, migrate
from storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy.engine import Connection, Engine

    from storage.nouns import Page

STUDY = "ebikes"
INDEX = "search_gram"


def _study() -> Any:
    from storage.nouns import Change, Study, Wording

    return Study(id=STUDY, change=Change(name=Wording(zh="限电"), statement=Wording(zh="限行")))


# The shape


def test_the_migrations_build_the_tables_that_the_code_expects(engine: Engine) -> None:
    with reading(engine) as connection:
        assert _differences(connection) == []


def _differences(connection: Connection) -> list[Any]:
    """Between the database and the classes; the search index and what lists unsealed rows have none."""

    def _has_class(name: str | None, kind: str, _parents: object) -> bool:
        return not (kind == "table" and str(name).startswith(INDEX)) and not str(name).endswith("_unsealed")

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
            # SQLite writes a column that came later behind the others, on their last line.
            name: sorted(line.strip(" ,") for line in sql.replace(", hash ", "\n\thash ").splitlines())
            for name, sql in connection.execute(query)
            if not name.startswith(INDEX) and not name.endswith("_unsealed")
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


@pytest.mark.slow
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


@pytest.mark.parametrize("step", ["0001", "0004"])
def test_a_database_of_an_earlier_version_is_brought_up_to_date_and_keeps_what_it_holds(
    empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.setattr(migrations, "HEAD", step)
    first = connect(parse_url(empty_url))
    migrate(first)
    first.dispose()
    engine = connect(parse_url(empty_url))  # a program of then knew nothing of what a migrated engine does today
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


def test_sqlite_is_opened_for_safety(power_cuts: None, tmp_path: Path) -> None:
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
        "UPDATE comment SET run = -1",
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
