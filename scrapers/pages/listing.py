"""Addresses of articles, as list pages and sitemaps (sitemaps.org, Google's news sitemaps) give them."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from scrapers.errors import BadResponse, SchemaDrift, TooLarge, Truncated
from scrapers.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from xml.etree.ElementTree import Element
    from zoneinfo import ZoneInfo

    from lxml.html import HtmlElement

    from storage.nouns import Capture

_GZIP = b"\x1f\x8b"
_INFLATED_CAP = 50 * 1024 * 1024  # what sitemaps.org allows
_MOST_ENTRIES = 50_000  # likewise
# Eight elements an entry, far flatter than this: beyond, a few kilobytes of gzip cost minutes and gigabytes.
_MOST_ELEMENTS = 400_000
_MOST_TAGS = 1_200_000  # of these elements two each, and comments
_NO_START = (b"</", b"<\0/", b"<!", b"<?")  # what else a "<" may begin, in bytes or pairs of them (UTF-16)
_DEEPEST = 50
_LONG_TAG = re.compile(rb"<[^<>]{20000}")
_FIELDS = frozenset({"loc", "lastmod", "publication_date"})
_LONGEST_ADDRESS = 2_000
_LONGEST_MATCHED = 500
_MOST_REPEATS = 100
_SMALLER = "Give one of the smaller sitemaps that the site's robots.txt or index names."
_REGEX_SIGNS = re.compile(r"[\\^$()\[\]+|{}]|\.\*")
# A date, a long number, a slug of four words or an opaque token: what addresses of articles have and sections lack.
_ARTICLE = re.compile(
    r"/(?:19|20)\d\d[-/_]?\d\d|\d{6}|/[^/-]+(?:-[^/-]+){3}|/(?=[^/]*\d)(?=[^/]*[A-Za-z])[0-9A-Za-z_]{9,}(?:/|\.\w+)?$"
)
_DAY_IN_PATH = re.compile(r"[/_t](20\d\d)[-/_]?(0[1-9]|1[0-2])[-/_]?(0[1-9]|[12]\d|3[01])(?!\d)")
_NO_PAGE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|svg|ico|css|js|pdf|docx?|xlsx?|zip|apk|mp[34]|m3u8|xml|rss)$", re.IGNORECASE
)
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Link:
    """An address and, where known, when what it holds was published or last changed (UTC milliseconds)."""

    url: str
    ms: int | None = None


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What a sitemap lists: pages, or other sitemaps where it is an index."""

    links: tuple[Link, ...]
    is_index: bool = False


def pattern(match: str) -> re.Pattern[str]:
    """What `match` means: a regular expression if it has a sign of one, else a glob, found anywhere in the address.

    Raises:
        ValueError: the regular expression is none, or may take for ever.
    """
    if not _REGEX_SIGNS.search(match):
        match = "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in match)
    try:
        compiled = re.compile(match)
    except re.error as error:
        message = f'match = "{match}" is not a regular expression: {error}'
        raise ValueError(message) from error
    if _repeats_a_repeat(import_module("re._parser").parse(match)):
        message = f'match = "{match}" may take for ever: it repeats without end what repeats without end itself'
        raise ValueError(message)
    return compiled


def fitting(match: str) -> Callable[[str], bool]:
    """Whether an address fits `match`; one too long to be an article's fits none, and takes no time."""
    search = pattern(match).search
    return lambda address: len(address) <= _LONGEST_MATCHED and bool(search(address))


def _repeats_a_repeat(parsed: object, *, inside: bool = False) -> bool:
    """Whether a parsed expression has an endless repeat in another, such as (a+)+: matching it may take for ever."""
    if isinstance(parsed, tuple) and len(parsed) == 2 and str(parsed[0]) in {"MAX_REPEAT", "MIN_REPEAT"}:  # noqa: PLR2004  operator and operand
        _, most, body = parsed[1]
        endless = most > _MOST_REPEATS
        return (inside and endless) or _repeats_a_repeat(body, inside=inside or endless)
    parts = getattr(parsed, "data", parsed)
    return isinstance(parts, list | tuple) and any(_repeats_a_repeat(part, inside=inside) for part in parts)


