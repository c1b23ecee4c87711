"""A real server on loopback that behaves badly in every way a site can."""

from __future__ import annotations

import asyncio
import dataclasses
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from scrapers.fetch import Door, FetchSettings
from scrapers.protocol import Request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from world import World

    from storage.nouns import Capture

    Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

HASTE = FetchSettings(total_s=3.0, cap_bytes=100_000, min_interval_s=0.0, backoff_s=0.01, obey_robots=False)
PAGE = b"<html><head><title>Notice</title></head><body><p>Hello</p></body></html>"


def response(body: bytes = PAGE, *, status: str = "200 OK", media: str = "text/html", **headers: str) -> bytes:
    """A whole response; a header's name is written with `_` for `-`."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {media}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def redirect(target: str, status: str = "302 Found") -> bytes:
    return response(b"", status=status, Location=target)


async def _slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes, drop: bytes) -> None:
    writer.write(head)
    while not reader.at_eof():
        writer.write(drop)
        await writer.drain()
        await asyncio.sleep(0.05)


async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


async def slow_headers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await _slowly(reader, writer, b"HTTP/1.1 200 OK\r\n", b"X-More: a\r\n")


async def slow_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await _slowly(reader, writer, b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x")


async def endless_body(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    for _turn in range(4000):
        writer.write(bytes(1 << 16))
        await writer.drain()


async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc")
    await writer.drain()
    writer.transport.abort()


@dataclass
class Site:
    """One loopback server.

    Attributes:
        pages: raw responses, or behaviours, by path; a list is given one after the other, the last one again and again.
        seen: the head of every request, in order.
        times: when each came, in seconds of a steady clock.
        busiest: the most connections that were open at once.
    """

    pages: dict[str, bytes | list[bytes] | Behaviour] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    open: set[asyncio.StreamWriter] = field(default_factory=set)
    busiest: int = 0
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def endpoint(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def asked(self) -> list[str]:
        """The paths asked for, in order."""
        return [head.split(" ")[1] for head in self.seen]

    def clear(self) -> None:
        self.pages, self.seen, self.times, self.busiest, self.open = {}, [], [], 0, set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open.add(writer)
        self.busiest = max(self.busiest, len(self.open))
        try:
            while await self._answer(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            self.open.discard(writer)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        self.seen.append(head)
        self.times.append(time.monotonic())
        page = self.pages.get(head.split(" ")[1], response(b"no such page", status="404 Not Found"))
        if isinstance(page, list):
            page = page.pop(0) if len(page) > 1 else page[0]
        if not isinstance(page, bytes):
            await page(reader, writer)
            return False
        writer.write(page)
        await writer.drain()
        framed = b"content-length" in page.lower() and b"connection: close" not in page.lower()
        return framed and page.lower().find(b"x-cut: 1") < 0


class Internet:
    """Two sites in a thread of their own."""

    def __init__(self) -> None:
        self.sites = [Site(), Site()]
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    async def _run(self) -> None:
        self._loop, self._done = asyncio.get_running_loop(), asyncio.Event()
        servers = []
        for site in self.sites:
            server = await asyncio.start_server(site.serve, "127.0.0.1", 0, limit=1 << 20)
            site.port = server.sockets[0].getsockname()[1]
            servers.append(server)
        self._ready.set()
        await self._done.wait()
        for server in servers:
            server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    def start(self) -> None:
        self._thread.start()
        self._ready.wait(5)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join(5)


@pytest.fixture(scope="session")
def internet() -> Iterator[Internet]:
    """Both sites, for the whole session."""
    internet = Internet()
    internet.start()
    yield internet
    internet.stop()


@pytest.fixture
def site(internet: Internet) -> Site:
    """An empty site."""
    internet.sites[0].clear()
    return internet.sites[0]


@pytest.fixture
def other(internet: Internet) -> Site:
    """Another empty site, at another port."""
    internet.sites[1].clear()
    return internet.sites[1]


@pytest.fixture
def quick(site: Site, other: Site) -> FetchSettings:
    """Settings that reach the two sites and lose no time."""
    return FetchSettings(
        contact="press@example.org",
        allow=(site.endpoint, other.endpoint),
        total_s=2.0,
        cap_bytes=100_000,
        min_interval_s=0.0,
        backoff_s=0.01,
        obey_robots=False,
    )


@pytest.fixture
def fetch(quick: FetchSettings) -> Callable[..., Capture]:
    """Fetch one URL or Request with the quick settings, some of them changed."""

    def fetch_one(asked: str | Request, **changed: object) -> Capture:
        async def run() -> Capture:
            async with Door(dataclasses.replace(quick, **changed)) as door:  # type: ignore[arg-type]
                return await door.fetch(Request(asked) if isinstance(asked, str) else asked)

        return asyncio.run(run())

    return fetch_one


@pytest.fixture
def visit(world: World) -> Callable[..., Capture]:
    """Fetch one URL or Request from the tests' own internet, with settings that lose no time, some of them changed."""

    def visit_one(asked: str | Request, **changed: object) -> Capture:
        async def run() -> Capture:
            async with Door(dataclasses.replace(HASTE, **changed), network=world.network) as door:  # type: ignore[arg-type]
                return await door.fetch(Request(asked) if isinstance(asked, str) else asked)

        return asyncio.run(run())

    return visit_one


@pytest.fixture
def haste() -> FetchSettings:
    """Settings that lose no time and allow no exception from the address guard."""
    return HASTE


@pytest.fixture
def say() -> Callable[..., bytes]:
    """Writes a whole response."""
    return response


@pytest.fixture
def send_to() -> Callable[..., bytes]:
    """Writes a redirect."""
    return redirect


@pytest.fixture
def behaviours() -> dict[str, Behaviour]:
    """Servers that do not simply answer."""
    return {
        "silent": silent,
        "slow headers": slow_headers,
        "slow body": slow_body,
        "endless body": endless_body,
        "reset": reset,
    }


@pytest.fixture
def replaced() -> Callable[..., FetchSettings]:
    """Settings with some of them changed."""
    return dataclasses.replace


@pytest.fixture
def free_port() -> int:
    """A port nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
