"""What gives a forgotten comment away in a file, however the file spells it, and looking for that in any file."""

from __future__ import annotations

import html
import json
import mmap
import re
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING
from unicodedata import normalize

from minyi.privacy.unpacking import LARGEST, is_text, parts
from storage.intake import SAMPLE_LIMIT
from storage.privacy.needles import Needles

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from storage.forgotten import Remembered

TELLING = 8
"""Characters of an id or a text that stand for one comment alone; "支持" is what many people write."""
_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "gb18030")
_HALVED = 40
_AT_ONCE = 5_000
_IN_PIECES = 300
"""Characters of a text that may lie in a database in pieces, on pages of their own; so long are the pieces:"""
_PIECE = 200
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_MARKUP = re.compile(r"<[^<>]{0,2000}>")
_NO_LETTER = re.compile(r"[\W\d_]+")
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
"""What a text in two bytes a character begins with."""


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
    def spelled(self) -> Needles:
        """The bytes of ids and words: in the encodings of files, and escaped as in JSON, HTML and XML."""
        return Needles(self._forms())

    @cached_property
    def letters(self) -> Needles:
        """The letters of each text; of a long one both halves, since a page may show a part of it."""
        return Needles(one.encode() for one in self._letters() if len(one) >= TELLING)

    def in_file(self, path: Path) -> bool:
        """Whether a file gives any of it away, in what is packed in it too."""
        if path.stat().st_size > LARGEST:
            return self.in_bytes_of(path)
        return any(self._in_part(part) for part in parts(path.read_bytes()))

    def in_bytes_of(self, path: Path) -> bool:
        """Whether the very bytes are in a file, such as a database with its free pages."""
        if not path.stat().st_size:
            return False
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return self.spelled.anywhere_in(content)

    def _in_part(self, content: bytes) -> bool:
        if self.spelled.anywhere_in(content):
            return True
        if not self.letters or not (is_text(content) or content[:2] in _MARKS):
            return False
        return any(self.letters.anywhere_in(read.encode("utf-8", "ignore")) for read in _read(content))

    def _forms(self) -> Iterator[bytes]:
        from storage.search.words import searched

        words = self.words
        folded = (
            form.strip()
            for start in range(0, len(words), _AT_ONCE)
            for form in searched(words[start : start + _AT_ONCE])
        )
        pieces = (piece for word in words for piece in _pieces(word))
        for one in (*self.ids, *words):
            if len(one) >= TELLING:
                yield from dict.fromkeys(_forms(one))
        for one in chain(folded, pieces):
            if len(one) >= TELLING:
                yield one.encode("utf-8", "replace")

    def _letters(self) -> Iterator[str]:
        for word in self.words:
            letters = _letters(word)
            half = len(letters) // 2
            yield from (letters[:half], letters[half:]) if len(letters) > _HALVED else (letters,)


def traces_of(found: Sequence[Remembered], others: set[str], ids: Sequence[str], names: Sequence[str] = ()) -> Traces:
    """What gives these comments away.

    Args:
        found: the comments.
        others: what of them other comments hold, too: a text, an address, an author.
        ids: more ids, such as pseudonyms.
        names: what an author is called by in what was fetched.
    """
    told = [it for one in found for it in (one.id, one.author, one.ext_id, one.url) if it and len(it) >= TELLING]
    words = [it for one in found for it in (one.text, one.evidence) if it and len(it) >= TELLING]
    return Traces(
        tuple(dict.fromkeys(it for it in (*told, *ids, *names) if it not in others)),
        tuple(dict.fromkeys(it for it in words if it not in others)),
    )


def _forms(one: str) -> Iterator[bytes]:
    escaped = {one, html.escape(one), html.escape(one, quote=False), json.dumps(one, ensure_ascii=False)[1:-1]}
    for form in escaped:
        for encoding in _ENCODINGS:
            yield form.encode(encoding, "replace")
    ascii_only = json.dumps(one)[1:-1]
    yield ascii_only.encode()
    yield _ESCAPED.sub(lambda found: rf"\u{found[1].upper()}", ascii_only).encode()
    for encoding in ("utf-8", "utf-16-be"):
        number = one.encode(encoding, "replace").hex()
        yield number.encode()
        yield number.upper().encode()


def _pieces(word: str) -> Iterator[str]:
    for start in range(0, len(word) - _PIECE + 1 if len(word) > _IN_PIECES else 0, _PIECE):
        yield word[start : start + _PIECE]


def _read(content: bytes) -> Iterator[str]:
    """The letters that a reader of this file may see, by the encodings it may be in."""
    if content[:2] in _MARKS:
        yield _letters_shown(content.decode(_MARKS[content[:2]], "ignore"))
        return
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
