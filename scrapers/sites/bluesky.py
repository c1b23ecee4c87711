"""`bluesky`: posts and the threads below them, from Bluesky's public API, without an account.

A thread comes whole down to a depth; branches cut off there are asked for as threads of their own. What its author asks
not to be shown to people without an account is left out, and forgotten where it was kept before.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple
from urllib.parse import quote, urlsplit

from pydantic import Field, field_validator

from scrapers.answers import drift, json_of, objects, refuse_all, refuse_all_gone
from scrapers.bounds import MOST_IN_A_THREAD, left_out
from scrapers.errors import Blocked, CollectorError, NotFound
from scrapers.fields import at, dated, tagged, whole, words
from scrapers.protocol import Ask, Collector, Cursor, Options, Parsed, Query, Raw, Request
from scrapers.refusals import problem_of
from storage.nouns import Article, CommentRow, Page, Reject
from storage.text import clean, clean_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapers.fields import Dated
    from storage.nouns import Capture

API = "https://public.api.bsky.app/xrpc"
DEPTH = 100
_LARGEST = 32 * 1024 * 1024  # a post that thousands answer, in one answer
_RESOLVE = "com.atproto.identity.resolveHandle"
_THREAD = "app.bsky.feed.getPostThread"
_HIDDEN = "!no-unauthenticated"
_TITLE = 120
_ACTOR = r"(?P<actor>did:[a-z]+:[A-Za-z0-9._:%-]{1,200}|(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z][A-Za-z0-9-]{0,62})"
_KEY = r"(?P<key>[A-Za-z0-9._:~-]{1,512})"
_POST = re.compile(rf"https?://(?:www\.)?bsky\.app/profile/{_ACTOR}/post/{_KEY}/?(?:[?#].*)?")
_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{1,200}")
_URI = re.compile(rf"at://{_ACTOR}/app\.bsky\.feed\.post/{_KEY}")


class BlueskyOptions(Options):
    """Which posts, and how far below them.

    Attributes:
        posts: addresses at bsky.app, or at:// URIs; the replies are read down to the last.
        branches: how many branches that an answer cuts off are asked for, at most, for each post.
    """

    posts: tuple[str, ...] = Field(min_length=1)
    branches: int = Field(default=100, ge=0, le=10_000)

    @field_validator("posts")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for post in value:
            if not (_POST.fullmatch(post) or _URI.fullmatch(post)):
                msg = f'"{post[:100]}" is no post: write https://bsky.app/profile/name.bsky.social/post/…'
                raise ValueError(msg)
        return tuple(dict.fromkeys(value))


class BlueskyCollector(Collector):
    """Reads threads; a handle is first resolved to the account it names, and that is remembered."""

    name: ClassVar[str] = "bluesky"
    summary: ClassVar[str] = "Posts on Bluesky and all replies below them."
    hosts: ClassVar[tuple[str, ...]] = ("public.api.bsky.app",)
    required_paths: ClassVar[tuple[str, ...]] = ("thread.$type",)
    options: ClassVar[type[BlueskyOptions]] = BlueskyOptions

    def start(self, query: Query, cursor: Cursor | None) -> list[Ask]:
        """Each post's thread, or first whose post it is."""
        options = BlueskyOptions.model_validate(query.options)
        known = tagged(cursor or "")
        return [_first(post, words(known.get(post)), options.branches) for post in options.posts]

    def parse(self, raw: Raw, query: Query) -> Iterator[Parsed]:
        """The post and what is below it, or the account a handle names.

        Raises:
            SchemaDrift: it is neither.
            NotFound: the post is not there any more.
            Blocked: its author does not want it shown to people without an account.
        """
        tag = tagged(raw.ask.tag)
        if raw.capture is not None and urlsplit(raw.ask.key).path.endswith(_RESOLVE):
            yield _resolved(raw, raw.capture, tag)
            return
        answer = json_of(raw, self.required_paths)
        if raw.capture is not None:
            yield _Thread(raw.capture, query, words(tag.get("article")), whole(tag.get("left")) or 0).read(answer)

    def refused(self, capture: Capture) -> CollectorError | None:
        """A post or handle that is not there is answered with 400 and a word for it."""
        problem = problem_of(capture)
        if problem.get("error") == "NotFound" or "resolve handle" in words(problem.get("message")).lower():
            return _not_there(capture)
        return None


