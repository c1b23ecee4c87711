"""`appstore`: reviews of an app in Apple's App Store, country by country, from the store's public feed.

The feed gives at most ten pages of fifty reviews a country, newest first, so an app that many people review must be
collected often. Its own link to the next page leads to XML; the address is built here instead.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from pydantic import Field, field_validator

from scrapers.answers import drift, json_of, refuse_all, sample_of
from scrapers.fields import at, dated, identity, not_after, tagged, whole, words
from scrapers.protocol import Ask, Collector, Cursor, Options, Parsed, Query, Raw, Request
from storage.nouns import Page, Reject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from storage.nouns import Capture, CommentRow

MOST_PAGES = 10
_FEED = "https://itunes.apple.com/{store}/rss/customerreviews/page={page}/id={app}/sortBy=mostRecent/json"
_PLACE = re.compile(r"/(?P<store>[a-z]{2})/rss/customerreviews/page=(?P<page>\d+)/id=(?P<app>\d+)/")
_APP = re.compile(r"\d{3,15}")
_SHOP = re.compile(
    r"https?://(?:apps|itunes)\.apple\.com/(?:(?P<store>[a-z]{2})/)?app/(?:[^/?#]+/)?id(?P<app>\d{3,15})(?:[/?#].*)?",
    re.IGNORECASE,
)
_STORE = re.compile(r"[a-z]{2}")
_REVIEWER = re.compile(r"/id([1-9]\d*)$")


class AppStoreOptions(Options):
    """Which app, and in which countries' stores.

    Attributes:
        app: its number, or its address at apps.apple.com.
        countries: two-letter codes of stores; by default the one in the address, else China's.
        pages: how many pages of fifty reviews are read a country; the feed has ten.
    """

    app: str = Field(coerce_numbers_to_str=True)
    countries: tuple[str, ...] = ()
    pages: int = Field(default=MOST_PAGES, ge=1, le=MOST_PAGES)

    @field_validator("app")
    @classmethod
    def _an_app(cls, value: str) -> str:
        if not (_APP.fullmatch(value) or _SHOP.fullmatch(value)):
            msg = "write the app's number, or its address such as https://apps.apple.com/cn/app/id123456789"
            raise ValueError(msg)
        return value

    @field_validator("countries")
    @classmethod
    def _stores(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        codes = tuple(dict.fromkeys(code.lower() for code in value))
        if wrong := [code for code in codes if not _STORE.fullmatch(code)]:
            msg = f'"{wrong[0]}" is no country: write two letters, such as "cn"'
            raise ValueError(msg)
        return codes

    @property
    def number(self) -> str:
        """The app's number."""
        found = _SHOP.fullmatch(self.app)
        return found["app"] if found else self.app

    @property
    def stores(self) -> tuple[str, ...]:
        """The stores to ask."""
        found = _SHOP.fullmatch(self.app)
        return self.countries or ((found["store"] or "cn").lower() if found else "cn",)


class _Newest(NamedTuple):
    """The newest review known of a store: old reviews have no date, so their rising numbers help out."""

    time: int = 0
    number: int = 0

    def before(self, row: CommentRow) -> bool:
        """Whether a review is newer."""
        time = row.get("published_at")
        return time > self.time if time is not None and self.time else int(row["ext_id"]) > self.number

    def and_those(self, rows: Iterable[CommentRow]) -> _Newest:
        """The newest of this one and of those on a page."""
        rows = list(rows)
        times = [row.get("published_at") or 0 for row in rows]
        return _Newest(max([self.time, *times]), max([self.number, *(int(row["ext_id"]) for row in rows)]))

    @classmethod
    def of(cls, value: object) -> _Newest:
        """As it was written into a cursor or a tag."""
        pair = value if isinstance(value, list) and len(value) == len(cls._fields) else []
        return cls(*(whole(part) or 0 for part in pair))


class AppStoreCollector(Collector):
    """Reads the feed of customer reviews, page after page, until it meets what it knows."""

    name: ClassVar[str] = "appstore"
    summary: ClassVar[str] = "Reviews of an app in Apple's App Store: the newest 500 of each country."
    hosts: ClassVar[tuple[str, ...]] = ("itunes.apple.com",)
    required_paths: ClassVar[tuple[str, ...]] = ("feed.link",)
    options: ClassVar[type[AppStoreOptions]] = AppStoreOptions

    def start(self, query: Query, cursor: Cursor | None) -> list[Ask]:
        """The first page of each store."""
        options = AppStoreOptions.model_validate(query.options)
        known = tagged(cursor or "")
        return [_ask(store, 1, options, known.get(store)) for store in options.stores]

    def parse(self, raw: Raw, query: Query) -> Iterator[Parsed]:
        """The reviews of one page.

        Raises:
            SchemaDrift: it is not the feed.
        """
        options = AppStoreOptions.model_validate(query.options)
        answer = json_of(raw, self.required_paths)
        capture, place = raw.capture, _PLACE.search(raw.ask.url if isinstance(raw.ask, Request) else "")
        if capture is None or place is None:
            return
        page = _page(answer["feed"], capture, query, place["store"], place["app"])
        since = tagged(raw.ask.tag).get("since")
        yield Parsed(
            page,
            next=_following(page, place["store"], int(place["page"]), options, query, since),
            cursor=_cursor(page, place["store"], since, query) if place["page"] == "1" else None,
            problems=_early(page, place["store"], since, query),
        )


