"""The user's own keys: read from the environment, put into requests at the last moment, shown to nobody.

A key goes to the collector's own hosts only, and over TLS only. It is never part of a URL, a message or a capture: the
door redacts `Request.secrets` and `Request.secret_params`, and the answer of a token exchange is read here and dropped.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from scrapers.errors import AuthNeeded, BadResponse, CollectorError, CollectorFault, SettingsError
from scrapers.protocol import Request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from scrapers.protocol import Collector, Key
    from storage.nouns import Capture

    Fetch = Callable[[Request], Awaitable[Capture]]

_PLAIN = re.compile(r"[\x21-\x7e]+")
_WITH_HOST = re.compile(
    r"(?P<host>(?:[\w-]+\.)+[\w-]+(?::\d{1,5}(?=:))?|localhost(?::\d{1,5}(?=:))?):(?P<key>[\x21-\x7e]+)"
)
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_TOKEN_CAP = 64 * 1024
_EARLY_S = 60.0  # renewed before it is over: a request may wait its turn with the token already in it


@dataclass(frozen=True, slots=True)
class _Token:
    """A bearer token, and the moment of the keyring's clock at which it is over (None: unknown)."""

    value: str = field(repr=False)
    over: float | None


class _Exchange(NamedTuple):
    """What tells one token from another."""

    endpoint: str
    variable: str


class Keyring:
    """The keys of one run; the tokens they are exchanged for are kept in memory and shared by its sources.

    Args:
        environment: where the keys are, by variable name.
        clock: seconds of a clock that never goes back.
    """

    def __init__(self, environment: Mapping[str, str], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._environment = environment
        self._clock = clock
        self._tokens: dict[_Exchange, _Token] = {}
        self._locks: defaultdict[_Exchange, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def dress(self, request: Request, collector: Collector, fetch: Fetch) -> Request:
        """The request with the collector's key in its secrets; as it was where no key belongs in it.

        Args:
            request: as the collector made it.
            collector: whose key it is.
            fetch: asks a token endpoint; the answer comes through here only.

        Raises:
            AuthNeeded: a required key is not set, or the service gives no token for it.
            SettingsError: what is set cannot be a key.
            CollectorFault: the request leads to a host that is not the collector's, or has no TLS.
            CollectorError: the token endpoint could not be asked.
        """
        key = collector.key
        if key is None or not request.keyed:
            return request
        if not (secret := self._secret(key, request.url)):
            return replace(request, keyed=False)  # who asks without a key is a crawler like any other
        _check_host(request.url, collector)
        if key.exchange:
            secret = await self._token(key, secret, fetch)
        if key.parameter:
            return replace(request, secret_params={**request.secret_params, key.parameter: secret})
        return replace(request, secrets={**request.secrets, "Authorization": f"Bearer {secret}"})

    def forget(self, collector: Collector) -> bool:
        """Drop the collector's token after a 401; whether there was one, so that asking once more may help."""
        key = collector.key
        return key is not None and self._tokens.pop(_Exchange(key.exchange, key.variable), None) is not None

    def _secret(self, key: Key, url: str) -> str:
        """What the variable holds for this address; empty where an optional key is not set."""
        secret = self._environment.get(key.variable, "")
        if not secret.strip():
            if key.required:
                raise AuthNeeded(f"It needs a key in {key.variable}.", where=key.variable, remedy=key.get_one)
            return ""
        if key.per_host:
            return _of_host(key, secret, url)
        if not _PLAIN.fullmatch(secret):
            what = f"{key.variable} holds a space, a line break or a character that no key has."
            raise SettingsError(what, where=key.variable, remedy="Copy the key again, without anything around it.")
        if key.exchange and not all(secret.partition(":")[::2]):
            what = f"{key.variable} must hold an id and a secret with a colon between them."
            raise SettingsError(what, where=key.variable, remedy=key.get_one)
        return secret

    async def _token(self, key: Key, secret: str, fetch: Fetch) -> str:
        """The token this key was exchanged for, asked for where there is none or its time is over."""
        exchange = _Exchange(key.exchange, key.variable)
        async with self._locks[exchange]:
            token = self._tokens.get(exchange)
            if token is None or (token.over is not None and self._clock() >= token.over):
                asked_at = self._clock()
                token = self._tokens[exchange] = _token_of(await _answer(key, secret, fetch), key, asked_at)
            return token.value


def _of_host(key: Key, written: str, url: str) -> str:
    """The key of the server asked, out of `host:key host:key`; empty where it has none."""
    keys: dict[str, str] = {}
    for each in re.split(r"[\s,]+", written.strip(", \t\r\n")):
        found = _WITH_HOST.fullmatch(each)
        if found is None:
            what = f"{key.variable} does not say to which server its key belongs."
            remedy = "Write server:key, as in mastodon.example:…; several are separated by spaces."
            raise SettingsError(what, where=key.variable, remedy=remedy)
        keys[found["host"].lower()] = found["key"]
    parts = urlsplit(url)
    own = keys.get(parts.netloc.lower(), "")
    if not own and key.required:
        what = f"{key.variable} holds no key of {parts.netloc}."
        raise AuthNeeded(what, where=key.variable, remedy=key.get_one)
    return own


def _check_host(url: str, collector: Collector) -> None:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if collector.hosts and host not in collector.hosts:
        what = f"A key of {collector.name} was to be sent to {host or 'no host'}."
        raise CollectorFault(what, where=collector.name, remedy="Please report it: a key goes to its own service only.")
    if parts.scheme != "https" and host not in _LOOPBACK:
        what = f"A key of {collector.name} was to be sent to {host} in the open."
        raise CollectorFault(what, where=collector.name, remedy="Write the address with https://.")


async def _answer(key: Key, secret: str, fetch: Fetch) -> Capture:
    """What the token endpoint says to the client credentials (RFC 6749, sections 2.3.1 and 4.4)."""
    request = Request(
        key.exchange,
        method="POST",
        headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
        secrets={"Authorization": f"Basic {base64.b64encode(secret.encode('ascii')).decode('ascii')}"},
        body=b"grant_type=client_credentials",
        keyed=True,
        cap_bytes=_TOKEN_CAP,
    )
    try:
        return await fetch(request)
    except CollectorError as error:
        error.capture = None  # half an answer may hold a whole token
        if type(error) in {AuthNeeded, BadResponse}:  # a wrong key answers 401 or 400 (section 5.2)
            raise _refused(key) from error
        raise


def _token_of(capture: Capture, key: Key, asked_at: float) -> _Token:
    """The token in an answer; what else came is not repeated anywhere, for it may be a token too."""
    answer: Any = None
    with suppress(ValueError, RecursionError):  # whose own error would hold the answer, so it is not the cause of ours
        answer = json.loads(capture.body)
    value = answer.get("access_token") if isinstance(answer, dict) else None
    if not isinstance(value, str) or not _PLAIN.fullmatch(value):
        raise _refused(key)
    seconds = answer.get("expires_in")
    lasts = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    return _Token(value, over=asked_at + seconds - _EARLY_S if lasts else None)


def _refused(key: Key) -> AuthNeeded:
    what = f"The service gave no token for the key in {key.variable}."
    return AuthNeeded(what, where=key.exchange, remedy=key.get_one)
