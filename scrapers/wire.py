"""The wire: one HTTP request sent once, through the address guard, and its answer read under the caps.

It speaks through httpcore, the engine of httpx, because what httpx adds is what must not happen here: it decodes any
encoding without a limit, follows redirects anywhere, keeps cookies and logs whole URLs.
HTTP/2 is spoken where a site offers it over TLS, otherwise HTTP/1.1.
Header size: a response head of more than 100 KiB (HTTP/1.1) or 64 KiB (HTTP/2) is refused by the libraries beneath.
"""

from __future__ import annotations

import logging
import re
import ssl
import time
from dataclasses import dataclass, field, replace
from functools import cache
from http import HTTPStatus
from importlib.metadata import version
from typing import TYPE_CHECKING

import httpcore
import httpx

from scrapers.body import BROKEN, Body
from scrapers.errors import BadResponse, Transient
from scrapers.guard import AllowList, GuardedBackend, resolve
from scrapers.redact import shown, without, without_in
from storage.nouns import Capture

if TYPE_CHECKING:
    from scrapers.guard import Resolve
    from scrapers.protocol import Request

for _library in ("httpcore", "hpack"):  # their DEBUG lines hold whole headers
    logging.getLogger(_library).setLevel(logging.WARNING)

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BODILESS = frozenset({204, 304})
_PARTING = REDIRECTS | {HTTPStatus.MISDIRECTED_REQUEST}  # answers after which the connection is closed
_UNKEPT = frozenset({"set-cookie", "set-cookie2"})
_KEEPALIVE_S = 30.0
_MOST_CONNECTIONS = 100  # one a host: more hosts than this are not met at once
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")  # RFC 9110, 5.6.2; HTTP/2 lets anything through
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


@cache
def _system_tls() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


@dataclass(frozen=True, slots=True)
class Network:
    """What lies beneath the address guard: the machine's own network, unless a test gives another.

    Attributes:
        lookup: finds a host's addresses; the guard checks what it answers.
        backend: opens a connection to an address the guard has let through.
        tls: whose certificates are trusted.
    """

    lookup: Resolve = resolve
    backend: httpcore.AsyncNetworkBackend = field(default_factory=httpcore.AnyIOBackend)
    tls: ssl.SSLContext = field(default_factory=_system_tls)


class Wire:
    """The connections of one run.

    Args:
        contact: an address or URL for the owners of sites, sent in the User-Agent.
        allow: exceptions to the address guard.
        cap_bytes: the largest body taken where the request names no other cap.
        network: what lies beneath the guard.
    """

    def __init__(self, *, contact: str, allow: AllowList, cap_bytes: int, network: Network) -> None:
        self._agent = user_agent(contact)
        self._cap_bytes = cap_bytes
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=network.tls,
            network_backend=GuardedBackend(allow, network.lookup, network.backend),
            keepalive_expiry=_KEEPALIVE_S,
            max_connections=_MOST_CONNECTIONS,
            http2=True,
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.aclose()

    async def send(self, request: Request, url: httpx.URL) -> Capture:
        """Send once and read all of the answer, whatever its status; the body of a redirect is left unread.

        Raises:
            BadResponse, Truncated, TooLarge: the body cannot be used.
            Transient: the connection failed.
            BlockedAddress, NotFound: from the address guard.
        """
        headers, reusable = self._headers(request, url), False
        try:
            async with self._pool.stream(
                request.method, _target(url, request), headers=headers, content=request.body
            ) as response:
                capture = await self._read(request, url, response)
            reusable = capture.complete and capture.status not in _PARTING
        except (*BROKEN, ValueError) as error:  # ValueError: httpcore reads an HTTP/2 status with int()
            raise _failed(request, url, error) from error
        else:
            return capture
        finally:
            if not reusable:
                await self._leave(url)

    async def _leave(self, url: httpx.URL) -> None:
        """Close the connection to this host: what may still come over it belongs to an answer that nobody reads.

        httpcore would go on with it in HTTP/2, until the unread bytes have used up the connection's window.
        """
        origin = httpcore.URL(str(url)).origin
        for connection in self._pool.connections:
            if connection.can_handle_request(origin) and not connection.is_closed():
                await connection.aclose()

    def _headers(self, request: Request, url: httpx.URL) -> list[tuple[bytes, bytes]]:
        own = {"accept": "*/*", "user-agent": self._agent}
        own |= {name.lower(): value for name, value in request.headers.items()}
        own |= {name.lower(): value for name, value in request.secrets.items()}
        own |= {"host": url.netloc.decode("ascii"), "accept-encoding": "gzip"}
        return [(name.encode("ascii"), value.encode("latin-1")) for name, value in own.items()]

    async def _read(self, request: Request, url: httpx.URL, response: httpcore.Response) -> Capture:
        capture = Capture(
            url=request.url,
            final_url=_hide(str(url), request),
            status=response.status,
            headers=_kept(request, response),
            body=b"",
            fetched_at=time.time_ns() // 1_000_000,
        )
        if response.status in REDIRECTS:
            return capture
        if response.status in _BODILESS:
            await _check_empty(response)
            return capture
        framed = response.extensions["http_version"] == b"HTTP/2"
        body = Body(capture.headers, request.cap_bytes or self._cap_bytes, framed=framed)
        try:
            await body.read(response.aiter_stream())
        except BadResponse as error:
            error.where = shown(str(url))
            error.capture = replace(capture, body=_hide_bytes(body.data, request), complete=False)
            if _is_success(response.status):
                raise
            return error.capture  # of a failure the status says enough
        return replace(capture, body=_hide_bytes(body.data, request))


