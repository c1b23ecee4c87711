"""Columns of the tables: their types on SQLite and PostgreSQL, and the hash of a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import REAL, BigInteger, Integer, Text
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

if TYPE_CHECKING:
    from sqlalchemy import Dialect
    from sqlalchemy.types import TypeEngine

STRICT = {"sqlite_strict": True}


def one_of(column: str, *values: str) -> str:
    """A CHECK that a column holds one of these. SQLite builds a table for every IN of a row: 10 microseconds each."""
    return " OR ".join(f"{column} = '{value}'" for value in values)


class Int64(TypeDecorator[int]):
    """A 64-bit integer: BIGINT, and on SQLite INTEGER, which is as wide and the only name STRICT allows."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """INTEGER on SQLite, BIGINT elsewhere."""
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else BigInteger())


def text_column(**settings: Any) -> Any:  # noqa: ANN401  SQLModel's Field says the same
    """A column of text."""
    return Field(sa_type=Text, **settings)


def whole_column(**settings: Any) -> Any:  # noqa: ANN401
    """A column of 64-bit integers."""
    return Field(sa_type=Int64, **settings)


def real_column(**settings: Any) -> Any:  # noqa: ANN401
    """A column of real numbers."""
    return Field(sa_type=REAL, **settings)


def key_column() -> Any:  # noqa: ANN401
    """A key that the database counts up."""
    return Field(default=None, sa_type=Int64, primary_key=True)


class Sealed(SQLModel):
    """A row that may be changed and carries its hash, but for the moment between a change and the next seal.

    Those without one stand in an index of their own, which the migrations make and no class tells of: to tell of it
    would load PostgreSQL's part of SQLAlchemy in every command.
    """

    hash: int | None = whole_column()
