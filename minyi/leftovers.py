"""What a process that was killed left lying: reports renamed in part, and drafts that nobody will ever finish."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from storage.files import FileWriteError, remove

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from minyi.workspace import Workspace

OLD_S = 3_600.0
"""Nothing that still works holds a draft for so long."""

_tidied: set[Path] = set()


def tidy(workspace: Workspace) -> None:
    """Brings reports that were renamed in part to their end, and removes old drafts; once in each process.

    For whoever holds the workspace's lock: people who label or answer beside that may be writing drafts, younger ones.
    """
    if workspace.data in _tidied:
        return
    _tidied.add(workspace.data)
    with suppress(OSError):  # what follows says better what is wrong with the folder
        for note in workspace.reports.glob("**/.unfinished"):
            from reports.write import finish  # heavy, and hardly ever needed

            finish(note.parent)
    before = time.time() - OLD_S
    for path in _drafts(workspace):
        with suppress(OSError, FileWriteError):  # it was finished, or removed, meanwhile
            if path.stat().st_mtime < before:
                remove(path)


def _drafts(workspace: Workspace) -> Iterator[Path]:
    yield from workspace.data.rglob(".*.draft*")
    yield from workspace.data.parent.glob(f".{'[0-9a-f]' * 32}.draft")  # of a person's own file that was forgotten
    yield from workspace.data.glob("rollups/*.part")
    yield from workspace.reports.glob("**/.*.draft")
