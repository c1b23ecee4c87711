"""How long what is kept stays: `[privacy]` says so, and every job lets go of what is older."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from minyi.console import Exit, so_many
from minyi.receipts import recorded_run
from storage.files import remove

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from minyi.console import Console
    from minyi.workspace import Workspace

COMMAND = "retention"
_DATED = ("rejects", "backups")
"""Folders of `data/` with copies of comments, each file as old as it was last written."""


def apply(workspace: Workspace, console: Console) -> Exit:
    """Let go of comments and captures that are older than the study keeps them; nothing where it keeps all.

    Comments leave whole, with their labels: a row without its words could be coded, found and checked no more. Reports
    that were made stay as they are.

    Raises:
        storage.errors.MinyiError: a file or the database cannot be written; the next time goes on from there.
    """
    kept = workspace.loaded.privacy
    if not (kept.comments_days or kept.captures_days):
        return Exit.OK
    with recorded_run(workspace, COMMAND, console) as receipt:
        receipt.counts |= _let_go(workspace, kept.comments_days, kept.captures_days)
    counts = receipt.counts
    if any(counts.values()):
        console.say(
            f"Kept long enough, and gone: {so_many(counts['comments'], 'comment')}, "
            f"{so_many(counts['captures'], 'fetched page')}, {so_many(counts['files'], 'file')}."
        )
    return Exit.OK


def _let_go(workspace: Workspace, comments_days: int, captures_days: int) -> dict[str, int]:
    work = workspace.store.forgetting(workspace.study.id)
    comments, captures, files = 0, set(work.removed_captures()), 0  # those of a run that was killed halfway, too
    if comments_days:
        comments, shown = work.retention.comments(_before(workspace, comments_days))
        captures |= set(shown)
        for path in _older(workspace, comments_days):
            remove(path)
            files += 1
    if captures_days:
        captures |= set(work.retention.captures(_before(workspace, captures_days)))
    kept = workspace.store.captures
    removed = sum(kept.remove(name) for name in sorted(kept.there(captures)))
    work.retention.settle()
    return {"comments": comments, "captures": removed, "files": files}


def _before(workspace: Workspace, days: int) -> int:
    return round((workspace.now - timedelta(days=days)).timestamp() * 1000)


def _older(workspace: Workspace, days: int) -> Iterator[Path]:
    before = _before(workspace, days) / 1000
    for name in _DATED:
        for path in sorted((workspace.data / name).glob("*")):
            if path.is_file() and path.stat().st_mtime < before:
                yield path
