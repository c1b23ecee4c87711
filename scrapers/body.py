"""Reading a response body: inflated here, under a cap, and complete or not at all.

A 405-byte body of the wrong encoding becomes 256 MiB in one step when a client decodes it, so only identity and one
layer of gzip are taken, and zlib is told how much it may give back (`max_length`).
"""

from __future__ import annotations

import re
import ssl
import zlib
from typing import TYPE_CHECKING

import h2.exceptions
import httpcore

from scrapers.errors import BadResponse, TooLarge, Truncated

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

# What a connection can fail with. httpcore lets errors of h2 and of TLS through once the head has come.
BROKEN = (
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.ConnectionNotAvailable,
    h2.exceptions.ProtocolError,
    ssl.SSLError,
)

_GZIP = zlib.MAX_WBITS | 16
_GZIP_MAGIC = b"\x1f\x8b"
_ENCODINGS = {"": False, "identity": False, "gzip": True, "x-gzip": True}
_TAIL = 1024
_FIRST_TAG = re.compile(rb"<([A-Za-z_][^\s/>]{0,100})([^>]*)>")


class Body:
    """One body as it arrives.

    Args:
        headers: of the response, as a capture holds them.
        cap_bytes: the most that is taken, inflated.
        framed: the protocol itself marks the end of every body, as HTTP/2 does.

    Attributes:
        data: what has come so far, inflated.
    """

    def __init__(self, headers: Mapping[str, str], cap_bytes: int, *, framed: bool = False) -> None:
        self.data = bytearray()
        self._headers = headers
        self._cap = cap_bytes
        self._framed = framed or "content-length" in headers or "chunked" in headers.get("transfer-encoding", "")
        self._encoding = headers.get("content-encoding", "").strip().lower()
        self._gzipped = _ENCODINGS.get(self._encoding, False)
        self._inflater = zlib.decompressobj(_GZIP) if self._gzipped else None
        self._held = b""
        self._padded = False

    async def read(self, chunks: AsyncIterator[bytes]) -> None:
        """Take all of it.

        Raises:
            TooLarge: it is longer than the cap; reading stopped there.
            Truncated: it broke off, or its end cannot be known.
            BadResponse: it is encoded otherwise than asked for, or is not the gzip it says it is.
        """
        if self._encoding not in _ENCODINGS:
            raise BadResponse(f'The body is encoded as "{self._encoding[:30]}", which was not asked for.')
        try:
            async for chunk in chunks:
                self._take(chunk)
        except BROKEN as error:
            raise Truncated("The body broke off before its end.") from error
        self._check_end()

    def _take(self, chunk: bytes) -> None:
        while chunk:
            chunk = self._inflate(chunk) if self._gzipped else self._keep(chunk)
            if len(self.data) > self._cap:
                raise self._too_large()

    def _keep(self, chunk: bytes) -> bytes:
        self.data += chunk
        return b""

    def _inflate(self, chunk: bytes) -> bytes:
        """Inflate up to the cap and give back what is still to do."""
        if self._inflater is None:
            return self._begin_member(chunk)
        try:
            self.data += self._inflater.decompress(chunk, self._cap - len(self.data) + 1)
        except zlib.error as error:
            raise BadResponse("The body is not the gzip it says it is.") from error
        if self._inflater.eof:
            rest, self._inflater = self._inflater.unused_data, None
            return rest
        return self._inflater.unconsumed_tail

    def _begin_member(self, chunk: bytes) -> bytes:
        """What of this is still to do: another member may follow; anything else is padding, as for gzip(1)."""
        chunk, self._held = (self._held + chunk).lstrip(b"\0"), b""
        if self._padded or not chunk:
            return b""
        if chunk == _GZIP_MAGIC[:1]:
            self._held = chunk  # the next piece tells
            return b""
        self._padded = not chunk.startswith(_GZIP_MAGIC)
        self._inflater = None if self._padded else zlib.decompressobj(_GZIP)
        return b"" if self._padded else chunk

    def _check_end(self) -> None:
        if self._gzipped:
            begun = self._inflater is not None and (self.data or self._headers.get("content-length") != "0")
            if begun or self._held:
                raise Truncated("The gzip body broke off before its end.")
        elif not self._framed and not self._ends_well():  # RFC 9112, 6.3: only the connection's end ends it
            raise Truncated("Nothing tells whether the body is complete.")

    def _ends_well(self) -> bool:
        """Whether a body that ends where the connection ends has an end mark of its own."""
        tail = bytes(self.data[-_TAIL:]).rstrip()
        media = self._headers.get("content-type", "").lower()
        if "html" in media:
            return b"</html" in tail.lower()
        if "json" in media:
            return tail.endswith((b"}", b"]"))
        if "xml" in media:
            return tail.endswith(b">") and _closes_its_root(self.data, tail)
        return bytes(self.data[-1:]) == b"\n"

    def _too_large(self) -> TooLarge:
        return TooLarge(f"The body is longer than {self._cap:,} bytes.", remedy="Raise cap_mb under [fetch].")


def _closes_its_root(data: bytearray, tail: bytes) -> bool:
    """Whether the element that a document of XML begins with is closed at its end: lists break off between items."""
    root = _FIRST_TAG.search(data)
    if root is None:
        return b"\0" in data  # UTF-16, in which its end cannot be told like this
    empty = root[2].endswith(b"/") and not bytes(data[root.end() :]).strip()
    return empty or re.search(rb"</" + re.escape(root[1]) + rb"\s*>", tail) is not None
