"""Opens the database, SQLite or PostgreSQL, for reading and writing."""

from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from storage import log_mark
from storage.database_failures import (
    BadDatabaseUrl,
    CannotConnect,
    CorruptDatabase,
    DatabaseFailure,
    MissingDriver,
    Unwritable,
    driver_errors,
    failure_of,
    is_lost,
    unreachable,
)
from storage.extras import install_remedy
from storage.landing import Mark, commit, landed, mark
from storage.retrying import patience, retried
from storage.unwritable import reader_of
from storage.waiting import take_write_lock

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

BUSY_TIMEOUT_S = 30
POSTGRES = "postgresql+psycopg"
_LAST_PORT = 65_535
REFUSED_S = 3.0
"""How long is waited for a server that is there and refuses us: it may be starting up, but a password stays wrong."""
# So that a server which was cut off without a word is noticed within half a minute.
_CUT_OFF = {"connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
_CUT_OFF |= {"tcp_user_timeout": 25_000}
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
    if url.port is not None and not 0 < url.port <= _LAST_PORT:
        raise BadDatabaseUrl(f"there is no port {url.port}.", where=shown(url), remedy=remedy)
    if url.drivername in {"postgres", "postgresql", POSTGRES}:
        return url.set(drivername=POSTGRES)
    if url.drivername != "sqlite" or url.database in {None, "", ":memory:"} or url.query or "\0" in str(url.database):
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
        CorruptDatabase: SQLite would go on without what was stored last, because its log is damaged.
    """
    if url.drivername == "sqlite":
        return _sqlite(url)
    try:
        engine = create_engine(url, connect_args=_unless_named(url), hide_parameters=True, pool_pre_ping=True)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        what = "the driver for PostgreSQL is not installed."
        raise MissingDriver(what, remedy=install_remedy("postgres")) from error
    event.listen(engine, "connect", _prepare_server)
    return engine


def _unless_named(url: URL) -> dict[str, Any]:
    """What a server is told where the address says nothing of it; all else in the address goes to libpq as it is."""
    usual: dict[str, Any] = {"fallback_application_name": "minyi", **_CUT_OFF}
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
    file = Path(str(url.database)).absolute()
    if log_mark.cut_short(file):
        remedy = (
            f"Put a copy back: docs/keeping.md. To go on without what is missing, remove {file.name}{log_mark.MARK}."
        )
        what = "the end of the database's log is damaged, and what was stored last is missing."
        raise CorruptDatabase(what, where=f"{file}-wal", remedy=remedy)
    reader = reader_of(file, BUSY_TIMEOUT_S)
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
    with typed_failures(engine.url), _connected(engine) as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction: all of it is stored, or nothing.

    Where the server goes away while it commits, it is looked up whether the transaction landed.

    Raises:
        Passing: nothing of it was stored, and it may be done again.
        CannotConnect: the server went away and does not come back; what became of the transaction is not known.
    """
    with (
        typed_failures(engine.url),
        _connected(engine).execution_options(writing=True) as connection,
        connection.begin() as transaction,
    ):
        made: Mark | None = None
        try:
            made = mark(connection, time.time())
            yield connection
            commit(connection, transaction)
            if file := file_of(engine.url):
                log_mark.note(file)
        except driver_errors() as error:
            if made is None or not is_lost(error) or not _landed(engine, made):
                raise


def _connected(engine: Engine) -> Connection:
    """A connection, waited for where its server is away; nothing was done yet that might have to be done again."""
    waiting = patience()
    while True:
        began = time.monotonic()
        try:
            return engine.connect()
        except DBAPIError as error:
            if engine.dialect.name == "sqlite" or not is_lost(error):
                raise
            failure = unreachable(shown(engine.url))
            failure.__cause__ = error
            spent_s = time.monotonic() - began
            waiting.wait(failure, spent_s=spent_s, longest_s=REFUSED_S if _answers(engine) else None)


def _answers(engine: Engine) -> bool:
    """Whether the server is there and takes connections: then it is us whom it refuses. The driver says no reason."""
    from psycopg import pq
    from psycopg.conninfo import make_conninfo

    _, how = engine.dialect.create_connect_args(engine.url)
    said = {name: str(value) for name, value in how.items() if isinstance(value, str | int)}  # the rest is the driver's
    address = make_conninfo("", **said | {"connect_timeout": "2"})
    return pq.PGconn.ping(address.encode()) == pq.Ping.OK


def _landed(engine: Engine, made: Mark) -> bool:
    """Whether a transaction landed; it is over when this is known.

    Raises:
        CannotConnect: it cannot be known, because the server does not come back.
    """

    @retried
    def look() -> bool:
        with reading(engine) as connection:
            return landed(connection, made)

    try:
        return look()
    except DatabaseFailure as failure:
        what = "the connection to the database server was lost, and it does not come back."
        remedy = "Check that the server runs, then run the same command again: it goes on from what was stored."
        raise CannotConnect(what, where=shown(engine.url), remedy=remedy) from failure


@contextmanager
def typed_failures(url: URL) -> Iterator[None]:
    """Turns what the driver raises into a DatabaseFailure that says what to do."""
    try:
        yield
    except driver_errors() as error:
        failure = failure_of(error, shown(url), sqlite=url.drivername == "sqlite")
        if failure is None:
            raise
        raise failure from error
