"""Fragments of HTML that a service puts into JSON or a feed (a post, a review) as plain text."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.html import HtmlElement


# Elements whose text is no words or stands in an attribute, and attributes that hold the end of a tag.
_NEEDS_A_TREE = re.compile(
    r"<(?:script|style|img|svg|template|noscript|title|textarea|!)|=\s*\"[^\"]*>|=\s*'[^']*>", re.IGNORECASE
)


def text_of(fragment: object, *, drop: Callable[[HtmlElement], bool] | None = None) -> str:
    """The text of a fragment, one line a block; pictures give their `alt`, such as an emoji. Never raises.

    Args:
        fragment: HTML, or plain text; anything but a string is empty.
        drop: says of an element that it and all within are another person's words, such as a quoted post.
    """
    if not isinstance(fragment, str):
        return ""
    if "<" not in fragment:
        return unescape(fragment).strip()
    # lxml takes a moment to import: only when a fragment is there to be read.
    from scrapers.pages.html import every_line, lines_of, parse_html

    if drop is None and not _NEEDS_A_TREE.search(fragment):
        return "\n".join(every_line(fragment))  # ten times as fast, and most fragments are paragraphs and links
    tree = parse_html(f"<div>{fragment}</div>")
    if tree is None:
        return "\n".join(every_line(fragment))
    for element in list(tree.iter()):
        if element.tag in {"script", "style"} or (drop and isinstance(element.tag, str) and drop(element)):
            _take_out(element, "")
        elif element.tag == "img" and (alt := (element.get("alt") or "").strip()):
            _take_out(element, alt)
    return "\n".join(lines_of(tree))


def _take_out(element: HtmlElement, words: str) -> None:
    """Put words in an element's place; what follows it stays."""
    parent = element.getparent()
    if parent is None:
        return
    text = words + (element.tail or "")
    before = element.getprevious()
    if before is None:
        parent.text = (parent.text or "") + text
    else:
        before.tail = (before.tail or "") + text
    parent.remove(element)
