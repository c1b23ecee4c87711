"""Bytes as they came, each kept once in a file named by its SHA-256.

A capture of 1 KiB or more is gzipped where that makes it smaller; the name is always that of the plain bytes.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from typing import TYPE_CHECKING

from storage.errors import MinyiError
from storage.files import remove, write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FOLDER = "captures"
_WORTH_PACKING = 1024
_LEVEL = 3  # two thirds of level 9's time saved for a tenth more room
_SECRET_HEADERS = frozenset(
    {
        "authorization",
        "cookie",
        "proxy-authenticate",
        "proxy-authorization",
        "set-cookie",
        "www-authenticate",
        "x-api-key",
    }
)


class CaptureFailure(MinyiError):  # noqa: N818  its kinds are named by what happened
    """The bytes of a capture cannot be given back."""


class CaptureMissing(CaptureFailure):
    """They are gone."""


class CaptureDamaged(CaptureFailure):
    """They are not those that were fetched."""


def digest(body: bytes) -> str:
    """SHA-256 in hex: the name of these bytes."""
    return hashlib.sha256(body).hexdigest()


def without_secrets(headers: dict[str, str]) -> dict[str, str]:
    """Response headers without those that carry a session or a key."""
    return {name: value for name, value in headers.items() if name.lower() not in _SECRET_HEADERS}


class Captures:
    """The captures of one workspace."""

    def __init__(self, workspace: Path) -> None:
        self._folder = workspace / FOLDER

    def keep(self, body: bytes) -> str:
        """Writes these bytes down unless they are there, and returns their SHA-256 in hex.

        Raises:
            storage.files.FileWriteError: the folder is read-only or the disk full.
        """
        name = digest(body)
        plain, packed = self._paths(name)
        if plain.exists() or packed.exists():
            return name
        small = gzip.compress(body, _LEVEL, mtime=0) if len(body) >= _WORTH_PACKING else body
        if len(small) < len(body):
            write_atomically(packed, small)
        else:
            write_atomically(plain, body)
        return name

    def read(self, name: str) -> bytes:
        """The bytes of this SHA-256, checked against it.

        Raises:
            CaptureMissing: no file that can be read holds them.
            CaptureDamaged: the file holds something else.
        """
        plain, packed = self._paths(name)
        path = packed if packed.exists() else plain
        try:
            body = path.read_bytes()
        except OSError as error:
            remedy = "Put the folder back from a copy, or collect again."
            raise CaptureMissing(
                f"no capture can be read ({error.strerror}).", where=str(path), remedy=remedy
            ) from error
        try:
            body = gzip.decompress(body) if path is packed else body
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise _damaged(path) from error
        if digest(body) != name:
            raise _damaged(path)
        return body

    def there(self, names: Iterable[str]) -> set[str]:
        """Those of these SHA-256 whose bytes lie there: one look at the folder, however many are asked for."""
        return {path.name.removesuffix(".gz") for path in self._folder.glob("??/*")}.intersection(names)

    def remove(self, name: str) -> bool:
        """Removes the bytes of this SHA-256; whether they were there.

        Raises:
            storage.files.FileWriteError: they cannot be removed.
        """
        there = [path for path in self._paths(name) if path.exists()]
        for path in there:
            remove(path)
        return bool(there)

    def _paths(self, name: str) -> tuple[Path, Path]:
        folder = self._folder / name[:2]
        return folder / name, folder / f"{name}.gz"


def _damaged(path: Path) -> CaptureDamaged:
    remedy = "Put the file back from a copy, or collect again."
    return CaptureDamaged("this capture is not what was fetched.", where=str(path), remedy=remedy)
