"""Forgetting comments because somebody asked for it: their rows, what was said of them, and every way back.

What a platform deleted may come again when the platform shows it again (`storage.statements.forget`). What a person
asked to have forgotten never does: keyed marks stay, which tell it again and say nothing of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text

from storage import writes
from storage.database import reading, typed_failures, writing
from storage.forgotten import ASKED, FLAG, LONG_ENOUGH, Remembered, own_id, removed_captures, there
from storage.privacy.key_rotation import KeyRotation
from storage.privacy.leaving import delete, each_once, mark_captures, stretches
from storage.privacy.residue import sweep
from storage.privacy.retention import Retention
from storage.queries import CAPTURE, COMMENT, FORGOTTEN, SETTING, STUDY
from storage.retrying import each_retried
from storage.writes import IDS_AT_ONCE, add

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sqlalchemy.engine import Connection, Engine

    from storage.pseudonyms import Pseudonyms


_COLUMNS = tuple(Remembered.__slots__)
_SHARED = ("text", "url", "ext_id", "author")
"""What of a comment may stand in others too."""
_AT_ONCE = 5_000


@each_retried
class Forgetting:
    """Takes comments out of one study. Every method is one transaction unless it says otherwise."""

    def __init__(self, engine: Engine, study: str, pseudonyms: Pseudonyms) -> None:
        self._engine, self._study, self._pseudonyms = engine, study, pseudonyms

    @property
    def retention(self) -> Retention:
        """What lets go of what was kept long enough."""
        return Retention(self._engine, self._study)

    def key_rotation(self, folder: Path) -> KeyRotation:
        """What exchanges the key in this folder, and the pseudonyms of all studies of the database.

        Whoever uses it opens the store anew to add anything.
        """
        return KeyRotation(self._engine, folder, self._pseudonyms)

    def find(self, ids: Sequence[str], authors: Sequence[str]) -> list[Remembered]:
        """The comments with these ids, and all of these authors (pseudonyms)."""
        here = [COMMENT.c[name] for name in _COLUMNS]
        found: dict[int, Remembered] = {}
        with reading(self._engine) as connection:
            for column, values in ((COMMENT.c.id, ids), (COMMENT.c.author, authors)):
                for some in stretches(values):
                    query = select(*here).where(COMMENT.c.study == self._study, column.in_(some))
                    found.update((row.key, Remembered(*row)) for row in connection.execute(query))
        return [found[key] for key in sorted(found)]

    def pseudonyms_of(self, source: str, name: str) -> list[str]:
        """What an author is called by who is named so in a source: by the source, or a platform of its comments."""
        query = select(COMMENT.c.platform).distinct().where(COMMENT.c.study == self._study, COMMENT.c.source == source)
        with reading(self._engine) as connection:
            scopes = [source, *filter(None, connection.execute(query).scalars())]
        return list(dict.fromkeys(filter(None, (self._pseudonyms.of(scope, name) for scope in scopes))))

    def known(self, ids: Sequence[str], authors: Sequence[str]) -> bool:
        """Whether any of these was forgotten before."""
        marks = [self._mark("id", one) for one in ids] + [self._author_mark(one) for one in authors]
        with reading(self._engine) as connection:
            return any(there(connection, self._study, some) for some in stretches(marks))

    def alike(self, found: Sequence[Remembered]) -> set[str]:
        """What other comments hold, too, word for word: a text, an address of a thread, an author. It stays."""
        keys, others = {one.key for one in found}, set[str]()
        with reading(self._engine) as connection:
            for name in _SHARED:
                column, sought = COMMENT.c[name], {it for one in found if (it := getattr(one, name))}
                query = select(COMMENT.c.key, column).execution_options(yield_per=_AT_ONCE)
                if len(sought) <= IDS_AT_ONCE:
                    query = query.where(column.in_(sought))
                others |= {held for key, held in connection.execute(query) if held in sought and key not in keys}
        return others

    def mark(self, found: Sequence[Remembered], authors: Sequence[str]) -> None:
        """Keep out, from now on, these comments and whatever these authors write.

        Pages that are just being stored elsewhere are waited for: they asked before there was a mark.
        """
        rows = [{"source": one.source, "id": mark} for one in found for mark in self._marks(one)]
        with writing(self._engine) as connection:
            connection.execute(select(STUDY.c.id).where(STUDY.c.id == self._study).with_for_update())
            sources = list(dict.fromkeys(one.source for one in found))[:1]
            rows += [{"source": source, "id": self._author_mark(one)} for one in authors for source in sources]
            at = {"study": self._study, "forgotten_at": writes.now()}
            add(connection, FORGOTTEN, [at | row for row in each_once(rows)])
            if rows:
                add(connection, SETTING, [{"name": f"{FLAG}{self._study}", "value": "1"}])

    def captures_of(self, found: Sequence[Remembered]) -> list[tuple[int, str]]:
        """The captures, by key and SHA-256, that these comments were read in."""
        keys = sorted({one.capture for one in found if one.capture is not None})
        with reading(self._engine) as connection:
            query = select(CAPTURE.c.key, CAPTURE.c.sha256)
            return [
                (row.key, row.sha256)
                for some in stretches(keys)
                for row in connection.execute(query.where(CAPTURE.c.key.in_(some)))
            ]

    def captures_from(self, sources: Sequence[str]) -> list[tuple[int, str]]:
        """All captures of these sources, by key and SHA-256."""
        query = select(CAPTURE.c.key, CAPTURE.c.sha256).where(
            CAPTURE.c.study == self._study, CAPTURE.c.source.in_(list(sources))
        )
        with reading(self._engine) as connection:
            return [(row.key, row.sha256) for row in connection.execute(query)]

    def mark_captures(self, removed: Sequence[str]) -> None:
        """Note that these captures (SHA-256) are not missing but removed."""
        with writing(self._engine) as connection:
            mark_captures(connection, self._study, removed)

    def removed_captures(self) -> frozenset[str]:
        """SHA-256 of the captures that were removed because they showed what was forgotten."""
        with reading(self._engine) as connection:
            return removed_captures(connection, self._study)

    def take_out(self, found: Sequence[Remembered], needles: Sequence[str]) -> int:
        """Delete the comments with all that hangs on them, and every mention of these words elsewhere; how many."""
        with writing(self._engine) as connection:
            gone = delete(connection, [one.key for one in found])
            self._part_from(connection, found)
            sweep(connection, self._study, found, needles)
            writes.changed(connection, self._study)
            return gone

    def _part_from(self, connection: Connection, found: Sequence[Remembered]) -> None:
        """Answers stay, and name no more what they answered."""
        gone = {(one.source, one.ext_id) for one in found}
        query = select(COMMENT.c.key, COMMENT.c.source, COMMENT.c.parent_id)
        answers = query.where(COMMENT.c.study == self._study, COMMENT.c.parent_id.is_not(None))
        keys = [row.key for row in connection.execute(answers) if (row.source, row.parent_id) in gone]
        for some in stretches(keys):
            connection.execute(COMMENT.update().where(COMMENT.c.key.in_(some)).values(parent_id=None))

    def overwrite(self) -> None:
        """Leave no deleted byte in the database's files: SQLite and its journal, or PostgreSQL's tables and indices.

        It is not one transaction. PostgreSQL's write-ahead log and its backups are beyond reach from here. No
        connection is open afterwards, so that the files can be read without letting go of SQLite's locks on them.
        """
        with typed_failures(self._engine.url):
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            with connection:
                if connection.dialect.name == "sqlite":
                    raw: Any = connection.connection.driver_connection
                    raw.rollback()
                    raw.execute("VACUUM")
                    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                else:
                    connection.execute(text("VACUUM FULL"))
        self._engine.dispose()

    def _marks(self, one: Remembered) -> Iterator[str]:
        yield self._mark("id", one.id)
        yield self._mark("comment", one.source, one.ext_id)
        if len(one.text) >= LONG_ENOUGH:
            yield self._mark("words", own_id(one.ext_id), one.text)

    def _mark(self, *parts: str) -> str:
        return ASKED + self._pseudonyms.mark(*parts)

    def _author_mark(self, pseudonym: str) -> str:
        return ASKED + self._pseudonyms.author_mark(pseudonym)


def drop_capture(connection: Connection, study: str, key: int | None) -> str | None:
    """Mark the capture that shows what somebody asked to have forgotten; the SHA-256 of the bytes that are to go."""
    query = select(CAPTURE.c.sha256).where(CAPTURE.c.key == key)
    sha256 = None if key is None else connection.execute(query).scalar()
    if sha256 is not None:
        mark_captures(connection, study, [sha256])
    return sha256
