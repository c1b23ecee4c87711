"""Opens the database, SQLite or PostgreSQL, and turns its failures into errors a person can act on."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, NoSuchModuleError, OperationalError

from storage.errors import MinyiError
from storage.extras import install_remedy
from storage.unwritable import reader_of
from storage.waiting import take_write_lock

if TYPE_CHECKING:
    from collections.abc import Iterator

BUSY_TIMEOUT_S = 30
POSTGRES = "postgresql+psycopg"
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
    "PRAGMA secure_delete = ON",  # what a platform deleted is overwritten, not only let go
)
# Frames are read whole, through a cursor: planned for its first rows, 20,000 comments took 15 s instead of 0.2 s.
_SERVER_SETTINGS = "SET cursor_tuple_fraction = 1"
_PRAGMAS_TO_READ = ("PRAGMA trusted_schema = OFF", "PRAGMA cell_size_check = ON")


class DatabaseFailure(MinyiError):  # noqa: N818  its kinds are named by what happened
    """The database could not do what was asked."""


class BadDatabaseUrl(DatabaseFailure):
    """The address of the database cannot be read."""


class MissingDriver(DatabaseFailure):
    """PostgreSQL was asked for without its driver, or SQLite lacks a part that is needed."""


class NotADatabase(DatabaseFailure):
    """The file is something else than one of this project's databases."""


class CorruptDatabase(DatabaseFailure):
    """The file is damaged."""


class NewerDatabase(DatabaseFailure):
    """A newer version of minyi wrote this database."""


class Unwritable(DatabaseFailure):
    """The file or its folder cannot be written."""


class DiskFull(DatabaseFailure):
    """There is no room left."""


class DatabaseBusy(DatabaseFailure):
    """Another process holds the database."""


class CannotConnect(DatabaseFailure):
    """The database server does not answer or does not let us in."""


# What SQLite says, and what that means for the person at the keyboard.
_SQLITE_FAILURES: tuple[tuple[str, type[DatabaseFailure], str, str], ...] = (
    (
        "file is not a database",
        NotADatabase,
        "this file is not a database.",
        "Name another file, or move this one away.",
    ),
    ("malformed", CorruptDatabase, "the database is damaged.", "Restore it from a copy; captures can be parsed again."),
    ("no such table", CorruptDatabase, "a table of the database is missing.", "Restore the database from a copy."),
    (
        "no such module: fts5",
        MissingDriver,
        "this Python's SQLite was built without full-text search.",
        "Use a Python from python.org, uv or your system.",
    ),
    ("unsupported file format", NewerDatabase, "a newer SQLite wrote this database.", "Upgrade minyi and Python."),
    (
        "unable to open",
        Unwritable,
        "the database cannot be opened.",
        "Make its folder writable, or copy the folder with all its files.",
    ),
    ("readonly", Unwritable, "the database cannot be written.", "Make the file and its folder writable."),
    ("full", DiskFull, "the disk is full; nothing of this step was stored.", "Make room and run the command again."),
    ("disk i/o", DiskFull, "the disk does not take more data.", "Check its space and health, then run again."),
    ("locked", DatabaseBusy, "another process holds the database.", "Wait for it to end, then run again."),
)


def parse_url(text: str) -> URL:
    """The database's URL, with `postgres://` and `postgresql://` naming the driver that is used.

    Raises:
        BadDatabaseUrl: it is no URL, or names another kind of database.
    """
    remedy = 'Write "sqlite:///path/to/file" or "postgresql://user@host/name".'
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        # Without a cause: SQLAlchemy's message may quote the URL, and with it a password.
        raise BadDatabaseUrl("the database's address cannot be read.", remedy=remedy) from None
    if url.drivername in {"postgres", "postgresql", POSTGRES}:
        return url.set(drivername=POSTGRES)
    if url.drivername != "sqlite" or not url.database or url.database == ":memory:":
        raise BadDatabaseUrl(f'"{url.drivername}" names no database minyi can keep a study in.', remedy=remedy)
    return url


def shown(url: URL) -> str:
    """The database as messages may name it: a path, or server and name without user, password or options."""
    if url.drivername == "sqlite":
        return str(url.database)
    return URL.create("postgresql", host=url.host, port=url.port, database=url.database).render_as_string()


