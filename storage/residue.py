"""What other tables may hold of a forgotten comment: refusals, runs, answers, asks that wait, quotes in articles."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, and_, or_, select

from storage.queries import (
    ACT,
    ARTICLE,
    ASKED,
    CAPTURE,
    FETCHED,
    FINDING,
    REJECT,
    RUN,
    SOURCE_STATE,
    WAITING,
)
from storage.responses import RESPONSE
from storage.writes import IDS_AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Column, ColumnElement, Table
    from sqlalchemy.engine import Connection

    from storage.forgotten import Remembered

BLANK = "█"
"""What stands in a text for each character that was taken out of it, so that places behind it stay as they are."""
_BLANKED = (REJECT, RUN, FINDING, CAPTURE, ACT, RESPONSE)
_DROPPED = (WAITING, FETCHED)
_NAMES = frozenset(
    {"study", "source", "id", "sha256", "kind", "status", "state", "precision", "command", "name", "run"}
)


def sweep(connection: Connection, study: str, found: Sequence[Remembered], needles: Sequence[str]) -> None:
    """Take out whatever names these comments, or says their words, outside of the comments themselves.

    Args:
        connection: a transaction.
        study: whose tables.
        found: the comments.
        needles: ids and words that stand for these comments alone.
    """
    _drop_paraphrases(connection, study, [one.id for one in found])
    _blank_articles(connection, study, found)
    spelled = sorted({form for needle in needles for form in _spelled(needle)}, key=len, reverse=True)
    if not spelled:
        return
    for table in _BLANKED:
        for where, row in _holding(connection, table, study, spelled):
            connection.execute(table.update().where(where).values({n: _without(v, spelled) for n, v in row.items()}))
    for table in _DROPPED:
        for where, _ in _holding(connection, table, study, spelled):
            connection.execute(table.delete().where(where))
    for where, row in _holding(connection, SOURCE_STATE, study, spelled):
        anew = dict.fromkeys(("cursor", "settled") if row.keys() & {"cursor", "settled"} else ())
        connection.execute(SOURCE_STATE.update().where(where).values(**anew))
    _drop_asked(connection, study, spelled)


def _spelled(needle: str) -> Iterator[str]:
    """A text as it is stored, and as it stands in JSON."""
    yield needle
    for ascii_only in (True, False):
        yield json.dumps(needle, ensure_ascii=ascii_only)[1:-1]


def _without(value: str, needles: Sequence[str]) -> str:
    for needle in needles:
        value = value.replace(needle, BLANK)
    return value


def _holding(
    connection: Connection, table: Table, study: str, needles: Sequence[str]
) -> Iterator[tuple[ColumnElement[bool], dict[str, str]]]:
    """The rows in which any of these occurs: which, and their columns that hold it."""
    keys: list[Column[Any]] = list(table.primary_key.columns)
    texts = [it for it in table.columns if isinstance(it.type, Text) and it.name not in _NAMES]
    query = select(*keys, *(it for it in texts if it not in keys)).where(table.c.study == study)
    for row in connection.execute(query).mappings().all():
        held = {it.name: row[it.name] for it in texts if row[it.name] and _any_in(row[it.name], needles)}
        if held:
            yield and_(*(it == row[it.name] for it in keys)), held


def _any_in(value: str, needles: Sequence[str]) -> bool:
    return any(needle in value for needle in needles)


def _drop_paraphrases(connection: Connection, study: str, ids: Sequence[str]) -> None:
    for start in range(0, len(ids), IDS_AT_ONCE):
        these = RESPONSE.c.subject.in_(ids[start : start + IDS_AT_ONCE])
        connection.execute(RESPONSE.delete().where(RESPONSE.c.study == study, RESPONSE.c.kind == "paraphrase", these))


def _drop_asked(connection: Connection, study: str, needles: Sequence[str]) -> None:
    """What captures answer; one without it is not parsed again."""
    query = select(ASKED.c.capture, ASKED.c.ask, ASKED.c.options).join(CAPTURE, CAPTURE.c.key == ASKED.c.capture)
    for row in connection.execute(query.where(CAPTURE.c.study == study)).all():
        if _any_in(row.ask + row.options, needles):
            connection.execute(ASKED.delete().where(ASKED.c.capture == row.capture))


def _blank_articles(connection: Connection, study: str, found: Sequence[Remembered]) -> None:
    """Blank the words where they stand in the articles that they were found in."""
    for one in found:
        ids = ARTICLE.c.id.in_([it for it in (one.article_id, one.ext_id) if it])
        here = or_(ids, ARTICLE.c.capture == one.capture) if one.capture else ids
        query = select(ARTICLE.c.key, ARTICLE.c.title, ARTICLE.c.text).where(ARTICLE.c.study == study)
        rows = connection.execute(query.where(ARTICLE.c.source == one.source, here)).mappings()
        for row in rows.all():
            blanked = _blanked(row, [it for it in (one.evidence, one.text) if it])
            if blanked:
                connection.execute(ARTICLE.update().where(ARTICLE.c.key == row["key"]).values(blanked))


def _blanked(row: Mapping[Any, Any], words: Sequence[str]) -> dict[str, str]:
    after = {name: row[name] for name in ("title", "text")}
    for one in words:
        after = {name: value.replace(one, BLANK * len(one)) for name, value in after.items()}
    return {name: value for name, value in after.items() if value != row[name]}
