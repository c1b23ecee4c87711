"""Authors as keyed hashes: the same person has the same pseudonym, and nobody without the key can find out whose it is.

The key lies in the workspace, outside the database: a copied database does not give its authors away.
HMAC-SHA256 (RFC 2104), cut to 64 bits: among a million authors two collide in one of 37 million workspaces.
"""

from __future__ import annotations

import hmac
import os
import secrets
import stat
from typing import TYPE_CHECKING, Self

from storage.errors import MinyiError
from storage.files import PRIVATE, write_once
from storage.text import clean_line

if TYPE_CHECKING:
    from pathlib import Path

KEY_FILE = "pseudonyms.key"
KEY_BYTES = 32
_PSEUDONYM_BYTES = 8
_BRING_BACK = "Put the original file back: without it, known authors would get new pseudonyms."
_EXPOSING = stat.S_IRWXG | stat.S_IRWXO


class KeyFileError(MinyiError):
    """The key of the pseudonyms is damaged, exposed, or another one than the database was filled with."""


class Pseudonyms:
    """Turns authors into pseudonyms with one workspace's key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def of_workspace(cls, workspace: Path, expected: str | None = None) -> Self:
        """With the workspace's key, which is made on first use (mode 0600).

        Args:
            workspace: the folder the key lies in.
            expected: fingerprint of the key that authors were hashed with before; a new key is then never made.

        Raises:
            KeyFileError: the key is missing though it was used before, is another one, has the wrong length, or can be
                read by others than its owner.
            storage.files.FileWriteError: the key cannot be made.
        """
        path = workspace / KEY_FILE
        if expected is None and not path.exists():
            write_once(path, secrets.token_bytes(KEY_BYTES), PRIVATE)
        pseudonyms = cls(_read_key(path))
        if expected not in {None, pseudonyms.fingerprint}:
            what = "this is not the key that the database's authors were hashed with."
            raise KeyFileError(what, where=str(path), remedy=_BRING_BACK)
        return pseudonyms

    @property
    def fingerprint(self) -> str:
        """Tells two keys apart without giving either away."""
        return self._hash("fingerprint of this key").hex()

    def of(self, scope: str, author: str | None) -> str | None:
        """The pseudonym of an author, where there is one.

        Args:
            scope: where a name always means the same person: a platform, or a source.
            author: id or name as the source gives it.
        """
        name = clean_line(author) if author else ""
        return "a" + self._hash(f"{scope}\x1f{name}").hex() if name else None

    def mark(self, *parts: str) -> str:
        """Tells these words again, in hex, and says nothing of them to who has not the key."""
        message = "\x1f".join(("mark", *parts)).encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, message, "sha256").hex()

    def _hash(self, message: str) -> bytes:
        return hmac.digest(self._key, message.encode(), "sha256")[:_PSEUDONYM_BYTES]


def _read_key(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            key, mode = file.read(KEY_BYTES + 1), os.fstat(file.fileno()).st_mode
    except OSError as error:
        what = f"the key of the pseudonyms cannot be read ({error.strerror})."
        raise KeyFileError(what, where=str(path), remedy=_BRING_BACK) from error
    if len(key) != KEY_BYTES:
        raise KeyFileError(
            "the key of the pseudonyms has the wrong length.",
            where=str(path),
            remedy=_BRING_BACK,
        )
    if os.name == "posix" and mode & _EXPOSING:
        what = f"others may read the key of the pseudonyms (mode {stat.S_IMODE(mode):04o})."
        raise KeyFileError(what, where=str(path), remedy=f'Run: chmod 600 "{path}"')
    return key
