"""Databases that cannot be opened or used say what to do."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from storage.database import connect, parse_url, reading, shown, typed_failures, writing
from storage.database_failures import (
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
)
from storage.errors import MinyiError
from storage.extras import install_remedy
from storage.nouns import Page
from storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy.engine import Engine

    from storage.nouns import Study

STUDY = "ebikes"
SECRET = "canary-7f3a"


@pytest.fixture
def filled(study: Study, tmp_path: Path) -> Path:
    """A database of several pages, with everything in its main file."""
    path = tmp_path / "minyi.sqlite"
    with Store.open(f"sqlite:///{path}", tmp_path) as store:
        store.put_study(study)
        run = store.begin_run(STUDY, "import", {}, "")
        rows: list[Any] = [{"ext_id": str(at), "text": "停车点太少" * 20} for at in range(300)]
        store.add_page(STUDY, "forum", Page(comments=rows), run_id=run)
    return path


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


def named_as_no_text(whole: bytes) -> bytes:
    """SQLite refuses such a table, and quotes what stands there in bytes that are no text."""
    return whole.replace(b"CONSTRAINT comment_direct CHECK (", b"CONSTRAINT comment_direct C\xc8ECK (")


@pytest.mark.parametrize("damage", [cut_off, scribbled_on, named_as_no_text])
def test_a_damaged_database_is_told_apart(filled: Path, damage: Callable[[bytes], bytes]) -> None:
    filled.write_bytes(damage(filled.read_bytes()))
    with pytest.raises(CorruptDatabase), Store.open(f"sqlite:///{filled}", filled.parent) as store:
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


def test_a_full_disk_loses_nothing_that_was_stored(filled: Path) -> None:
    with Store.open(f"sqlite:///{filled}", filled.parent) as store:
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


def test_a_database_that_another_process_holds_is_told(sqlite_template: Path, tmp_path: Path, study: Study) -> None:
    """On SQLite: PostgreSQL lets writers wait for each other."""
    shutil.copy(sqlite_template, tmp_path / "minyi.sqlite")
    url = f"sqlite:///{tmp_path}/minyi.sqlite"
    holder = sqlite3.connect(tmp_path / "minyi.sqlite")
    holder.execute("BEGIN IMMEDIATE")
    with Store.open(url, tmp_path) as store:
        with reading(store._engine) as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout = 10")
        with pytest.raises(DatabaseBusy):
            store.put_study(study)
    holder.close()


@pytest.mark.postgres
def test_a_server_that_does_not_answer_is_told_without_the_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("psycopg")
    monkeypatch.setattr("storage.retrying.LONGEST_S", 0.0)
    with pytest.raises(CannotConnect) as caught:
        Store.open(f"postgres://ann:{SECRET}@/minyi?host={tmp_path}", tmp_path)
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(caught.value.__cause__)


def test_a_missing_driver_names_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingDriver) as caught:
        Store.open("postgresql://localhost/minyi", tmp_path)
    assert caught.value.remedy == install_remedy("postgres")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "minyi.sqlite",
        "sqlite://",
        "sqlite:///:memory:",
        "mysql://u:canary-7f3a@h/d",
        "postgresql://u:canary-7f3a@h:x/d",
        "postgresql://u:canary-7f3a@h:99999/d",
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
