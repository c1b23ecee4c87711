"""Importing a person's own files: the guess is shown, what is refused is counted and written down."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast, get_args

from minyi.pipeline import keep
from minyi.receipts import recorded_run
from minyi.refusals import Refusals
from scrapers.columns import MEANINGS
from scrapers.files import FileOptions, PresetName, open_file
from storage.errors import MinyiError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from minyi.console import Console, Exit
    from minyi.receipts import Receipt
    from minyi.workspace import Workspace
    from scrapers.files import Reading


def file_options(
    *, columns: Sequence[str], where: Sequence[str], platform: str, preset: str = "", table: str = ""
) -> FileOptions:
    """Options of the command line as the collector's own.

    Raises:
        UsageError: a `--column` or `--where` without an equals sign, or a preset nobody knows.
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
        columns=meanings, where=named, platform=platform or None, preset=known_preset, table=table or None
    )


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
            except (MinyiError, OSError) as error:
                failure = error if isinstance(error, MinyiError) else _unreadable(file, error)
                receipt.fail(failure, source=file.name)
                console.error(failure)
    return receipt.exit


def _import_file(
    workspace: Workspace, file: Path, options: FileOptions, console: Console, receipt: Receipt, source: str
) -> dict[str, Any]:
    reading = open_file(file, options, zone=workspace.study.zone, reference=datetime.now(UTC))
    sha256, asked = _sha256(file), _digest(source, options)
    source = source or _source_name(file)
    if earlier := workspace.store.imported(workspace.study.id, sha256, asked):
        console.say(f"{file.name}: these very bytes were imported in run {earlier}; nothing added.")
        return {"source": source, "sha256": sha256, "new": 0, "already_imported_in_run": earlier}
    _show_guess(console, file, reading)
    refusals = Refusals.of(workspace, receipt.stamp, source)
    new = known = 0
    with console.progress(file.name) as advance:
        for page in reading.pages():
            added = keep(workspace, source, page, None, receipt.run)
            new, known = new + added.comments, known + added.known
            refusals.add(page, added)
            advance(len(page.comments))
    if refusals.total and not (new or known):
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
        "new": new,
        "known": known,
        "filtered": reading.filtered,
        "rejected": dict(refusals.reasons),
        "warnings": dict(reading.warnings),
    }
    _say(console, file, counts, refusals)
    return counts


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
        guess.platform,
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
    parts = [f"{counts['rows']:,} rows", f"{counts['new']:,} new", f"{counts['known']:,} known already"]
    parts += [f"{counts['filtered']:,} left out by the filter"] * bool(counts["filtered"])
    parts += [f"{refusals.total:,} refused"] * bool(refusals.total)
    console.say(f"{file.name}: {', '.join(parts)}.")
    for reason, count in [*counts["rejected"].items(), *counts["warnings"].items()]:
        console.warn(f"{file.name}: {count:,} × {reason}")
    if refusals.total:
        console.say(f"  the refused rows, with reasons: {refusals.path}")


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
