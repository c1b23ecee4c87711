"""Brings a database to the present shape, step by step, and refuses one from the future."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from storage.database import NewerDatabase, NotADatabase, reading, shown, writing

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy.engine import Connection, Engine

HEAD = "0007"
_LOCK = 0x6D696E79  # "miny", so that no other program takes the same


def migrate(engine: Engine) -> None:
    """Creates the tables, or brings older ones up to date, in one transaction.

    Raises:
        NewerDatabase: a newer version of minyi wrote it.
        NotADatabase: it holds the tables of some other program.
    """
    with reading(engine) as connection:
        if _revision(connection) == HEAD:
            return
    with writing(engine) as connection:
        _wait_for_others(connection)
        _upgrade(connection)


def _upgrade(connection: Connection) -> None:
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
    command.upgrade(config, HEAD)


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
    """Two processes that open a new database at once take turns; on SQLite the write lock sees to that."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
