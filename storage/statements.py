"""What a source says of itself on a page: dated acts, how many comments there are, and which were deleted."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import and_, select

from storage.collected import same_source
from storage.intake import URL_LIMIT, identities
from storage.queries import ACT, ARTICLE, COMMENT, DECLARED, FORGOTTEN
from storage.search.index import take_out, tidy
from storage.text import clean, clean_line
from storage.writes import IDS_AT_ONCE, add, now, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Table
    from sqlalchemy.engine import Connection

    from storage.intake import Origin, Row
    from storage.nouns import Act, Page

_SENTENCE_LIMIT = 1_000


def add_statements(connection: Connection, origin: Origin, page: Page) -> int:
    """Keep them; returns how many comments and articles were taken out.

    What is on the page is not deleted any more; what the page says is gone is forgotten.
    """
    add(connection, ACT, [_act_row(act, origin) for act in page.acts])
    replace(connection, DECLARED, _declared_rows(origin, page))
    if _has_forgotten(connection, origin):
        _remember(connection, origin, COMMENT, [row["ext_id"] for row in page.comments if "ext_id" in row])
        _remember(connection, origin, ARTICLE, [article.id for article in page.articles])
    comments = forget(connection, origin, COMMENT, identities(list(page.gone)))
    return comments + forget(connection, origin, ARTICLE, identities(list(page.gone_articles)))


def forget(connection: Connection, origin: Origin, table: Table, ids: Sequence[str]) -> int:
    """Take out what the platform says was deleted, with what was found in it, and let no later parse bring it back.

    Returns how many rows that were stored are gone.
    """
    column = table.c.ext_id if table is COMMENT else table.c.id
    searchable, gone = 0, 0
    for some in _stretches(ids):
        these = and_(*same_source(table, origin), column.in_(some))
        if table is COMMENT:
            searchable += take_out(connection, these)
        gone += connection.execute(table.delete().where(these)).rowcount
    if searchable:
        tidy(connection)
    mark = {"study": origin.study, "source": origin.source, "forgotten_at": now()}
    add(connection, FORGOTTEN, [{**mark, "id": mark_of(table, one)} for one in dict.fromkeys(ids)])
    return gone


def forgotten_of(connection: Connection, origin: Origin) -> set[str]:
    """The marks of what this source has forgotten."""
    query = select(FORGOTTEN.c.id).where(*same_source(FORGOTTEN, origin))
    return set(connection.execute(query).scalars())


def _has_forgotten(connection: Connection, origin: Origin) -> bool:
    query = select(FORGOTTEN.c.id).where(*same_source(FORGOTTEN, origin)).limit(1)
    return connection.execute(query).first() is not None


def mark_of(table: Table, identity: str) -> str:
    """A digest that tells a forgotten comment or article again without keeping its id."""
    return hashlib.sha256(f"{table.name}\x1f{identity}".encode("utf-8", "surrogatepass")).hexdigest()


def _remember(connection: Connection, origin: Origin, table: Table, ids: Sequence[str]) -> None:
    for some in _stretches(identities(list(ids))):
        again = FORGOTTEN.c.id.in_([mark_of(table, one) for one in some])
        connection.execute(FORGOTTEN.delete().where(*same_source(FORGOTTEN, origin), again))


def _stretches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), IDS_AT_ONCE):
        yield ids[start : start + IDS_AT_ONCE]


def _declared_rows(origin: Origin, page: Page) -> list[Row]:
    counts = {"": page.declared_total, **page.declared}
    return [
        {
            "study": origin.study,
            "source": origin.source,
            "article": article,
            "n": n,
            "run": origin.run,
            "said_at": now(),
        }
        for article, n in zip(identities(list(counts)), counts.values(), strict=True)
        if isinstance(n, int) and 0 <= n < 2**53
    ]


def _act_row(act: Act, origin: Origin) -> Row:
    sentence, kind, article = clean(act.sentence, _SENTENCE_LIMIT), act.kind, identities([act.article_id])[0]
    said = f"{act.date}\x1f{kind}\x1f{sentence}\x1f{article}"
    return {
        "study": origin.study,
        "source": origin.source,
        "id": hashlib.sha256(said.encode()).hexdigest()[:32],
        "run": origin.run,
        "capture": origin.capture,
        "date": act.date.isoformat(),
        "precision": act.precision,
        "kind": kind,
        "title": clean_line(act.title),
        "sentence": sentence,
        "who": clean_line(act.who),
        "url": clean_line(act.url, URL_LIMIT),
        "article": article,
    }
