"""`mastodon`: public posts under a hashtag, or the replies to certain posts, of one Mastodon-compatible server.

The API is that of docs.joinmastodon.org; Pleroma, Akkoma and GoToSocial speak it too. Ids are strings: numbers on
Mastodon, sortable words elsewhere, and longer is later.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self
from urllib.parse import quote, urlencode, urlsplit

from pydantic import Field, field_validator, model_validator

from scrapers.answers import drift, json_of, objects, refuse_all
from scrapers.errors import AuthNeeded, BadResponse, CollectorError
from scrapers.fields import dated, tagged, whole, words
from scrapers.items.mastodon import ID, descriptions_of, id_of, not_public, rows_of, url_of, words_of
from scrapers.language import language_of
from scrapers.protocol import Ask, Collector, Cursor, Key, Options, Parsed, Query, Raw, Request
from scrapers.refusals import problem_of
from scrapers.times import latest_ms
from storage.nouns import Article, Page, Reject
from storage.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from storage.nouns import Capture, CommentRow

_PER_PAGE = 40  # the most a server gives
_OVERLAP_MS = 6 * 3600 * 1000  # posts of other servers arrive late, under the id of their own time
_MS_SHIFT = 16  # a Mastodon id is its time in milliseconds, and 16 bits more (lib/mastodon/snowflake.rb)
_LONGEST_NUMBER = 19  # digits of 64 bits
_LONGEST_WORD = 32  # 18 letters and digits on Pleroma, 26 on GoToSocial
_SNOWFLAKE = re.compile(r"1\d{17}")
_HOST = re.compile(r"(?:[\w-]+\.)+[\w-]+(?::\d{1,5})?")
_TAG = re.compile(r"[\w·・]+")
_LINK = re.compile(r'<([^<>]*)>\s*;[^,<>]*\brel="?(\w+)')
_TITLE = 120
_MAX_ID, _MIN_ID = (re.compile(rf"[?&]{name}=({ID.pattern})(?:&|$)") for name in ("max_id", "min_id"))
_WANTS_LOGIN = ("authenticated", "login", "token", "scope")


class MastodonOptions(Options):
    """A server, and what is wanted of it: a hashtag, certain posts, or both.

    Attributes:
        server: the server asked, as `mastodon.example`.
        tag: a hashtag, with or without its `#`.
        statuses: posts whose replies are wanted: addresses on this server, or ids.
        limit: the most posts of a tag taken in one run.
        token: send this server its key, which the environment names together with the server.
    """

    server: str
    tag: str = ""
    statuses: tuple[str, ...] = ()
    limit: int = Field(default=2000, ge=1, le=100_000)
    token: bool = False

    @field_validator("server")
    @classmethod
    def _server(cls, value: str) -> str:
        parts = urlsplit(value if "//" in value else f"https://{value}")
        host = parts.netloc.lower()
        if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(host) or parts.path.strip("/") or parts.query:
            raise ValueError("write the server's name alone, as mastodon.example")
        return f"{parts.scheme}://{host}"

    @field_validator("tag")
    @classmethod
    def _hashtag(cls, value: str) -> str:
        tag = value.strip().lstrip("#＃")
        if value and not _TAG.fullmatch(tag):
            raise ValueError("a hashtag is one word of letters and digits")
        return tag

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.tag or self.statuses):
            raise ValueError("give tag, or statuses")
        if self.token and not self.server.startswith("https://"):
            raise ValueError("a token goes over https:// only")
        for status in self.statuses:
            _status_id(status, self.host)
        return self

    @property
    def host(self) -> str:
        """The server's name."""
        return self.server.partition("//")[2]


def _status_id(status: str, host: str) -> str:
    """The id of a post, of an id or an address.

    Raises:
        ValueError: it is neither, or on another server, where the post has another id.
    """
    parts = urlsplit(status)
    if parts.netloc and parts.netloc.lower() != host:
        raise ValueError(f"{status[:80]} is on {parts.netloc[:60]}; write its address on {host}, or ask that server")
    found = parts.path.rstrip("/").rpartition("/")[2] if parts.netloc else status.strip()
    if not ID.fullmatch(found):
        raise ValueError(f'"{status[:80]}" is no id and no address of a post')
    return found


