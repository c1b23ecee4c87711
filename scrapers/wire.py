"""The wire: one HTTP request sent once, through the address guard, and its answer read under the caps.

It speaks through httpcore, the engine of httpx, because what httpx adds is what must not happen here: it decodes any
encoding without a limit, follows redirects anywhere, keeps cookies and logs whole URLs.
Header size: httpcore refuses a response head of more than 100 KiB.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field, replace
from functools import cache
from http import HTTPStatus
from importlib.metadata import version
from typing import TYPE_CHECKING

import httpcore
import httpx

from scrapers.body import Body
from scrapers.errors import BadResponse, Transient
from scrapers.guard import AllowList, GuardedBackend, resolve
from scrapers.redact import shown, without
from storage.nouns import Capture

if TYPE_CHECKING:
    import ssl

    from scrapers.guard import Resolve
    from scrapers.protocol import Request

logging.getLogger("httpcore").setLevel(logging.WARNING)  # its DEBUG lines hold whole headers

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BODILESS = frozenset({204, 304})
_UNKEPT = frozenset({"set-cookie", "set-cookie2"})
_KEEPALIVE_S = 30.0


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
        content, headers = request.body, self._headers(request, url)
        try:
            async with self._pool.stream(
                request.method, _target(url, request), headers=headers, content=content
            ) as got:
                return await self._read(request, url, got)
        except (httpcore.NetworkError, httpcore.TimeoutException) as error:
            raise _transient("The connection failed", request, url, error) from error
        except httpcore.ProtocolError as error:
            raise _transient("The answer is not HTTP that can be read", request, url, error) from error

    def _headers(self, request: Request, url: httpx.URL) -> list[tuple[str, str]]:
        own = {"accept": "*/*", "user-agent": self._agent}
        own |= {name.lower(): value for name, value in request.headers.items()}
        own |= {name.lower(): value for name, value in request.secrets.items()}
        own |= {"host": url.netloc.decode("ascii"), "accept-encoding": "gzip"}
        return list(own.items())

    async def _read(self, request: Request, url: httpx.URL, response: httpcore.Response) -> Capture:
        capture = Capture(
            url=request.url,
            final_url=_hide(str(url), request),
            status=response.status,
            headers=_kept(request, response),
            body=b"",
            fetched_at=time.time_ns() // 1_000_000,
        )
        if response.status in REDIRECTS | _BODILESS:
            return capture
        body = Body(capture.headers, request.cap_bytes or self._cap_bytes)
        try:
            await body.read(response.aiter_stream())
        except BadResponse as error:
            error.where = shown(str(url))
            error.capture = replace(capture, body=bytes(body.data), complete=False)
            if _is_success(response.status):
                raise
            return error.capture  # of a failure the status says enough
        return replace(capture, body=bytes(body.data))


def _is_success(status: int) -> bool:
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def user_agent(contact: str) -> str:
    """Who asks, and how to reach them."""
    return f"minyi/{version('minyi')}" + (f" (+{contact})" if contact else "")


def _kept(request: Request, response: httpcore.Response) -> dict[str, str]:
    """Headers as a capture holds them: lower-case names, repeated ones joined, no cookies, no secrets."""
    kept: dict[str, str] = {}
    for raw_name, raw_value in response.headers:
        name, value = raw_name.decode("latin-1").lower(), _hide(raw_value.decode("latin-1"), request)
        if name not in _UNKEPT:
            kept[name] = f"{kept[name]}, {value}" if name in kept else value
    return kept


def _target(url: httpx.URL, request: Request) -> str:
    return str(url.copy_merge_params(dict(request.secret_params))) if request.secret_params else str(url)


def _hide(text: str, request: Request) -> str:
    return without(text, (*request.secrets.values(), *request.secret_params.values()))


def _transient(what: str, request: Request, url: httpx.URL, error: Exception) -> Transient:
    reason = _hide(str(error) or type(error).__name__, request)[:200]
    return Transient(f"{what} ({reason}).", where=shown(str(url)), remedy="Try again later.")
