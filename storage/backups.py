"""Copies of the database: one before every change of its shape, and one whenever a person asks.

A copy is SQLite's own (VACUUM INTO): one moment of the database, whole, without what was deleted from it; others may
go on writing meanwhile. It is checked and on the disk before it gets its name. A PostgreSQL server is copied by its own
programs.
"""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy.engine import URL

from storage.database import connect, parse_url, shown, typed_failures
from storage.database_failures import CorruptDatabase, DatabaseFailure, NotADatabase
from storage.files import FileWriteError, put_in_place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Engine

FOLDER = "backups"
KEPT_VERSIONS = 3
"""Of how many earlier shapes of the database the last copy is kept."""
_PARTS = ("-wal", "-shm", "-journal")
_ANOTHER = "Name another one."
_BEFORE = re.compile(r"minyi-\d{8}T\d{6}-v(\d+)\.db")


class BackupNeeded(DatabaseFailure):
    """The database would change its shape, and nobody says that there is a copy of it."""


class NothingToCopy(DatabaseFailure):
    """There is no database where one should be copied, or a server's own programs copy it."""


def folder_of(url: URL) -> Path:
    """Where a SQLite database's copies lie: the folder `backups` beside it."""
    return Path(str(url.database)).absolute().parent / FOLDER


def stamped(url: URL, version: str = "") -> Path:
    """A name for a copy made now; `version` is the shape it has where it is made because that changes."""
    when = datetime.now(UTC)
    return folder_of(url) / f"minyi-{when:%Y%m%dT%H%M%S}{f'-v{version}' if version else ''}.db"


def _free(file: Path) -> Path:
    """This name, or where a copy of the same second has it the next one that nobody has; later ones sort behind."""
    names = chain([file], (file.with_name(f"{file.stem}_{n}{file.suffix}") for n in count(2)))
    return next(name for name in names if not name.exists())


def kept(url: URL) -> list[Path]:
    """The copies beside a SQLite database, oldest first: those before a change of shape and those asked for."""
    return sorted(folder_of(url).glob("minyi-*.db")) if url.drivername == "sqlite" else []


def back_up(address: str, file: Path | None = None) -> Path:
    """Copies the database as it is, whatever its shape, and returns where to.

    Args:
        address: the database's URL.
        file: where to; by default a name of this moment in the folder of the copies.

    Raises:
        NothingToCopy: there is none, or it is a PostgreSQL server's.
        storage.files.FileWriteError: the file is there already, or its folder cannot be written.
        DiskFull, CorruptDatabase, NotADatabase: no whole copy can be made; none is left then.
    """
    url = parse_url(address)
    if url.drivername != "sqlite":
        remedy = f"Use pg_dump: pg_dump --format=custom --file=minyi.dump {shown(url)}"
        raise NothingToCopy("a PostgreSQL server is copied by its own programs.", where=shown(url), remedy=remedy)
    if not Path(str(url.database)).is_file():
        raise NothingToCopy("there is no database yet.", where=shown(url), remedy="Collect or import something first.")
    engine = connect(url)
    try:
        return copy_into(engine, file or _free(stamped(url)))
    finally:
        engine.dispose()


def copy_before_upgrade(engine: Engine, version: str) -> Path:
    """Copies a SQLite database that is about to change its shape; of each of the last shapes, one copy stays."""
    made = copy_into(engine, stamped(engine.url, version), replace=True)
    last: dict[str, Path] = {}
    for file in kept(engine.url):
        if found := _BEFORE.fullmatch(file.name):
            if found[1] in last:
                _remove(last[found[1]])
            last[found[1]] = file
    for old in sorted(last)[:-KEPT_VERSIONS]:
        _remove(last[old])
    return made


def copy_into(engine: Engine, file: Path, *, replace: bool = False) -> Path:
    """Writes one moment of a SQLite database into a file, checks it, and only then gives it its name.

    Raises:
        storage.files.FileWriteError: the file is there already (unless `replace`), or its folder cannot be written.
        DiskFull, CorruptDatabase: no whole copy can be made; none is left then.
    """
    if file.name.endswith(_PARTS):
        raise FileWriteError("SQLite would take it for a part of a database.", where=str(file), remedy=_ANOTHER)
    if os.path.exists(file) and not replace:  # noqa: PTH110  unlike Path's, False of a name that is too long
        raise FileWriteError("a file of this name is there already.", where=str(file), remedy=_ANOTHER)
    with _draft(file, Path(str(engine.url.database))) as draft:
        _vacuum(engine, draft, file)
        _check(draft, file)
        put_in_place(draft, file)
    return file


def _vacuum(engine: Engine, draft: Path, file: Path) -> None:
    try:
        with typed_failures(URL.create("sqlite", database=str(file))), _raw(engine) as connection:
            connection.execute("VACUUM INTO ?", (str(draft),))
    except (CorruptDatabase, NotADatabase) as failure:  # which is the database, not the copy
        raise type(failure)(failure.what, where=shown(engine.url), remedy=failure.remedy) from failure


@contextmanager
def _raw(engine: Engine) -> Iterator[sqlite3.Connection]:
    """The driver's own connection, outside every transaction: a copy is made in none."""
    held = engine.raw_connection()
    try:
        connection = held.driver_connection
        if not isinstance(connection, sqlite3.Connection):
            raise TypeError("only SQLite copies itself")
        yield connection
    finally:
        held.close()


@contextmanager
def _draft(file: Path, like: Path) -> Iterator[Path]:
    """An empty file beside the place of the copy, which whoever may not read the database may not read either.

    The database itself may be read-only.
    """
    draft = file.with_name(f".{uuid4().hex}.draft")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, (like.stat().st_mode & 0o666) | 0o200))
    except OSError as error:
        remedy = "Check that the folder can be written."
        raise FileWriteError(f"no copy can be written ({error.strerror}).", where=str(file), remedy=remedy) from error
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)
        Path(f"{draft}-journal").unlink(missing_ok=True)


def _check(draft: Path, file: Path) -> None:
    with typed_failures(URL.create("sqlite", database=str(file))), closing(sqlite3.connect(draft)) as connection:
        found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(1)")]
    if found != ["ok"]:
        remedy = "Restore the database from an earlier copy; `minyi doctor` says what is damaged."
        raise CorruptDatabase(f"the copy of the database is damaged: {found[0]}", where=str(file), remedy=remedy)


def _remove(file: Path) -> None:
    with suppress(OSError):  # a copy too many does no harm
        file.unlink()
