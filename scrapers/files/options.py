"""What a study file may say about a data file, and the error for a file that cannot be used."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from scrapers.errors import LocalFileError
from storage.nouns import CommentKind, Noun

FileFormat = Literal["csv", "tsv", "json", "jsonl", "xlsx", "sqlite", "html"]
PresetName = Literal["mediacrawler", "weibo-crawler", "4cat", "bilibili", "weibo-json", "tieba", "weibo-cn", "generic"]


class FileError(LocalFileError):
    """A file cannot be used as it is."""


class FileOptions(Noun):
    """How to read one file; everything left out is found out.

    Attributes:
        path: a file on this machine.
        url: where the runner fetches the file from instead.
        format: overrides what the name and the first bytes say.
        encoding: a WHATWG label; a wrong one loses to what the bytes say, with a warning.
        delimiter: the separator of a CSV file: one character.
        sheet: the name of an XLSX sheet, or its number from 1.
        table: the table or view of an SQLite database.
        preset: whose export it is, where the columns leave that open; `generic` guesses every column by its name.
        saved: when the file was made, which is what relative times in it ("昨天 10:05") count from; by default when it
            was last written, or now for what is fetched.
        columns: meaning (text, time, author, likes, id, url, parent, source) → column; `""` means no column has it.
            Columns inside nested JSON objects have dotted names (`user.id`).
        where: column → the value, or the values, that a row must have to be read.
        holds: what the rows are, where they do not say so themselves: comments by default.
        platform: the platform of rows that do not name theirs.
    """

    path: str | None = None
    url: str | None = None
    format: FileFormat | None = None
    encoding: str | None = None
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    sheet: str | int | None = None
    table: str | None = None
    preset: PresetName | None = None
    saved: datetime | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    where: dict[str, str | list[str]] = Field(default_factory=dict)
    holds: CommentKind | None = None
    platform: str | None = None
