"""Files that are either there, whole and on the disk, or not there at all."""

from __future__ import annotations

import errno
import json
import os
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PRIVATE = 0o600
_AT_ONCE = 1 << 20


class FileWriteError(MinyiError):
    """A file of the workspace cannot be written."""


def read_plain(path: Path) -> bytes:
    """What a file holds, where something else may have been put in its place: a pipe would be waited for without end.

    Raises:
        OSError: it cannot be read, or it is a pipe, a device or a folder.
    """
    with open(os.fspath(path), "rb", opener=_at_once) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is no plain file", str(path))
        return file.read()


def read_json(path: Path) -> Any:  # noqa: ANN401  whatever JSON holds
    """What a file of JSON says, read likewise.

    Raises:
        OSError: as `read_plain`.
        ValueError: it is not JSON, or is nested deeper than anything that is meant.
    """
    try:
        return json.loads(read_plain(path))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _at_once(name: str, flags: int) -> int:
    """Opens without waiting for somebody at the other end of a pipe; Windows has no such pipes, and no such flag."""
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))


def write_atomically(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Writes or replaces a file that nobody can ever see half: write, fsync, then give it its name.

    Raises:
        FileWriteError: the folder is missing or read-only, or the disk is full.
    """
    with _draft(path, content, mode) as draft:
        draft.replace(path)


def write_once(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Writes a file likewise, but leaves one that is there: two processes that start together agree on one.

    Raises:
        FileWriteError: the folder is missing or read-only, or the disk is full.
    """
    with _draft(path, content, mode) as draft, suppress(FileExistsError):
        os.link(draft, path)


def put_in_place(draft: Path, path: Path) -> None:
    """Gives a file that another program wrote beside its place its name, once it is on the disk whole.

    Raises:
        FileWriteError: the disk does not take it.
    """
    with _typed(path):
        descriptor = os.open(draft, os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        draft.replace(path)
        _settle(path.parent)


def remove(path: Path) -> None:
    """Removes a file for good: what it held is written over first, where it lies; one that is gone already is fine.

    It loses its name before that: whoever dies in between leaves a draft, and no file that is half zeros.

    Raises:
        FileWriteError: the folder is read-only.
    """
    with _typed(path), suppress(FileNotFoundError):
        if path.is_file() and not path.is_symlink() and path.stat().st_nlink == 1:
            path = path.replace(_draft_beside(path))
            _write_over(path)
        path.unlink()
        _settle(path.parent)


def _write_over(path: Path) -> None:
    """Zeros in place of the content; a file that may not be written is let go as it is."""
    with suppress(PermissionError), path.open("r+b") as file:
        left = path.stat().st_size
        while left > 0:
            left -= file.write(bytes(min(left, _AT_ONCE)))
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _draft(path: Path, content: bytes, mode: int) -> Iterator[Path]:
    """The content on the disk beside its place, under a name of its own; the folder is written after the body."""
    with _typed(path):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = _draft_beside(path)
        try:
            _write_through(draft, content, mode)
            yield draft
        finally:
            draft.unlink(missing_ok=True)
        _settle(path.parent)


def _draft_beside(path: Path) -> Path:
    return path.with_name(f".{uuid4().hex}.draft")


def _write_through(path: Path, content: bytes, mode: int) -> None:
    with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "wb") as file:  # noqa: PTH123  opens a descriptor
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _settle(folder: Path) -> None:
    """A new name survives a power cut only when its folder is written too; Windows has no such call."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _typed(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        remedy = "Check that the folder is writable and that the disk has room."
        if isinstance(error, IsADirectoryError):
            remedy = "Name a file."
        what = f"the file cannot be written ({error.strerror or type(error).__name__})."
        raise FileWriteError(what, where=str(path), remedy=remedy) from error
