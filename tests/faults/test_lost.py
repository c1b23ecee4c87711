"""A database that is lost, empty, cut off, newer or something else: it is said, and the report is still there."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def removed(file: Path) -> None:
    for name in ("minyi.db", "minyi.db-wal", "minyi.db-shm", "minyi.db-mark"):
        file.with_name(name).unlink(missing_ok=True)


def removed_beside_its_log(file: Path) -> None:
    """SQLite would make a new one, and throw the log away."""
    file.unlink()
    file.with_name("minyi.db-wal").write_bytes(b"what a killed command left")


def a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def newer(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()


def cut_off(file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])


def other(file: Path) -> None:
    file.write_bytes(b"these are my notes, not a database" * 200)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (emptied, "the database is empty"),
        (removed, "the database is gone"),
        (removed_beside_its_log, "the database is gone"),
        (a_folder, "cannot be opened"),
        (newer, "a newer version of minyi wrote this database"),
        (cut_off, "damaged"),
        (other, "not a database"),
    ],
)
def test_a_run_says_what_is_wrong_and_touches_nothing(
    worked: Path, minyi: Callable, damage: Callable[[Path], None], said: str
) -> None:
    file = worked / "data" / "minyi.db"
    damage(file)
    before = {path.name: path.read_bytes() for path in (worked / "reports").iterdir() if path.is_file()}
    kept = file.read_bytes() if file.is_file() else b""
    code, _, err = minyi("run", worked, "--again")

    assert code == 1
    assert said in err
    assert "minyi.db: " in err
    assert "what to do: " in err
    assert "Traceback" not in err
    assert (file.read_bytes() if file.is_file() else b"") == kept
    assert file.exists() is ("removed" not in damage.__name__)
    assert {path.name: path.read_bytes() for path in (worked / "reports").iterdir() if path.is_file()} == before


@pytest.mark.parametrize("damage", [emptied, removed, other])
def test_no_copy_is_made_of_what_was_lost(worked: Path, minyi: Callable, damage: Callable[[Path], None]) -> None:
    """Else a nightly copy would take the place of a good one."""
    damage(worked / "data" / "minyi.db")
    code, _, err = minyi("backup", worked)
    assert code == 1
    assert "data/minyi.db: " in err
    assert "Put a copy back" in err
    assert not list((worked / "data").glob("backups/*"))


def test_the_doctor_tells_that_it_is_gone(worked: Path, minyi: Callable) -> None:
    removed(worked / "data" / "minyi.db")
    code, out, _ = minyi("doctor", worked)
    assert code == 1
    assert "the database is gone, and reports were made from it" in out


def test_the_folder_of_the_data_is_moved_away_by_a_person_to_begin_anew(worked: Path, minyi: Callable) -> None:
    emptied(worked / "data" / "minyi.db")
    assert minyi("status", worked)[0] == 1
    (worked / "data").rename(worked / "data-of-then")
    assert minyi("status", worked)[0] == 0


@pytest.mark.parametrize("left", [0.0, 0.5])
def test_a_log_that_was_cut_off_takes_the_last_steps_and_nothing_else(
    worked: Path, tmp_path: Path, left: float
) -> None:
    """SQLite's rule: what the log holds whole is there, and the database is sound as of then."""
    file = worked / "data" / "minyi.db"
    copy = tmp_path / "copy"
    with closing(sqlite3.connect(file)) as writer:
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        for n in range(20):
            writer.execute("INSERT INTO setting (name, value) VALUES (?, 'x')", (f"probe{n:02}",))
            writer.commit()
        shutil.copytree(file.parent, copy)
    log = copy / "minyi.db-wal"
    log.write_bytes(log.read_bytes()[: int(log.stat().st_size * left)])
    (copy / "minyi.db-shm").unlink(missing_ok=True)
    with closing(sqlite3.connect(copy / "minyi.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        found = database.execute("SELECT name FROM setting WHERE name LIKE 'probe%' ORDER BY name")
        probes = [name for (name,) in found]
        assert database.execute("SELECT count(*) FROM comment").fetchone() == (4,)
    assert probes == [f"probe{n:02}" for n in range(len(probes))]
    assert len(probes) < 20
