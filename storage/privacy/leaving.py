"""How comments and captures leave: rows with all that hangs on them, and marks that tell removed from missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from storage import writes
from storage.forgotten import CAPTURE_MARK
from storage.queries import CAPTURE, COMMENT, FORGOTTEN
from storage.search.index import take_out, tidy
from storage.writes import IDS_AT_ONCE, add

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.engine import Connection


def mark_captures(connection: Connection, study: str, removed: Sequence[str]) -> None:
    """Note, in a transaction that is open, that these captures (SHA-256) are removed."""
    for some in stretches(removed):
        query = select(CAPTURE.c.source, CAPTURE.c.sha256).where(CAPTURE.c.study == study, CAPTURE.c.sha256.in_(some))
        rows = [{"source": row.source, "id": CAPTURE_MARK + row.sha256} for row in connection.execute(query)]
        at = {"study": study, "forgotten_at": writes.now()}
        add(connection, FORGOTTEN, [at | row for row in each_once(rows)])


def delete(connection: Connection, keys: Sequence[int]) -> int:
    """Delete comments with all that hangs on them, and tidy the search index; how many."""
    searchable, gone = 0, 0
    for some in stretches(keys):
        these = COMMENT.c.key.in_(some)
        searchable += take_out(connection, these)
        gone += connection.execute(COMMENT.delete().where(these)).rowcount
    if searchable:
        tidy(connection)
    return gone


def each_once(rows: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """Rows without those that say the same source and id again."""
    return list({(row["source"], row["id"]): row for row in rows}.values())


def stretches(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Values, as many at a time as a statement takes."""
    for start in range(0, len(values), IDS_AT_ONCE):
        yield values[start : start + IDS_AT_ONCE]
