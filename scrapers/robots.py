"""robots.txt (RFC 9309): what a site asks of programs, obeyed.

404 and other 4xx mean that everything is allowed; 5xx, 429, a broken file and silence mean stop.
Rules are kept for one run, so a site that changes them is obeyed from the next run on.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from http import HTTPStatus
from typing import TYPE_CHECKING

from protego import Protego

from scrapers.errors import BadResponse, Blocked, TooLarge
from scrapers.redact import shown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from storage.nouns import Capture

AGENT = "minyi"
_NOT_NOW = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
CAP_BYTES = 500 * 1024  # RFC 9309, 2.5: a parser reads at least this much


class Robots:
    """The rules of every site met in a run, each fetched once."""

    def __init__(self) -> None:
        self._rules: dict[str, Protego | str] = {}
        self._reading: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def check(self, origin: str, url: str, get: Callable[[str], Awaitable[Capture]]) -> float:
        """Seconds of Crawl-delay the site asks for, 0 for none.

        Args:
            origin: scheme, host and port, as `https://example.org`.
            url: the page about to be asked for.
            get: fetches a URL and gives its response whatever its status.

        Raises:
            Blocked: the site does not want this URL to be collected, or its rules cannot be read.
            CollectorError: the site cannot be reached at all.
        """
        async with self._reading[origin]:
            if origin not in self._rules:
                self._rules[origin] = await _read(f"{origin}/robots.txt", get)
        rules = self._rules[origin]
        if isinstance(rules, str):
            raise Blocked(f"robots.txt cannot be read ({rules}).", where=origin, remedy="Try again later.")
        if not rules.can_fetch(url, AGENT):
            remedy = "Ask the site, or leave it out."
            raise Blocked("robots.txt does not allow this page.", where=shown(url), remedy=remedy)
        return float(rules.crawl_delay(AGENT) or 0.0)


async def _read(url: str, get: Callable[[str], Awaitable[Capture]]) -> Protego | str:
    """The rules, or why they cannot be read."""
    try:
        capture = await get(url)
    except TooLarge as error:
        return _parsed(error.capture.body if error.capture else b"")
    except BadResponse as error:
        return error.what.rstrip(".")
    if HTTPStatus.OK <= capture.status < HTTPStatus.MULTIPLE_CHOICES:
        return _parsed(capture.body)
    if HTTPStatus.BAD_REQUEST <= capture.status < HTTPStatus.INTERNAL_SERVER_ERROR and capture.status not in _NOT_NOW:
        return _parsed(b"")  # RFC 9309, 2.3.1.3: no rules are given
    return f"HTTP {capture.status}"  # 2.3.1.4: they cannot be had


def _parsed(body: bytes) -> Protego:
    return Protego.parse(body[:CAP_BYTES].decode("utf-8-sig", "replace"))
