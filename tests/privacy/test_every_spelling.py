"""However a file spells what was forgotten, the search of all files finds it; and what it is not, it does not."""

from __future__ import annotations

import base64
import bz2
import gzip
import html
import io
import json
import lzma
import quopri
import sqlite3
import tarfile
import zipfile
import zlib
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

import numpy as np
import pytest

from minyi.privacy.traces import Traces, traces_of
from storage.forgotten import Remembered
from storage.search.words import searched

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WORDS = (
    "凭什么收手续费，我在柳荫胡同开了二十年修鞋铺，“提现”十块也要扣一毛 & 太坑了，以后再也不用这个平台，劝街坊们都别用"
)
OTHER = (
    "凭什么收手续费，我在槐荫胡同开了三十年理发店，“提现”百块也要扣一块 & 太坑了，以后还是会用那个平台，请街坊们放心用"
)
LONG = WORDS * 60
PADDING = b"BT /F1 12 Tf ET " * 200
"""What shrinks: without it a text so short is packed as it is."""


@pytest.fixture(scope="module")
def traces() -> Traces:
    comment = Remembered(
        1, "c5cf5be8cca21f2", "forum", "forum-90817263", "comment", WORDS, "a82f691641d2df55b", None, None, None, None
    )
    return traces_of([comment], set(), [])


def zipped(content: bytes, name: str = "word/document.xml") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, PADDING + content if name.endswith("xml") else content)
    return made.getvalue()


def tarred(content: bytes) -> bytes:
    made, info = io.BytesIO(), tarfile.TarInfo("data.bin")
    info.size = len(content)
    with tarfile.open(fileobj=made, mode="w") as archive:
        archive.addfile(info, io.BytesIO(content))
    return made.getvalue()


def database(words: str) -> bytes:
    with sqlite3.connect(":memory:") as made:
        made.execute("PRAGMA page_size = 512")
        made.execute("CREATE TABLE said (id, words)")
        made.execute("INSERT INTO said VALUES (1, ?)", (words,))
        made.commit()
        return made.serialize()


def across_pages(words: str) -> bytes:
    """A database in whose file the words are not whole, since a page ends among them."""
    made = (database("x" * before + words + "x" * 999) for before in range(300, 900, 50))
    return next(content for content in made if words.encode() not in content)


def saved(words: str) -> bytes:
    made = io.BytesIO()
    np.savez_compressed(made, words=np.array([words, "x"]), things=np.array([words], dtype=object))
    return made.getvalue()


def pdf_stream(content: bytes) -> bytes:
    return b"%PDF-1.7\n1 0 obj\nstream\n" + zlib.compress(PADDING + content) + b"\nendstream\nendobj"


def base64_of(words: str, before: str = "") -> bytes:
    return base64.b64encode((before + words).encode())


