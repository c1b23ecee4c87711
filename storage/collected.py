"""The state of collecting in the store: where each source stands, and what a page changes of it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from storage import editions, queries
from storage.database import reading, writing
from storage.frames import frame_of, rows_of
from storage.queries import ACT, ARTICLE, ASKED, CAPTURE, COMMENT, FETCHED, RUN, SOURCE_STATE, WAITING
from storage.retrying import each_retried
from storage.state import Fetched, SourceState, Waiting
from storage.writes import add, add_source, now, replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from sqlalchemy import ColumnElement, Select, Table
    from sqlalchemy.engine import Connection, Engine

    from storage.intake import Origin, Row
    from storage.nouns import Article
    from storage.state import Step


@each_retried
class Collected:
    """What the store knows about collecting. Every method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, study_id: str, source: str, digest: str) -> SourceState:
        """Where a source stands; with another `digest` (its options) than last time it begins anew."""
        with writing(self._engine) as connection:
            add_source(connection, study_id, source)
            kept = connection.execute(_of(SOURCE_STATE, study_id, source)).one_or_none()
            if kept is None or kept.digest != digest:
                for table in (WAITING, FETCHED):
                    connection.execute(table.delete().where(*_same(table, study_id, source)))
                _put_state(connection, study_id, source, digest)
            return _state(connection, study_id, source)

    def acts(self, study_id: str) -> pd.DataFrame:
        """The dated acts that sources state field by field, by date: source, id, date, precision, kind, and more."""
        with reading(self._engine) as connection:
            return frame_of(connection, queries.acts(study_id), queries.ACT_KINDS)

    def captures(self, study_id: str) -> pd.DataFrame:
        """The captures in the order they first came, each with the ask it answers as JSON, and when it came last."""
        with reading(self._engine) as connection:
            return frame_of(connection, queries.captures(study_id), queries.CAPTURE_KINDS)

    def pages_had(self, study_id: str) -> list[tuple[str, int, str, str]]:
        """Of each capture that is whole: source, the run's number, url and final_url."""
        columns = CAPTURE.c.source, CAPTURE.c.run, CAPTURE.c.url, CAPTURE.c.final_url
        query = select(*columns).where(CAPTURE.c.study == study_id, CAPTURE.c.complete == 1)
        with reading(self._engine) as connection:
            return [tuple(row) for row in connection.execute(query)]

    def gave_anything(self, capture: int) -> bool:
        """Whether anything that is stored was read in this capture."""
        with reading(self._engine) as connection:
            for table in (COMMENT, ARTICLE, ACT):
                query = select(table.c.key).where(table.c.capture == capture).limit(1)
                if connection.execute(query).first() is not None:
                    return True
        return False

    def waiting(self, study_id: str) -> dict[str, int]:
        """How many asks each source has left for its next run; sources without any are not named."""
        columns = (WAITING.c.source, func.count().label("n"))
        query = select(*columns).where(WAITING.c.study == study_id).group_by(WAITING.c.source)
        with reading(self._engine) as connection:
            return {row.source: row.n for row in connection.execute(query)}

    def run_starts(self, study_id: str) -> dict[str, int]:
        """When each run began (UTC milliseconds), by its id; what it did is not read."""
        query = select(RUN.c.key, RUN.c.started_at).where(RUN.c.study == study_id)
        with reading(self._engine) as connection:
            return {str(key): started_at for key, started_at in connection.execute(query)}

    def three_counts(self, study_id: str) -> dict[str, int]:
        """How many comments there are (quotes too), different texts (equal ones as one), and known authors."""
        names = ("comments", "texts", "authors")
        with reading(self._engine) as connection:
            return rows_of(connection, queries.three_counts(study_id), names)[0]

    def edited(self, study_id: str, source: str, articles: Sequence[Article]) -> frozenset[str]:
        """The ids, as given, of those articles that are stored with another text."""
        return editions.edited(self._engine, study_id, source, articles)

    def declared(self, study_id: str) -> list[dict[str, Any]]:
        """Declared and kept comments by source and article: source, article, title, declared, collected, said_at."""
        with reading(self._engine) as connection:
            return rows_of(connection, queries.declared(study_id), queries.DECLARED_KINDS)


