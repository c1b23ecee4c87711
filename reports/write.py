"""The report's files, put in place whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports.numbers import dump_numbers
from reports.page import render_html
from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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
        return write_together({folder / name: content for name, content in files.items()})
    except OSError as error:
        raise MinyiError(
            f"The report could not be written ({error.strerror or error}).",
            where=str(folder),
            remedy="Make the folder writable, free some space, or name another folder.",
        ) from error


def write_together(files: Mapping[Path, bytes | Iterable[bytes]]) -> list[Path]:
    """Writes drafts beside all the files, syncs them, and only then renames: a reader sees each old or new, never half.

    A content may come in parts, so that no file has to be in memory whole.

    Raises:
        OSError: one of them cannot be written; all are then as they were.
    """
    drafts: dict[Path, Path] = {}
    try:
        for path, content in files.items():
            drafts[path] = _draft(path, content)
        if taken := next((path for path in files if path.is_dir()), None):
            raise IsADirectoryError(errno.EISDIR, "a folder has the file's name", str(taken))
        for path, draft in drafts.items():
            draft.replace(path)
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)
    return list(files)


def _draft(path: Path, content: bytes | Iterable[bytes]) -> Path:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines([content] if isinstance(content, bytes) else content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    return Path(name)
