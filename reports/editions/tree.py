"""A page of our own taken apart with the standard library: elements, their attributes and what they hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})
_CASED = {
    name.lower(): name
    for name in ("viewBox", "preserveAspectRatio", "patternUnits", "patternTransform", "patternContentUnits",
                 "clipPath", "clipPathUnits", "linearGradient", "gradientUnits", "gradientTransform", "textLength",
                 "lengthAdjust", "markerWidth", "markerHeight", "refX", "refY")
}  # fmt: skip
"""Names of SVG that HTML writes in small letters and XML does not."""
_DEEPEST = 200
"""No page of ours nests as deep; one that does is not, and would exhaust the stack."""


@dataclass
class Node:
    """An element of a page."""

    tag: str
    attrs: dict[str, str] = field(default_factory=dict)
    parts: list[Node | str] = field(default_factory=list)

    @property
    def css(self) -> list[str]:
        """Its classes."""
        return self.attrs.get("class", "").split()

    @property
    def nodes(self) -> list[Node]:
        """The elements directly inside."""
        return [part for part in self.parts if isinstance(part, Node)]

    def every(self, *tags: str) -> Iterator[Node]:
        """The elements of these names inside, at any depth, in order."""
        for node in self.nodes:
            if node.tag in tags:
                yield node
            yield from node.every(*tags)

    def first(self, tag: str) -> Node | None:
        """The first element of this name inside."""
        return next(self.every(tag), None)

    def text(self) -> str:
        """All text inside."""
        return "".join(part if isinstance(part, str) else part.text() for part in self.parts)

    def source(self) -> str:
        """The element as XML again, which is HTML as well."""
        tag = _CASED.get(self.tag, self.tag)
        attrs = "".join(f' {_CASED.get(name, name)}="{escape(value)}"' for name, value in self.attrs.items())
        if self.tag in _VOID:
            return f"<{tag}{attrs}/>"
        raw = self.tag in {"style", "script"}
        inside = "".join(
            part.source() if isinstance(part, Node) else part if raw else escape(part, quote=False)
            for part in self.parts
        )
        return f"<{tag}{attrs}>{inside}</{tag}>" if tag else inside


class _Builder(HTMLParser):
    """Puts elements together; what is never closed ends with the element around it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Node("")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].parts.append(node)
        if tag not in _VOID and len(self.open) < _DEEPEST:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].parts.append(Node(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        for depth in range(len(self.open) - 1, 0, -1):
            if self.open[depth].tag == tag:
                del self.open[depth:]
                return

    def handle_data(self, data: str) -> None:
        self.open[-1].parts.append(data)


def tree_of(page: str) -> Node:
    """The page as a nameless node that holds it."""
    builder = _Builder()
    builder.feed(page)
    builder.close()
    return builder.open[0]
