"""Rows of one table or view of an SQLite database that somebody else wrote.

The file is opened read-only and as it stands (`immutable`): nothing is written beside it, and no lock is taken. What a
hostile file could do is shut off: extensions, functions a schema calls, writing, attaching, and queries that never end.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from scrapers.columns import guess_columns
from scrapers.files.delimited import Row, header_of
from scrapers.files.options import FileError
from scrapers.files.presets import comments_in
from scrapers.files.rows import plain, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapers.files.blobs import Blob

MEMORY_LIMIT = 512 << 20
CELL_LIMIT = 16_000_000
MOST_VIEW_ROWS = 2_000_000
ROW_SECONDS = 20.0
GUESS_SECONDS = 2.0
_STEPS = 20_000
_SAMPLED_ROWS = 200
_MOST_TABLES = 200
_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
# A message about a broken schema may itself hold broken text, and then it is no sqlite3.Error.
_FAILURES = (sqlite3.Error, UnicodeError, OverflowError, MemoryError)
_WAL_VERSION = slice(18, 20)


@dataclass(slots=True)
class Table:
    """One table or view that is read.

    Attributes:
        name: as the database calls it.
        columns: their names.
        trouble: why reading ended before the last row, if it did.
    """

    name: str
    columns: list[str]
    trouble: str = field(default="", init=False)
    _base: _Base
    _view: bool = False

    def rows(self) -> Iterator[Row]:
        """Its rows, numbered from 1, as they are stored."""
        try:
            for number, cells in enumerate(self._base.select(self.name, ROW_SECONDS), start=1):
                if self._view and number > MOST_VIEW_ROWS:
                    self.trouble = f"the view gives more than {MOST_VIEW_ROWS:,} rows"
                    break
                yield Row(number, dict(zip(self.columns, cells, strict=False)))
        except _FAILURES as error:
            self.trouble = _reason(error)
        finally:
            self._base.close()

    def remarks(self) -> dict[str, int]:
        """What was odd about the file."""
        return {"rows in the -wal file beside the database are not read": 1} if self._base.behind else {}


def read_database(blob: Blob, wanted: str | None) -> Table:
    """The table asked for, or the one that holds comments.

    Raises:
        FileError: this is no database, it has no such table, or several tables may be meant.
    """
    base = _Base(blob)
    try:
        tables = base.tables()
        name = _asked(tables, wanted, blob.name) if wanted is not None else _chosen(base, tables, blob.name)
        return Table(name, header_of(base.columns(name), blob.name), base, tables[name] == "view")
    except _FAILURES as error:
        base.close()
        remedy = "Get the file again, or export the table as CSV."
        raise FileError(f"The database cannot be read: {_reason(error)}.", where=blob.name, remedy=remedy) from error
    except FileError:
        base.close()
        raise


class _Base:
    """A database opened for reading only.

    Attributes:
        behind: a write-ahead log lies beside it, with rows that are not in it yet.
    """

    def __init__(self, blob: Blob) -> None:
        self.behind = False
        self._deadline = 0.0
        self._connection = self._opened(blob)

    def _opened(self, blob: Blob) -> sqlite3.Connection:
        if blob.path is not None and not blob.packed:
            path = blob.path.resolve()
            log = path.with_name(f"{path.name}-wal")
            self.behind = log.is_file() and log.stat().st_size > 0
            address = f"{path.as_uri()}?mode=ro&immutable=1"
            connection = sqlite3.connect(address, uri=True, isolation_level=None)
        else:
            data = bytearray(blob.whole(MEMORY_LIMIT))
            data[_WAL_VERSION] = b"\1\1"  # a database in memory has no log beside it
            connection = sqlite3.connect(":memory:", isolation_level=None)
            connection.deserialize(bytes(data))
        self._shut(connection)
        return connection

    def _shut(self, connection: sqlite3.Connection) -> None:
        for setting in ("query_only = ON", "trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0"):
            connection.execute(f"PRAGMA {setting}")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, CELL_LIMIT)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        connection.text_factory = lambda data: data.decode("utf-8", "replace")
        connection.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY)
        connection.set_progress_handler(lambda: monotonic() > self._deadline, _STEPS)

    def tables(self) -> dict[str, str]:
        """Name → `table` or `view`, without SQLite's own and virtual ones."""
        self._deadline = monotonic() + GUESS_SECONDS
        found = self._connection.execute(
            "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE"
            " '\\' AND sql NOT LIKE 'CREATE VIRTUAL%' LIMIT ?",
            (_MOST_TABLES,),
        )
        return {name: kind for name, kind in found if isinstance(name, str) and "\0" not in name}

    def columns(self, table: str) -> list[str]:
        """The names of a table's columns."""
        self._deadline = monotonic() + GUESS_SECONDS
        found = self._connection.execute(f"SELECT * FROM {_quoted(table)} LIMIT 0")  # noqa: S608  quoted
        return [column[0] for column in found.description]

    def select(self, table: str, seconds: float, most: int = -1) -> Iterator[tuple[object, ...]]:
        """Rows; `seconds` is the longest that one of them may take."""
        self._deadline = monotonic() + seconds
        for cells in self._connection.execute(f"SELECT * FROM {_quoted(table)} LIMIT ?", (most,)):  # noqa: S608  quoted
            yield cells
            self._deadline = monotonic() + seconds

    def close(self) -> None:
        """Let go of the file; a second time does nothing."""
        self._connection.close()

    def __del__(self) -> None:
        if hasattr(self, "_connection"):
            self.close()


