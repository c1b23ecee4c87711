"""`wordpress`: posts of a WordPress site and the comments below them, by the REST API the site itself offers.

The API is that of developer.wordpress.org/rest-api (`/wp-json/wp/v2`); lists tell their length in X-WP-Total and
X-WP-TotalPages. All comments of a run are asked for in one chain, so that a site that keeps them closed is asked once.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from pydantic import Field, field_validator, model_validator

from scrapers.answers import drift, json_of, missing_path, objects, refuse_all
from scrapers.errors import AuthNeeded, BadResponse, CollectorError, NotFound
from scrapers.fields import at, not_after, tagged, whole, words
from scrapers.items.wordpress import comment_of, number_of, post_of
from scrapers.pages.fragments import text_of
from scrapers.protocol import Ask, Collector, Cursor, Options, Parsed, Query, Raw, Request
from scrapers.refusals import problem_of
from storage.nouns import Article, Page, Reject
from storage.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from storage.nouns import Capture

_API = "/wp-json/wp/v2/"
_PER_PAGE = 100  # the most the API gives
_OVERLAP_MS = 7 * 24 * 3600 * 1000  # a comment appears under its own time once somebody has approved it
_MOST_WATCHED = 500
_SLUGS = 20
_POST_FIELDS = "id,slug,date,date_gmt,link,title,content"
_COMMENT_FIELDS = "id,post,parent,author_name,date,date_gmt,content,link,type"
_SLUG = re.compile(r"[\w%.~-]{1,400}")
_HOST = re.compile(r"(?:[\w-]+\.)+[\w-]+(?::\d{1,5})?")
_CLOSED = ("rest_cannot", "rest_forbidden", "rest_not_logged_in", "rest_login", "rest_user")
_CLOSED_REMEDY = "Ask the site's owner; comments = false leaves comments out."
_NO_API = "Check the address; some sites turn this part of WordPress off."


class WordpressOptions(Options):
    """A site, and exactly one of `search`, `posts` and `categories`.

    Attributes:
        server: the site's address, as `https://example.org/blog`.
        search: words the posts hold.
        posts: certain posts: their addresses, slugs or numbers.
        categories: the numbers or slugs of categories whose posts are wanted.
        comments: whether the comments below the posts are asked for.
        pages: how many pages of 100 posts are taken in one run, the newest first.
        comment_pages: how many pages of 100 comments are taken for 100 posts in one run, the newest first.
    """

    server: str
    search: str = ""
    posts: tuple[str | int, ...] = ()
    categories: tuple[str | int, ...] = ()
    comments: bool = True
    pages: int = Field(default=5, ge=1, le=50)
    comment_pages: int = Field(default=50, ge=1, le=1000)

    @field_validator("server")
    @classmethod
    def _site(cls, value: str) -> str:
        parts = urlsplit(value if "//" in value else f"https://{value}")
        if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(parts.netloc) or parts.query:
            msg = "write the site's address, as https://blog.example"
            raise ValueError(msg)
        return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.partition('/wp-json')[0].rstrip('/')}"

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if sum(map(bool, (self.search.strip(), self.posts, self.categories))) != 1:
            msg = "give one of search, posts and categories"
            raise ValueError(msg)
        for post in self.posts:
            _named(post, urlsplit(self.server).netloc)
        for category in self.categories:
            if not _SLUG.fullmatch(str(category)):
                msg = f'"{str(category)[:60]}" is no slug and no number of a category'
                raise ValueError(msg)
        return self


def _named(post: str | int, host: str) -> str:
    """A post's number or slug, of any way to write it.

    Raises:
        ValueError: it is on another site, or names no post.
    """
    parts = urlsplit(str(post))
    if parts.netloc and parts.netloc.lower() != host:
        msg = f"{str(post)[:80]} is not on {host}"
        raise ValueError(msg)
    number = parse_qs(parts.query).get("p", [""])[0] if parts.netloc else ""
    found = number or (parts.path.rstrip("/").rpartition("/")[2] if parts.netloc else str(post).strip())
    if not _SLUG.fullmatch(found):
        msg = f'"{str(post)[:80]}" is no address, slug or number of a post'
        raise ValueError(msg)
    return found


class WordpressCollector(Collector):
    """Reads posts and comments of one WordPress site."""

    name: ClassVar[str] = "wordpress"
    summary: ClassVar[str] = "Posts of a WordPress site, and the comments below them where the site shows them."
    required_paths: ClassVar[tuple[str, ...]] = ("id", "content.rendered")
    options: ClassVar[type[WordpressOptions]] = WordpressOptions

    def start(self, query: Query, cursor: Cursor | None) -> list[Ask]:
        """The first page of posts (of those since the cursor, for a search), or the numbers of the categories."""
        options, known = WordpressOptions.model_validate(query.options), tagged(cursor or "")
        since, categories = _since(whole(known.get("posts"))), [str(category) for category in options.categories]
        wants = [{"search": options.search.strip()} | since] if options.search.strip() else _certain(options)
        slugs = [name for name in categories if not name.isdecimal()]
        if slugs:
            asked = {"slug": ",".join(slugs), "per_page": _PER_PAGE, "_fields": "id,slug"}
            return [_ask(options, "categories", asked, {"known": known})]
        if categories:
            wants = [{"categories": ",".join(categories)} | since]
        return [_posts(options, _Listing(wants), known)]

    def parse(self, raw: Raw, query: Query) -> Iterator[Parsed]:
        """A page of posts, of comments, or the categories.

        Raises:
            AuthNeeded, NotFound: the site says so in place of a list.
            SchemaDrift: the answer has another shape.
        """
        capture = raw.capture
        if capture is None or not isinstance(raw.ask, Request):
            raise BadResponse("An answer of a site is read whole.", where=str(raw.path))
        value = json_of(raw)
        if isinstance(value, dict) and (error := _error(value, capture)):
            raise error
        if not isinstance(value, list):
            raise drift("The list is no list.", capture, path="[]")
        options, kind = WordpressOptions.model_validate(query.options), urlsplit(raw.ask.url).path.rpartition("/")[2]
        if kind == "categories":
            yield _categories(value, raw, capture, options)
            return
        lacking = [next(filter(None, (missing_path(item, path) for path in self.required_paths)), "") for item in value]
        if value and all(lacking):
            raise drift(f"“{lacking[0]}” is missing from every item.", capture, path=f"[].{lacking[0]}")
        yield _posts_read(value, raw, capture, query) if kind == "posts" else _comments_read(value, raw, capture, query)

    def refused(self, capture: Capture) -> CollectorError | None:
        """What a site's own error says: who may not read it, or that it has no such API."""
        return _error(problem_of(capture), capture)


