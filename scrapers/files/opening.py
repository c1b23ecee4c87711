"""From a path or bytes to a Reading: what kind of file this is, by its first bytes and then by its name."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, get_args

from scrapers.encodings import decode
from scrapers.files.blobs import Blob, local_blob
from scrapers.files.delimited import read_delimited, sniff
from scrapers.files.guess import Guess
from scrapers.files.jsons import is_json_lines, read_json, read_json_lines
from scrapers.files.lines import TextFile
from scrapers.files.options import FileError, FileFormat, FileOptions
from scrapers.files.reading import Reading, Rows
from scrapers.files.responses import comments_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from scrapers.files.delimited import Row
    from storage.nouns import Reject

_HEAD = 1 << 16
_BY_ENDING: dict[str, FileFormat] = {
    **{name: name for name in get_args(FileFormat)},
    "ndjson": "jsonl",
    "jsonlines": "jsonl",
    "tab": "tsv",
    "xlsm": "xlsx",
    "txt": "csv",
    "htm": "html",
    "xhtml": "html",
    "sqlite3": "sqlite",
    "db": "sqlite",
}
_NOT_TEXT = {
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an old Office file (.xls or .doc)",
    b"PAR1": "a Parquet file",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"(\xb5/\xfd": "a zstd archive",
    b"\x7fELF": "a program",
    b"\x80\x04": "a Python pickle",
    b"\x80\x05": "a Python pickle",
}
_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype html|html|li class=\"lzl_single_post)\b", re.IGNORECASE
)
_FIRST_SAVED = 900_000_000  # July 1998; archives without times unpack to 1970 or 1980
_FEW_CONTROLS = 8
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\x0b\x0c\x1a\x1b\x1e\x1f"))


def open_file(
    path: Path, options: FileOptions, *, zone: ZoneInfo, reference: datetime, written: datetime | None = None
) -> Reading:
    """Begin to read a file of this machine: its columns are guessed, its rows come page by page.

    Args:
        path: a regular file; addresses, pickles, folders and devices are refused.
        options: what the study file says about it.
        zone: the study's zone, for times that name none.
        reference: an aware datetime that relative times count from, and after which no time is believed.
        written: when the file was last written, from which they count where `saved` does not say it.

    Raises:
        FileError: the file cannot be used; it says why and what to do.
    """
    return _open(local_blob(path), options, zone, reference, written)


def written_at(path: Path) -> datetime | None:
    """When the file was last written, as the disk has it: later than it was saved where a copy or git made it anew.

    None where the disk says nothing that can be.
    """
    try:
        seconds = path.stat().st_mtime
    except OSError:
        return None
    return datetime.fromtimestamp(seconds, UTC) if seconds > _FIRST_SAVED else None


def open_bytes(data: bytes, name: str, options: FileOptions, *, zone: ZoneInfo, reference: datetime) -> Reading:
    """Begin to read a file that was fetched; `name` (the end of its address) may tell its format. As `open_file`."""
    return _open(Blob(name, data=data), options, zone, reference)


def _open(
    blob: Blob, options: FileOptions, zone: ZoneInfo, reference: datetime, written: datetime | None = None
) -> Reading:
    head = blob.head(_HEAD)
    kind = _format(blob.name, head, options.format)
    if kind == "xlsx":
        rows, guess = _workbook(blob, options)
    elif kind == "sqlite":
        rows, guess = _database(blob, options)
    elif kind == "html":
        _refuse_binary(blob.name, head)
        rows, guess = _page(blob, options)
    else:
        _refuse_binary(blob.name, head)
        rows, guess = _text_rows(blob, kind, options)
    return Reading(rows, guess, options, zone=zone, reference=reference, written=written)


def _format(name: str, head: bytes, wanted: FileFormat | None) -> FileFormat | None:
    """The format asked for, else a workbook by its bytes, else what the name says; None is left to the text."""
    if wanted:
        return wanted
    if head.startswith(b"PK\x03\x04"):
        if b"[Content_Types].xml" in head or b"xl/" in head:
            return "xlsx"
        raise FileError("This is a zip archive.", where=name, remedy="Unpack it and name the file inside.")
    if head.startswith(b"SQLite format 3\0"):
        return "sqlite"
    if _PAGE.match(head):
        return "html"
    ending = name.lower().removesuffix(".gz").rpartition(".")[2]
    return _BY_ENDING.get(ending)


def _refuse_binary(name: str, head: bytes) -> None:
    kind = next((kind for magic, kind in _NOT_TEXT.items() if head.startswith(magic)), "")
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff")) or _alternating(head)
    controls = 0 if wide else len(head) - len(head.translate(None, _CONTROLS))
    if kind or controls > max(_FEW_CONTROLS, len(head) // 50):
        what = f"This is {kind or 'a binary file'}, not text."
        raise FileError(what, where=name, remedy="Export the comments as CSV, JSONL or XLSX.")


def _alternating(head: bytes) -> bool:
    """Whether the zeros lie on one side of byte pairs, as in UTF-16 without a mark."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    return min(even, odd) * 4 < max(even, odd) and b"\0\0\0" not in head


