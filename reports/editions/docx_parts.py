"""How headings, paragraphs, tables and pictures are put into a Word document."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from reports.charts.palette import INK
from reports.editions.blocks import Cell, Items, Para, Picture, Run, Statements, Table, Tiles

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from storage.nouns import Language

_FONTS = {"latin": "Arial", "han": "Microsoft YaHei"}
_CODES = {"zh": "zh-CN", "en": "en-US"}
_GREY, _BLACK = RGBColor(0x59, 0x62, 0x6B), RGBColor(0x20, 0x26, 0x2C)
_WIDTH, _MARGIN = 17.4, 1.8
_SIZES = {1: 22, 2: 15, 3: 11.5, 4: 10.5}
_LOOK = {"note": 9, "source": 8.5, "footer": 8.5, "code": 9, "quote": 11.5}
_SHADES = {"banner": "F6F1DF", "held": "8B1A1A", "code": "F2F4F5"}
_MANY, _SMALL, _USUAL = 6, 7.5, 8.5


class Writer:
    """A document being written in one language."""

    def __init__(self, language: Language) -> None:
        self.document: Any = Document()
        self.language = language
        section = self.document.sections[0]
        section.orientation = WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
            setattr(section, side, Cm(_MARGIN))
        for name, size in (("Normal", 10), *((f"Heading {level}", size) for level, size in _SIZES.items())):
            self._style(name, size)

    def _style(self, name: str, size: float) -> None:
        style = self.document.styles[name]
        style.font.name, style.font.size, style.font.color.rgb = _FONTS["latin"], Pt(size), _BLACK
        style.paragraph_format.space_after = Pt(4)
        style.paragraph_format.keep_with_next = name != "Normal"
        properties = style.element.get_or_add_rPr()
        _set_fonts(properties)
        _set_language(properties, self.language)

    def describe(self, title: str, keywords: str, made: datetime) -> None:
        """Title, language, keywords and the moment it was made."""
        core = self.document.core_properties
        core.title, core.subject, core.keywords, core.author = title[:255], "", keywords, "minyi"
        core.comments, core.language, core.last_modified_by = "", _CODES[self.language], "minyi"
        core.created = core.modified = made
        core.revision = 1

    def footer(self, text: str) -> None:
        """A line at the foot of every page, with its number."""
        paragraph = self.document.sections[0].footer.paragraphs[0]
        run = self._run(paragraph, Run(f"{text} · "), 8)
        for kind, content in (("begin", None), (None, "PAGE"), ("end", None)):
            element = OxmlElement("w:fldChar" if kind else "w:instrText")
            if kind:
                element.set(qn("w:fldCharType"), kind)
            else:
                element.text = content
            run._r.append(element)  # noqa: SLF001  python-docx has no fields
        run.font.color.rgb = _GREY

    def heading(self, runs: Sequence[Run], level: int) -> None:
        """A heading."""
        self._runs(self.document.add_heading(level=min(level, 4)), runs, None)

    def paragraph(self, para: Para) -> None:
        """A paragraph in the look of its kind."""
        paragraph = self.document.add_paragraph()
        self._runs(paragraph, para.runs, _LOOK.get(para.kind))
        if para.kind in _SHADES:
            _shade(paragraph._p.get_or_add_pPr(), _SHADES[para.kind])  # noqa: SLF001  python-docx has no shading
        if para.kind == "quote":
            paragraph.paragraph_format.left_indent, paragraph.paragraph_format.keep_with_next = Cm(0.6), True
        if para.kind == "source":
            paragraph.paragraph_format.left_indent = Cm(0.6)
        colour = {"held": RGBColor(255, 255, 255), "note": _GREY, "source": _GREY, "footer": _GREY}.get(para.kind)
        for run in paragraph.runs if colour is not None else ():
            run.font.color.rgb = colour

    def items(self, items: Items) -> None:
        """A list; a legend as one line with a coloured square before each name."""
        if items.kind != "legend":
            for item in items.items:
                self._runs(self.document.add_paragraph(style="List Bullet"), item, None)
            return
        paragraph = self.document.add_paragraph()
        inks = {stance.value: ink for stance, ink in INK.items()}
        for key, item in zip(items.keys, items.items, strict=True):
            if key in inks:
                self._run(paragraph, Run("■ "), 9).font.color.rgb = _colour(inks[key])
            self._runs(paragraph, [*item, Run("    ")], 9)

    def statements(self, statements: Statements, heads: Sequence[str]) -> None:
        """Claims as a table: standing, sentence, id."""
        rows = [[Cell([Run(badge)]), Cell(says), Cell([Run(number)])] for badge, says, number in statements.rows]
        self._table([[Run(head)] for head in heads], rows, "", [3.2, 12.7, 1.5], 10)

    def tiles(self, tiles: Tiles) -> None:
        """The tiles in one row."""
        table = self.document.add_table(rows=1, cols=len(tiles.tiles))
        table.style = "Table Grid"
        inks = {stance.value: ink for stance, ink in INK.items()}
        for cell, (stance, name, figure, lines) in zip(table.rows[0].cells, tiles.tiles, strict=True):
            ink = _colour(inks[stance]) if stance in inks else _BLACK
            paragraph = cell.paragraphs[0]
            for text, size in ((name, 10), (figure, 14)):
                if text:
                    self._run(paragraph, Run(text, strong=True), size).font.color.rgb = ink
                    paragraph = cell.add_paragraph()
            for at, line in enumerate(lines):
                self._run(paragraph if at == 0 else cell.add_paragraph(), Run(line), 8).font.color.rgb = _GREY
            for one in cell.paragraphs:
                one.paragraph_format.space_after = Pt(0)
        self.document.add_paragraph()

    def table(self, table: Table) -> None:
        """A table under its caption, its head repeated on every page; a column that is only to be filled in goes."""
        keep = [i for i in range(len(table.head)) if not all(i < len(row) and row[i].fill for row in table.rows)]
        head = [table.head[i] for i in keep]
        rows = [[row[i] for i in keep if i < len(row)] for row in table.rows] if head else table.rows
        if rows:
            self._table(head, rows, table.caption, None, _SMALL if len(head) > _MANY else _USUAL)

    def form(self, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table to be filled in."""
        cells = [[Cell([Run(text)] if text else []) for text in row] for row in rows]
        self._table([[Run(head)] for head in heads], cells, "", [2.6, 4.4, 1.4, 3.4, 3.4, 1.1, 1.1], 8)

    def _table(
        self, head: Sequence[Sequence[Run]], rows: Sequence[Sequence[Cell]], caption: str,
        widths: Sequence[float] | None, size: float,
    ) -> None:  # fmt: skip
        columns = max([len(head), *(len(row) for row in rows)])
        if caption:
            self._runs(self.document.add_paragraph(), [Run(caption, strong=True)], 9)
            self.document.paragraphs[-1].paragraph_format.keep_with_next = True
        table = self.document.add_table(rows=0, cols=columns)
        table.style, table.autofit = "Table Grid", widths is None
        for at, row in enumerate([[Cell(list(cell)) for cell in head], *rows] if head else rows):
            line = table.add_row()
            heading = bool(head) and at == 0
            _never_split(line._tr, heading)  # noqa: SLF001  python-docx has no repeated heads
            for column, (target, cell) in enumerate(zip(line.cells, row, strict=False)):
                runs = [run._replace(strong=True) for run in cell.runs] if heading else cell.runs
                self._runs(target.paragraphs[0], [] if cell.fill else runs, size)
                target.paragraphs[0].paragraph_format.space_after = Pt(1)
                if widths:
                    target.width = Cm(widths[column])
        self.document.add_paragraph().paragraph_format.space_after = Pt(2)

    def picture(self, png: bytes, picture: Picture) -> None:
        """A chart over the width of the page, or less where it is small, with its words for those who do not see it."""
        paragraph = self.document.add_paragraph()
        self._drawn(paragraph, png, picture, min(_WIDTH, picture.width / 60))

    def panels(self, panels: Sequence[tuple[Sequence[Run], bytes, Picture]]) -> None:
        """Small charts, three in a row."""
        table = self.document.add_table(rows=-(-len(panels) // 3), cols=3)
        for at, (heading, png, picture) in enumerate(panels):
            cell = table.rows[at // 3].cells[at % 3]
            self._runs(cell.paragraphs[0], [run._replace(strong=True) for run in heading], 9)
            self._drawn(cell.add_paragraph(), png, picture, 5.2)
        self.document.add_paragraph()

    def _drawn(self, paragraph: Any, png: bytes, picture: Picture, width: float) -> None:  # noqa: ANN401  no types
        shape = paragraph.add_run().add_picture(io.BytesIO(png), width=Cm(width))
        properties = shape._inline.docPr  # noqa: SLF001  python-docx has no alt texts
        properties.set("title", picture.title)
        properties.set("descr", f"{picture.title}. {picture.description}".strip())

    def _runs(self, paragraph: Any, runs: Sequence[Run], size: float | None) -> None:  # noqa: ANN401  no types
        for run in runs:
            self._run(paragraph, run, size)

    def _run(self, paragraph: Any, run: Run, size: float | None) -> Any:  # noqa: ANN401  no types
        written = paragraph.add_run(run.text)
        written.bold = True if run.strong else None
        if size is not None:
            written.font.size = Pt(size)
        if run.lang:
            _set_language(written._r.get_or_add_rPr(), run.lang[:2])  # noqa: SLF001  python-docx has no languages
        if run.faint:
            written.font.color.rgb = _GREY
        return written


def _set_fonts(properties: Any) -> None:  # noqa: ANN401  an element of python-docx
    fonts = properties.get_or_add_rFonts()
    for script, font in (("ascii", "latin"), ("hAnsi", "latin"), ("cs", "latin"), ("eastAsia", "han")):
        fonts.set(qn(f"w:{script}"), _FONTS[font])
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)


def _set_language(properties: Any, language: str) -> None:  # noqa: ANN401  an element of python-docx
    for old in properties.findall(qn("w:lang")):
        properties.remove(old)
    element = OxmlElement("w:lang")
    code = _CODES.get(language, language)
    element.set(qn("w:eastAsia" if language == "zh" else "w:val"), code)
    element.set(qn("w:val" if language == "zh" else "w:eastAsia"), code if language == "zh" else "zh-CN")
    properties.append(element)


def _shade(properties: Any, colour: str) -> None:  # noqa: ANN401  an element of python-docx
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
        shade.set(qn(f"w:{name}"), value)
    properties.append(shade)


def _never_split(row: Any, heading: bool) -> None:  # noqa: ANN401  an element of python-docx
    properties = row.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if heading:
        properties.append(OxmlElement("w:tblHeader"))


def _colour(code: str) -> RGBColor:
    return RGBColor.from_string(code.removeprefix("#"))


def cells_of(table: Any) -> Iterator[str]:  # noqa: ANN401  a table of python-docx
    """The texts of a table's cells, each with the alternative texts of its pictures."""
    for row in table.rows:
        for cell in row.cells:
            yield cell.text
            yield from alternative_texts(cell._tc)  # noqa: SLF001  as above


def alternative_texts(element: Any) -> Iterator[str]:  # noqa: ANN401  an element of python-docx
    """What is said of the pictures in a part of the document."""
    for properties in element.iter(qn("wp:docPr")):
        yield properties.get("descr", "")