def links_of(tree: HtmlElement, url: str, match: str, zone: ZoneInfo) -> list[Link]:
    """The links of a list page that fit, each once, in the page's order.

    Args:
        tree: the page.
        url: where it was fetched.
        match: as `pattern`; empty for links to the same site that look like an article's.
        zone: the zone of the dates that addresses contain.
    """
    fits = fitting(match) if match else _looks_like_article(url)
    found: dict[str, Link] = {}
    base = next((urljoin(url, str(href)) for href in tree.xpath("//base/@href")), url)
    itself = url.partition("#")[0]
    for address in _addresses(tree.xpath("//a/@href | //area/@href"), base):
        if address != itself and address not in found and fits(address):
            found[address] = Link(address, _day_in(address, zone))
    return list(found.values())


def read_sitemap(capture: Capture, zone: ZoneInfo) -> Sitemap:
    """The entries of a sitemap, an index of sitemaps or a text file of addresses, gzipped or not.

    Raises:
        BadResponse: it declares entities, or is no XML.
        SchemaDrift: it is XML or a page, but no sitemap.
        TooLarge: it is longer, or has more entries, than the protocol allows.
    """
    body = _inflated(capture)
    if body.lstrip()[:4].lower() == b"http":
        first = islice(BytesIO(body), _MOST_ENTRIES)
        lines = (line[: 4 * _LONGEST_ADDRESS].decode("utf-8", "replace") for line in first)
        return Sitemap(tuple(Link(address) for address in _addresses(lines, capture.final_url)))
    rows, is_index = _rows(body, capture)
    dated = [(row.get("loc", ""), row.get("publication_date") or row.get("lastmod") or "") for row in rows]
    moments = {raw: parse_time(raw, zone=zone) for _, raw in dated if raw}
    links = (
        Link(address, moment.ms if (moment := moments.get(raw)) else None)
        for loc, raw in dated
        for address in _addresses([loc], capture.final_url)
    )
    return Sitemap(tuple(links), is_index)


def chosen(links: Iterable[Link], limit: int, start_ms: int | None, end_ms: int | None = None) -> list[Link]:
    """The newest, at most `limit`: those without a date last, in their order; what is known to lie outside is left out.

    Args:
        links: any.
        limit: how many.
        start_ms: where the window begins; a day counts as inside if any of it can be.
        end_ms: where it ends; None also where a date may be that of a later change.
    """
    early = start_ms - _DAY_MS if start_ms is not None else None
    inside = [
        link
        for link in links
        if link.ms is None or ((early is None or link.ms > early) and (end_ms is None or link.ms < end_ms + _DAY_MS))
    ]
    return sorted(inside, key=lambda link: -(link.ms or 0))[:limit]


def _looks_like_article(url: str) -> Callable[[str], bool]:
    site = _site(_host(url))

    def fits(address: str) -> bool:
        path, query = urlsplit(address).path, urlsplit(address).query
        named = f"{path}?{query}" if query else path
        return _site(_host(address)) == site and not _NO_PAGE.search(path) and bool(_ARTICLE.search(named))

    return fits


def _addresses(written: Iterable[str], base: str) -> Iterator[str]:
    """Those that are addresses of the web, absolute and without fragment."""
    for href in written:
        try:
            address = urljoin(base, str(href).strip()).partition("#")[0]
            usable = urlsplit(address).scheme in {"http", "https"} and bool(_host(address))
        except ValueError:
            continue
        if usable and len(address) <= _LONGEST_ADDRESS and not any(char.isspace() for char in address):
            yield address


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()


def same_site(url: str, other: str) -> bool:
    """Whether two addresses are of one site, whatever part of it each is on."""
    return _site(_host(url)) == _site(_host(other))


@lru_cache(maxsize=4096)
def _site(host: str) -> str:
    """The site a host belongs to: its registered domain, or the host where no registry is known."""
    from courlan import extract_domain

    return extract_domain(f"https://{host}/") or host.removeprefix("www.")


def _day_in(address: str, zone: ZoneInfo) -> int | None:
    found = _DAY_IN_PATH.search(urlsplit(address).path)
    moment = parse_time("-".join(found.groups()), zone=zone) if found else None
    return moment.ms if moment else None


