"""A page as a sequence of headings, paragraphs, tables and pictures, from which documents and plain text are made.

What other editions say is read off the page itself, so that none of them can say anything else than the page does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from reports.editions.tree import Node, tree_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_INLINE = frozenset({"a", "abbr", "b", "br", "code", "em", "i", "small", "span", "strong", "sub", "sup"})
_SKIPPED = frozenset({"nav", "style", "script", "head", "svg"})
_STRONG, _FAINT = frozenset({"b", "strong", "th"}), frozenset({"small"})
_SPACE = re.compile(r"\s+")
_LINE_CLASSES = frozenset({"also", "level", "since", "three", "when"})
"""Spans that the style sheet puts on a line of their own."""


class Run(NamedTuple):
    """A stretch of text in one look: `lang` where it is not the page's, `href` where it is a link to another site."""

    text: str
    strong: bool = False
    faint: bool = False
    lang: str = ""
    href: str = ""


Runs = list[Run]


class Cell(NamedTuple):
    """A cell of a table; `fill` where the reader is to write into it."""

    runs: Runs
    fill: bool = False


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 to 4; `key` is the id of the section that it opens."""

    level: int
    runs: Runs
    key: str = ""


@dataclass(frozen=True)
class Para:
    """A paragraph; kind is plain, note, banner, held, quote, source, code or footer."""

    runs: Runs
    kind: str = "plain"


@dataclass(frozen=True)
class Items:
    """A list; kind is plain or legend, whose items have a `key` each: what their swatch stands for."""

    items: list[Runs]
    kind: str = "plain"
    keys: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Statements:
    """Claims: standing, sentence and the claim's id."""

    rows: list[tuple[str, Runs, str]]


@dataclass(frozen=True)
class Tiles:
    """The tiles at the head: for each its stance (empty for the count), its name, its figure and the lines below."""

    tiles: list[tuple[str, str, str, list[str]]]


@dataclass(frozen=True)
class Table:
    """A table; `behind` where it stands behind a chart and is opened by whoever wants it."""

    caption: str
    head: list[Runs]
    rows: list[list[Cell]]
    behind: bool = False


@dataclass(frozen=True)
class Picture:
    """A chart as SVG, with the words for those who do not see it."""

    svg: str
    title: str
    description: str
    width: float


@dataclass(frozen=True)
class Panels:
    """Small charts side by side, each under its heading."""

    panels: list[tuple[Runs, Picture]]


Block = Heading | Para | Items | Statements | Tiles | Table | Picture | Panels


def blocks_of(page: str) -> list[Block]:
    """The page's content in reading order, without its navigation."""
    body = tree_of(page).first("body")
    return list(_blocks(body)) if body else []


def title_of(blocks: Sequence[Block], otherwise: str = "") -> str:
    """The first heading as one line of text."""
    return next((plain(block.runs) for block in blocks if isinstance(block, Heading)), otherwise)


def parted(blocks: Sequence[Block]) -> tuple[list[Block], list[Table]]:
    """What is read in order, and the tables behind charts, which go to the end where nothing can be folded away."""
    behind = [block for block in blocks if isinstance(block, Table) and block.behind]
    return [block for block in blocks if not (isinstance(block, Table) and block.behind)], behind


def plain(runs: Sequence[Run]) -> str:
    """The runs as one line of text."""
    return " ".join("".join(run.text for run in runs).split())


def _blocks(node: Node, behind: bool = False) -> Iterator[Block]:
    """What an element holds; loose text between its blocks becomes paragraphs."""
    loose = Node("p", {"class": node.attrs.get("class", "")})
    for part in node.parts:
        if isinstance(part, str) or part.tag in _INLINE:
            if isinstance(part, str) or not _unseen(part):
                loose.parts.append(part)
            continue
        yield from _paragraph(loose)
        loose.parts.clear()
        yield from _block(part, behind)
    yield from _paragraph(loose)


