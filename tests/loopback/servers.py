"""Studies whose databases are on a server instead of in their folders, for tests that know nothing of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlmodel import SQLModel

from storage.database import connect, parse_url, reading, writing
from storage.search.index import index_comments

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class OnServer:
    """A database on the server for each folder; where a file was copied into the folder, its rows are moved there."""

    def __init__(self, made: Callable[[], str]) -> None:
        self._made = made
        self._urls: dict[Path, str] = {}

    def __call__(self, _parsed: Any, folder: Path) -> str:
        """The address of a folder's database, as `minyi.study_file` asks for it."""
        file = folder.resolve() / "data" / "minyi.db"
        if given := os.environ.get("MINYI_DATABASE_URL"):
            return given
        if file not in self._urls:
            self._urls[file] = self._made()
            if file.exists():
                move(file, self._urls[file])
        return self._urls[file]


def move(file: Path, url: str) -> None:
    """The rows of a SQLite database on a server, with their keys; the search index is the server's own."""
    here, there = connect(parse_url(f"sqlite:///{file}")), connect(parse_url(url))
    with reading(here) as source, writing(there) as connection:
        for table in SQLModel.metadata.sorted_tables:
            rows = [dict(row) for row in source.execute(select(table)).mappings()]
            if rows and table.name != "search_text":
                connection.execute(table.insert(), rows)
                if "key" in table.c:
                    last = f"SELECT setval(pg_get_serial_sequence('{table.name}', 'key'), max(key)) FROM {table.name}"
                    connection.exec_driver_sql(last)
        index_comments(connection, 0)
    here.dispose()
    there.dispose()
    file.unlink()
