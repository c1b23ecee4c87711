"""Importing a person's own files: the guess is shown, what is refused is counted and written down."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from minyi.pipeline import keep
from minyi.receipts import recorded_run
from scrapers.files import FileOptions, open_file, write_rejects
from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from minyi.console import Console, Exit
    from minyi.receipts import Receipt
    from minyi.workspace import Workspace
    from scrapers.files import Reading
    from storage.nouns import Page
    from storage.records import Added


def file_options(*, columns: Sequence[str], where: Sequence[str], platform: str) -> FileOptions:
    """Options of the command line as the collector's own.

    Raises:
        MinyiError: a `--column` or `--where` without an equals sign.
    """
    named: dict[str, str | list[str]] = {}
    for column, value in _pairs(where, "--where", "target=…"):
        known = named.get(column, [])
        named[column] = [*([known] if isinstance(known, str) else known), value]
    return FileOptions(columns=dict(_pairs(columns, "--column", "text=内容")), where=named, platform=platform or None)


def _pairs(values: Sequence[str], option: str, example: str) -> list[tuple[str, str]]:
    for value in values:
        if "=" not in value:
            raise MinyiError(f"{option} {value!r} has no equals sign", remedy=f"write {option} {example}")
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
                receipt.counts[file.name] = _import_file(
                    workspace, file, options, console, receipt, source or file.stem
                )
                receipt.succeeded = True
            except MinyiError as error:
                receipt.fail(error, source=file.name)
                console.error(error)
    return receipt.exit


def _import_file(
    workspace: Workspace, file: Path, options: FileOptions, console: Console, receipt: Receipt, source: str
) -> dict[str, Any]:
    reading = open_file(file, options, zone=workspace.study.zone, reference=datetime.now(UTC))
    sha256, asked = _sha256(file), _digest(source, options)
    if earlier := workspace.store.imported(workspace.study.id, sha256, asked):
        console.say(f"{file.name}: already imported in run {earlier}; nothing added.")
        return {"source": source, "sha256": sha256, "new": 0, "already_imported_in_run": earlier}
    _show_guess(console, file, reading)
    tally = _Tally(workspace.data / "rejects" / f"{receipt.run}-{_file_name(source)}.csv")
    with console.progress(file.name) as advance:
        for page in reading.pages():
            tally.add(page, keep(workspace, source, page, None, receipt.run))
            advance(len(page.comments))
    workspace.store.mark_imported(workspace.study.id, sha256, asked, receipt.run)
    _say(console, file, reading, tally)
    return {
        "source": source,
        "sha256": sha256,
        "rows": reading.rows,
        "new": tally.new,
        "known": tally.known,
        "filtered": reading.filtered,
        "rejected": dict(tally.reasons),
        "warnings": dict(reading.warnings),
    }


@dataclass
class _Tally:
    """What became of one file's rows; those that were refused are written to a file of their own."""

    rejects: Path
    new: int = 0
    known: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, page: Page, added: Added) -> None:
        self.new += added.comments
        self.known += added.known
        refused = [*page.rejects, *added.rejected]
        self.reasons.update(reject.reason for reject in refused)
        if refused:
            self.rejects.parent.mkdir(parents=True, exist_ok=True)
            write_rejects(self.rejects, refused)


def _show_guess(console: Console, file: Path, reading: Reading) -> None:
    guess = reading.guess
    shape = ", ".join(
        filter(None, (guess.format, guess.encoding, f"separator {guess.delimiter!r}" * bool(guess.delimiter)))
    )
    console.table(f"{file.name} ({shape})", ["meaning", "column", "for example"], [list(row) for row in guess.rows()])
    console.event("guess", file=str(file), format=guess.format, encoding=guess.encoding, columns=guess.columns)


def _say(console: Console, file: Path, reading: Reading, tally: _Tally) -> None:
    refused = sum(tally.reasons.values())
    parts = [f"{reading.rows:,} rows", f"{tally.new:,} new", f"{tally.known:,} known already"]
    parts += [f"{reading.filtered:,} left out by the filter"] * bool(reading.filtered)
    parts += [f"{refused:,} refused"] * bool(refused)
    console.say(f"{file.name}: {', '.join(parts)}.")
    for reason, count in [*tally.reasons.most_common(), *reading.warnings.most_common()]:
        console.warn(f"{file.name}: {count:,} × {reason}")
    if refused:
        console.say(f"  the refused rows, with reasons: {tally.rejects}")


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _digest(source: str, options: FileOptions) -> str:
    """The same file read by other options is another import."""
    asked = {"source": source, **options.model_dump(exclude={"path", "url"})}
    return hashlib.sha256(json.dumps(asked, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _file_name(source: str) -> str:
    return re.sub(r"[^\w.-]+", "_", source).strip("._")[:80] or "source"
