"""Bytes of a file: only regular local files are opened, and what is compressed is inflated under a cap."""

from __future__ import annotations

import io
import os
import re
import stat
import zlib
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO

from scrapers.files.options import FileError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INFLATED_LIMIT = 1 << 30
_CHUNK = 1 << 18
_GZIP = b"\x1f\x8b"
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
# Opening one of these runs whatever program it carries.
_PROGRAMS = {".pkl", ".pickle", ".joblib", ".pt", ".pth", ".npy", ".dill", ".cloudpickle"}


@dataclass(slots=True)
class Blob:
    """The bytes of one file, readable more than once.

    Attributes:
        name: the file's name, as people are told it.
        path: where it lies, unless `data` holds it.
        limit: how many bytes it may inflate to.
        trouble: why reading ended before the end of the data, if it did.
    """

    name: str
    path: Path | None = None
    data: bytes = b""
    limit: int = INFLATED_LIMIT
    trouble: str = field(default="", init=False)

    @property
    def packed(self) -> bool:
        """Whether the bytes are compressed."""
        with self._open() as stream:
            return stream.read(len(_GZIP)) == _GZIP

    def head(self, size: int) -> bytes:
        """The first bytes, inflated where the file is compressed."""
        found = b""
        for chunk in self.chunks():
            found += chunk
            if len(found) >= size:
                break
        return found[:size]

    def chunks(self) -> Iterator[bytes]:
        """The bytes in pieces, inflated where the file is compressed; sets `trouble` where they end too early."""
        self.trouble = ""
        with self._open() as stream:
            first = stream.read(_CHUNK)
            if first.startswith(_GZIP):
                yield from self._inflated(first, stream)
            else:
                while first:
                    yield first
                    first = stream.read(_CHUNK)

    def whole(self, limit: int) -> bytes:
        """All bytes.

        Raises:
            FileError: they are more than `limit`.
        """
        parts, size = [], 0
        for chunk in self.chunks():
            size += len(chunk)
            if size > limit:
                raise FileError(
                    f"The file holds more than {limit >> 20} MB, too much for a format that is read in one piece.",
                    where=self.name,
                    remedy="Save it as CSV or JSONL, or split it.",
                )
            parts.append(chunk)
        return b"".join(parts)

    def _open(self) -> BinaryIO:
        return open_regular(self.path) if self.path else io.BytesIO(self.data)

    def _inflated(self, first: bytes, stream: BinaryIO) -> Iterator[bytes]:
        """The members of a gzip file one after another, never more than a chunk at a time in memory."""
        member, total = zlib.decompressobj(31), 0
        try:
            for packed in chain([first], iter(lambda: stream.read(_CHUNK), b"")):
                waiting, piece = packed, b"more"
                while waiting or piece:
                    if member.eof:
                        waiting, piece = waiting.lstrip(b"\0"), b""  # zeros are padding
                        if not waiting:
                            break
                        member = zlib.decompressobj(31)
                    piece = member.decompress(waiting, _CHUNK)
                    waiting = member.unused_data if member.eof else member.unconsumed_tail
                    total += len(piece)
                    if total > self.limit:
                        self.trouble = f"the compressed data inflates to more than {self.limit >> 20} MB"
                        return
                    yield piece
        except zlib.error:
            self.trouble = "the compressed data is damaged"
            return
        if not member.eof:
            self.trouble = "the compressed data is cut off before its end"


def local_blob(path: Path) -> Blob:
    """A blob for a local file.

    Raises:
        FileError: the path is an address, a folder, a device, a pickle, or cannot be read.
    """
    text = str(path)
    if _ADDRESS.match(text):
        remedy = "Download it first, or give it as url = … in the study file."
        raise FileError("This is an address, not a file on this machine.", where=text, remedy=remedy)
    if text.startswith("~"):
        raise FileError("“~” is not expanded here.", where=text, remedy="Write the path out.")
    if path.suffix.lower() in _PROGRAMS:
        raise FileError(
            f"A {path.suffix} file can run a program when it is opened, so it is not.",
            where=text,
            remedy="Export the comments as CSV, JSONL or XLSX.",
        )
    open_regular(path).close()
    return Blob(path.name, path)


def open_regular(path: Path) -> BinaryIO:
    """A regular file, opened for reading; a pipe or device neither blocks nor is read.

    Raises:
        FileError: there is none, or it may not be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError as error:
        raise FileError("There is no such file.", where=str(path), remedy="Check the path.") from error
    except PermissionError as error:
        remedy = "Name a file, not a folder." if path.is_dir() else "Give yourself the right to read it."
        raise FileError("The file may not be read.", where=str(path), remedy=remedy) from error
    except (OSError, ValueError) as error:
        raise FileError(f"The file cannot be opened ({error}).", where=repr(str(path))) from error
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        what = "a folder" if stat.S_ISDIR(mode) else "a device or pipe"
        raise FileError(f"This is {what}, not a regular file.", where=str(path), remedy="Name a file.")
    return os.fdopen(descriptor, "rb")
