"""A content hash in every row, so that a bit that turned over on the disk is found.

SQLite notices damage to a page's structure; of 300 bits that turn over somewhere in a file it sees few. The hash is 64
bits of BLAKE2b over everything a row holds. A row that was changed since has none until it is sealed again: the
database itself sees to that (`storage.migrations`), whoever changes it, and every transaction of ours seals before it
ends. A row without a hash that the database does not list as changed is damaged.
"""

from __future__ import annotations

import struct
from functools import cache
from hashlib import blake2b
from itertools import product
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import REAL, and_, bindparam, event, select
from sqlalchemy.exc import OperationalError

from storage.queries import (
    ACT,
    AGREEMENT,
    ANNOTATION,
    ARTICLE,
    ASKED,
    CAPTURE,
    CHANGE_COUNT,
    CODING,
    COHORT,
    COMMENT,
    DECLARED,
    EVENT,
    FETCHED,
    FILE_IMPORT,
    FINDING,
    FORGOTTEN,
    FRAMED,
    ITEM,
    JOB_WINDOW,
    JUDGEMENT,
    REJECT,
    REPORT,
    RUN,
    SETTING,
    SOURCE,
    SOURCE_STATE,
    STUDY,
    WAITING,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Table
    from sqlalchemy.engine import Connection, Engine

WRITTEN = ("comment", "article", "capture", "annotation", "judgement", "framed", "response")
"""The tables whose rows come with their hash, before the database has numbered them: it is over all but the number."""
SEALED = (CHANGE_COUNT, CODING, COHORT, DECLARED, ITEM, REJECT, REPORT, RUN, SETTING, SOURCE, WAITING)
"""The small tables that reports read; their rows are sealed at the end of the transaction, with their numbers."""
ASIDE = (ACT, AGREEMENT, ASKED, EVENT, FETCHED, FILE_IMPORT, FINDING, FORGOTTEN, JOB_WINDOW, SOURCE_STATE, STUDY)
"""Those that no report is made of, sealed likewise: some grow with every request."""
CHANGING = (COMMENT, ARTICLE, CAPTURE, *SEALED, *ASIDE)
"""The tables whose rows may change; those without a hash are listed by an index."""
HASHED = (COMMENT, ARTICLE, CAPTURE, ANNOTATION, JUDGEMENT, FRAMED, *SEALED, *ASIDE)
"""The tables whose rows carry one."""
HASH = "hash"
AT_ONCE = 10_000
_ROWS_AT_ONCE = 600  # see storage.frames
_BETWEEN = "\x1f"
_IN_OURS = "user-defined function raised exception"
_number_of = struct.Struct("<q").unpack


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
def _writer(table: Table) -> Callable[[tuple[Any, ...]], bytes]:
    """How the values of a row, in the order of `hashed_names`, become bytes.

    They stand one after the other, real numbers with the six digits that every database keeps. Scores are first made
    the numbers of 32 bits that they are: PostgreSQL gives them with as few digits as tell them again, which may be
    rounded to other six than the number itself.
    """
    names = hashed_names(table)
    reals = sum(_is_real(table, name) for name in names)
    plain = ["%s"] * (len(names) - reals)
    lines = {known: _BETWEEN.join([*plain, *map(_form, known)]) for known in product((True, False), repeat=reals)}

    def written(own: tuple[Any, ...]) -> bytes:
        known = tuple([one is not None for one in own[-reals:]]) if reals else ()
        line: str = lines[known] % own
        return line.encode("utf-8", "surrogatepass")

    return _with_scores(written, lines[(True,) * reals], reals) if table is ANNOTATION else written


def _with_scores(
    written: Callable[[tuple[Any, ...]], bytes], line: str, reals: int
) -> Callable[[tuple[Any, ...]], bytes]:
    """The same for a table of scores, of which there are many, and nearly always all of a row's are known."""
    single = struct.Struct(f"{reals}f")
    pack, unpack = single.pack, single.unpack

    def written_single(own: tuple[Any, ...]) -> bytes:
        if own[-1] is None:
            return written(own)
        try:
            said: str = line % (own[:-reals] + unpack(pack(*own[-reals:])))
        except (struct.error, OverflowError):  # whatever it is, it is no score
            return written(own)
        return said.encode("utf-8", "surrogatepass")

    return written_single


def _form(known: bool) -> str:
    return "%.6g" if known else "%s"


def hashes(table: Table, rows: Sequence[Mapping[Any, Any]]) -> list[int]:
    """The hash of each row, as a signed 64-bit number."""
    return hashes_of(table, map(itemgetter(*hashed_names(table)), rows))


def hashes_of(table: Table, rows: Iterable[tuple[Any, ...]]) -> list[int]:
    """The hash of each row, given as its values in the order of `hashed_names`."""
    return _digests(list(map(_writer(table), rows)))


def stretches(connection: Connection, table: Table, *, unsealed: bool = False) -> Iterator[Sequence[Mapping[Any, Any]]]:
    """The table's rows, some at a time, in the order of their keys; or those that have no hash."""
    keys = list(table.primary_key.columns)
    query = select(table).order_by(*keys).limit(AT_ONCE)
    if unsealed:  # held until the transaction ends: else one that changes them meanwhile would get the hash of before
        query = query.where(table.c[HASH].is_(None)).with_for_update()
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
    for table in CHANGING
)


