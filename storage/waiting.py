"""Waiting for a database that another process writes to: in short steps, and not in silence."""

from __future__ import annotations

import logging
import sqlite3
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

STEP_S = 0.5
"""SQLite waits in C, where no signal reaches Python: a job that is to stop within seconds waits in steps."""
PATIENCE_S = 2.0
"""What is waited in silence; two short transactions after each other take less."""
_LOG = logging.getLogger(__name__)  # without a handler, warnings go to standard error as they are


def take_write_lock(connection: Connection) -> None:
    """Begins a transaction that may write, once no other process has one open; waits as long as the connection does.

    Raises:
        sqlite3.OperationalError: the database was locked all that time, or fails otherwise.
    """
    raw: Any = connection.connection.driver_connection
    (longest_ms,) = raw.execute("PRAGMA busy_timeout").fetchone()
    started, told = monotonic(), False
    raw.execute(f"PRAGMA busy_timeout = {min(longest_ms, round(STEP_S * 1000))}")
    try:
        while not _begun(raw, last=monotonic() - started >= longest_ms / 1000 - STEP_S):
            if not told and monotonic() - started >= PATIENCE_S:
                told = True
                _LOG.warning("waiting for another process that holds the database %s …", connection.engine.url.database)
    finally:
        raw.execute(f"PRAGMA busy_timeout = {longest_ms}")


def _begun(raw: sqlite3.Connection, *, last: bool) -> bool:
    try:
        raw.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if last or "locked" not in str(error):
            raise
        return False
    return True
