"""Importing a person's own files: the guess is shown, what is refused is counted and written down."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast, get_args

from minyi.console import Unheard, so_many
from minyi.pipeline import keep, read_language
from minyi.receipts import recorded_run
from minyi.refusals import Refusals
from scrapers.columns import MEANINGS
from scrapers.files import FileOptions, PresetName, open_file, written_at
from storage.errors import MinyiError, UsageError
from storage.intake import Origin
from storage.records import Added

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from minyi.console import Console, Exit
    from minyi.receipts import Receipt
    from minyi.workspace import Workspace
    from scrapers.files import Reading
    from storage.nouns import Page
    from storage.reparsing import Reparse


def file_options(
    *,
    columns: Sequence[str],
    where: Sequence[str],
    platform: str,
    preset: str = "",
    table: str = "",
    saved: str = "",
) -> FileOptions:
    """Options of the command line as the collector's own.

    Raises:
        UsageError: a `--column` or `--where` without an equals sign, a preset nobody knows, or a `--saved` that is no
            date.
    """
    meanings = dict(_pairs(columns, "--column", "text=内容"))
    if unknown := sorted(set(meanings) - set(MEANINGS)):
        remedy = f"meanings are: {', '.join(MEANINGS)}"
        raise UsageError(f"--column: no column can mean {', '.join(unknown)}", remedy=remedy)
    named: dict[str, str | list[str]] = {}
    for column, value in _pairs(where, "--where", "target=…"):
        known = named.get(column, [])
        named[column] = [*([known] if isinstance(known, str) else known), value]
    if preset and preset not in get_args(PresetName):
        raise UsageError(f"--preset: there is no {preset}", remedy=f"presets are: {', '.join(get_args(PresetName))}")
    known_preset = cast("PresetName | None", preset or None)
    return FileOptions(
        columns=meanings,
        where=named,
        platform=platform or None,
        preset=known_preset,
        table=table or None,
        saved=_date(saved) if saved else None,
    )


def _date(value: str) -> datetime:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        remedy = "write --saved 2024-06-18 or --saved 2024-06-18T20:15"
        raise UsageError(f"--saved {value!r} is no date", remedy=remedy) from None


def _pairs(values: Sequence[str], option: str, example: str) -> list[tuple[str, str]]:
    for value in values:
        if "=" not in value:
            raise UsageError(f"{option} {value!r} has no equals sign", remedy=f"write {option} {example}")
    return [(value.partition("=")[0], value.partition("=")[2]) for value in values]


def import_files(
    workspace: Workspace, files: Sequence[Path], options: FileOptions, console: Console, *, source: str = ""
) -> Exit:
    """Import files one after the other; one that cannot be read stops none of the others.

    Returns:
        0, 3 when some files failed, 1 when all did.
    """
    with recorded_run(workspace, "import", console) as receipt:
        for file in files:
            try:
                receipt.counts[str(file)] = _import_file(workspace, file, options, console, receipt, source)
                receipt.succeeded = True
            except Unheard:
                raise
            except (MinyiError, OSError) as error:
                failure = error if isinstance(error, MinyiError) else _unreadable(file, error)
                receipt.fail(failure, source=file.name)
                console.error(failure)
    return receipt.exit


def _import_file(
    workspace: Workspace, file: Path, options: FileOptions, console: Console, receipt: Receipt, source: str
) -> dict[str, Any]:
    zone = workspace.study.zone
    reading = open_file(file, options, zone=zone, reference=datetime.now(UTC), written=written_at(file))
    sha256, asked = _sha256(file), _digest(source, options)
    source = source or _source_name(file)
    if earlier := workspace.store.imported(workspace.study.id, sha256, asked):
        console.say(f"{file.name}: these very bytes were imported in run {earlier}; nothing added.")
        return {"source": source, "sha256": sha256, "new": 0, "already_imported_in_run": earlier}
    _show_guess(console, file, reading)
    refusals = Refusals.of(workspace, receipt.stamp, source)
    into = _Into(workspace, source, receipt.run, workspace.store.imported_into(workspace.study.id, sha256, source))
    with console.progress(file.name) as advance:
        for page in reading.pages():
            refusals.add(page, into.add(page))
            advance(len(page.comments))
    if refusals.total and not (into.new or into.known):
        raise MinyiError("no row of this file could be used", where=str(file), remedy=f"see {refusals.path}")
    if reading.broken_off:
        remedy = "get the file again and import it once more; what was read is kept"
        receipt.fail(MinyiError(reading.broken_off, where=file.name, remedy=remedy), source=file.name)
    else:
        workspace.store.mark_imported(workspace.study.id, sha256, asked, receipt.run)
    counts = {
        "source": source,
        "sha256": sha256,
        "rows": reading.rows,
        "new": into.new,
        "known": into.known,
        **into.repaired,
        "filtered": reading.filtered,
        "rejected": dict(refusals.reasons),
        "warnings": dict(reading.warnings),
        "notes": reading.notes,
    }
    _say(console, file, counts, refusals)
    return counts


@dataclass
class _Into:
    """The source that a file is read into, and what became of its rows.

    A file that was imported before, with other options, is read to put right what those got wrong.
    """

    workspace: Workspace
    source: str
    run: str
    earlier: Sequence[int]
    new: int = 0
    known: int = 0
    _comparison: Reparse | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if self.earlier:
            self._comparison = self.workspace.store.reparse(apply=True, runs=self.earlier)

    def add(self, page: Page) -> Added:
        """Store one page of the file."""
        if self._comparison is None:
            added = keep(self.workspace, self.source, page, None, self.run)
            self.new, self.known = self.new + added.comments, self.known + added.known
            return added
        origin = Origin(self.workspace.study.id, self.source, int(self.run), None)
        refused = self._comparison.capture(origin, [read_language(page)])
        changes = self._comparison.changes
        self.new, self.known = changes.new, changes.same + changes.altered + changes.judged
        return Added(0, changes.new, self.known, refused)

    @property
    def repaired(self) -> dict[str, int]:
        """How many known rows were put right, and how many were not because a person had judged them."""
        if self._comparison is None:
            return {}
        changes = self._comparison.changes
        return {"put_right": changes.altered, "judged": changes.judged}


def _unreadable(file: Path, error: OSError) -> MinyiError:
    return MinyiError(f"the file cannot be read ({error.strerror})", where=str(file), remedy="copy it again")


def _show_guess(console: Console, file: Path, reading: Reading) -> None:
    guess = reading.guess
    parts = (
        guess.format,
        guess.encoding,
        f"separator {guess.delimiter!r}" * bool(guess.delimiter),
        f"table {guess.table}" * bool(guess.table),
        f"preset {guess.preset}" * (guess.preset != "generic"),
        f"platform {guess.platform}" * bool(guess.platform),
    )
    shape = ", ".join(filter(None, parts))
    console.table(
        f"{file.name} ({shape})",
        ["meaning", "column", "for example"],
        [[meaning, column, "…" if meaning == "author" else sample] for meaning, column, sample in guess.rows()],
    )
    found = {name: getattr(guess, name) for name in ("format", "encoding", "columns", "preset", "platform", "table")}
    console.event("guess", file=str(file), **found)


def _say(console: Console, file: Path, counts: dict[str, Any], refusals: Refusals) -> None:
    parts = [so_many(counts["rows"], "row"), f"{counts['new']:,} new", f"{counts['known']:,} known already"]
    if counts.get("put_right"):
        parts.append(f"{counts['put_right']:,} of them put right")
    if counts.get("judged"):
        parts.append(f"{counts['judged']:,} left as a person judged them")
    parts += [f"{counts['filtered']:,} left out by the filter"] * bool(counts["filtered"])
    parts += [f"{refusals.total:,} refused"] * bool(refusals.total)
    console.say(f"{file.name}: {', '.join(parts)}.")
    for reason, count in [*counts["rejected"].items(), *counts["warnings"].items()]:
        console.warn(f"{file.name}: {count:,} × {reason}")
    for note in counts["notes"]:
        console.warn(f"{file.name}: {note}{_remedy(note)}")
    if refusals.total:
        console.say(f"  the refused rows, with reasons: {refusals.path}")


def _remedy(note: str) -> str:
    return " (--saved DATE)" if "counted from" in note else " (--column time=… names one, --column time= says none)"


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _source_name(file: Path) -> str:
    """The file's name without its endings: an export keeps its source when it is packed."""
    return file.name.removesuffix(".gz").rpartition(".")[0] or file.name


def _digest(source: str, options: FileOptions) -> str:
    """The same file read by other options, or for a source named on purpose, is another import."""
    asked = {"source": source, **options.model_dump(mode="json", exclude={"path", "url"}, exclude_defaults=True)}
    return hashlib.sha256(json.dumps(asked, sort_keys=True, ensure_ascii=False).encode(errors="replace")).hexdigest()