COLLECTOR = BlueskyCollector()


def _first(post: str, known: str, branches: int) -> Request:
    found = _POST.fullmatch(post) or _URI.fullmatch(post)
    actor, key = (found["actor"], found["key"]) if found else ("", "")
    account = actor if actor.startswith("did:") else known
    if account:
        return _thread(_uri(account, key), "", branches)
    tag = json.dumps({"post": post, "key": key, "left": branches})
    return Request(f"{API}/{_RESOLVE}?handle={quote(actor)}", alone=True, tag=tag)


def _resolved(raw: Raw, capture: Capture, tag: dict[str, Any]) -> Parsed:
    account = words(json_of(raw, ("did",))["did"])
    if not _DID.fullmatch(account):
        raise drift("The account of a handle is no DID.", capture, path="did")
    following = _thread(_uri(account, words(tag.get("key"))), "", whole(tag.get("left")) or 0)
    return Parsed(next=(following,), cursor=json.dumps({words(tag.get("post")): account}))


def _uri(account: str, key: str) -> str:
    return f"at://{account}/app.bsky.feed.post/{key}"


def _thread(uri: str, article: str, left: int) -> Request:
    """A thread; `article` is the post it hangs below (empty: its own), `left` the branches that may still be asked."""
    url = f"{API}/{_THREAD}?uri={quote(uri, safe='')}&depth={DEPTH}&parentHeight=0"
    return Request(url, alone=True, cap_bytes=_LARGEST, tag=json.dumps({"article": article, "left": left}))


class _Node(NamedTuple):
    """A post's place in the thread: the node, what it answers, and whether it is the first of the answer."""

    value: dict[str, Any]
    parent: str | None
    first: bool = False


@dataclass
class _Thread:
    """One answer being read, node by node; `article` is empty where it is the post's own thread."""

    capture: Capture
    query: Query
    article: str
    left: int
    comments: list[CommentRow] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    cut: list[tuple[int, str]] = field(default_factory=list)
    replies: int = 0

    def read(self, answer: dict[str, Any]) -> Parsed:
        root = answer["thread"]
        post = self._root(root)
        own = not self.article
        article = _article(post, self.query) if own else None
        self.article = self.article or words(post["uri"])
        waiting = [_Node(root, None, first=True)]
        while waiting and len(self.comments) + len(self.rejects) + len(self.gone) < MOST_IN_A_THREAD:
            waiting.extend(reversed(self._below(waiting.pop())))
        self.rejects.extend(left_out("thread.replies[]", len(waiting)))
        page = Page(
            articles=(article,) if article else (),
            comments=self.comments,
            rejects=tuple(self.rejects),
            gone=tuple(self.gone),
            declared={self.article: self.replies} if own else {},
        )
        refuse_all(self.rejects, len(self.comments) + len(self.gone), self.capture, "thread.replies[].post.record.text")
        refuse_all_gone(replace(page, articles=()), self.capture, "thread.replies[]")
        return self._with_branches(page)

    def _root(self, root: dict[str, Any]) -> dict[str, Any]:
        """The post the answer is about."""
        if _kind(root) == "notFoundPost":
            raise _not_there(self.capture)
        post = root.get("post")
        if _kind(root) == "blockedPost" or (not self.article and isinstance(post, dict) and _is_hidden(post)):
            what = "The post is not shown to people without an account."
            raise Blocked(what, where=self.capture.url, remedy="Leave it out.")
        if not isinstance(post, dict) or not words(post.get("uri")) or not isinstance(post.get("record"), dict):
            raise drift("There is no post in the answer.", self.capture, path="thread.post")
        return post

    def _below(self, node: _Node) -> list[_Node]:
        """Take in one post; what stands below it."""
        post = node.value.get("post")
        uri = words(at(post, "uri")) or words(node.value.get("uri"))
        if not node.first:
            self._take(node, post, uri)
        below = [_Node(reply, uri) for reply in objects(node.value.get("replies"))]
        declared = whole(at(post, "replyCount")) or 0
        self.replies += declared
        if declared and not below and not node.first:
            self.cut.append((declared, uri))
        return below

    def _take(self, node: _Node, post: object, uri: str) -> None:
        if _kind(node.value) == "notFoundPost" and uri:
            self.gone.append(uri)
        elif _kind(node.value) == "blockedPost":
            self._reject(uri, "hidden: one of the two blocks the other")
        elif not isinstance(post, dict) or not uri:
            self._reject(uri, "no post")
        elif _is_hidden(post):
            self._reject(uri, "hidden: its author asks not to be shown to people without an account")
            self.gone.append(uri)
        elif not words(at(post, "record", "text")).strip():
            self._reject(uri, "no text" if at(post, "record", "text") != "" else "no words of its own")
        else:
            self.comments.append(_comment(post, uri, node.parent, self.article, self.query))

    def _reject(self, uri: str, reason: str) -> None:
        self.rejects.append(Reject(clean_line(uri) or "thread.replies[]", reason))

    def _with_branches(self, page: Page) -> Parsed:
        """The page with requests for its cut branches, the largest first; they share what may still be asked."""
        chosen = sorted(self.cut, key=lambda branch: (-branch[0], branch[1]))[: self.left]
        share = (self.left - len(chosen)) // len(chosen) if chosen else 0
        left_out = len(self.cut) - len(chosen)
        problem = f"{self.article}: {left_out} branches of the thread were left out (branches = {self.left})."
        return Parsed(
            page,
            next=tuple(_thread(uri, self.article, share) for _, uri in chosen if _URI.fullmatch(uri)),
            problems=(problem,) if left_out else (),
        )


