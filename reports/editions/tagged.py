"""A tagged PDF read in the order of its structure, not of its painting: one text a paragraph, cell or label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypdf import PageObject, PdfReader

_INLINE = frozenset({"/Span", "/NonStruct", "/Link", "/Quote", "/Code", "/Em", "/Strong", "/Sub"})
"""Elements that interrupt no paragraph."""
_FIGURE, _SAYS_NOTHING = "/Figure", "–"
_HAN = 0x2E80
"""From here on, scripts that set no space where a line is broken."""
_END = "\0"
"""Where one text ends."""


class Piece(NamedTuple):
    """What was painted in one go, and the line that it stands on."""

    text: str
    line: tuple[float, float, float]


Painted = dict[tuple[int, int], list[Piece]]
"""What was painted under each mark, by the page's number in the file and the mark's."""


def texts_of_pages(reader: PdfReader) -> list[str]:
    """What a reader of the file is told, then what stands outside of its structure: running heads, page numbers.

    Raises:
        pypdf.errors.PyPdfError, KeyError, ValueError, TypeError, AttributeError, RecursionError: it is damaged.
    """
    painted: Painted = {}
    outside: list[str] = []
    for number, page in enumerate(reader.pages):
        outside += _paint(page, number, painted)
    places = {page.indirect_reference.idnum: at for at, page in enumerate(reader.pages) if page.indirect_reference}
    root = reader.root_object.get("/StructTreeRoot", {}).get("/K", [])
    told = _joined(list(_told(root, places, painted, -1)))
    left = [piece.text for pieces in painted.values() for piece in pieces]
    return [*told, *left, *outside]


def _paint(page: PageObject, number: int, painted: Painted) -> list[str]:
    """Take down what a page paints under each of its marks; gives what is under none."""
    marks: list[int | None] = [None]
    outside: list[str] = []

    def before(operator: bytes, operands: Any, _cm: Any, _tm: Any) -> None:  # noqa: ANN401  pypdf's
        if operator in {b"BDC", b"BMC"}:
            named = operands[1] if operator == b"BDC" else None
            inner = operands[0] != "/Artifact" and marks[-1] is not None
            marks.append(
                named["/MCID"] if isinstance(named, dict) and "/MCID" in named else marks[-1] if inner else None
            )
        elif operator == b"EMC" and len(marks) > 1:
            marks.pop()

    def text(said: str, cm: Any, tm: Any, *_font: Any) -> None:  # noqa: ANN401
        mark = marks[-1]
        if not said.strip():
            return
        if mark is None:
            outside.append(said)
        else:
            painted.setdefault((number, mark), []).append(Piece(said, (number, round(cm[5], 1), round(tm[5], 1))))

    page.extract_text(visitor_operand_before=before, visitor_text=text)
    return outside


def _told(node: Any, places: dict[int, int], painted: Painted, page: int) -> Iterator[Piece]:  # noqa: ANN401
    """The pieces under an element in order, with an end before and after each block; taken out of what was painted."""
    if isinstance(node, int):
        yield from painted.pop((page, int(node)), ())
        return
    found = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(found, list):
        for part in found:
            yield from _told(part, places, painted, page)
    elif isinstance(found, dict):
        on = found.raw_get("/Pg") if "/Pg" in found else None  # type: ignore[attr-defined]  # a dictionary of pypdf's
        page = places.get(getattr(on, "idnum", -1), page)
        if "/MCID" in found:
            yield from painted.pop((page, int(found["/MCID"])), ())
        elif "/K" in found:
            yield from _element(found, places, painted, page)


def _element(element: Any, places: dict[int, int], painted: Painted, page: int) -> Iterator[Piece]:  # noqa: ANN401
    """An element's own pieces; a drawing's alternative text comes first, and each of its labels is a text."""
    end = Piece(_END, (-1, 0, 0))
    kind, inside = element.get("/S"), _told(element.raw_get("/K"), places, painted, page)
    if kind == _FIGURE:
        for piece in (Piece(str(element.get("/Alt", _SAYS_NOTHING)), end.line), *inside):
            yield from (end, piece, end) if piece.text != _SAYS_NOTHING else ()
    elif kind in _INLINE:
        yield from inside
    else:
        yield end
        yield from inside
        yield end


def _joined(pieces: list[Piece]) -> list[str]:
    """Pieces as texts: those of one line as they stand, those of the next after a space where the script has one."""
    texts, open_text, line = [], "", None
    for piece in pieces:
        if piece.text == _END:
            texts.append(open_text)
            open_text = ""
            continue
        said = piece.text.replace("\n", " ")
        if open_text and piece.line != line and not (ord(open_text[-1]) >= _HAN and ord(said[0]) >= _HAN):
            open_text += " "
        open_text, line = open_text + said, piece.line
    return [text for text in [*texts, open_text] if text.strip()]
