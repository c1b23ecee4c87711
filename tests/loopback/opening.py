"""Files opened from bytes, and what came of them."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import xlsxwriter

from scrapers.files import FileError, FileOptions, Reading, open_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2024, 3, 5, 4, 0, tzinfo=UTC)
GOOD = b"id,text\n1,fine\n"


def opened(data: bytes, name: str = "a.csv", **options: Any) -> Reading:
    return open_bytes(data, name, FileOptions(**options), zone=ZONE, reference=NOW)


def outcome(reading: Reading) -> tuple[list[str], list[tuple[str, str]]]:
    """The texts that came through, and the rejects as (where, reason)."""
    pages = list(reading.pages())
    texts = [comment["text"] for page in pages for comment in page.comments]
    return texts, [(reject.where, reject.reason) for page in pages for reject in page.rejects]


def workbook(*rows: list[Any]) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet()
    for place, row in enumerate(rows):
        sheet.write_row(place, 0, row)
    book.close()
    return stream.getvalue()


def accounted(read: Callable[[], Reading]) -> None:
    """The file is read, every row of it accounted for, or there is an error that a person can act on."""
    try:
        reading = read()
    except FileError as error:
        assert error.what  # noqa: PT017  which bytes raise is not the point
        return
    texts, rejects = outcome(reading)
    assert (len(texts), len(rejects)) == (reading.accepted, reading.rejected)
    assert reading.rows == reading.accepted + reading.rejected
