"""What an HTML page says about itself: title, site, canonical address, language and date."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from htmldate import find_date

from scrapers.pages.html import every_line
from scrapers.times import Moment, is_future, parse_time
from storage.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from lxml.html import HtmlElement

    from scrapers.pages.html import WebPage

_TITLE = re.compile(r"<title[^<>]*>([^<]*)", re.IGNORECASE)
_SITE_SUFFIX = re.compile(r"^(.{6,})(?:\s+[-–—|]\s+|\s*[_|｜]\s*)[^_|｜]{1,30}$")
_TRACKING = re.compile(r"utm_\w+|spm|scm|gclid|fbclid|msclkid|mc_[ce]id|share_\w+|isappinstalled", re.IGNORECASE)
# What a page's programs write for others to read; the day needs no second opinion.
_EXPLICIT = (
    "article:published_time",
    "og:published_time",
    "og:release_date",
    "og:time",
    "datepublished",
    "publishdate",
    "pubdate",
    "publish_date",
    "publication_date",
    "firstpublishedtime",
    "weibo:article:create_at",
)
_VAGUE = ("date", "dc.date", "dc.date.issued", "dcterms.created")
_WRITTEN = re.compile(r"20\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}日?[T\s]{1,3}\d{1,2}:\d\d(?::\d\d)?")
_MOST_DATES = 40
_DAY_MS = 86_400_000
_ZONES_MS = 14 * 3_600_000
_PORTS = {("http", 80), ("https", 443)}


@dataclass(frozen=True, slots=True)
class Head:
    """A page's own account of itself; empty where it is silent.

    Attributes:
        title: without the name of the site.
        site: the site's name, or its host.
        url: the canonical address.
        lang: the value of `<html lang>`.
    """

    title: str = ""
    site: str = ""
    url: str = ""
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    """When a page says it was published, the string that says so, and how fine it is."""

    moment: Moment
    raw: str


def read_head(page: WebPage, url: str) -> Head:
    """Read the head of a page that was fetched from `url` (empty for a local file)."""
    tree = page.tree
    if tree is None:
        found = _TITLE.search(page.html)
        return Head(clean_line(found[1]) if found else "", _host(url), canonical(url))
    address = _own_address(tree, url)
    site = _meta(tree, "og:site_name") or _host(address)
    return Head(_title(tree), clean_line(site), address, (tree.get("lang") or "").strip())


def published(page: WebPage, url: str, zone: ZoneInfo, reference: datetime, by_rule: str = "") -> Published | None:
    """When the page was published.

    What its meta tags or JSON-LD state explicitly counts most, then what the site's rule found; else the day is
    htmldate's, and the time one of that day that the page states.

    Args:
        page: the page.
        url: where it was fetched; empty for a saved page.
        zone: the zone of times that name none.
        reference: nothing later than the day after it is believed.
        by_rule: the date as the site's rule found it.
    """
    if page.tree is None:
        return None
    clear = _believed([*_metas(page.tree, _EXPLICIT), *_of_linked_data(page), by_rule], zone, reference)
    if first := next(clear, None):
        return first
    day = _day(page.tree, url, reference)
    of_day = parse_time(day, zone=zone, reference=reference) if day else None
    for stated in _believed(_written(page.tree, page.html), zone, reference):
        if of_day is None or _near(stated.moment, of_day):
            return stated
    return Published(of_day, day) if day and of_day else None


def canonical(url: str) -> str:
    """One spelling for one address: lower-case host, no default port, fragment or tracking parameters."""
    # Not courlan's: it sorts the query and keeps fragments, `spm` and `share_…`, so one article would have many.
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    netloc = host if port is None or (parts.scheme, port) in _PORTS else f"{host}:{port}"
    kept = [
        (name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(name)
    ]
    query = parts.query if len(kept) == len(parse_qsl(parts.query, keep_blank_values=True)) else urlencode(kept)
    return parts._replace(netloc=netloc, path=parts.path or "/", query=query, fragment="").geturl()


def _own_address(tree: HtmlElement, url: str) -> str:
    """The canonical address the page claims, believed only where it is of the site the page came from."""
    links = tree.xpath("//link[@rel='canonical']/@href")
    claimed = next((str(link).strip() for link in links if str(link).strip()), "") or _meta(tree, "og:url")
    try:
        claimed = canonical(urljoin(url, claimed)) if claimed else ""
    except ValueError:
        claimed = ""
    if not url or (claimed and _host(claimed) == _host(url) and urlsplit(claimed).path.strip("/")):
        return claimed
    return canonical(url)


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _meta(tree: HtmlElement, name: str) -> str:
    found = tree.xpath("//meta[@property=$name or @name=$name]/@content", name=name)
    return next((value for value in map(str.strip, map(str, found)) if value), "")


def _title(tree: HtmlElement) -> str:
    stated = clean_line(_meta(tree, "og:title") or str(tree.findtext(".//title") or ""))
    for heading in tree.iter("h1"):
        text = clean_line(heading.text_content())
        if text and text in stated:
            return text
    shorter = _SITE_SUFFIX.match(stated)
    return clean_line(shorter[1]) if shorter else stated


def _day(tree: HtmlElement, url: str, reference: datetime) -> str | None:
    """The day by htmldate. It gets the tree: a text that begins with "http" it would take for an address, and fetch."""
    latest = (reference + timedelta(days=1)).strftime("%Y-%m-%d")
    try:
        return find_date(tree, url=url or None, original_date=True, outputformat="%Y-%m-%d", max_date=latest)
    except Exception:  # noqa: BLE001  htmldate meets pages its authors never saw; the page's own statements remain
        return None


def _believed(written: Iterable[str], zone: ZoneInfo, reference: datetime) -> Iterator[Published]:
    """Those of the first dates written that can be read and do not lie in the future."""
    for raw in islice(written, _MOST_DATES):
        moment = parse_time(raw, zone=zone, reference=reference) if raw else None
        if moment and not is_future(moment, reference):
            yield Published(moment, raw)


def _metas(tree: HtmlElement, names: tuple[str, ...]) -> list[str]:
    """The contents of the meta tags of these names, in the order of the names."""
    found: dict[str, list[str]] = {name: [] for name in names}
    for element in tree.iter("meta"):
        for key in {"".join((element.get(key) or "").lower().split()) for key in ("property", "name", "itemprop")}:
            if key in found:
                found[key].append(clean_line(element.get("content") or "", 100))
    return [content for contents in found.values() for content in contents]


def _of_linked_data(page: WebPage) -> list[str]:
    dates = (item.get("datePublished") for item in page.linked_data)
    return [clean_line(date, 100) for date in dates if isinstance(date, str)]


def _written(tree: HtmlElement, html: str) -> Iterator[str]:
    """Less explicit statements: vague meta tags, `<time>`, and times in the text."""
    yield from _metas(tree, _VAGUE)
    for element in tree.iter("time"):
        yield clean_line(element.get("datetime") or element.text_content(), 100)
    yield from (found[0] for found in _WRITTEN.finditer("\n".join(every_line(html))))


def _near(moment: Moment, day: Moment) -> bool:
    """Whether a moment is of this day in some time zone: they run from 12 hours behind UTC to 14 before it."""
    return -_ZONES_MS <= moment.ms - day.ms < _DAY_MS + _ZONES_MS
