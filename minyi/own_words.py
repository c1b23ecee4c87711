"""The study's own words: `words.txt` beside the study file, a word a line."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

OWN_WORDS = "words.txt"
OWN_WORDS_REMEDY = "save it as UTF-8, a word a line, or move it away"
LONGEST = 10 * 2**20
"""Bytes; a dictionary of every word of the language has half as many."""
_WITHOUT_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)  # a pipe waits for its writer when opened


def read_own_words(folder: Path) -> str:
    """The text of the file; empty where there is none.

    Only a regular file is read: a study folder may be another's, and a device or a pipe never ends.

    Raises:
        OSError: it cannot be read, is none, or is too long.
        UnicodeDecodeError: it is not UTF-8.
    """
    try:
        descriptor = os.open(folder / OWN_WORDS, os.O_RDONLY | _WITHOUT_WAITING)
    except FileNotFoundError:
        return ""
    with open(descriptor, "rb") as file:  # noqa: PTH123  opens a descriptor
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        content = file.read(LONGEST + 1)
    if len(content) > LONGEST:
        raise OSError(errno.EFBIG, f"it has more than {LONGEST:,} bytes")
    return content.decode("utf-8-sig").replace("\r\n", "\n")
