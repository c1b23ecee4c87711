"""The rows of a labelled file as it holds them, JSON lines or CSV; one that cannot be read costs no other its place."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from typing import TYPE_CHECKING, Any

from storage.errors import MinyiError
from storage.nouns import STANCES
from storage.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

LARGEST_FILE = 200 * 1024 * 1024  # bytes, inflated
REMEDY = (
    "Give JSON lines or CSV (plain or .gz) with text and primary, and change where no study names it; "
    "an empty primary leaves a row out."
)
_SAVE_AS = "Save it as UTF-8 (in Excel: CSV UTF-8), or give JSON lines or CSV instead of a spreadsheet."
_SHOWN = 20  # columns
_STANCES = {stance.value for stance in STANCES}


class EvaluationFileError(MinyiError):
    """The labelled file cannot be used."""


class BadRowError(Exception):
    """Why a row cannot be used."""


Rows = list[tuple[int, Any]]
"""Rows by the line they begin on, from 1: a dictionary, or whatever JSON held, or the BadRowError."""


def rows_of(path: Path, needed: Sequence[tuple[str, ...]]) -> Rows:
    """The rows of a file.

    Args:
        path: JSON lines, or CSV where it is named so; either may be packed (.gz).
        needed: of each of these, one column must be there.

    Raises:
        EvaluationFileError: the file cannot be read, or a column that is needed is nowhere in it.
    """
    text = _content(path)
    if path.name.removesuffix(".gz").lower().endswith(".csv"):
        columns, rows = _csv_rows(text)
    else:
        rows = list(_json_rows(text))
        columns = list(dict.fromkeys(key for _, fields in rows if isinstance(fields, dict) for key in fields))
    _check_columns(path, columns, needed)
    return rows


def _check_columns(path: Path, columns: Sequence[str], needed: Sequence[tuple[str, ...]]) -> None:
    absent = [" or ".join(f'"{name}"' for name in names) for names in needed if not {*names} & {*columns}]
    if columns and absent:
        there = ", ".join(f'"{clean_line(name, 40)}"' for name in columns[:_SHOWN])
        more = f" and {len(columns) - _SHOWN:,} more" if len(columns) > _SHOWN else ""
        what = f"There is no column {', none '.join(absent)}; there are: {there}{more}."
        raise EvaluationFileError(what, where=str(path), remedy=REMEDY)


def _content(path: Path) -> str:
    try:
        if not path.exists():
            raise EvaluationFileError("There is no such file.", where=str(path), remedy="Check the path.")
        if not path.is_file():  # a device or a pipe may never end
            raise EvaluationFileError("This is not a regular file.", where=str(path), remedy=REMEDY)
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
        if len(raw) > LARGEST_FILE:
            raise EvaluationFileError("The file is too large.", where=str(path), remedy="Evaluate a sample of it.")
        return raw.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error) as error:
        raise EvaluationFileError(f"The file cannot be read: {error}.", where=str(path), remedy=REMEDY) from error
    except UnicodeDecodeError as error:
        raise EvaluationFileError("The file is not UTF-8 text.", where=str(path), remedy=_SAVE_AS) from error


def _json_rows(text: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except (ValueError, RecursionError) as error:
            yield number, BadRowError(f"no JSON ({error})")


def _csv_rows(text: str) -> tuple[list[str], Rows]:
    """The names of the columns, and the rows below them."""
    records = _records(list(io.StringIO(text, newline="")))
    rows: Rows = []
    columns: list[str] = []
    for number, cells in records:
        if isinstance(cells, BadRowError):
            rows.append((number, cells))
        elif not columns:
            columns = cells
        elif any(cells[len(columns) :]):
            what = (
                f"{len(cells)} cells where there are {len(columns)} columns; a comma in a text needs quotes around it"
            )
            rows.append((number, BadRowError(what)))
        elif cells:
            rows.append((number, dict(zip(columns, cells, strict=False))))
    return columns, rows


def _records(lines: Sequence[str]) -> Iterator[tuple[int, list[str] | BadRowError]]:
    """Each record with the line it begins on. After a broken one, reading goes on in the line below its first: a quote
    that nobody closed takes no row with it but its own.
    """  # noqa: D205  the rule is one sentence
    begin = 0
    while begin < len(lines):
        reader, done = csv.reader(_from(lines, begin), strict=True), 0
        try:
            for cells in reader:
                _refuse_rows_in_cell(lines[begin + done + 1 : begin + reader.line_num - 1])
                yield begin + done + 1, cells
                done = reader.line_num
        except csv.Error as error:
            many = reader.line_num > done + 1
            why = "a quote is opened in this row and not closed as it should" if many else f"broken CSV ({error})"
            yield begin + done + 1, BadRowError(why)
            begin += done + 1
        else:
            return


def _from(lines: Sequence[str], begin: int) -> Iterator[str]:
    return (lines[at] for at in range(begin, len(lines)))


def _refuse_rows_in_cell(lines: Iterable[str]) -> None:
    """Whole lines within a record that end as rows do were swallowed by a quote that was not closed.

    Raises:
        csv.Error: there is one.
    """
    for line in lines:
        _, comma, last = line.rstrip("\r\n").rpartition(",")
        if comma and last in _STANCES:
            raise csv.Error("a row within a cell")
