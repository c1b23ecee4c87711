"""What a file holds, however it is packed: archives, documents, databases, and alphabets that stand for bytes."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import lzma
import quopri
import re
import sqlite3
import tarfile
import zipfile
import zlib
from contextlib import closing, suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGEST = 512 << 20
"""Bytes of a file, or of a part of an archive, that are looked into at once."""
READERS = {".pdf": ("pypdf", "pdf"), ".parquet": ("pyarrow", "parquet")}
"""Kinds of files that only a library can read: which one, and the extra that brings it."""
_DEEP = 3
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{12,}(?:[\r\n]{1,2}[A-Za-z0-9+/_-]{4,})*")
_QUOTED = re.compile(rb"(?:=[0-9A-Fa-f]{2}){3}")
_PERCENT = re.compile(rb"(?:%[0-9A-Fa-f]{2}){3}")
_LINES = re.compile(rb"[\r\n]")
_MAGIC = (b"\x1f\x8b", b"PK\x03\x04", b"%PDF", b"BZh", b"\xfd7zXZ\x00", b"PAR1", b"SQLite format 3\x00")
_BROKEN = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError, sqlite3.Error)
_ODD = (NotImplementedError, RuntimeError, ValueError, KeyError, TypeError, AttributeError, OverflowError, MemoryError)
_TAR_AT = 257


def closed(path: Path) -> bool:
    """Whether nothing here can read this kind of file."""
    reader = READERS.get(path.suffix.lower())
    return reader is not None and find_spec(reader[0]) is None


def is_text(content: bytes) -> bool:
    """Whether it looks like something a person can read as it is."""
    return b"\0" not in content[:4096]


def parts(content: bytes, deep: int = _DEEP) -> Iterator[bytes]:
    """A file's content, and all that is packed in it; what is damaged is read as far as it goes."""
    yield content
    if not deep:
        return
    with suppress(*_BROKEN, *_ODD):
        for packed in _packed(content):
            yield from parts(packed, deep - 1)


def _packed(content: bytes) -> Iterator[bytes]:
    if content.startswith(b"\x1f\x8b"):
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            yield file.read(LARGEST)
    elif content.startswith(b"BZh"):
        yield bz2.BZ2Decompressor().decompress(content, LARGEST)
    elif content.startswith(b"\xfd7zXZ\x00"):
        yield lzma.LZMADecompressor().decompress(content, LARGEST)
    elif content.startswith(b"PK\x03\x04"):
        yield from _members(content)
    elif content.startswith(b"%PDF"):
        yield from _of_pdf(content)
    elif content.startswith(b"PAR1"):
        yield from _of_parquet(content)
    elif content.startswith(b"SQLite format 3\x00"):
        yield from _of_database(content)
    elif content[_TAR_AT : _TAR_AT + 5] == b"ustar":
        yield from _of_tar(content)
    elif is_text(content):
        yield from _respelled(content)


def _members(content: bytes) -> Iterator[bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            with suppress(*_BROKEN, *_ODD), archive.open(name) as member:
                yield member.read(LARGEST)


def _of_tar(content: bytes) -> Iterator[bytes]:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            if file is not None:
                yield file.read(LARGEST)


def _of_pdf(content: bytes) -> Iterator[bytes]:
    """Its streams, and the words on its pages, which stand there as numbers of letters in a font."""
    for stream in _STREAM.finditer(content):
        with suppress(zlib.error):
            yield zlib.decompressobj().decompress(stream[1], LARGEST)
    if find_spec("pypdf") is None:
        return
    import logging

    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it tells of every object that a damaged file lacks
    with suppress(pypdf.errors.PyPdfError, *_BROKEN, *_ODD):
        for page in pypdf.PdfReader(io.BytesIO(content)).pages:
            yield page.extract_text().encode("utf-8", "surrogatepass")


def _of_parquet(content: bytes) -> Iterator[bytes]:
    if find_spec("pyarrow") is None:
        return
    from pyarrow import parquet

    for batch in parquet.ParquetFile(io.BytesIO(content)).iter_batches():
        for column in batch.columns:
            yield _joined(column.to_pylist())


def _of_database(content: bytes) -> Iterator[bytes]:
    """The texts of an SQLite database, of which long ones lie there in pieces."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(content)
        database.execute("PRAGMA trusted_schema = OFF")
        named = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'")
        for (name,) in named.fetchall():
            quoted = str(name).replace('"', '""')
            with suppress(sqlite3.Error):
                rows = database.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608  a name that it gave itself, in quotes
                while some := rows.fetchmany(1000):
                    yield _joined([value for row in some for value in row if isinstance(value, str | bytes)])


def _joined(values: list[Any]) -> bytes:
    return b"\n".join(it if isinstance(it, bytes) else str(it).encode("utf-8", "surrogatepass") for it in values)


def _respelled(content: bytes) -> Iterator[bytes]:
    """What is written in the alphabets of addresses and mail."""
    if _PERCENT.search(content):
        yield unquote_to_bytes(content.replace(b"+", b" "))
    if _QUOTED.search(content):
        yield quopri.decodestring(content)
    plain = []
    for run in _BASE64.finditer(content):
        letters = _LINES.sub(b"", run[0]).replace(b"-", b"+").replace(b"_", b"/")
        for start in range(4):  # what stands before it may be letters of the alphabet, too
            end = len(letters) - ((len(letters) - start) % 4 == 1)  # one letter is no byte
            decoded = base64.b64decode(letters[start:end] + b"====")
            plain.append(decoded)
            if decoded.startswith(_MAGIC):
                yield decoded
    yield b"\0\0\0\0".join([b"", *plain])