def _workbook(blob: Blob, options: FileOptions) -> tuple[Rows, Guess]:
    from scrapers.files.sheets import PACKED_LIMIT, read_sheet  # only workbooks need its library

    header, items = read_sheet(blob.whole(PACKED_LIMIT), options.sheet, blob.name)
    return Rows(blob.name, items, header, lambda: "", dict), Guess("xlsx")


def _database(blob: Blob, options: FileOptions) -> tuple[Rows, Guess]:
    from scrapers.files.databases import read_database  # only databases need its library

    table = read_database(blob, options.table)
    items = table.rows()
    return Rows(blob.name, items, table.columns, lambda: table.trouble, table.remarks), Guess(
        "sqlite", table=table.name
    )


def _page(blob: Blob, options: FileOptions) -> tuple[Rows, Guess]:
    from scrapers.files.pages import PAGE_LIMIT, read_page  # only pages need its library

    found = decode(blob.whole(PAGE_LIMIT), declared=options.encoding, html=True)
    preset, items = read_page(found.text, blob.name)
    guess = Guess("html", found.encoding, found.how, preset=preset)
    return Rows(blob.name, items, None, lambda: blob.trouble, dict), guess


def _text_rows(blob: Blob, kind: FileFormat | None, options: FileOptions) -> tuple[Rows, Guess]:
    text = TextFile(blob, options.encoding)
    head = text.head()
    kind = _checked_format(kind, head, asked=options.format is not None)
    guess = Guess(kind, text.choice.encoding, text.choice.how)
    header: list[str] | None = None
    items: Iterable[Row | Reject]
    if kind == "jsonl":
        items = comments_of(read_json_lines(text.lines(), blob.name))
    elif kind == "json":
        items = comments_of(read_json(text.chunks(), blob.name))
    else:
        guess.delimiter = options.delimiter or ("\t" if kind == "tsv" else sniff(head))
        header, items = read_delimited(text.lines(), guess.delimiter, blob.name)

    def remarks() -> dict[str, int]:
        found = {"characters could not be read in this encoding": text.replaced}
        found["the declared encoding did not fit"] = int("did not fit" in text.choice.how)
        return {reason: count for reason, count in found.items() if count}

    return Rows(blob.name, items, header, lambda: blob.trouble, remarks), guess


def _checked_format(kind: FileFormat | None, head: str, *, asked: bool) -> FileFormat:
    """JSON and JSONL are told apart by the text, whatever the name; a nameless text is CSV where it is not JSON."""
    start = head.lstrip("\ufeff \t\r\n")[:1]
    if asked and kind:
        return kind
    if kind == "json" or (kind is None and start in {"{", "["}):
        return "jsonl" if is_json_lines(head) else "json"
    if kind == "jsonl" and start == "[":
        return "json"
    return kind or "csv"