COLLECTOR = WordpressCollector()


def _error(said: dict[str, Any], capture: Capture) -> CollectorError | None:
    code, status = words(said.get("code")), whole(at(said, "data", "status")) or capture.status
    message = clean_line(text_of(said.get("message")), 200)
    if code == "rest_no_route" or (code and status == HTTPStatus.NOT_FOUND):
        return NotFound(f"The site does not offer this ({message}).", where=capture.final_url, remedy=_NO_API)
    if code.startswith(_CLOSED) or (code and status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}):
        return AuthNeeded(f"The site keeps this closed ({message}).", where=capture.final_url, remedy=_CLOSED_REMEDY)
    return None


def _ask(
    options: WordpressOptions, kind: str, asked: Mapping[str, object], tag: object, *, alone: bool = False
) -> Request:
    url = f"{options.server}{_API}{kind}?{urlencode(asked, safe=',:')}"
    return Request(url, tag=json.dumps(tag), alone=alone, expects="include" in asked or "slug" in asked)


def _since(newest: int | None) -> dict[str, str]:
    """What asks for what came after the newest known (UTC milliseconds), and for some that is known."""
    if newest is None:
        return {}
    return {"after": f"{datetime.fromtimestamp(max(0, newest - _OVERLAP_MS) / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"}


def _more(capture: Capture, page: int, items: int) -> bool:
    """Whether a list goes on after this page: as the site says, else as long as pages are full."""
    pages = whole(capture.headers.get("x-wp-totalpages"))
    return items > 0 and (items >= _PER_PAGE if pages is None else page < pages)


