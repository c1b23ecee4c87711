"""The main text of a page, as lines: one line per block, white space collapsed.

A page of a known site is read by its rule. Others, if Chinese, are read by readability-lxml, and if not, by the lines
that trafilatura and readability both find, because that measured best (benchmarks/articles.py); where the chosen way
finds too little, the next one is asked. A page too odd to be parsed gives all its text, and says so by the extractor's
name.
"""

from __future__ import annotations

import copy
import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import lxml.etree
import trafilatura
from readability import Document

from scrapers.language import is_chinese
from scrapers.pages.fragments import text_of
from scrapers.pages.html import WebPage, collapsed, every_line, lines_of
from scrapers.pages.linked_data import stated
from scrapers.pages.rules import Rule, body_lines, rule_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.html import HtmlElement

log = logging.getLogger(__name__)
# They print a traceback for every page they cannot read; here that is an answer like any other.
for _name in ("readability", "trafilatura", "htmldate"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)

# Both extractors must keep this share of what one of them found, else they read different things.
_AGREEMENT = 0.75
# Fewer characters than this are a caption or a flash: a rule's container may be another one by now.
_LITTLE = 40
_LITTLE_ARTICLE = 200
# Nor do the extractors: they walk every element in Python.
_UNREAD = (
    "head",
    "script",
    "style",
    "noscript",
    "template",
    "svg",
    "iframe",
    "link",
    "select",
    "button",
    "audio",
    "video",
)
_HIDDEN = re.compile(
    r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)\s*(?:!important\s*)?(?:;|$)",
    re.IGNORECASE,
)
_NOT_WORD = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class MainText:
    """The text of a page's article.

    Attributes:
        lines: its blocks, in order.
        extractor: who found it: `rule:<name>`, `readability`, `trafilatura`, `both`, `json-ld`, or `everything` for a
            page too odd for them.
    """

    lines: tuple[str, ...] = ()
    extractor: str = ""

    @property
    def text(self) -> str:
        """The blocks, one a line."""
        return "\n".join(self.lines)


def main_text(page: WebPage | str, url: str = "") -> MainText:
    """The article's text; a page without any gives no lines. Never raises.

    Args:
        page: the page, or its HTML.
        url: where it was fetched; empty for a saved page.
    """
    page = WebPage.of(page) if isinstance(page, str) else page
    return text_of_page(page, rule_for(page, url))


def text_of_page(page: WebPage, rule: Rule | None) -> MainText:
    """The article by a site's rule, and where there is none or it finds too little, by the extractors."""
    if page.tree is None:
        return MainText(tuple(every_line(page.html)), "everything")
    lines = body_lines(page.tree, rule) if rule else []
    if rule and _length(lines) >= _LITTLE:
        return MainText(tuple(lines), f"rule:{rule.name}")
    found = _extracted(_readable(page.tree))
    if _length(found.lines) >= _LITTLE_ARTICLE:
        return found
    own = text_of(stated(page.linked_data, "articleBody")).split("\n")
    return MainText(tuple(collapsed(own)), "json-ld") if _length(own) > 2 * _length(found.lines) else found


def _extracted(tree: HtmlElement) -> MainText:
    readable = _attempt(_readability, tree)
    if is_chinese("".join(readable)):
        return MainText(tuple(readable), "readability")
    other = _attempt(_trafilatura, tree)
    both = _agreed(other, readable)
    if _length(both) >= _AGREEMENT * max(_length(other), 1):
        return MainText(tuple(both), "both")
    if _length(other) < _LITTLE_ARTICLE and _length(readable) > 2 * _length(other):
        return MainText(tuple(readable), "readability")
    return MainText(tuple(other), "trafilatura")


def _readable(tree: HtmlElement) -> HtmlElement:
    """A copy without what nobody reads: both extractors walk every element, in Python."""
    tree = copy.deepcopy(tree)
    lxml.etree.strip_elements(tree, lxml.etree.Comment, lxml.etree.ProcessingInstruction, *_UNREAD, with_tail=False)
    return tree


class _Readable(Document):  # type: ignore[misc]  # the library has no types
    """Readability on a tree that is ready: its own cleaning of what is dangerous to show takes a third of its time."""

    def _parse(self, tree: HtmlElement) -> HtmlElement:
        tree = copy.deepcopy(tree)
        for element in tree.xpath("//*[@hidden or @style]"):
            if element.get("hidden") is not None or _HIDDEN.search(element.get("style")):
                element.drop_tree()
        return tree

    def get_clean_html(self) -> str:
        return str(lxml.etree.tounicode(self.html, method="html"))


def _readability(tree: HtmlElement) -> list[str]:
    document = _Readable(tree)
    document.summary(html_partial=True)
    return lines_of(document.html)


def _trafilatura(tree: HtmlElement) -> list[str]:
    # Its slower way asks readability and justext in places; what they find instead measured worse here.
    return collapsed((trafilatura.extract(tree, include_comments=False, fast=True) or "").split("\n"))


def _attempt(extract: Callable[[HtmlElement], list[str]], tree: HtmlElement) -> list[str]:
    """What an extractor finds; nothing where it fails, whichever way: it meets pages its authors never saw."""
    try:
        return extract(tree)
    except Exception as error:  # noqa: BLE001  see above; the next extractor is asked
        log.debug("%s failed: %s", extract.__name__, type(error).__name__)
        return []


def _agreed(lines: list[str], others: list[str]) -> list[str]:
    """The lines that the other extractor found too, however it broke them, and single ones between such lines.

    Readability often drops the lead paragraph, and one paragraph in the middle that is full of links.
    """
    known = _folded("".join(others))
    shared = [bool(_folded(line)) and _folded(line) in known for line in lines]
    found = [True, *shared, False]  # as if the line before the first had been found: a lead paragraph has none
    return [line for at, line in enumerate(lines, start=1) if found[at] or (found[at - 1] and found[at + 1])]


def _folded(text: str) -> str:
    return _NOT_WORD.sub("", text).lower()


def _length(lines: list[str] | tuple[str, ...]) -> int:
    return sum(map(len, lines))
