"""What the database could not do, as errors a person can act on, from what SQLite and PostgreSQL say."""

from __future__ import annotations

import sqlite3
import sys

from sqlalchemy.exc import DBAPIError

from storage.errors import MinyiError
from storage.retrying import Passing

# What PostgreSQL calls it (appendix A of its manual): shut down, crashed, starting up, idle for too long, full.
_LOST = frozenset({"57P01", "57P02", "57P03", "57P05", "25P03", "53300"})


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


class ConnectionLost(CannotConnect, Passing):
    """The database server went away in the middle of a transaction."""


class Collided(DatabaseBusy, Passing):
    """Two transactions stood in each other's way, and the server ended this one."""


# What SQLite says, and what that means for the person at the keyboard.
_SQLITE_FAILURES: tuple[tuple[str, type[DatabaseFailure], str, str], ...] = (
    (
        "file is not a database",
        NotADatabase,
        "this file is not a database.",
        "Put a copy back (docs/keeping.md), or name the right file in the study file.",
    ),
    ("malformed", CorruptDatabase, "the database is damaged.", "Restore it from a copy; captures can be parsed again."),
    (" decode ", CorruptDatabase, "a text in the database is damaged.", "Restore the database from a copy."),
    ("no such column", CorruptDatabase, "a column of the database is missing.", "Restore the database from a copy."),
    ("already exists", CorruptDatabase, "the database says of another shape.", "Restore the database from a copy."),
    ("duplicate column", CorruptDatabase, "the database says of another shape.", "Restore the database from a copy."),
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
# What PostgreSQL calls it, and what that means.
_POSTGRES_FAILURES: tuple[tuple[frozenset[str], type[DatabaseFailure], str, str], ...] = (
    (
        frozenset({"40001", "40P01"}),  # serialization failure, deadlock
        Collided,
        "other processes write the same rows; nothing of this step was stored.",
        "Wait for them to end, then run again.",
    ),
    (
        frozenset({"57014", "55P03"}),  # statement_timeout, lock_timeout
        DatabaseBusy,
        "the database server ended what took longer than it allows.",
        "Wait for others to end and run again, or raise statement_timeout and lock_timeout of this user.",
    ),
    (frozenset({"53100"}), DiskFull, "the server's disk is full; nothing of this step was stored.", "Make room."),
    (
        frozenset({"42501", "25006"}),
        Unwritable,
        "this user may not write to the database.",
        "Ask for the right to write.",
    ),
)


def driver_errors() -> tuple[type[Exception], ...]:
    """What comes from the drivers, through SQLAlchemy or past it; SQLite quotes names of a damaged schema as it is."""
    psycopg = sys.modules.get("psycopg")
    return (DBAPIError, sqlite3.Error, UnicodeDecodeError, *([psycopg.Error] if psycopg else []))


def failure_of(error: Exception, where: str, *, sqlite: bool) -> DatabaseFailure | None:
    """What it comes to; None where no kind of ours fits.

    Args:
        error: as the driver raised it, or SQLAlchemy around it.
        where: the database, as a person may see it.
        sqlite: whose words these are, else PostgreSQL's.
    """
    original = error.orig if isinstance(error, DBAPIError) else error
    if sqlite:
        return _sqlite_failure(str(original), where)
    if isinstance(error, DBAPIError) and error.statement is None and not error.connection_invalidated:
        return unreachable(where)  # there was no connection yet
    return _postgres_failure(original, where, lost=is_lost(error))


def _sqlite_failure(message: str, where: str) -> DatabaseFailure | None:
    for words, kind, what, remedy in _SQLITE_FAILURES:
        if words in message.lower():
            return kind(what, where=where, remedy=remedy)
    return None


def _postgres_failure(original: BaseException | None, where: str, *, lost: bool) -> DatabaseFailure | None:
    state = str(getattr(original, "sqlstate", None) or "")
    if lost:
        what = "the connection to the database server was lost; nothing of this step was stored."
        remedy = "Check that the server runs, then run the same command again: it goes on from what was stored."
        return ConnectionLost(what, where=where, remedy=remedy)
    for states, kind, what, remedy in _POSTGRES_FAILURES:
        if state in states:
            return kind(what, where=where, remedy=remedy)
    return unreachable(where) if state[:2] in {"28", "3D", "57"} else None


def unreachable(where: str) -> CannotConnect:
    """The server was not reached, or will not have us."""
    remedy = "Check that the server runs, and the host, database, user and password in the address."
    return CannotConnect("the database server does not answer or refuses us.", where=where, remedy=remedy)


def is_lost(error: Exception) -> bool:
    """Whether the session with the server is over; libpq gives its own complaints no code."""
    if isinstance(error, sqlite3.Error | DBAPIError) and isinstance(getattr(error, "orig", error), sqlite3.Error):
        return False
    original = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(original, "sqlstate", None)
    if state is None:
        ours = ("OperationalError", "InterfaceError")
        return any(kind.__name__ in ours for kind in type(original).__mro__)
    return state in _LOST or state[:2] == "08"
