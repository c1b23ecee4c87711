"""Letting go of what a study has kept for longer than it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, text

from storage import writes
from storage.database import typed_failures, writing
from storage.forgotten import removed_captures
from storage.privacy.leaving import delete, mark_captures, stretches
from storage.queries import ASKED, CAPTURE, COMMENT, FINDING, RUN
from storage.retrying import each_retried

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Connection, Engine


_EMPTIED = ("comment", "annotation", "search_text", "search_gram")
"""The tables from which rows leave."""


@each_retried
class Retention:
    """Lets go of what a study has kept for longer than it says. Every method is one transaction."""

    def __init__(self, engine: Engine, study: str) -> None:
        self._engine, self._study = engine, study

    def comments(self, before: int) -> tuple[int, list[str]]:
        """Delete comments older than a time: how many, and the SHA-256 of the captures that they were read in.

        Args:
            before: UTC milliseconds; a comment without a time is as old as the run that brought it.
        """
        query = select(COMMENT.c.key, COMMENT.c.capture).join(RUN, RUN.c.key == COMMENT.c.run)
        age = func.coalesce(COMMENT.c.published_at, RUN.c.started_at)
        with writing(self._engine) as connection:
            rows = connection.execute(query.where(COMMENT.c.study == self._study, age < before)).all()
            gone = delete(connection, [row.key for row in rows])
            named = _sha256s(connection, sorted({row.capture for row in rows if row.capture is not None}))
            mark_captures(connection, self._study, named)
            if gone:
                writes.changed(connection, self._study)
        return gone, named

    def captures(self, before: int) -> list[str]:
        """The SHA-256 of captures that last came before a time (UTC milliseconds), marked as removed."""
        came = func.coalesce(ASKED.c.came_at, CAPTURE.c.fetched_at)
        query = select(CAPTURE.c.sha256).outerjoin(ASKED, ASKED.c.capture == CAPTURE.c.key)
        with writing(self._engine) as connection:
            kept = connection.execute(query.where(CAPTURE.c.study == self._study, came < before)).scalars()
            named = sorted(set(kept) - removed_captures(connection, self._study))
            mark_captures(connection, self._study, named)
        return named

    def findings(self, runs: Sequence[str]) -> None:
        """Delete the numbers of the reports that these runs made."""
        with writing(self._engine) as connection:
            for some in stretches([int(run) for run in runs]):
                connection.execute(FINDING.delete().where(FINDING.c.run.in_(some)))

    def settle(self) -> None:
        """Write what was deleted over in SQLite's journal too; in its pages it is written over already.

        A PostgreSQL server gets the room back to use it again; until it does, the bytes lie there.
        """
        with typed_failures(self._engine.url), self._engine.connect() as plain:
            connection = plain.execution_options(isolation_level="AUTOCOMMIT")
            if connection.dialect.name == "sqlite":
                raw: Any = connection.connection.driver_connection
                raw.rollback()
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            else:
                connection.execute(text(f"VACUUM {', '.join(_EMPTIED)}"))


def _sha256s(connection: Connection, keys: Sequence[int]) -> list[str]:
    found: set[str] = set()
    for some in stretches(keys):
        found |= set(connection.execute(select(CAPTURE.c.sha256).where(CAPTURE.c.key.in_(some))).scalars())
    return sorted(found)
