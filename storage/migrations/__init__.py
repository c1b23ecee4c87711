"""Brings a database to the present shape, step by step, and refuses one from the future."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from storage.backups import BackupNeeded, copy_before_upgrade
from storage.database import connect, parse_url, reading, shown, writing
from storage.database_failures import DatabaseBusy, NewerDatabase, NotADatabase
from storage.landing import mark_from_now_on
from storage.retrying import Patience, retried

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy.engine import Connection, Engine

HEAD = "0011"
_LOCK = 0x6D696E79  # "miny", so that no other program takes the same


@retried
def migrate(engine: Engine, *, backed_up: bool = False) -> None:
    """Creates the tables, or brings older ones up to date, in one transaction, after a copy was made.

    A SQLite database that holds anything is copied first (`storage.backups`). A PostgreSQL server is copied by its own
    programs: there, who holds a copy says so with `backed_up`.

    Raises:
        NewerDatabase: a newer version of minyi wrote it.
        NotADatabase: it holds the tables of some other program.
        DatabaseBusy: another process is at it, and takes long.
        BackupNeeded: it is a PostgreSQL server's, holds something, and nobody says that there is a copy.
        storage.files.FileWriteError, DiskFull, CorruptDatabase: no copy can be made; the database stays as it was.
    """
    with reading(engine) as connection:
        present = _revision(connection)
    if present != HEAD:
        with writing(engine) as connection:
            _wait_for_others(connection)
            _upgrade(connection, backed_up=backed_up)
    mark_from_now_on(engine)


def bring_up_to_date(address: str) -> None:
    """Changes an earlier shape of the database to the present one; whoever calls it says that there is a copy."""
    engine = connect(parse_url(address))
    try:
        migrate(engine, backed_up=engine.dialect.name != "sqlite")
    finally:
        engine.dispose()


def _upgrade(connection: Connection, *, backed_up: bool) -> None:
    # Only here: a database that is up to date does not need Alembic, which takes 0.1 s to load.
    from alembic import command
    from alembic.script import ScriptDirectory

    config = alembic_config(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    present = _revision(connection)
    where = shown(connection.engine.url)
    if present is not None and present not in known:
        remedy = "Upgrade minyi, or open a copy made by this version."
        raise NewerDatabase("a newer version of minyi wrote this database.", where=where, remedy=remedy)
    if present is None and inspect(connection).get_table_names():
        remedy = "Name a new file, or an empty database."
        raise NotADatabase("this database belongs to another program.", where=where, remedy=remedy)
    if present is not None and present != HEAD and not backed_up and _holds_anything(connection):
        _copy_first(connection, present)
    command.upgrade(config, HEAD)


def _holds_anything(connection: Connection) -> bool:
    """Whether a command ever ran: the study itself is in its file."""
    return connection.execute(text("SELECT 1 FROM run LIMIT 1")).first() is not None


def _copy_first(connection: Connection, version: str) -> None:
    """One copy of what nobody else can change meanwhile: this transaction has taken the lock."""
    if connection.dialect.name == "sqlite":
        copy_before_upgrade(connection.engine, version)
        return
    where = shown(connection.engine.url)
    what = f"the database is of an earlier version ({version}) and is changed only once there is a copy of it."
    remedy = "Copy it with pg_dump, then run `minyi backup STUDY --taken`, which brings it up to date."
    raise BackupNeeded(what, where=where, remedy=remedy)


def alembic_config(connection: Connection) -> Config:
    """Alembic's settings, without a file: the scripts travel inside the package."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _revision(connection: Connection) -> str | None:
    """The step this database is at, or None where it is none of ours: others use Alembic too."""
    tables = inspect(connection)
    if not (tables.has_table("alembic_version") and tables.has_table("annotation")):
        return None
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if revision is None else str(revision)


def _wait_for_others(connection: Connection) -> None:
    """Two processes that open a new database at once take turns; on SQLite the write lock sees to that.

    Raises:
        DatabaseBusy: the other one takes long.
    """
    if connection.dialect.name != "postgresql":
        return
    patience = Patience()
    while not connection.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _LOCK}).scalar():
        where, remedy = shown(connection.engine.url), "Wait for it to end, then run again."
        patience.wait(DatabaseBusy("another process brings the database up to date.", where=where, remedy=remedy))