def seal_before_commits(engine: Engine) -> None:
    """Has every transaction that writes give a hash to whatever it has added or changed without one."""
    event.listen(engine, "commit", _seal_changed)


def _seal_changed(connection: Connection) -> None:
    if connection.get_execution_options().get("writing", False):
        for name in connection.exec_driver_sql(_CHANGED).scalars().all():
            seal(connection, COMMENT.metadata.tables[name])


def rows_altered(connection: Connection, table: Table, where: str = "") -> Iterator[str]:
    """The keys of rows that hold something else than what was written, by a walk through the table past every index.

    A row without a hash is one of them, unless the database lists it as changed since: the next transaction seals it.

    Args:
        connection: where to ask.
        table: one of HASHED.
        where: which of its rows, as SQL; all by default.
    """
    suspects = (_differing_here if connection.dialect.name == "sqlite" else _differing)(connection, table, where)
    if suspects:
        yield from _surely(connection, table, suspects)


def _differing_here(connection: Connection, table: Table, where: str) -> list[tuple[Any, ...]]:
    """The keys of rows whose hash is another as SQLite puts them together; only those leave it."""
    connection.connection.driver_connection.create_function("row_hash", 1, _digest)  # type: ignore[union-attr]
    keys = ", ".join(column.name for column in table.primary_key.columns)
    query = f"SELECT {keys} FROM {table.name} NOT INDEXED {where} {'AND' if where else 'WHERE'}"  # noqa: S608  names of ours
    try:
        return list(map(tuple, connection.exec_driver_sql(f"{query} {HASH} IS NOT row_hash({_line_in_sql(table)})")))
    except OperationalError as error:
        if _IN_OURS in str(error):  # which raises nothing of its own: SQLite made an error of an interrupt
            raise KeyboardInterrupt from None
        raise


def _differing(connection: Connection, table: Table, where: str) -> list[tuple[Any, ...]]:
    keys = [column.name for column in table.primary_key.columns]
    listed = ", ".join(f'"{name}"' for name in [*keys, HASH, *hashed_names(table)])  # some are PostgreSQL's words
    query = f"SELECT {listed} FROM {table.name} {where}"  # noqa: S608  names of ours
    suspects: list[tuple[Any, ...]] = []
    at = len(keys)
    with connection.exec_driver_sql(query, execution_options={"stream_results": True}) as streamed:
        for rows in streamed.partitions(_ROWS_AT_ONCE):
            found = _hashes_or_none(table, [row[at + 1 :] for row in rows])
            suspects += [tuple(row[:at]) for row, own in zip(rows, found, strict=True) if row[at] != own]
    return suspects


def _surely(connection: Connection, table: Table, suspects: Sequence[tuple[Any, ...]]) -> Iterator[str]:
    """Those that are not listed as changed, and whose hash differs as it is worked out here too."""
    keys = list(table.primary_key.columns)
    listed = (
        set(map(tuple, connection.execute(select(*keys).where(table.c[HASH].is_(None)))))
        if table in CHANGING
        else set()
    )
    for suspect in suspects:
        if suspect not in listed:
            same = and_(*(key == value for key, value in zip(keys, suspect, strict=True)))
            row = connection.execute(select(table).where(same)).mappings().first()
            if row is None or row[HASH] is None or _hashes_or_none(table, [_values(table, row)]) != [row[HASH]]:
                yield "/".join(map(str, suspect))


def _values(table: Table, row: Mapping[Any, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in hashed_names(table))


def _hashes_or_none(table: Table, rows: Sequence[tuple[Any, ...]]) -> list[int | None]:
    """The hash of each row; none of one that holds what no such row can."""
    try:
        return list(hashes_of(table, rows))
    except (TypeError, ValueError):
        return [None] if len(rows) == 1 else [_hashes_or_none(table, [row])[0] for row in rows]


@cache
def _line_in_sql(table: Table) -> str:
    """What a row is hashed as, put together by SQLite: in a third of the time.

    It rounds one score of 100,000 otherwise; whether a row that differs is damaged is for `_surely` to say.
    """
    names = hashed_names(table)
    said = [f"coalesce({name}, 'None')" if table.c[name].nullable else name for name in names]
    line = _printed(["%s"] * len(names), said)
    reals = [name for name in names if _is_real(table, name)]
    if reals:  # nearly always all of them are known
        plain = len(names) - len(reals)
        known = _printed(["%s"] * plain + [_form(known=True)] * len(reals), [*said[:plain], *reals])
        line = f"iif({reals[-1]} IS NULL, {line}, {known})"
    return f"CAST({line} AS BLOB)"


def _printed(forms: Sequence[str], values: Sequence[str]) -> str:
    return f"printf('{_BETWEEN.join(forms)}', {', '.join(values)})"


def _digests(lines: Sequence[bytes]) -> list[int]:
    return list(map(_digest, lines))


def _digest(line: bytes) -> int:
    number: int = _number_of(blake2b(line, digest_size=8).digest())[0]
    return number
