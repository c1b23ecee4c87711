"""No foreign string comes into the database past the text door, whichever field it comes in."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import TYPE_CHECKING, Any, get_type_hints

import pytest
from sqlalchemy import select
from sqlmodel import SQLModel

from storage.nouns import Act, Article, Capture, CommentRow, Page, Reject
from storage.text import TextFlag, clean, clean_line

if TYPE_CHECKING:
    from storage.store import Store

STUDY = "ebikes"
DIRT = "\x00\x1b[1m\x9b\u202e\u2066\ud800\ufffe\ufeffe\u0301\x85 "
CHOSEN = {"kind", "published_precision", "precision"}  # one of a few words, checked when the noun is made


def dirty(noun: type[Any]) -> dict[str, str]:
    """Each field of a noun that takes any string, with a dirty one that names the field."""
    fields = {name: str(hint) for name, hint in get_type_hints(noun).items() if name not in CHOSEN}
    return {name: f"{name}{DIRT}end" for name, hint in fields.items() if "str" in hint and "[str, " not in hint}


def page() -> Page:
    """A page with dirt in whatever can hold it."""
    comment: Any = dirty(CommentRow)
    article = Article(**dirty(Article), published_at=0)
    return Page(
        articles=(article,),
        comments=[
            comment,
            {**comment, "ext_id": f"other{DIRT}"},
            {"ext_id": "3", "text": f"{DIRT}\x00", "likes": "?" + DIRT},
        ],
        rejects=(Reject(**dirty(Reject)),),
        acts=(Act(**dirty(Act), date=date(2026, 3, 1)),),
        gone=(f"gone{DIRT}",),
        gone_articles=(f"gone{DIRT}",),
        declared={article.id: 3, f"declared{DIRT}": 4},
    )


def capture() -> Capture:
    return Capture(**{**dirty(Capture), "headers": {f"X-{DIRT}": DIRT}, "body": b"x"}, status=200, fetched_at=0)


def strings(store: Store) -> list[tuple[str, str]]:
    """Every string of every row, with its table and column."""
    found = []
    with store._engine.connect() as connection:
        for table in SQLModel.metadata.sorted_tables:
            for row in connection.execute(select(table)).mappings():
                found += [(f"{table.name}.{name}", value) for name, value in row.items() if isinstance(value, str)]
    return found


def test_every_field_of_a_page_is_clean_in_the_database(store: Store, run: str) -> None:
    added = store.add_page(STUDY, "forum", page(), run_id=run, capture=capture())
    assert (added.articles, added.comments) == (1, 2)
    stored = strings(store)
    assert {
        "article.title",
        "comment.evidence",
        "act.sentence",
        "reject.sample",
        "capture.url",
        "declared.article",
    } <= {place for place, _ in stored}
    assert [(place, value) for place, value in stored if clean(value, 2_000_000) != value] == []


@pytest.mark.parametrize("name", sorted(set(dirty(CommentRow)) - {"author", "lang", "fold"}))
def test_a_field_keeps_what_the_door_lets_through(store: Store, run: str, name: str) -> None:
    row: Any = {"ext_id": "1", "text": "a", name: dirty(CommentRow)[name]}
    store.add_page(STUDY, "forum", Page(comments=[row]), run_id=run)
    ((kept,),) = store.comments(STUDY, columns=[name]).itertuples(index=False)
    assert kept in {clean(row[name]), clean_line(row[name])}


def test_what_the_door_took_from_a_comment_or_an_article_is_recorded(store: Store, run: str) -> None:
    store.add_page(STUDY, "forum", page(), run_id=run)
    took = TextFlag.BIDI_REMOVED | TextFlag.CONTROLS_REMOVED | TextFlag.SURROGATE_REPLACED
    assert set(store.comments(STUDY, columns=["flags"])["flags"]) == {int(took)}
    long = dataclasses.replace(page(), articles=(), comments=[{"ext_id": "9", "text": "好" * 20_001}])
    store.add_page(STUDY, "forum", long, run_id=run)
    assert int(TextFlag.TRUNCATED) in set(store.comments(STUDY, columns=["flags"])["flags"])
    with store._engine.connect() as connection:
        flags = connection.execute(select(SQLModel.metadata.tables["article"].c.flags)).scalars().all()
    assert flags == [int(took)]
