"""Posts and comments as the REST API of WordPress gives them, read one by one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scrapers.fields import Dated, at, dated, whole, words
from scrapers.language import language_of
from scrapers.pages.fragments import text_of
from storage.nouns import Article, CommentRow, Reject
from storage.text import clean, clean_line

if TYPE_CHECKING:
    from scrapers.protocol import Query

_TEXT_LIMIT = 200_000
_WEB = re.compile(r"https?://", re.IGNORECASE)
_ZONELESS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


def post_of(item: object, place: int, host: str, query: Query) -> Article | Reject:
    """A post as an article; `place` is where it stands in its list, for one without a number."""
    number, title = number_of(at(item, "id")), clean_line(text_of(at(item, "title", "rendered")))
    text = text_of(at(item, "content", "rendered"))
    if at(item, "content", "protected") is True and not text:
        return Reject(number or f"[{place}]", "protected by a password", title)
    text = clean(text or title, _TEXT_LIMIT)
    if not number or not text:
        return Reject(number or f"[{place}]", _lack(item, "post") if number else "no number", title)
    when, link = _time(item, query), words(at(item, "link"))
    return Article(
        id=number,
        url=link if _WEB.match(link) else "",
        title=title,
        text=text,
        site=host,
        lang=language_of(text),
        published_at=when.ms,
        published_raw=when.raw,
        published_precision=when.precision,
        extractor="wordpress",
    )


def _lack(item: object, kind: str) -> str:
    """Why there are no words: nothing stands where they should be, or there are none in it."""
    return f"a {kind} without text" if isinstance(at(item, "content", "rendered"), str) else "no text"


def _time(item: object, query: Query) -> Dated:
    """`date_gmt` is in UTC though it does not say so; `date` is on the site's own clocks, which nobody knows."""
    raw = words(at(item, "date_gmt"))
    when = dated(f"{raw}Z" if _ZONELESS.fullmatch(raw) else raw, query)
    return when._replace(raw=clean_line(raw)) if when.ms is not None else dated(at(item, "date"), query)


def number_of(value: object) -> str:
    """The number of a post, comment or category, none of which is 0; empty for anything else."""
    return str(whole(value) or "")


def comment_of(item: object, place: int, posts: list[str], query: Query) -> CommentRow | Reject:
    """A comment below one of these posts, or below any where none are named."""
    number, below = number_of(at(item, "id")), number_of(at(item, "post"))
    text, kind = text_of(at(item, "content", "rendered")), words(at(item, "type")) or "comment"
    if kind != "comment" or not number:
        return Reject(number or f"[{place}]", f"a {clean_line(kind, 40)}, not a comment" if number else "no number")
    if not text or (posts and below not in posts):
        return Reject(number, "a comment below another post" if text else _lack(item, "comment"))
    when, link, parent = _time(item, query), words(at(item, "link")), number_of(at(item, "parent"))
    return CommentRow(
        ext_id=number,
        text=text,
        kind="comment",
        author=clean_line(text_of(at(item, "author_name"))) or None,
        published_at=when.ms,
        published_raw=when.raw or None,
        published_precision=when.precision,
        url=link if _WEB.match(link) else None,
        parent_id=parent or None,
        platform="WordPress",
        article_id=below or None,
    )
