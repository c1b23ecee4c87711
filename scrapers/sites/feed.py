"""`feed`: what a site publishes as RSS, Atom or JSON Feed; or the comments of a feed of comments."""

from __future__ import annotations

import hashlib
import json
import re
from calendar import timegm
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, Self
from urllib.parse import urljoin, urlsplit

from pydantic import Field, field_validator, model_validator

from scrapers.errors import BadResponse
from scrapers.fields import Dated, dated, tagged, whole
from scrapers.language import language_of
from scrapers.pages.fragments import text_of
from scrapers.protocol import Ask, Collector, Cursor, LocalFile, Options, Parsed, Query, Raw, Request
from scrapers.times import EARLIEST_MS, latest_ms
from storage.nouns import Article, CommentRow, Page, Reject
from storage.text import clean, clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scrapers.items.feed import Entry, Feed, Text
    from storage.nouns import Capture

TEXT_LIMIT = 200_000
_LONGEST_ID = 200
_SITE_LIMIT = 100
_WEB = re.compile(r"https?://\S+$", re.IGNORECASE)
_LINKED = "linked page"
# In a field that the feed calls plain text, this is still markup; "the <blink> tag" is not.
_MARKUP = re.compile(r"</[a-z]|<[a-z]+\s[^<>]*=|<(?:br|hr|script|img|p)\b", re.IGNORECASE)


class FeedOptions(Options):
    """Which feeds, and what of them: exactly one of `url`, `urls` and `path`.

    Attributes:
        url: one feed.
        urls: several feeds.
        path: a saved feed, relative to the study's folder.
        items: what the entries are: `articles`, or `comments` for a feed of comments.
        follow: read the page each entry links to, instead of the text in the feed.
        limit: at most this many entries of each feed, the first ones: feeds put the newest first.
    """

    url: str | None = None
    urls: tuple[str, ...] = ()
    path: str | None = None
    items: Literal["articles", "comments"] = "articles"
    follow: bool = False
    limit: int = Field(default=200, ge=1, le=5_000)

    @field_validator("url", "urls")
    @classmethod
    def _web_addresses(cls, value: str | tuple[str, ...] | None) -> str | tuple[str, ...] | None:
        for address in (value,) if isinstance(value, str) else value or ():
            if not _WEB.match(address):
                msg = 'write an address that starts with https:// or http://; a saved feed is path = "feed.xml"'
                raise ValueError(msg)
        return value

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if sum(map(bool, (self.url, self.urls, self.path))) != 1:
            msg = "give one of url, urls and path"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        if self.follow and self.items == "comments":
            msg = 'follow goes with items = "articles": a comment is in the feed as a whole'
            raise ValueError(msg)
        return self


class FeedCollector(Collector):
    """Reads each feed into Articles or comments; only asks for linked pages where the options say so."""

    name: ClassVar[str] = "feed"
    summary: ClassVar[str] = "What a site publishes as RSS, Atom or JSON Feed: articles, or comments."
    options: ClassVar[type[FeedOptions]] = FeedOptions

    def start(self, query: Query, cursor: Cursor | None) -> list[Ask]:  # noqa: ARG002  a feed is always read from its top
        """One request a feed, answered only where the feed has changed."""
        options = FeedOptions.model_validate(query.options)
        if options.path:
            return [LocalFile(Path(options.path))]
        urls = dict.fromkeys((*filter(None, [options.url]), *options.urls))
        # A feed whose entries are followed gives none itself.
        expects = not options.follow
        return [Request(url, again="if changed", alone=len(urls) > 1, expects=expects) for url in urls]

    def parse(self, raw: Raw, query: Query) -> Iterator[Parsed]:
        """The feed's entries, or the article of a page that one links to.

        Raises:
            SchemaDrift: it is no feed.
            BadResponse: it is empty, or declares entities.
            Blocked, NotFound: a page that says so came in its place.
        """
        options = FeedOptions.model_validate(query.options)
        if raw.capture is None:
            raise BadResponse("A feed is read whole.", where=str(raw.path))
        if tagged(raw.ask.tag).get("is") == _LINKED:
            yield from _linked(raw, query)
        else:
            yield _of_feed(raw, raw.capture, query, options)


