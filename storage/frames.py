"""Rows as a DataFrame, column by column, in little memory.

Strings that repeat become categories, integers that may be unknown `Int64`, scores float32, all other strings object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray
    from sqlalchemy import Select
    from sqlalchemy.engine import Connection

# Below the garbage collector's first threshold (700): with 20,000 rows alive at once it takes half of the time.
ROWS_AT_ONCE = 600


class Column(Protocol):
    """Takes a column's values stretch by stretch and gives them back as one array."""

    def add(self, values: Sequence[Any]) -> None:
        """The next stretch of values."""

    def array(self) -> Any:  # noqa: ANN401  NumPy or pandas array, as the column needs
        """All values."""


class Strings:
    """Strings that are mostly distinct."""

    def __init__(self) -> None:
        self._values: list[str | None] = []

    def add(self, values: Sequence[str | None]) -> None:
        """The next stretch of values."""
        self._values.extend(values)

    def array(self) -> pd.Series[Any]:
        """An object column, None where unknown."""
        return pd.Series(self._values, dtype=object)


class _Codes(dict[Any, int]):
    """Numbers values in the order of their first appearance."""

    def __missing__(self, value: Any) -> int:  # noqa: ANN401
        self[value] = code = len(self)
        return code


class Categories:
    """Strings that repeat: each is held once."""

    def __init__(self, fixed: Sequence[str] = ()) -> None:
        self._fixed = bool(fixed)
        self._codes = _Codes({value: code for code, value in enumerate(fixed)})
        self._stretches: list[NDArray[np.int32]] = []

    def add(self, values: Sequence[str | None]) -> None:
        """The next stretch of values."""
        self._stretches.append(np.fromiter(map(self._codes.__getitem__, values), np.int32, len(values)))

    def array(self) -> pd.Categorical:
        """A categorical: its categories as they were given, or sorted."""
        known = [value for value in self._codes if value is not None]
        ordered = known if self._fixed else sorted(known)
        rank = np.full(len(self._codes) + 1, -1, np.int32)
        for position, value in enumerate(ordered):
            rank[self._codes[value]] = position
        return pd.Categorical.from_codes(rank[_joined(self._stretches, np.int32)], pd.Index(ordered, dtype=object))


class Whole:
    """Integers, some of them unknown."""

    def __init__(self) -> None:
        self._stretches: list[NDArray[np.int64]] = []
        self._gaps: list[NDArray[np.bool_]] = []

    def add(self, values: Sequence[int | None]) -> None:
        """The next stretch of values."""
        gaps = np.zeros(len(values), np.bool_)
        if None in values:
            gaps = np.fromiter((value is None for value in values), np.bool_, len(values))
            values = [value or 0 for value in values]
        self._gaps.append(gaps)
        self._stretches.append(np.array(values, np.int64))

    def array(self) -> pd.arrays.IntegerArray:
        """An Int64 column, NA where unknown."""
        return pd.arrays.IntegerArray(_joined(self._stretches, np.int64), _joined(self._gaps, np.bool_))


class Known(Whole):
    """Integers that are always known."""

    def array(self) -> Any:  # noqa: ANN401
        """An int64 column."""
        return _joined(self._stretches, np.int64)


class Truth(Whole):
    """Yes, no or unknown."""

    def array(self) -> Any:  # noqa: ANN401
        """A boolean column, NA where unknown."""
        return pd.arrays.BooleanArray(_joined(self._stretches, np.int64).astype(bool), _joined(self._gaps, np.bool_))


class Scores:
    """Scores, as the classifier gave them."""

    def __init__(self) -> None:
        self._stretches: list[NDArray[np.float32]] = []

    def add(self, values: Sequence[float | None]) -> None:
        """The next stretch of values."""
        self._stretches.append(np.array(values, np.float32))

    def array(self) -> NDArray[np.float32]:
        """A float32 column, NaN where unknown."""
        return _joined(self._stretches, np.float32)


def stances() -> Categories:
    """The four stances, in the codebook's order, whether they occur or not."""
    return Categories([str(stance) for stance in STANCES])


def frame_of(connection: Connection, query: Select[Any], kinds: Mapping[str, Callable[[], Column]]) -> pd.DataFrame:
    """Every row of a query, its columns built by `kinds` (in the query's order).

    Args:
        connection: where to ask.
        query: rows whose columns are those of `kinds`.
        kinds: for each column, what builds it.
    """
    columns = [kind() for kind in kinds.values()]
    with connection.execution_options(stream_results=True).execute(query) as result:
        for stretch in result.partitions(ROWS_AT_ONCE):
            for column, values in zip(columns, zip(*stretch, strict=True), strict=True):
                column.add(values)
    return pd.DataFrame({name: column.array() for name, column in zip(kinds, columns, strict=True)}, copy=False)


def rows_of(connection: Connection, query: Select[Any], names: Iterable[str]) -> list[dict[str, Any]]:
    """The rows of a query that has few of them, as dictionaries with these names, None where unknown; without pandas.

    Args:
        connection: where to ask.
        query: rows whose columns are those of `names`.
        names: of the columns, in the query's order.
    """
    names = list(names)
    return [dict(zip(names, row, strict=True)) for row in connection.execute(query)]


def _joined(stretches: list[NDArray[Any]], dtype: Any) -> NDArray[Any]:  # noqa: ANN401
    return np.concatenate(stretches) if stretches else np.empty(0, dtype)
