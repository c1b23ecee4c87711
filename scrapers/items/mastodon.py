"""A post (`status`) of the Mastodon API as a row: whose, when, in which words, and whether anyone may read it.

The shape is that of docs.joinmastodon.org/entities/Status; Pleroma, Akkoma and GoToSocial write it too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from scrapers.answers import objects
from scrapers.bounds import left_out
from scrapers.fields import at, dated, identity, whole, words
from scrapers.pages.fragments import text_of
from storage.nouns import CommentRow, Reject
from storage.text import clean_line

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from scrapers.protocol import Query

ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_MOST = 5_000  # a server gives 40 of a timeline, and at most 4,096 replies
_PUBLIC = frozenset({"public", "unlisted"})


def rows_of(
    items: list[Any], host: str, query: Query, *, root: str | None = None
) -> tuple[list[CommentRow], list[Reject]]:
    """The usable posts of a list, each once; a boost stands for the post that was boosted.

    Args:
        items: what the server gave.
        host: the server, for the names of its own accounts.
        query: for the zone of times that name none.
        root: the id of the post they answer; None where they answer none in particular.
    """
    rows: dict[str, CommentRow] = {}
    rejects = [*left_out(f"[{_MOST}]", len(items) - _MOST)]
    for place, item in enumerate(items[:_MOST]):
        boosted = item.get("reblog") if isinstance(item, dict) else None
        post = boosted if isinstance(boosted, dict) else item
        made = _row(post, host, query, root) if isinstance(post, dict) else "not an object"
        if isinstance(made, str):
            found = id_of(post.get("id")) if isinstance(post, dict) else ""
            rejects.append(Reject(found or f"[{place}]", made))
        else:
            rows.setdefault(made["ext_id"], made)
    return list(rows.values()), rejects


def _row(item: dict[str, Any], host: str, query: Query, root: str | None) -> CommentRow | str:
    """The row of a post, or why there is none."""
    found, text = id_of(item.get("id")), words_of(item)
    if private := not_public(item):
        return private
    if not found or not text:
        return _lack(item) if found else "no id"
    parent = id_of(item.get("in_reply_to_id"))
    when = dated(item.get("created_at"), query)
    return CommentRow(
        ext_id=found,
        text=text,
        kind="post" if root is None else "comment",
        author=_author(item, host),
        published_at=when.ms,
        published_raw=when.raw or None,
        published_precision=when.precision,
        likes=whole(item.get("favourites_count")),
        url=url_of(item) or None,
        parent_id=parent if parent and parent != root else None,
        platform="Mastodon",
        article_id=root,
    )


def _lack(item: dict[str, Any]) -> str:
    """Why a post has no words: there is nothing where they should be, or it is a picture."""
    return "a post without text" if isinstance(item.get("content"), str) else "no text"


def not_public(item: dict[str, Any]) -> str:
    """Why a post is not for everyone; empty where it is."""
    visibility = item.get("visibility") or "public"
    return "" if words(visibility) in _PUBLIC else f"not a public post ({clean_line(str(visibility), 20)})"


def id_of(value: object) -> str:
    """An id as a string (some servers write numbers); empty where there is none."""
    found = identity(value)
    return found if ID.fullmatch(found) else ""


def words_of(item: dict[str, Any]) -> str:
    """What the author wrote: the warning first, then the post without the line that names a quoted one."""
    content = words(item.get("content"))
    said = text_of(content, drop=_names_quote if "quote-inline" in content else None)
    return "\n".join(filter(None, (text_of(item.get("spoiler_text")), said)))


def _names_quote(element: HtmlElement) -> bool:
    return "quote-inline" in (element.get("class") or "").split()


def descriptions_of(item: dict[str, Any]) -> str:
    """What the author says is to be seen in the pictures."""
    said = (text_of(media.get("description")) for media in objects(item.get("media_attachments")))
    return "\n".join(filter(None, said))


def _author(item: dict[str, Any], host: str) -> str | None:
    """The full name of an account; a server leaves out its own name."""
    name = words(at(item, "account", "acct"))
    if not name:
        return None
    return name if "@" in name else f"{name}@{host}"


def url_of(item: dict[str, Any]) -> str:
    """Where a person reads the post."""
    candidates = (words(item.get("url")), words(item.get("uri")))
    return next((url for url in candidates if url.startswith(("https://", "http://"))), "")
