"""Forms that were filled in: the rows of a CSV, an XLSX or a DOCX edition, found by the headings of their columns."""

from __future__ import annotations

import importlib.util
import io
import re
import zipfile
import zlib
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, get_args

from minyi.formula_cells import formulas_of
from reports.asks import PARAPHRASE_COLUMNS, RESPONSE_COLUMNS
from reports.tables import formula_safe
from reports.wording import catalogue
from scrapers.files.blobs import local_blob
from scrapers.files.delimited import read_delimited, sniff
from scrapers.files.lines import TextFile
from scrapers.files.options import FileError
from storage.errors import UsageError
from storage.extras import install_remedy
from storage.nouns import Language, Reject
from storage.office_files import HostileFile, check_office_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from scrapers.files.blobs import Blob

REMEDY = "Give the XLSX, CSV or DOCX edition of the report, filled in, or a form of `minyi respond --template`."
LANGUAGES: tuple[Language, ...] = get_args(Language)
MOST_ROWS = 20_000
_MOST_SHEETS, _MOST_TABLES, _MOST_INFLATED = 40, 400, 64 << 20
_NO_DOCUMENT = (
    *(KeyError, ValueError, IndexError, SyntaxError, AttributeError, TypeError, AssertionError),
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError),
)
"""What python-docx and the zip below it raise where parts lack, are damaged or encrypted, or are other XML."""
_REPEATED = re.compile(r" \(column \d+\)$")
"""What the reader of delimited files puts after a heading that was there before."""
_COLUMNS = tuple(dict.fromkeys((*RESPONSE_COLUMNS, *PARAPHRASE_COLUMNS)))
_RESPONSE, _PARAPHRASE = {"response_zh", "response_en"}, {"paraphrase_zh", "paraphrase_en"}


class FilledRow(NamedTuple):
    """A row of a form, or a row that cannot be read.

    Attributes:
        where: file, table and row.
        cells: what stands under each known column, by its name in `RESPONSE_COLUMNS` or `PARAPHRASE_COLUMNS`.
    """

    where: str
    cells: Mapping[str, str]

    @property
    def is_paraphrase(self) -> bool:
        """Whether it stands in the form for paraphrases."""
        return "key" not in self.cells


class _Computed(NamedTuple):
    """A cell that holds a formula."""

    place: str


def read_form(path: Path) -> list[FilledRow]:
    """Every row of every form in a file, in order.

    Raises:
        FileError, UsageError: the file cannot be read, or holds no form.
    """
    blob = local_blob(path)
    data = blob.head(4)
    if data.startswith(b"PK"):
        whole = blob.whole(_MOST_INFLATED)
        rows = _docx_rows(whole, blob.name) if _is_docx(whole, blob.name) else _xlsx_rows(whole, blob.name)
    else:
        rows = _csv_rows(blob)
    found = list(islice(rows, MOST_ROWS + 1))
    if blob.trouble:  # the rows that can be read may not be all
        raise FileError(f"It cannot be read to its end: {blob.trouble}.", where=blob.name, remedy="Copy it again.")
    if len(found) > MOST_ROWS:
        raise FileError(f"There are more than {MOST_ROWS:,} rows.", where=blob.name, remedy=REMEDY)
    if not found:
        what = "There is no table of requests or quotes in it, or nothing under its headings."
        raise FileError(what, where=blob.name, remedy=REMEDY)
    return found


def named_columns() -> dict[str, str]:
    """The name of each column by its heading, in lower case, in every language."""
    names = {name: name for name in _COLUMNS}
    for language in LANGUAGES:
        headings = catalogue(language)["response_columns"]
        names |= {_plain(headings[name]): name for name in _COLUMNS}
    return names


def _plain(heading: object) -> str:
    return " ".join(str(heading).split()).casefold()


