"""`minyi forget`: comments and authors leave the study, with every copy that minyi made of them.

Marks first, so that nothing comes back; then the files; the rows last, by which a run that was killed halfway finds
the same again when the command is repeated.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from minyi.console import Exit, so_many
from minyi.privacy.places import OWN, Places, clear, database_files, files_of, found_in
from minyi.privacy.traces import TELLING, Traces, traces_of
from minyi.privacy.unpacking import READERS
from minyi.receipts import recorded_run
from storage.database_failures import DatabaseBusy
from storage.errors import UsageError
from storage.files import read_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from minyi.console import Console
    from minyi.workspace import Workspace
    from storage.forgotten import Remembered
    from storage.privacy.forgetting import Forgetting

COMMAND = "forget"


@dataclass(frozen=True)
class Wanted:
    """Who and what is to be forgotten.

    Attributes:
        comments: ids of comments.
        authors: pseudonyms.
        names: authors by their names, in `source`.
        source: the source in which they are named so.
        files: remove files that minyi did not write, too.
    """

    comments: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    source: str = ""
    files: bool = False


@dataclass(frozen=True)
class _Task:
    """What there is to do, for so many people."""

    work: Forgetting
    found: list[Remembered]
    authors: tuple[str, ...]
    people: int
    traces: Traces
    places: Places


def forget(workspace: Workspace, console: Console, wanted: Wanted, *, dry_run: bool = False) -> Exit:
    """Forget comments, or all comments of authors.

    Args:
        workspace: the study.
        console: where it is said what was done.
        wanted: what is to be forgotten.
        dry_run: change nothing.

    Returns:
        0; 3 where a file that minyi did not write still holds it.

    Raises:
        UsageError: nothing is named, or nothing is known by that name.
        storage.errors.MinyiError: a file or the database cannot be written; the same command again goes on.
    """
    _found(workspace, wanted)  # before a run is begun: who mistyped an id did nothing
    if dry_run:
        task = _task(workspace, console, wanted)
        _say(workspace, console, task, dry_run=True)
        return Exit.OK
    with recorded_run(workspace, COMMAND, console) as receipt:
        task = _task(workspace, console, wanted)
        _carry_out(workspace, task, wanted)
        left = _left(workspace, console, task.traces) + ([] if task.found else _left_before(workspace))
        receipt.counts |= _counts(workspace, task, left)
    _say(workspace, console, task, left=left)
    return Exit.PARTIAL if left else Exit.OK


def _found(workspace: Workspace, wanted: Wanted) -> tuple[Forgetting, list[Remembered], tuple[str, ...]]:
    """The comments that are meant, and the pseudonyms."""
    work = workspace.store.forgetting(workspace.study.id)
    named = [one for name in wanted.names for one in work.pseudonyms_of(wanted.source, name)]
    authors = tuple(dict.fromkeys((*wanted.authors, *named)))
    found = work.find(wanted.comments, authors)
    if not found and not work.known(wanted.comments, authors):
        what = "no comment of this study is known by that id, pseudonym or name."
        raise UsageError(what, where=workspace.study.id, remedy="`minyi search` and `minyi export` show ids.")
    return work, found, authors


def _task(workspace: Workspace, console: Console, wanted: Wanted) -> _Task:
    work, found, authors = _found(workspace, wanted)
    others = work.alike(found)
    names = [name for name in wanted.names if len(name.encode()) >= TELLING]
    traces = traces_of(found, others, [*wanted.comments, *authors], names)
    with console.progress("looking into files") as advance:
        places = found_in(workspace, traces, advance)
    places.captures |= {sha256 for _, sha256 in work.captures_of(found)}
    people = len({*wanted.authors}) + len({*wanted.names})  # a name is another pseudonym on every platform
    return _Task(work, found, authors, people, traces, places)


def _carry_out(workspace: Workspace, task: _Task, wanted: Wanted) -> None:
    if wanted.files:
        task.places.removed += task.places.yours
        task.places.yours = []
    task.work.mark(task.found, task.authors)
    if task.work.find(wanted.comments, task.authors) != task.found:
        what = "another machine collected more of it just now; nothing more will come."
        raise DatabaseBusy(what, where=workspace.study.id, remedy="Run the command again.")
    task.work.mark_captures(sorted(task.places.captures))
    clear(workspace, task.places, task.traces)
    task.work.take_out(task.found, task.traces.needles)
    task.work.overwrite()


def _left(workspace: Workspace, console: Console, traces: Traces) -> list[Path]:
    """The files that hold it still: looked for in every file, the database's free pages and journal too."""
    with console.progress("looking into files again") as advance:
        left = [path for path in files_of(workspace) if advance(1) or traces.in_file(path)]
    return [*left, *(path for path in database_files(workspace) if traces.in_bytes_of(path))]


