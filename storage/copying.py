"""Rows in bulk on PostgreSQL, by COPY: a statement for each row costs its server three times as much.

COPY knows no ON CONFLICT. What may be there already is copied into a temporary table, which the connection keeps and
every transaction leaves empty, and from there those rows that are new are inserted, in the order in which they came.
"""

from __future__ import annotations

from contextlib import contextmanager
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Table
    from sqlalchemy.engine import Connection

FEW = 50
"""So many rows are quicker by COPY than one by one."""


def pays(connection: Connection, rows: Sequence[Any]) -> bool:
    """Whether these rows are worth it."""
    return len(rows) >= FEW and connection.dialect.name == "postgresql"


def add_new(connection: Connection, into: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Inserts the rows whose keys are not taken and returns how many those were; all rows have the same columns."""
    names = list(rows[0])
    fresh, columns = _emptied(connection, into), _listed(names)
    copy(connection, fresh, names, map(itemgetter(*names), rows))
    new = f"INSERT INTO {into.name} ({columns}) SELECT {columns} FROM {fresh} ON CONFLICT DO NOTHING"  # noqa: S608  names of ours
    return connection.exec_driver_sql(new).rowcount


def _emptied(connection: Connection, into: Table) -> str:
    """The name of the temporary table, without what an earlier stretch of this transaction left in it."""
    fresh = f"fresh_{into.name}"
    if connection.exec_driver_sql(f"SELECT to_regclass('pg_temp.{fresh}')").scalar() is None:
        kept = _listed(column.name for column in into.c if column.name != "key")
        like = f"SELECT {kept} FROM {into.name} WITH NO DATA"  # noqa: S608  names of ours
        connection.exec_driver_sql(f"CREATE TEMPORARY TABLE {fresh} ON COMMIT DELETE ROWS AS {like}")
    connection.exec_driver_sql(f"DELETE FROM {fresh}")  # noqa: S608  a name of ours
    return fresh


def copy(connection: Connection, into: str, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Writes rows into a table that holds none of them.

    Raises:
        sqlalchemy.exc.DBAPIError: as every other statement does.
    """
    statement = f"COPY {into} ({_listed(names)}) FROM STDIN"
    raw: Any = connection.connection.driver_connection
    with _as_others(connection, statement), raw.cursor() as cursor, cursor.copy(statement) as stream:
        for row in rows:
            stream.write_row(row)


@contextmanager
def _as_others(connection: Connection, statement: str) -> Iterator[None]:
    """The driver's failures as SQLAlchemy raises them, which has no part in a COPY."""
    from psycopg import Error

    try:
        yield
    except Error as error:
        lost = bool(getattr(connection.connection.driver_connection, "closed", False))
        if lost:
            connection.invalidate(error)
        how: dict[str, Any] = {"hide_parameters": True, "connection_invalidated": lost, "dialect": connection.dialect}
        raise DBAPIError.instance(statement, None, error, Error, **how) from error


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
