"""Tables as sheets and as Parquet, a stretch of rows at a time: how much memory they need does not grow with them."""

from __future__ import annotations

import tempfile
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

XLSX_CHARACTERS = 32_767
_EXACT_IN_SHEETS = 2**53
_CUT = " … [cut]"
_ROWS_AT_ONCE = 10_000
_ROWS_OF_A_GROUP = 50_000
_PART = 2**20
_WIDE = frozenset({"text", "meaning", "evidence"})
_HEAD = {"bold": True, "border": 1, "align": "center", "valign": "top"}
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def texts_of(frame: pd.DataFrame) -> list[Any]:
    """The columns that hold texts, by name."""
    return [key for key in frame.columns if frame[key].dtype == object or pd.api.types.is_string_dtype(frame[key])]


def stretches(frame: pd.DataFrame, rows: int | None = None) -> Iterator[pd.DataFrame]:
    """The rows in stretches, the first of them even where there are none: pandas needs 10 KB of memory for a row."""
    step = rows or _ROWS_AT_ONCE
    for start in range(0, max(len(frame), 1), step):
        yield frame.iloc[start : start + step]


def xlsx_parts(frame: pd.DataFrame, dictionary: pd.DataFrame) -> Iterator[bytes]:
    """The workbook in parts: the rows, and the dictionary of their columns.

    Texts stay texts: none becomes a formula, link or number; cells beyond Excel's limit are cut and say so. Whole
    numbers beyond a sheet's 53 bits are written as text, so that none loses its last digits.
    """
    yield from _through_a_file(lambda path: _write_book(path, {"rows": frame, "columns": dictionary}))


def parquet_parts(frame: pd.DataFrame) -> Iterator[bytes]:
    """The same as `DataFrame.to_parquet`, in groups of rows."""
    yield from _through_a_file(lambda path: _write_groups(path, frame))


def _through_a_file(write: Callable[[Path], None]) -> Iterator[bytes]:
    """What is written into a file of the system's folder for such files, in parts."""
    with tempfile.TemporaryDirectory(prefix="minyi-") as folder:
        path = Path(folder) / "table"
        write(path)
        with path.open("rb") as file:
            while part := file.read(_PART):
                yield part


def _write_book(path: Path, sheets: dict[str, pd.DataFrame]) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(path, {**_OPTIONS, "tmpdir": str(path.parent)}) as book:
        head = book.add_format(_HEAD)
        for name, frame in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            for at, key in enumerate(frame.columns):
                sheet.set_column(at, at, 60 if key in _WIDE else 18)
                sheet.write_string(0, at, str(key), head)
            _write_rows(sheet, frame)


def _write_rows(sheet: Any, frame: pd.DataFrame) -> None:  # noqa: ANN401  the library has no types
    """Row by row: what a row holds is on the disk once the next one begins."""
    number = 0
    as_digits = [at for at, key in enumerate(frame.columns) if _too_long(frame[key])]
    for stretch in stretches(frame):
        for row in _rows(stretch, as_digits):
            number += 1
            for at, value in enumerate(row):
                _write_cell(sheet, (number, at), value)


def _write_cell(sheet: Any, place: tuple[int, int], value: object) -> None:  # noqa: ANN401  as above
    if isinstance(value, bool | int) or (isinstance(value, float) and isfinite(value)):
        sheet.write(*place, value)
    elif value is not None and (words := fitting(str(value))):
        sheet.write_string(*place, words)


def _too_long(column: pd.Series[Any]) -> bool:
    return column.dtype == "Int64" and bool((column.abs() > _EXACT_IN_SHEETS).any())


def _rows(stretch: pd.DataFrame, as_digits: Sequence[int]) -> Iterator[tuple[object, ...]]:
    """The values of each row, None for what is missing; those of the columns named as texts."""
    columns = []
    for at, key in enumerate(stretch.columns):
        values = stretch[key].astype(object).where(stretch[key].notna(), None).tolist()
        columns.append([None if value is None else str(value) for value in values] if at in as_digits else values)
    return zip(*columns, strict=True)


def fitting(text: str) -> str:
    """A text that a cell holds whole, or as many characters as it holds, with a mark."""
    if len(text) <= XLSX_CHARACTERS // 2:
        return text  # each is two of Excel's at most
    return text if len(text.encode("utf-16-le")) <= 2 * XLSX_CHARACTERS else _first_units(text) + _CUT


def _first_units(text: str) -> str:
    """As many characters as fit into Excel's count of UTF-16 units, with room for the mark."""
    room = 2 * (XLSX_CHARACTERS - len(_CUT))
    return text.encode("utf-16-le")[:room].decode("utf-16-le", "ignore")


def _write_groups(path: Path, frame: pd.DataFrame) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    schema = pa.Schema.from_pandas(frame, preserve_index=False)
    with parquet.ParquetWriter(path, schema) as writer:
        for stretch in stretches(frame, _ROWS_OF_A_GROUP):
            writer.write_table(pa.Table.from_pandas(stretch, schema=schema, preserve_index=False))
