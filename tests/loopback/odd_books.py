"""Workbooks made by hand, as no program for sheets makes them."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
_ONE = '<Relationship Id="rId{}" Type="{}/{}" Target="{}"/>'
SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"


def cell(place: str, text: str) -> str:
    """A cell that holds its own text."""
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


ROWS = f'<row r="1">{cell("A1", "text")}</row><row r="2">{cell("A2", "fine")}</row>'


def sheet_parts(rows: str, dimension: str = "A1:A2", after: str = "") -> dict[str, bytes]:
    """The parts of a workbook with one sheet."""
    relations = [_ONE.format(1, _KIND, "worksheet", "worksheets/sheet1.xml")]
    relations += [
        _ONE.format(2, _KIND, "sharedStrings", "sharedStrings.xml"),
        _ONE.format(3, _KIND, "styles", "styles.xml"),
    ]
    return {
        "[Content_Types].xml": b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": _RELATIONS.format(_ONE.format(1, _KIND, "officeDocument", "xl/workbook.xml")).encode(),
        "xl/_rels/workbook.xml.rels": _RELATIONS.format("".join(relations)).encode(),
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{_KIND}"><sheets><sheet name="a" sheetId="1" r:id="rId1"/>'
        "</sheets></workbook>".encode(),
        SHEET: f'<worksheet {MAIN}><dimension ref="{dimension}"/><sheetData>{rows}</sheetData>{after}'
        "</worksheet>".encode(),
    }


def shared_strings(*texts: str) -> bytes:
    """The part that holds texts which cells name by their number."""
    return f"<sst {MAIN}>{''.join(f'<si><t>{text}</t></si>' for text in texts)}</sst>".encode()


def packed(parts: dict[str, bytes]) -> bytes:
    """The parts as a zip."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


_FIRST = f'<row r="1">{cell("A1", "text")}</row>'
_BARE = "<c><v>1</v></c>" * 16_000
_PREFIXED = f"<x:row xmlns:x={MAIN[6:]} r='1048576'>{_BARE.replace('c>', 'x:c>')}</x:row>"
_NAMED = "<c t='s'><v>0</v></c>" * 50


def _last(cells: str, row: int = 1_048_576) -> str:
    """A row of one cell, and another far below it."""
    return f'{_FIRST}<row r="{row}">{cells}</row>'


HUGE: dict[str, tuple[str, dict[str, bytes]]] = {
    "the far corner": (_last(cell("XFD1048576", "far")), {}),
    "the far corner, spelled oddly": (_last("<c r = 'xfd1048576'><v>1</v></c>"), {}),
    "cells without references in the last row": (_last(_BARE), {}),
    "the same under a prefix": (_FIRST + _PREFIXED, {}),
    "references in another attribute": (_last(_BARE.replace("<c>", "<c s='0' R='A1'>")), {}),
    "references in a comment": (_last(_BARE.replace("<c>", "<c ><!-- </row> r='A1' -->")), {}),
    "rows without numbers": (f"{_FIRST}{'<row/>' * 300_000}<row>{_BARE}</row>", {}),
    "a row beyond the last": (_last(cell("A4294967294", "far"), 4_294_967_294), {}),
    "a column beyond the last": (_last(cell("ZZZZZZ2", "far"), 2), {}),
    "one text, named often": (
        _FIRST + "".join(f"<row r='{row}'>{_NAMED}</row>" for row in range(2, 2_000)),
        {STRINGS: shared_strings("".join(map(str, range(170_000))))},
    ),
    "texts without end": (ROWS, {STRINGS: shared_strings("a").replace(b"<sst ", b'<sst uniqueCount="4294967295" ')}),
    "one thing a thousand times": (ROWS, {STRINGS: bytes(100 << 20)}),
}
"""Sheets that would take more memory than there is: their rows, and parts beside the sheet."""


def odd_book(chance: Random) -> bytes:
    """A workbook with a few things wrong, and one in five that says to be huge."""
    huge = chance.random() < 0.2
    rows = "".join(_row(chance, number, huge=huge) for number in range(1, chance.randrange(2, 40)))
    parts = sheet_parts(rows, _seldom(chance, _DIMENSIONS), _seldom(chance, _MERGED))
    texts = ["x" * chance.choice([0, 10, 100_000])] * chance.randrange(30)
    parts[STRINGS] = shared_strings(*texts).replace(b"<sst ", _seldom(chance, _STRING_COUNTS).encode())
    looks = f'<cellXfs count="{_seldom(chance, _COUNTS)}"><xf numFmtId="164"/></cellXfs>'
    parts["xl/styles.xml"] = f"<styleSheet {MAIN}>{_seldom(chance, _FORMATS)}{looks}</styleSheet>".encode()
    if chance.random() < 0.1:
        parts.pop(chance.choice(sorted(parts)))
    if chance.random() < 0.3:
        name = chance.choice(sorted(parts))
        at = chance.randrange(len(parts[name]) + 1)
        parts[name] = parts[name][:at] + chance.choice(_STRAY) + parts[name][at:]
    return packed(parts)


_COUNTS = ("1", "4294967295", "-1", "18446744073709551615")
_STRING_COUNTS = ("<sst ", '<sst uniqueCount="4294967295" ', '<sst count="-1" ')
_FORMATS = ("", '<numFmts count="4294967295"><numFmt numFmtId="164" formatCode="yyyy"/></numFmts>', "<numFmts/>")
_DIMENSIONS = ("A1:A2", "A1:XFD1048576", "", "A0:A-1", "B9:A1", "A1:A99999999999", "😀")
_MERGED = ("", '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>', '<mergeCells><mergeCell ref="-"/>')
_STRAY = (b"<", b"</row>", b"\xff", b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"\0", b"<c/>", b'r="XFD9999999"')
_NUMBERS = ("", "-3", "1", "1048576", "4294967295", "99999999999", "x")
_PLACES = ("A0", "A-1", "1A", "XFD1048576", "ZZZZZZZ1", "A99999999999", "É1", "")
_KINDS = ("", " t='s'", " t='b'", " t='e'", " t='d'", " t='n' s='0'", " t='str'", " s='4294967296'", " t='?'")
_VALUES = ("1", "0", "29", "-1", "99999999999", "1e308", "NaN", "#N/A", "2026-03-01", "", "&#0;", "&x;")


def _seldom(chance: Random, ways: tuple[str, ...]) -> str:
    """The first of them, nine times of ten."""
    return chance.choice(ways[1:]) if chance.random() < 0.1 else ways[0]


def _row(chance: Random, number: int, *, huge: bool) -> str:
    said = f' r="{chance.choice(_NUMBERS) if huge and chance.random() < 0.1 else number}"'
    cells = [_cell(chance, number, column, huge=huge) for column in range(chance.choice([0, 1, 3, 8, 40]))]
    end = "</row>" if chance.random() < 0.995 else chance.choice(["", "</c></row>", "<row/></row>"])
    return f"<row{chance.choice([said, said, ''])}>{''.join(cells)}{end}"


def _cell(chance: Random, row: int, column: int, *, huge: bool) -> str:
    place = chance.choice(_PLACES) if huge and chance.random() < 0.02 else f"{chr(65 + column % 26)}{row}"
    said = chance.choice([f' r="{place}"', f" r = '{place}'", ""])
    odd = chance.random() < 0.002
    kind, value = (chance.choice(_KINDS), chance.choice(_VALUES)) if odd else ("", column)
    return f"<c{said}{kind}><v>{value}</v></c>"
