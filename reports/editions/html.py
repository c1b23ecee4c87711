"""The page: one file, offline, without scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.editions.found import Found, on_one_line
from reports.editions.tree import tree_of
from reports.page import render_html
from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reports.editions.tree import Node
    from storage.nouns import Language

_INLINE = frozenset({"a", "abbr", "b", "br", "code", "em", "i", "small", "span", "strong", "sub", "sup", "tspan"})
_APART, _APART_CLASSES = frozenset({"small", "br"}), frozenset({"badge", "says", "cid"})
"""Inline elements that the style sheet sets apart from their neighbours."""
_UNSEEN = frozenset({"head", "style", "script"})


def render(numbers: Mapping[str, Any], language: Language, other_file: str = "") -> bytes:
    """The page in UTF-8; `other_file` is linked at its top as the other language."""
    return render_html(numbers, language, other_file).encode("utf-8", "replace")


def read(content: bytes) -> Found:
    """What a page says; the link to the other language is no part of that.

    Raises:
        MinyiError: it is no page of a report.
    """
    page = tree_of(content.decode("utf-8", "replace"))
    root, body = page.first("html"), page.first("body")
    said = {meta.attrs.get("name"): meta.attrs.get("content", "") for meta in page.every("meta")}
    if root is None or body is None or "minyi-run" not in said:
        raise MinyiError("This is no page of a report.", remedy="Name a file that `minyi report` has written.")
    return Found(
        run=said["minyi-run"],
        language=root.attrs.get("lang", "")[:2],
        audience=said.get("minyi-audience", ""),
        preset=said.get("minyi-preset", ""),
        texts=texts_of(body),
    )


def texts_of(node: Node) -> list[str]:
    """The texts of a part of a page: one for every stretch that no block element interrupts."""
    joined = "".join(_marked(node)).split("\0")
    return [text for part in joined if (text := on_one_line(part))]


def _marked(node: Node) -> Iterator[str]:
    """All text, with NUL where a block begins or ends; ours holds none, and HTML cannot."""
    if node.tag in _UNSEEN or "hreflang" in node.attrs:
        return
    block = node.tag not in _INLINE
    between = "\0" if block else " " if node.tag in _APART or not _APART_CLASSES.isdisjoint(node.css) else ""
    yield between
    for part in node.parts:
        if isinstance(part, str):
            yield part.replace("\0", "\ufffd")
        else:
            yield from _marked(part)
    yield between
