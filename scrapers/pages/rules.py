"""Rules for the pages of known sites: which container holds the article, and what in it does not belong to it.

lxml finds the container in the tree that is parsed anyway, and Beautiful Soup reads what is inside it: to make soup of
the whole page took 62 ms a page, more than everything else together.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import lxml.html
from bs4 import BeautifulSoup
from cssselect import HTMLTranslator
from lxml.etree import XPath

from scrapers.pages.html import BLOCKS, collapsed, sound
from storage.nouns import Noun

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from scrapers.pages.html import WebPage

_FURNITURE = [
    "script",
    "style",
    "noscript",
    "template",
    "iframe",
    "video",
    "audio",
    "object",
    "svg",
    "button",
    "select",
]
_BREAK = "\x1e"  # the record separator: no page that a person reads holds one
_DATE = re.compile(r"20\d\d\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?(?:[T\s]*\d{1,2}:\d\d(?::\d\d)?)?")
_LINKED_HOST = re.compile(r"(?:https?:)?//([a-z0-9.-]+)", re.IGNORECASE)
_SAVED_FROM = re.compile(r"<!-- saved from url=\(\d+\)(\S{1,2000})")
# A page that names no address of its own is of the site that this share of its links and files lie on.
_HOME_SHARE = 1 / 3
_LONGEST_SCRIPT = 500_000


class Rule(Noun):
    """One site, or one software that sites run; the fields are explained in rules.toml."""

    name: str
    body: tuple[str, ...]
    hosts: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    date: tuple[str, ...] = ()
    script: str = ""
    site: tuple[str, ...] = ()


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule, those of sites before those of software."""
    table = tomllib.loads((files("scrapers.pages") / "rules.toml").read_text("utf-8"))
    known = [Rule.model_validate(row) for row in table["rule"]]
    return tuple(sorted(known, key=lambda rule: not rule.hosts))


def rule_for(page: WebPage, url: str) -> Rule | None:
    """The rule for a page: by its address, else by what it says of itself, else by where most of its links lead."""
    tree = page.tree
    if tree is None:
        return None
    host = _host(url or claimed_address(tree))
    return _of_host(host) or (None if host else _home(tree)) or _software(page)


def claimed_address(tree: HtmlElement) -> str:
    """The address that a saved page names as its own: canonical, of Open Graph, or the browser's note."""
    named = tree.xpath("//link[@rel='canonical']/@href | //meta[@property='og:url']/@content")
    before = tree.getroottree().getroot().xpath("preceding::comment()")
    noted = [found[1] for comment in before if (found := _SAVED_FROM.match(f"<!--{comment.text or ''}"))]
    return next((str(value).strip() for value in [*named, *noted] if _host(str(value).strip())), "")


def body_lines(tree: HtmlElement, rule: Rule) -> list[str]:
    """The article by a rule, one line a block; empty where its container is not there."""
    part = _part(tree, rule.body)
    if part is None:
        return []
    markup = part.text_content() if part.tag == "textarea" else _markup(part)
    soup = BeautifulSoup(f"<div>{markup}</div>", "lxml") if sound(markup) else BeautifulSoup("", "lxml")
    dropped = soup.select(", ".join(rule.drop)) if rule.drop else []
    for furniture in [*soup.find_all(_FURNITURE), *dropped]:
        furniture.decompose()
    return _lines(soup)


def _markup(part: HtmlElement) -> str:
    return str(lxml.html.tostring(part, encoding="unicode", with_tail=False))


def date_of(page: WebPage, rule: Rule | None) -> str:
    """The date as the rule's element or script states it; empty where neither does."""
    if page.tree is None or rule is None:
        return ""
    for selector in rule.date:
        for element in _found(page.tree, selector):
            if found := _DATE.search(element.text_content()):
                return " ".join(found[0].split())
    scripts = (script.text or "" for script in page.tree.iter("script")) if rule.script else ()
    found_in = (re.search(rule.script, text[:_LONGEST_SCRIPT]) for text in scripts)
    return next((found[1] for found in found_in if found), "")


def site_of(page: WebPage, rule: Rule | None) -> str:
    """The name of who publishes on the platform; empty where the rule or the page names none."""
    part = None if page.tree is None or rule is None else _part(page.tree, rule.site)
    return "" if part is None else " ".join(part.text_content().split())


def _part(tree: HtmlElement, selectors: tuple[str, ...]) -> HtmlElement | None:
    """The fullest element of the first selector that finds any text."""
    for selector in selectors:
        found = max(_found(tree, selector), key=lambda element: len(element.text_content()), default=None)
        if found is not None and found.text_content().strip():
            return found
    return None


def _found(tree: HtmlElement, selector: str) -> list[HtmlElement]:
    return cast("list[HtmlElement]", _xpath(selector)(tree))


@cache
def _xpath(selector: str) -> XPath:
    return XPath(HTMLTranslator().css_to_xpath(selector))


def _software(page: WebPage) -> Rule | None:
    tree = page.tree
    known = (rule for rule in rules() if not rule.hosts)
    # Most pages hold none of the names; to look for a string costs nothing.
    named = (rule for rule in known if any(selector[1:] in page.html for selector in rule.body))
    return next((rule for rule in named if tree is not None and _part(tree, rule.body) is not None), None)


def _home(tree: HtmlElement) -> Rule | None:
    links = tree.xpath("//a/@href | //link/@href | //script/@src")
    hosts = Counter(found[1].lower() for link in links if (found := _LINKED_HOST.match(link)))
    votes: Counter[Rule] = Counter()
    for host, count in hosts.items():
        if rule := _of_host(host):
            votes[rule] += count
    return next((rule for rule, count in votes.most_common(1) if count > _HOME_SHARE * hosts.total()), None)


def _of_host(host: str) -> Rule | None:
    """The rule whose host this is, or a parent domain of it."""
    while host:
        if rule := _sites().get(host):
            return rule
        host = host.partition(".")[2]
    return None


@cache
def _sites() -> dict[str, Rule]:
    return {host: rule for rule in rules() for host in rule.hosts}


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def _lines(soup: BeautifulSoup) -> list[str]:
    for block in soup.find_all(BLOCKS):
        block.insert_before(_BREAK)
        block.insert_after(_BREAK)
    return collapsed(soup.get_text().split(_BREAK))
