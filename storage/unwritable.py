"""A SQLite database that can only be read: on a read-only disk, or of another user."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LOG, INDEX = "-wal", "-shm"
"""Ends of the names of the files that SQLite keeps beside a database."""


def reader_of(file: Path, timeout_s: float) -> Callable[[], sqlite3.Connection] | None:
    """What opens the database to read, where it is there and nothing can be written; None elsewhere.

    SQLite makes files beside a database even to read it (https://sqlite.org/wal.html#readonly). Where it cannot, and no
    log lies there that would have to be read too, the file is read as one that does not change.
    """
    if not file.is_file() or (_may_write(file) and _may_write(file.parent)):
        return None
    log = Path(f"{file}{LOG}")
    still = not _may_write(file.parent) and not (log.exists() and log.stat().st_size)
    address = f"{file.absolute().as_uri()}?mode=ro{'&immutable=1' if still else ''}"

    def opened() -> sqlite3.Connection:
        return sqlite3.connect(address, uri=True, timeout=timeout_s, check_same_thread=False)

    return opened


def _may_write(path: Path) -> bool:
    """By the rights that this process has now, and by whether the disk takes anything."""
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)
