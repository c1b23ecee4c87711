"""Rows of an XLSX sheet; a workbook that would inflate beyond its cap is refused before anything reads it."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from itertools import chain, groupby, islice
from typing import TYPE_CHECKING

from scrapers.files.delimited import Row, header_of
from scrapers.files.options import FileError
from storage.workbooks import MEMORY, WorkbookError, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.workbooks import SheetRow

PACKED_LIMIT = 256 << 20
INFLATED_LIMIT = 768 << 20
_MOST_PARTS = 20_000
_DENSE, _DENSEST = 32 << 20, 200  # a part of this size that inflates so many times holds one thing over and over
_CHUNK = 1 << 20
_EXACT = 2**53
_TITLE_ROWS = 10
_MOST_CELLS = 20_000_000
_LONGEST_TAG = 4096
_READER, _PER_BYTE = 512 << 20, 20  # bytes of memory that reading takes at all, and for each byte of XML
_NAMED = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,7})(\d{1,10})["']""")
_NO_NAME = rb"(?!\sr=)(?=[\s/>])(?![^<>]{0,400}\sr\s*=)"
_BARE = re.compile(rb"<(?:row|c|\w{1,20}:(?:row|c))" + _NO_NAME)
_BARE_OR_END = re.compile(
    rb"<(?:(?P<row>(?:\w{1,20}:)?row)|(?:\w{1,20}:)?c)" + _NO_NAME + rb"|(?P<end></(?:\w{1,20}:)?row\b)"
)
_TRAP = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
"""Document types bring entities and outside documents; programs for sheets write none."""
_OTHER = re.compile(r"(?i)(?:mimetype|content\.xml|xl/workbook\.bin)")
"""Parts of workbooks of other kinds (ODS, XLSB), which nothing here measures."""


def read_sheet(data: bytes, sheet: str | int | None, name: str) -> tuple[list[str], Iterator[Row]]:
    """The header (the first row that is no title), and the rows below it, of one sheet or the first that holds any.

    Raises:
        FileError: this is no workbook, it is too large, or it has no such sheet.
    """
    told = rows_of(data, sheet, memory=_memory(check_size(data, name)))
    rows = ((row.number, [_cell(cell) for cell in row.cells]) for row in _named(told, name))
    first = list(islice(rows, _TITLE_ROWS))
    at = _header_at([cells for _, cells in first])
    names = header_of([str(cell) for cell in first[at][1]] if first else [], name)
    return names, _rows(chain(first[at + 1 :], rows), names)


def read_rows(
    data: bytes, name: str, room: int | None = None
) -> Iterator[tuple[str, Iterator[tuple[int, list[object]]]]]:
    """Every sheet that holds anything: its name, and its rows with their numbers, each from column A on.

    Args:
        data: the workbook.
        name: of its file.
        room: how many bytes it may inflate to; by default `INFLATED_LIMIT`.

    Raises:
        FileError: this is no workbook, or it is too large.
    """
    told = rows_of(data, every=True, memory=_memory(check_size(data, name, room)))
    for title, rows in groupby(_named(told, name), key=lambda row: row.sheet):
        yield title, ((row.number, [*[""] * row.left, *map(_cell, row.cells)]) for row in rows)


def _named(rows: Iterator[SheetRow], name: str) -> Iterator[SheetRow]:
    try:
        yield from rows
    except WorkbookError as error:
        raise FileError(error.what, where=name, remedy=error.remedy) from error


def _header_at(rows: list[list[object]]) -> int:
    """The first row that is at least half as full as the fullest: a title above the table has one cell."""
    filled = [sum(cell != "" for cell in cells) for cells in rows]
    return next((place for place, count in enumerate(filled) if count and count * 2 >= max(filled)), 0)


def _rows(numbered: Iterator[tuple[int, list[object]]], header: list[str]) -> Iterator[Row]:
    for number, cells in numbered:
        if any(cell != "" for cell in cells):
            yield Row(number, dict(zip(header, cells, strict=False)))


def _cell(value: object) -> object:
    """Whole numbers as integers, as long as a sheet keeps them exactly."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    return value.strip() if isinstance(value, str) else value


def check_size(data: bytes, name: str, room: int | None = None) -> int:
    """Inflate every part under the cap, since the sizes a zip declares may lie, and measure every sheet.

    A sheet takes room for its whole rectangle: two cells in opposite corners would fill the memory of any machine.
    What is odd enough to escape this ends in the process that reads it (`storage.workbooks`).

    Args:
        data: the workbook.
        name: of its file.
        room: how many bytes it may inflate to; by default `INFLATED_LIMIT`.

    Returns:
        How many bytes it inflates to.

    Raises:
        FileError: this is no workbook, or it is too large.
    """
    given = room = INFLATED_LIMIT if room is None else room
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            entries = parts.infolist()
        if len(entries) > _MOST_PARTS or any(_OTHER.fullmatch(entry.filename) for entry in entries):
            raise _too_large(name)
        for entry in entries:
            extent, size, densest = Extent(), 0, max(_DENSE, _DENSEST * entry.compress_size)
            for piece in _pieces(data, entry):
                if not size and _TRAP.search(piece) and entry.filename.endswith((".xml", ".rels")):
                    raise zipfile.BadZipFile  # noqa: TRY301  no program for sheets writes that
                room, size = room - len(piece), size + len(piece)
                extent.see(piece)
                if room < 0 or size > densest or extent.cells > _MOST_CELLS:
                    raise _too_large(name)
    except (zipfile.BadZipFile, NotImplementedError, zlib.error, ValueError) as error:
        raise FileError("This is no XLSX workbook.", where=name, remedy="Save it again as XLSX, or as CSV.") from error
    return given - room


def _memory(inflated: int) -> int:
    """What its reader may take: many times the room of the XML, not more for one text that is named often."""
    return min(MEMORY, _READER + _PER_BYTE * inflated)


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


class Extent:
    """How far a sheet reaches, by its XML so far: by the cells it names, and by those it only puts in a row."""

    def __init__(self) -> None:
        self._row = self._column = self._rows = 0
        self._bare = self._most_bare = 0
        self._tail = b""

    @property
    def cells(self) -> int:
        """At most so many cells have room in its rectangle."""
        return (self._row + self._rows) * (self._column + self._most_bare)

    def see(self, piece: bytes) -> None:
        """More of its XML, in pieces that may end anywhere."""
        text = self._tail + piece
        end = max(text.rfind(b"<"), 0)
        text, self._tail = text[:end], text[end:][-_LONGEST_TAG:]
        named = _NAMED.findall(text)
        self._row = max(self._row, max(map(int, {row for _, row in named}), default=0))
        self._column = max(self._column, max(map(_column_number, {letters for letters, _ in named}), default=0))
        self._see_bare(text)

    def _see_bare(self, text: bytes) -> None:
        """Rows without a number, and cells without a name: where these stand follows from those before them."""
        if not _BARE.search(text):
            self._bare = 0 if text else self._bare
            return
        for found in _BARE_OR_END.finditer(text):
            self._rows += found["row"] is not None
            if not found["row"]:
                self._bare = 0 if found["end"] else self._bare + 1
                self._most_bare = max(self._most_bare, self._bare)


def _column_number(letters: bytes) -> int:
    """A is 1, Z is 26, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _too_large(name: str) -> FileError:
    return FileError("The workbook is too large to be read in one piece.", where=name, remedy="Save the sheet as CSV.")
