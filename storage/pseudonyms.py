"""Authors as keyed hashes: the same person has the same pseudonym, and nobody without the key can find out whose it is.

The key lies in the workspace, outside the database: a copied database does not give its authors away.
HMAC-SHA256 (RFC 2104), cut to 64 bits: among a million authors two collide in one of 37 million workspaces.

A key that was changed has two halves. The first makes the HMAC, and the marks of what was forgotten, for good; the
second is a veil over the HMAC that can be taken off and exchanged, so that stored authors get new pseudonyms though
nobody knows their names.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
import stat
from hashlib import blake2b
from typing import TYPE_CHECKING, Self

from storage.errors import MinyiError
from storage.files import PRIVATE, put_in_place, read_plain, remove, write_atomically, write_once
from storage.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Renamed = Callable[[str], str]

KEY_FILE = "pseudonyms.key"
NEXT_FILE = "pseudonyms.key.next"
"""The key that is about to take the place of the other: it does so as soon as the database has its pseudonyms."""
KEY_BYTES = 32
_PSEUDONYM_BYTES = 8
_ROUNDS = 6
_HALF = _PSEUDONYM_BYTES // 2
_PSEUDONYM = re.compile(r"a[0-9a-f]{16}")
_BRING_BACK = (
    "Put the original file back, or the new one where the key was changed elsewhere: "
    "without it, known authors would get new pseudonyms."
)
_EXPOSING = stat.S_IRWXG | stat.S_IRWXO


class KeyFileError(MinyiError):
    """The key of the pseudonyms is damaged, exposed, or another one than the database was filled with."""


class _Veil:
    """A keyed permutation of 64 bits: a Feistel network of six rounds of BLAKE2b (Luby and Rackoff 1988, Patarin 2004).

    The empty key changes nothing.
    """

    def __init__(self, key: bytes) -> None:
        self._rounds = [blake2b(bytes([at]), key=key, digest_size=_HALF) for at in range(_ROUNDS)] if key else []

    def on(self, block: bytes) -> bytes:
        left, right = block[:_HALF], block[_HALF:]
        for keyed in self._rounds:
            left, right = right, _mixed(keyed, right, left)
        return left + right

    def off(self, block: bytes) -> bytes:
        left, right = block[:_HALF], block[_HALF:]
        for keyed in reversed(self._rounds):
            left, right = _mixed(keyed, left, right), left
        return left + right


class Pseudonyms:
    """Turns authors into pseudonyms with one workspace's key."""

    def __init__(self, key: bytes) -> None:
        self._key, self._second = key[:KEY_BYTES], key[KEY_BYTES:]
        self._veil = _Veil(self._second)

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
        elif (workspace / NEXT_FILE).exists() and cls(_read_key(workspace / NEXT_FILE)).fingerprint == expected:
            settle_key(workspace)
        pseudonyms = cls(_read_key(path))
        if expected not in {None, pseudonyms.fingerprint}:
            what = "this is not the key that the database's authors were hashed with."
            raise KeyFileError(what, where=str(path), remedy=_BRING_BACK)
        return pseudonyms

    @property
    def fingerprint(self) -> str:
        """Tells two keys apart without giving either away."""
        return self._hash(b"fingerprint of this key" + self._second).hex()

    def of(self, scope: str, author: str | None) -> str | None:
        """The pseudonym of an author, where there is one.

        Args:
            scope: where a name always means the same person: a platform, or a source.
            author: id or name as the source gives it.
        """
        name = clean_line(author) if author else ""
        return "a" + self._veil.on(self._hash(f"{scope}\x1f{name}".encode())).hex() if name else None

    def mark(self, *parts: str) -> str:
        """Tells these words again, in hex, and says nothing of them to who has not the key."""
        message = "\x1f".join(("mark", *parts)).encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, message, "sha256").hex()

    def author_mark(self, pseudonym: str) -> str:
        """Tells this author again, by whatever pseudonym of whatever second half of the key."""
        return self.mark("author", self._without_veil(pseudonym))

    def changed(self, *, cut: bool, marked: bool) -> tuple[bytes, Renamed]:
        """Another key, and what turns each pseudonym of this one into one of that.

        Args:
            cut: nobody can tell afterwards which of the new pseudonyms was which, nor who of the known authors writes
                again: known authors are veiled with a key that is kept nowhere.
            marked: something was forgotten, and the first half, under which it is told again, has to stay.
        """
        first = self._key if marked or not cut else secrets.token_bytes(KEY_BYTES)
        second = secrets.token_bytes(KEY_BYTES)
        veil = _Veil(secrets.token_bytes(KEY_BYTES) if cut else second)

        def renamed(pseudonym: str) -> str:
            return "a" + veil.on(bytes.fromhex(self._without_veil(pseudonym)[1:])).hex()

        return first + second, renamed

    def _without_veil(self, pseudonym: str) -> str:
        if not self._second or not _PSEUDONYM.fullmatch(pseudonym):
            return pseudonym
        return "a" + self._veil.off(bytes.fromhex(pseudonym[1:])).hex()

    def _hash(self, message: bytes) -> bytes:
        return hmac.digest(self._key, message, "sha256")[:_PSEUDONYM_BYTES]


def lay_key_ready(workspace: Path, key: bytes) -> None:
    """Write a new key beside the old one, which stays the one in use until the database says otherwise."""
    write_atomically(workspace / NEXT_FILE, key, PRIVATE)


def settle_key(workspace: Path) -> None:
    """Let the new key take the place of the old one, which is written over."""
    remove(workspace / KEY_FILE)
    put_in_place(workspace / NEXT_FILE, workspace / KEY_FILE)


def _mixed(keyed: blake2b, by: bytes, half: bytes) -> bytes:
    stream = keyed.copy()
    stream.update(by)
    mixed = int.from_bytes(stream.digest(), "big") ^ int.from_bytes(half, "big")
    return mixed.to_bytes(_HALF, "big")


def _read_key(path: Path) -> bytes:
    try:
        key, mode = read_plain(path), path.stat().st_mode
    except OSError as error:
        what = f"the key of the pseudonyms cannot be read ({error.strerror})."
        raise KeyFileError(what, where=str(path), remedy=_BRING_BACK) from error
    if len(key) not in {KEY_BYTES, 2 * KEY_BYTES}:
        raise KeyFileError(
            "the key of the pseudonyms has the wrong length.",
            where=str(path),
            remedy=_BRING_BACK,
        )
    if os.name == "posix" and mode & _EXPOSING:
        what = f"others may read the key of the pseudonyms (mode {stat.S_IMODE(mode):04o})."
        raise KeyFileError(what, where=str(path), remedy=f'Run: chmod 600 "{path}"')
    return key
