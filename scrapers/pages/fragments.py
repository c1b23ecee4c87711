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
    r"<(?:script|style|svg|template|noscript|title|textarea|!)|=\s*\"[^\"]*>|=\s*'[^']*>", re.IGNORECASE
)

_IMAGE = re.compile(r"<img\b([^<>]*)>?", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([^\s\"'<>/=]++)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'<>]++)))?")


def text_of(fragment: object, *, drop: Callable[[HtmlElement], bool] | None = None, pictures: str = "") -> str:
    """The text of a fragment, one line a block; pictures give their `alt`, such as an emoji. Never raises.

    Args:
        fragment: HTML, or plain text; anything but a string is empty.
        drop: says of an element that it and all within are another person's words, such as a quoted post.
        pictures: a class without which a picture gives nothing; empty where each gives its `alt`.
    """
    if not isinstance(fragment, str):
        return ""
    if "<" not in fragment:
        return unescape(fragment).strip()
    # lxml takes a moment to import: only when a fragment is there to be read.
    from scrapers.pages.html import every_line, lines_of, parse_html

    if drop is None and not _NEEDS_A_TREE.search(fragment):
        # Ten times as fast, and most fragments are paragraphs, links and emoji.
        return "\n".join(every_line(_IMAGE.sub(lambda image: _said_by(image, pictures), fragment)))
    tree = parse_html(f"<div>{fragment}</div>")
    if tree is None:
        return "\n".join(every_line(fragment))
    return "\n".join(lines_of(tree, instead=lambda element: _instead(element, drop, pictures)))


def _instead(element: HtmlElement, drop: Callable[[HtmlElement], bool] | None, pictures: str) -> str | None:
    """The words that stand for an element and all within; None where it speaks for itself."""
    if element.tag in {"script", "style"} or (drop and drop(element)):
        return ""
    if element.tag != "img":
        return None
    shown = not pictures or pictures in (element.get("class") or "").split()
    return (element.get("alt") or "").strip() if shown else ""


def _said_by(image: re.Match[str], pictures: str) -> str:
    """The `alt` of an image's tag, as it is written there."""
    facts: dict[str, str] = {}
    for name, *values in _ATTRIBUTE.findall(image[1]):
        facts.setdefault(name.lower(), "".join(values))
    shown = not pictures or pictures in facts.get("class", "").split()
    return facts.get("alt", "").strip() if shown else ""
