"""Disagreements as a sheet: filled in at a table with several people, and imported like any file of labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minyi.console import so_many
from minyi.label_files import table
from minyi.label_files.exporting import form_of
from minyi.settling.disputes import disputes
from storage.errors import UsageError
from storage.files import write_atomically
from storage.judgements import SETTLED

if TYPE_CHECKING:
    from pathlib import Path

    from minyi.console import Console
    from minyi.settling.disputes import Dispute
    from minyi.workspace import Workspace

SAID = "said"
_COLUMNS = {
    **{name: table.COLUMNS[name] for name in ("id", "text", "evidence", "change", "codebook")},
    SAID: "What each person said",
    **{name: table.COLUMNS[name] for name in table.LABEL_COLUMNS},
}


def settle_sheet(workspace: Workspace, path: Path, console: Console) -> None:
    """Write the open disagreements as a sheet to fill in and import.

    Raises:
        UsageError: the file is no .csv or .xlsx, or nothing is to be settled.
        FileWriteError: the file cannot be written.
    """
    form = form_of(path, "")
    found = disputes(workspace, among="open")
    if form not in table.SHEETS:
        raise UsageError("a sheet to fill in is .csv or .xlsx", where=str(path), remedy="Name such a file.")
    if not found:
        raise UsageError("nothing is to be settled", where=workspace.study.id, remedy="See `minyi labels`.")
    rows = [_sheet_row(workspace, one) for one in found]
    write_atomically(path, table.SHEETS[form](rows, _COLUMNS))
    console.say(f"Wrote {path}: {so_many(len(rows), 'comment')} on which people disagree, with what each said.")
    console.say(f"Fill in primary and the codes, then: minyi labels import {path} --study {workspace.folder}")
    console.event("done", exit=0, file=str(path), comments=len(rows))


def _sheet_row(workspace: Workspace, one: Dispute) -> dict[str, Any]:
    study = workspace.study
    comment = {"id": one.id, "text": one.text, "evidence": one.evidence}
    asked = {"change": study.change.target, "codebook": study.codebook, "annotator": SETTLED}
    return comment | asked | {SAID: "\n".join(voice.words for voice in one.voices)}