def _state(connection: Connection, study: str, source: str) -> SourceState:
    kept = connection.execute(_of(SOURCE_STATE, study, source)).one()
    same = select(SOURCE_STATE.c.source).where(SOURCE_STATE.c.study == study, SOURCE_STATE.c.digest == kept.digest)
    waiting = connection.execute(_of(WAITING, study, source).order_by(WAITING.c.key))
    fetched = connection.execute(_of(FETCHED, study, source))
    return SourceState(
        cursor=kept.cursor,
        settled=kept.settled,
        asked_to_wait=kept.asked_to_wait,
        alike=tuple(name for name in connection.execute(same).scalars() if name != source),
        waiting=tuple(Waiting(row.id, row.ask, row.tries) for row in waiting),
        fetched={row.url: Fetched(row.url, row.etag, row.last_modified) for row in fetched},
        had_items=any(_has_rows(connection, table, study, source) for table in (COMMENT, ARTICLE)),
    )


def _of(table: Table, study: str, source: str) -> Select[Any]:
    return select(table).where(*_same(table, study, source))


def same_source(table: Table, origin: Origin) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The rows of the source that a page comes from."""
    return _same(table, origin.study, origin.source)


def _same(table: Table, study: str, source: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (table.c.study == study, table.c.source == source)


def _has_rows(connection: Connection, table: Table, study: str, source: str) -> bool:
    query = select(table.c.key).where(*_same(table, study, source)).limit(1)
    return connection.execute(query).first() is not None


def _put_state(connection: Connection, study: str, source: str, digest: str) -> None:
    """A source at its beginning."""
    row = {"study": study, "source": source, "digest": digest, "cursor": None, "settled": None}
    replace(connection, SOURCE_STATE, [{**row, "asked_to_wait": None, "updated_at": now()}])


def take_step(connection: Connection, origin: Origin, step: Step) -> None:
    """What an answer changes of its source's state."""
    here = same_source(WAITING, origin)
    if step.done:
        connection.execute(WAITING.delete().where(*here, WAITING.c.id == step.done))
    if step.tried:
        more = {"tries": WAITING.c.tries + 1}
        connection.execute(WAITING.update().where(*here, WAITING.c.id == step.tried).values(more))
    add(connection, WAITING, [_waiting_row(origin, waiting) for waiting in step.waiting])
    if step.fetched is not None:
        replace(connection, FETCHED, [_fetched_row(origin, step.fetched)])
    _move_on(connection, origin, step)


def _move_on(connection: Connection, origin: Origin, step: Step) -> None:
    """Where the source goes on. Its row is written whole, with its hash: to seal it again would cost twice as much."""
    changed: dict[str, Any] = {"cursor": step.cursor, "asked_to_wait": step.asked_to_wait}
    changed = {name: value for name, value in changed.items() if value is not None}
    if not (changed or step.settles or step.reverts):
        return
    state = _of(SOURCE_STATE, origin.study, origin.source).with_for_update()
    if kept := connection.execute(state).mappings().one_or_none():
        changed |= {"settled": kept["cursor"]} if step.settles else {}
        changed |= {"cursor": kept["settled"]} if step.reverts else {}
        replace(connection, SOURCE_STATE, [{**kept, **changed, "updated_at": now()}])


def _waiting_row(origin: Origin, waiting: Waiting) -> Row:
    return {
        "study": origin.study,
        "source": origin.source,
        "id": waiting.key,
        "ask": waiting.ask,
        "tries": waiting.tries,
    }


def _fetched_row(origin: Origin, fetched: Fetched) -> Row:
    return {
        "study": origin.study,
        "source": origin.source,
        "id": hashlib.sha256(fetched.url.encode("utf-8", "surrogatepass")).hexdigest(),
        "url": fetched.url,
        "etag": fetched.etag,
        "last_modified": fetched.last_modified,
        "fetched_at": now(),
    }


def keep_ask(connection: Connection, capture: int, ask: str, options: str) -> None:
    """What a capture answers and with which options; the same bytes may come again later."""
    replace(connection, ASKED, [{"capture": capture, "ask": ask, "options": options, "came_at": now()}])