class MastodonCollector(Collector):
    """Reads a hashtag's timeline, or posts with their replies."""

    name: ClassVar[str] = "mastodon"
    summary: ClassVar[str] = "Public posts under a hashtag, or the replies to posts, of one Mastodon server."
    required_paths: ClassVar[tuple[str, ...]] = ("id", "content")
    key: ClassVar[Key] = Key(
        variable="MINYI_MASTODON_TOKEN",
        get_one="On your server: Preferences, Development, New application with the scope read; write server:token.",
        required=False,
        per_host=True,
    )
    options: ClassVar[type[MastodonOptions]] = MastodonOptions

    def start(self, query: Query, cursor: Cursor | None) -> list[Ask]:
        """Every post asked for, or the timeline: upwards from the newest known post, or down from the newest."""
        options = MastodonOptions.model_validate(query.options)
        ids = dict.fromkeys(_status_id(status, options.host) for status in options.statuses)
        asks: list[Ask] = [_ask(options, f"statuses/{found}", alone=True) for found in ids]
        if options.tag and cursor and ID.fullmatch(cursor) and _usual([cursor], query):
            asks.append(_timeline(options, _Place(True, options.limit, _earlier(cursor), cursor)))
        elif options.tag:
            asks.append(_timeline(options, _Place(False, options.limit)))
        return asks

    def parse(self, raw: Raw, query: Query) -> Iterator[Parsed]:
        """A page of the timeline, a post as an Article, or the replies to it.

        Raises:
            SchemaDrift: the answer has another shape.
        """
        capture = raw.capture
        if capture is None or not isinstance(raw.ask, Request):
            raise BadResponse("An answer of a server is read whole.", where=str(raw.path))
        path = urlsplit(raw.ask.url).path
        if "/timelines/" in path:
            yield _page_of_timeline(json_of(raw), raw, capture, query)
        elif path.endswith("/context"):
            yield _replies(json_of(raw, ("descendants",)), raw, capture, query)
        else:
            yield _root(json_of(raw, self.required_paths), query)

    def refused(self, capture: Capture) -> CollectorError | None:
        """A server that wants a login says so with 401, 403 or 422."""
        error = words(problem_of(capture).get("error"))
        if not any(word in error.lower() for word in _WANTS_LOGIN):
            return None
        what = f"The server wants a login ({clean_line(error, 100)})."
        server = urlsplit(capture.url).netloc
        remedy = f"Put {server}:token into {self.key.variable} and write token = true in this source."
        return AuthNeeded(what, where=capture.final_url, remedy=remedy)


COLLECTOR = MastodonCollector()


def _ask(options: MastodonOptions, path: str, *, tag: str = "", alone: bool = False) -> Request:
    return Request(f"{options.server}/api/v1/{path}", keyed=options.token, tag=tag, alone=alone)


# -- a hashtag's timeline ---------------------------------------------------------------------------------------------


def _order(found: str) -> tuple[int, str]:
    """Ids by time: a longer one is later, of equal ones the greater."""
    return len(found), found


