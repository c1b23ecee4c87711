"""Plays a collector against the answers kept in tests/fixtures/sources/<kind>/exchanges.json, without a network.

`played` drives a whole run as the runner does: `start`, then `parse` of each answer, following `next`; a request that
nobody foresaw fails the test. `parse` reads one answer given in the test.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest

from scrapers.errors import AuthNeeded, BadResponse, Blocked, CollectorError, NotFound, RateLimited, Transient
from scrapers.frontier import Frontier, merged, read_back, written
from scrapers.protocol import Parsed, Query, Raw, Request
from scrapers.sites import collector
from storage.nouns import Capture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from scrapers.protocol import Ask, Collector, LocalFile
    from storage.nouns import Act, Article, CommentRow, Page, Reject

SOURCES = Path(__file__).parent.parent.parent / "fixtures" / "sources"
REFERENCE = datetime(2026, 12, 1, tzinfo=UTC)
MOST_ASKS = 500
ERRORS = {401: AuthNeeded, 407: AuthNeeded, 403: Blocked, 451: Blocked, 404: NotFound, 410: NotFound, 429: RateLimited}

Place = tuple[str, str, str, tuple[tuple[str, str], ...]]


def place(url: str) -> Place:
    """What a URL asks for, whatever the order of its parameters."""
    parts = urlsplit(url)
    return parts.scheme, parts.netloc, parts.path, tuple(sorted(parse_qsl(parts.query, keep_blank_values=True)))


@dataclass(frozen=True)
class Answer:
    """One kept answer."""

    body: bytes
    status: int = 200
    type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    def capture(self, url: str) -> Capture:
        headers = {"content-type": self.type, **{name.lower(): value for name, value in self.headers.items()}}
        return Capture(url, url, self.status, headers, self.body, int(REFERENCE.timestamp() * 1000))


@dataclass(frozen=True)
class Exchanges:
    """The kept answers of one kind of source."""

    folder: Path
    options: dict[str, Any]
    key: str
    answers: dict[Place, Answer]
    urls: tuple[str, ...]
    expect: dict[str, int]
    broken: str


@cache
def exchanges_of(kind: str) -> Exchanges:
    folder = SOURCES / kind
    kept = json.loads((folder / "exchanges.json").read_text(encoding="utf-8"))
    answers = {
        place(one["url"]): Answer(
            (folder / one["file"]).read_bytes() if one.get("file") else b"",
            one.get("status", 200),
            one.get("type", "application/json"),
            one.get("headers", {}),
        )
        for one in kept["exchanges"]
    }
    urls = tuple(one["url"] for one in kept["exchanges"])
    options, key, expect = kept.get("options", {}), kept.get("key", ""), kept.get("expect", {})
    return Exchanges(folder, options, key, answers, urls, expect, kept.get("broken", ""))


@dataclass
class Played:
    """What a run gave.

    Attributes:
        asked: every request (or file), in order.
        parsed: everything the collector gave.
        cursor: the last one given, merged as the runner merges; the one it started with where none was.
        failures: requests that failed without stopping the others.
        raws: the answers that were read.
    """

    query: Query
    asked: list[Request] = field(default_factory=list)
    parsed: list[Parsed] = field(default_factory=list)
    cursor: str | None = None
    failures: list[CollectorError] = field(default_factory=list)
    raws: list[Raw] = field(default_factory=list)

    @property
    def reference(self) -> datetime:
        return self.query.reference

    @property
    def pages(self) -> list[Page]:
        return [parsed.page for parsed in self.parsed]

    @property
    def articles(self) -> list[Article]:
        return [article for page in self.pages for article in page.articles]

    @property
    def comments(self) -> list[CommentRow]:
        return [comment for page in self.pages for comment in page.comments]

    @property
    def rejects(self) -> list[Reject]:
        return [reject for page in self.pages for reject in page.rejects]

    @property
    def acts(self) -> list[Act]:
        return [act for page in self.pages for act in page.acts]

    @property
    def gone(self) -> list[str]:
        return [ext_id for page in self.pages for ext_id in page.gone]

    @property
    def declared(self) -> dict[str, int]:
        return {article: count for page in self.pages for article, count in page.declared.items()}

    @property
    def problems(self) -> list[str]:
        return [problem for parsed in self.parsed for problem in parsed.problems]

    def answer_of(self, raw: Raw) -> Answer:
        """The answer that was read, to be given again."""
        assert raw.capture
        return Answer(raw.capture.body, raw.capture.status, raw.capture.headers.get("content-type", ""))

    @property
    def urls(self) -> list[str]:
        return [ask.url if isinstance(ask, Request) else ask.key for ask in self.asked]


def query_for(
    kind: str,
    options: Mapping[str, Any] | None = None,
    window: tuple[int | None, int | None] = (None, None),
    reference: datetime = REFERENCE,
) -> Query:
    given = exchanges_of(kind).options if options is None else options
    return Query(collector(kind).options.model_validate(given), ZoneInfo("Asia/Shanghai"), reference, *window)


class Player:
    """Answers a collector's requests.

    Args:
        kind: the collector's name.
        query: what the source is asked.
        answer: the answer to a URL; None where there is none, which fails the test.
        most: how many requests are answered; the next one fails the test.
    """

    def __init__(self, kind: str, query: Query, answer: Callable[[str], Answer | None], most: int = MOST_ASKS) -> None:
        self.collector: Collector = collector(kind)
        self.query, self.answer, self.most = query, answer, most
        self.folder = SOURCES / kind

    def run(self, cursor: str | None = None) -> Played:
        """A whole run; each request is written down and read back, as the store does."""
        played, frontier = Played(self.query, cursor=cursor), Frontier()
        frontier.add(self.collector.start(self.query, cursor))
        while (ask := frontier.take()) is not None:
            again = read_back(written(ask))
            played.asked.append(again)  # type: ignore[arg-type]  files are few
            assert len(played.asked) <= self.most, f"asks without end: {played.urls[-3:]}"
            frontier.add(self._one(again, played))
        return played

    def _one(self, ask: Ask, played: Played) -> list[Ask]:
        following: list[Ask] = []
        try:
            for parsed in self._pages(ask, played):
                played.parsed.append(parsed)
                played.cursor = merged(played.cursor, parsed.cursor)
                following.extend(parsed.next)
        except CollectorError as error:
            if not ask.alone:
                raise
            played.failures.append(error)
            return []
        return following

    def _pages(self, ask: Ask, played: Played) -> Iterator[Parsed]:
        raw = self._web(ask) if isinstance(ask, Request) else self._file(ask)
        if raw.capture is None or raw.capture.status != 304:
            played.raws.append(raw)
            yield from self.collector.parse(raw, self.query)

    def _web(self, ask: Request) -> Raw:
        answer = self.answer(ask.url)
        assert answer is not None, f"nobody foresaw this request: {ask.url}"
        capture = answer.capture(ask.url)
        if capture.status >= 400:
            raise self.collector.refused(capture) or _refusal(capture)
        return Raw(ask, capture=capture)

    def _file(self, ask: LocalFile) -> Raw:
        path = self.folder / ask.path
        kept = self.answer(ask.key)
        body = kept.body if kept else path.read_bytes()
        name = ask.path.as_posix()
        capture = Capture(name, name, 200, {}, body, int(REFERENCE.timestamp() * 1000)) if ask.whole else None
        return Raw(ask, capture=capture, path=path)


def _refusal(capture: Capture) -> CollectorError:
    error = ERRORS.get(capture.status, Transient if capture.status >= 500 else BadResponse)
    return error(f"The site answered {capture.status}.", where=capture.url)


@pytest.fixture(scope="session")
def played() -> Callable[..., Played]:
    """Play a kind of source against its kept answers; `answers` (by URL) stand before them."""

    def play(
        kind: str,
        *,
        cursor: str | None = None,
        options: Mapping[str, Any] | None = None,
        answers: Mapping[str, bytes | Answer] | None = None,
        window: tuple[int | None, int | None] = (None, None),
        reference: datetime = REFERENCE,
    ) -> Played:
        first = {
            place(url): body if isinstance(body, Answer) else Answer(body) for url, body in (answers or {}).items()
        }
        kept = exchanges_of(kind).answers if (SOURCES / kind / "exchanges.json").exists() else {}
        known = {**kept, **first}
        query = query_for(kind, options, window, reference)
        return Player(kind, query, lambda url: known.get(place(url))).run(cursor)

    return play


@pytest.fixture(scope="session")
def parse() -> Callable[..., list[Parsed]]:
    """Read one answer, given as bytes, text, or whatever JSON holds."""

    def parse_one(
        kind: str,
        body: Any,
        *,
        url: str,
        tag: str = "",
        options: Mapping[str, Any] | None = None,
        type: str = "application/json",  # noqa: A002  the header's name
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        window: tuple[int | None, int | None] = (None, None),
        reference: datetime = REFERENCE,
    ) -> list[Parsed]:
        text = body if isinstance(body, str | bytes) else json.dumps(body, ensure_ascii=False)
        raw_body = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
        capture = Answer(raw_body, status, type, headers or {}).capture(url)
        query = query_for(kind, options, window, reference)
        return [*collector(kind).parse(Raw(Request(url, tag=tag), capture=capture), query)]

    return parse_one


@pytest.fixture(scope="session")
def asks() -> Callable[..., list[Ask]]:
    """The first requests of a kind of source."""

    def first(kind: str, *, options: Mapping[str, Any] | None = None, cursor: str | None = None) -> list[Ask]:
        return list(collector(kind).start(query_for(kind, options), cursor))

    return first


@pytest.fixture(scope="session")
def kept() -> Callable[[str], Exchanges]:
    """The kept answers of a kind of source, and what a run must give."""
    return exchanges_of


@pytest.fixture(scope="session")
def player() -> Callable[..., Player]:
    """A player whose answers the test makes, from a URL."""

    def make(kind: str, answer: Callable[[str], Answer | None], most: int = MOST_ASKS) -> Player:
        return Player(kind, query_for(kind), answer, most)

    return make


@pytest.fixture(scope="session")
def same_place() -> Callable[[str], Place]:
    """What a URL asks for, to compare it by."""
    return place