def _left_before(workspace: Workspace) -> list[Path]:
    """The files that earlier requests named and nobody changed since: by what to look for in them is known no more."""
    left: dict[Path, None] = {}
    for path in sorted((workspace.data / "receipts").glob(f"*-{COMMAND}.json")):
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):  # a damaged receipt names none
            receipt = read_json(path)
            ended = receipt["started_at"] / 1000 + receipt["seconds"]
            files = [workspace.folder / name for name in receipt["counts"]["left"]]
            left |= dict.fromkeys(it for it in files if it.is_file() and it.stat().st_mtime <= ended)
    return list(left)


def _counts(workspace: Workspace, task: _Task, left: Sequence[Path]) -> dict[str, Any]:
    """What the receipt says: numbers and files, and nothing of what was forgotten."""
    return {
        "comments": len(task.found),
        "authors": task.people,
        "captures": len(task.places.captures),
        "files": _named(workspace, task.places.gone),
        "receipts": _named(workspace, task.places.blanked),
        "reissue": sorted(task.places.runs, key=int),
        "left": _named(workspace, left),
    }


def _named(workspace: Workspace, paths: Sequence[Path]) -> list[str]:
    inside = workspace.folder
    return [str(path.relative_to(inside) if path.is_relative_to(inside) else path) for path in paths]


def _say(
    workspace: Workspace, console: Console, task: _Task, *, left: Sequence[Path] = (), dry_run: bool = False
) -> None:
    places = task.places
    of = f" of {so_many(task.people, 'author')}" if task.people else ""
    console.say(f"{'Would forget' if dry_run else 'Forgot'} {so_many(len(task.found), 'comment')}{of}.")
    verb = "would go" if dry_run else "gone"
    if places.captures:
        console.say(f"{verb}: {so_many(len(places.captures), 'fetched page')} that showed it")
    for name in _named(workspace, places.gone):
        console.say(f"{verb}: {name}")
    for run in places.runs:
        console.say(f"reissue: the report of run {run}")
    if places.runs:
        console.say("Next: `minyi report` makes a new one; copies that were sent out must be asked back by hand.")
    for path, name in zip(left, _named(workspace, left), strict=True):
        console.warn(f"{name} still holds it: {_why(workspace, path)}")
    for name in _named(workspace, places.unread):
        console.warn(f"{name} cannot be looked into here: look yourself, or install what reads it ({_extras()})")
    for name in _named(workspace, places.yours if dry_run else ()):
        console.warn(f"{name} holds it, and minyi did not write it: --files removes the file")
    if not database_files(workspace) and not dry_run:
        console.warn("the server's write-ahead log and its backups keep it until they are rotated")
    console.event("done", dry_run=dry_run, **_counts(workspace, task, left or places.yours))


def _extras() -> str:
    return ", ".join(f"minyi[{extra}] for {ending}" for ending, (_, extra) in READERS.items())


def _why(workspace: Workspace, path: Path) -> str:
    """What to do about a file that holds it still."""
    if path in database_files(workspace):
        return "`minyi search` finds who quotes these words; if nobody does, end what works on it, and forget again"
    if path.relative_to(workspace.folder).parts[0] in OWN:
        return "it was written meanwhile; remove it"
    return "minyi did not write it; take it out there"