def _block(node: Node, behind: bool) -> Iterator[Block]:
    if _unseen(node):
        return
    for css, make in _BY_CLASS.items():
        if css in node.css:
            yield from make(node)
            return
    if node.tag in _BY_TAG:
        yield from _BY_TAG[node.tag](node)
    elif node.tag == "table":
        yield from _table(node, behind)
    else:
        yield from _blocks(node, behind or node.tag == "details")


def _heading(node: Node) -> Iterator[Block]:
    yield Heading(int(node.tag[1]), runs_of(node))


def _section(node: Node) -> Iterator[Block]:
    """A section; its first heading gets its id."""
    key = node.attrs.get("id", "")
    for block in _blocks(node):
        if key and isinstance(block, Heading):
            yield replace(block, key=key)
            key = ""
        else:
            yield block


def _unseen(node: Node) -> bool:
    drawn = node.tag == "svg" and ("title" not in {inside.tag for inside in node.nodes} or "narrow" in node.css)
    return (node.tag in _SKIPPED and node.tag != "svg") or drawn or "skip" in node.css or "hreflang" in node.attrs


def _paragraph(node: Node) -> Iterator[Block]:
    runs = runs_of(node)
    if not plain(runs):
        return
    kinds = {"held": "held", "note": "note", "sub": "note", "top": "banner", "wrap": "banner", "end": "footer"}
    kind = next((kinds[css] for css in node.css if css in kinds), "code" if node.tag == "pre" else "plain")
    yield Para(runs, kind)


def _banner(node: Node) -> Iterator[Block]:
    kind = "plain" if "plain" in node.css else "banner"
    if plain(runs := runs_of(node)):
        yield Para(runs, "note" if kind == "plain" else kind)


def _items(node: Node) -> Iterator[Block]:
    items = [item for item in node.nodes if item.tag == "li"]
    if "legend" in node.css:
        keys = [next((swatch.css[-1] for swatch in item.every("span") if "sw" in swatch.css), "") for item in items]
        yield Items([runs_of(item) for item in items], "legend", keys)
    elif items:
        yield Items([runs_of(item) for item in items])


def _statements(node: Node) -> Iterator[Block]:
    rows = []
    for item in node.nodes:
        parts = {css: part for part in item.nodes for css in part.css}
        says, number = parts.get("says", item), parts.get("cid")
        badge = parts.get("badge")
        rows.append((_line(badge), runs_of(says), _line(number).strip("[]")))
    yield Statements(rows)


def _tiles(node: Node) -> Iterator[Block]:
    tiles = []
    for tile in node.nodes:
        name, figure = (next((part for part in tile.nodes if part.tag == tag), None) for tag in ("span", "b"))
        span = next((part for part in figure.nodes if "span" in part.css), None) if figure else None
        lines = [_line(span), *(_line(part) for part in tile.nodes if part is not name and part is not figure)]
        if span and figure:
            figure.parts.remove(span)
        stance = name.css[-1] if name and len(name.css) > 1 else ""
        tiles.append((stance, _line(name), _line(figure), [line for line in lines if line]))
    yield Tiles(tiles)


def _line(node: Node | None) -> str:
    return plain(runs_of(node)) if node else ""


def _quote(node: Node) -> Iterator[Block]:
    """A quote: what it is chosen for, its words, its source."""
    loose = Node("p", {"class": "note"})
    for part in node.parts:
        if isinstance(part, str) or part.tag in _INLINE:
            loose.parts.append(part)
            continue
        yield from _paragraph(loose)
        loose.parts.clear()
        runs = runs_of(part)
        if plain(runs):
            yield Para(runs, "quote" if part.tag == "p" else "source")
    yield from _paragraph(loose)


def _table(node: Node, behind: bool) -> Iterator[Block]:
    caption, head = node.first("caption"), node.first("thead")
    rows = [row for row in node.every("tr") if head is None or row not in head.nodes]
    yield Table(
        caption=_line(caption),
        head=[runs_of(cell) for cell in head.every("th", "td")] if head else [],
        rows=[[_cell(cell) for cell in row.nodes if cell.tag in {"th", "td"}] for row in rows],
        behind=behind,
    )


