"""How titles, tables, charts and texts are put on slides of 16 : 9."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
from pptx.enum.text import MSO_ANCHOR
from pptx.oxml.ns import qn
from pptx.util import Inches, Pt

from reports.charts.palette import FILL, INK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from reports.editions.blocks import Tiles
    from storage.nouns import Language

_colour_class: Any = RGBColor  # python-pptx leaves its own types out
_data_class: Any = CategoryChartData
_FONTS = {"latin": "Arial", "ea": "Microsoft YaHei"}
_CODES = {"zh": "zh-CN", "en": "en-US"}
_BLACK, _GREY, _SAND, _LINE, _WHITE = (
    _colour_class.from_string(code) for code in ("20262C", "59626B", "F6F1DF", "D5D9DE", "FFFFFF")
)
_LEFT, _WIDTH, _TOP, _HEIGHT = 0.55, 12.2, 1.35, 5.5
_TITLE_ONLY = 5
_INKS = {stance.value: _colour_class.from_string(ink.removeprefix("#")) for stance, ink in INK.items()}
_FILLS = [_colour_class.from_string(fill.removeprefix("#")) for fill in FILL.values()]


class Slides:
    """A deck being written in one language; every slide's notes name the run."""

    def __init__(self, language: Language, note: str) -> None:
        self.deck: Any = Presentation()
        self.deck.slide_width, self.deck.slide_height = Inches(13.333), Inches(7.5)
        self.language, self.note = language, note

    def describe(self, title: str, keywords: str, made: datetime) -> None:
        """Title, language, keywords and the moment it was made."""
        core = self.deck.core_properties
        core.title, core.keywords, core.author, core.last_modified_by = title[:255], keywords, "minyi", "minyi"
        core.language, core.created, core.modified, core.revision = _CODES[self.language], made, made, 1

    def opening(self, title: str, warnings: Sequence[str], lines: Sequence[str], tiles: Tiles | None) -> None:
        """The title, what must be known first, and the tiles."""
        letters = len(title.encode("utf-8", "replace"))
        size = 32 if letters < 140 else 20 if letters < 350 else 15  # noqa: PLR2004  what fits above the tiles
        slide = self._slide(title, "", size=size, height=1.5)
        at = 2.0
        for warning in warnings:
            box = self._box(slide, [(warning, 14, True, _BLACK)], at, 0.45)
            box.fill.solid()
            box.fill.fore_color.rgb = _SAND
            at += 0.55
        self._box(slide, [(line, 15, False, _GREY) for line in lines], at, 1.3)
        for i, (stance, name, figure, below) in enumerate(tiles.tiles if tiles else ()):
            ink = _INKS.get(stance, _BLACK)
            texts = [(name, 16, True, ink)] if name else []
            texts += [(figure, 24, True, ink), *((line, 11, False, _GREY) for line in below)]
            width = _WIDTH / len(tiles.tiles if tiles else ())
            box = self._box(slide, texts, 4.3, 2.5, left=_LEFT + i * width, width=width - 0.12)
            box.line.color.rgb = _LINE

    def table(
        self, title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float], note: str
    ) -> None:
        """A table; its letters are the smaller the more it holds."""
        slide = self._slide(title, note)
        letters = sum(len(cell.encode("utf-8", "replace")) for row in rows for cell in row)
        size = 15 if letters < 900 else 13 if letters < 1500 else 11  # noqa: PLR2004  tried out on slides
        shape = slide.shapes.add_table(
            len(rows) + 1, len(heads), Inches(_LEFT), Inches(_TOP), Inches(_WIDTH), Inches(0.4 * (len(rows) + 1))
        )
        _describe(shape, title)
        for column, width in zip(shape.table.columns, widths, strict=True):
            column.width = Inches(width)
        for i, row in enumerate([heads, *rows]):
            for cell, text in zip(shape.table.rows[i].cells, row, strict=True):
                self._write(cell.text_frame, [(text, size, i == 0, _BLACK)])
                cell.fill.solid()
                cell.fill.fore_color.rgb = _LINE if i == 0 else _WHITE
                cell.margin_top = cell.margin_bottom = Inches(0.03)
                cell.vertical_anchor = MSO_ANCHOR.TOP

    def columns(
        self, title: str, names: Sequence[str], series: Mapping[str, Sequence[int | None]], events: Sequence[str],
        description: str, heading: str,
    ) -> None:  # fmt: skip
        """Stacked columns, with the events listed beside them."""
        slide = self._slide(title, "")
        data = _data_class()
        data.categories = names
        for name, values in series.items():
            data.add_series(name, values)
        width = _WIDTH - 3.6 if events else _WIDTH
        shape = slide.shapes.add_chart(
            XL_CHART_TYPE.COLUMN_STACKED, Inches(_LEFT), Inches(_TOP), Inches(width), Inches(_HEIGHT), data
        )
        _describe(shape, description)
        self._dress(shape.chart)
        if events:
            texts = [(heading, 14, True, _BLACK), *((event, 12, False, _BLACK) for event in events)]
            self._box(slide, texts, _TOP, _HEIGHT, left=_LEFT + width + 0.15, width=3.4)

    def _dress(self, chart: Any) -> None:  # noqa: ANN401  python-pptx has no types
        chart.has_legend, chart.has_title = True, False
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False
        chart.font.size, chart.font.name, chart.font.color.rgb = Pt(11), _FONTS["latin"], _BLACK
        _east_asian(chart.font._element)  # noqa: SLF001  python-pptx has no East Asian fonts
        plot = chart.plots[0]
        plot.gap_width, plot.overlap = 25, 100
        for series, fill in zip(plot.series, _FILLS, strict=False):
            series.format.fill.solid()
            series.format.fill.fore_color.rgb = fill
        chart.value_axis.major_gridlines.format.line.color.rgb = _LINE
        chart.value_axis.format.line.fill.background()

    def bullets(self, title: str, lines: Sequence[str], note: str) -> None:
        """Lines of text."""
        slide = self._slide(title, note)
        letters = sum(len(line.encode("utf-8", "replace")) for line in lines)
        size = 16 if letters < 1300 else 13  # noqa: PLR2004  tried out on slides
        self._box(slide, [(f"• {line}", size, False, _BLACK) for line in lines], _TOP, _HEIGHT)

    def quotes(self, title: str, rows: Sequence[tuple[str, str, str, str]], note: str) -> None:
        """Quotes in two columns, each under its stance, in its own language."""
        slide = self._slide(title, note)
        half = -(-len(rows) // 2)
        size = 14 if sum(len(text) for _, _, text, _ in rows) < 420 else 12  # noqa: PLR2004  tried out on slides
        for i, (stance, name, text, lang) in enumerate(rows):
            top = _TOP + (i % half) * _HEIGHT / half
            texts = [(name, 12, True, _INKS.get(stance, _BLACK)), (text, size, False, _BLACK)]
            left = _LEFT + (i // half) * (_WIDTH / 2 + 0.1)
            box = self._box(slide, texts, top, _HEIGHT / half - 0.1, left=left, width=_WIDTH / 2 - 0.1)
            if lang:
                _set_language(box.text_frame.paragraphs[-1].runs[0], lang)

    def _slide(self, title: str, note: str, size: float = 26, height: float = 0.8) -> Any:  # noqa: ANN401  no types
        slide = self.deck.slides.add_slide(self.deck.slide_layouts[_TITLE_ONLY])
        box = slide.shapes.title
        box.left, box.top, box.width, box.height = (Inches(n) for n in (_LEFT, 0.35, _WIDTH, height))
        self._write(box.text_frame, [(title, size, True, _BLACK)])
        box.text_frame.vertical_anchor = MSO_ANCHOR.TOP
        slide.notes_slide.notes_text_frame.text = "\n".join(part for part in (note, self.note) if part)
        return slide

    def _box(
        self,
        slide: Any,  # noqa: ANN401  no types
        texts: Sequence[tuple[str, float, bool, RGBColor]],
        top: float,
        height: float,
        left: float = _LEFT,
        width: float = _WIDTH,
    ) -> Any:  # noqa: ANN401  no types
        box = slide.shapes.add_textbox(Inches(left), Inches(top), Inches(width), Inches(height))
        self._write(box.text_frame, texts)
        return box

    def _write(self, frame: Any, texts: Sequence[tuple[str, float, bool, RGBColor]]) -> None:  # noqa: ANN401  no types
        """One paragraph a text: its words, size in points, weight and colour."""
        frame.word_wrap = True
        for i, (text, size, bold, colour) in enumerate(texts):
            paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
            paragraph.alignment = None
            paragraph.space_after = Pt(4)
            properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001  python-pptx cannot align a title to the left
            properties.set("algn", "l")
            run = paragraph.add_run()
            run.text = text
            run.font.size, run.font.bold, run.font.name = Pt(size), bold, _FONTS["latin"]
            run.font.color.rgb = colour
            _east_asian(run.font._element)  # noqa: SLF001  python-pptx has no East Asian fonts
            _set_language(run, self.language)


def _east_asian(properties: Any) -> None:  # noqa: ANN401  an element of python-pptx
    """Names the font of Chinese characters, right after that of Latin letters, as the format has it."""
    latin = properties.find(qn("a:latin"))
    font = properties.makeelement(qn("a:ea"), {"typeface": _FONTS["ea"]})
    if latin is None:
        properties.append(font)
    else:
        latin.addnext(font)


def _set_language(run: Any, language: str) -> None:  # noqa: ANN401  a run of python-pptx
    run._r.get_or_add_rPr().set("lang", _CODES.get(language[:2], language))  # noqa: SLF001  as above


def _describe(shape: Any, words: str) -> None:  # noqa: ANN401  a shape of python-pptx
    shape._element._nvXxPr.cNvPr.set("descr", words)  # noqa: SLF001  python-pptx has no alternative texts
