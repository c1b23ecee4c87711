"""Whether a transaction landed whose commit got no answer from the server.

Each writing connection keeps one row among the settings, and each of its transactions writes a token of its own there:
the token is stored if, and only if, all the rest is. (The server's own number of the transaction would not do: after a
crash it may be given to another one.) While it works, the transaction also holds an advisory lock, by which a session
that is left behind on a cut connection is found and ended, with every lock that it has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine, RootTransaction

WRITER = "writer/"
"""Begins the name of a writer's setting."""
KEPT_DAYS = 2
"""So long a writer's row stays after its last transaction."""
_OPTION = "minyi_marked"
_INFO = "minyi_writer"
_LEFT_BEHIND = text(
    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 "
    "AND ((classid::bigint << 32) | objid::bigint) = :key AND pid <> pg_backend_pid()"
)
_NOT_FOR_EVER = text("SELECT set_config('lock_timeout', '30s', true)")
_WAIT = text("SELECT pg_advisory_xact_lock(:key)")
_MARK = text(
    "INSERT INTO setting (name, value, hash) "
    "SELECT :name, :value, :hash FROM (SELECT pg_advisory_xact_lock(:key)) AS mine "
    "ON CONFLICT (name) DO UPDATE SET value = excluded.value, hash = excluded.hash"
)
_SWEEP = text(
    # CASE, because nothing else keeps the server from reading the other settings' values as numbers.
    "DELETE FROM setting WHERE name IN (SELECT name FROM setting WHERE CASE WHEN starts_with(name, :writer) "
    "THEN split_part(value, ' ', 1)::bigint < :before END FOR UPDATE SKIP LOCKED)"
)
_TOKEN = text("SELECT value FROM setting WHERE name = :name")


def commit(connection: Connection, transaction: RootTransaction) -> None:
    """Commit; whoever is interrupted in it leaves nothing behind.

    SQLAlchemy takes a commit that broke off for one that was done, and would hand the connection on in the middle of
    the transaction.
    """
    try:
        transaction.commit()
    except KeyboardInterrupt:
        connection.invalidate()
        raise


class Mark(NamedTuple):
    """A transaction's token, and the key of the lock that it holds."""

    key: int
    token: str

    @property
    def name(self) -> str:
        """That of its writer's setting."""
        return f"{WRITER}{self.key}"


def mark_from_now_on(engine: Engine) -> None:
    """Let every writing transaction be told again; the table of settings has to be there."""
    if engine.dialect.name == "postgresql":
        engine.update_execution_options(**{_OPTION: True})


def mark(connection: Connection, seconds: float) -> Mark | None:
    """Marks a transaction at its beginning; None where that is not asked for: a SQLite file is on this machine.

    Args:
        connection: a transaction that has just begun.
        seconds: the time, by which rows of writers that are gone are found.
    """
    if not connection.get_execution_options().get(_OPTION, False):
        return None
    from storage.queries import SETTING
    from storage.row_hashes import hashes  # the tables need not be known to open a SQLite file

    info: dict[Any, Any] = connection.info  # stays with the driver's connection
    fresh = _INFO not in info
    key = info.setdefault(_INFO, uuid4().int >> 65)
    made = Mark(key, f"{int(seconds)} {uuid4().hex}")
    row = {"name": made.name, "value": made.token}
    connection.execute(_MARK, row | {"key": key, "hash": hashes(SETTING, [row])[0]})
    if fresh:
        connection.execute(_SWEEP, {"writer": WRITER, "before": int(seconds) - KEPT_DAYS * 86_400})
    return made


def landed(connection: Connection, made: Mark) -> bool:
    """Whether the marked transaction was stored; it is ended first where the server still waits for its next word.

    A commit that the server is at is let come to its end.
    """
    connection.execute(_NOT_FOR_EVER)
    connection.execute(_LEFT_BEHIND, {"key": made.key})
    connection.execute(_WAIT, {"key": made.key})
    return connection.execute(_TOKEN, {"name": made.name}).scalar() == made.token
