"""The fetch door: the only way to the network for collection.

What goes through it is guarded (scrapers.guard), polite (scrapers.pace, scrapers.robots), bounded in size
(scrapers.wire, scrapers.body) and in time, and comes back complete or as a typed error (scrapers.errors).
"""

from __future__ import annotations

import asyncio
import logging
import string
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

import httpx

from scrapers.errors import (
    AuthNeeded,
    BadRedirect,
    BadResponse,
    Blocked,
    CollectorError,
    Deadline,
    NotFound,
    RateLimited,
    SettingsError,
    Transient,
    Truncated,
)
from scrapers.guard import AllowList, checked_url
from scrapers.pace import Pace, too_long, wait_asked, wait_spent
from scrapers.protocol import Request
from scrapers.redact import shown
from scrapers.robots import CAP_BYTES, Robots
from scrapers.wire import REDIRECTS, Network, Wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from storage.nouns import Capture

__all__ = ["Door", "FetchSettings", "Network"]

log = logging.getLogger(__name__)

MAX_HOPS = 5
# Answers that may be other ones a moment later; 52x are those of a content network that cannot reach its site.
_AGAIN = frozenset({408, 421, 425, 429, 500, 502, 503, 504, *range(520, 528)})
_ONLY_IF_ASKED = {304: frozenset({"if-none-match", "if-modified-since"}), 206: frozenset({"range"})}


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """How the door behaves.

    Attributes:
        contact: an address or URL for the owners of sites, sent in the User-Agent.
        allow: exceptions to the address guard: networks or host:port.
        total_s: the time one fetch may take, waits for politeness left out.
        cap_bytes: the largest body taken, after inflating.
        min_interval_s: the pause between two requests to one host.
        max_wait_s: the longest wait a site may ask for and still be asked again in this run.
        attempts: how often a request is made when the answer is 429, 5xx, broken off or a transport error.
        backoff_s: the wait before the second attempt, doubled each time.
        obey_robots: whether robots.txt is read and obeyed.
    """

    contact: str = ""
    allow: tuple[str, ...] = ()
    total_s: float = 30.0
    cap_bytes: int = 10 * 1024 * 1024
    min_interval_s: float = 1.0
    max_wait_s: float = 60.0
    attempts: int = 3
    backoff_s: float = 1.0
    obey_robots: bool = True

    def __post_init__(self) -> None:
        if not (self.contact.isascii() and self.contact.isprintable()):
            raise SettingsError(
                "The contact must be plain text.", where="contact", remedy="Write an e-mail address or a URL."
            )


class Door:
    """One run's way to the network; use as an async context manager.

    Args:
        settings: limits and manners.
        network: what lies beneath the address guard; the machine's own network unless a test gives another.
    """

    def __init__(self, settings: FetchSettings, *, network: Network | None = None) -> None:
        self.settings = settings
        self.wire = Wire(
            contact=settings.contact,
            allow=AllowList.of(settings.allow),
            cap_bytes=settings.cap_bytes,
            network=network or Network(),
        )
        self.pace = Pace(settings.max_wait_s)
        self.robots = Robots()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.wire.close()

    async def fetch(self, request: Request) -> Capture:
        """What the URL answers: 2xx, or 304 for a conditional request, always complete.

        Raises:
            CollectorError: one of its kinds; see scrapers.errors.
        """
        capture = await _Fetch(self, request, obey_robots=self.settings.obey_robots).run()
        try:
            _check_status(capture)
        except CollectorError as error:
            error.capture = capture  # its body may say more than its status does
            raise
        return capture

    def wait_for(self, url: str) -> float:
        """Seconds until the URL's host may be asked again; 0 where it may be asked now, or is no host."""
        with suppress(httpx.InvalidURL):
            return self.pace.wait_for(_host(httpx.URL(url)))
        return 0.0


