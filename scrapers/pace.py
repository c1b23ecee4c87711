"""Politeness: one request at a time per host, a pause after each, and the time a site asks to be left alone."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from scrapers.errors import RateLimited

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

_FAR = timedelta(days=365)
_LIMITS = ("x-ratelimit", "ratelimit", "x-rate-limit")
_NUMBER = re.compile(r"\d{1,15}(\.\d{1,9})?", re.ASCII)
# A number this large is no wait (30 years) but a moment, in seconds or milliseconds since 1970.
_MOMENT, _MOMENT_MS = 1e9, 1e11


@dataclass(slots=True)
class _Host:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0
    pause: float = 0.0


class Pace:
    """The turn-taking of one run, host by host.

    Args:
        max_wait_s: a longer wait is not sat out: RateLimited says when to come back.
        clock: seconds of a clock that never goes back.
    """

    def __init__(self, max_wait_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._hosts: dict[str, _Host] = {}
        self._max_wait_s = max_wait_s
        self._clock = clock

    @asynccontextmanager
    async def turn(self, host: str, interval_s: float) -> AsyncIterator[None]:
        """Wait for this host's turn, hold it, and leave `interval_s` (or the host's own delay) after it.

        Raises:
            RateLimited: the turn is further off than this run waits.
        """
        entry = self._hosts.setdefault(host, _Host())
        async with entry.lock:
            wait = entry.free_at - self._clock()
            if wait > self._max_wait_s:
                raise too_long(wait, host)
            await asyncio.sleep(max(0.0, wait))
            try:
                yield
            finally:
                entry.free_at = max(entry.free_at, self._clock() + max(interval_s, entry.pause))

    def slow_down(self, host: str, pause_s: float) -> None:
        """Leave at least this much between requests to the host from now on (robots.txt's Crawl-delay)."""
        self._hosts.setdefault(host, _Host()).pause = pause_s

    def rest(self, host: str, seconds: float) -> None:
        """Leave the host alone for this long (Retry-After)."""
        entry = self._hosts.setdefault(host, _Host())
        entry.free_at = max(entry.free_at, self._clock() + seconds)

    def wait_for(self, host: str) -> float:
        """Seconds until this host may be asked again; 0 where it may be asked now."""
        return max(0.0, self._hosts[host].free_at - self._clock()) if host in self._hosts else 0.0

    def bearable(self, seconds: float) -> bool:
        """Whether this run would wait that long."""
        return seconds <= self._max_wait_s


def too_long(seconds: float, host: str) -> RateLimited:
    """The error for a wait that a run does not sit out."""
    return asked_to_wait(datetime.now(UTC) + timedelta(seconds=min(seconds, _FAR.total_seconds())), host)


def asked_to_wait(when: datetime, where: str) -> RateLimited:
    """The error for a site that named the time to come back (UTC), in this run or an earlier one."""
    remedy = f"Collect again after {when:%Y-%m-%d %H:%M} UTC."
    return RateLimited("The site asks to be left alone for now.", where=where, remedy=remedy, retry_at=when)


def wait_asked(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds that a refusal asks for: Retry-After, or else when its rate limit begins anew. None if it names none."""
    asked = retry_after(headers.get("retry-after"), now)
    resets = (_until(headers.get(f"{name}-reset", ""), now) for name in _LIMITS)
    return asked if asked is not None else next((wait for wait in resets if wait is not None), None)


def wait_spent(headers: Mapping[str, str], now: datetime | None = None) -> float:
    """Seconds until a rate limit begins anew in which no request is left; 0 where some are, or none is named."""
    waits = [0.0]
    for name in _LIMITS:
        left = headers.get(f"{name}-remaining", "").strip()
        if _NUMBER.fullmatch(left) and float(left) < 1:
            waits.append(_until(headers.get(f"{name}-reset", ""), now) or 0.0)
    return max(waits)


def _until(reset: str, now: datetime | None) -> float | None:
    """Seconds until a rate limit's reset; None if it cannot be read.

    It is a date (Mastodon), a wait in seconds (Reddit; draft-ietf-httpapi-ratelimit-headers-07), or a moment in
    seconds or milliseconds since 1970 (Bluesky and others).
    """
    reset, present = reset.strip(), now or datetime.now(UTC)
    if _NUMBER.fullmatch(reset):
        number = float(reset)
        moment = number / 1000 if number >= _MOMENT_MS else number
        wait = moment - present.timestamp() if number >= _MOMENT else number
    else:
        try:
            when = datetime.fromisoformat(reset)
            wait = (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() - present.timestamp()
        except (ValueError, OverflowError):
            return retry_after(reset, now)
    return min(max(0.0, wait), _FAR.total_seconds())


def retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Seconds to wait by a Retry-After header: a number or an HTTP date (RFC 9110, 10.2.3). None if neither."""
    value = (value or "").strip()
    if value.isascii() and value.isdecimal():
        return min(float(value[:12]), _FAR.total_seconds())
    try:
        when = parsedate_to_datetime(value)
        return max(0.0, (when.astimezone(UTC) - (now or datetime.now(UTC))).total_seconds())
    except (ValueError, OverflowError):
        return None