# -- posts ------------------------------------------------------------------------------------------------------------


class _Listing(NamedTuple):
    """How far the posts are read.

    Attributes:
        wants: the lists still to be read, as parameters; the first is being read.
        page: the page of it.
        found: the numbers of the posts so far.
        newest: the time of the newest of them (UTC milliseconds).
    """

    wants: list[dict[str, str]]
    page: int = 1
    found: list[str] = []  # noqa: RUF012  a tuple's default, never changed
    newest: int | None = None


def _certain(options: WordpressOptions) -> list[dict[str, str]]:
    """The lists that hold certain posts; addresses of many slugs grow too long for some servers."""
    names = list(dict.fromkeys(_named(post, urlsplit(options.server).netloc) for post in options.posts))
    numbers = [name for name in names if name.isdecimal()]
    slugs = [unquote(name) for name in names if not name.isdecimal()]
    chunks = [{"include": ",".join(numbers[at : at + _PER_PAGE])} for at in range(0, len(numbers), _PER_PAGE)]
    return chunks + [{"slug": ",".join(slugs[at : at + _SLUGS])} for at in range(0, len(slugs), _SLUGS)]


def _posts(options: WordpressOptions, listing: _Listing, known: object) -> Request:
    asked = {**listing.wants[0], "per_page": _PER_PAGE, "page": listing.page, "_fields": _POST_FIELDS}
    return _ask(options, "posts", asked, {**listing._asdict(), "known": known})


def _categories(value: list[Any], raw: Raw, capture: Capture, options: WordpressOptions) -> Parsed:
    """The posts of the categories whose numbers are found or given."""
    numbers = {words(item.get("slug")): number_of(item.get("id")) for item in objects(value)}
    wanted = [str(category) for category in options.categories]
    missing = [name for name in wanted if not name.isdecimal() and not numbers.get(name)]
    found = [name if name.isdecimal() else numbers[name] for name in wanted if name not in missing]
    if not found:
        raise NotFound(f"The site has no category {', '.join(missing)}.", where=capture.final_url)
    known = tagged(raw.ask.tag).get("known")
    asked = {"categories": ",".join(found)} | _since(whole(at(known, "posts")))
    problems = (f"The site has no category {', '.join(missing)}.",) if missing else ()
    return Parsed(next=(_posts(options, _Listing([asked]), known),), problems=problems)


def _posts_read(value: list[Any], raw: Raw, capture: Capture, query: Query) -> Parsed:
    options, tag = WordpressOptions.model_validate(query.options), tagged(raw.ask.tag)
    known = tag.pop("known", None)
    listing = _Listing(**tag) if tag else _Listing([{}])
    host = urlsplit(options.server).netloc
    made = [post_of(item, place, host, query) for place, item in enumerate(value)]
    articles = [article for article in made if isinstance(article, Article)]
    times = [article.published_at or 0 for article in articles]
    found = [*listing.found, *(article.id for article in articles)]
    newest = not_after(max(*times, listing.newest or 0, 0), query) or None
    page = Page(articles=tuple(articles), rejects=tuple(reject for reject in made if isinstance(reject, Reject)))
    refuse_all(page.rejects, len(articles), capture, "[].content.rendered")
    more = _more(capture, listing.page, len(value))
    if more and listing.page < options.pages:
        following = _Listing(listing.wants, listing.page + 1, found, newest)
        return Parsed(page, next=(_posts(options, following, known),))
    cut: tuple[str, ...] = (
        (f"There are more posts than {options.pages} pages; older ones were left out.",) if more else ()
    )
    cut += _missed(listing.wants[0], len(value))
    if listing.wants[1:]:
        following = _Listing(listing.wants[1:], 1, found, newest)
        return Parsed(page, next=(_posts(options, following, known),), problems=cut)
    cursor, chain = _found(found, newest, known, options)
    return Parsed(page, next=(_comments(options, chain),) if chain else (), cursor=cursor, problems=cut)


