"""Importing a person's own files: the guess is shown, what is refused is counted and written down."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

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


def file_options(*, columns: Sequence[str], where: Sequence[str], platform: str) -> FileOptions:
    """Options of the command line as the collector's own.

    Raises:
        MinyiError: a `--column` or `--where` without an equals sign.
    """
    named: dict[str, str | list[str]] = {}
    for column, value in _pairs(where, "--where", "target=…"):
        known = named.get(column, [])
        named[column] = [*([known] if isinstance(known, str) else known), value]
    return FileOptions(
        path="", columns=dict(_pairs(columns, "--column", "text=内容")), where=named, platform=platform or None
    )


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
                receipt.counts[file.name] = _import_file(workspace, file, options, console, receipt, source or file.stem)
                receipt.succeeded = True
            except MinyiError as error:
                receipt.fail(error, source=file.name)
                console.error(error)
    return receipt.exit


def _import_file(
    workspace: Workspace, file: Path, options: FileOptions, console: Console, receipt: Receipt, source: str
) -> dict[str, object]:
    fingerprint = _fingerprint(file, options)
    reading = open_file(file, options, zone=workspace.study.zone, reference=datetime.now(UTC))
    for line in reading.guess.lines():
        console.say(f"  {line}")
    new = known = 0
    reasons: Counter[str] = Counter()
    rejects = workspace.data / "rejects" / f"{receipt.run}-{source}.csv"
    with console.progress(file.name) as advance:
        for page in reading.pages():
            added = keep(workspace, source, page, None, receipt.run)
            new, known = new + added.comments, known + added.known
            refused = [*page.rejects, *added.rejected]
            reasons.update(reject.reason for reject in refused)
            if refused:
                write_rejects(rejects, refused)
            advance(len(page.comments))
    _say(console, file, reading, new, known, reasons, rejects)
    return {
        "source": source,
        "sha256": fingerprint,
        "rows": reading.rows,
        "new": new,
        "known": known,
        "filtered": reading.filtered,
        "rejected": dict(reasons),
        "warnings": dict(reading.warnings),
    }
