"""The report's files, put in place whole or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports.numbers import dump_numbers
from reports.page import render_html
from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from storage.nouns import Language


def write_report(numbers: Mapping[str, Any], folder: Path, languages: Sequence[Language]) -> list[Path]:
    """Writes numbers.json and one report.LANGUAGE.html per language; gives their paths in that order.

    Raises:
        MinyiError: the folder cannot be made or written to; files of an earlier report are then as they were.
    """
    names: list[Language] = list(dict.fromkeys(languages))
    files = {"numbers.json": dump_numbers(dict(numbers))}
    for language in names:
        other = next((f"report.{name}.html" for name in names if name != language), "")
        files[f"report.{language}.html"] = render_html(numbers, language, other).encode("utf-8", "replace")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [write_whole(folder / name, content) for name, content in files.items()]
    except OSError as error:
        raise MinyiError(
            f"The report could not be written ({error.strerror or error}).",
            where=str(folder),
            remedy="Make the folder writable, free some space, or name another folder.",
        ) from error


def write_whole(path: Path, content: bytes) -> Path:
    """Writes beside the file, syncs, and renames: a reader sees the old file or the new one, never half of it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    return path
