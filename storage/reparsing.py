"""What a new parse of kept captures changes: compared row by row with what is stored, and put right if that is asked.

A comment whose words changed takes the old one's place, and what a classifier had said about the old words goes with
them. What a person has judged stays as it was judged.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from storage import forgotten, intake, writes
from storage.collected import same_source
from storage.database import reading, writing
from storage.queries import ACT, ANNOTATION, ARTICLE, CODING, COMMENT
from storage.search.index import take_out
from storage.statements import add_statements, forget, forgotten_of, mark_of
from storage.writes import IDS_AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from sqlalchemy import Table
    from sqlalchemy.engine import Connection, Engine

    from storage.intake import Origin, Row
    from storage.nouns import Page, Reject
    from storage.pseudonyms import Pseudonyms

_NOT_COMPARED = frozenset({"id", "key", "study", "source", "run", "capture", "ext_id"})
CONTENT_ID = "content-"  # how the ids of rows begin that have none in their file
_WORDS = frozenset({"text", "evidence", "lang"})  # what a classifier read


@dataclass(slots=True)
class Changes:
    """What a new parse finds otherwise than it is stored.

    Attributes:
        same: items that are as before.
        new: items that were not stored.
        changed: fields that differ, counted.
        altered: items of which any field differs.
        reworded: comments whose words differ, and are to be read by the classifier again.
        vanished: stored items that the new parse does not find.
        forgotten: items that the platform said were deleted: those found now, and those that stay away.
        judged: items whose words changed, or that vanished, and that stay because a person has judged them.
        examples: some ids of what changed, by what became of them.
    """

    same: int = 0
    new: int = 0
    changed: Counter[str] = field(default_factory=Counter)
    altered: int = 0
    reworded: int = 0
    vanished: int = 0
    forgotten: int = 0
    judged: int = 0
    examples: dict[str, list[str]] = field(default_factory=dict)

    def note(self, what: str, identity: str) -> None:
        """Remember a few examples of each kind of change."""
        known = self.examples.setdefault(what, [])
        if len(known) < 5:  # noqa: PLR2004  enough to look at
            known.append(identity)


class Reparse:
    """One source's captures read anew, in the order they came; an item counts where it is met first.

    Every method is one transaction.

    Args:
        engine: the database.
        pseudonyms: for authors.
        apply: put right what differs; otherwise only count it.
        runs: runs that imported the same file; what they stored without an id of its own is known by its words, since
            the id it was given hangs on its time and author.
    """

    def __init__(self, engine: Engine, pseudonyms: Pseudonyms, *, apply: bool, runs: Sequence[int] = ()) -> None:
        self._engine, self._pseudonyms, self._apply, self._runs = engine, pseudonyms, apply, runs
        self._unnamed: dict[int, list[int]] | None = None
        self._seen: dict[str, set[str]] = {"comment": set(), "article": set()}
        self._said: dict[str, dict[str, tuple[int, bool]]] = {"comment": {}, "article": {}}
        self._forgotten: set[str] | None = None
        self.changes = Changes()

    def capture(self, origin: Origin, pages: Sequence[Page], came_at: int = 0) -> list[Reject]:
        """Compare what was read in one capture, or a part of a file, with what is stored; what cannot be stored.

        Captures come in the order they first came; `came_at` is when one came last: whether an item is there or deleted
        is what was said last.
        """
        with self._transaction() as connection:
            if self._apply and origin.capture is not None:
                connection.execute(ACT.delete().where(ACT.c.capture == origin.capture))
            before = self._touched()
            refused = [reject for page in pages for reject in self._page(connection, origin, page, came_at)]
            self._count(connection, origin, before)
            return refused

    def end(self, origin: Origin, captures: Sequence[int]) -> None:
        """What is stored from these captures and was not found again, or was deleted by what came last."""
        with self._transaction() as connection:
            before = self._touched()
            self._forget(connection, origin)
            for table, name in ((COMMENT, "ext_id"), (ARTICLE, "id")):
                for stored in _stored_from(connection, table, origin, captures):
                    if stored[name] not in self._seen[table.name]:
                        self._vanished(connection, table, stored)
            self._count(connection, origin, before)

    def _transaction(self) -> AbstractContextManager[Connection]:
        return writing(self._engine) if self._apply else reading(self._engine)

    def _touched(self) -> int:
        return self.changes.new + self.changes.altered + self.changes.vanished + self.changes.forgotten

    def _count(self, connection: Connection, origin: Origin, before: int) -> None:
        """Counts a change of the study where the transaction changed anything that is stored."""
        if self._apply and self._touched() > before:
            writes.changed(connection, origin.study)

    def _page(self, connection: Connection, origin: Origin, page: Page, came_at: int) -> list[Reject]:
        comments, refused = intake.comment_rows(page.comments, origin, self._pseudonyms)
        comments, kept_out = forgotten.kept_out(connection, origin, comments, self._pseudonyms)
        self.changes.forgotten += kept_out
        articles, others = intake.article_rows(page.articles, origin)
        if self._forgotten is None:
            self._forgotten = forgotten_of(connection, origin)
        self._compare(connection, ARTICLE, "id", origin, self._first_met("article", articles, "id"))
        self._compare(connection, COMMENT, "ext_id", origin, self._first_met("comment", comments, "ext_id"))
        self._say("comment", [row["ext_id"] for row in comments], came_at, gone=False)
        self._say("comment", intake.identities(list(page.gone)), came_at, gone=True)
        self._say("article", [row["id"] for row in articles], came_at, gone=False)
        self._say("article", intake.identities(list(page.gone_articles)), came_at, gone=True)
        if self._apply:
            add_statements(connection, origin, replace(page, comments=[], gone=(), gone_articles=()))
        return refused + others

    def _say(self, kind: str, ids: Iterable[str], came_at: int, *, gone: bool) -> None:
        said = self._said[kind]
        for one in ids:
            if came_at >= said.get(one, (came_at, gone))[0]:
                said[one] = (came_at, gone)

    def _forget(self, connection: Connection, origin: Origin) -> None:
        """What was on a page and is gone by the last that came: a deletion that an earlier parse did not see."""
        for table, name in ((COMMENT, "ext_id"), (ARTICLE, "id")):
            gone = sorted(one for one, (_, is_gone) in self._said[table.name].items() if is_gone)
            for start in range(0, len(gone), IDS_AT_ONCE):
                some = gone[start : start + IDS_AT_ONCE]
                stored = select(table.c[name], table.c.id).where(*same_source(table, origin), table.c[name].in_(some))
                found = {row[0]: row[1] for row in connection.execute(stored)}
                self.changes.forgotten += len(found)
                for identity in found.values():
                    self.changes.note("forgotten", identity)
                if self._apply:
                    forget(connection, origin, table, list(found))

    def _vanished(self, connection: Connection, table: Table, stored: Mapping[Any, Any]) -> None:
        if table is COMMENT and _judged(connection, [stored["key"]]):
            self.changes.judged += 1
            self.changes.note("judged", stored["id"])
            return
        self.changes.vanished += 1
        self.changes.note("vanished", stored["id"])
        if self._apply:
            _delete(connection, table, stored["key"])

    def _first_met(self, kind: str, rows: Iterable[Row], name: str) -> list[Row]:
        fresh = []
        for row in rows:
            if row[name] not in self._seen[kind]:
                self._seen[kind].add(row[name])
                fresh.append(row)
        return fresh

    def _compare(self, connection: Connection, table: Table, name: str, origin: Origin, rows: Sequence[Row]) -> None:
        for start in range(0, len(rows), IDS_AT_ONCE):
            chunk = rows[start : start + IDS_AT_ONCE]
            ids = table.c[name].in_([row[name] for row in chunk])
            found = connection.execute(select(table).where(*same_source(table, origin), ids)).mappings()
            stored: dict[str, Mapping[Any, Any]] = {row[name]: row for row in found}
            if table is COMMENT:
                stored |= self._moved_quotes(connection, origin, chunk, stored)
            if table is COMMENT and self._runs:
                stored |= self._by_words(connection, origin, [row for row in chunk if row[name] not in stored])
            keys = [row["key"] for row in stored.values()]
            judged = _judged(connection, keys) if table is COMMENT else set()
            for row in chunk:
                self._one(connection, table, row, stored.get(row[name]), judged)

    def _one(
        self, connection: Connection, table: Table, row: Row, stored: Mapping[Any, Any] | None, judged: set[int]
    ) -> None:
        name = "ext_id" if table is COMMENT else "id"
        if stored is None and mark_of(table, row[name]) in (self._forgotten or ()):
            self.changes.forgotten += 1
            return
        if stored is None:
            self.changes.new += 1
            self.changes.note("new", row["id"])
            if self._apply:
                _add(connection, table, row)
            return
        differing = {name for name in row.keys() - _NOT_COMPARED if row[name] != stored[name]}
        if stored["id"] != row["id"]:
            differing |= {"id"} | ({"ext_id"} if table is COMMENT else set())
        if not differing:
            self.changes.same += 1
        elif stored["key"] in judged and differing & _WORDS:
            self.changes.judged += 1
            self.changes.note("judged", row["id"])
        else:
            self._change(connection, table, row, stored, differing)

    def _moved_quotes(
        self, connection: Connection, origin: Origin, rows: Sequence[Row], stored: Mapping[str, Any]
    ) -> dict[str, Mapping[Any, Any]]:
        """Quotes that stand elsewhere in their article, whose text is read otherwise now → what is stored of them."""
        moved = [row for row in rows if row["kind"] == "quote" and row["ext_id"] not in stored]
        if not moved:
            return {}
        of_these = COMMENT.c.article_id.in_(sorted({row["article_id"] for row in moved if row["article_id"]}))
        query = select(COMMENT).where(*same_source(COMMENT, origin), COMMENT.c.kind == "quote", of_these)
        here = {row["ext_id"] for row in rows}
        waiting: dict[tuple[str, str], list[Mapping[Any, Any]]] = {}
        for kept in connection.execute(query.order_by(COMMENT.c.key)).mappings():
            if kept["ext_id"] not in here:
                waiting.setdefault((kept["article_id"], kept["text"]), []).append(kept)
        found: dict[str, Mapping[Any, Any]] = {}
        for row in moved:
            if same := waiting.get((row["article_id"], row["text"])):
                found[row["ext_id"]] = same.pop(0)
                self._seen["comment"].add(found[row["ext_id"]]["ext_id"])
        return found

    def _by_words(self, connection: Connection, origin: Origin, rows: Sequence[Row]) -> dict[str, Mapping[Any, Any]]:
        """New rows without an id of their own → the stored rows of the same words, each once, in the file's order."""
        if self._unnamed is None:
            self._unnamed = _unnamed(connection, origin, self._runs)
        found: dict[str, Mapping[Any, Any]] = {}
        for row in rows:
            waiting = self._unnamed.get(hash(row["text"]), [])
            while row["ext_id"].startswith(CONTENT_ID) and waiting:
                query = select(COMMENT).where(COMMENT.c.key == waiting.pop(0))
                stored = connection.execute(query).mappings().one()
                if stored["ext_id"] not in self._seen["comment"]:  # the same words of somebody else, met by their id
                    found[row["ext_id"]] = stored
                    break
        return found

    def _change(
        self, connection: Connection, table: Table, row: Row, stored: Mapping[Any, Any], differing: set[str]
    ) -> None:
        self.changes.changed.update(differing)
        self.changes.altered += 1
        self.changes.note("changed", row["id"])
        reworded = table is COMMENT and bool(differing & _WORDS)
        self.changes.reworded += reworded
        if not self._apply:
            return
        if reworded:  # annotations leave only together with their comment
            _delete(connection, table, stored["key"])
            _add(connection, table, row)
        else:
            fresh = {name: row[name] for name in differing}
            connection.execute(table.update().where(table.c.key == stored["key"]).values(fresh))