COLLECTOR = FeedCollector()


def _of_feed(raw: Raw, capture: Capture, query: Query, options: FeedOptions) -> Parsed:
    from scrapers.items.feed import read_feed  # feedparser takes a moment to import

    feed = read_feed(raw, capture)
    reader = _Reader(feed, capture, query)
    entries = list(reader.numbered(feed.entries[: options.limit]))
    problems = [f"{capture.final_url}: the feed {feed.problem}; it was read as far as it goes."] * bool(feed.problem)
    if more := len(feed.entries) - options.limit:
        problems += [f"{capture.final_url}: {more} more entries were left out (limit = {options.limit})."] * (more > 0)
    if options.items == "comments":
        return Parsed(reader.comments(entries), problems=tuple(problems), whole=not feed.problem)
    linked = {number for number, entry in entries if options.follow and reader.address(entry)}
    page = reader.articles((number, entry) for number, entry in entries if number not in linked)
    asks = tuple(reader.ask_for(entry) for number, entry in entries if number in linked)
    return Parsed(page, next=asks, problems=tuple(problems), whole=not feed.problem)


class _Reader:
    """Makes nouns of the entries of one feed; what was refused waits in `rejects`."""

    def __init__(self, feed: Feed, capture: Capture, query: Query) -> None:
        from scrapers.pages.head import canonical  # lxml takes a moment to import

        self._canonical = canonical
        self._query = query
        self._where = capture.final_url
        self._site = clean_line(_plain(feed.title), _SITE_LIMIT) or _host(capture.final_url)
        self._host = _host(capture.final_url) or self._site
        self._lang = feed.lang
        self._ids: dict[str, int] = {}
        self.rejects: list[Reject] = []

    def numbered(self, entries: Iterable[Entry]) -> Iterator[tuple[int, Entry]]:
        """Entries with their place from 1, without those whose id another one before them has."""
        for number, entry in enumerate(entries, start=1):
            if self._ids.setdefault(self.identity(entry), number) == number:
                yield number, entry
            else:
                self._refuse(number, f"entry {self._ids[self.identity(entry)]} has the same id", entry)

    def articles(self, entries: Iterable[tuple[int, Entry]]) -> Page:
        """Each entry as an Article; the number of its comments where the feed says it."""
        found, declared = [], {}
        for number, entry in entries:
            title, text = clean_line(_plain(entry.title)), _longest(entry)
            if not (text or title):
                self._refuse(number, "neither text nor title", entry)
                continue
            found.append(self._article(entry, title, text or title))
            if (count := whole(entry.comments)) is not None:
                declared[found[-1].id] = count
        return Page(articles=tuple(found), rejects=tuple(self.rejects), declared=declared)

    def comments(self, entries: list[tuple[int, Entry]]) -> Page:
        """Each entry as a comment."""
        found: list[CommentRow] = []
        for number, entry in entries:
            if text := _longest(entry):
                found.append(self._comment(entry, text))
            else:
                self._refuse(number, "empty text", entry)
        return Page(comments=found, rejects=tuple(self.rejects))

    def ask_for(self, entry: Entry) -> Request:
        """The page an entry links to; what the feed says of its time goes along, in case the page does not."""
        when = self._when(entry)
        tag = json.dumps({"is": _LINKED, "ms": when.ms, "raw": when.raw, "precision": when.precision})
        return Request(self.address(entry), again="never", alone=True, tag=tag)

    def identity(self, entry: Entry) -> str:
        """The entry's own id, else its address, else a digest of its words."""
        said = clean_line(entry.id, 2 * _LONGEST_ID) or self._link(entry)
        if not said:
            said = f"{entry.title.value}\x1f{_longest(entry)}"
        elif len(said) <= _LONGEST_ID:
            return said
        return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:32]

    def address(self, entry: Entry) -> str:
        """What the entry is about: a web address in its canonical form; empty for any other (`javascript:`)."""
        link = entry.link.strip()
        try:  # an id that is no address is often called a link
            return self._canonical(link if link == entry.id else urljoin(self._where, link)) if link else ""
        except ValueError:
            return ""

    def _article(self, entry: Entry, title: str, text: str) -> Article:
        when = self._when(entry)
        return Article(
            id=self.identity(entry),
            url=self.address(entry),
            title=title,
            text=clean(text, TEXT_LIMIT),
            site=self._site,
            lang=language_of(text, self._lang),
            published_at=when.ms,
            published_raw=when.raw,
            published_precision=when.precision,
            extractor="feed",
        )

    def _comment(self, entry: Entry, text: str) -> CommentRow:
        when, answered = self._when(entry), clean_line(entry.answers)
        return {
            "ext_id": self.identity(entry),
            "text": text[:TEXT_LIMIT],
            "kind": "comment",
            "author": clean_line(_plain_text(entry.author)) or None,
            "published_at": when.ms,
            "published_raw": when.raw or None,
            "published_precision": when.precision,
            "url": self._link(entry) or None,
            "parent_id": answered if answered in self._ids and answered != self.identity(entry) else None,
            "platform": self._host or None,
        }

    def _link(self, entry: Entry) -> str:
        """The address with its fragment: comments of one page differ in nothing else."""
        address = self.address(entry)
        fragment = entry.link.strip().partition("#")[2]
        return f"{address}#{fragment}" if address and fragment else address

    def _when(self, entry: Entry) -> Dated:
        """The entry's time, as this project reads times; where it does not, as feedparser does."""
        read = [dated(said, self._query) for said in entry.when]
        for moment, parts in zip(read, entry.parsed or [None] * len(read), strict=False):
            if moment.ms is not None:
                return moment
            if (ms := _ms(parts)) is not None and EARLIEST_MS <= ms < latest_ms(self._query.reference):
                return Dated(ms, moment.raw, "second")
        return read[0] if read else Dated(None, "", None)

    def _refuse(self, number: int, reason: str, entry: Entry) -> None:
        sample = clean_line(_plain(entry.title) or entry.id, _LONGEST_ID)
        self.rejects.append(Reject(f"{self._where} entry {number}", reason, sample))


