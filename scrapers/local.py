"""The door for local files: only regular files of the study's folder, and whole ones only up to a cap."""

from __future__ import annotations

import re
import stat
import time
from typing import TYPE_CHECKING

from scrapers.errors import LocalFileError
from storage.nouns import Capture

if TYPE_CHECKING:
    from pathlib import Path

_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+:")


def local_path(folder: Path, given: Path) -> Path:
    """The regular file a study names, relative to its folder; no other is read, for a study file may be another's.

    Raises:
        LocalFileError: it is a URL or `~`, leads out of the folder (through `..`, a link, or as a whole path), does not
            exist, or is no regular file.
    """
    text = str(given)
    if _SCHEME.match(text) or text.startswith("~") or "\0" in text:
        raise LocalFileError("Only a plain path of a local file is read.", where=text, remedy="Write the file's path.")
    if not within(folder, given):
        raise LocalFileError("The path leads out of the study's folder.", where=text, remedy="Copy the file into it.")
    path = folder / given
    try:
        mode = path.stat().st_mode
    except OSError as error:
        remedy = f"Put the file there, or mend the path; looked in {folder}." if folder.parts else "Check the path."
        raise LocalFileError(f"The file cannot be read: {error.strerror}.", where=text, remedy=remedy) from error
    if not stat.S_ISREG(mode):
        raise LocalFileError("This is not a regular file.", where=text, remedy="Name a file, not a folder or device.")
    return path


def within(folder: Path, given: Path) -> bool:
    """Whether a path lies in the folder, once every link is followed; one that cannot be followed does not."""
    try:
        return ".." not in given.parts and (folder / given).resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):
        return False


def read_local(path: Path, given: Path, cap_bytes: int) -> Capture:
    """A whole file as a capture, whose URL is `file:` and the path as the study gives it.

    Raises:
        LocalFileError: it is longer than the cap, or cannot be read.
    """
    try:
        with path.open("rb") as file:
            body = file.read(cap_bytes + 1)
    except OSError as error:
        raise LocalFileError(f"The file cannot be read: {error.strerror}.", where=str(given)) from error
    if len(body) > cap_bytes:
        raise LocalFileError(f"The file is longer than {cap_bytes:,} bytes.", where=str(given), remedy="Split it.")
    url = f"file:{given.as_posix()}"
    return Capture(url=url, final_url=url, status=200, headers={}, body=body, fetched_at=time.time_ns() // 1_000_000)
