"""One order of text on every database: by code point.

A server orders text by the rules of the language that its database was made for (in `en_US`, "a" comes before "B" and
punctuation hardly counts), SQLite by its bytes; a report's bytes are not to depend on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

if TYPE_CHECKING:
    from sqlalchemy.sql.compiler import SQLCompiler


class by_code_point(FunctionElement[str]):  # noqa: N801  reads as a part of SQL
    """A column of text, to order rows by."""

    inherit_cache = True
    type = Text()


@compiles(by_code_point)
def _as_it_is(element: by_code_point, compiler: SQLCompiler, **how: Any) -> str:  # noqa: ANN401  SQLAlchemy's own
    return compiler.process(element.clauses, **how)


@compiles(by_code_point, "postgresql")
def _collated(element: by_code_point, compiler: SQLCompiler, **how: Any) -> str:  # noqa: ANN401  SQLAlchemy's own
    return f'{compiler.process(element.clauses, **how)} COLLATE "C"'
