"""What each report's run keeps of itself, so that it can be done again, checked, and set beside another."""

from __future__ import annotations

import hashlib
import json
import zlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import date  # noqa: TC003  pydantic reads the annotations
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from zipfile import BadZipFile

from pydantic import BaseModel, ConfigDict, ValidationError

from minyi.fingerprints import CodePrint, CoderPrint, code_print
from minyi.labels import task_of
from minyi.presets import Asked
from minyi.snapshots import unpacked
from minyi.study_shape import PublishSection
from minyi.taken_down import SNAPSHOT, Counted, Labelled, There, still_there, take_down
from minyi.told import told_later, told_of
from minyi.unkept import NoManifest, UnknownRun, none_kept, none_of_old, unknown, unreadable
from reports.numbers import dump_numbers
from storage.files import write_atomically
from storage.nouns import Study

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from minyi.snapshots import Snapshot
    from minyi.workspace import Workspace
    from reports.inputs import ReportInput
    from storage.records import RunRecord

MANIFEST, NUMBERS, TOLD = "manifest.json", "numbers.json", "told.json"
_FEW = 40
_LONGEST = 18
"""Digits that the store's numbers have at most."""


@dataclass(frozen=True)
class Made:
    """How the report says that it was made."""

    command: str
    generated_at: int
    versions: dict[str, str]
    known: dict[str, dict[str, int | float]]


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line, and the days that this came to."""

    audience: Literal["internal", "public"]
    preset: Literal["full", "daily", "weekly", "special"]
    start: date | None
    end: date | None
    formats: list[str]
    held: bool

    @property
    def asked(self) -> Asked:
        """The same as a person asks for it."""
        return Asked(self.audience, self.preset, None, self.start, self.end, tuple(self.formats))


class Manifest(BaseModel):
    """One report's run: everything that its numbers follow from.

    Attributes:
        format: of this file.
        run: its id in the store.
        made: how the report says it was made.
        options: what was asked for on the command line.
        code: the program.
        study: what the study file said.
        study_digest: SHA-256 of the study file.
        words: what was kept whole when texts were cut into words.
        publish: the study's floor.
        coder: whose annotations were counted.
        labels: what people had said.
        cohorts: keys of the samples that were drawn.
        seeds: of everything that is drawn at random in counting.
        data: the comments.
        parts: the files beside this one, with their SHA-256.
        files: the files of the report, with their SHA-256.
        basis, key: what its numbers hang on, see `minyi.unchanged`; empty in a manifest of an earlier version.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    run: str
    made: Made
    options: Options
    code: CodePrint
    study: Study
    study_digest: str
    words: list[str | tuple[str, int | None]]
    publish: PublishSection | None
    coder: CoderPrint
    labels: Labelled
    cohorts: list[int]
    seeds: dict[str, int]
    data: Counted
    parts: dict[str, str]
    files: dict[str, str]
    basis: str = ""
    key: str = ""


@dataclass(frozen=True)
class Kept:
    """What a run kept of itself, read back; the larger parts when they are first asked for.

    Attributes:
        folder: where it lies.
        manifest: its manifest.
        intact: whether that is the one that the run wrote, by the SHA-256 in the store.
    """

    folder: Path
    manifest: Manifest
    intact: bool

    @cached_property
    def snapshot(self) -> Snapshot:
        """What there was.

        Raises:
            ManifestChanged: it cannot be read.
        """
        try:
            return unpacked(self._read(SNAPSHOT))
        except (ValueError, KeyError, OSError, EOFError, BadZipFile, zlib.error) as error:
            raise unreadable(self.folder / SNAPSHOT) from error

    @cached_property
    def numbers(self) -> dict[str, Any]:
        """The numbers that it wrote."""
        return self._json(NUMBERS)

    @cached_property
    def told(self) -> dict[str, Any]:
        """What was told and cannot be counted again."""
        return self._json(TOLD)

    @property
    def there(self) -> There:
        """What was taken down."""
        made = self.manifest
        return There(made.labels, made.data, made.seeds, made.parts[SNAPSHOT])

    @property
    def changed(self) -> list[str]:
        """The names of its files that are not what the run wrote."""
        wrong = [] if self.intact else [MANIFEST]
        for name, digest in self.manifest.parts.items():
            path = self.folder / name
            if not path.is_file() or _sha256(path.read_bytes()) != digest:
                wrong.append(name)
        return wrong

    def usable(self) -> bool:
        """Whether a report may build on it: all of it is there.

        Raises:
            ManifestChanged: a file is there and not what the run wrote; to go on without it would change the report.
        """
        wrong = self.changed
        if damaged := [name for name in wrong if name != MANIFEST and (self.folder / name).is_file()]:
            raise unreadable(self.folder / damaged[0])
        return not wrong

    def _read(self, name: str) -> bytes:
        """A file beside the manifest; from one that is not what the run wrote, nothing is counted."""
        try:
            content = (self.folder / name).read_bytes()
        except OSError as error:
            raise unreadable(self.folder / name) from error
        if _sha256(content) != self.manifest.parts.get(name):
            raise unreadable(self.folder / name)
        return content

    def _json(self, name: str) -> dict[str, Any]:
        try:
            return dict(json.loads(self._read(name)))
        except ValueError as error:
            raise unreadable(self.folder / name) from error


