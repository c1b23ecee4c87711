"""Text of a file in pieces and in lines, in bounded memory whatever the bytes are."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from scrapers.encodings import Choice, choose, codec_of, mended
from scrapers.files.options import FileError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapers.files.blobs import Blob

LINE_LIMIT = 4_000_000
_SAMPLE = 1 << 20
_REPLACEMENT = "\ufffd"


class TextFile:
    """A file as text.

    Attributes:
        choice: the encoding and how it was found.
        replaced: how many characters could not be read so far.
    """

    def __init__(self, blob: Blob, declared: str | None) -> None:
        if declared and not codec_of(declared):
            raise FileError(
                f"There is no encoding called “{declared}”.",
                where=blob.name,
                remedy="Use utf-8, gb18030, big5 or another WHATWG label, or leave it out.",
            )
        self._blob = blob
        self.choice: Choice = choose(_telling_bytes(blob), declared=declared, partial=True)
        self.replaced = 0

    def head(self) -> str:
        """The first stretch of the text."""
        head = self._blob.head(_SAMPLE)[self.choice.skip :]
        return mended(codecs.getincrementaldecoder(self.choice.encoding)("replace").decode(head), self.choice.encoding)

    def chunks(self) -> Iterator[str]:
        """The text in pieces; counts what could not be read."""
        decoder = codecs.getincrementaldecoder(self.choice.encoding)("replace")
        skip, self.replaced = self.choice.skip, 0
        for data in self._blob.chunks():
            yield self._counted(decoder.decode(data[skip:]), data)
            skip = 0
        yield self._counted(decoder.decode(b"", final=True), b"")

    def lines(self) -> Iterator[str | None]:
        """Lines with their line feed; None for a line of more than LINE_LIMIT characters."""
        carry, too_long = "", False
        for chunk in _with_newlines(self.chunks()):
            *whole, carry = (carry + chunk).split("\n")
            for line in whole:
                yield None if too_long else line + "\n"
                too_long = False
            if len(carry) > LINE_LIMIT:
                carry, too_long = "", True
        if too_long or carry:
            yield None if too_long else carry

    def _counted(self, text: str, data: bytes) -> str:
        if _REPLACEMENT in text:
            written = _REPLACEMENT.encode(self.choice.encoding, "ignore")
            self.replaced += max(0, text.count(_REPLACEMENT) - (data.count(written) if written else 0))
        return mended(text, self.choice.encoding)


def _telling_bytes(blob: Blob) -> bytes:
    """The first stretch, with the one that first goes beyond ASCII: a header in English says nothing about the rows."""
    head = b""
    for chunk in blob.chunks():
        if len(head) < _SAMPLE:
            head += chunk
            if not chunk.isascii() and len(head) >= _SAMPLE // 4:
                return head
        elif not chunk.isascii():
            return head + chunk if head.isascii() else head
    return head


def _with_newlines(chunks: Iterator[str]) -> Iterator[str]:
    """Chunks with line feeds; old spreadsheets end lines with a carriage return only."""
    for place, chunk in enumerate(chunks):
        if place == 0:
            old = "\r" in chunk and "\n" not in chunk
        yield chunk.replace("\r", "\n") if old else chunk
