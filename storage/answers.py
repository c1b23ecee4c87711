"""Answers of slow coders, kept in a file of their own beside the captures.

It holds digests and answers, no text. It is no part of what a study says: without it the same answers are asked for
again. So it needs no migration, stays on this machine where the study's database is on a server, and may be deleted.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy.engine import URL

from storage.database import BUSY_TIMEOUT_S, typed_failures
from storage.database_failures import CorruptDatabase, NotADatabase, Unwritable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

FILE = "answers.db"
_ASKED_AT_ONCE = 500  # SQLite takes 999 parameters at least
_TABLE = "CREATE TABLE IF NOT EXISTS answer (key BLOB PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID"


class Answers:
    """Answers by the digest of what they answer. Several runs, and several threads of one, may use it at once.

    Args:
        folder: where the file lies; it and the file are made when the first answer is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def recall(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """The answers that are known.

        Raises:
            storage.database_failures.DatabaseFailure: the file cannot be read.
        """
        if not self._path.exists():
            return {}
        known: dict[bytes, bytes] = {}
        left = iter(keys)
        with self._open() as file:
            while asked := list(islice(left, _ASKED_AT_ONCE)):
                marks = ", ".join("?" * len(asked))
                known.update(file.execute(f"SELECT key, value FROM answer WHERE key IN ({marks})", asked))  # noqa: S608  marks are question marks
        return known

    def remember(self, answers: Mapping[bytes, bytes]) -> None:
        """Keep answers, on the disk when this returns; one that is known already stays.

        Raises:
            storage.database_failures.DatabaseFailure: the file cannot be written, the disk is full,
                or another run holds it.
        """
        if not answers:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            remedy = "Choose another folder, or make this one writable."
            raise Unwritable("the folder cannot be made.", where=str(self._path.parent), remedy=remedy) from error
        with self._open() as file:
            file.executemany("INSERT OR IGNORE INTO answer VALUES (?, ?)", answers.items())

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """One transaction on a connection of its own, so that threads need not share one."""
        with (
            _replaceable(self._path),
            typed_failures(URL.create("sqlite", database=str(self._path))),
            closing(sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_S)) as file,
            file,
        ):
            file.execute(_TABLE)
            yield file


@contextmanager
def _replaceable(path: Path) -> Iterator[None]:
    """Whatever is wrong with the file itself, it may be moved away: nothing is in it that cannot be asked again."""
    remedy = "Move the file away; the answers in it are asked for again."
    try:
        yield
    except (NotADatabase, CorruptDatabase) as error:
        raise type(error)(error.what, where=str(path), remedy=remedy) from error
    except sqlite3.OperationalError as error:  # a table of that name with other columns
        raise NotADatabase(f"this file keeps no answers ({error}).", where=str(path), remedy=remedy) from error
