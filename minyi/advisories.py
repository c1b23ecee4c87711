"""Warnings about faulty data and versions: read from `advisories.toml`, and the earlier reports that used them.

A report that used what was later found to be faulty is marked by a file beside it, and listed.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from pydantic import Field, ValidationError, model_validator

from minyi.manifests import kept_by
from minyi.study_problems import Problem, StudyFileError, key_name, line_of, problems_of, syntax_problem
from minyi.study_shape import Day, Entry, Line, Section
from reports.inputs import Advisory
from storage.errors import MinyiError
from storage.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from minyi.study_problems import Location
    from minyi.workspace import Workspace

FILE_NAME = "advisories.toml"
MARK = "SUPERSEDED.txt"
_RUNS_SHOWN = 12


class AdvisoryEntry(Section):
    """`[[advisories]]`: what was found to be faulty, and since when.

    Attributes:
        key: its name.
        reason: what is wrong, in one language or both.
        start, end: days, both included; the comments of these days are faulty.
        source: the source it is about; all of them where none is named.
        versions: of coders and programs, as reports print them: `embedded@1-abc`, `minyi 0.2.0`.
        reports: runs that used it, where they cannot be told from the above.
        exclude: leave these comments out of every count, instead of a warning alone.
    """

    key: Line
    reason: Entry
    start: Day | None = None
    end: Day | None = None
    source: Line | None = None
    versions: list[Line] = Field(default_factory=list)
    reports: list[Line] = Field(default_factory=list)
    exclude: bool = False

    @model_validator(mode="after")
    def _about_something(self) -> AdvisoryEntry:
        about = (self.start, self.end, self.source)
        if not any((*about, self.versions, self.reports)):
            raise ValueError("say what is faulty: days (start, end), a source, versions, or reports")
        if self.start and self.end and self.end < self.start:
            raise ValueError(f"end {self.end} lies before start {self.start}: swap them")
        if self.exclude and not any(about):
            raise ValueError("exclude leaves out comments: name their days or their source")
        return self


class AdvisoryFile(Section):
    """The whole file."""

    advisories: list[AdvisoryEntry] = Field(default_factory=list)

    @model_validator(mode="after")
    def _keys_of_their_own(self) -> AdvisoryFile:
        keys = [one.key for one in self.advisories]
        if twice := next((key for key in keys if keys.count(key) > 1), None):
            raise ValueError(f'two warnings have the key "{twice}": give each one of its own')
        return self


class Superseded(NamedTuple):
    """A report that used what was later found to be faulty.

    Attributes:
        run: its run.
        keys: of the warnings.
        folder: where its files lie; None where a later report has taken their place, or they are gone.
    """

    run: str
    keys: tuple[str, ...]
    folder: Path | None


def read_advisories(folder: Path) -> list[Advisory]:
    """What `advisories.toml` beside the study file says; nothing where there is none.

    Raises:
        StudyFileError: it cannot be read, or something in it is wrong, by key and line.
    """
    return [_noun(entry) for entry in _parsed(_text(folder), folder).advisories]


def _text(folder: Path) -> str:
    path = folder / FILE_NAME
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise MinyiError("the warnings cannot be read", where=str(path), remedy="save them as UTF-8 text") from error


def _parsed(text: str, folder: Path) -> AdvisoryFile:
    try:
        return AdvisoryFile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise _wrong(folder, [syntax_problem(text, error)]) from error
    except ValidationError as error:
        raise _wrong(folder, problems_of(error, text, AdvisoryFile)) from error
    except (RecursionError, ValueError) as error:
        problem = Problem("", None, "not readable as TOML (nested too deep, or a number of too many digits)")
        raise _wrong(folder, [problem]) from error


def _wrong(folder: Path, problems: Sequence[Problem]) -> StudyFileError:
    return StudyFileError(folder / FILE_NAME, problems, called="file of warnings")


def _noun(entry: AdvisoryEntry) -> Advisory:
    return Advisory(
        key=entry.key,
        reason=entry.reason.noun(),
        start=entry.start,
        end=entry.end,
        source=entry.source,
        versions=tuple(entry.versions),
        reports=tuple(entry.reports),
        exclude=entry.exclude,
    )


def advisories_of(workspace: Workspace) -> list[Advisory]:
    """The warnings, each with the runs of the reports that used what it is about.

    Raises:
        StudyFileError: something in the file is wrong, or names a source or a run that the study does not know.
    """
    text = _text(workspace.folder)
    entries = _parsed(text, workspace.folder).advisories
    made = list(_reports(workspace)) if entries else []
    if unknown := [
        *_unknown_sources(workspace, entries, text),
        *_unknown_runs(entries, text, [run for run, _ in made]),
    ]:
        raise _wrong(workspace.folder, unknown)
    return [
        replace(one, reports=tuple(run for run, numbers in made if run in one.reports or _used(numbers, one)))
        for one in map(_noun, entries)
    ]


def _unknown_sources(workspace: Workspace, entries: Sequence[AdvisoryEntry], text: str) -> Iterator[Problem]:
    """Sources that neither the study file names nor any comment came from."""
    known = {source.name for source in workspace.study.sources}
    if any(one.source and one.source not in known for one in entries):
        known |= set(workspace.store.comments(workspace.study.id, columns=["source"])["source"].dropna())
    for at, one in enumerate(entries):
        if one.source and one.source not in known:
            remedy = (
                f"write one of: {', '.join(sorted(known))}" if known else "leave it out, or name what else is faulty"
            )
            yield _problem(text, (at, "source"), f'"{one.source}" is no source of this study', remedy)


def _unknown_runs(entries: Sequence[AdvisoryEntry], text: str, known: Sequence[str]) -> Iterator[Problem]:
    """Runs that made no report."""
    for at, one in enumerate(entries):
        for run in one.reports:
            if run not in known:
                remedy = (
                    f"write one of: {', '.join(known[-_RUNS_SHOWN:])}" if known else "leave it out: there is none yet"
                )
                yield _problem(text, (at, "reports"), f'no report was made by the run "{run}"', remedy)


def _problem(text: str, place: Location, message: str, remedy: str) -> Problem:
    location = ("advisories", *place)
    return Problem(key_name(location), line_of(text, location), message, remedy)


def _reports(workspace: Workspace) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every report's run and the numbers that it kept, empty where it kept none; oldest first."""
    runs = dict.fromkeys(report.run for report in workspace.store.reports(workspace.study.id))
    for run in sorted(runs, key=int):
        try:
            yield run, kept_by(workspace, run).numbers
        except MinyiError:  # an earlier version of minyi made it, or its files are gone
            yield run, {}


