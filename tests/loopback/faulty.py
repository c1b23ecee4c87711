"""Faults of a network, drawn for each request: `world.otherwise = Faulty(growing, seed=1, rate=0.4).answer`."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import random
import socket
import zlib
from collections import Counter
from typing import TYPE_CHECKING

import httpcore
from hostile import BEHAVIOURS
from world import Detour, network

from scrapers.fetch import Network

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from typing import Any

    from growing import Growing
    from talk import Talk
    from world import Facts, World

    Fault = Callable[[Talk, int, dict[str, str], bytes], Awaitable[None]]

QUICK = (
    "no answer", "cut body", "no last chunk", "not http", "odd status", "reset stream", "refused stream", "goaway",
    "misdirected", "cut gzip", "not gzip", "unframed", "redirect to itself", "redirect to loopback",
    "redirect to a file", "busy", "broken", "too many requests", "too many requests for hours", "forbidden",
    "login wanted", "teapot", "html instead", "captcha", "empty", "json cut by its author", "impossible charset",
)  # fmt: skip
"""Behaviours of hostile.py that cost neither time nor processor."""
SLOW = ("silent", "slow headers", "slow body", "endless body")
"""Those that last until the asker's deadline."""


async def cut_in_the_middle(talk: Talk, status: int, headers: dict[str, str], body: bytes) -> None:
    await talk.start(status, headers | {"content-length": str(len(body))})
    await talk.send(body[: len(body) // 2])
    await asyncio.sleep(0.01)
    talk.cut()


async def closed_in_the_middle(talk: Talk, status: int, headers: dict[str, str], body: bytes) -> None:
    """Nothing but the connection's end says that the body is over; over HTTP/2 the stream just stops."""
    await talk.start(status, headers | {"connection": "close"})
    await talk.send(body[: len(body) // 2])
    talk.over = True
    await asyncio.sleep(0.01)
    talk.writer.close()


async def length_too_great(talk: Talk, status: int, headers: dict[str, str], body: bytes) -> None:
    await talk.start(status, headers | {"content-length": str(len(body) + 100)})
    await talk.send(body)
    talk.over = True
    talk.writer.close()


async def length_too_small(talk: Talk, status: int, headers: dict[str, str], body: bytes) -> None:
    await talk.start(status, headers | {"content-length": str(len(body) // 2)})
    await talk.send(body)
    talk.over = True
    talk.writer.close()


async def half_of_a_gzip(talk: Talk, status: int, headers: dict[str, str], body: bytes) -> None:
    packed = gzip.compress(body, mtime=0)
    await talk.reply(status, headers | {"content-encoding": "gzip"}, packed[: len(packed) // 2])


async def garbage(talk: Talk, status: int, headers: dict[str, str], body: bytes) -> None:
    await talk.reply(status, headers, bytes((byte * 7 + 13) & 255 for byte in body[:4000]))


async def not_modified(talk: Talk, _status: int, _headers: dict[str, str], _body: bytes) -> None:
    """Whether anything was known or not."""
    await talk.start(304)
    await talk.end()


async def later(talk: Talk, _status: int, _headers: dict[str, str], _body: bytes) -> None:
    await talk.reply(429, {"retry-after": "0"})


SPOILT: dict[str, Fault] = {
    "cut in the middle": cut_in_the_middle,
    "closed in the middle": closed_in_the_middle,
    "length too great": length_too_great,
    "length too small": length_too_small,
    "half of a gzip": half_of_a_gzip,
    "garbage": garbage,
    "not modified": not_modified,
    "wait, but not for long": later,
}
"""Faults that are made of the right answer: status, headers and body."""


class Faulty:
    """A network with faults.

    Args:
        growing: what is answered otherwise.
        seed: of the dice; what the nth request for an address meets hangs on nothing else, and on no clock.
        rate: the share of requests that meet a fault; a quarter of it for robots.txt, without which nothing is asked.
        slow: the share of faults that last until the deadline.

    Attributes:
        met: how often each fault was met.
        rate: may be changed at any time; 0 for none any more.
        halves: SHA-256 of what came of answers that broke off, where their own end was not reached.
    """

    def __init__(self, growing: Growing, seed: int, rate: float, slow: float = 0.08) -> None:
        self._growing, self._seed, self._slow = growing, seed, slow
        self._asked: Counter[str] = Counter()
        self.rate = rate
        self.met: Counter[str] = Counter()
        self.halves: set[str] = set()

    async def answer(self, talk: Talk) -> None:
        """Answer whole, or not."""
        dice = self._dice(talk.url)
        rate = self.rate / 4 if talk.url.endswith("/robots.txt") else self.rate
        if dice.random() >= rate:
            await self._growing.answer(talk)
            return
        name = dice.choice(SLOW if dice.random() < self._slow else [*QUICK, *SPOILT, *SPOILT, *SPOILT])
        self.met[name] += 1
        if name in SPOILT:
            status, headers, body, _ = self._growing.page(talk.url, talk.headers)
            self.halves |= {hashlib.sha256(half).hexdigest() for half in _halves(name, body) if half}
            await SPOILT[name](talk, status, headers, body)
        else:
            await BEHAVIOURS[name](talk)

    def _dice(self, what: str) -> random.Random:
        self._asked[what] += 1
        return random.Random(f"{self._seed} {what} {self._asked[what]}")

    def _strikes(self, name: str, share: float) -> bool:
        struck = self._dice(name).random() < self.rate * share
        self.met[name] += struck
        return struck

    def network(self, world: World) -> Network:
        """The way to this internet, on which names are not found, connections refused and certificates foreign."""
        plain = network(world.facts, world.names)
        world.trusted = lambda _host: not self._strikes("a foreign certificate", 0.1)

        async def lookup(host: str, port: int) -> Sequence[str]:
            if self._strikes("no such name", 0.1):
                raise socket.gaierror(socket.EAI_AGAIN, "try again later")
            return await plain.lookup(host, port)

        return Network(lookup, _Refusing(world.facts, lambda: self._strikes("refused", 0.1)), plain.tls)


def _halves(name: str, body: bytes) -> tuple[bytes, ...]:
    if name == "half of a gzip":
        packed = gzip.compress(body, mtime=0)
        return (zlib.decompressobj(31).decompress(packed[: len(packed) // 2]),)
    return (body[: len(body) // 2],) if name in {"cut in the middle", "closed in the middle"} and body else ()


class _Refusing(Detour):
    """Connections that are refused now and then."""

    def __init__(self, facts: Facts, strikes: Callable[[], bool]) -> None:
        super().__init__(facts)
        self._strikes = strikes

    async def connect_tcp(self, host: str, port: int, *args: Any, **named: Any) -> httpcore.AsyncNetworkStream:
        if self._strikes():
            raise httpcore.ConnectError("connection refused")
        return await super().connect_tcp(host, port, *args, **named)
