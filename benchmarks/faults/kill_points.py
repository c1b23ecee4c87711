"""Points at which a process can die: just before each thing that it changes outside of itself.

A point is a write, sync, rename, removal or making of a file, a statement that changes the database, or the moment
before or after a commit. The last point lies behind the last change. Where a file is synced, half of it is cut off
first: a process may die in the middle of a write.
"""

from __future__ import annotations

import os
import signal
import stat
import sys
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.default import DefaultDialect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_CHANGES = frozenset({"os.rename", "os.remove", "os.link", "os.mkdir", "os.rmdir", "os.truncate", "os.symlink"})
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_READS = ("SELECT", "PRAGMA", "EXPLAIN", "WITH", "SHOW")


class _Points:
    """What was passed so far; while `folder` is None nothing is counted."""

    def __init__(self) -> None:
        self.folder: str | None = None
        self.fatal: int | None = None
        self.passed: list[str] = []

    def at(self, what: str, *, cut: Callable[[], None] | None = None) -> None:
        """Another point: count it, or die here."""
        if self.folder is None:
            return
        if len(self.passed) == self.fatal:
            self.folder = None
            if cut:
                cut()
            os.kill(os.getpid(), signal.SIGKILL)
        self.passed.append(what)

    def holds(self, path: object) -> bool:
        """Whether a path lies in the folder that is watched."""
        return self.folder is not None and isinstance(path, str | os.PathLike) and self.folder in os.fspath(path)


_points = _Points()


def watched(folder: Path, work: Callable[[], object], *, fatal: int | None = None) -> list[str]:
    """Does the work and gives the points it passed; with `fatal` the process dies at the point of this number."""
    _points.folder, _points.fatal, _points.passed = str(folder), fatal, []
    try:
        work()
        _points.at("the end")
    finally:
        _points.folder = None
    return _points.passed


def install() -> None:
    """Put the points into this process, once; children have them, too."""
    sys.addaudithook(_audited)
    for name in ("write", "ftruncate", "chmod"):
        setattr(os, name, _before(name, getattr(os, name)))
    os.fsync = _fsync_of(os.fsync)
    event.listen(Engine, "before_cursor_execute", _statement)
    event.listen(Engine, "connect", _listen_to_sqlite)
    event.listen(Engine, "commit", lambda _: _points.at("before commit"))
    committed: Any = DefaultDialect.do_commit

    def do_commit(self: Any, connection: Any) -> None:
        committed(self, connection)
        _points.at("after commit")

    DefaultDialect.do_commit = do_commit


def _audited(name: str, args: tuple[Any, ...]) -> None:
    if _points.folder is None:
        return
    if name == "open":
        path, _, flags = args
        if isinstance(flags, int) and flags & _WRITING and _points.holds(path):
            _points.at(f"open {_told(path)}")
    elif name in _CHANGES and any(_points.holds(path) for path in args):
        _points.at(f"{name[3:]} {_told(args[0])}")


def _told(path: object) -> str:
    """A path from the folder on, without the numbers that differ from run to run."""
    return os.fspath(path).partition(str(_points.folder))[2][:60] if isinstance(path, str | os.PathLike) else ""


def _before(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    def called(where: Any, *args: Any, **named: Any) -> Any:
        if not isinstance(where, int) or _is_file(where):
            _points.at(name)
        return call(where, *args, **named)

    return called


def _fsync_of(call: Callable[[int], None]) -> Callable[[int], None]:
    """Syncing costs time and changes nothing for whoever dies by a signal; a file may be half there by then."""

    def fsync(descriptor: Any) -> None:
        number = descriptor if isinstance(descriptor, int) else descriptor.fileno()
        if _points.folder is not None and _is_file(number):
            _points.at("sync", cut=lambda: os.truncate(number, os.fstat(number).st_size // 2))
        elif _points.folder is None:
            call(number)

    return fsync


def _is_file(descriptor: int) -> bool:
    return _points.folder is not None and stat.S_ISREG(os.fstat(descriptor).st_mode)


def _statement(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
    if not statement.lstrip().upper().startswith(_READS):
        _points.at(" ".join(statement.split()[:3]))


def _listen_to_sqlite(connection: Any, _record: object) -> None:
    """What goes to SQLite past SQLAlchemy: copies, and the emptying of its journal."""
    if hasattr(connection, "set_trace_callback"):
        connection.set_trace_callback(_traced)


def _traced(statement: str) -> None:
    if statement.startswith(("VACUUM", "PRAGMA wal_checkpoint")):
        _points.at(statement[:30])