def _used(numbers: Mapping[str, Any], one: Advisory) -> bool:
    """Whether a report's numbers rest on it: on a version of it, or on days and a source that it counted."""
    if not numbers:
        return False
    made, totals = numbers["provenance"], numbers["totals"]
    mine = {made["coder"], f"codebook {made['codebook']}", *(f"{name} {it}" for name, it in made["versions"].items())}
    if not mine.isdisjoint(one.versions):
        return True
    if one.start is None and one.end is None and one.source is None:
        return False
    left_out = {known["key"] for known in numbers["advisories"] if known.get("exclude")}
    sources = {source["name"] for source in numbers["coverage"]["sources"] if source["collected"]}
    return one.key not in left_out and _overlaps(totals, one) and one.source in {None, *sources}


def _overlaps(totals: Mapping[str, Any], one: Advisory) -> bool:
    if not totals["first"]:
        return one.start is None and one.end is None
    first, last = (date.fromisoformat(totals[key]) for key in ("first", "last"))
    return (one.start or date.min) <= last and first <= (one.end or date.max)


def mark_superseded(workspace: Workspace, advisories: Sequence[Advisory]) -> list[Superseded]:
    """Lays a note beside each report that used what is faulty, and takes away a note that holds no longer.

    Raises:
        storage.files.FileWriteError: a note cannot be written.
    """
    keys: dict[str, list[str]] = {}
    for one in advisories:
        for run in one.reports:
            keys.setdefault(run, []).append(one.key)
    folders = dict(_standing(workspace))
    for folder, run in folders.items():
        note = folder / MARK
        if run in keys:
            reasons = [one for one in advisories if one.key in keys[run]]
            write_atomically(note, _note(run, reasons).encode("utf-8", "replace"))
        else:
            note.unlink(missing_ok=True)
    places = {run: folder for folder, run in folders.items()}
    return [Superseded(run, tuple(keys[run]), places.get(run)) for run in sorted(keys, key=_age)]


def _age(run: str) -> int:
    return int(run) if run.isdigit() else 0


def _standing(workspace: Workspace) -> Iterator[tuple[Path, str]]:
    """Each folder with a report, and the run whose numbers lie in it still."""
    runs = {report.sha256: report.run for report in workspace.store.reports(workspace.study.id)}
    for path in sorted(workspace.reports.rglob("numbers.json")):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest in runs:
            yield path.parent, runs[digest]


def _note(run: str, reasons: Sequence[Advisory]) -> str:
    """The note, in both languages."""
    lines = [f"本报告（运行 {run}）已被取代。", f"This report (run {run}) has been superseded.", ""]
    lines += [f"{one.key}: {' / '.join(part for part in (one.reason.zh, one.reason.en) if part)}" for one in reasons]
    return "\n".join([*lines, "", "`minyi report` makes a new one.", ""])
