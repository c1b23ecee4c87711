"""A copy of the database is whole or not there, is made before every change of shape, and can be put back."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from storage import backups, migrations
from storage.backups import BackupNeeded, NothingToCopy, back_up, kept, stamped
from storage.database import connect, parse_url, reading, writing
from storage.database_failures import CorruptDatabase, DiskFull
from storage.files import FileWriteError
from storage.migrations import HEAD, bring_up_to_date, migrate
from storage.nouns import Page
from storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from storage.nouns import Study

STUDY = "ebikes"
EARLIER = "0004"
_BODY = '{"id": "ebikes"}'


@pytest.fixture
def place(tmp_path: Path, sqlite_template: Path, study: Study) -> Path:
    """A database with three comments."""
    file = tmp_path / "data" / "minyi.sqlite"
    file.parent.mkdir()
    shutil.copy(sqlite_template, file)
    fill(file, study, ["a", "b", "c"])
    return file


def fill(file: Path, study: Study, ids: list[str]) -> None:
    with Store.open(f"sqlite:///{file}", file.parent) as store:
        store.put_study(study)
        run = store.begin_run(STUDY, "import", {}, "")
        rows: list[Any] = [{"ext_id": one, "text": f"停车点太少 {one}"} for one in ids]
        store.add_page(STUDY, "forum", Page(comments=rows), run_id=run)


def ids(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return [row[0] for row in connection.execute("SELECT ext_id FROM comment ORDER BY key")]


def earlier(url: str, monkeypatch: pytest.MonkeyPatch, version: str = EARLIER, *, ran: bool = True) -> None:
    """A database as an earlier version left it; a command ran on it, or none."""
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "HEAD", version)
        first = connect(parse_url(url))
        migrate(first)
        first.dispose()
    engine = connect(parse_url(url))  # a program of then knew nothing of what a migrated engine does today
    with writing(engine) as connection:
        connection.execute(text("INSERT INTO study (id, body, updated_at) VALUES ('ebikes', :it, 1)"), {"it": _BODY})
        if ran:
            values = "('ebikes', 'import', 'ok', 1, '{}', '', '{}', '[]')"
            columns = "(study, command, status, started_at, versions, config_digest, counts, failures)"
            connection.execute(text(f"INSERT INTO run {columns} VALUES {values}"))
    engine.dispose()


def version_of(file: Path) -> str:
    with closing(sqlite3.connect(file)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


# Asked for


def test_a_copy_holds_what_the_database_held_when_it_was_asked_for(place: Path, study: Study, tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{place}", place.parent) as store:  # what it holds lies in its log until it is closed
        made = back_up(f"sqlite:///{place}", tmp_path / "away" / "copy.db")
        store.begin_run(STUDY, "collect", {}, "")
    fill(place, study, ["d"])
    assert ids(made) == ["a", "b", "c"]
    assert ids(place) == ["a", "b", "c", "d"]


def test_a_copy_without_a_name_lies_beside_the_database(place: Path) -> None:
    made = back_up(f"sqlite:///{place}")
    assert kept(parse_url(f"sqlite:///{place}")) == [made]
    assert made.parent == place.parent / "backups"


def test_copies_of_one_second_do_not_take_each_others_name(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = stamped(parse_url(f"sqlite:///{place}"))
    monkeypatch.setattr("storage.backups.stamped", lambda *_: name)
    made = [back_up(f"sqlite:///{place}") for _ in range(3)]
    assert [file.name.removeprefix(name.stem) for file in made] == [".db", "_2.db", "_3.db"]
    assert kept(parse_url(f"sqlite:///{place}")) == made


def test_a_copy_is_made_while_another_writes(place: Path, tmp_path: Path) -> None:
    engine = connect(parse_url(f"sqlite:///{place}"))
    with writing(engine) as connection:
        connection.execute(text("DELETE FROM comment WHERE ext_id = 'a'"))
        made = back_up(f"sqlite:///{place}", tmp_path / "copy.db")
    engine.dispose()
    assert ids(made) == ["a", "b", "c"]


def test_a_copy_holds_nothing_that_was_deleted(place: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(place)) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("CREATE TABLE noted (said TEXT)")
        connection.execute("INSERT INTO noted VALUES ('canary-7f3a')")
        connection.execute("DELETE FROM noted")
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert b"canary-7f3a" in place.read_bytes()
    assert b"canary-7f3a" not in back_up(f"sqlite:///{place}", tmp_path / "copy.db").read_bytes()


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX rights")
def test_who_may_not_read_the_database_may_not_read_its_copy(place: Path, tmp_path: Path) -> None:
    place.chmod(0o600)
    made = back_up(f"sqlite:///{place}", tmp_path / "copy.db")
    assert made.stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_there_stays(place: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_bytes(b"another")
    with pytest.raises(FileWriteError, match="there already"):
        back_up(f"sqlite:///{place}", tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_bytes() == b"another"


@pytest.mark.parametrize("name", ["copy.db-wal", "copy.db-shm", "copy.db-journal", "c" * 300])
def test_a_name_that_no_copy_can_have_is_refused_in_words(place: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(FileWriteError) as raised:
        back_up(f"sqlite:///{place}", tmp_path / name)
    assert raised.value.remedy
    assert list(tmp_path.glob("c*")) == []


def test_no_database_is_made_to_be_copied(tmp_path: Path) -> None:
    with pytest.raises(NothingToCopy):
        back_up(f"sqlite:///{tmp_path}/minyi.sqlite")
    assert not list(tmp_path.iterdir())


@pytest.mark.postgres
def test_a_server_is_copied_by_its_own_programs(tmp_path: Path) -> None:
    with pytest.raises(NothingToCopy) as caught:
        back_up("postgresql://ann:canary-7f3a@db.example/minyi")
    assert "pg_dump" in caught.value.remedy
    assert "canary" not in str(caught.value)


def test_a_damaged_database_leaves_no_copy(place: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(place)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = place.read_bytes()
    place.write_bytes(whole[:8192] + b"\xff" * (len(whole) - 8192))
    with pytest.raises(CorruptDatabase):
        back_up(f"sqlite:///{place}", tmp_path / "away" / "copy.db")
    assert not list((tmp_path / "away").iterdir())


def test_a_copy_that_is_damaged_on_its_way_gets_no_name(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = backups._check

    def damaged(draft: Path, file: Path) -> None:
        whole = draft.read_bytes()
        draft.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
        check(draft, file)

    monkeypatch.setattr(backups, "_check", damaged)
    with pytest.raises(CorruptDatabase):
        back_up(f"sqlite:///{place}", tmp_path / "away" / "copy.db")
    assert not list((tmp_path / "away").iterdir())


# Before a change of shape


def test_a_database_is_copied_before_its_shape_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path}/minyi.sqlite"
    earlier(url, monkeypatch)
    Store.open(url, tmp_path).close()
    (copy,) = kept(parse_url(url))
    assert copy.name.endswith(f"-v{EARLIER}.db")
    assert (version_of(copy), version_of(tmp_path / "minyi.sqlite")) == (EARLIER, HEAD)
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT body FROM study").fetchone() == (_BODY,)


def test_a_new_database_and_one_up_to_date_are_not_copied(tmp_path: Path, place: Path) -> None:
    Store.open(f"sqlite:///{tmp_path}/new.sqlite", tmp_path).close()
    Store.open(f"sqlite:///{place}", tmp_path).close()
    assert not (tmp_path / "backups").exists()
    assert not (place.parent / "backups").exists()


def test_without_room_for_a_copy_the_shape_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path}/minyi.sqlite"
    earlier(url, monkeypatch)
    (tmp_path / "backups").write_text("a file in the way")
    with pytest.raises(FileWriteError):
        Store.open(url, tmp_path)
    assert version_of(tmp_path / "minyi.sqlite") == EARLIER


def test_a_disk_that_fills_up_leaves_no_copy_and_the_shape_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/minyi.sqlite"
    earlier(url, monkeypatch)

    class Full(sqlite3.Connection):
        def execute(self, statement: str, *parameters: Any) -> sqlite3.Cursor:
            if statement.startswith("VACUUM"):
                raise sqlite3.OperationalError("database or disk is full")
            return super().execute(statement, *parameters)

    with monkeypatch.context() as patch:
        patch.setattr("storage.database.create_engine", _made_with(Full))
        with pytest.raises(DiskFull) as caught:
            Store.open(url, tmp_path)
    assert "backups" in caught.value.where
    assert version_of(tmp_path / "minyi.sqlite") == EARLIER
    assert not list((tmp_path / "backups").iterdir())


def _made_with(factory: type[sqlite3.Connection]) -> Callable[..., Any]:
    from sqlalchemy import create_engine

    def create(url: Any, **how: Any) -> Any:
        return create_engine(url, **how | {"connect_args": {"factory": factory}})

    return create


def test_of_each_of_the_last_shapes_one_copy_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = parse_url(f"sqlite:///{tmp_path}/minyi.sqlite")
    earlier(str(url), monkeypatch)
    folder = backups.folder_of(url)
    folder.mkdir()
    others = [f"minyi-2020010{day}T000000-v000{version}.db" for day, version in ((1, 1), (2, 1), (3, 2), (4, 3))]
    asked_for, foreign = "minyi-20200101T000000.db", "notes.db"
    for name in (*others, asked_for, foreign):
        (folder / name).touch()
    Store.open(str(url), tmp_path).close()
    left = sorted(file.name for file in folder.iterdir())
    assert left[:-2] == [asked_for, others[2], others[3]]
    assert left[-2].endswith(f"-v{EARLIER}.db")
    assert left[-1] == foreign


@pytest.mark.postgres
def test_a_servers_database_changes_its_shape_only_when_somebody_says_there_is_a_copy(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = str(cluster.create("earlier"))
    earlier(url, monkeypatch)
    with pytest.raises(BackupNeeded) as caught:
        Store.open(url, tmp_path)
    assert "pg_dump" in caught.value.remedy
    bring_up_to_date(url)
    with Store.open(url, tmp_path) as store:
        assert [run.command for run in store.runs(STUDY)] == ["import"]


@pytest.mark.postgres
def test_a_servers_database_that_holds_nothing_changes_its_shape_by_itself(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = str(cluster.create("earlier_empty"))
    earlier(url, monkeypatch, ran=False)
    Store.open(url, tmp_path).close()
    engine = connect(parse_url(url))
    with reading(engine) as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == HEAD
    engine.dispose()


# Put back


def test_a_copy_that_was_put_back_is_the_database_of_then(place: Path, study: Study) -> None:
    made = back_up(f"sqlite:///{place}")
    with Store.open(f"sqlite:///{place}", place.parent) as store:
        then = store.changes(STUDY)
    fill(place, study, ["d"])
    with Store.open(f"sqlite:///{place}", place.parent) as store:
        lost = store.changes(STUDY)
    for rest in place.parent.glob("minyi.sqlite-*"):
        rest.unlink()
    shutil.copy(made, place)
    with Store.open(f"sqlite:///{place}", place.parent) as store:
        assert store.changes(STUDY) == then
        assert len(store.search(STUDY, "停车点")) == 3
    fill(place, study, ["e"])
    with Store.open(f"sqlite:///{place}", place.parent) as store:
        assert store.changes(STUDY) > lost  # nothing that was kept of what is lost is taken for fresh
    assert ids(place) == ["a", "b", "c", "e"]
