"""What other tables may hold of a forgotten comment: refusals, runs, answers, asks that wait, quotes in articles."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, and_, select

from storage.privacy.needles import Needles
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
from storage.writes import IDS_AT_ONCE, add

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Column, ColumnElement, Table
    from sqlalchemy.engine import Connection

    from storage.forgotten import Remembered

BLANK = "█"
"""What stands in a text for each character that was taken out of it, so that places behind it stay as they are."""
_BLANKED = (REJECT, RUN, FINDING, CAPTURE, ACT)
_DROPPED = (WAITING, FETCHED)
_AT_ONCE = 1_000
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
    spelled = Needles(
        form.encode("utf-8", "surrogatepass") for needle in needles for form in dict.fromkeys(_spelled(needle))
    )
    if not spelled:
        return
    for table in _BLANKED:
        for where, row in list(_holding(connection, table, study, spelled)):
            connection.execute(table.update().where(where).values({n: _without(v, spelled) for n, v in row.items()}))
    _blank_answers(connection, study, spelled)
    for table in _DROPPED:
        for where, _ in list(_holding(connection, table, study, spelled)):
            connection.execute(table.delete().where(where))
    for where, row in list(_holding(connection, SOURCE_STATE, study, spelled)):
        anew = dict.fromkeys(("cursor", "settled") if row.keys() & {"cursor", "settled"} else ())
        connection.execute(SOURCE_STATE.update().where(where).values(**anew))
    _drop_asked(connection, study, spelled)


def _spelled(needle: str) -> Iterator[str]:
    """A text as it is stored, and as it stands in JSON."""
    yield needle
    for ascii_only in (True, False):
        yield json.dumps(needle, ensure_ascii=ascii_only)[1:-1]


def _without(value: str, needles: Needles) -> str:
    content = value.encode("utf-8", "surrogatepass")
    return needles.without(content, BLANK.encode()).decode("utf-8", "surrogatepass")


def _holding(
    connection: Connection, table: Table, study: str, needles: Needles
) -> Iterator[tuple[ColumnElement[bool], dict[str, str]]]:
    """The rows in which any of these occurs: which, and their columns that hold it."""
    keys: list[Column[Any]] = list(table.primary_key.columns)
    texts = [it for it in table.columns if isinstance(it.type, Text) and it.name not in _NAMES]
    query = select(*keys, *(it for it in texts if it not in keys)).where(table.c.study == study)
    for row in connection.execute(query.execution_options(yield_per=_AT_ONCE)).mappings():
        held = {it.name: row[it.name] for it in texts if row[it.name] and _any_in(row[it.name], needles)}
        if held:
            yield and_(*(it == row[it.name] for it in keys)), held


def _any_in(value: str, needles: Needles) -> bool:
    return needles.anywhere_in(value.encode("utf-8", "surrogatepass"))


def _drop_paraphrases(connection: Connection, study: str, ids: Sequence[str]) -> None:
    for start in range(0, len(ids), IDS_AT_ONCE):
        these = RESPONSE.c.subject.in_(ids[start : start + IDS_AT_ONCE])
        connection.execute(RESPONSE.delete().where(RESPONSE.c.study == study, RESPONSE.c.kind == "paraphrase", these))


def _blank_answers(connection: Connection, study: str, needles: Needles) -> None:
    """Answers are never changed: one that quotes the words makes room for one without them, in the same place."""
    for where, held in list(_holding(connection, RESPONSE, study, needles)):
        row = dict(connection.execute(select(RESPONSE).where(where)).mappings().one())
        connection.execute(RESPONSE.delete().where(where))
        add(connection, RESPONSE, [row | {name: _without(value, needles) for name, value in held.items()}])


def _drop_asked(connection: Connection, study: str, needles: Needles) -> None:
    """What captures answer; one without it is not parsed again."""
    query = select(ASKED.c.capture, ASKED.c.ask, ASKED.c.options).join(CAPTURE, CAPTURE.c.key == ASKED.c.capture)
    for row in connection.execute(query.where(CAPTURE.c.study == study)).all():
        if _any_in(row.ask + row.options, needles):
            connection.execute(ASKED.delete().where(ASKED.c.capture == row.capture))


def _blank_articles(connection: Connection, study: str, found: Sequence[Remembered]) -> None:
    """Blank the words where they stand in the articles that they were found in."""
    words: defaultdict[tuple[str, str | int], list[str]] = defaultdict(list)
    for one in found:
        for place in {one.article_id, one.ext_id, one.capture} - {None, ""}:
            words[one.source, place] += [it for it in (one.evidence, one.text) if it]  # type: ignore[index]
    query = select(ARTICLE.c.key, ARTICLE.c.source, ARTICLE.c.id, ARTICLE.c.capture).where(ARTICLE.c.study == study)
    for key, source, *places in connection.execute(query).all():
        said = [it for place in places for it in words.get((source, place), ())]
        if said:
            _blank_article(connection, key, said)


def _blank_article(connection: Connection, key: int, words: Sequence[str]) -> None:
    here = ARTICLE.c.key == key
    row = connection.execute(select(ARTICLE.c.title, ARTICLE.c.text).where(here)).mappings().one()
    blanked = _blanked(row, sorted(set(words), key=len, reverse=True))
    if blanked:
        connection.execute(ARTICLE.update().where(here).values(blanked))


def _blanked(row: Mapping[Any, Any], words: Sequence[str]) -> dict[str, str]:
    after = {name: row[name] for name in ("title", "text")}
    for one in words:
        after = {name: value.replace(one, BLANK * len(one)) for name, value in after.items()}
    return {name: value for name, value in after.items() if value != row[name]}
