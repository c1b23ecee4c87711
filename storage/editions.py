"""Articles that come again with another text: what is stored stays as it was first seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from storage.database import reading
from storage.intake import ARTICLE_LIMIT, identities
from storage.queries import ARTICLE
from storage.text import clean_many
from storage.writes import IDS_AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Engine

    from storage.nouns import Article


def edited(engine: Engine, study: str, source: str, articles: Sequence[Article]) -> frozenset[str]:
    """The ids, as given, of those articles that are stored with another text."""
    if not articles:
        return frozenset()
    ids = identities([article.id for article in articles])
    texts = clean_many([article.text for article in articles], ARTICLE_LIMIT).texts
    stored = _stored(engine, study, source, ids)
    return frozenset(
        article.id for article, key, text in zip(articles, ids, texts, strict=True) if stored.get(key, text) != text
    )


def _stored(engine: Engine, study: str, source: str, ids: Sequence[str]) -> dict[str, str]:
    """The texts of those that are stored, by id."""
    found: dict[str, str] = {}
    here = (ARTICLE.c.study == study, ARTICLE.c.source == source)
    with reading(engine) as connection:
        for start in range(0, len(ids), IDS_AT_ONCE):
            some = ARTICLE.c.id.in_(ids[start : start + IDS_AT_ONCE])
            rows = connection.execute(select(ARTICLE.c.id, ARTICLE.c.text).where(*here, some))
            found.update((row.id, row.text) for row in rows)
    return found
