"""The files of a workspace that hold what is to be forgotten: which may go, which are written anew, which are yours."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from minyi.privacy.unpacking import closed
from minyi.unkept import TAKEN_BACK
from minyi.workspace import ROLLUPS
from storage.captures import FOLDER as CAPTURES
from storage.database import file_of, parse_url
from storage.files import remove, write_atomically
from storage.privacy.residue import BLANK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from minyi.privacy.traces import Traces
    from minyi.workspace import Workspace
    from storage.records import ReportRecord

OWN = ("data", "reports", "export")
"""Folders in which minyi alone writes."""
_RUNS, _RECEIPTS = "runs", "receipts"
_DATABASE = ("", "-wal", "-shm", "-journal")
_LEFT_ALONE = frozenset({"pseudonyms.key", "job.lock", "study.toml"})


@dataclass
class Places:
    """Where it was found, each path once.

    Attributes:
        captures: SHA-256 of fetched pages.
        runs: of reports that show it, with all files of theirs that still lie where they were written.
        removed: files that go.
        blanked: receipts that stay, without it.
        yours: files that minyi did not write.
        unread: files that minyi did not write, of a kind that nothing here can read.
    """

    captures: set[str] = field(default_factory=set)
    runs: dict[str, list[Path]] = field(default_factory=dict)
    removed: list[Path] = field(default_factory=list)
    blanked: list[Path] = field(default_factory=list)
    yours: list[Path] = field(default_factory=list)
    unread: list[Path] = field(default_factory=list)

    @property
    def gone(self) -> list[Path]:
        """All files that go, but for captures."""
        return sorted({*self.removed, *(path for files in self.runs.values() for path in files)})


def found_in(workspace: Workspace, traces: Traces, done: Callable[[int], None] = lambda _: None) -> Places:
    """Look for it in every file of the workspace but the database."""
    places, shown = Places(), set[str]()
    made = _by_digest(workspace.store.reports(workspace.study.id))
    for path in files_of(workspace):
        done(1)
        parts = path.relative_to(workspace.folder).parts
        if parts[:2] == ("data", ROLLUPS):
            places.removed.append(path)
        elif traces.in_file(path) or closed(path):
            shown |= made.get(_sha256(path), set())
            _place(path, parts, places, shown)
    for run in sorted(shown, key=int):
        places.runs[run] = _files_of_run(workspace, run)
    return places


def _place(path: Path, parts: tuple[str, ...], places: Places, shown: set[str]) -> None:
    """Where a file belongs that holds it, or that nobody here can read: what minyi wrote so goes all the same."""
    if parts[0] not in OWN:
        (places.unread if closed(path) else places.yours).append(path)
    elif parts[:2] == ("data", CAPTURES) and not path.name.startswith("."):  # a draft is no capture
        places.captures.add(path.name.removesuffix(".gz"))
    elif parts[:2] == ("data", _RECEIPTS):
        places.blanked.append(path)
    else:
        places.removed.append(path)
        if parts[:2] == ("data", _RUNS):
            shown.add(parts[2])


def files_of(workspace: Workspace) -> Iterator[Path]:
    """The files of the workspace, without the database and what can hold nothing."""
    database = {path.resolve() for path in database_files(workspace)}
    for path in sorted(workspace.folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.resolve() not in database and path.name not in _LEFT_ALONE:
            yield path


def database_files(workspace: Workspace) -> list[Path]:
    """The files of an SQLite database, wherever it lies; none of a server's."""
    path = file_of(parse_url(workspace.loaded.database))
    if path is None:
        return []
    return [one for ending in _DATABASE if (one := path.with_name(path.name + ending)).is_file()]


def _files_of_run(workspace: Workspace, run: str) -> list[Path]:
    """What a run wrote and kept, as far as it is what that run wrote."""
    made = {report.sha256 for report in workspace.store.reports(workspace.study.id) if report.run == run}
    written = [path for path in workspace.reports.rglob("*") if path.is_file() and _sha256(path) in made]
    kept = [workspace.data / _RUNS / run / name for name in ("numbers.json", "told.json")]
    return sorted({*written, *(path for path in kept if path.is_file())})


def clear(workspace: Workspace, places: Places, traces: Traces) -> None:
    """Remove what goes, and write anew what stays without it.

    Raises:
        storage.files.FileWriteError: a file or its folder is read-only; the same command again goes on from there.
    """
    for run in places.runs:
        write_atomically(workspace.data / _RUNS / run / TAKEN_BACK, b"{}\n")
    for path in places.gone:
        remove(path)
    for sha256 in sorted(places.captures):
        workspace.store.captures.remove(sha256)
    for path in places.blanked:
        write_atomically(path, _blanked(path.read_bytes(), traces))


def _blanked(content: bytes, traces: Traces) -> bytes:
    return traces.spelled.without(content, BLANK.encode())


def _by_digest(reports: list[ReportRecord]) -> dict[str, set[str]]:
    made: defaultdict[str, set[str]] = defaultdict(set)
    for report in reports:
        made[report.sha256].add(report.run)
    return made


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
