"""Full-text search over comments: the index names those that may hold a phrase, their searched forms decide.

A phrase of one character alone has no group in the index: it is looked for in every form of the study.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import pandas as pd
from sqlalchemy import func, literal_column, select, text

from storage.database import reading
from storage.frames import Categories, Strings, Whole, frame_of, stances
from storage.queries import ANNOTATION, COMMENT, SEARCH_TEXT, key_of, published, reading_of
from storage.retrying import each_retried
from storage.search.index import gram, numbers
from storage.search.query import read_query
from storage.search.words import grouped, occurrences

if TYPE_CHECKING:
    from sqlalchemy import CTE, ColumnElement, Select
    from sqlalchemy.engine import Connection, Engine

    from storage.queries import Kinds
    from storage.records import Coding
    from storage.search.query import Query

MOST_GROUPS = 40  # of a long query; the searched forms decide anyway
_KINDS: Kinds = {
    "id": Strings,
    "source": Categories,
    "published_at": Whole,
    "published_precision": Categories,
    "stance": stances,
    "text": Strings,
}


class Among(TypedDict, total=False):
    """Which comments are searched.

    Attributes:
        source: of this source.
        stance: that the annotator gave this stance.
        since: published at this time or later, in milliseconds; comments without a time are then left out.
        until: published before this time; likewise.
    """

    source: str | None
    stance: str | None
    since: int | None
    until: int | None


@each_retried
class Search:
    """Finds comments by their words; `docs/search.md` tells how a query is written and what it finds.

    Both methods take whose stance stands beside a comment (`reader`), and which comments are searched (`Among`). They
    raise UsageError where the query names nothing that a comment could hold, or is too long.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(
        self, study_id: str, query: str, *, limit: int = 20, reader: Coding | None = None, **among: Unpack[Among]
    ) -> pd.DataFrame:
        """The newest comments that hold what a query names; those without a time come last.

        Returns:
            id, source, published_at (milliseconds) and its precision, stance, text, and where in the text the words
            stand: `spans`, a list of (start, end) in code points.
        """
        wanted = read_query(query)
        columns = [(ANNOTATION if name == "stance" else COMMENT).c[name] for name in _KINDS]
        with reading(self._engine) as connection:
            found = _found(connection, study_id, wanted, reader, among).with_only_columns(*columns)
            newest = found.order_by(COMMENT.c.published_at.desc().nulls_last(), COMMENT.c.key.desc()).limit(limit)
            frame = frame_of(connection, newest, _KINDS)
        spans = [occurrences(comment, wanted.phrases) for comment in frame["text"]]
        return frame.assign(spans=pd.Series(spans, dtype=object))

    def counts(
        self, study_id: str, query: str, *, reader: Coding | None = None, **among: Unpack[Among]
    ) -> dict[str | None, int]:
        """How many comments a query finds, by stance; None stands for those without one."""
        wanted = read_query(query)
        with reading(self._engine) as connection:
            found = _found(connection, study_id, wanted, reader, among)
            counted = found.with_only_columns(ANNOTATION.c.stance, func.count()).group_by(ANNOTATION.c.stance)
            return {stance: int(n) for stance, n in connection.execute(counted)}


def _found(
    connection: Connection, study: str, query: Query, reader: Coding | None, among: Among
) -> Select[tuple[Any, ...]]:
    """The comments that a query finds, each beside what the reader found in it."""
    coding = (-1, False) if reader is None else key_of(connection, reader)
    holding = _holding(connection.dialect.name, query)
    origin = holding.join(COMMENT, COMMENT.c.key == holding.c.comment).outerjoin(ANNOTATION, reading_of(*coding))
    found = select(COMMENT.c.key).select_from(origin).where(COMMENT.c.study == study)
    if (source := among.get("source")) is not None:
        found = found.where(COMMENT.c.source == source)
    if (stance := among.get("stance")) is not None:
        found = found.where(ANNOTATION.c.stance == stance)
    return published(found, among.get("since"), among.get("until"))


def _holding(dialect: str, query: Query) -> CTE:
    """The keys of the comments, of whatever study, whose form holds every phrase and none of those it must not."""
    place = func.instr if dialect == "sqlite" else func.strpos
    folded = SEARCH_TEXT.c.folded
    conditions = [place(folded, phrase) > 0 for phrase in query.phrases]
    conditions += [place(folded, phrase) == 0 for phrase in query.without]
    if groups := "".join(dict.fromkeys("".join(grouped(query.phrases)).replace(" ", "")))[:MOST_GROUPS]:
        conditions.insert(0, SEARCH_TEXT.c.comment.in_(_in_index(dialect, groups)))
    # Worked out first: neither database can guess how few comments the index leaves.
    return select(SEARCH_TEXT.c.comment).where(*conditions).cte("holding").prefix_with("MATERIALIZED")


def _in_index(dialect: str, groups: str) -> Select[Any]:
    """The keys of the comments that have all of these groups."""
    if dialect == "sqlite":
        key: ColumnElement[int] = literal_column("rowid")
        match = text("search_gram MATCH :groups").bindparams(groups=" ".join(groups))
        return select(key).select_from(text("search_gram")).where(match)
    return select(gram().c.comment).where(gram().c.grams.contains(numbers(groups)))
