"""Our answers to requests, and paraphrases of quotes: out of a filled-in form, into the store, into the next report."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, get_args

from minyi.receipts import recorded_run
from minyi.themes_file import read_themes
from reports.asks import TEXT_KEY, THEME_KEY
from reports.corpus import local_day
from reports.inputs import Response
from reports.tables import formula_safe
from reports.wording import catalogue
from storage.errors import UsageError
from storage.nouns import Language, Wording
from storage.responses import ResponseRecord, State
from storage.text import clean, is_blank

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from minyi.console import Console
    from minyi.response_files import FilledRow
    from minyi.workspace import Workspace
    from storage.responses import Kind

COMMAND = "respond"
LONGEST = 4_000
_SHOWN = 12
_STATES: tuple[State, ...] = get_args(State)


@dataclass
class Read:
    """What a form says.

    Attributes:
        new: what differs from what stands, in the form's order.
        same: rows that say what stands already.
        empty: rows that were left empty.
        problems: what cannot be taken, one line each.
    """

    new: list[ResponseRecord] = field(default_factory=list)
    same: int = 0
    empty: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """For the receipt."""
        return {"new": len(self.new), "same": self.same, "empty": self.empty}


def responses_of(workspace: Workspace, upto: int | None = None) -> list[Response]:
    """The answers that stand, in order of their asks; those taken back are none."""
    found = workspace.store.responses.standing(workspace.study.id, "response", upto)
    return [
        Response(ask=one.subject, state=one.state, text=Wording(zh=one.zh, en=one.en), day=one.day)
        for one in sorted(found.values(), key=lambda one: one.subject)
        if one.state != "open"
    ]


def paraphrases_of(workspace: Workspace, upto: int | None = None) -> dict[str, Wording]:
    """The paraphrases that stand, by comment id."""
    found = workspace.store.responses.standing(workspace.study.id, "paraphrase", upto)
    return {name: Wording(zh=one.zh, en=one.en) for name, one in sorted(found.items()) if one.state != "open"}


def respond(workspace: Workspace, path: Path, console: Console, *, dry_run: bool = False) -> Read:
    """Reads a form that was filled in, and keeps what is new in it: all of it, or nothing.

    Raises:
        FileError, UsageError: the file cannot be read, or something in it cannot be taken.
    """
    from minyi.response_files import read_form  # every kind of file; a report only asks what stands

    rows = read_form(path)
    read = _Reader(workspace).read(rows)
    if read.problems:
        more = f"\n  … and {len(read.problems) - _SHOWN:,} more" if len(read.problems) > _SHOWN else ""
        what = "nothing was taken:\n  " + "\n  ".join(read.problems[:_SHOWN]) + more
        raise UsageError(what, where=path.name, remedy="Correct these rows and read the file again.")
    if read.new and not dry_run:
        with recorded_run(workspace, COMMAND, console, shared=True) as receipt:
            receipt.counts |= {**read.counts, "file": str(path)}
            workspace.store.responses.put(workspace.study.id, receipt.run, read.new)
    _say(console, path, read, dry_run=dry_run)
    return read


def _say(console: Console, path: Path, read: Read, *, dry_run: bool) -> None:
    kept = "would be kept" if dry_run else "kept"
    console.say(f"{path.name}: {len(read.new):,} {kept}, {read.same:,} known already, {read.empty:,} left empty.")
    for one in read.new:
        day = f", {one.day}" if one.day and one.kind == "response" else ""
        console.say(f"  {one.subject}: {one.state}{day}")
    console.event(
        "done", exit=0, file=str(path), dry_run=dry_run, subjects=[one.subject for one in read.new], **read.counts
    )


class _Reader:
    """Takes one row after the other."""

    def __init__(self, workspace: Workspace) -> None:
        study, store = workspace.study, workspace.store.responses
        self._standing: dict[Kind, dict[str, ResponseRecord]] = {
            "response": store.standing(study.id, "response"),
            "paraphrase": store.standing(study.id, "paraphrase"),
        }
        self._today = local_day(round(workspace.now.timestamp() * 1000), study.zone)
        self._states = states()
        self._workspace = workspace
        self._seen: dict[tuple[str, str], tuple[str, ResponseRecord | None]] = {}

    def read(self, rows: Sequence[FilledRow]) -> Read:
        """What the rows say, in the terms of the store."""
        found, known = Read(), self._known(rows)
        for row in rows:
            try:
                self._take(row, known, found)
            except _WrongRowError as wrong:
                found.problems.append(f"{row.where}: {wrong}")
        return found

    def _known(self, rows: Sequence[FilledRow]) -> set[str]:
        """Keys and ids in the rows that this study has."""
        named = {row.cells.get("key", "") for row in rows} | {row.cells.get("id", "") for row in rows}
        wanted = {one.removeprefix(TEXT_KEY) for one in named}
        stored = self._workspace.store.comments(self._workspace.study.id, columns=["id"])["id"]
        ids = set(stored[stored.isin(list(wanted))].tolist())
        themes = {f"{THEME_KEY}{theme.key}" for theme in read_themes(self._workspace.folder)}
        return ids | {f"{TEXT_KEY}{name}" for name in ids} | themes

    def _take(self, row: FilledRow, known: set[str], found: Read) -> None:
        kind: Kind = "paraphrase" if row.is_paraphrase else "response"
        subject = row.cells.get("id" if kind == "paraphrase" else "key", "")
        record = self._record(kind, subject, row.cells)
        if record is None:
            found.empty += 1
            return
        if not subject:
            raise _WrongRowError("an answer without a key: which request is it to?")
        if subject not in known:
            raise _WrongRowError(f"this study has no {'comment' if kind == 'paraphrase' else 'request'} {subject[:80]}")
        before = self._seen.setdefault((kind, subject), (row.where, record))
        if before[0] != row.where:
            if before[1] != record:
                raise _WrongRowError(f"{subject} has another answer in {before[0]}")
            return
        if record == self._standing[kind].get(subject):
            found.same += 1
        else:
            found.new.append(record)

    def _record(self, kind: Kind, subject: str, cells: Mapping[str, str]) -> ResponseRecord | None:
        """The row as a record; None where nothing was filled in."""
        names = ("paraphrase_zh", "paraphrase_en") if kind == "paraphrase" else ("response_zh", "response_en")
        standing = self._standing[kind].get(subject)
        # A form in one language says nothing about the other: what stands there stays.
        words: dict[str, str] = {
            name[-2:]: _words(cells[name], name) if name in cells else getattr(standing, name[-2:], "")
            for name in names
        }
        state = self._state(cells.get("state", ""))
        filled = any(cells.get(name) for name in names)
        if not filled and state in (None, "open"):
            taken_back = state == "open" and standing is not None and standing.state != "open"
            return ResponseRecord(kind, subject, "open") if taken_back else None
        if not any(words.values()):
            raise _WrongRowError(f"{subject} is marked {state} without words: say what was answered or done")
        if state == "open":
            raise _WrongRowError(f"{subject} is marked open and has an answer: which of the two is meant?")
        day = self._day(cells.get("day", ""), standing) if kind == "response" else None
        return ResponseRecord(kind, subject, state or "said", words["zh"], words["en"], day)

    def _state(self, said: str) -> State | None:
        if not said:
            return None
        if (state := self._states.get(said.casefold())) is None:
            raise _WrongRowError(f"unknown state “{said[:40]}”; write one of {', '.join(self._states)}")
        return state

    def _day(self, said: str, standing: ResponseRecord | None) -> date:
        """The day that is given, else that of the answer that stands, else today."""
        if not said:
            return standing.day if standing and standing.day else self._today
        try:
            day = date.fromisoformat(said[:10])
        except ValueError as error:
            raise _WrongRowError(f"“{said[:40]}” is no day; write it as 2026-03-09") from error
        if day > self._today:
            raise _WrongRowError(f"{day} lies in the future")
        return day


class _WrongRowError(ValueError):
    """Why a row cannot be taken."""


def states() -> dict[str, State]:
    """The states by what people write: their names, and the words of both languages, in lower case."""
    found: dict[str, State] = {state: state for state in _STATES}
    for language in get_args(Language):
        words = catalogue(language)["response_state"]
        found |= {str(words[state]).casefold(): state for state in _STATES}
    return found


def _words(cell: str, column: str) -> str:
    """An answer's text through the text door; no formula, and no longer than a page."""
    text = clean(cell).strip()
    if formula_safe(text) != text:
        raise _WrongRowError(f"{column} begins like a formula ({text[:1]}): begin with a word")
    if len(text) > LONGEST:
        raise _WrongRowError(f"{column} has {len(text):,} characters; {LONGEST:,} are taken")
    return "" if is_blank(text) else text
