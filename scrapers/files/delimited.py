"""Rows of CSV and its kin (RFC 4180, and what exporters make of it), each whole or rejected.

A quote that is opened and never closed would swallow every row after it. So a record over several lines must close its
quotes properly; where it does not, its first line is rejected and reading starts again at the second, line by line,
until a row has as many cells as the header.
"""

from __future__ import annotations

import csv
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from scrapers.files.options import FileError
from storage.nouns import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORD_LIMIT = 4_000_000
MOST_COLUMNS = 2_000
DELIMITERS = (",", "\t", ";", "|")
_SNIFFED_ROWS = 50
# How many characters may be read a second time in search of the end of a quote, in one file.
_SECOND_LOOKS = 12_000_000


class Row(NamedTuple):
    """One row of a file: its number as people count them, and its cells by column."""

    number: int
    cells: dict[str, object]


class _TooLarge(Exception):  # noqa: N818  a signal between two functions of this file
    """The record under the reader's hands is longer than any real one."""


class _Lines:
    """Lines for the csv module, remembered for the record at hand so that they can be read again."""

    def __init__(self, lines: Iterator[str | None]) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self.record: list[str] = []
        self._size = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self._size += RECORD_LIMIT + 1 if line is None else len(line)
        if line is not None:
            self.record.append(line)
        if self._size > RECORD_LIMIT:
            raise _TooLarge
        return line or ""

    def begin(self) -> None:
        self.record, self._size = [], 0

    def back(self) -> None:
        """All lines of this record but the first are to be read again."""
        self._again.extendleft(reversed(self.record[1:]))


def sniff(head: str) -> str:
    """The delimiter under which most rows have as many cells as the first, and the most cells; `,` where none fits."""
    lines = [line + "\n" for line in head.split("\n")[: 4 * _SNIFFED_ROWS]]

    def fit(delimiter: str) -> tuple[float, int]:
        widths = [len(row) for row in _some_rows(lines, delimiter)]
        alike = sum(width == widths[0] for width in widths) / len(widths) if widths else 0.0
        return (alike if widths and widths[0] > 1 else 0.0, widths[0] if widths else 0)

    fits = {delimiter: fit(delimiter) for delimiter in DELIMITERS}
    # A rare stray row must not decide: fits within a tenth of the best compete by their width.
    best = max(share for share, _ in fits.values())
    return max(DELIMITERS, key=lambda sign: fits[sign][1] if best and fits[sign][0] >= best - 0.1 else 0)


def header_of(cells: list[str], file: str) -> list[str]:
    """Column names: a nameless one is called by its place, a second one of a name with its place.

    Raises:
        FileError: there are more than any table of comments has.
    """
    if len(cells) > MOST_COLUMNS:
        remedy = "Is the first row the header, and the delimiter right?"
        raise FileError(f"The header has {len(cells)} columns.", where=file, remedy=remedy)
    names: dict[str, None] = {}
    for place, cell in enumerate(cells, start=1):
        name = cell.strip().strip("\ufeff") or f"column {place}"
        names[f"{name} (column {place})" if name in names else name] = None
    return list(names)


def read_delimited(lines: Iterator[str | None], delimiter: str, name: str) -> tuple[list[str], Iterator[Row | Reject]]:
    """The header, and the rows as they come.

    Raises:
        FileError: the header is no row of CSV.
    """
    csv.field_size_limit(max(csv.field_size_limit(), RECORD_LIMIT))
    reader = _Reader(lines, delimiter, name)
    first = next(reader.raw_rows(), None)
    if isinstance(first, Reject):
        raise FileError(f"The header cannot be read: {first.reason}.", where=name, remedy="Look at the first line.")
    header = header_of(first.cells if first else [], name)
    return header, reader.rows(header)


class _Cells(NamedTuple):
    number: int
    cells: list[str]


