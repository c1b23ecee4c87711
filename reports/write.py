"""The report's files, put in place whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports.editions import edition_named, html
from reports.numbers import dump_numbers
from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reports.editions import Edition
    from storage.nouns import Language

UNFINISHED = ".unfinished"
"""Lies in a folder while several files of it are renamed: the names of the drafts, and what they are to be called."""


class EditionsMissingError(MinyiError):
    """Some editions could not be made; all others were written.

    Attributes:
        written: paths of the files that were.
        missing: why, by name of the edition.
    """

    def __init__(self, written: Sequence[Path], missing: Mapping[str, MinyiError]) -> None:
        reasons = list(missing.values())
        super().__init__(
            f"Written without {', '.join(missing)}: {' '.join(dict.fromkeys(reason.what for reason in reasons))}",
            remedy=" ".join(dict.fromkeys(reason.remedy for reason in reasons if reason.remedy)),
        )
        self.written, self.missing = list(written), dict(missing)


def write_report(
    numbers: Mapping[str, Any], folder: Path, languages: Sequence[Language], formats: Sequence[str] = ("html",)
) -> list[Path]:
    """Writes numbers.json and one report.LANGUAGE.FORMAT per format and language; gives their paths in that order.

    Args:
        numbers: what `build_numbers` gave.
        folder: where to; made where it is not there.
        languages: which to write.
        formats: names of editions.

    Raises:
        UsageError: no edition has one of the names; nothing is written.
        MinyiError: the folder cannot be made or written to; files of an earlier report are then as they were.
        EditionsMissingError: some editions lack a library or a font; all the others are written.
    """
    editions = [edition_named(name) for name in dict.fromkeys(formats)]
    files: dict[str, bytes] = {"numbers.json": dump_numbers(dict(numbers))}
    missing: dict[str, MinyiError] = {}
    for edition in editions:
        try:
            files |= _rendered(edition, numbers, list(dict.fromkeys(languages)))
        except MinyiError as error:
            missing[edition.name] = error
    written = _written(folder, files)
    if missing:
        raise EditionsMissingError(written, missing)
    return written


def _rendered(edition: Edition, numbers: Mapping[str, Any], languages: Sequence[Language]) -> dict[str, bytes]:
    """One edition in every language, by name of file; a page links to the one in the other language."""
    names = {language: f"report.{language}{edition.suffix}" for language in languages}
    if edition.name != "html":
        return {name: edition.render(numbers, language) for language, name in names.items()}
    others = {language: next((names[other] for other in languages if other != language), "") for language in languages}
    return {name: html.render(numbers, language, others[language]) for language, name in names.items()}


def _written(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
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

    A content may come in parts, so that no file has to be in memory whole. Whoever dies between two renames leaves a
    note by which `finish` does the others.

    Raises:
        OSError: one of them cannot be written; all are then as they were.
    """
    drafts: dict[Path, Path] = {}
    try:
        for path, content in files.items():
            drafts[path] = _draft(path, content)
        if taken := next((path for path in files if path.is_dir()), None):
            raise IsADirectoryError(errno.EISDIR, "a folder has the file's name", str(taken))
        _rename(drafts)
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)
    return list(files)


def finish(folder: Path) -> bool:
    """Renames what was left when a process died between two files of a report; whether there was anything.

    Raises:
        OSError: the folder cannot be written.
    """
    note = folder / UNFINISHED
    try:
        left: dict[str, str] = json.loads(note.read_bytes())
    except FileNotFoundError:
        return False
    for draft, name in left.items():
        with suppress(FileNotFoundError):
            (folder / Path(draft).name).replace(folder / Path(name).name)
    note.unlink()
    return True


def _rename(drafts: Mapping[Path, Path]) -> None:
    """Give the drafts their names; several in one folder with a note of them, which lies there meanwhile."""
    folders = {path.parent for path in drafts}
    if len(drafts) < 2 or len(folders) > 1:  # noqa: PLR2004  one is renamed or not
        for path, draft in drafts.items():
            draft.replace(path)
        return
    note = folders.pop() / UNFINISHED
    try:
        content = json.dumps({draft.name: path.name for path, draft in drafts.items()})
        _draft(note, content.encode()).replace(note)
        for path, draft in drafts.items():
            draft.replace(path)
    finally:
        note.unlink(missing_ok=True)


def _draft(path: Path, content: bytes | Iterable[bytes]) -> Path:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".draft")
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