def _linked(raw: Raw, query: Query) -> Iterator[Parsed]:
    """The article of a linked page, dated by the feed where the page has no date."""
    from scrapers.sites.article import COLLECTOR as ARTICLE

    options = ARTICLE.options.model_validate({"url": raw.ask.url if isinstance(raw.ask, Request) else ""})
    for parsed in ARTICLE.parse(replace(raw, ask=replace(raw.ask, tag="")), replace(query, options=options)):
        articles = tuple(_dated_by(article, tagged(raw.ask.tag)) for article in parsed.page.articles)
        yield replace(parsed, page=replace(parsed.page, articles=articles))


def _dated_by(article: Article, said: dict[str, object]) -> Article:
    if article.published_at is not None or not isinstance(said.get("ms"), int):
        return article
    when = {
        f"published_{name}": said.get(key) for name, key in (("at", "ms"), ("raw", "raw"), ("precision", "precision"))
    }
    return Article.model_validate({**article.model_dump(), **when})


def _longest(entry: Entry) -> str:
    """The longest of what may be the entry's text: a summary is sometimes more than the content."""
    return max(map(_plain, entry.texts), key=len, default="")


def _plain(text: Text) -> str:
    return text_of(text.value) if text.is_html else _plain_text(text.value)


def _plain_text(value: str) -> str:
    return text_of(value) if _MARKUP.search(value) else value.strip()


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _ms(parts: object) -> int | None:
    try:
        return timegm(tuple(parts)) * 1000 if isinstance(parts, tuple) else None
    except (TypeError, ValueError, OverflowError):
        return None
