"""What was found out about a data file, as a person is shown it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scrapers.columns import MEANINGS

if TYPE_CHECKING:
    from scrapers.files.options import PresetName


@dataclass(slots=True)
class Guess:
    """What was found out about a file, to be shown to a person.

    Attributes:
        format: csv, tsv, json, jsonl, xlsx, sqlite or html.
        encoding: the codec that reads it; empty for a workbook.
        how: how the encoding was found.
        delimiter: of CSV and TSV; empty for the others.
        columns: meaning → column.
        samples: meaning → a value of that column.
        seen: every column, in the file's order; nested ones dotted.
        preset: whose export it is; `generic` where the columns were guessed by their names alone.
        platform: what the preset says about it.
        table: the table of a database.
        clock: the column of clock times that is read together with the time's column of days.
        by_values: the time's column is known by its values alone, not by its name.
        html: the text is HTML, whose tags are taken out.
    """

    format: str
    encoding: str = ""
    how: str = ""
    delimiter: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    samples: dict[str, str] = field(default_factory=dict)
    seen: tuple[str, ...] = ()
    preset: PresetName = "generic"
    platform: str = ""
    table: str = ""
    clock: str = ""
    by_values: bool = False
    html: bool = False

    def rows(self) -> list[tuple[str, str, str]]:
        """Meaning, column and a sample, in the order of meanings."""
        time = f" + {self.clock}" * bool(self.clock) + " (guessed from its values)" * self.by_values
        remarks = {"time": time, "text": " (without its HTML tags)" * self.html}
        return [
            (name, self.columns[name] + remarks.get(name, ""), self.samples.get(name, ""))
            for name in MEANINGS
            if name in self.columns
        ]
