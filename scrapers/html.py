"""The main text of an HTML page, as lines: one line per block, white space collapsed.

Chinese pages are read with readability-lxml, others by the lines that trafilatura and readability both find, because
that measured best (benchmarks/articles.py); where the chosen way finds too little, the next one is asked. A page nested
so deeply, or of so many tags, that the extractors cannot be trusted with it gives all its text instead, and says so by
the extractor's name.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING

import lxml.etree
import lxml.html
import trafilatura
from readability import Document

from scrapers.language import is_chinese

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lxml.html import HtmlElement

log = logging.getLogger(__name__)
# They print a traceback for every page they cannot read; here that is an answer like any other.
for _name in ("readability", "trafilatura", "htmldate"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)

# Beyond these, extractors written in Python take seconds, and deep trees take the interpreter's stack. Of the pages in
# the benchmark the most crowded has 6,049 tags.
_DEEPEST = 200
_MOST_TAGS = 15_000
_LONGEST = 5_000_000
_MOST_ATTRIBUTE_PAIRS = 20_000_000  # libxml2 compares each attribute of a tag with every other
_CROWDED_TAG = 200
# Both extractors must keep this share of what one of them found, else they read different things.
_AGREEMENT = 0.75

_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
_OPTIONAL_END = frozenset(["p", "li", "td", "tr", "th", "dd", "dt", "option", "thead", "tbody", "tfoot"])
_FLAT = _VOID | _OPTIONAL_END
_BLOCKS = frozenset(
    "address article aside blockquote body br caption center dd details div dl dt fieldset figcaption figure footer"  # noqa: SIM905  a table of words
    " form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody td tfoot th thead tr ul".split()
)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]*")
_BLOCK_TAG = re.compile(rf"</?(?:{'|'.join(sorted(_BLOCKS))})\b[^<>]*>?", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>?")
_UNREAD = re.compile(r"<(script|style|noscript|template|svg)\b[^<>]*>|<!--", re.IGNORECASE)
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_NOT_WORD = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class MainText:
    """The text of a page's article.

    Attributes:
        lines: its blocks, in order.
        extractor: who found it: `readability`, `trafilatura`, `both`, or `everything` for a page too odd for them.
    """

    lines: tuple[str, ...] = ()
    extractor: str = ""

    @property
    def text(self) -> str:
        """The blocks, one a line."""
        return "\n".join(self.lines)


def main_text(html: str) -> MainText:
    """The article's text; a page without any gives no lines. Never raises."""
    if not sound(html):
        return MainText(tuple(every_line(html)), "everything")
    readable = _attempt(_readability, html)
    if is_chinese("".join(readable)):
        return MainText(tuple(readable), "readability")
    other = _attempt(_trafilatura, html)
    both = _agreed(other, readable)
    if _length(both) >= _AGREEMENT * max(_length(other), 1):
        return MainText(tuple(both), "both")
    return MainText(tuple(other), "trafilatura") if other else MainText(tuple(readable), "readability")


def sound(html: str) -> bool:
    """Whether the page is one that extractors can be trusted with: not too long, deep or crowded. Linear in time."""
    if len(html) > _LONGEST or html.count("<") > _MOST_TAGS:
        return False
    depth = pairs = 0
    for tag in _TAG.finditer(html):
        pairs += _attributes(tag[0]) ** 2
        if tag[2].lower() not in _FLAT:
            depth = max(0, depth - 1) if tag[1] else depth + 1
        if depth > _DEEPEST or pairs > _MOST_ATTRIBUTE_PAIRS:
            return False
    return True


def _attributes(tag: str) -> int:
    """About how many attributes a tag has; a long value in quotes is one."""
    count = len(tag.split())
    return count if count < _CROWDED_TAG else len(_QUOTED.sub("", tag).split())


def every_line(html: str) -> list[str]:
    """All the text of a page without its scripts and styles, in linear time whatever the page."""
    text = _ANY_TAG.sub("", _BLOCK_TAG.sub("\n", _read_parts(html)))
    return _collapsed(unescape(text).split("\n"))


def parse_html(html: str) -> HtmlElement | None:
    """The page's tree, or None where there is nothing to parse or the page is not sound."""
    if not sound(html):
        return None
    parser = lxml.html.HTMLParser(encoding="utf-8")
    try:
        return lxml.html.document_fromstring(html.replace("\0", "").encode("utf-8", "replace"), parser=parser)
    except lxml.etree.LxmlError:
        return None


def lines_of(root: HtmlElement) -> list[str]:
    """The blocks of a tree as lines."""
    parts: list[str] = []
    for event, element in lxml.etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        named = isinstance(element.tag, str)
        if named and element.tag in _BLOCKS:
            parts.append("\n")
        if event == "start":
            parts.append(element.text or "")
        elif element is not root:
            parts.append(element.tail or "")
    return _collapsed("".join(parts).split("\n"))


def _readability(html: str) -> list[str]:
    summary = Document(html).summary(html_partial=True)
    tree = parse_html(summary)
    return [] if tree is None else lines_of(tree)


def _trafilatura(html: str) -> list[str]:
    return _collapsed((trafilatura.extract(html, include_comments=False) or "").split("\n"))


def _attempt(extract: Callable[[str], list[str]], html: str) -> list[str]:
    """What an extractor finds; nothing where it fails, whichever way: it meets pages its authors never saw."""
    try:
        return extract(html)
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


def _length(lines: list[str]) -> int:
    return sum(map(len, lines))


def _collapsed(lines: Iterable[str]) -> list[str]:
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