def file_of(url: URL) -> Path | None:
    """The file of an SQLite database; None of one on a server."""
    return Path(str(url.database)).absolute() if url.drivername == "sqlite" else None


def connect(url: URL) -> Engine:
    """An engine that opens every transaction itself, so that schema changes roll back too.

    Raises:
        MissingDriver: PostgreSQL without the extra `postgres`.
        Unwritable: the SQLite file's folder cannot be made.
    """
    if url.drivername == "sqlite":
        return _sqlite(url)
    try:
        engine = create_engine(url, connect_args=_unless_named(url), hide_parameters=True)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        what = "the driver for PostgreSQL is not installed."
        raise MissingDriver(what, remedy=install_remedy("postgres")) from error
    event.listen(engine, "connect", _prepare_server)
    return engine


def _unless_named(url: URL) -> dict[str, Any]:
    """What a server is told where the address says nothing of it; all else in the address goes to libpq as it is."""
    usual = {"connect_timeout": 10, "fallback_application_name": "minyi"}
    return {name: value for name, value in usual.items() if name not in url.query}


def _prepare_server(connection: Any, _record: object) -> None:  # noqa: ANN401  psycopg may not be there
    """As a statement, not as an option of the connection, which poolers refuse."""
    connection.autocommit = True
    connection.execute(_SERVER_SETTINGS)
    connection.autocommit = False


def _sqlite(url: URL) -> Engine:
    folder = Path(str(url.database)).absolute().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        remedy = "Choose another folder, or make this one writable."
        raise Unwritable("the folder cannot be made.", where=str(folder), remedy=remedy) from error
    reader = reader_of(Path(str(url.database)).absolute(), BUSY_TIMEOUT_S)
    how: dict[str, Any] = {"connect_args": {"timeout": BUSY_TIMEOUT_S}} if reader is None else {"creator": reader}
    engine = create_engine(url, hide_parameters=True, **how)
    event.listen(engine, "connect", _prepare if reader is None else _prepare_to_read)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions begin in _begin, not where Python's sqlite3 guesses
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _prepare_to_read(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    for pragma in _PRAGMAS_TO_READ:
        connection.execute(pragma)


def _begin(connection: Connection) -> None:
    """A writer takes the lock at once: a reader who becomes a writer midway could only fail."""
    if connection.get_execution_options().get("writing", False):
        take_write_lock(connection)
    else:
        connection.exec_driver_sql("BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection to read from, its failures typed."""
    with typed_failures(engine.url), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction: all of it is stored, or nothing."""
    with typed_failures(engine.url), engine.connect().execution_options(writing=True) as connection, connection.begin():
        yield connection


@contextmanager
def typed_failures(url: URL) -> Iterator[None]:
    """Turns what the driver raises into a DatabaseFailure that says what to do."""
    try:
        yield
    except DBAPIError as error:
        failure = _failure_of(error, url)
        if failure is None:
            raise
        raise failure from error
    except sqlite3.Error as error:
        failure = _sqlite_failure(str(error), shown(url))
        if failure is None:
            raise
        raise failure from error


def _failure_of(error: DBAPIError, url: URL) -> DatabaseFailure | None:
    if url.drivername == "sqlite":
        return _sqlite_failure(str(error.orig), shown(url))
    return _postgres_failure(error, shown(url))


def _sqlite_failure(message: str, where: str) -> DatabaseFailure | None:
    for words, kind, what, remedy in _SQLITE_FAILURES:
        if words in message.lower():
            return kind(what, where=where, remedy=remedy)
    return None


def _postgres_failure(error: DBAPIError, where: str) -> DatabaseFailure | None:
    state: Any = getattr(error.orig, "sqlstate", None)
    lost = state is None and (error.connection_invalidated or isinstance(error, OperationalError | InterfaceError))
    if lost or str(state)[:2] in {"08", "28", "3D", "57"}:
        remedy = "Check that the server runs, and the host, database, user and password in the address."
        return CannotConnect("the database server does not answer or refuses us.", where=where, remedy=remedy)
    if state == "53100":
        return DiskFull("the server's disk is full; nothing of this step was stored.", where=where, remedy="Make room.")
    if state in {"42501", "25006"}:
        return Unwritable("this user may not write to the database.", where=where, remedy="Ask for the right to write.")
    return None
