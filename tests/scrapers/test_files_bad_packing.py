"""Compressed files and workbooks that are cut, damaged or burst: rows are kept, or an error says what is wrong."""

from __future__ import annotations

import gzip
import io
import random
import zipfile
import zlib

import pytest
import xlsxwriter
from opening import GOOD, accounted, opened, outcome, workbook

from scrapers.files import FileError, blobs, sheets


def test_a_cut_gzip_file_keeps_its_rows_and_says_so() -> None:
    data = b"id,text\n" + b"".join(b"%d,%d\n" % (row, hash((row, 7))) for row in range(20_000))
    packed = gzip.compress(data.replace(b",", b",number "), mtime=0)
    texts, rejects = outcome(opened(packed[: len(packed) // 2], "a.csv.gz", columns={"text": "number text"}))
    assert len(texts) > 5_000
    assert rejects[-1] == ("a.csv.gz end", "the compressed data is cut off before its end")


def test_a_gzip_bomb_stops_at_the_cap() -> None:
    line = b"1,the same again and again\n"
    packer = zlib.compressobj(9, wbits=31)
    bomb = packer.compress(b"id,text\n") + b"".join(packer.compress(line * 4000) for _ in range(1000)) + packer.flush()
    blob = blobs.Blob("a.csv.gz", data=bomb, limit=30_000_000)
    assert sum(map(len, blob.chunks())) <= 30_000_000
    assert blob.trouble == "the compressed data inflates to more than 28 MB"


def test_several_gzip_members_are_one_file() -> None:
    packed = gzip.compress(GOOD, mtime=0) + gzip.compress(b"2,good\n") + bytes(100)
    assert outcome(opened(packed, "a.csv.gz")) == (["fine", "good"], [])


def zipped(**parts: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {"[Content_Types].xml": b"<x/>", **parts}.items():
            archive.writestr(name, content)
    return stream.getvalue()


def test_a_workbook_that_inflates_beyond_its_cap_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "INFLATED_LIMIT", 10_000_000)
    bomb = zipped(**{"xl/worksheets/sheet1.xml": bytes(20_000_000)})
    with pytest.raises(FileError, match="too large to be read in one piece"):
        opened(bomb, "a.xlsx")
    # The sizes that a zip declares may lie.
    size = (20_000_000).to_bytes(4, "little")
    assert bomb.count(size) == 2
    with pytest.raises(FileError, match="too large to be read in one piece"):
        opened(bomb.replace(size, (1000).to_bytes(4, "little")), "a.xlsx")


def test_a_sheet_with_cells_in_opposite_corners_is_refused() -> None:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write(0, 0, "text")
    sheet.write(1_048_575, 16_383, "far away")
    book.close()
    with pytest.raises(FileError, match="too large to be read in one piece"):
        opened(stream.getvalue(), "a.xlsx")


def test_a_workbook_cut_anywhere_is_an_error() -> None:
    book = workbook(["id", "text"], [1, "fine"])
    for end in range(0, len(book), 97):
        with pytest.raises(FileError):
            opened(book[:end], "a.xlsx")


@pytest.mark.slow
def test_a_workbook_with_a_flipped_byte_is_read_or_an_error() -> None:
    book = workbook(["id", "text"], [1, "fine"])
    chance = random.Random(7)
    for _ in range(60):
        damaged = bytearray(book)
        damaged[chance.randrange(len(book))] ^= 1 << chance.randrange(8)
        accounted(lambda data=bytes(damaged): opened(data, "a.xlsx"))
