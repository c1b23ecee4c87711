"""Whether what is stored is what was written: pages, keys between tables, row hashes, captures, the search index."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from storage.captures import CaptureFailure, Captures
from storage.database import connect, parse_url, reading
from storage.forgotten import CAPTURE_MARK
from storage.queries import CAPTURE, COMMENT, FORGOTTEN, SEARCH_TEXT
from storage.responses import RESPONSE
from storage.row_hashes import HASHED, rows_altered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from sqlalchemy import Table
    from sqlalchemy.engine import Connection, Engine

TOLD = 5
"""Of each kind of damage, how many are named."""


@dataclass(frozen=True, slots=True)
class Damage:
    """One kind of damage in one place.

    Attributes:
        what: pages (SQLite's own check), keys (a row that belongs to none), rows (not what was written), captures
            (files that are gone or changed), or search (comments that are not searchable, or searchable without being
            there).
        table: where.
        n: how many, at least.
        named: the first of them, by key or by SQLite's own words.
    """

    what: str
    table: str
    n: int
    named: tuple[str, ...] = field(default=())


def check(engine: Engine, captures: Captures | None = None) -> list[Damage]:
    """Everything that is found damaged, nothing for a sound database. A million comments take half a minute.

    Args:
        engine: the database.
        captures: the workspace's files, which are read too where they are given.

    Raises:
        CorruptDatabase: it is damaged beyond being read.
    """
    with reading(engine) as connection:
        found = [
            *damaged_pages(connection),
            *_keys(connection),
            *damaged_rows(connection, (*HASHED, RESPONSE)),
            *_search(connection),
        ]
        return found + _captures(connection, captures)


def check_at(address: str, workspace: Path) -> list[Damage]:
    """The same for the database at a URL, and the captures in the folder of a workspace."""
    engine = connect(parse_url(address))
    try:
        return check(engine, Captures(workspace))
    finally:
        engine.dispose()


def damaged_rows(connection: Connection, tables: Iterable[Table] = HASHED) -> list[Damage]:
    """The rows that hold something else than what was written."""
    return [one for table in tables for one in _damage("rows", table.name, list(rows_altered(connection, table)))]


def damaged_pages(connection: Connection, table: str = "", *, quick: bool = False) -> list[Damage]:
    """What SQLite finds wrong itself, in the whole file or in a table and its indices; a server looks after its own.

    Quick is to leave out whether each index holds what its table does.
    """
    if connection.dialect.name != "sqlite":
        return []
    pragma = f"{'quick' if quick else 'integrity'}_check" + (f"({table})" if table else "")
    said = [" ".join(str(row[0]).split()) for row in connection.exec_driver_sql(f"PRAGMA {pragma}")]
    return list(_damage("pages", table, [line for line in said if line != "ok"]))


def _damage(what: str, table: str, named: list[str]) -> Iterator[Damage]:
    if named:
        yield Damage(what, table, len(named), tuple(named[:TOLD]))


def _keys(connection: Connection) -> list[Damage]:
    """PostgreSQL sees to it itself."""
    if connection.dialect.name != "sqlite":
        return []
    lost: dict[str, list[str]] = {}
    for table, row, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        lost.setdefault(str(table), []).append(f"{'' if row is None else row} of {parent}".strip())
    return [one for table, named in lost.items() for one in _damage("keys", table, named)]


def _search(connection: Connection) -> Iterator[Damage]:
    unsearchable = select(COMMENT.c.key).where(COMMENT.c.key.not_in(select(SEARCH_TEXT.c.comment)))
    yield from _damage("search", "search_text", [str(key) for key in connection.execute(unsearchable).scalars()])


def _captures(connection: Connection, captures: Captures | None) -> list[Damage]:
    if captures is None:
        return []
    wrong = []
    removed = select(FORGOTTEN.c.id).where(FORGOTTEN.c.id.startswith(CAPTURE_MARK, autoescape=True))
    gone = {mark.removeprefix(CAPTURE_MARK) for mark in connection.execute(removed).scalars()}
    for name in connection.execute(select(func.distinct(CAPTURE.c.sha256)).order_by(CAPTURE.c.sha256)).scalars():
        if name in gone:  # with what was forgotten, or because its time was over
            continue
        try:
            captures.read(name)
        except CaptureFailure as failure:
            wrong.append(str(failure.where))
    return list(_damage("captures", "capture", wrong))
