"""No workbook takes more memory than it may, or ends the command: it is read, or refused in words."""

from __future__ import annotations

import io
import resource
import sys
import time
import zipfile
from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from odd_books import HUGE, ROWS, SHEET, odd_book, packed, shared_strings, sheet_parts
from python_calamine import CalamineWorkbook

from scrapers.files import FileError, sheets
from storage import workbooks
from storage.workbooks import WorkbookError, rows_of

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the limit on memory is POSIX's")

SMALL = 256 << 20
"""Address space of the process that reads, where a test is to see it end."""
TOO_LARGE = "too large to be read in one piece"


def used() -> tuple[float, int]:
    """Processor seconds of this process and those it waited for, and the most bytes this one ever held."""
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    seconds = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
    return seconds, own.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def read(data: bytes) -> str:
    """How reading ended: "read", or why it was refused."""
    try:
        _, rows = sheets.read_sheet(data, None, "a.xlsx")
        for _ in rows:
            pass
    except FileError as error:
        return error.what
    return "read"


@pytest.mark.parametrize("name", HUGE)
def test_a_huge_sheet_is_refused_at_once(name: str, within: Callable[..., Any]) -> None:
    rows, beside = HUGE[name]
    book = packed(sheet_parts(rows) | beside)
    limit_s = 60 if name == "one text, named often" else 1  # that fills the room it is given before it ends
    seconds, held = used()
    with within(limit_s, lambda: used()[0]):
        assert TOO_LARGE in read(book)
    after, most = used()
    print(f"{name}: refused in {after - seconds:.2f} CPU-s, {(most - held) >> 20} MiB more")  # noqa: T201  a figure
    assert most - held < 64 << 20


def test_what_nobody_measured_ends_in_the_process_that_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "check_size", lambda data, *_: len(data))
    monkeypatch.setattr(sheets, "_READER", SMALL)
    for name in ("the far corner", "cells without references in the last row", "one text, named often"):
        rows, beside = HUGE[name]
        assert TOO_LARGE in read(packed(sheet_parts(rows) | beside)), name


@pytest.mark.parametrize("other", ["mimetype", "content.xml", "xl/workbook.bin"])
def test_a_workbook_of_another_kind_is_not_opened(other: str) -> None:
    assert TOO_LARGE in read(packed(sheet_parts(ROWS) | {other: b"application/vnd.oasis.opendocument.spreadsheet"}))


def test_a_reader_that_is_left_early_is_ended() -> None:
    rows = "".join(f"<row r='{row}'><c r='A{row}'><v>{row}</v></c></row>" for row in range(1, 50_000))
    told = rows_of(packed(sheet_parts(rows)))
    assert next(told).cells == [1.0]
    process = told.gi_frame.f_locals["process"]  # type: ignore[attr-defined]  it is a generator
    told.close()  # type: ignore[attr-defined]
    assert process.poll() is not None


@pytest.mark.parametrize("spoiled", ["nothing.py", "workbooks.py"])
def test_a_process_that_says_nothing_is_an_error_in_words(spoiled: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "_PROGRAM", workbooks._PROGRAM.with_name(spoiled))
    with pytest.raises(WorkbookError, match=TOO_LARGE):
        list(rows_of(packed(sheet_parts(ROWS))))


def test_a_row_longer_than_any_is_not_taken_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "_LONGEST_ROW", 1_000)
    row = "<row r='1'>" + "<c t='s'><v>0</v></c>" * 40 + "</row>"
    with pytest.raises(WorkbookError, match=TOO_LARGE):
        list(rows_of(packed(sheet_parts(row) | {"xl/sharedStrings.xml": shared_strings("x" * 100)})))


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Callable[[range], Counter[str]]:
    """Reads odd workbooks, each in little memory, and counts how they ended."""
    monkeypatch.setattr(sheets, "_READER", SMALL)

    def read_all(seeds: range) -> Counter[str]:
        return Counter(read(odd_book(Random(seed))) for seed in seeds)

    return read_all


def _ended_well(ends: Counter[str], count: int) -> bool:
    return ends["read"] > count / 10 and ends.total() == count and all(end[-1] == "." or end == "read" for end in ends)


def test_odd_workbooks_are_read_or_refused(few: Callable[[range], Counter[str]]) -> None:
    assert _ended_well(few(range(12)), 12)


@pytest.mark.slow
def test_hundreds_of_odd_workbooks_are_read_or_refused(few: Callable[[range], Counter[str]]) -> None:
    begun, held = used()
    ends = few(range(240))
    after, most = used()
    kinds = Counter({TOO_LARGE: sum(count for end, count in ends.items() if TOO_LARGE in end), "read": ends["read"]})
    said = f"240 odd workbooks: {dict(kinds)}, {after - begun:.0f} CPU-s, {(most - held) >> 20} MiB more"
    print(said)  # noqa: T201  a figure
    assert _ended_well(ends, 240)
    assert most - held < 64 << 20


def test_what_is_read_in_a_process_of_its_own_is_what_is_there() -> None:
    """The same cells as the library gives, for every workbook it reads."""
    same = 0
    for seed in range(8):
        book = odd_book(Random(seed))
        if read(book) == "read":
            sheet = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0)
            assert [row.cells for row in rows_of(book)] == list(sheet.iter_rows())
            same += 1
    assert same > 1


def test_a_part_that_lies_about_its_size_is_measured() -> None:
    book = bytearray(packed(sheet_parts(ROWS) | {SHEET: bytes(100 << 20)}))
    with zipfile.ZipFile(io.BytesIO(bytes(book))) as parts:
        size = parts.getinfo(SHEET).file_size.to_bytes(4, "little")
    begun = time.process_time()
    assert TOO_LARGE in read(bytes(book).replace(size, (100).to_bytes(4, "little")))
    assert time.process_time() - begun < 1
