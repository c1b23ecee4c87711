"""One request and the means to answer it, well or badly, over HTTP/1.1 or HTTP/2."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from h2.connection import H2Connection
    from h2.errors import ErrorCodes

NOTHING: Mapping[str, str] = {}


@dataclass
class Talk:
    """What was asked, and the connection it came by.

    Attributes:
        url: as asked for, with every parameter.
        headers: of the request; names in lower case.
        over: nothing more can be said on this connection.
    """

    url: str
    method: str
    headers: dict[str, str]
    body: bytes
    writer: asyncio.StreamWriter
    over: bool = False

    async def start(self, status: int, headers: Mapping[str, str] = NOTHING) -> None:
        """Send the head of an answer."""
        raise NotImplementedError

    async def send(self, data: bytes) -> None:
        """Send a part of its body."""
        raise NotImplementedError

    async def end(self) -> None:
        """Say that the body is complete."""
        raise NotImplementedError

    async def reply(self, status: int = 200, headers: Mapping[str, str] = NOTHING, body: bytes = b"") -> None:
        """Send a whole answer."""
        await self.start(status, {"content-length": str(len(body)), **headers})
        await self.send(body)
        await self.end()

    async def raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.writer.write(data)
        await self.writer.drain()

    def cut(self) -> None:
        """Let the connection die."""
        self.over = True
        self.writer.transport.abort()

    async def wait(self) -> None:
        """Do nothing until the other side leaves."""
        while not self.writer.is_closing():  # noqa: ASYNC110  a stream has no event for it
            await asyncio.sleep(0.02)
        self.over = True


Behaviour = Callable[[Talk], Awaitable[None]]


@dataclass
class Talk1(Talk):
    """HTTP/1.1: a body without a length is chunked, unless the head says that the connection closes after it."""

    chunked: bool = False

    async def start(self, status: int, headers: Mapping[str, str] = NOTHING) -> None:
        given = {name.lower(): value for name, value in headers.items()}
        bodiless = status == 304
        self.over = given.get("connection") == "close"
        self.chunked = not bodiless and not self.over and "content-length" not in given
        given |= {"transfer-encoding": "chunked"} if self.chunked else {}
        lines = [f"HTTP/1.1 {status} said", *(f"{name}: {value}" for name, value in given.items())]
        await self.raw("\r\n".join([*lines, "", ""]).encode("latin-1"))

    async def send(self, data: bytes) -> None:
        if data:
            await self.raw(b"%x\r\n%b\r\n" % (len(data), data) if self.chunked else data)

    async def end(self) -> None:
        if self.chunked:
            await self.raw(b"0\r\n\r\n")


@dataclass
class Talk2(Talk):
    """HTTP/2: one stream of a connection."""

    link: H2Connection | None = None
    stream: int = 0

    @property
    def _link(self) -> H2Connection:
        assert self.link is not None
        return self.link

    async def flush(self) -> None:
        await self.raw(self._link.data_to_send())

    async def start(self, status: int, headers: Mapping[str, str] = NOTHING) -> None:
        given = {":status": str(status)} | {name.lower(): value for name, value in headers.items()}
        given.pop("connection", None)  # HTTP/2 knows no such thing
        self._link.send_headers(
            self.stream, [(name.encode(), value.encode("latin-1")) for name, value in given.items()]
        )
        await self.flush()

    async def send(self, data: bytes) -> None:
        while data:
            room = min(self._link.local_flow_control_window(self.stream), self._link.max_outbound_frame_size)
            if room < 1:
                await asyncio.sleep(0.001)  # until the other side has read
                continue
            self._link.send_data(self.stream, data[:room])
            data = data[room:]
            await self.flush()

    async def end(self) -> None:
        self._link.end_stream(self.stream)
        await self.flush()

    async def reset(self, code: ErrorCodes) -> None:
        """End this stream alone, and badly."""
        self._link.reset_stream(self.stream, code)
        await self.flush()

    async def goaway(self, code: ErrorCodes, last: int) -> None:
        """End the connection; streams after `last` were never looked at."""
        self._link.close_connection(code, last_stream_id=last)
        await self.flush()
        self.over = True
