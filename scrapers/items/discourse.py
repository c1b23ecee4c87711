"""What Discourse's answers say of a topic and of its posts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from scrapers.answers import objects, sample_of
from scrapers.fields import dated, identity, whole, words
from scrapers.language import language_of
from scrapers.pages.fragments import text_of
from storage.nouns import Article, Page, Reject
from storage.text import clean, clean_line

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from scrapers.protocol import Query
    from storage.nouns import CommentRow

_ARTICLE_LIMIT = 200_000
_NOT_SAID = re.compile(r"\b(?:quote|onebox|elided|lightbox-wrapper)\b")
_SMALL_ACTION = 3
_LIKE = 2


class Topic(NamedTuple):
    """Where posts stand: the forum, the topic, and the ids of its posts by their number in it."""

    server: str
    number: str
    ids: dict[str, str]

    @property
    def host(self) -> str:
        """The forum's host, by which people know it."""
        return urlsplit(self.server).hostname or ""

    @property
    def url(self) -> str:
        """The topic's address."""
        return f"{self.server}/t/{self.number}"


def posts_of(posts: list[Any], topic: Topic, query: Query) -> Page:
    """The posts of a topic but for the first, which is the Article, and for the forum's own notes."""
    comments: list[CommentRow] = []
    rejects: list[Reject] = []
    gone: list[str] = []
    for where, post in enumerate(posts):
        item = post if isinstance(post, dict) else {}
        if item.get("post_number") == 1 or item.get("post_type") == _SMALL_ACTION:
            continue
        own, text = id_of(item), _text(item)
        if own and _is_gone(item):
            gone.append(own)
        elif own and text:
            comments.append(_row(own, text, item, topic, query))
        else:
            rejects.append(Reject(f"post_stream.posts[{where}]", _lack(item) if own else "no number", sample_of(post)))
    return Page(comments=comments, rejects=tuple(rejects), gone=tuple(gone))


def article_of(answer: dict[str, Any], posts: list[Any], topic: Topic, query: Query) -> Article:
    """The topic with the text of its first post, if that is among the posts and still stands."""
    first = next((post for post in objects(posts) if post.get("post_number") == 1), {})
    title, body = clean_line(words(answer.get("title"))), "" if _is_gone(first) else _text(first)
    text = clean("\n".join(filter(None, (title, body))), _ARTICLE_LIMIT)
    when = dated(answer.get("created_at"), query)
    return Article(
        id=topic.number,
        url=topic.url,
        title=title,
        text=text or topic.url,
        site=topic.host,
        lang=language_of(text),
        published_at=when.ms,
        published_raw=when.raw,
        published_precision=when.precision,
    )


def id_of(item: dict[str, Any]) -> str:
    """A topic's or post's number; empty where it has none."""
    number = whole(item.get("id"))
    return str(number) if number else ""


def _row(own: str, text: str, item: dict[str, Any], topic: Topic, query: Query) -> CommentRow:
    when = dated(item.get("created_at"), query)
    number, answered = identity(item.get("post_number")), identity(item.get("reply_to_post_number"))
    return {
        "ext_id": own,
        "text": text,
        "kind": "post",
        "platform": topic.host,
        "author": _author(item),
        "likes": _likes(item),
        "url": f"{topic.url}/{number}".rstrip("/"),
        "article_id": topic.number or None,
        # The first post is the Article: who answers it answers no comment.
        "parent_id": topic.ids.get(answered) if answered not in {"1", number} else None,
        "published_at": when.ms,
        "published_raw": when.raw,
        "published_precision": when.precision,
    }


def _lack(post: dict[str, Any]) -> str:
    """Why a post has no words: there is nothing where they should be, or there are none in it."""
    return "no words of its own" if isinstance(post.get("cooked"), str) else "no text"


def _text(post: dict[str, Any]) -> str:
    """What the author wrote: no quoted posts, no previews of links, no pictures but emoji."""
    html = words(post.get("cooked"))
    return text_of(html, drop=_is_foreign if _NOT_SAID.search(html) else None, pictures="emoji")


def _is_foreign(element: HtmlElement) -> bool:
    return _NOT_SAID.search(element.get("class") or "") is not None


def _is_gone(post: dict[str, Any]) -> bool:
    """Whether a post was taken back by its author, deleted, or hidden after it was flagged."""
    return any(post.get(name) for name in ("deleted_at", "user_deleted", "hidden"))


def _author(post: dict[str, Any]) -> str | None:
    """The account's number, which stays when its name changes; the forum's own accounts have none above zero."""
    number = whole(post.get("user_id"))
    return str(number) if number else words(post.get("username")).strip() or None


def _likes(post: dict[str, Any]) -> int | None:
    actions = objects(post.get("actions_summary"))
    return next((whole(action.get("count")) for action in actions if action.get("id") == _LIKE), None)
