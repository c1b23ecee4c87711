"""An internet on loopback: every host name, plain and with TLS, over HTTP/1.1 and HTTP/2.

    world.serve("https://forum.example/latest.json?page=1", b"{}")
    world.behave("https://slow.example/", "slow body")       # see hostile.py
    collect(study, settings, network=world.network, …)
    assert world.asked[0][0] == "https://forum.example/robots.txt"

Names resolve to public addresses, so the address guard works as it does outside; only beneath it do connections go to
loopback. Another process builds the same network with `network(facts)`.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
import zlib
from contextlib import suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import h2.events
import httpcore
import trustme
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.exceptions import ProtocolError
from talk import NOTHING, Talk1, Talk2

from scrapers.fetch import Network

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from talk import Behaviour, Talk

Identity = tuple[str, str, str, tuple[tuple[str, str], ...]]
_TLS_PORTS = frozenset({443, 8443})


class Facts(NamedTuple):
    """What another process needs to reach the same internet; plain enough for JSON.

    Attributes:
        plain: the loopback port that speaks HTTP.
        secure: the one that speaks HTTPS.
        authority: the PEM file of the authority that signs every certificate.
    """

    plain: int
    secure: int
    authority: str


def network(facts: Facts, names: Mapping[str, Sequence[str]] = {}) -> Network:
    """The network beneath the guard; `names` gives a host other addresses, or none."""

    async def lookup(host: str, _port: int) -> Sequence[str]:
        return names[host] if host in names else [address_of(host)]

    return Network(lookup, Detour(facts), ssl.create_default_context(cafile=facts.authority))


def address_of(host: str) -> str:
    """A public address, the same one for a name every time."""
    digest = zlib.crc32(host.encode())
    return f"93.184.{digest >> 8 & 255}.{digest & 255}"


class Detour(httpcore.AnyIOBackend):
    """Connects to loopback instead of to the public address that was checked.

    Attributes:
        connected: every address asked for, with its port.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self.connected: list[tuple[str, int]] = []

    async def connect_tcp(self, host: str, port: int, *args: Any, **named: Any) -> httpcore.AsyncNetworkStream:
        self.connected.append((host, port))
        if ip_address(host).is_global:
            port = self._facts.secure if port in _TLS_PORTS else self._facts.plain
            host = "127.0.0.1"
        return await super().connect_tcp(host, port, *args, **named)


async def _missing(talk: Talk) -> None:
    await talk.reply(404, {"content-type": "text/plain"}, b"no such page")


def page(body: bytes, status: int, headers: Mapping[str, str]) -> Behaviour:
    """Answers with the same page always, and with 304 where the asker has it already."""
    known = {name.lower(): value for name, value in headers.items()}

    async def answer(talk: Talk) -> None:
        for validator, condition in (("etag", "if-none-match"), ("last-modified", "if-modified-since")):
            if validator in known and talk.headers.get(condition) == known[validator]:
                await talk.start(304, {validator: known[validator]})
                await talk.end()
                return
        await talk.reply(status, headers, body)

    return answer