COLLECTOR = AppStoreCollector()


def _ask(store: str, page: int, options: AppStoreOptions, since: object) -> Request:
    """A page of a store; `since` is the newest review of the last run, down to which this run reads."""
    return Request(
        _FEED.format(store=store, page=page, app=options.number),
        expects=page == 1 and since is not None,
        alone=len(options.stores) > 1,
        chain=page > 1,
        tag=json.dumps({"since": since}),
    )


def _following(
    page: Page, store: str, number: int, options: AppStoreOptions, query: Query, since: object
) -> tuple[Request, ...]:
    newest = _Newest.of(since)
    fresh = [row for row in page.comments if newest.before(row) and not _too_old(row, query)]
    return (_ask(store, number + 1, options, since),) if fresh and number < options.pages else ()


def _early(page: Page, store: str, since: object, query: Query) -> tuple[str, ...]:
    """What is said where the reviews of a page are new, but all from before the study's window."""
    new = [row for row in page.comments if _Newest.of(since).before(row)]
    if not new or not all(_too_old(row, query) for row in new):
        return ()
    return (f"{store}: reviews further back were left out, since they lie before the study's start.",)


def _too_old(row: CommentRow, query: Query) -> bool:
    time = row.get("published_at")
    return time is not None and query.start_ms is not None and time < query.start_ms


def _cursor(page: Page, store: str, since: object, query: Query) -> Cursor | None:
    newest = _Newest.of(since).and_those(page.comments)
    newest = newest._replace(time=not_after(newest.time, query))
    return json.dumps({store: newest}) if any(newest) else None


def _page(feed: object, capture: Capture, query: Query, store: str, app: str) -> Page:
    if not isinstance(feed, dict):
        raise drift("The feed holds no reviews.", capture, path="feed")
    entries = feed.get("entry")
    # A feed of one review gives it bare, not in a list.
    entries = [entries] if isinstance(entries, dict) else entries
    if not isinstance(entries, list | None):
        raise drift("The reviews are no list.", capture, path="feed.entry")
    page = Page()
    rejects: list[Reject] = []
    for where, entry in enumerate(entries or ()):
        review = entry if isinstance(entry, dict) else {}
        if _is_the_app(review):
            continue
        row = _row(review, query, store, app)
        if row["ext_id"] and row["text"]:
            page.comments.append(row)
        else:
            reason = "no text" if row["ext_id"] else "no number"
            rejects.append(Reject(f"feed.entry[{where}]", reason, sample_of(entry)))
    refuse_all(rejects, len(page.comments), capture, "feed.entry[].content.label")
    return replace(page, rejects=tuple(rejects))


def _is_the_app(entry: dict[str, Any]) -> bool:
    """Feeds may begin with an entry that describes the app itself."""
    return "im:rating" not in entry and "im:name" in entry


def _row(entry: dict[str, Any], query: Query, store: str, app: str) -> CommentRow:
    when = dated(_label(entry, "updated"), query)
    return {
        "ext_id": _number(entry),
        "text": _text(entry),
        "kind": "review",
        "platform": "App Store",
        "author": _author(entry),
        "likes": whole(_label(entry, "im:voteSum")),
        "url": f"https://apps.apple.com/{store}/app/id{app}?see-all=reviews",
        "published_at": when.ms,
        "published_raw": when.raw,
        "published_precision": when.precision,
    }


def _label(entry: dict[str, Any], *names: str) -> object:
    return at(entry, *names, "label")


def _number(entry: dict[str, Any]) -> str:
    number = identity(_label(entry, "id"))
    return number if whole(number) is not None else ""


def _text(entry: dict[str, Any]) -> str:
    """Title and body, empty without the body; the feed writes a line break as a backslash and an n."""
    if not isinstance(_label(entry, "content"), str):
        return ""
    parts = (words(_label(entry, name)).replace("\\n", "\n").strip() for name in ("title", "content"))
    return "\n".join(filter(None, parts))


def _author(entry: dict[str, Any]) -> str | None:
    """The reviewer's number, which stays when the name changes; else the name."""
    numbered = _REVIEWER.search(words(_label(entry, "author", "uri")))
    return numbered[1] if numbered else words(_label(entry, "author", "name")).strip() or None