class _Reader:
    """Turns lines into rows, and finds back into step where quotes went wrong."""

    def __init__(self, lines: Iterator[str | None], delimiter: str, name: str) -> None:
        self._lines = _Lines(lines)
        self._delimiter = delimiter
        self._name = name
        self._number = 0
        self._looks = _SECOND_LOOKS
        self._width = 0

    def rows(self, header: list[str]) -> Iterator[Row | Reject]:
        self._width = len(header)
        for found in self.raw_rows():
            if isinstance(found, Reject):
                yield found
            elif len(found.cells) <= self._width or not any(found.cells[self._width :]):
                yield Row(found.number, dict(zip(header, found.cells, strict=False)))
            else:
                yield self._reject(f"{len(found.cells)} cells where the header has {self._width}")

    def raw_rows(self) -> Iterator[_Cells | Reject]:
        reader = csv.reader(self._lines, delimiter=self._delimiter)
        while True:
            self._lines.begin()
            self._number += 1
            try:
                cells = next(reader)
                problem = self._problem()
            except StopIteration:
                break
            except _TooLarge:
                cells, problem = [], "the row is too large, or a quote is opened and never closed"
            except csv.Error as error:
                cells, problem = [], f"the row cannot be read ({error})"
            if problem:
                yield self._reject(problem)
                if self._lines.record:
                    yield from self._find_step()
            elif len(cells) > 1 or (cells and cells[0].strip()):  # a blank line is no row
                yield _Cells(self._number, cells)

    def _problem(self) -> str:
        """What is wrong with the quotes of a record that runs over several lines."""
        record = self._lines.record
        if len(record) == 1 and record[0].count('"') % 2 == 0:
            return ""
        try:
            for _ in csv.reader(record, delimiter=self._delimiter, strict=True):
                pass
        except csv.Error:
            return "a quote is opened and never closed" if len(record) > 1 or _opens(record[0], self._delimiter) else ""
        return ""

    def _find_step(self) -> Iterator[_Cells | Reject]:
        """Go on line by line until a row looks right again; what does not is one reject for the whole stretch."""
        self._looks -= sum(map(len, self._lines.record))
        self._lines.back()
        first = self._number + 1
        last = self._number
        for line in self._single_lines():
            self._number += 1
            cells = _plain_cells(line, self._delimiter)
            if len(cells) != self._width:
                last = self._number if line.strip() else last
                continue
            if last >= first:
                yield self._stretch(first, last)
                first, last = self._number + 1, self._number
            yield _Cells(self._number, cells)
            if self._looks > 0:
                return
            first = self._number + 1
        if last >= first:
            yield self._stretch(first, last)

    def _single_lines(self) -> Iterator[str]:
        while True:
            self._lines.begin()
            try:
                yield next(self._lines)
            except _TooLarge:
                yield ""
            except StopIteration:
                return

    def _stretch(self, first: int, last: int) -> Reject:
        where = f"{self._name} row {first}" if first == last else f"{self._name} rows {first} to {last}"
        return Reject(where, "stands after an unclosed quote and has not the cells of a row")

    def _reject(self, reason: str) -> Reject:
        # No sample: a row whose cells are not where they belong may show a name where a text is expected.
        return Reject(f"{self._name} row {self._number}", reason)


def _opens(line: str, delimiter: str) -> bool:
    """Whether the csv module is still inside a quote at the end of this line."""
    probe = csv.reader([line, "\n"], delimiter=delimiter)
    next(probe)
    return probe.line_num > 1


def _plain_cells(line: str, delimiter: str) -> list[str]:
    """The cells of a line by itself; none where its quotes do not pair up."""
    if line.count('"') % 2:
        return []
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _some_rows(lines: list[str], delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in csv.reader(lines[:-1] if len(lines) > 1 else lines, delimiter=delimiter):
            if row:
                rows.append(row)
            if len(rows) == _SNIFFED_ROWS:
                break
    except csv.Error:
        return rows
    return rows
