"""Databases of earlier shapes, and the upgrade that may be killed."""

from __future__ import annotations

import gzip
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from kill_steps import SENT, Step
from sqlalchemy import text
from sqlmodel import SQLModel

from storage import migrations
from storage.database import connect, parse_url, writing
from storage.migrations import bring_up_to_date, migrate
from storage.search.index import index_comments

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

GOLDEN = Path(__file__).resolve().parents[2] / "tests" / "fixtures" / "golden"
VERSIONS = ("0001", "0007")
_SEARCHED_SINCE = "0003"


def lay_down(folder: Path, version: str) -> None:
    """A folder with the database as that version left it."""
    (folder / "data").mkdir(parents=True)
    (folder / SENT).write_text("")
    (folder / "data" / "minyi.db").write_bytes(gzip.decompress((GOLDEN / f"{version}.db.gz").read_bytes()))


def load(url: str, folder: Path, version: str) -> None:
    """The same on a server: tables of that version, and the rows of the file."""
    now, engine = migrations.HEAD, connect(parse_url(url))
    migrations.HEAD = version
    try:
        migrate(engine)
        engine.dispose()
        engine = connect(parse_url(url))  # one that does not know yet which shape it finds
        with closing(sqlite3.connect(folder / "data" / "minyi.db")) as source, writing(engine) as connection:
            _copy(source, connection)
            if version >= _SEARCHED_SINCE:
                index_comments(connection, 0)
    finally:
        migrations.HEAD = now
        engine.dispose()
    (folder / "data" / "minyi.db").unlink()


def _copy(source: sqlite3.Connection, connection: Connection) -> None:
    for table in [table.name for table in SQLModel.metadata.sorted_tables if table.name != "search_text"]:
        columns = [name for (name,) in source.execute("SELECT name FROM pragma_table_info(?)", (table,))]
        if not columns:
            continue
        listed, places = (", ".join(form.format(it) for it in columns) for form in ('"{}"', ":{}"))
        asked = f"SELECT {listed} FROM {table}"  # noqa: S608  names of our own tables
        rows = [dict(zip(columns, row, strict=True)) for row in source.execute(asked)]
        if rows:
            connection.execute(text(f"INSERT INTO {table} ({listed}) VALUES ({places})"), rows)  # noqa: S608  likewise


def upgrade(version: str) -> Step:
    """The step that brings it up to date."""

    def do(folder: Path) -> None:
        bring_up_to_date(os.environ.get("MINYI_DATABASE_URL") or f"sqlite:///{folder}/data/minyi.db")

    return Step(f"upgrade from {version}", do, loses_captures=True)
