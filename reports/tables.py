"""Tables for people and for programs: CSV, JSON Lines, XLSX and Parquet, with a dictionary of every column.

CSV and XLSX are for people: times are also given in words, and in CSV a text that a spreadsheet would run as a formula
starts with an apostrophe. JSON Lines and Parquet are for programs: every value as it is stored.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import json
from codecs import BOM_UTF8
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from reports.table_streams import parquet_parts, stretches, texts_of, xlsx_parts
from reports.write import write_together
from storage.errors import MinyiError, UsageError
from storage.extras import install_remedy
from storage.nouns import Stance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

FORMATS = ("csv", "jsonl", "xlsx", "parquet")
BEFORE_FORMULA = " \u00a0\u3000\"'“‘"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""First characters that make a spreadsheet read a text as a formula (OWASP, CSV injection); full-width ones too."""

XLSX_ROWS = 1_048_575


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """A line of the data dictionary: what a column means, its type, its unit, and the values it may have."""

    meaning: str
    type: str
    unit: str = ""
    values: str = ""


_SCORE = "0 to 1; empty where the comment is not coded"
COLUMNS: dict[str, Column] = {
    "id": Column("Identifier of the comment in this study", "text"),
    "source": Column("Name of the source in the study file", "text"),
    "platform": Column("Platform on which the comment was published", "text", values="empty: not known"),
    "kind": Column("What sort of text it is", "text", values="comment, post, review, message, quote"),
    "text": Column("The comment, cleaned, in its original language; not masked: it may name people", "text"),
    "lang": Column("Language by script", "text", values="zh, en, other codes of BCP 47; empty: not known"),
    "author": Column("Keyed hash of the author", "text", values="empty: not known"),
    "published": Column(
        "Time of publication (UTC), only as exact as it is known", "text", "ISO 8601", "empty: not known"
    ),
    "published_at": Column("Time of publication", "integer", "milliseconds since 1970-01-01 UTC", "empty: not known"),
    "published_precision": Column("How exact the time is", "text", values="second, minute, hour, day, month, year"),
    "likes": Column("Likes when collected", "integer", "likes", "empty: not known, which is not 0"),
    "url": Column("Address of the comment", "text", values="empty: none"),
    "article_id": Column("Article in which the comment was found", "text", values="empty: none"),
    "direct": Column("For quotes: whether the words are the speaker's own", "yes/no", values="empty: not a quote"),
    "evidence": Column("For quotes: the words of the article that report it", "text"),
    "fold": Column("Key of exact duplicates: comments with the same key have the same folded text", "integer"),
    "near": Column(
        "Key of near-duplicates: comments with the same key have the same or nearly the same text. It is the key of "
        "exact duplicates of the commonest text of the group",
        "integer",
    ),
    "together": Column(
        "Posted within 60 s of another account's post of the same text, by two accounts that did so at least twice; "
        "people who pass on the same headline may do so too",
        "yes/no",
    ),
    "parent_id": Column("Identifier of the comment it answers", "text", values="empty: none, or not known"),
    "span_start": Column(
        "For quotes: where the words begin in the article's text", "integer", "characters from 0", "empty: not a quote"
    ),
    "span_end": Column(
        "For quotes: where the words end in the article's text, exclusive",
        "integer",
        "characters",
        "empty: not a quote",
    ),
    "flags": Column(
        "What cleaning took away from the text",
        "integer",
        values="sum of 1 cut to the longest length, 2 bidirectional controls removed, 4 other controls removed, "
        "8 lone surrogates replaced; 0: nothing",
    ),
    "copied": Column("Part of a burst of copied posts; set aside from the report's counts", "yes/no"),
    "theme": Column("Subject of the request, for suggestions", "text", values="keys of themes; empty: none"),
    "stance": Column(
        "Machine code of the stance, not audited",
        "text",
        values="support, concern, suggestion, neutral; empty: not coded",
    ),
    "proposal": Column(
        "Of a comment coded as a suggestion, the sentence taken most for one", "text", values="empty: not coded so"
    ),
    **{stance.value: Column(f"Machine score of {stance.value}", "number", values=_SCORE) for stance in Stance},
}
"""What the columns of a comment table mean."""

_DATES = {"year": 4, "month": 7, "day": 10}


def export_tables(
    frame: pd.DataFrame,
    folder: Path,
    formats: Sequence[str] = ("csv", "jsonl", "xlsx"),
    *,
    name: str = "comments",
    columns: Mapping[str, Column] = COLUMNS,
) -> list[Path]:
    """Writes one table in several formats, and NAME.columns.md and NAME.columns.csv, its data dictionary.

    A column that `columns` does not know is exported too, and marked as such in the dictionary.

    Raises:
        MinyiError: an unknown format, a missing extra, more rows than a sheet holds, or an unwritable folder.
    """
    files = _contents(frame, formats, name, columns)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return write_together({folder / file: content for file, content in files.items()})
    except OSError as error:
        raise MinyiError(
            f"The tables could not be written ({error.strerror or error}).",
            where=str(folder),
            remedy="Make the folder writable, free some space, or name another folder.",
        ) from error


def table_files(
    frame: pd.DataFrame, formats: Sequence[str], name: str, columns: Mapping[str, Column] = COLUMNS
) -> dict[str, bytes]:
    """The same files by their names, in memory.

    Raises:
        MinyiError: an unknown format, a missing extra, or more rows than a sheet holds.
    """
    contents = _contents(frame, formats, name, columns)
    return {file: one if isinstance(one, bytes) else b"".join(one) for file, one in contents.items()}


