"""One job at a time in a workspace: the second ends at once, and a killed one leaves nothing that has to be cleared.

The operating system holds the lock (`flock`, on Windows `LockFile`) and lets go of it when its process ends, however
it ends. What the file says only names who holds it.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from storage.errors import MinyiError
from storage.files import FileWriteError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

LOCK = "job.lock"
_BEYOND = 1 << 30  # Windows locks bytes that nobody else can then read: one beyond all that the file says
_MOST = 4_096
_AS_IT_IS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
"""A link would have somebody else's file written over, and a pipe would be waited for."""
_TRIES, _PAUSE_S = 4, 0.02

_held: dict[Path, Held] = {}


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a workspace, as the lock's file says; what it does not say is empty.

    Attributes:
        pid: the process, or None.
        command: which command of minyi.
        since: when it began, ISO 8601 in UTC.
    """

    pid: int | None = None
    command: str = ""
    since: str = ""

    def __str__(self) -> str:
        if not self.command:
            return "another job"
        return f"`minyi {self.command}` (process {self.pid}, since {self.since})"


@dataclass(frozen=True, slots=True)
class Held:
    """A workspace that this process works in.

    Attributes:
        place: tells this workspace from a copy of it and from one on another machine: a number drawn once, and the
            place of the lock on its disk.
    """

    place: str


class Busy(MinyiError):  # noqa: N818  says what is the case
    """Another job works in the workspace; a command that meets it ends with 75."""

    def __init__(self, holder: Holder | str, *, where: str = "") -> None:
        remedy = "Wait for it to end, or end it; a scheduler simply comes again."
        super().__init__(f"{holder} is at work in this workspace; nothing was done.", where=where, remedy=remedy)


@contextmanager
def one_at_a_time(data: Path, command: str) -> Iterator[Held]:
    """Hold the workspace whose `data` folder this is; within one process again and again.

    Raises:
        Busy: another process holds it; said at once.
        storage.files.FileWriteError: the folder cannot be written.
    """
    key = data.absolute()
    if key in _held:
        yield _held[key]
        return
    descriptor = _open(key / LOCK)
    try:
        if not _taken_soon(descriptor):
            raise Busy(_read(descriptor), where=str(data / LOCK))
        try:
            _held[key] = _signed(descriptor, command)
            yield _held[key]
        finally:
            _held.pop(key, None)
            _let_go(descriptor)
    finally:
        os.close(descriptor)


def holder(data: Path) -> Holder | None:
    """Who works in the workspace now, or None; asking writes nothing."""
    try:
        descriptor = os.open(data / LOCK, os.O_RDONLY | _AS_IT_IS)
    except OSError:  # no job was ever here, or not one that we may know of
        return None
    try:
        if data.absolute() not in _held and _taken(descriptor):
            _let_go(descriptor)
            return None
        return _read(descriptor)
    finally:
        os.close(descriptor)


def _taken_soon(descriptor: int) -> bool:
    """Whether the lock is ours: whoever only asks for the holder has it for an instant, and is no holder."""
    for _ in range(_TRIES):
        if _taken(descriptor):
            return True
        time.sleep(_PAUSE_S)
    return False


def _open(path: Path) -> int:
    """The file, open in this process alone: no child inherits it, or its lock."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return _plain(os.open(path, os.O_RDWR | os.O_CREAT | _AS_IT_IS, 0o644))
    except OSError as error:
        remedy = "Check that the folder is writable, that the disk has room, and that this is a plain file or nothing."
        raise FileWriteError(f"the lock cannot be taken ({error.strerror}).", where=str(path), remedy=remedy) from error


def _plain(descriptor: int) -> int:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no plain file")
    return descriptor


if sys.platform == "win32":

    def _taken(descriptor: int) -> bool:
        os.lseek(descriptor, _BEYOND, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _let_go(descriptor: int) -> None:
        os.lseek(descriptor, _BEYOND, os.SEEK_SET)
        with suppress(OSError):
            msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:

    def _taken(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _let_go(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


def _signed(descriptor: int, command: str) -> Held:
    """Says in the file who holds it; a full disk takes the name away, not the lock."""
    drawn = str(_facts(descriptor).get("place") or uuid4().hex)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    facts = {"pid": os.getpid(), "command": command, "since": now, "place": drawn}
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, json.dumps(facts).encode())
    return Held(f"{drawn}-{os.fstat(descriptor).st_ino}")


def _read(descriptor: int) -> Holder:
    facts = _facts(descriptor)
    pid, command, since = (facts.get(name) for name in ("pid", "command", "since"))
    return Holder(pid if isinstance(pid, int) else None, str(command or ""), str(since or ""))


def _facts(descriptor: int) -> dict[str, Any]:
    """What the file says; nothing where it was never written, or is just being written."""
    try:
        os.lseek(descriptor, 0, os.SEEK_SET)
        facts = json.loads(os.read(descriptor, _MOST))
    except (OSError, ValueError, RecursionError):
        return {}
    return facts if isinstance(facts, dict) else {}