def _cell(node: Node) -> Cell:
    drawing = node.first("svg")
    runs = runs_of(node)
    if not plain(runs) and drawing is not None and (title := drawing.first("title")):
        runs = [Run(title.text())]
    return Cell(runs, any("fill" in span.css for span in node.every("span")))


def _pictures(node: Node) -> Iterator[Picture]:
    title, desc = node.first("title"), node.first("desc")
    width = float((node.attrs.get("viewbox", "").split() or ["", "", "360"])[2])
    if title is not None:
        yield Picture(node.source(), " ".join(title.text().split()), _line(desc), width)


def _panels(node: Node) -> Iterator[Block]:
    panels = []
    for panel in node.nodes:
        heading, drawing = panel.first("h3"), panel.first("svg")
        if heading is not None and drawing is not None:
            heading.parts.insert(-1, " ")  # between the name and the number, which stand at either end of a line
            panels += [(runs_of(heading), picture) for picture in _pictures(drawing)]
    yield Panels(panels) if panels else Para(runs_of(node))


def _word_lists(node: Node) -> Iterator[Block]:
    """Lists side by side as one table."""
    columns = [(part.first("h3"), [runs_of(item) for item in part.every("li")]) for part in node.nodes]
    longest = max((len(words) for _, words in columns), default=0)
    rows = [[Cell(words[i] if i < len(words) else []) for _, words in columns] for i in range(longest)]
    yield Table("", [runs_of(head) if head else [] for head, _ in columns], rows)


_BY_CLASS: dict[str, Callable[[Node], Iterator[Block]]] = {
    "top": _banner,
    "tiles": _tiles,
    "claims": _statements,
    "panels": _panels,
    "words": _word_lists,
}


_BY_TAG: dict[str, Callable[[Node], Iterator[Block]]] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4"), _heading),
    **dict.fromkeys(("p", "pre"), _paragraph),
    **dict.fromkeys(("ul", "ol"), _items),
    "svg": _pictures,
    "summary": lambda _: iter(()),
    "blockquote": _quote,
    "section": _section,
}


def runs_of(node: Node) -> Runs:
    """The text of an element in runs, its white space made single."""
    found: Runs = []
    for run in _runs(node, Run("", lang=node.attrs.get("lang", ""))):
        text = run.text if run.text == "\n" else _SPACE.sub(" ", run.text)
        if not found or found[-1].text.endswith((" ", "\n")):
            text = text.lstrip(" ")
        if text and found and found[-1][1:] == run[1:]:
            found[-1] = found[-1]._replace(text=found[-1].text + text)
        elif text:
            found.append(run._replace(text=text))
    while found and not found[-1].text.rstrip():
        found.pop()
    return [*found[:-1], found[-1]._replace(text=found[-1].text.rstrip())] if found else []


def _runs(node: Node, look: Run) -> Iterator[Run]:
    before: Node | str = ""
    for part in node.parts:
        if isinstance(part, Node) and isinstance(before, Node):
            yield look._replace(text=" ")
        before = part
        if isinstance(part, str):
            yield look._replace(text=part)
        elif part.tag == "br":
            yield look._replace(text="\n")
        elif part.tag not in _SKIPPED and not _unseen(part):
            apart = part.tag not in _INLINE or _LINE_CLASSES & set(part.css) or part.tag == "small"
            yield look._replace(text=" " if apart or "badge" in part.css else "")
            yield from _runs(part, _look(part, look))
            yield look._replace(text=" " if apart or {"badge", "why", "span"} & set(part.css) else "")


def _look(node: Node, look: Run) -> Run:
    href = node.attrs.get("href", "")
    return look._replace(
        strong=look.strong or node.tag in _STRONG,
        faint=look.faint or node.tag in _FAINT or "cid" in node.css,
        lang=node.attrs.get("lang", look.lang),
        href=href if href.startswith(("http://", "https://")) else look.href,
    )