def _kind(node: dict[str, Any]) -> str:
    return words(node.get("$type")).rpartition("#")[2]


def _is_hidden(post: dict[str, Any]) -> bool:
    return any(label.get("val") == _HIDDEN for label in objects(at(post, "author", "labels")))


def _not_there(capture: Capture) -> NotFound:
    return NotFound("The post is gone, or never was.", where=capture.url, remedy="Check its address.")


def _article(post: dict[str, Any], query: Query) -> Article:
    uri, text, when = words(post["uri"]), _whole_text(post["record"]), _published(post, query)
    url = _address(uri) or ""
    return Article(
        id=uri,
        url=url,
        title=clean_line(text.strip().partition("\n")[0], _TITLE),
        text=clean(text).strip() or url or uri,
        site="bsky.app",
        published_at=when.ms,
        published_raw=when.raw,
        published_precision=when.precision,
        extractor="bluesky",
    )


def _comment(post: dict[str, Any], uri: str, parent: str | None, article: str, query: Query) -> CommentRow:
    author, when = post.get("author"), _published(post, query)
    return {
        "ext_id": uri,
        "text": words(at(post, "record", "text")),
        "kind": "comment",
        "author": words(at(author, "did")) or words(at(author, "handle")) or None,
        "likes": whole(post.get("likeCount")),
        "url": _address(uri),
        "parent_id": None if parent == article else parent or None,
        "platform": "Bluesky",
        "article_id": article,
        "published_at": when.ms,
        "published_raw": when.raw,
        "published_precision": when.precision,
    }


def _whole_text(record: dict[str, Any]) -> str:
    """A post's text, and what its card or its pictures say: a post people discuss may be no more than a link."""
    embed = record.get("embed")
    media = at(embed, "media") or embed
    card = [words(at(media, "external", name)) for name in ("title", "description")]
    pictures = [words(picture.get("alt")) for picture in objects(at(media, "images"))]
    return "\n".join(filter(None, map(str.strip, (words(record.get("text")), *card, *pictures))))


def _published(post: dict[str, Any], query: Query) -> Dated:
    """When it was written as the author's program says, or when it was first seen where that was before."""
    written, seen = dated(at(post, "record", "createdAt"), query), dated(post.get("indexedAt"), query)
    if written.ms is None or (seen.ms is not None and seen.ms < written.ms):
        return seen
    return written


def _address(uri: str) -> str | None:
    found = _URI.fullmatch(uri)
    return f"https://bsky.app/profile/{found['actor']}/post/{found['key']}" if found else None
