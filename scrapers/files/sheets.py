"""Rows of an XLSX sheet; a workbook that would inflate beyond its cap is refused before anything reads it."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from datetime import date, datetime, time
from itertools import chain
from typing import TYPE_CHECKING

from python_calamine import CalamineError, CalamineWorkbook

from scrapers.files.delimited import Row, header_of
from scrapers.files.options import FileError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from python_calamine import CalamineSheet

PACKED_LIMIT = 256 << 20
INFLATED_LIMIT = 768 << 20
_MOST_PARTS = 20_000
_DENSE, _DENSEST = 32 << 20, 200  # a part of this size that inflates so many times holds one thing over and over
_CHUNK = 1 << 20
_EXACT = 2**53
_TITLE_ROWS = 10
_MOST_CELLS = 20_000_000
_CELL = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,3})(\d{1,7})["']""")


def read_sheet(data: bytes, sheet: str | int | None, name: str) -> tuple[list[str], Iterator[Row]]:
    """The header (the first row that is no title), and the rows below it.

    Raises:
        FileError: this is no workbook, it is too large, or it has no such sheet.
    """
    _check_size(data, name)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        chosen = _chosen(book, sheet, name)
    except CalamineError as error:
        raise FileError(
            f"The workbook cannot be read ({error}).", where=name, remedy="Save it again as XLSX."
        ) from error
    rows = _numbered(chosen)
    first = [row for _, row in zip(range(_TITLE_ROWS), rows, strict=False)]
    at = _header_at([cells for _, cells in first])
    names = header_of([str(cell) for cell in first[at][1]] if first else [], name)
    return names, _rows(chain(first[at + 1 :], rows), names)


def read_rows(data: bytes, name: str) -> Iterator[tuple[str, Iterator[tuple[int, list[object]]]]]:
    """Every sheet that holds anything: its name, and its rows with their numbers, each from column A on.

    Raises:
        FileError: this is no workbook, or it is too large.
    """
    _check_size(data, name)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for found in map(book.get_sheet_by_name, book.sheet_names):
            if found.height:
                left = [""] * (found.start or (0, 0))[1]  # the reader leaves out columns that are empty throughout
                yield found.name, ((number, [*left, *cells]) for number, cells in _numbered(found))
    except CalamineError as error:
        raise FileError(
            f"The workbook cannot be read ({error}).", where=name, remedy="Save it again as XLSX."
        ) from error


def _header_at(rows: list[list[object]]) -> int:
    """The first row that is at least half as full as the fullest: a title above the table has one cell."""
    filled = [sum(cell != "" for cell in cells) for cells in rows]
    return next((place for place, count in enumerate(filled) if count and count * 2 >= max(filled)), 0)


def _rows(numbered: Iterator[tuple[int, list[object]]], header: list[str]) -> Iterator[Row]:
    for number, cells in numbered:
        if any(cell != "" for cell in cells):
            yield Row(number, dict(zip(header, cells, strict=False)))


def _chosen(book: CalamineWorkbook, sheet: str | int | None, name: str) -> CalamineSheet:
    names = book.sheet_names
    if isinstance(sheet, int) and 1 <= sheet <= len(names):
        return book.get_sheet_by_index(sheet - 1)
    if isinstance(sheet, str) and sheet in names:
        return book.get_sheet_by_name(sheet)
    if sheet is not None or not names:
        raise FileError(f"There is no sheet {sheet!r}.", where=name, remedy=f"Its sheets are: {', '.join(names)}.")
    filled = (found for found in map(book.get_sheet_by_name, names) if found.height)
    return next(filled, None) or book.get_sheet_by_index(0)


def _numbered(sheet: CalamineSheet) -> Iterator[tuple[int, list[object]]]:
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        yield number, [_cell(cell) for cell in cells]


def _cell(value: object) -> object:
    """Dates as ISO text; whole numbers as integers, as long as a sheet keeps them exactly."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return value.strip() if isinstance(value, str) else value


def _check_size(data: bytes, name: str) -> None:
    """Inflate every part under the cap, since the sizes a zip declares may lie, and measure every sheet.

    A sheet takes room for its whole rectangle: two cells in opposite corners would fill the memory of any machine.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            entries = parts.infolist()
        if len(entries) > _MOST_PARTS:
            raise _too_large(name)
        room = INFLATED_LIMIT
        for entry in entries:
            corner, size, densest = _Corner(), 0, max(_DENSE, _DENSEST * entry.compress_size)
            for piece in _pieces(data, entry):
                room, size = room - len(piece), size + len(piece)
                corner.see(piece)
                if room < 0 or size > densest or corner.row * corner.column > _MOST_CELLS:
                    raise _too_large(name)
    except (zipfile.BadZipFile, NotImplementedError, zlib.error, ValueError) as error:
        raise FileError("This is no XLSX workbook.", where=name, remedy="Save it again as XLSX, or as CSV.") from error


def _pieces(data: bytes, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """A part of the zip, inflated in pieces of bounded size."""
    at = entry.header_offset
    start = (
        at + 30 + int.from_bytes(data[at + 26 : at + 28], "little") + int.from_bytes(data[at + 28 : at + 30], "little")
    )
    waiting = data[start : start + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        yield waiting
        return
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise ValueError(entry.compress_type)
    inflater = zlib.decompressobj(-15)
    while waiting:
        yield inflater.decompress(waiting, _CHUNK)
        waiting = inflater.unconsumed_tail


class _Corner:
    """The lowest and rightmost cell that a sheet's XML has named so far."""

    def __init__(self) -> None:
        self.row = self.column = 0
        self._tail = b""

    def see(self, piece: bytes) -> None:
        found = _CELL.findall(text := self._tail + piece)
        self._tail = text[-40:]
        self.row = max(self.row, max((int(row) for _, row in found), default=0))
        self.column = max(self.column, max(map(_column_number, {letters for letters, _ in found}), default=0))


def _column_number(letters: bytes) -> int:
    """A is 1, Z is 26, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _too_large(name: str) -> FileError:
    return FileError("The workbook is too large to be read in one piece.", where=name, remedy="Save the sheet as CSV.")