def _add(connection: Connection, table: Table, row: Row) -> None:
    if table is COMMENT:
        writes.add_comments(connection, [row])
    else:
        writes.add(connection, table, [row])


def _delete(connection: Connection, table: Table, key: int) -> None:
    if table is COMMENT:
        take_out(connection, COMMENT.c.key == key)
    connection.execute(table.delete().where(table.c.key == key))


def _judged(connection: Connection, keys: Sequence[int]) -> set[int]:
    """The comments among these that a person has judged."""
    if not keys:
        return set()
    people = select(CODING.c.key).where(CODING.c.annotator_kind == "person")
    query = select(ANNOTATION.c.comment).where(ANNOTATION.c.comment.in_(keys), ANNOTATION.c.coding.in_(people))
    return {int(key) for key in connection.execute(query).scalars()}


def _unnamed(connection: Connection, origin: Origin, runs: Sequence[int]) -> dict[int, list[int]]:
    """Hash of the words → keys, of what these runs stored without an id of its own."""
    own = COMMENT.c.ext_id.startswith(CONTENT_ID, autoescape=True)
    query = select(COMMENT.c.key, COMMENT.c.text).where(*same_source(COMMENT, origin), COMMENT.c.run.in_(runs), own)
    found: dict[int, list[int]] = {}
    for key, text in connection.execute(query.order_by(COMMENT.c.key)):
        found.setdefault(hash(text), []).append(key)
    return found


def _stored_from(
    connection: Connection, table: Table, origin: Origin, captures: Sequence[int]
) -> Iterator[Mapping[Any, Any]]:
    names = ("key", "id", "ext_id") if table is COMMENT else ("key", "id")
    columns = [table.c[name] for name in names]
    for start in range(0, len(captures), IDS_AT_ONCE):
        from_these = table.c.capture.in_(captures[start : start + IDS_AT_ONCE])
        query = select(*columns).where(*same_source(table, origin), from_these)
        yield from connection.execute(query).mappings().all()
