"""HTML pages: parsed once for everybody who reads them, and never by a parser that a hostile page can stall.

A page nested so deeply, or of so many tags, that extractors cannot be trusted with it is not parsed at all: its text
is then what `every_line` gives, in linear time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from typing import TYPE_CHECKING, Any

import lxml.etree
import lxml.html

from scrapers.pages.linked_data import linked_data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lxml.html import HtmlElement

# Beyond these, extractors written in Python take seconds, and deep trees take the interpreter's stack. Of the pages in
# the benchmark the most crowded has 6,049 tags.
_DEEPEST = 200
_MOST_TAGS = 15_000
_LONGEST = 5_000_000
_MOST_ATTRIBUTE_PAIRS = 20_000_000  # libxml2 compares each attribute of a tag with every other
_CROWDED_TAG = 200

_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
_OPTIONAL_END = frozenset(["p", "li", "td", "tr", "th", "dd", "dt", "option", "thead", "tbody", "tfoot"])
_FLAT = _VOID | _OPTIONAL_END
BLOCKS = frozenset(
    "address article aside blockquote body br caption center dd details div dl dt fieldset figcaption figure footer"  # noqa: SIM905  a table of words
    " form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody td tfoot th thead tr ul".split()
)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_LONG_TAG = re.compile(r"<[a-zA-Z][^<>]{100,}")  # a shorter one has too few attributes to count
_BLOCK_TAG = re.compile(rf"</?(?:{'|'.join(sorted(BLOCKS))})\b[^<>]*>?", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>?")
_UNREAD = re.compile(r"<(script|style|noscript|template|svg)\b[^<>]*>|<!--", re.IGNORECASE)
# libxml2 leaves what follows the first one; browsers go on, and pages put together from parts rely on it.
_EARLY_END = re.compile(r"</(?:html|body)\s*>", re.IGNORECASE)
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")


@dataclass(frozen=True, eq=False)
class WebPage:
    """A page and its tree, which nobody changes.

    Attributes:
        html: as decoded.
        tree: None where there is nothing to parse or the page is not sound.
    """

    html: str
    tree: HtmlElement | None

    @classmethod
    def of(cls, html: str) -> WebPage:
        """Parse a page."""
        return cls(html, parse_html(html))

    @cached_property
    def linked_data(self) -> list[dict[str, Any]]:
        """What the page states in JSON-LD, as scrapers.pages.linked_data gives it."""
        return [] if self.tree is None else linked_data(self.tree)


def sound(html: str) -> bool:
    """Whether the page is one that extractors can be trusted with: not too long, deep or crowded. Linear in time."""
    if len(html) > _LONGEST or html.count("<") > _MOST_TAGS:
        return False
    if sum(_attributes(tag) ** 2 for tag in _LONG_TAG.findall(html)) > _MOST_ATTRIBUTE_PAIRS:
        return False
    depth = 0
    for closing, name in _TAG.findall(html):
        if name.lower() not in _FLAT:
            depth = max(0, depth - 1) if closing else depth + 1
            if depth > _DEEPEST:
                return False
    return True


def _attributes(tag: str) -> int:
    """About how many attributes a tag has; a long value in quotes is one."""
    count = len(tag.split())
    return count if count < _CROWDED_TAG else len(_QUOTED.sub("", tag).split())


def every_line(html: str) -> list[str]:
    """All the text of a page without its scripts and styles, in linear time whatever the page."""
    text = _ANY_TAG.sub("", _BLOCK_TAG.sub("\n", _read_parts(html)))
    return collapsed(unescape(text).split("\n"))


def parse_html(html: str) -> HtmlElement | None:
    """The page's tree, or None where there is nothing to parse or the page is not sound."""
    if not sound(html):
        return None
    parser = lxml.html.HTMLParser(encoding="utf-8")
    whole = _EARLY_END.sub("", html.replace("\0", ""))
    try:
        return lxml.html.document_fromstring(whole.encode("utf-8", "replace"), parser=parser)
    except lxml.etree.LxmlError:
        return None


def lines_of(root: HtmlElement, instead: Callable[[HtmlElement], str | None] | None = None) -> list[str]:
    """The blocks of a tree as lines.

    Args:
        root: of the tree.
        instead: the words that stand for an element and all within; None where it speaks for itself.
    """
    parts: list[str] = []
    walk = lxml.etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, element in walk:
        named = isinstance(element.tag, str)
        if instead and event == "start" and (words := instead(element)) is not None:
            walk.skip_subtree()
            next(walk, None)  # its end
            parts += [words, element.tail or ""]
            continue
        if named and element.tag in BLOCKS:
            parts.append("\n")
        if event == "start":
            parts.append(element.text or "")
        elif element is not root:
            parts.append(element.tail or "")
    return collapsed("".join(parts).split("\n"))


def collapsed(lines: Iterable[str]) -> list[str]:
    """The lines that say something, every stretch of white space one space."""
    return [line for line in (" ".join(line.split()) for line in lines) if line]


def _read_parts(html: str) -> str:
    """The page without comments and elements nobody reads; one that never ends loses only its first tag."""
    parts, at, endless = [], 0, set()
    for opening in _UNREAD.finditer(html):
        closing = f"</{opening[1].lower()}" if opening[1] else "-->"
        if opening.start() < at or closing in endless:
            continue
        end = re.compile(closing, re.IGNORECASE).search(html, opening.end())
        if end is None:
            endless.add(closing)
            continue
        parts.append(html[at : opening.start()])
        at = end.end() if closing == "-->" else end.start()
    return "".join([*parts, html[at:]])
