"""Keeping the search index in step with the comments: filled where they are added, emptied where they leave.

The searched form of a comment lies in `search_text` and leaves with it. `search_gram` holds its groups
(`storage.search.words`): on SQLite in an FTS5 table, to which must be said what is taken out; on PostgreSQL in an
array, which leaves with its comment. Neither holds a word that could be read.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, SmallInteger, column, func, select, table, text

from storage import copying
from storage.frames import ROWS_AT_ONCE
from storage.queries import COMMENT, SEARCH_TEXT
from storage.search.words import GROUP_BITS, grouped, searched_and_grouped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Select, TableClause
    from sqlalchemy.engine import Connection

AT_ONCE = 5_000
_FIRST_GROUP = 0x4E00
_NUMBERS = {chr(_FIRST_GROUP + number): str(number) for number in range(1 << GROUP_BITS)}
_ADD = "INSERT INTO search_gram (rowid, grams) VALUES (?, ?)"
_TAKE_OUT = "INSERT INTO search_gram (search_gram, rowid, grams) VALUES ('delete', ?, ?)"
_TIDY = "INSERT INTO search_gram (search_gram) VALUES ('optimize')"


@cache
def gram() -> TableClause:
    """PostgreSQL's index; SQLite's has a `rowid` in place of `comment`."""
    from sqlalchemy.dialects.postgresql import ARRAY  # takes as long to import as all of storage

    return table("search_gram", column("comment", BigInteger), column("grams", ARRAY(SmallInteger)))


def last_key(connection: Connection) -> int:
    """The highest key of a comment: what is added next gets a higher one."""
    return int(connection.execute(select(func.coalesce(func.max(COMMENT.c.key), 0))).scalar_one())


def index_comments(connection: Connection, after: int, run: int | None = None) -> None:
    """Index every comment with a higher key than this; of one run, where others may be adding at the same time."""
    chosen = select(COMMENT.c.key, COMMENT.c.text).order_by(COMMENT.c.key).limit(AT_ONCE)
    if run is not None:
        chosen = chosen.where(COMMENT.c.run == run)
    texts = _texts(connection, chosen.where(COMMENT.c.key > after))
    while texts:
        keys = list(texts)
        _add(connection, keys, *searched_and_grouped(list(texts.values())))
        texts = _texts(connection, chosen.where(COMMENT.c.key > keys[-1])) if len(keys) == AT_ONCE else {}


def _texts(connection: Connection, query: Select[Any]) -> dict[int, str]:
    texts: dict[int, str] = {}
    for stretch in connection.execute(query).partitions(ROWS_AT_ONCE):
        texts.update({row[0]: row[1] for row in stretch})
    return texts


def _add(connection: Connection, keys: Sequence[int], forms: Sequence[str], groups: Sequence[str]) -> None:
    if connection.dialect.name == "sqlite":
        form = "INSERT INTO search_text (comment, folded) VALUES (?, ?)"
        connection.exec_driver_sql(form, list(zip(keys, forms, strict=True)))
        connection.exec_driver_sql(_ADD, list(zip(keys, groups, strict=True)))
        return
    copying.copy(connection, "search_text", ("comment", "folded"), zip(keys, forms, strict=True))
    copying.copy(connection, "search_gram", ("comment", "grams"), zip(keys, map(_array, groups), strict=True))


def _array(groups: str) -> str:
    """A text's groups as PostgreSQL writes an array of them, each once; the driver takes ten times as long to."""
    return f"{{{','.join(map(_NUMBERS.__getitem__, sorted({*groups.split()})))}}}"


def numbers(groups: str) -> list[int]:
    """Groups as PostgreSQL is asked for them: each once."""
    return sorted({ord(group) - _FIRST_GROUP for group in groups.replace(" ", "")})


def take_out(connection: Connection, which: ColumnElement[bool]) -> int:
    """Take comments that are about to be deleted out of the index; returns how many.

    FTS5 only notes that they are gone, until `tidy` or the next merge.
    """
    if connection.dialect.name != "sqlite":
        return 0
    here = select(SEARCH_TEXT.c.comment, SEARCH_TEXT.c.folded).join(COMMENT, COMMENT.c.key == SEARCH_TEXT.c.comment)
    rows = connection.execute(here.where(which)).all()
    if rows:
        groups = grouped([row.folded for row in rows])
        connection.exec_driver_sql(_TAKE_OUT, [(row.comment, line) for row, line in zip(rows, groups, strict=True)])
    return len(rows)


def tidy(connection: Connection) -> None:
    """Leave no trace in the index of what was taken out. It is written anew: 0.3 s for each 100,000 comments."""
    if connection.dialect.name == "sqlite":
        connection.execute(text(_TIDY))
