"""An empty form for our answers: the requests of the last report as CSV, with what was answered already filled in."""

from __future__ import annotations

import csv
import io
import json
import shlex
from typing import TYPE_CHECKING, Any

from minyi.console import so_many
from reports.asks import RESPONSE_COLUMNS
from reports.tables import formula_safe
from storage.errors import UsageError
from storage.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from minyi.console import Console
    from minyi.workspace import Workspace
    from storage.responses import ResponseRecord

NUMBERS = "numbers.json"


def write_form(workspace: Workspace, path: Path, console: Console) -> None:
    """Write the form.

    Raises:
        UsageError: there is no report yet, or it is from a version without keys of requests.
    """
    asks = _listed(workspace)
    standing = workspace.store.responses.standing(workspace.study.id, "response")
    write_atomically(path, as_form(asks, standing))
    back = shlex.join(["minyi", "respond", str(path), str(workspace.folder)])
    console.say(f"Wrote {path}: {so_many(len(asks), 'request')} to answer; read it back with `{back}`.")
    console.event("done", exit=0, file=str(path), requests=len(asks))


def _listed(workspace: Workspace) -> list[Mapping[str, Any]]:
    """The requests of the study's last report."""
    path = workspace.reports / NUMBERS
    remedy = f"Run `minyi report {workspace.folder}` first."
    try:
        listed: list[Mapping[str, Any]] = json.loads(path.read_bytes())["asks"]["listed"]
    except FileNotFoundError as error:
        raise UsageError("there is no report yet", where=str(path), remedy=remedy) from error
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError("the last report cannot be read", where=str(path), remedy=remedy) from error
    if any("key" not in ask for ask in listed):
        raise UsageError("the last report is of an earlier version", where=str(path), remedy=remedy)
    return listed


def as_form(asks: Sequence[Mapping[str, Any]], standing: Mapping[str, ResponseRecord]) -> bytes:
    """The form as CSV, safe for spreadsheets."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(RESPONSE_COLUMNS)
    for ask in asks:
        cells = (ask["key"], _title(ask), str(ask["authors"] or ""), *_answer(standing.get(ask["key"])))
        writer.writerow([formula_safe(cell) for cell in cells])
    return out.getvalue().encode("utf-8-sig", "replace")


def _title(ask: Mapping[str, Any]) -> str:
    return str((ask["theme"]["zh"] or ask["theme"]["en"]) if ask["theme"] else ask["text"])


def _answer(said: ResponseRecord | None) -> tuple[str, str, str, str]:
    if said is None or said.state == "open":
        return "", "", "", ""
    return said.zh, said.en, said.state, said.day.isoformat() if said.day else ""
