"""`minyi privacy --rotate-key`: another key, other pseudonyms, and the files that still hold the ones before."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from minyi.console import Exit, so_many
from minyi.privacy.places import OWN, database_files, files_of
from minyi.privacy.unpacking import parts
from minyi.receipts import recorded_run
from storage.files import remove

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from minyi.console import Console
    from minyi.workspace import Workspace

COMMAND = "rotate-key"
_PSEUDONYM = re.compile(rb"(?=(a[0-9a-f]{16}))")  # in a database, nothing stands between columns


def rotate_key(workspace: Workspace, console: Console, *, cut: bool) -> Exit:
    """Give every author of the database another pseudonym, under another key.

    Args:
        workspace: the study; other studies in its database change with it.
        console: where it is said what was done.
        cut: nobody can link the pseudonyms before with those afterwards; minyi's own files with earlier ones go.

    Returns:
        0; 3 where the link is cut and a file that minyi did not write still holds earlier pseudonyms.

    Raises:
        minyi.lock.Busy: another job works there.
        storage.errors.MinyiError: nothing was changed, or the same command again ends it.
    """
    with recorded_run(workspace, COMMAND, console) as receipt:
        work = workspace.store.forgetting(workspace.study.id)
        done = work.key_rotation(workspace.data).exchange(cut=cut)
        work.overwrite()
        holding = _holding(workspace, console, done.authors)
        gone = [path for path in holding if cut and path.relative_to(workspace.folder).parts[0] in OWN]
        for path in gone:
            remove(path)
        left = [path for path in holding if path not in gone]
        counts = {"comments": done.comments, "authors": len(done.authors), "cut": cut}
        receipt.counts |= {**counts, "files": _named(workspace, gone), "left": _named(workspace, left)}
    _say(workspace, console, gone, left, f"{so_many(len(done.authors), 'author')}, {so_many(done.comments, 'comment')}")
    if cut and done.marked:
        console.warn(
            "the first half of the key stays: marks of what was forgotten hang on it. Who has it and guesses a name "
            "can link that name to exports from before the first change of the key"
        )
    console.event("done", **receipt.counts)
    return Exit.PARTIAL if cut and left else Exit.OK


def _holding(workspace: Workspace, console: Console, before: AbstractSet[str]) -> list[Path]:
    """The files that hold a pseudonym of before."""
    known = {one.encode() for one in before}
    found = []
    with console.progress("looking into files") as advance:
        for path in files_of(workspace):
            advance(1)
            if any(not known.isdisjoint(_PSEUDONYM.findall(part)) for part in parts(path.read_bytes())):
                found.append(path)
    return found


def _say(workspace: Workspace, console: Console, gone: list[Path], left: list[Path], done: str) -> None:
    console.say(f"A new key, and new pseudonyms: {done}.")
    for name in _named(workspace, gone):
        console.say(f"gone: {name}")
    for name in _named(workspace, left):
        console.warn(f"{name} holds earlier pseudonyms")
    console.say(
        "Reports from before keep their numbers, and `minyi verify` finds their comments with other authors: "
        "`minyi report` makes one that holds."
    )
    copy = "`minyi backup`" if database_files(workspace) else "another copy by `pg_dump`"
    console.say(f"Next: {copy}; on other machines that use this database, put the new key file in place.")


def _named(workspace: Workspace, paths: list[Path]) -> list[str]:
    return [str(path.relative_to(workspace.folder)) for path in paths]
