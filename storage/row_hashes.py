"""A content hash in every row that reports stand on, so that a bit that turned over on the disk is found.

SQLite notices damage to a page's structure; of 300 bits that turn over somewhere in a file it sees few. The hash is 64
bits of BLAKE2b over everything a row holds. A row that was changed since has none until it is sealed again: the
database itself sees to that (`storage.migrations`), whoever changes it, and every transaction of ours seals before it
ends. A row without a hash that the database does not list as changed is damaged.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from itertools import product
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import REAL, and_, bindparam, event, select

from storage.queries import (
    ANNOTATION,
    ARTICLE,
    CAPTURE,
    CHANGE_COUNT,
    CODING,
    COHORT,
    COMMENT,
    DECLARED,
    FRAMED,
    ITEM,
    JUDGEMENT,
    REJECT,
    REPORT,
    RUN,
    SETTING,
    SOURCE,
    WAITING,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy import Table
    from sqlalchemy.engine import Connection, Engine

WRITTEN = ("comment", "article", "capture", "annotation", "judgement", "framed", "response")
"""The tables whose rows come with their hash, before the database has numbered them: it is over all but the number."""
SEALED = (CHANGE_COUNT, CODING, COHORT, DECLARED, ITEM, REJECT, REPORT, RUN, SETTING, SOURCE, WAITING)
"""The small tables that reports read; their rows are sealed at the end of the transaction, with their numbers."""
HASHED = (COMMENT, ARTICLE, CAPTURE, ANNOTATION, JUDGEMENT, FRAMED, *SEALED)
"""The tables whose rows carry one."""
HASH = "hash"
AT_ONCE = 10_000
_BETWEEN = "\x1f"


@cache
def hashed_names(table: Table) -> tuple[str, ...]:
    """The columns that the hash is over, by name, real numbers last."""
    unknown = {HASH, "key"} if table.name in WRITTEN else {HASH}
    names = [column.name for column in table.c if column.name not in unknown]
    return tuple(sorted(names, key=lambda name: (_is_real(table, name), name)))


def comes_hashed(table: Table) -> bool:
    """Whether all that the hash is over is known before a row is stored."""
    return HASH in table.c and (table.name in WRITTEN or "key" not in table.c)


def _is_real(table: Table, name: str) -> bool:
    return isinstance(table.c[name].type, REAL)


@cache
def _writer(table: Table) -> Callable[[Mapping[str, Any]], bytes]:
    """How a row becomes bytes: its values one after the other, real numbers to the six digits every database keeps.

    Scores are first made the numbers of 32 bits that they are: PostgreSQL gives them with as few digits as tell them
    again, which may be rounded to other six than the number itself.
    """
    names = hashed_names(table)
    reals = sum(_is_real(table, name) for name in names)
    values, plain = itemgetter(*names), ["%s"] * (len(names) - reals)
    lines = {known: _BETWEEN.join([*plain, *map(_form, known)]) for known in product((True, False), repeat=reals)}

    single = struct.Struct(f"{reals}f") if table is ANNOTATION else None

    def written(row: Mapping[str, Any]) -> bytes:
        own = values(row)
        known = tuple(one is not None for one in own[-reals:]) if reals else ()
        if single is not None and all(known):
            with suppress(struct.error, OverflowError):  # whatever it is, it is no score
                own = (*own[:-reals], *single.unpack(single.pack(*own[-reals:])))
        line: str = lines[known] % own
        return line.encode("utf-8", "surrogatepass")

    return written


def _form(known: bool) -> str:
    return "%.6g" if known else "%s"


def hashes(table: Table, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """The hash of each row, as a signed 64-bit number."""
    written, number = _writer(table), int.from_bytes
    return [number(blake2b(written(row), digest_size=8).digest(), "little", signed=True) for row in rows]


def stretches(connection: Connection, table: Table, *, unsealed: bool = False) -> Iterator[Sequence[Mapping[Any, Any]]]:
    """The table's rows, some at a time, in the order of their keys; or those that have no hash."""
    keys = list(table.primary_key.columns)
    query = select(table).order_by(*keys).limit(AT_ONCE)
    if unsealed:
        query = query.where(table.c[HASH].is_(None))
    rows = connection.execute(query).mappings().all()
    while rows:
        yield rows
        if len(rows) < AT_ONCE:
            return
        after = _after(keys, rows[-1])
        rows = connection.execute(query.where(after)).mappings().all()


def _after(keys: Sequence[Any], row: Mapping[Any, Any]) -> Any:  # noqa: ANN401  SQLAlchemy's own kinds of clauses
    from sqlalchemy import literal, tuple_

    return tuple_(*keys) > tuple_(*(literal(row[key.name], key.type) for key in keys))


def seal(connection: Connection, table: Table) -> int:
    """Gives a hash to every row that has none; returns how many those were."""
    keys = [column.name for column in table.primary_key.columns]
    same = and_(*(table.c[name] == bindparam(f"of_{name}") for name in keys))
    statement = table.update().where(same).values({HASH: bindparam("to_hash")})
    sealed = 0
    for rows in stretches(connection, table, unsealed=True):
        found = zip(rows, hashes(table, rows), strict=True)
        connection.execute(
            statement, [{"to_hash": one} | {f"of_{name}": row[name] for name in keys} for row, one in found]
        )
        sealed += len(rows)
    return sealed


_CHANGED = " UNION ALL ".join(
    f"SELECT '{table.name}' WHERE EXISTS (SELECT 1 FROM {table.name} WHERE hash IS NULL)"  # noqa: S608  names of ours
    for table in (COMMENT, ARTICLE, CAPTURE, *SEALED)
)


def seal_before_commits(engine: Engine) -> None:
    """Has every transaction that writes give a hash to whatever it has added or changed without one."""
    event.listen(engine, "commit", _seal_changed)


def _seal_changed(connection: Connection) -> None:
    if connection.get_execution_options().get("writing", False):
        for name in connection.exec_driver_sql(_CHANGED).scalars().all():
            seal(connection, COMMENT.metadata.tables[name])