async def _check_empty(response: httpcore.Response) -> None:
    async for chunk in response.aiter_stream():
        if chunk:
            raise BadResponse("A body came with an answer that has none.")


def _is_success(status: int) -> bool:
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


@cache
def user_agent(contact: str) -> str:
    """Who asks, and how to reach them."""
    return f"minyi/{version('minyi')}" + (f" (+{contact})" if contact else "")


def _kept(request: Request, response: httpcore.Response) -> dict[str, str]:
    """Headers as a capture holds them: lower-case names, repeated ones joined, no cookies, no secrets."""
    kept: dict[str, str] = {}
    for raw_name, raw_value in response.headers:
        name, value = raw_name.decode("latin-1").lower(), _CONTROL.sub(" ", raw_value.decode("latin-1"))
        value = _hide(value, request)
        if name not in _UNKEPT and _NAME.fullmatch(name):
            kept[name] = f"{kept[name]}, {value}" if name in kept else value
    return kept


def _target(url: httpx.URL, request: Request) -> str:
    return str(url.copy_merge_params(dict(request.secret_params))) if request.secret_params else str(url)


def _secrets(request: Request) -> tuple[str, ...]:
    return (*request.secrets.values(), *request.secret_params.values())


def _hide(text: str, request: Request) -> str:
    return without(text, _secrets(request))


def _hide_bytes(body: bytearray, request: Request) -> bytes:
    """The body; a service that repeats the user's key in it does not get the key kept."""
    return without_in(bytes(body), _secrets(request))


def _failed(request: Request, url: httpx.URL, error: Exception) -> BadResponse | Transient:
    """What a failed exchange is: a certificate does not get better by asking again, a connection may."""
    reason = _hide(str(error) or type(error).__name__, request)[:200]
    where = shown(str(url))
    if isinstance(error.args[0] if error.args else None, ssl.SSLCertVerificationError):
        remedy = "Check the address; a site whose certificate is wrong may be another one."
        return BadResponse(f"The site's certificate cannot be trusted ({reason}).", where=where, remedy=remedy)
    kept_to_http = isinstance(error, (httpcore.NetworkError, httpcore.TimeoutException, ssl.SSLError))
    what = "The connection failed" if kept_to_http else "The server did not keep to HTTP"
    return Transient(f"{what} ({reason}).", where=where, remedy="Try again later.")
