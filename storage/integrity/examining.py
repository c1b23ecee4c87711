"""How a database stands, found by reading alone: nothing is made, brought up to date or repaired."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, inspect, text
from sqlalchemy.pool import NullPool

from storage.database import connect, parse_url, shown, typed_failures
from storage.database_failures import CorruptDatabase, NewerDatabase, NotADatabase
from storage.migrations import HEAD
from storage.unwritable import reader_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import URL, Connection

PARTS = {
    "strict tables": "CREATE TABLE t (a INTEGER) STRICT",
    "full-text search": "CREATE VIRTUAL TABLE f USING fts5(a)",
    "inserts that ignore": "CREATE TABLE u (a INTEGER UNIQUE); INSERT INTO u VALUES (1) ON CONFLICT DO NOTHING",
    "row values that are returned": "CREATE TABLE r (a INTEGER); INSERT INTO r VALUES (1) RETURNING a",
}
"""What is needed of SQLite, each with a statement that fails where it is not there."""
_PATIENCE_S = 5.0
_TOLD = 3  # of what a check complains about


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """How a database stands.

    Attributes:
        name: which one, without user, password or options.
        server: what reads it: "SQLite 3.45.1", "PostgreSQL 16.2".
        version: of the server alone, as numbers.
        present: whether it holds minyi's tables, in this version's shape.
        older: the shape it has, where that is one from before this version; empty elsewhere.
        bytes: its size on the disk; None of a server.
        key: fingerprint of the key that its authors were hashed with, where that is known.
    """

    name: str
    server: str
    version: tuple[int, ...]
    present: bool
    older: str = ""
    bytes: int | None = None
    key: str | None = None


def sqlite_version() -> str:
    """Of the library that this Python uses."""
    return sqlite3.sqlite_version


def sqlite_lacks() -> list[str]:
    """The parts that this Python's SQLite was built without, by name."""
    return [name for name, statement in PARTS.items() if not _works(statement)]


def _works(statement: str) -> bool:
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.executescript(statement)
        except sqlite3.Error:
            return False
    return True


def examine(url: str) -> DatabaseState:
    """Look at a database, and check it as far as that is quick: pages, keys between tables, its version.

    Raises:
        BadDatabaseUrl, MissingDriver, CannotConnect, Unwritable: it cannot be opened.
        NotADatabase, CorruptDatabase, NewerDatabase: it is none that this version can use.
    """
    parsed = parse_url(url)
    if parsed.drivername == "sqlite" and not Path(str(parsed.database)).exists():
        return DatabaseState(shown(parsed), f"SQLite {sqlite_version()}", sqlite3.sqlite_version_info, present=False)
    with _connected(parsed) as connection:
        if parsed.drivername == "sqlite":
            _must_be_sound(connection)
        return _state(connection, parsed)


@contextmanager
def _connected(url: URL) -> Iterator[Connection]:
    """A connection that only reads."""
    if url.drivername == "sqlite":
        file = Path(str(url.database)).absolute()
        reader = reader_of(file, _PATIENCE_S) or (lambda: sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True))
        engine = create_engine("sqlite://", creator=reader, poolclass=NullPool)
    else:
        engine = connect(url)
    try:
        with typed_failures(url), engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _must_be_sound(connection: Connection) -> None:
    """Raises where SQLite finds damage: in pages and indices, or in keys that lead nowhere."""
    pages = [str(row[0]) for row in connection.exec_driver_sql(f"PRAGMA quick_check({_TOLD})")]
    keys = [f"a row of {row[0]} belongs to none of {row[2]}" for row in _broken_keys(connection)]
    said = [*(line for line in pages if line != "ok"), *keys]
    if said:
        what = f"the database is damaged ({'; '.join(' '.join(line.split()) for line in said[:_TOLD])})."
        raise CorruptDatabase(what, remedy="Restore it from a copy; captures can be parsed again.")


def _broken_keys(connection: Connection) -> list[tuple[str, int, str]]:
    found = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(_TOLD)
    return [(str(row[0]), int(row[1] or 0), str(row[2])) for row in found]


def _state(connection: Connection, url: URL) -> DatabaseState:
    tables = set(inspect(connection).get_table_names())
    revision = _revision(connection) if {"alembic_version", "annotation"} <= tables else None
    if revision is None and tables:
        remedy = "Name a new file, or an empty database."
        raise NotADatabase("this database belongs to another program.", where=shown(url), remedy=remedy)
    if revision is not None and revision > HEAD:
        remedy = "Upgrade minyi, or open a copy made by this version."
        raise NewerDatabase("a newer version of minyi wrote this database.", where=shown(url), remedy=remedy)
    version = tuple(int(part) for part in connection.dialect.server_version_info or ())
    name = "SQLite" if url.drivername == "sqlite" else "PostgreSQL"
    return DatabaseState(
        name=shown(url),
        server=f"{name} {'.'.join(map(str, version))}",
        version=version,
        present=revision == HEAD,
        older=revision if revision and revision < HEAD else "",
        bytes=Path(str(url.database)).stat().st_size if name == "SQLite" else None,
        key=_key(connection) if revision else None,
    )


def _revision(connection: Connection) -> str | None:
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _key(connection: Connection) -> str | None:
    found = connection.execute(text("SELECT value FROM setting WHERE name = 'pseudonym_key'")).scalar()
    return None if found is None else str(found)