def _contents(
    frame: pd.DataFrame, formats: Sequence[str], name: str, columns: Mapping[str, Column]
) -> dict[str, bytes | Iterable[bytes]]:
    _check(frame, formats)
    raw = _typed(frame, columns)
    human = _for_people(raw)
    dictionary = data_dictionary(human, columns)
    files = {f"{name}.{form}": _content(form, raw, human, dictionary) for form in dict.fromkeys(formats)}
    return files | {f"{name}.columns.csv": b"".join(_csv(dictionary)), f"{name}.columns.md": _markdown(dictionary)}


def data_dictionary(frame: pd.DataFrame, columns: Mapping[str, Column] = COLUMNS) -> pd.DataFrame:
    """One row for each column of the frame: column, meaning, type, unit, values."""
    unknown = Column("Not described: a column of this study", "as given")
    found = [(str(key), columns.get(str(key), unknown)) for key in frame.columns]
    rows = [(key, *dataclasses.astuple(column)) for key, column in found]
    return pd.DataFrame(rows, columns=["column", "meaning", "type", "unit", "values"])


def formula_safe(text: str) -> str:
    """The text, after an apostrophe where a spreadsheet would read it as a formula."""
    # Spreadsheets and the programs behind them may drop spaces and quotes before they look.
    return (
        f"'{text}"
        if text.startswith(FORMULA_STARTS) or text.lstrip(BEFORE_FORMULA).startswith(FORMULA_STARTS)
        else text
    )


def _content(form: str, raw: pd.DataFrame, human: pd.DataFrame, dictionary: pd.DataFrame) -> bytes | Iterable[bytes]:
    if form == "csv":
        return _csv(human)
    if form == "xlsx":
        return xlsx_parts(human, dictionary)
    return _jsonl(raw) if form == "jsonl" else parquet_parts(raw)


def _check(frame: pd.DataFrame, formats: Sequence[str]) -> None:
    for form in formats:
        if form not in FORMATS:
            raise UsageError(f"“{form}” is not a table format.", remedy=f"Use one of {', '.join(FORMATS)}.")
    if "parquet" in formats and importlib.util.find_spec("pyarrow") is None:
        raise MinyiError("Parquet needs pyarrow, which is not installed.", remedy=install_remedy("parquet"))
    if "xlsx" in formats and len(frame) > XLSX_ROWS:
        raise MinyiError(
            f"A sheet holds {XLSX_ROWS:,} rows; this table has {len(frame):,}.",
            remedy="Export it as csv, jsonl or parquet.",
        )


def _typed(frame: pd.DataFrame, columns: Mapping[str, Column]) -> pd.DataFrame:
    """Whole numbers stay whole where some are missing, and texts can be written as UTF-8."""
    typed = frame.copy()
    for key in typed.columns:
        column = columns.get(str(key))
        if column and column.type == "integer":
            typed[key] = pd.to_numeric(typed[key]).astype("Int64")
        elif column and column.type == "yes/no":
            typed[key] = typed[key].astype("boolean")
        elif not pd.api.types.is_numeric_dtype(typed[key]) and not pd.api.types.is_bool_dtype(typed[key]):
            typed[key] = typed[key].astype(object).map(_plain)
    return typed


def _plain(value: object) -> object:
    """A text without the lone surrogates that no file can hold; anything missing as None."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return value.encode("utf-8", "replace").decode()
        return value
    return None if pd.isna(value) else value  # type: ignore[call-overload]


def _for_people(frame: pd.DataFrame) -> pd.DataFrame:
    """With the time in words before the milliseconds."""
    if "published_at" not in frame.columns or "published" in frame.columns:
        return frame
    human = frame.copy()
    moments = pd.Series(
        np.datetime_as_string(frame["published_at"].fillna(0).to_numpy("int64").astype("datetime64[ms]"), "s"),
        index=frame.index,
    )
    precision = frame.get("published_precision", pd.Series(None, index=frame.index, dtype=object))
    words = [
        moment[: _DATES[exact]] if exact in _DATES else f"{moment}Z"
        for moment, exact in zip(moments, precision, strict=True)
    ]
    known = frame["published_at"].notna()
    human.insert(
        list(frame.columns).index("published_at"), "published", pd.Series(words, index=frame.index).where(known, None)
    )
    return human


def _csv(frame: pd.DataFrame) -> Iterator[bytes]:
    """UTF-8 with a byte order mark, without which Excel reads another encoding."""
    yield BOM_UTF8
    header = True
    for stretch in stretches(frame):
        safe = stretch.copy()
        for key in texts_of(safe):
            safe[key] = [formula_safe(value) if isinstance(value, str) else value for value in safe[key]]
        safe.columns = pd.Index([formula_safe(str(key)) for key in safe.columns])
        yield safe.to_csv(index=False, header=header, lineterminator="\r\n").encode()
        header = False


def _jsonl(frame: pd.DataFrame) -> Iterator[bytes]:
    for stretch in stretches(frame) if len(frame) else ():
        text: str = stretch.to_json(orient="records", lines=True, force_ascii=False, double_precision=15)
        yield (text if text.endswith("\n") else f"{text}\n").encode()


def _markdown(dictionary: pd.DataFrame) -> bytes:
    lines = ["| " + " | ".join(dictionary.columns) + " |", "|" + "---|" * len(dictionary.columns)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in dictionary.itertuples(index=False)]
    notes = (
        "",
        "CSV and XLSX are for people: a text that starts like a formula (= + - @, tab, line break, or their full-width",
        "forms) has an apostrophe before it in CSV, and a cell over 32,767 characters is cut and says so in XLSX.",
        "JSON Lines and Parquet hold every value as it is stored.",
    )
    return ("\n".join([*lines, *notes]) + "\n").encode()


def _cell(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)[1:-1].replace("|", "\\|").replace('\\"', '"')