def _missed(wanted: dict[str, str], came: int) -> tuple[str, ...]:
    """Whether some of certain posts did not come."""
    names = (wanted.get("include") or wanted.get("slug") or "").split(",")
    missing = len(names) - came if names != [""] else 0
    return (f"{missing} of these posts did not come: {', '.join(names)}.",) if missing > 0 else ()


def _found(
    found: list[str], newest: int | None, known: object, options: WordpressOptions
) -> tuple[Cursor, _Chain | None]:
    """The cursor after all posts are read, and the comments to ask for.

    Of posts that were watched before, only what came since; of new ones, all.
    """
    watched = at(known, "watched")
    before = list(filter(None, map(number_of, watched if isinstance(watched, list) else ())))
    fresh = [number for number in dict.fromkeys(found) if number not in before]
    newest = max(newest or 0, whole(at(known, "posts")) or 0) or None
    cursor = json.dumps({"posts": newest, "watched": [*fresh, *before][:_MOST_WATCHED]})
    since = whole(at(known, "comments"))
    batches = [_Batch(None, fresh[start : start + _PER_PAGE]) for start in range(0, len(fresh), _PER_PAGE)]
    batches += [_Batch(since, before[start : start + _PER_PAGE]) for start in range(0, len(before), _PER_PAGE)]
    return cursor, _Chain(batches, newest=since) if batches and options.comments else None


# -- comments ---------------------------------------------------------------------------------------------------------


class _Batch(NamedTuple):
    """Posts whose comments are asked for together, and from when on they are wanted (UTC milliseconds; None: all)."""

    since: int | None
    posts: list[str]


class _Chain(NamedTuple):
    """How far the comments are read.

    Attributes:
        batches: those still to be read; the first is being read.
        page: the page of it.
        newest: the time of the newest comment known (UTC milliseconds).
        declared: how many comments the site said there are, in the batches before.
    """

    batches: list[_Batch]
    page: int = 1
    newest: int | None = None
    declared: int = 0


def _comments(options: WordpressOptions, chain: _Chain) -> Request:
    batch = chain.batches[0]
    asked = {"post": ",".join(batch.posts), "per_page": _PER_PAGE, "page": chain.page, "_fields": _COMMENT_FIELDS}
    return _ask(options, "comments", asked, chain._asdict(), alone=True)


def _comments_read(value: list[Any], raw: Raw, capture: Capture, query: Query) -> Parsed:
    options, tag = WordpressOptions.model_validate(query.options), tagged(raw.ask.tag)
    chain = _Chain(**tag | {"batches": [_Batch(*batch) for batch in tag.get("batches") or [(None, [])]]})
    batch = chain.batches[0]
    made = [comment_of(item, place, batch.posts, query) for place, item in enumerate(value)]
    rows = [row for row in made if isinstance(row, dict)]
    rejects = [reject for reject in made if isinstance(reject, Reject)]
    times = [time for row in rows if (time := row.get("published_at")) is not None]
    chain = chain._replace(newest=not_after(max(*times, chain.newest or 0, 0), query) or None)
    total = whole(capture.headers.get("x-wp-total"))
    declared = {batch.posts[0]: total} if total is not None and len(batch.posts) == 1 else {}
    together = None if total is None else chain.declared + total
    said = together if chain.page == 1 else None
    page = Page(comments=rows, rejects=tuple(rejects), declared=declared, declared_total=said)
    refuse_all(rejects, len(rows), capture, "[].content.rendered")
    met = batch.since is not None and bool(times) and min(times) < batch.since - _OVERLAP_MS
    more = _more(capture, chain.page, len(value)) and not met
    if more and chain.page < options.comment_pages:
        return Parsed(page, next=(_comments(options, chain._replace(page=chain.page + 1)),))
    cut = (f"There are more comments than {options.comment_pages} pages; older ones were left out.",) if more else ()
    if chain.batches[1:]:
        following = _Chain(chain.batches[1:], 1, chain.newest, together or chain.declared)
        return Parsed(page, next=(_comments(options, following),), problems=cut)
    cursor = None if chain.newest is None else json.dumps({"comments": chain.newest})
    return Parsed(page, cursor=cursor, problems=cut)
