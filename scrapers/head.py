"""What an HTML page says about itself: title, site, canonical address, language and date."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from htmldate import find_date

from scrapers.html import every_line, parse_html
from scrapers.times import Moment, is_future, parse_time
from storage.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from lxml.html import HtmlElement

_TITLE = re.compile(r"<title[^<>]*>([^<]*)", re.IGNORECASE)
_SITE_SUFFIX = re.compile(r"^(.{6,})(?:\s+[-–—|]\s+|\s*[_|｜]\s*)[^_|｜]{1,30}$")
_TRACKING = re.compile(r"utm_\w+|spm|scm|gclid|fbclid|msclkid|mc_[ce]id|share_\w+|isappinstalled", re.IGNORECASE)
_DATE_NAMES = (
    "article:published_time",
    "og:published_time",
    "og:release_date",
    "datepublished",
    "publishdate",
    "pubdate",
    "publish_date",
    "publication_date",
    "date",
    "dc.date",
    "dc.date.issued",
    "dcterms.created",
    "firstpublishedtime",
    "weibo:article:create_at",
)
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


def read_head(html: str, url: str) -> Head:
    """Read the head of a page that was fetched from `url` (empty for a local file)."""
    tree = parse_html(html)
    if tree is None:
        found = _TITLE.search(html)
        return Head(clean_line(found[1]) if found else "", _host(url), canonical(url))
    address = _own_address(tree, url)
    site = _meta(tree, "og:site_name") or _host(address)
    return Head(_title(tree), clean_line(site), address, (tree.get("lang") or "").strip())


def published(html: str, url: str, zone: ZoneInfo, reference: datetime) -> Published | None:
    """When the page was published: the day by htmldate, finer where the page states a time of that day.

    Times without a zone are taken to be in `zone`; nothing later than the day after `reference` is believed.
    """
    tree = parse_html(html)
    if tree is None:
        return None
    day = _day(html, url, reference)
    of_day = parse_time(day, zone=zone, reference=reference) if day else None
    for stated in _stated(tree, html, zone, reference):
        if of_day is None or _near(stated.moment, of_day):
            return stated
    return Published(of_day, day) if day and of_day else None


def canonical(url: str) -> str:
    """One spelling for one address: lower-case host, no default port, fragment or tracking parameters."""
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


def _day(html: str, url: str, reference: datetime) -> str | None:
    latest = (reference + timedelta(days=1)).strftime("%Y-%m-%d")
    try:
        return find_date(html, url=url or None, original_date=True, outputformat="%Y-%m-%d", max_date=latest)
    except Exception:  # noqa: BLE001  htmldate meets pages its authors never saw; the page's own statements remain
        return None


def _stated(tree: HtmlElement, html: str, zone: ZoneInfo, reference: datetime) -> Iterator[Published]:
    """Times of publication the page states, the most explicit first."""
    for number, raw in enumerate(_date_strings(tree, html)):
        if number == _MOST_DATES:
            return
        moment = parse_time(raw, zone=zone, reference=reference)
        if moment and not is_future(moment, reference):
            yield Published(moment, raw)


def _date_strings(tree: HtmlElement, html: str) -> Iterator[str]:
    for name in _DATE_NAMES:
        for element in tree.iter("meta"):
            if name in {(element.get(key) or "").lower() for key in ("property", "name", "itemprop")}:
                yield clean_line(element.get("content") or "", 100)
    for script in tree.xpath("//script[@type='application/ld+json']"):
        yield from _linked_data(script.text or "")
    for element in tree.iter("time"):
        yield clean_line(element.get("datetime") or element.text_content(), 100)
    yield from (found[0] for found in _WRITTEN.finditer("\n".join(every_line(html))))


def _linked_data(text: str) -> Iterator[str]:
    """`datePublished` of schema.org data, at the top level or in a `@graph`."""
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError):
        return
    tops = data if isinstance(data, list) else [data]
    for top in tops:
        inner = top.get("@graph") if isinstance(top, dict) else None
        for item in [top, *(inner if isinstance(inner, list) else [])]:
            date = item.get("datePublished") if isinstance(item, dict) else None
            if isinstance(date, str):
                yield clean_line(date, 100)


def _near(moment: Moment, day: Moment) -> bool:
    """Whether a moment is of this day in some time zone: they run from 12 hours behind UTC to 14 before it."""
    return -_ZONES_MS <= moment.ms - day.ms < _DAY_MS + _ZONES_MS
