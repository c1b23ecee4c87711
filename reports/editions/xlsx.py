"""The report as sheets: every figure as a number, and the forms to fill in. No cell is a formula or a link."""

from __future__ import annotations

import html
import io
import re
import zipfile
from itertools import groupby
from typing import TYPE_CHECKING, Any

from reports.editions.packing import DAMAGED, found_in, keywords_of, made_at, must_be_archive
from reports.editions.sheets import Sheet, sheets_of
from reports.wording import locale_for
from storage.errors import MinyiError
from storage.workbooks import WorkbookError, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.editions.found import Found
    from storage.nouns import Language
    from storage.workbooks import SheetRow

_FONTS = {"zh": "Microsoft YaHei", "en": "Arial"}
_FILLS = ("#D95F02", "#12436D", "#1F9A8E", "#C3C8CD")
_NARROW, _WIDE, _PER_CHARACTER = 9, 64, 1.05
_ASCII_ENDS = 0x7F
_MEMORY = 1 << 30  # bytes that reading one back may take


def render(numbers: Mapping[str, Any], language: Language) -> bytes:
    """A workbook with a sheet for each part of the report."""
    import xlsxwriter

    locale = locale_for(language, numbers)
    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_format_properties": {"font_name": _FONTS[language], "font_size": 10, "valign": "top"},
    }
    book = xlsxwriter.Workbook(buffer, options)
    title = locale.ui("title", name=locale.name(numbers["study"]["name"]).text or numbers["study"]["id"])
    book.set_properties(
        {
            "title": title[:255],
            "author": "minyi",
            "keywords": keywords_of(numbers, language),
            "created": made_at(numbers),
        }
    )
    formats = {
        "head": book.add_format({"bold": True, "text_wrap": True, "bottom": 2, "bg_color": "#F4F6F7"}),
        "text": book.add_format({"text_wrap": True}),
        "fill": book.add_format({"text_wrap": True, "bg_color": "#FFFBE6", "border": 1, "border_color": "#C9B77A"}),
        "number": book.add_format({"num_format": "#,##0.####"}),
    }
    for sheet in sheets_of(numbers, locale):
        _write(book, sheet, formats)
    book.close()
    return buffer.getvalue()


def _write(book: Any, sheet: Sheet, formats: Mapping[str, Any]) -> None:  # noqa: ANN401  xlsxwriter has no types
    page = book.add_worksheet(sheet.name[:31])
    page.freeze_panes(1, 1)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    for column, head in enumerate(sheet.head):
        page.write_string(0, column, head, formats["head"])
        page.set_column(column, column, _width(sheet, column))
    for at, row in enumerate(sheet.rows, start=1):
        for column, value in enumerate(row):
            look = formats["fill"] if column in sheet.fill else formats["text"]
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                page.write_number(at, column, value, formats["number"])
            elif value not in (None, "") or column in sheet.fill:
                page.write_string(at, column, "" if value is None else str(value)[:32_000], look)
    if sheet.stacked and sheet.rows:
        _chart(book, page, sheet)


def _chart(book: Any, page: Any, sheet: Sheet) -> None:  # noqa: ANN401  xlsxwriter has no types
    """Stacked columns of the stances, which can be edited."""
    chart = book.add_chart({"type": "column", "subtype": "stacked"})
    first, last = sheet.stacked or (1, 0)
    for column, fill in zip(range(first, last + 1), _FILLS, strict=False):
        chart.add_series({
            "name": [sheet.name, 0, column],
            "categories": [sheet.name, 1, 0, len(sheet.rows), 0],
            "values": [sheet.name, 1, column, len(sheet.rows), column],
            "fill": {"color": fill},
            "gap": 20,
        })  # fmt: skip
    chart.set_title({"name": sheet.name})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 900, "height": 360})
    page.insert_chart(1, len(sheet.head) + 1, chart, {"description": sheet.description, "object_position": 3})


def _width(sheet: Sheet, column: int) -> float:
    """As wide as the longest of the first cells, where a Chinese character takes two places."""
    cells = [sheet.head[column], *(row[column] for row in sheet.rows[:60] if column < len(row))]
    longest = max(sum(1 if ord(mark) <= _ASCII_ENDS else 2 for mark in str(cell)) for cell in cells)
    return min(max(_PER_CHARACTER * longest + 2, 18 if column in sheet.fill else _NARROW), _WIDE)


def read(content: bytes) -> Found:
    """The names of the sheets and their cells, row by row.

    Raises:
        MinyiError: it is no workbook that minyi made.
    """
    must_be_archive(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            core = archive.read("docProps/core.xml").decode("utf-8", "replace")
        rows = list(rows_of(content, every=True, memory=_MEMORY))
    except (WorkbookError, *DAMAGED) as error:
        raise MinyiError(
            "This workbook cannot be read.", remedy="Name a file that `minyi report` has written."
        ) from error
    keywords = re.search(r"<cp:keywords>(.*?)</cp:keywords>", core, re.DOTALL)
    sheets = {name: [_said(cell) for row in group for cell in row.cells] for name, group in groupby(rows, _sheet)}
    texts = [text for name, cells in sheets.items() for text in (name, *cells)]
    return found_in(html.unescape(keywords[1]) if keywords else "", texts)


def _sheet(row: SheetRow) -> str:
    return row.sheet


def _said(cell: object) -> str:
    return f"{cell:.12g}" if isinstance(cell, float) else str(cell)