def _asked(tables: dict[str, str], wanted: str, file: str) -> str:
    if wanted not in tables:
        raise FileError(f"There is no table “{wanted}”.", where=file, remedy=f"Its tables are: {_listed(tables)}.")
    return wanted


def _chosen(base: _Base, tables: dict[str, str], file: str) -> str:
    """The one table of comments that a known tool wrote, else the one with a column of text."""
    texts, exports = [], []
    until = monotonic() + 5 * GUESS_SECONDS
    for name in tables:
        if monotonic() > until:
            break
        samples = _samples(base, name)
        if any(samples.values()):
            exports += [name] * comments_in(samples)
            texts += [name] * ("text" in guess_columns(samples))
    if len(found := exports or texts) == 1:
        return found[0]
    if not found:
        remedy = f"Its tables are: {_listed(tables)}. Name one: table = “…”." if tables else ""
        raise FileError("No table has a column that looks like the text of comments.", where=file, remedy=remedy)
    remedy = f'Name one in the study file (table = "…") or with --table: {_listed(found)}.'
    raise FileError("Several tables may hold the comments.", where=file, remedy=remedy)


def _samples(base: _Base, table: str) -> dict[str, list[str]]:
    """Column → values of the first rows; a view that fails or takes too long has none."""
    samples: dict[str, list[str]] = {}
    try:
        samples = {column: [] for column in base.columns(table)}
        for cells in base.select(table, GUESS_SECONDS, _SAMPLED_ROWS):
            for column, value in zip(samples, map(tidy, map(plain, cells)), strict=False):
                samples[column].extend([value] if value else [])
    except _FAILURES:
        return samples
    return samples


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _listed(tables: dict[str, str] | list[str]) -> str:
    names = list(tables)
    return ", ".join(name[:60] for name in names[:20]) + (" …" if len(names) > 20 else "")  # noqa: PLR2004


def _reason(error: Exception) -> str:
    said = str(error)
    if "interrupted" in said:
        return f"a row took longer than {ROW_SECONDS:.0f} s"
    if "too big" in said:
        return f"a cell holds more than {CELL_LIMIT // 1_000_000} million characters"
    if isinstance(error, MemoryError):
        return "it does not fit into memory"
    return f"SQLite says: {said}" if isinstance(error, sqlite3.Error) else "its schema is broken"