def _inflated(capture: Capture) -> bytes:
    if not capture.body.startswith(_GZIP):
        return capture.body
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        body = inflater.decompress(capture.body, _INFLATED_CAP)
    except zlib.error as error:
        remedy = "Try again later."
        raise BadResponse(
            "The sitemap is not the gzip it says it is.", where=capture.final_url, remedy=remedy
        ) from error
    if inflater.unconsumed_tail:
        raise TooLarge("The sitemap is longer than 50 MB when inflated.", where=capture.final_url, remedy=_SMALLER)
    if not inflater.eof:
        raise Truncated("The sitemap breaks off.", where=capture.final_url, remedy="Try again later.")
    return body


def _rows(body: bytes, capture: Capture) -> tuple[list[dict[str, str]], bool]:
    """The fields of each entry by local name, and whether the root is an index."""
    tags = body.count(b"<")
    starts = tags - sum(body.count(other) for other in _NO_START)
    if tags > _MOST_TAGS or starts > _MOST_ELEMENTS or _LONG_TAG.search(body):
        what = "The sitemap has more tags, or longer ones, than any sitemap needs."
        raise TooLarge(what, where=capture.final_url, remedy=_SMALLER)
    rows: list[dict[str, str]] = []
    root: Element | None = None
    try:
        for element in _entries(body, capture):
            if root is None:
                root = element
                _check_root(_local(root), capture)
            else:
                rows.append(_fields(element))
            if len(rows) > _MOST_ENTRIES:
                raise TooLarge("The sitemap has more than 50,000 entries.", where=capture.final_url, remedy=_SMALLER)
    except DefusedXmlException as error:
        what = f"The sitemap declares entities or outside documents and was refused ({type(error).__name__})."
        raise BadResponse(what, where=capture.final_url, remedy="Collect a list page of the site instead.") from error
    except ParseError as error:
        raise _unreadable(body, error, capture) from error
    return rows, root is not None and _local(root) == "sitemapindex"


def _entries(body: bytes, capture: Capture) -> Iterator[Element]:
    """The root as it opens, then each entry as it closes; what was read is let go, so that memory stays small.

    Raises:
        TooLarge: more elements, or deeper ones, than any sitemap has.
    """
    opened: list[Element] = []
    count = 0
    for event, element in iterparse(BytesIO(body), events=("start", "end")):
        if event == "start":
            opened.append(element)
            count += 1
            if count > _MOST_ELEMENTS or len(opened) > _DEEPEST:
                what = "The sitemap has more than 400,000 elements, or deeper ones than any sitemap needs."
                raise TooLarge(what, where=capture.final_url, remedy=_SMALLER)
            if count == 1:
                yield element
            continue
        opened.pop()
        if _local(element) in {"url", "sitemap"}:
            yield element
            element.clear()
        if len(opened) == 1:
            opened[0].clear()


def _fields(entry: Element) -> dict[str, str]:
    """What an entry says of itself, by local name; no longer than an address may be."""
    parts = ((_local(part), part.text or "") for part in entry.iter() if part is not entry)
    return {name: text.strip()[: _LONGEST_ADDRESS + 1] for name, text in parts if name in _FIELDS}


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2].lower()


def _check_root(name: str, capture: Capture) -> None:
    if name not in {"urlset", "sitemapindex"}:
        raise _no_sitemap(f"<{name[:40]}> came instead of a sitemap.", capture)


def _unreadable(body: bytes, error: ParseError, capture: Capture) -> BadResponse | SchemaDrift:
    if not body.strip():
        return BadResponse("The answer is empty.", where=capture.final_url, remedy="Try again later.")
    if b"<html" in body[:2000].lower():
        return _no_sitemap("An HTML page came instead of a sitemap.", capture)
    return BadResponse(
        f"The sitemap cannot be read as XML ({error}).", where=capture.final_url, remedy="Try again later."
    )


def _no_sitemap(what: str, capture: Capture) -> SchemaDrift:
    remedy = 'Look for the address in the site\'s robots.txt; a feed is kind = "feed", a page of links is list = …'
    sample = capture.body[:200].decode("utf-8", "replace")
    return SchemaDrift(what, where=capture.final_url, remedy=remedy, path="urlset", sample=sample)
