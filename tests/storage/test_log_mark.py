"""What stands in SQLite's log alone is not lost in silence."""

from __future__ import annotations

import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from storage import log_mark
from storage.database import connect, parse_url
from storage.database_failures import CorruptDatabase
from storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def killed(tmp_path: Path) -> Iterator[Path]:
    """A database whose last transactions stand in the log, as after a kill, and how far it had come."""
    (tmp_path / "there").mkdir()
    with closing(sqlite3.connect(tmp_path / "alive.db")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE t (said TEXT)")
        for at in range(12):
            connection.execute("INSERT INTO t VALUES (?)", (f"{at}" * 900,))
            connection.commit()
            log_mark.note(tmp_path / "alive.db")
        for end in ("", "-wal", log_mark.MARK):
            shutil.copy(tmp_path / f"alive.db{end}", tmp_path / "there" / f"a.db{end}")
        yield tmp_path / "there" / "a.db"


def flipped(database: Path, at: int, bit: int) -> None:
    file = database.with_name(f"{database.name}-wal")
    body = bytearray(file.read_bytes())
    body[at] ^= 1 << bit
    file.write_bytes(body)


def size_of(database: Path) -> int:
    return database.with_name(f"{database.name}-wal").stat().st_size


def test_a_whole_log_is_taken_as_it_is(killed: Path) -> None:
    assert not log_mark.cut_short(killed)
    engine = connect(parse_url(f"sqlite:///{killed}"))
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM t").scalar() == 12
    engine.dispose()


def test_whichever_bit_of_it_turns_over_nothing_is_missing_in_silence(killed: Path) -> None:
    draw, size = random.Random(3), size_of(killed)
    for at in (*range(0, 56, 5), *(draw.randrange(size) for _ in range(60))):
        flipped(killed, at, bit := draw.randrange(8))
        assert log_mark.cut_short(killed), at
        flipped(killed, at, bit)
    assert not log_mark.cut_short(killed)


def test_it_is_refused_before_sqlite_throws_away_what_is_left(killed: Path) -> None:
    flipped(killed, size := size_of(killed) // 2, 3)
    for _ in range(2):
        with pytest.raises(CorruptDatabase, match="what was stored last is missing"):
            connect(parse_url(f"sqlite:///{killed}"))
    assert size_of(killed) > size
    killed.with_name(f"{killed.name}{log_mark.MARK}").unlink()
    connect(parse_url(f"sqlite:///{killed}")).dispose()


def test_a_transaction_that_nobody_finished_is_no_damage(killed: Path) -> None:
    """As a cut of power leaves it: a part of it is there, and nobody had been told that it was stored."""
    file = killed.with_name(f"{killed.name}-wal")
    body = file.read_bytes()
    file.write_bytes(body + body[-4120:-4096] + b"\0" * 2000)
    assert not log_mark.cut_short(killed)


def test_every_transaction_of_ours_notes_how_far_it_came(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path}/a.db", tmp_path):
        note, log = (tmp_path / "a.db-mark").read_bytes(), log_mark.read((tmp_path / "a.db-wal").read_bytes())
    assert note[:8] == log.salt
    assert int.from_bytes(note[8:], "little") == log.frames
    assert not log_mark.cut_short(tmp_path / "a.db")


@pytest.mark.skipif(sys.platform == "win32", reason="locks are the file's there")
def test_noting_it_leaves_sqlite_its_locks(tmp_path: Path) -> None:
    """Closing a file lets go of all locks that a process holds on it: others would think that nobody is there."""
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE t (said TEXT)")
        connection.commit()
        log_mark.note(tmp_path / "a.db")
        program = (
            "import fcntl, sys\n"
            "fcntl.lockf(open(sys.argv[1], 'r+b'), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, int(sys.argv[2]))"
        )
        for file, byte in (("a.db-shm", "128"), ("a.db", str(0x40000002))):  # who is there at all
            ended = subprocess.run(
                [sys.executable, "-c", program, tmp_path / file, byte], capture_output=True, check=False
            )
            assert b"BlockingIOError" in ended.stderr