def _usual(ids: list[str], query: Query) -> list[str]:
    """Ids in their order, without those that are no place to go on from: nothing would ever come after them."""
    middle = ids[len(ids) // 2] if ids else ""
    if not middle.isdecimal():
        return [found for found in ids if len(found) == len(middle) <= _LONGEST_WORD]
    numbers = [found for found in ids if found.isdecimal() and len(found) <= _LONGEST_NUMBER]
    now = latest_ms(query.reference)
    if int(middle) >> _MS_SHIFT > now:  # these do not hold the time as Mastodon's do
        return numbers
    return [found for found in numbers if int(found) >> _MS_SHIFT <= now]


def _earlier(cursor: str) -> str:
    """An id some hours before this one, where ids hold the time."""
    if not _SNOWFLAKE.fullmatch(cursor):
        return cursor
    return str(int(cursor) - (_OVERLAP_MS << _MS_SHIFT))


class _Place(NamedTuple):
    """Where a page of the timeline lies.

    Attributes:
        up: it holds the posts just above the bound; otherwise those just below.
        left: how many posts may still be taken.
        bound: an id; empty for the newest page.
        newest: the newest id known.
    """

    up: bool
    left: int
    bound: str = ""
    newest: str = ""

    def passed(self, found: str) -> bool:
        """Whether an id lies beyond the bound."""
        here, bound = _order(found), _order(self.bound)
        return not self.bound or (here > bound if self.up else here < bound)


def _timeline(options: MastodonOptions, place: _Place) -> Request:
    asked = {("min_id" if place.up else "max_id"): place.bound} if place.bound else {}
    path = f"timelines/tag/{quote(options.tag)}?{urlencode({**asked, 'limit': _PER_PAGE})}"
    return _ask(options, path, tag=json.dumps(place._asdict()))


def _page_of_timeline(value: object, raw: Raw, capture: Capture, query: Query) -> Parsed:
    if not isinstance(value, list):
        raise drift("The timeline is no list.", capture, path="[]")
    if value and not any("id" in item and "content" in item for item in objects(value)):
        raise drift("No post of the timeline has an id and a content.", capture, path="[].content")
    options = MastodonOptions.model_validate(query.options)
    place = _Place(**tagged(raw.ask.tag)) if raw.ask.tag else _Place(up=False, left=options.limit)
    ids = _usual(sorted((found for item in objects(value) if (found := id_of(item.get("id")))), key=_order), query)
    comments, rejects = rows_of(value, options.host, query)
    refuse_all(rejects, len(comments), capture, "[].content")
    following, problems = _onward(ids, _linked(capture, up=place.up), place, options)
    if following and not place.up and _before_window(comments, query):
        following, problems = None, ("Further posts were left out, since they lie before the study's start.",)
    return Parsed(
        Page(comments=comments, rejects=tuple(rejects)),
        next=(_timeline(options, following),) if following else (),
        cursor=max([*ids, place.newest], key=_order) if ids and (place.up or not place.bound) else None,
        problems=problems,
    )


def _onward(
    ids: list[str], linked: str, place: _Place, options: MastodonOptions
) -> tuple[_Place | None, tuple[str, ...]]:
    """The next page; none when this one holds nothing beyond its bound, or enough was taken."""
    last = max if place.up else min
    step = last([*ids, *filter(None, [linked])], key=_order, default="")
    if not ids or not (place.passed(last(ids, key=_order)) and place.passed(step)):
        return None, ()
    left, newest = place.left - len(ids), max(ids[-1], place.newest, key=_order)
    if left > 0:
        return _Place(place.up, left, step, newest), ()
    if place.up and _order(step) < _order(newest):  # a busy tag: the rest of the overlap is left out, nothing else
        return _Place(place.up, options.limit, newest, newest), ()
    later = "the next run goes on there" if place.up else "older ones were left out"
    return None, (f"As many posts as `limit` allows were taken; {later}.",)


def _before_window(comments: list[CommentRow], query: Query) -> bool:
    """Whether everything on this page lies before the study's window."""
    times = [time for comment in comments if (time := comment.get("published_at")) is not None]
    return query.start_ms is not None and bool(times) and max(times) < query.start_ms


def _linked(capture: Capture, *, up: bool) -> str:
    """The id in the Link header for the page before (up) or after; only the id is taken, never the address."""
    wanted, bound = ("prev", _MIN_ID) if up else ("next", _MAX_ID)
    urls = (url for url, relation in _LINK.findall(capture.headers.get("link", "")) if relation == wanted)
    return next((found[1] for url in urls if (found := bound.search(url))), "")


# -- a post and its replies -------------------------------------------------------------------------------------------


def _root(item: dict[str, Any], query: Query) -> Parsed:
    """The post as an Article, and the request for its replies."""
    options = MastodonOptions.model_validate(query.options)
    found, private = id_of(item.get("id")), not_public(item)
    if not found or private:
        return Parsed(Page(rejects=(Reject(found or "status", private or "a post without an id"),)))
    url, replies = url_of(item), whole(item.get("replies_count"))
    text = words_of(item) or descriptions_of(item) or url or found
    when = dated(item.get("created_at"), query)
    article = Article(
        id=found,
        url=url,
        title=clean_line(text, _TITLE),
        text=text,
        site=options.host,
        lang=language_of(text, words(item.get("language"))),
        published_at=when.ms,
        published_raw=when.raw,
        published_precision=when.precision,
        extractor="mastodon",
    )
    tag = json.dumps({"root": found, "replies": replies})
    return Parsed(
        Page(articles=(article,), declared={} if replies is None else {found: replies}),
        next=(_ask(options, f"statuses/{found}/context", tag=tag, alone=True),),
    )


def _replies(value: dict[str, Any], raw: Raw, capture: Capture, query: Query) -> Parsed:
    """All replies below a post, those to replies too."""
    if not isinstance(value["descendants"], list):
        raise drift("The replies are no list.", capture, path="descendants")
    place = tagged(raw.ask.tag)
    root = str(place.get("root") or urlsplit(capture.url).path.split("/")[-2])
    options = MastodonOptions.model_validate(query.options)
    comments, rejects = rows_of(value["descendants"], options.host, query, root=root)
    refuse_all(rejects, len(comments), capture, "descendants[].content")
    declared = _declared(value["descendants"], place.get("replies"))
    return Parsed(
        Page(comments=comments, rejects=tuple(rejects), declared={} if declared is None else {root: declared})
    )


def _declared(items: Iterable[object], replies: int | None) -> int | None:
    """How many replies the thread says it has: each post counts those to itself; None where one does not."""
    counts = [replies, *(whole(item.get("replies_count")) for item in objects(items))]
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else replies