def keep_run(
    workspace: Workspace,
    run: str,
    inp: ReportInput,
    numbers: Mapping[str, Any],
    written: Sequence[Path],
    asked: Asked,
    *,
    held: bool = False,
    prints: tuple[str, str] = ("", ""),
    before: Kept | None = None,
) -> Path:
    """Keep what a run's report follows from, and its digest in the store; gives the manifest's path.

    Args:
        workspace: the study.
        run: the run.
        inp: what the report was made of.
        numbers: what was counted.
        written: the report's files.
        asked: what was asked for on the command line.
        held: whether a report that may not go out was wanted.
        prints: the digests of what the numbers hang on, `Manifest.basis` and `Manifest.key`.
        before: the run that counted the numbers, where it was an earlier one: what there was is what it kept.

    Raises:
        storage.files.FileWriteError: it cannot be written.
    """
    folder = folder_of(workspace, run)
    there = take_down(workspace, inp, folder) if before is None else still_there(before.there, before.folder, folder)
    parts = {NUMBERS: dump_numbers(dict(numbers)), TOLD: _json(told_of(inp) | told_later(numbers))}
    for name, content in parts.items():
        write_atomically(folder / name, content)
    manifest = Manifest(
        run=run,
        options=Options(asked.audience, asked.preset, inp.study.start, inp.study.end, list(asked.formats), held),
        labels=there.labels,
        seeds=there.seeds,
        data=there.data,
        parts={SNAPSHOT: there.snapshot, **{name: _sha256(content) for name, content in parts.items()}},
        files={path.name: _sha256(path.read_bytes()) for path in written},
        basis=prints[0],
        key=prints[1],
        **_settings(workspace, inp),
    )
    content = _json(manifest.model_dump(mode="json"))
    write_atomically(folder / MANIFEST, content)
    workspace.store.add_report(workspace.study.id, run, "", str(folder / MANIFEST), _sha256(content))
    return folder / MANIFEST


def _settings(workspace: Workspace, inp: ReportInput) -> dict[str, Any]:
    """Who counted, what the study said, and whose annotations and samples there were."""
    return {
        "made": _made(inp),
        "code": code_print(),
        "study": workspace.study,
        "study_digest": workspace.digest,
        "words": [word if isinstance(word, str) else (word.word, word.frequency) for word in workspace.words],
        "publish": workspace.loaded.publish,
        "coder": coder_of(inp),
        "cohorts": _cohorts(workspace),
    }


def _json(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")


def folder_of(workspace: Workspace, run: str) -> Path:
    """Where a run keeps what it keeps of itself."""
    return workspace.data / "runs" / run


def coder_of(inp: ReportInput) -> CoderPrint:
    """Whose annotations a report counts."""
    return CoderPrint(inp.provenance.coder, inp.provenance.codebook, inp.study.change.target)


def _made(inp: ReportInput) -> Made:
    made = inp.provenance
    known = {language: dict(figures) for language, figures in made.known.items()}
    return Made(made.command, made.generated_at, dict(made.versions), known)


def _cohorts(workspace: Workspace) -> list[int]:
    found = workspace.store.labels.cohorts(workspace.study.id, "audit", task_of(workspace.study))
    return [cohort.key for cohort in found]


def kept_by(workspace: Workspace, run: str) -> Kept:
    """What a run kept of itself.

    Raises:
        UnknownRun: the study has no such run, or it made no report.
        NoManifest: it kept nothing.
        ManifestChanged: what it kept cannot be read.
    """
    key = int(run) if run.isascii() and run.isdecimal() and len(run) <= _LONGEST else 0
    record = next((it for it in workspace.store.runs(workspace.study.id, key=key) if it.id == run), None)
    if record is None or record.command != "report":
        raise unknown(workspace, run, record)
    return _kept(workspace, record)


def kept_lately(workspace: Workspace, *, ended: bool = False) -> Iterator[Kept]:
    """What each run that made a report kept of itself, the newest first; one that kept nothing is left out.

    With `ended`, so is one that was killed before its end.

    Raises:
        ManifestChanged: a manifest is not the one that the run wrote.
    """
    for record in _newest_first(workspace):
        killed = ended and record.status == "running"
        if not killed and (folder_of(workspace, record.id) / MANIFEST).is_file():
            with suppress(NoManifest):
                yield _kept(workspace, record, whole=True)


def _newest_first(workspace: Workspace) -> Iterator[RunRecord]:
    """The runs that were to make a report; the last few will often do, and an hourly job has thousands."""
    few = workspace.store.runs(workspace.study.id, command="report", last=_FEW)
    yield from reversed(few)
    if len(few) == _FEW:
        yield from reversed(workspace.store.runs(workspace.study.id, command="report")[:-_FEW])


def _kept(workspace: Workspace, record: RunRecord, *, whole: bool = False) -> Kept:
    path = folder_of(workspace, record.id) / MANIFEST
    reports = workspace.store.reports(workspace.study.id, run=int(record.id))
    digest = next((it.sha256 for it in reports if Path(it.path).name == MANIFEST), None)
    if not path.is_file():
        raise none_kept(path, record, known_once=digest is not None)
    content = path.read_bytes()
    if whole and digest not in {None, _sha256(content)}:
        raise unreadable(path)
    try:
        manifest = Manifest.model_validate_json(content)
    except ValidationError as error:
        raise (none_of_old(path) if whole else unreadable(path)) from error
    return Kept(path.parent, manifest, digest == _sha256(content) and manifest.run == record.id)


def last_run(workspace: Workspace) -> str:
    """The last run that made a report.

    Raises:
        UnknownRun: there is none.
    """
    made = {report.run for report in workspace.store.reports(workspace.study.id)}
    runs = [run.id for run in workspace.store.runs(workspace.study.id) if run.command == "report" and run.id in made]
    if not runs:
        what = "no report of this study was made yet"
        raise UnknownRun(what, where=workspace.study.id, remedy="`minyi report` makes one.")
    return runs[-1]


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
