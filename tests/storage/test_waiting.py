"""A database that another process holds is waited for in short steps, and the wait is told."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from storage import waiting
from storage.database import connect, parse_url, writing
from storage.database_failures import DatabaseBusy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy.engine import Engine


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    engine = connect(parse_url(f"sqlite:///{tmp_path / 'held.db'}"))
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE t (a INTEGER)"))
    yield engine
    engine.dispose()


@pytest.fixture
def held(database: Engine) -> Iterator[Callable[[], None]]:
    """Another connection has the write lock until it is called."""
    with closing(sqlite3.connect(database.url.database or "", isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield lambda: other.execute("ROLLBACK") and None


def test_a_wait_is_told_once_and_ends_when_the_other_ends(
    database: Engine, held: Callable[[], None], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(waiting, "STEP_S", 0.02)
    monkeypatch.setattr(waiting, "PATIENCE_S", 0.06)
    timer = threading.Timer(0.25, held)
    timer.start()

    with writing(database) as connection:
        connection.execute(text("INSERT INTO t VALUES (1)"))
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 30_000

    timer.join()
    assert [record.getMessage() for record in caplog.records] == [
        f"waiting for another process that holds the database {database.url.database} …"
    ]


def test_a_short_wait_is_not_told(database: Engine, held: Callable[[], None], caplog: pytest.LogCaptureFixture) -> None:
    timer = threading.Timer(0.05, held)
    timer.start()

    with writing(database):
        pass

    timer.join()
    assert caplog.records == []


def test_a_lock_that_stays_is_told_as_one(database: Engine, held: Any) -> None:
    with database.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 30")

    with pytest.raises(DatabaseBusy), writing(database):
        pass


def test_a_signal_is_heard_while_waiting(database: Engine, held: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = waiting._begun

    def stopped(raw: sqlite3.Connection, *, last: bool) -> bool:
        if begun(raw, last=last) is False:
            raise KeyboardInterrupt
        return True

    monkeypatch.setattr(waiting, "_begun", stopped)
    before = time.monotonic()
    with pytest.raises(KeyboardInterrupt), writing(database):
        pass

    assert time.monotonic() - before < 5  # of the 30 seconds that SQLite would wait in C