def _forms(rows: Iterable[tuple[str, Sequence[object]]]) -> Iterator[FilledRow]:
    """The rows under the first row that is a form's header."""
    names, header = named_columns(), list[str]()
    for where, cells in rows:
        found = [names.get(_plain(cell), "") for cell in cells]
        if _is_header(found):
            header = found
            if twice := [str(cell) for name, cell in zip(found, cells, strict=True) if name and found.count(name) > 1]:
                what = f"Several columns are the same one: {', '.join(f'“{heading}”' for heading in twice)}."
                raise FileError(what, where=where, remedy="Leave one of them.")
        elif header:
            known = {name: cell for name, cell in zip(header, cells, strict=False) if name}
            if computed := next((cell for cell in known.values() if isinstance(cell, _Computed)), None):
                remedy = (
                    "Write what it is to say in its place: what it gave when the file was saved may be out of date."
                )
                raise FileError(f"Cell {computed.place} holds a formula.", where=where, remedy=remedy)
            values = {name: str(cell).strip() for name, cell in known.items()}
            if any(values.values()):
                yield FilledRow(where, values)


def _is_header(names: Sequence[str]) -> bool:
    found = set(names)
    return ("key" in found and bool(found & _RESPONSE)) or ("id" in found and bool(found & _PARAPHRASE))


def _csv_rows(blob: Blob) -> Iterator[FilledRow]:
    text = TextFile(blob, None)
    header, rows = read_delimited(text.lines(), sniff(text.head()), blob.name)
    yield from _forms(_csv_cells(header, rows, blob.name))


def _csv_cells(header: list[str], rows: Iterable[object], name: str) -> Iterator[tuple[str, list[object]]]:
    """Cells without the apostrophe that keeps a spreadsheet from running them."""
    yield f"{name} row 1", [_REPEATED.sub("", column) for column in header]
    for row in rows:
        if isinstance(row, Reject):
            raise FileError(f"A row cannot be read: {row.reason}.", where=row.where or name, remedy=REMEDY)
        cells: Mapping[str, object] = row.cells  # type: ignore[attr-defined]
        yield f"{name} row {row.number}", [_bare(cells.get(column, "") or "") for column in header]  # type: ignore[attr-defined]


def _bare(cell: object) -> object:
    if isinstance(cell, str) and cell.startswith("'") and formula_safe(cell[1:]) == cell:
        return cell[1:]
    return cell


def _xlsx_rows(data: bytes, name: str) -> Iterator[FilledRow]:
    from scrapers.files.sheets import read_rows  # only workbooks need its library

    computed = formulas_of(data, name)
    for sheet, rows in islice(read_rows(data, name), _MOST_SHEETS):
        marked = _marked(rows, computed.get(sheet, {}))
        yield from _forms((f"{name} sheet {sheet} row {number}", cells) for number, cells in marked)


def _marked(
    rows: Iterable[tuple[int, list[object]]], computed: Mapping[tuple[int, int], str]
) -> Iterator[tuple[int, list[object]]]:
    """The rows, with a mark in place of what a formula gave."""
    for number, cells in rows:
        places = [computed.get((number, at)) for at in range(1, len(cells) + 1)]
        yield number, [_Computed(place) if place else cell for place, cell in zip(places, cells, strict=True)]


def _is_docx(data: bytes, name: str) -> bool:
    """Whether a zip is a Word document; what its readers would choke on is refused."""
    try:
        return "word/document.xml" in check_office_file(data, _MOST_INFLATED)
    except HostileFile as error:
        raise FileError(error.what, where=name, remedy=REMEDY) from error


def _docx_rows(data: bytes, name: str) -> Iterator[FilledRow]:
    if importlib.util.find_spec("docx") is None:
        what = "reading a Word document needs the extra “docx”"
        remedy = f"Fill in the CSV or XLSX edition. Or: {install_remedy('docx')}"
        raise UsageError(what, where=name, remedy=remedy)
    from docx import Document

    try:
        tables = Document(io.BytesIO(data)).tables
        cells = [[[cell.text for cell in row.cells] for row in table.rows] for table in tables[:_MOST_TABLES]]
    except _NO_DOCUMENT as error:
        raise FileError("The document cannot be read.", where=name, remedy="Save it again as DOCX.") from error
    for number, table in enumerate(cells, start=1):
        said = ([_said(cell) for cell in row] for row in table)
        yield from _forms((f"{name} table {number} row {row}", found) for row, found in enumerate(said, start=1))


def _said(text: str) -> str:
    """A cell's text; what an edition prints into an empty one counts as nothing."""
    empty = {catalogue(language)["ui"]["to_fill"] for language in LANGUAGES}
    return "" if text.strip() in empty else text
