"""What reports of jobs kept of themselves, thinned as it ages; receipts of more than a year go.

All of the last 30 days stays; then the last report of each day and kind (audience and preset) for a year; then that of
each week. What a person may still hold in the hand stays for good: a report that somebody made by hand, packed, or
named in `advisories.toml`, and one of which a file lies in the study's folder as it was written.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from minyi.advisories import read_advisories
from minyi.manifests import MANIFEST, NUMBERS, folder_of
from minyi.unkept import ALL, BY_JOB, DAILY, PACKED
from storage.files import FileWriteError, remove, write_atomically

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from minyi.workspace import Workspace
    from storage.records import RunRecord

RECEIPTS = timedelta(days=366)
"""How long receipts are kept."""
_RECEIPTS = "receipts"
_FORGET = "-forget.json"
"""Receipts of requests to forget stay: they show when a copy from before one was put back."""
_OWN = frozenset({"data", ".git"})


class Gone(NamedTuple):
    """How many were let go of: reports' folders in `data/runs/`, and receipts."""

    runs: int = 0
    receipts: int = 0


def thin(workspace: Workspace, until: datetime) -> Gone:
    """Let go of what is old enough.

    Args:
        workspace: the study, whose lock is held.
        until: the moment from which ages count; that of the last job, so that a clock which has just jumped ahead ages
            nothing.

    Raises:
        storage.files.FileWriteError: a folder is read-only; the next time goes on from there.
    """
    runs = list(_to_go(workspace, until))
    workspace.store.forgetting(workspace.study.id).retention.findings(runs)
    for run in runs:
        _remove_folder(folder_of(workspace, run))
    receipts = list(_old_receipts(workspace, until - RECEIPTS))
    for path in receipts:
        remove(path)
    return Gone(len(runs), len(receipts))


def keep_for_good(workspace: Workspace, run: str) -> None:
    """Note that what this run kept left the house: it stays. Where nothing was kept, or can be noted, nothing is."""
    folder = folder_of(workspace, run)
    if (folder / MANIFEST).is_file():
        try:
            write_atomically(folder / PACKED, b"{}\n")
        except FileWriteError:
            return


def _to_go(workspace: Workspace, until: datetime) -> Iterator[str]:
    """The runs of which what they kept goes."""
    there = {path.name for path in (workspace.data / "runs").glob("[0-9]*")}
    before = round((until - ALL).timestamp() * 1000)
    old = [
        record
        for record in reversed(workspace.store.runs(workspace.study.id, command="report"))
        if record.id in there and record.started_at < before
    ]
    if not old:
        return
    held = _held(workspace)
    last: set[Hashable] = set()
    for record in old:  # the newest first
        kind = _kind(folder_of(workspace, record.id))
        group = (kind, _period(workspace, record, until))
        if kind is not None and group not in last:
            last.add(group)
        elif BY_JOB in record.counts and record.id not in held:
            yield record.id


def _kind(folder: Path) -> Hashable | None:
    """Audience and preset of a report; None where what was kept is no longer whole, as after a request to forget."""
    try:
        options = json.loads((folder / MANIFEST).read_bytes())["options"]
        whole = (folder / NUMBERS).is_file()
        return (str(options["audience"]), str(options["preset"])) if whole else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _period(workspace: Workspace, record: RunRecord, until: datetime) -> Hashable:
    """The local day or, after a year, the ISO week of which one report is kept."""
    at = datetime.fromtimestamp(record.started_at / 1000, UTC)
    day = at.astimezone(workspace.study.zone).date()
    return day if until - at < DAILY else day.isocalendar()[:2]


def _held(workspace: Workspace) -> set[str]:
    """The runs whose report somebody may hold in the hand."""
    named = {run for one in read_advisories(workspace.folder) for run in one.reports}
    packed = {path.parent.name for path in (workspace.data / "runs").glob(f"*/{PACKED}")}
    written = workspace.store.reports(workspace.study.id)
    kinds = {Path(report.path).suffix for report in written}
    lying = {_sha256(path) for path in _files(workspace.folder) if path.suffix in kinds}
    return named | packed | {report.run for report in written if report.sha256 in lying}


def _sha256(path: Path) -> str:
    """Empty where it cannot be read: then nobody can check it against a run either."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _files(folder: Path) -> Iterator[Path]:
    """The files of a study but for what minyi keeps for itself."""
    for inner in sorted(folder.iterdir()):
        if inner.is_file():
            yield inner
        elif inner.name not in _OWN and not inner.is_symlink():
            yield from (path for path in inner.rglob("*") if path.is_file())


def _remove_folder(folder: Path) -> None:
    """The manifest first: without it nobody takes the rest for whole; a later pass goes on where one was killed."""
    for path in sorted(folder.iterdir(), key=lambda path: path.name != MANIFEST):
        remove(path)
    with suppress(OSError):  # somebody is just putting something there
        folder.rmdir()


def _old_receipts(workspace: Workspace, before: datetime) -> Iterator[Path]:
    first = f"{before.astimezone(UTC):%Y%m%dT%H%M%S}"
    for path in (workspace.data / _RECEIPTS).glob("[0-9]*-*.json"):
        if path.name < first and not path.name.endswith(_FORGET):
            yield path