class World:
    """The internet of one test run, in a thread of its own.

    Attributes:
        asked: every request, as its URL and headers.
        names: hosts that have other addresses than `address_of` gives; an empty list for none.
        secret_params: parameters that are recorded but do not tell pages apart.
        otherwise: how a URL behaves that nobody served.
        trusted: whether a host shows a certificate of its own name when it is asked for by that name.
        connections: how many connections were opened.
        open: those that still are.
        protocols: which protocol each request came by.
    """

    def __init__(self, folder: Path) -> None:
        self._authority = trustme.CA()
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._file = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(self._file)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self.names: dict[str, list[str]] = {}
        self.clear()

    def clear(self) -> None:
        """Forget every page and request."""
        self._pages: dict[Identity, list[Behaviour]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.protocols: list[str] = []
        self.connections = 0
        self.open: set[asyncio.StreamWriter] = set()
        self.secret_params = {"key"}
        self.otherwise: Behaviour = _missing
        self.names.clear()
        self.trusted: Callable[[str], bool] = lambda host: not host.startswith("untrusted.")

    def serve(
        self,
        url: str,
        body: bytes | str,
        status: int = 200,
        type: str = "application/json",  # noqa: A002  the header's own name
        headers: Mapping[str, str] = NOTHING,
    ) -> None:
        """Answer this URL with a page; the order of its parameters does not matter."""
        content = body.encode() if isinstance(body, str) else body
        self.behave(url, page(content, status, {"content-type": type, **headers}))

    def behave(self, url: str, *behaviours: str | Behaviour) -> None:
        """Let this URL behave so; several are given one after the other, the last one again and again."""
        from hostile import BEHAVIOURS

        self._pages[self._identity(url)] = [BEHAVIOURS[one] if isinstance(one, str) else one for one in behaviours]

    async def nearest(self, talk: Talk) -> None:
        """The first page served at the same path, whatever its parameters: a listing that is asked for since then."""
        here = self._identity(talk.url)[:3]
        same = [behaviours[0] for place, behaviours in self._pages.items() if place[:3] == here]
        await (same[0] if same else _missing)(talk)

    def urls(self, host: str = "") -> list[str]:
        """The URLs asked for, in order, of one host or of all; robots.txt left out."""
        urls = [url for url, _ in self.asked if urlsplit(url).path != "/robots.txt"]
        return [url for url in urls if not host or urlsplit(url).hostname == host]

    @property
    def facts(self) -> Facts:
        return Facts(self._ports[0], self._ports[1], str(self._file))

    @property
    def network(self) -> Network:
        return network(self.facts, self.names)

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(10)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join(10)

    def _identity(self, url: str) -> Identity:
        parts = urlsplit(url)
        query = sorted(pair for pair in parse_qsl(parts.query, True) if pair[0] not in self.secret_params)
        return parts.scheme, parts.netloc, parts.path or "/", tuple(query)

    async def _run(self) -> None:
        self._loop, self._done = asyncio.get_running_loop(), asyncio.Event()
        self._loop.set_exception_handler(lambda *_: None)  # connections that die are what this is for
        doors = [
            await asyncio.start_server(self._meet, "127.0.0.1", 0, limit=1 << 20, ssl=tls)
            for tls in (None, self._tls("localhost"))
        ]
        self._ports = [door.sockets[0].getsockname()[1] for door in doors]
        self._ready.set()
        await self._done.wait()
        for door in doors:
            door.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    def _tls(self, host: str) -> ssl.SSLContext:
        """A certificate for any host, made when it is first asked for by name."""
        if host not in self._contexts:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._authority.issue_cert(host).configure_cert(context)
            context.set_alpn_protocols(["h2", "http/1.1"])
            context.sni_callback = self._present
            self._contexts[host] = context
        return self._contexts[host]

    def _present(self, connection: ssl.SSLObject, host: str | None, _: ssl.SSLContext) -> None:
        if host is not None and self.trusted(host):
            connection.context = self._tls(host)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open.add(writer)
        wrapped: ssl.SSLObject | None = writer.get_extra_info("ssl_object")
        try:
            if wrapped and wrapped.selected_alpn_protocol() == "h2":
                await self._speak_http2(reader, writer)
            else:
                while await self._speak_http1(reader, writer, "https" if wrapped else "http"):
                    pass
        except (OSError, asyncio.IncompleteReadError, ProtocolError):
            pass
        finally:
            self.open.discard(writer)
            writer.close()

    async def _answer(self, talk: Talk) -> None:
        self.asked.append((talk.url, talk.headers))
        self.protocols.append("h2" if isinstance(talk, Talk2) else "http/1.1")
        behaviours = self._pages.get(self._identity(talk.url), [self.otherwise])
        with suppress(OSError, ProtocolError):
            await (behaviours.pop(0) if len(behaviours) > 1 else behaviours[0])(talk)

    async def _speak_http1(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, scheme: str) -> bool:
        """Answer one request; whether another may follow."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *fields = head.rstrip().split("\r\n")
        method, target, _ = line.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        talk = Talk1(f"{scheme}://{headers['host']}{target}", method, headers, body, writer)
        await self._answer(talk)
        return not talk.over

    async def _speak_http2(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer every stream of a connection, each in a task of its own."""
        link = H2Connection(H2Configuration(client_side=False, header_encoding="latin-1"))
        link.initiate_connection()
        writer.write(link.data_to_send())
        waiting: dict[int, Talk2] = {}
        tasks: set[asyncio.Task[None]] = set()
        try:
            while data := await reader.read(1 << 16):
                for event in link.receive_data(data):
                    if isinstance(event, h2.events.RequestReceived):
                        waiting[event.stream_id] = _asked(event, link, writer)
                    elif isinstance(event, h2.events.DataReceived):
                        waiting[event.stream_id].body += event.data
                        link.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                    elif isinstance(event, h2.events.StreamEnded):
                        tasks.add(asyncio.create_task(self._answer(waiting.pop(event.stream_id))))
                writer.write(link.data_to_send())
        finally:
            for task in tasks:
                task.cancel()


def _asked(event: h2.events.RequestReceived, link: H2Connection, writer: asyncio.StreamWriter) -> Talk2:
    given = {str(name): str(value) for name, value in event.headers or ()}
    url = f"{given[':scheme']}://{given[':authority']}{given[':path']}"
    headers = {"host": given[":authority"]} | {name: value for name, value in given.items() if name[0] != ":"}
    return Talk2(url, given[":method"], headers, b"", writer, link=link, stream=event.stream_id)