SPELLINGS: dict[str, Callable[[str], bytes]] = {
    "UTF-8": str.encode,
    "GB18030": lambda it: it.encode("gb18030"),
    "UTF-16 with a mark": lambda it: it.encode("utf-16"),
    "UTF-16 without": lambda it: b"\x01\x00" + it.encode("utf-16-le"),
    "UTF-16 the other way round": lambda it: it.encode("utf-16-be"),
    "UTF-32": lambda it: it.encode("utf-32-le"),
    "as it is searched": lambda it: searched([it])[0].encode(),
    "a space after each sign": lambda it: " ".join(it).encode(),
    "a line for each sign": lambda it: "\r\n".join(it).encode("gb18030"),
    "in full width": lambda it: it.replace("&", "＆").replace("，", ",").encode(),
    "JSON": lambda it: json.dumps({"text": it}).encode(),
    "JSON in capitals": lambda it: (
        json.dumps({"text": it}).replace("\\u5", "\\U5").upper().replace("\\U", "\\u").encode()
    ),
    "JSON with its letters": lambda it: json.dumps({"text": it}, ensure_ascii=False).encode(),
    "HTML": lambda it: f"<p>{html.escape(it)}</p>".encode(),
    "HTML with numbers": lambda it: "".join(f"&#{ord(sign)};" for sign in it).encode(),
    "HTML with numbers in hex": lambda it: "".join(f"&#x{ord(sign):X};" for sign in it).encode(),
    "HTML cut by marks": lambda it: "<b>".join(it).encode(),
    "a word processor's runs": lambda it: zipped("</w:t></w:r><w:r><w:t>".join(it).encode()),
    "an address": lambda it: b"https://a.test/?q=" + quote(it).encode(),
    "an address in small letters": lambda it: quote(it).lower().encode(),
    "a form": lambda it: b"text=" + quote_plus(it).encode(),
    "an address in GBK": lambda it: quote(it, encoding="gb18030").encode(),
    "quoted for mail": lambda it: quopri.encodestring(it.encode()),
    "base64": base64_of,
    "base64 with something before": lambda it: base64_of(it, "a") + b"\n" + base64_of("x"),
    "base64 in lines": lambda it: base64.encodebytes(f"From: a\n\n{it}".encode()),
    "base64 for addresses": lambda it: b"d=" + base64.urlsafe_b64encode(it.encode()).rstrip(b"="),
    "base64 after letters of its own": lambda it: b"/data/" + base64_of(it, "ab"),
    "base64 of gzip": lambda it: b"data:application/gzip;base64," + base64.b64encode(gzip.compress(it.encode())),
    "bytes in hex": lambda it: b"\\x" + it.encode().hex().encode(),
    "UTF-16 in hex, as in a PDF": lambda it: b"<FEFF" + it.encode("utf-16-be").hex().upper().encode() + b">",
    "gzip": lambda it: gzip.compress(it.encode()),
    "bzip2": lambda it: bz2.compress(it.encode()),
    "xz": lambda it: lzma.compress(it.encode()),
    "ZIP": lambda it: zipped(it.encode("gb18030")),
    "a ZIP in a ZIP": lambda it: zipped(zipped(it.encode(), "a.txt"), "a.zip"),
    "tar, gzipped": lambda it: gzip.compress(tarred(it.encode())),
    "a document in a tar": lambda it: tarred(zipped(it.encode())),
    "NumPy's arrays": saved,
    "a stream of a PDF": lambda it: pdf_stream(b"(" + it.encode("utf-16-be") + b")"),
    "SQLite": database,
    "SQLite, across two pages": across_pages,
    "SQLite, gzipped": lambda it: gzip.compress(database(it)),
    "the left half alone": lambda it: it[: len(it) // 2 + 2].encode(),
    "the right half alone": lambda it: it[len(it) // 2 - 2 :].encode("gb18030"),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_it_is_found_however_it_is_spelled(traces: Traces, tmp_path: Path, spelling: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(SPELLINGS[spelling](WORDS))
    assert traces.in_file(file)
    file.write_bytes(SPELLINGS[spelling](OTHER))
    assert not traces.in_file(file)


@pytest.mark.parametrize("one", ["c5cf5be8cca21f2", "forum-90817263", "a82f691641d2df55b"])
@pytest.mark.parametrize(
    "spelling", ["UTF-8", "UTF-16 with a mark", "JSON", "base64 in lines", "ZIP", "NumPy's arrays"]
)
def test_its_ids_are_found_too(traces: Traces, tmp_path: Path, spelling: str, one: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(SPELLINGS[spelling](f"row {one}: 1"))
    assert traces.in_file(file)
    file.write_bytes(SPELLINGS[spelling](f"row {one[:-1]}?: 1"))
    assert not traces.in_file(file)


@pytest.mark.parametrize("place", ["row", "free page", "journal"])
def test_a_long_text_is_found_on_the_pages_of_a_database(tmp_path: Path, place: str) -> None:
    long = traces_of([Remembered(1, "c1", "s", "1", "comment", LONG, None, None, None, None, None)], set(), [])
    file = tmp_path / "copy.db"
    made = sqlite3.connect(file, isolation_level=None)
    made.execute("PRAGMA secure_delete = OFF")
    if place == "journal":
        made.execute("PRAGMA journal_mode = WAL")
    made.execute("CREATE TABLE said (id, words)")
    made.execute("INSERT INTO said VALUES (1, ?)", (LONG,))
    if place == "free page":
        made.execute("DELETE FROM said")
    sought = file.with_name("copy.db-wal") if place == "journal" else file
    assert LONG.encode() not in sought.read_bytes()  # a page takes a part of it
    assert long.in_file(sought)
    made.close()


def test_a_table_in_columns_is_read(traces: Traces, tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow", reason="the extra `parquet` brings it")
    from pyarrow import parquet

    for words in (WORDS, OTHER):
        for packing in ("snappy", "zstd", "gzip"):
            file = tmp_path / "comments.parquet"
            parquet.write_table(pa.table({"text": [words, None], "n": [1, 2]}), file, compression=packing)
            assert traces.in_file(file) == (words == WORDS)


@pytest.mark.slow
def test_a_page_of_a_pdf_is_read(traces: Traces, tmp_path: Path) -> None:
    weasyprint = pytest.importorskip("weasyprint", reason="the extra `pdf` brings it")
    for words in (WORDS, OTHER):
        made: Any = weasyprint.HTML(string=f"<p style='width: 9em'>{html.escape(words)}</p>").write_pdf()
        (tmp_path / "report.pdf").write_bytes(made)
        assert traces.in_file(tmp_path / "report.pdf") == (words == WORDS)


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04broken", b"\x1f\x8b", b"%PDF-", b"SQLite format 3\x00", b"PAR1", b"BZh9"]
)
def test_what_is_damaged_is_read_as_it_lies(traces: Traces, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    assert not traces.in_file(file)
    file.write_bytes(content + WORDS.encode())
    assert traces.in_file(file)