class _Fetch:
    """One request with its hops and attempts, and the time left for all of them."""

    def __init__(self, door: Door, request: Request, *, obey_robots: bool) -> None:
        self._door = door
        self._settings = door.settings
        self._request = request
        self._obey_robots = obey_robots
        self._left = self._settings.total_s if request.total_s is None else request.total_s

    async def run(self) -> Capture:
        """The final response, whatever its status."""
        given = self._request
        for _ in range(MAX_HOPS + 1):
            url = checked_url(self._request.url)
            # robots.txt speaks to crawlers; who asks with a key of their own has agreed on terms with the service.
            if self._obey_robots and not self._request.keyed:
                await self._ask_robots(url)
            capture = await self._attempts(url)
            target = _location(capture.headers.get("location", ""))
            if capture.status not in REDIRECTS or not target:
                _check_asked(capture, self._request)
                return replace(capture, url=given.url)
            self._request = _redirected(self._request, url, target)
        raise BadRedirect(f"More than {MAX_HOPS} redirects.", where=shown(given.url))

    async def _ask_robots(self, url: httpx.URL) -> None:
        delay = await self._door.robots.check(_origin(url), str(url), self._robots_txt)
        if delay:
            self._door.pace.slow_down(_host(url), delay)

    async def _robots_txt(self, url: str) -> Capture:
        request = Request(url, cap_bytes=CAP_BYTES, total_s=self._left)
        inner = _Fetch(self._door, request, obey_robots=False)
        try:
            return await inner.run()
        finally:
            self._left = inner._left

    async def _attempts(self, url: httpx.URL) -> Capture:
        """The response, asked for again where that can help."""
        attempt = 1
        while True:
            wait = self._settings.backoff_s * 2 ** (attempt - 1)
            last = attempt >= self._settings.attempts
            try:
                capture = await self._turn(url)
            except (Transient, Truncated) as error:
                if last or isinstance(error, Deadline):
                    raise
            else:
                if capture.status not in _AGAIN:
                    return capture
                wait = self._wait_asked_for(url, capture, wait)
                if last:
                    return capture
            self._door.pace.rest(_host(url), wait)
            attempt += 1

    def _wait_asked_for(self, url: httpx.URL, capture: Capture, wait: float) -> float:
        asked = wait_asked(capture.headers)
        if asked is None:
            return wait
        self._door.pace.rest(_host(url), asked)
        if not self._door.pace.bearable(asked):
            raise too_long(asked, _host(url))
        return asked

    async def _turn(self, url: httpx.URL) -> Capture:
        interval = max(self._settings.min_interval_s, self._request.min_interval_s)
        async with self._door.pace.turn(_host(url), interval), self._time(url):
            log.debug("%s %s", self._request.method, shown(str(url)))
            capture = await self._door.wire.send(self._request, url)
        self._door.pace.rest(_host(url), wait_spent(capture.headers))
        return capture

    @asynccontextmanager
    async def _time(self, url: httpx.URL) -> AsyncIterator[None]:
        """Count the time this takes against what is left for the whole fetch."""
        begun = time.monotonic()
        try:
            async with asyncio.timeout(max(0.0, self._left)):
                yield
        except TimeoutError as error:
            remedy = "Try again later, or raise total_s under [fetch]."
            raise Deadline(
                "The request took too long and was given up.", where=shown(str(url)), remedy=remedy
            ) from error
        finally:
            self._left -= time.monotonic() - begun


def _location(header: str) -> str:
    """Where a redirect leads; what is not ASCII is UTF-8 or else taken byte by byte, as from a site in GBK."""
    raw = header.encode("latin-1")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return quote(raw, safe=string.printable)


def _redirected(request: Request, url: httpx.URL, target: str) -> Request:
    """The request for the next hop: to another origin nothing goes along but the plain headers."""
    try:
        there = url.join(target).copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError) as error:
        raise BadRedirect("A redirect leads to something that is no URL.", where=shown(str(url))) from error
    if there.scheme not in {"http", "https"}:
        raise BadRedirect(
            f"A redirect leads to {there.scheme[:20]}:, which is not collected from.", where=shown(str(url))
        )
    if _origin(there) != _origin(url):
        return Request(
            str(there),
            cap_bytes=request.cap_bytes,
            total_s=request.total_s,
            min_interval_s=request.min_interval_s,
        )
    return replace(request, url=str(there), method="GET", body=None)


def _origin(url: httpx.URL) -> str:
    return f"{url.scheme}://{_host(url)}"


def _host(url: httpx.URL) -> str:
    return url.netloc.decode("ascii")


def _check_asked(capture: Capture, request: Request) -> None:
    """Refuse "not modified" and a part of the whole as answers to a request that was for the whole."""
    needed = _ONLY_IF_ASKED.get(capture.status)
    if needed and not needed & {name.lower() for name in request.headers}:
        said = f"The site answered {capture.status}{_phrase(capture.status)}, which was not asked for."
        raise BadResponse(said, where=capture.final_url, remedy="Try again later.", capture=capture)


def _check_status(capture: Capture) -> None:
    """Turn a status that is no success into its error."""
    status, where = capture.status, capture.final_url
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES or status == HTTPStatus.NOT_MODIFIED:
        return
    said = f"The site answered {status}{_phrase(status)}."
    if status in {401, 407}:
        raise AuthNeeded(said, where=where, remedy="Give a key, if the site hands them out, or leave it out.")
    if status in {403, 451}:
        raise Blocked(said, where=where, remedy="Ask the site, or leave it out.")
    if status in {404, 410}:
        raise NotFound(said, where=where, remedy="Check the address.")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        asked = wait_asked(capture.headers)
        when = None if asked is None else datetime.now(UTC) + timedelta(seconds=asked)
        raise RateLimited(said, where=where, remedy="Collect again later, or less often.", retry_at=when)
    if status in _AGAIN or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise Transient(said, where=where, remedy="Try again later.")
    raise BadResponse(said, where=where, remedy="Check the address.", capture=capture)


def _phrase(status: int) -> str:
    with suppress(ValueError):
        return f" ({HTTPStatus(status).phrase})"
    return ""
