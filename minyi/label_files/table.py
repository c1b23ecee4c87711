"""Labels as minyi's own table, one judgement a row, in CSV, XLSX and JSON lines: what is written is read back equal."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from reports.table_streams import XLSX_CHARACTERS
from reports.tables import formula_safe
from storage.judgements import CODES
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from xlsxwriter.worksheet import Worksheet

Rows = list[dict[str, Any]]
LABEL_COLUMNS = ("annotator", "what", "primary", *(code.value for code in CODES), "unsure", "note")
COLUMNS: dict[str, str] = {
    "id": "Identifier of the comment in the study: labels are matched by it",
    "text": "The comment",
    "evidence": "For quotes: the words of the article that report it",
    "change": "The change it is judged for",
    "codebook": "The version of the rules it is judged by",
    "sample": "audit: drawn at random; training: chosen, never part of an estimate; empty: neither",
    "second": "1: this comment also goes to a second coder",
    "annotator": "Who judged; settled: what stands after a disagreement was talked over; empty: nobody yet",
    "what": "judged or skipped; empty: nobody has judged it yet",
    "primary": "support, concern, suggestion or neutral",
    "support": "1 or 0; codes left empty follow from primary",
    "concern": "1 or 0",
    "suggestion": "1 or 0",
    "unsure": "1: a careful colleague might well choose another primary",
    "note": "The annotator's own words",
    "seconds": "Time spent, where it is known",
    "labelled_at": "When, in milliseconds since 1970 (UTC)",
    "lang": "Language of the comment",
    "source": "Name of its source in the study file",
}
"""Every column and what it means. `minyi adapt` and `minyi evaluate` read them too."""

_WIDE = {"text": 70, "evidence": 30, "change": 24, "note": 30, "said": 40}
_BOUND = {"primary": [stance.value for stance in STANCES], "what": ["judged", "skipped"]}
_BOUND |= {name: ["0", "1"] for name in (*(code.value for code in CODES), "unsure")}
_CUT = " … [cut]"


def as_csv(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str] = COLUMNS) -> bytes:
    """UTF-8 with the mark that Excel wants; a text that a spreadsheet would run begins with an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([[_safe(row.get(name)) for name in columns] for row in rows])
    return out.getvalue().encode("utf-8-sig", "replace")


def as_json_lines(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Every value as it is stored, one row a line; what is unknown is null."""
    lines = [json.dumps({name: row.get(name) for name in COLUMNS}, ensure_ascii=False) for row in rows]
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")


def as_xlsx(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str] = COLUMNS) -> bytes:
    """A sheet to fill in, whose cells offer the values they may have, and one that says what the columns mean.

    Texts stay texts: none becomes a formula, a link or a number.
    """
    from xlsxwriter import Workbook

    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    out = io.BytesIO()
    with Workbook(out, options) as book:
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet("labels")
        for at, name in enumerate(columns):
            sheet.set_column(at, at, _WIDE.get(name, 11), wrapped)
        for at, row in enumerate([dict(zip(columns, columns, strict=True)), *rows]):
            _write(sheet, at, [row.get(name) for name in columns])
        _offer(sheet, list(columns), len(rows))
        sheet.freeze_panes(1, 2)
        meanings = book.add_worksheet("columns")
        meanings.set_column(1, 1, 80)
        for at, pair in enumerate([("column", "meaning"), *columns.items()]):
            _write(meanings, at, pair)
    return out.getvalue()


def _offer(sheet: Worksheet, columns: list[str], rows: int) -> None:
    """Excel shows the values of these columns as a list, and takes no others."""
    for name, values in _BOUND.items():
        at = columns.index(name)
        sheet.data_validation(1, at, max(rows, 1), at, {"validate": "list", "source": values})


def _write(sheet: Worksheet, at: int, values: Sequence[Any]) -> None:
    for column, value in enumerate(values):
        if isinstance(value, str):
            sheet.write_string(at, column, _fitting(value))
        elif value is not None:
            sheet.write_number(at, column, value)


def _fitting(text: str) -> str:
    if len(text.encode("utf-16-le", "replace")) <= 2 * XLSX_CHARACTERS:
        return text
    room = 2 * (XLSX_CHARACTERS - len(_CUT))
    return text.encode("utf-16-le", "replace")[:room].decode("utf-16-le", "ignore") + _CUT


def _safe(value: object) -> object:
    return formula_safe(value) if isinstance(value, str) else value


SHEETS: dict[str, Callable[[Rows, Mapping[str, str]], bytes]] = {"csv": as_csv, "xlsx": as_xlsx}
"""What writes a sheet, by the ending of its name."""
