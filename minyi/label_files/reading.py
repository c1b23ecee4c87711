"""Labels out of a file of any known form: what each row is, is told by the row itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minyi.label_files import doccano, label_studio
from minyi.label_files.kit import is_kit, said_in_kit
from minyi.label_files.said import BadLabelError, Said, line, said_of_fields
from reports.tables import formula_safe
from scrapers.files.blobs import local_blob
from scrapers.files.delimited import read_delimited, sniff
from scrapers.files.jsons import is_json_lines, read_json, read_json_lines
from scrapers.files.lines import TextFile
from scrapers.files.options import FileError
from storage.nouns import Reject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from scrapers.files.blobs import Blob
    from scrapers.files.delimited import Row

REMEDY = (
    "Give a sheet or JSON that `minyi labels export` wrote, an export of Label Studio or doccano, or a kit's result."
)
_HEAD = 1 << 16
_WORKBOOK = b"PK\x03\x04"
_NEEDED = {"primary", "what", "label", "labels", "annotations"}
"""Columns of which a file of labels has at least one."""


def read_labels(path: Path) -> Iterator[Said | Reject]:
    """What every row of a file says, or why it cannot be used, in the file's order.

    CSV, TSV and XLSX with a header; JSON and JSON lines; any of them in gzip.

    Raises:
        FileError: the file cannot be read, or holds no labels.
        KitResultError: it is a kit's result that cannot be used.
    """
    blob = local_blob(path)
    head = blob.head(_HEAD)
    if is_kit(head.decode("utf-8", "replace")):
        yield from said_in_kit(path)
        return
    yield from _said(_workbook(blob) if head.startswith(_WORKBOOK) else _text(blob), blob)
    if blob.trouble:
        yield Reject(f"{blob.name} end", blob.trouble)


def _said(rows: Iterable[Row | Reject], blob: Blob) -> Iterator[Said | Reject]:
    seen = False
    for row in rows:
        if isinstance(row, Reject):
            yield row
            continue
        if not seen and not _NEEDED & {key.lower() for key in row.cells}:
            columns = ", ".join(line(key, 40) for key in list(row.cells)[:20])
            raise FileError(f"There are no labels in it; its columns are: {columns}.", where=blob.name, remedy=REMEDY)
        seen = True
        yield from _said_of(row.cells, f"{blob.name} row {row.number}")


def _said_of(cells: Mapping[str, Any], where: str) -> Iterator[Said | Reject]:
    if label_studio.is_task(cells):
        yield from label_studio.said_of_task(cells, where)
        return
    try:
        yield doccano.said_of_row(cells, where) if doccano.is_row(cells) else said_of_fields(cells, where)
    except BadLabelError as error:
        yield Reject(where, str(error), line(cells.get("text"), 200))


def _workbook(blob: Blob) -> Iterator[Row | Reject]:
    from scrapers.files.sheets import PACKED_LIMIT, read_sheet  # only workbooks need its library

    header, rows = read_sheet(blob.whole(PACKED_LIMIT), None, blob.name)
    _check_header(header, blob)
    return (row._replace(cells=_lower(row.cells)) for row in rows)


def _text(blob: Blob) -> Iterator[Row | Reject]:
    text = TextFile(blob, None)
    head = text.head()
    start = head.lstrip("\ufeff \t\r\n")[:1]
    if start in {"{", "["}:
        lines = start == "{" and (is_json_lines(head) or blob.name.lower().removesuffix(".gz").endswith(".jsonl"))
        return read_json_lines(text.lines(), blob.name) if lines else read_json(text.chunks(), blob.name)
    header, rows = read_delimited(text.lines(), sniff(head), blob.name)
    _check_header(header, blob)
    return (row if isinstance(row, Reject) else row._replace(cells=_plain(row.cells)) for row in rows)


def _check_header(header: list[str], blob: Blob) -> None:
    if not _NEEDED & {name.strip().lower() for name in header}:
        columns = ", ".join(line(name, 40) for name in header[:20]) or "none"
        raise FileError(f"There are no labels in it; its columns are: {columns}.", where=blob.name, remedy=REMEDY)


def _lower(cells: Mapping[str, object]) -> dict[str, object]:
    return {name.strip().lower(): value for name, value in cells.items()}


def _plain(cells: Mapping[str, object]) -> dict[str, object]:
    """Cells of a CSV without the apostrophe that keeps a spreadsheet from running them."""
    return {name: _bare(value) if isinstance(value, str) else value for name, value in _lower(cells).items()}


def _bare(value: str) -> str:
    return value[1:] if value.startswith("'") and formula_safe(value[1:]) == value else value
