"""What gives a forgotten comment away in a file, however the file spells it, and looking for that in any file."""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import mmap
import quopri
import re
import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from unicodedata import normalize

from storage.intake import SAMPLE_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from storage.forgotten import Remembered

TELLING = 8
"""Characters of an id or a text that stand for one comment alone; "支持" is what many people write."""
LARGEST = 512 << 20
"""Bytes of a file, or of a part of an archive, that are looked into at once."""
_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "gb18030")
_HALVED = 40
_DEEP = 3
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_MARKUP = re.compile(r"<[^<>]{0,2000}>")
_NO_LETTER = re.compile(r"[\W\d_]+")
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_BASE64 = re.compile(rb"(?:[A-Za-z0-9+/]{60,}[\r\n]{0,2})+[A-Za-z0-9+/\r\n]*={0,2}")
_BROKEN = (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError)


@dataclass(frozen=True)
class Traces:
    """What is looked for.

    Attributes:
        ids: of comments and authors, as they are.
        words: texts that nobody else wrote.
    """

    ids: tuple[str, ...]
    words: tuple[str, ...]

    @cached_property
    def needles(self) -> tuple[str, ...]:
        """Ids and words as tables hold them: whole, and as the start that is kept of what was refused."""
        starts = {word[:SAMPLE_LIMIT] for word in self.words}
        return tuple(dict.fromkeys((*self.ids, *self.words, *sorted(starts))))

    @cached_property
    def spelled(self) -> tuple[bytes, ...]:
        """The bytes of ids and words: in the encodings of files, and escaped as in JSON, HTML and XML."""
        from storage.search_words import searched

        words = [*self.words, *(form.strip() for form in searched(list(self.words)))]
        forms = {form for one in (*self.ids, *words) if len(one) >= TELLING for form in _forms(one)}
        return tuple(sorted(forms))

    @cached_property
    def letters(self) -> tuple[str, ...]:
        """The letters of each text; of a long one both halves, since a page may show a part of it."""
        found: list[str] = []
        for word in self.words:
            letters = _letters(word)
            half = len(letters) // 2
            found += [letters[:half], letters[half:]] if len(letters) > _HALVED else [letters]
        return tuple(sorted({one for one in found if len(one) >= TELLING}))

    def in_file(self, path: Path) -> bool:
        """Whether a file gives any of it away, in an archive's parts too."""
        if path.stat().st_size > LARGEST:
            return self.in_bytes_of(path)
        return any(self._in_part(part) for part in parts(path.read_bytes()))

    def in_bytes_of(self, path: Path) -> bool:
        """Whether the very bytes are in a file, such as a database with its free pages."""
        if not path.stat().st_size:
            return False
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return any(content.find(form) >= 0 for form in self.spelled)

    def _in_part(self, content: bytes) -> bool:
        if any(form in content for form in self.spelled):
            return True
        if not self.letters or b"\0" in content[:4096]:
            return False
        return any(letters in read for read in _read(content) for letters in self.letters)


def traces_of(found: Sequence[Remembered], others: set[str], ids: Sequence[str], names: Sequence[str] = ()) -> Traces:
    """What gives these comments away.

    Args:
        found: the comments.
        others: their texts and addresses that other comments have, too.
        ids: more ids, such as pseudonyms.
        names: what an author is called by in what was fetched.
    """
    told = [it for one in found for it in (one.id, one.author, one.ext_id, one.url) if it and len(it) >= TELLING]
    words = [it for one in found for it in (one.text, one.evidence) if it and len(it) >= TELLING]
    return Traces(
        tuple(dict.fromkeys(it for it in (*told, *ids, *names) if it not in others)),
        tuple(dict.fromkeys(it for it in words if it not in others)),
    )


def parts(content: bytes, deep: int = _DEEP) -> Iterator[bytes]:
    """A file's content, and what is packed in it: gzip, ZIP and what is built on it, PDF streams."""
    yield content
    if not deep:
        return
    for packed in _packed(content):
        yield from parts(packed, deep - 1)


def _packed(content: bytes) -> Iterator[bytes]:
    if content.startswith(b"\x1f\x8b"):
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
                yield file.read(LARGEST)
        except _BROKEN:
            return
    elif content.startswith(b"PK\x03\x04"):
        yield from _members(content)
    elif content.startswith(b"%PDF"):
        for stream in _STREAM.finditer(content):
            try:
                yield zlib.decompressobj().decompress(stream[1], LARGEST)
            except zlib.error:
                continue
    elif b"Content-Transfer-Encoding:" in content[:65536] or b";base64," in content:
        yield from _mailed(content)


def _mailed(content: bytes) -> Iterator[bytes]:
    """What is written in the alphabets of mail."""
    if b"quoted-printable" in content:
        yield quopri.decodestring(content)
    for block in _BASE64.finditer(content):
        whole = block[0].replace(b"\r", b"").replace(b"\n", b"").rstrip(b"=")
        with suppress(ValueError):
            yield base64.b64decode(whole[: len(whole) // 4 * 4])


def _members(content: bytes) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                with archive.open(name) as member:
                    yield member.read(LARGEST)
    except _BROKEN:
        return


def _forms(one: str) -> Iterator[bytes]:
    escaped = {one, html.escape(one), html.escape(one, quote=False), json.dumps(one, ensure_ascii=False)[1:-1]}
    for form in escaped:
        for encoding in _ENCODINGS:
            yield form.encode(encoding, "replace")
    ascii_only = json.dumps(one)[1:-1]
    yield ascii_only.encode()
    yield _ESCAPED.sub(lambda found: rf"\u{found[1].upper()}", ascii_only).encode()


def _read(content: bytes) -> Iterator[str]:
    """The letters that a reader of this file may see, by the encodings it may be in."""
    try:
        yield _letters_shown(content.decode("utf-8"))
    except UnicodeDecodeError:
        for encoding in ("gb18030", "utf-8"):
            yield _letters_shown(content.decode(encoding, "ignore"))


def _letters_shown(text: str) -> str:
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text).replace("\\n", " ").replace("\\r", " ")
    return _letters(html.unescape(_MARKUP.sub("", plain)))


def _letters(text: str) -> str:
    return _NO_LETTER.sub("", normalize("NFKC", text).casefold())
