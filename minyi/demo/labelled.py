"""The demo's labels: its audit sample is drawn as any other, and what two coders said of it beforehand is put in.

Only labels of comments that were drawn are stored, so that the report stands on a random sample, not on all there is.
"""

from __future__ import annotations

import csv
import tomllib
from typing import TYPE_CHECKING, NamedTuple

from minyi.demo import DATA, LABELS
from minyi.label_files.exporting import items_of
from minyi.label_files.importing import People, sort
from minyi.label_files.said import Said, said_of_fields
from minyi.labels import task_of
from minyi.receipts import recorded_run
from minyi.sampling import Wanted, sample
from storage.intake import public_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from minyi.console import Console
    from minyi.workspace import Workspace

SIZE = 120
CODER, SECOND = "demo", "demo second"
SECOND_LABELS, QUOTES = DATA / "labels-second.csv", DATA / "labels-quotes.csv"
_SOURCE = "comments"


class Labelled(NamedTuple):
    """What of the sample is labelled: comments that can be drawn, drawn ones that carry a label, and two labels."""

    population: int
    labelled: int
    twice: int


def label_sample(workspace: Workspace, console: Console) -> Labelled:
    """Draw the sample and put in the labels that it lacks; a second time adds nothing.

    Where somebody has reworded the demo's change, its labels are labels of another change, and none is put in.
    """
    sampled = sample(workspace, console, Wanted(size=SIZE))
    study = workspace.study
    with recorded_run(workspace, "labels-import", console) as receipt:
        items = items_of(workspace)
        found = sort(workspace, _said(study.id, items[items["sample"] == "audit"]), People())
        for annotator, judgements in found.new.items():
            workspace.store.labels.put(study.id, *task_of(study), annotator, receipt.run, judgements)
        receipt.counts = found.counts
    coders = _coders(workspace)
    return Labelled(sampled.population, len(coders), int((coders > 1).sum()))


def _coders(workspace: Workspace) -> pd.Series[int]:
    """How many people judged each comment of the sample that somebody judged."""
    study, task = workspace.study, task_of(workspace.study)
    drawn = workspace.store.labels.items(study.id, "audit", task)["key"]
    said = workspace.store.labels.latest(study.id, *task)
    judged = said[(said["what"] == "judged") & said["key"].isin(drawn)]
    return judged.groupby("key")["annotator"].nunique()


def _said(study: str, items: pd.DataFrame) -> Iterator[Said]:
    """What the two coders said of these comments; of the second one only where a second one was wanted."""
    statement = tomllib.loads((DATA / "study.toml").read_text(encoding="utf-8"))["change"]["statement"]["zh"]
    first = {public_id(study, _SOURCE, row["id"]): row for row in rows_of(LABELS)}
    quotes = {row["text"]: row for row in rows_of(QUOTES)}
    second = {public_id(study, _SOURCE, row["id"]): row for row in rows_of(SECOND_LABELS)}
    for name, text, twice in zip(*(items[column].tolist() for column in ("id", "text", "second")), strict=True):
        said = {CODER: first.get(name) or quotes.get(text), SECOND: second.get(name) if twice else None}
        for coder, row in said.items():
            if row is not None:
                fields = {**row, "id": name, "text": text, "annotator": coder, "change": statement}
                yield said_of_fields(fields, name)


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a file of labels that ships with the demo, as they stand in it."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
