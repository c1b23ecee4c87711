"""A tree of Reddit comments, read without recursion: comments, those that are gone, and what the tree leaves out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from scrapers.answers import objects, sample_of
from scrapers.bounds import MOST_IN_A_THREAD, left_out
from scrapers.fields import at, dated, whole, words
from storage.nouns import CommentRow, Reject
from storage.text import clean_line

if TYPE_CHECKING:
    from scrapers.protocol import Query

_GONE = frozenset({"[deleted]", "[removed]", "[ removed by reddit ]", "[deleted by user]"})
_NAME = re.compile(r"t1_[a-z0-9]{1,12}")
_ID = re.compile(r"[a-z0-9]{1,12}")
_QUOTED = re.compile(r" {0,3}>(?!!)")  # ">!" hides a spoiler, it quotes nobody


def is_gone(text: str) -> bool:
    """Whether Reddit shows this in place of a text that was deleted or removed."""
    return text.strip().lower() in _GONE


@dataclass(slots=True)
class Tree:
    """What an answer holds below one thread.

    Attributes:
        thread: the submission's name; empty where each comment says it itself.
        query: how times are read.
        but: a comment that is there only because the answer begins with it.
        comments: as rows.
        rejects: what cannot be used.
        gone: comments that were deleted or removed.
        left_out: ids of comments that the answer names but does not hold.
        broken_off: comments below which the tree breaks off.
    """

    thread: str
    query: Query
    but: str = ""
    comments: list[CommentRow] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    broken_off: list[str] = field(default_factory=list)

    def read(self, children: object) -> Self:
        """Take in a list of things and all that stands below them."""
        waiting = [*objects(children)][::-1]
        read = 0
        while waiting:
            read += 1
            if read > MOST_IN_A_THREAD:
                self.rejects.extend(left_out(self.thread or "data.children[]", len(waiting)))
                break
            thing = waiting.pop()
            data = thing.get("data")
            if not isinstance(data, dict):
                self._reject(thing, "no data")
            elif thing.get("kind") == "more":
                self._more(data)
            elif thing.get("kind") == "t1":
                self._comment(data)
                waiting.extend([*objects(at(data, "replies", "data", "children"))][::-1])
            else:
                self._reject(thing, "no name" if thing.get("kind") == "t3" else "no comment")
        return self

    def _more(self, data: dict[str, Any]) -> None:
        """Comments left out are named by their ids; without any, the tree breaks off below a comment."""
        children = data.get("children")
        ids = [child for child in children if _ID.fullmatch(words(child))] if isinstance(children, list) else []
        if ids:
            self.left_out.extend(ids)
        elif _NAME.fullmatch(parent := words(data.get("parent_id"))):
            self.broken_off.append(parent)

    def _comment(self, data: dict[str, Any]) -> None:
        name = words(data.get("name")) or f"t1_{words(data.get('id'))}"
        body = words(data.get("body")).strip()
        if not _NAME.fullmatch(name):
            self._reject(data, "no name")
        elif name == self.but:
            return
        elif is_gone(body):
            self.gone.append(name)
        elif not body:
            self._reject(data, "no text")
        else:
            self.comments.append(_row(name, body, data, self.thread or words(data.get("link_id")), self.query))

    def _reject(self, item: dict[str, Any], reason: str) -> None:
        where = words(item.get("name")) or self.thread or "data.children[]"
        self.rejects.append(Reject(clean_line(where), reason, sample_of({**item, "replies": None})))


def _row(name: str, body: str, data: dict[str, Any], thread: str, query: Query) -> CommentRow:
    when, parent, path = (
        dated(data.get("created_utc"), query),
        words(data.get("parent_id")),
        words(data.get("permalink")),
    )
    author = words(data.get("author"))
    own = f"/comments/{thread.removeprefix('t3_')}/_/{name.removeprefix('t1_')}/"
    return {
        "ext_id": name,
        "text": own_words(body),
        "kind": "comment",
        "author": None if not author or is_gone(author) else author,
        "published_at": when.ms,
        "published_raw": when.raw,
        "published_precision": when.precision,
        "likes": None if data.get("score_hidden") is True else whole(data.get("score")),
        "url": "https://www.reddit.com" + (path if path.startswith("/") else own),
        "parent_id": parent if _NAME.fullmatch(parent) else None,
        "platform": "Reddit",
        "article_id": thread or None,
    }


def own_words(body: str) -> str:
    """A comment without the lines it quotes from another; whole where it says nothing of its own."""
    if ">" not in body:
        return body
    own = "\n".join(line for line in body.split("\n") if not _QUOTED.match(line)).strip()
    return own or body
