"""The one place of nlp that opens a connection: to the endpoint that the study names, and to nothing else."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import ssl
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import httpx

from nlp.coders.llm.prompt import ANSWER_SCHEMA
from nlp.coders.llm.purse import estimated_tokens
from storage.errors import MinyiError, UsageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from nlp.coders.llm.answers import Why
    from nlp.coders.llm.options import LlmOptions, ResponseFormat
    from nlp.coders.llm.purse import Purse

for _library in ("httpx", "httpcore"):  # they log what a server sends, and a server may send a key back
    logging.getLogger(_library).setLevel(logging.WARNING)

Client = httpx.AsyncClient

CAP = 1 << 20
"""Bytes of a response that are read; an answer to fifty comments takes a fiftieth of it."""
ATTEMPTS = 4
LONGEST_WAIT = 120.0
"""Seconds that a server may ask to be left alone; a longer wait ends the asking."""

_FORMATS: tuple[ResponseFormat, ...] = ("json_schema", "json_object", "none")
_KEY = re.compile(r"[!-~]+")
_OK, _SERVER = 200, 500
_REFUSED = frozenset({400, 413, 422})  # of this request; others may pass
_LATER = frozenset({408, 425, 429})
_ANSWER_LIMITS = ("max_tokens", "max_completion_tokens")
_REMEDIES = {
    401: "Check the key: it is read from the environment variable that `key_variable` names.",
    402: "The account has no credit left.",
    403: "Check what the key may do, and the model's name.",
    404: "Check `endpoint` (it ends before /chat/completions) and the model's name; ENDPOINT/models lists them.",
}


class EndpointError(MinyiError):
    """The endpoint of an `llm:` coder cannot be used (any more); what has no answer stays without a stance."""


@dataclass(frozen=True, slots=True)
class _Reply:
    """What came of one request.

    Attributes:
        kind: an answer, a request that the server does not take, a passing failure, or a final one.
        said: the answer's content, or what happened.
        usage: what the server says it cost.
        wait: seconds that the server asks to be left alone.
        status: its HTTP status, 0 where there is none.
    """

    kind: Literal["answer", "refused", "passing", "final"]
    said: str
    usage: Any = None
    wait: float = 0
    status: int = 0


def read_key(variable: str, *, required: bool) -> str:
    """The key in this environment variable; empty where there is none.

    Raises:
        UsageError: it is required and not set, or what is set cannot be a key. The value is never shown.
    """
    key = os.environ.get(variable, "").strip()
    if required and not key:
        raise UsageError(
            f"{variable} is not set.", where="[coder] key_variable", remedy="Put the endpoint's key there."
        )
    if key and not _KEY.fullmatch(key):
        what = f"{variable} holds a character that no key has."
        raise UsageError(what, where="[coder] key_variable", remedy="Copy the key again, without anything around it.")
    return key


class Endpoint:
    """One server, asked politely.

    A wait that it wants holds for all requests; questions in a row that fail at every attempt end the asking.

    Args:
        model: the name by which the server knows the model.
        options: the study's.
        key: sent to this server only; empty for none.
        purse: pays for each request, retries too.
        folder: where a relative `ca_file` starts.
        pause: waits so many seconds.

    Attributes:
        stopped: why no more is asked; None while the server may be asked.
        counts: requests by what came of them.
    """

    def __init__(
        self,
        model: str,
        options: LlmOptions,
        key: str,
        purse: Purse,
        folder: Path | None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._model, self._options, self._key, self._purse, self._pause = model, options, key, purse, pause
        self._url = f"{options.endpoint}/chat/completions"
        self._tls = _tls(str((folder or Path()) / options.ca_file) if options.ca_file else "")
        self._format = 0 if options.response_format == "auto" else _FORMATS.index(options.response_format)
        self._settled = options.response_format != "auto"
        self._in_a_row, self._not_before = 0, 0.0
        self.stopped: EndpointError | None = None
        self.counts: Counter[str] = Counter()

    @property
    def settled(self) -> bool:
        """Whether the server has answered before, or need not be found out about."""
        return self._settled

    @property
    def over(self) -> Why | None:
        """Why nothing more is asked; None while there is a server to ask and something to spend."""
        return "stopped" if self.stopped else "budget" if self._purse.spent else None

    def client(self) -> Client:
        """Connections for one stretch of requests; to be closed after it."""
        headers = {"accept": "application/json", "accept-encoding": "identity", "user-agent": "minyi"}
        if self._key:
            headers["authorization"] = f"Bearer {self._key}"
        return Client(
            headers=headers,
            verify=self._tls,
            trust_env=False,
            follow_redirects=False,
            proxy=self._options.proxy or None,
            timeout=None,
            limits=httpx.Limits(max_connections=self._options.concurrency),
        )

    async def ask(self, client: Client, messages: list[dict[str, str]], comments: int) -> tuple[str, Why | None]:
        """The content of the model's answer, or why there is none."""
        form, tries = self._format, 0
        while self.stopped is None:
            reply = await self._paid(client, self._body(messages, comments, _FORMATS[form]))
            if reply is None:
                return "", "budget"
            self._learn(reply, form)
            if reply.kind == "answer":
                return reply.said, None
            if reply.kind == "refused" and (self._settled or form + 1 == len(_FORMATS)):
                if not self._settled:
                    self._give_up(reply)
                return "", "refused"
            if reply.kind == "refused":
                form += 1
                continue
            tries += 1
            if tries >= ATTEMPTS:
                self._give_up(reply)
                return "", "failed"
            self._hold(reply.wait or float(1 << tries - 1))
        return "", "stopped"

    def _body(self, messages: list[dict[str, str]], comments: int, form: ResponseFormat) -> dict[str, Any]:
        fixed = {"temperature": 0, "seed": self._options.seed, "max_tokens": self._options.answer_tokens * comments}
        body = {"model": self._model, "messages": messages, "stream": False}
        body |= {name: value for name, value in fixed.items() if name not in self._options.omit}
        if form == "json_schema":
            schema = {"name": "stances", "strict": True, "schema": ANSWER_SCHEMA}
            body["response_format"] = {"type": form, "json_schema": schema}
        elif form == "json_object":
            body["response_format"] = {"type": form}
        return body | self._options.extra

    async def _paid(self, client: Client, body: dict[str, Any]) -> _Reply | None:
        """What came of one request; None where the budget does not reach for it."""
        content = json.dumps(body, ensure_ascii=False)
        sent = estimated_tokens(content)
        most = sent + sum(body[name] for name in _ANSWER_LIMITS if type(body.get(name)) is int)
        wait = max(0.0, self._not_before - asyncio.get_running_loop().time())
        if not self._purse.take(most, wait):
            return None
        if wait:
            await self._pause(wait)
        reply = await self._posted(client, content.encode())
        self._purse.settle(most, reply.usage, sent)
        return reply

    async def _posted(self, client: Client, content: bytes) -> _Reply:
        seconds = min(self._options.timeout_s, self._purse.seconds_left)
        try:
            async with asyncio.timeout(seconds), self._stream(client, content) as response:
                if response.status_code != _OK:
                    return _turned_down(response)
                if response.headers.get("content-encoding", "identity").lower() != "identity":
                    return _Reply("passing", "a compressed answer, which nobody asked for", status=_OK)
                body = await _read(response)
        except TimeoutError:
            return _Reply("passing", f"no answer within {seconds:g} seconds")
        except httpx.HTTPError as error:
            return _Reply("passing", _named(error))
        return _content(body)

    def _stream(self, client: Client, content: bytes) -> Any:  # noqa: ANN401  httpx's context manager
        return client.stream("POST", self._url, content=content, headers={"content-type": "application/json"})

    def _learn(self, reply: _Reply, form: int) -> None:
        """Keep in mind what one reply says about the server."""
        self.counts[reply.kind] += 1
        if reply.kind == "answer":
            self._settled, self._format, self._in_a_row = True, form, 0
            return
        if reply.kind == "final":
            self._stop(f"The endpoint answered with {reply.said}.", _REMEDIES.get(reply.status, "Check `endpoint`."))
        elif reply.wait > LONGEST_WAIT:
            self._stop(
                f"The endpoint asks to wait {reply.wait:,.0f} seconds.", "Run again later: it goes on from there."
            )

    def _give_up(self, reply: _Reply) -> None:
        """Count what failed at every attempt; too many of them in a row, and the server is left alone."""
        self._in_a_row += 1
        if self._in_a_row >= self._options.failures:
            what = f"{self._in_a_row} questions in a row had no answer, the last attempt ended with {reply.said}."
            self._stop(what, "See whether the server is well, then run again: it goes on from there.")

    def _stop(self, what: str, remedy: str) -> None:
        if self.stopped is None:
            self.stopped = EndpointError(what, where=self._options.endpoint, remedy=remedy)

    def _hold(self, seconds: float) -> None:
        """Let no request start for so long."""
        self._not_before = max(self._not_before, asyncio.get_running_loop().time() + seconds)


async def _read(response: httpx.Response) -> bytes:
    """The body, or a little more than CAP bytes of one that is longer."""
    body = bytearray()
    async for part in response.aiter_raw():
        body += part
        if len(body) > CAP:
            break
    return bytes(body)


def _turned_down(response: httpx.Response) -> _Reply:
    """A status that is no answer; what the server writes beside it may hold the comment or the key: never repeated."""
    status = response.status_code
    said = f"status {status}"
    if status in _REFUSED:
        return _Reply("refused", said, status=status)
    if status in _LATER or status >= _SERVER:
        return _Reply("passing", said, wait=_asked_wait(response.headers.get("retry-after", "")), status=status)
    return _Reply("final", said, status=status)


def _asked_wait(header: str) -> float:
    """The seconds of a Retry-After, given as such or as a date; 0 where it says neither."""
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,3})?", header):
        return float(header)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return 0
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _content(body: bytes) -> _Reply:
    """The model's words in a response; what is no response of this kind is a passing failure of the server.

    One that goes on and on is the model's doing, and perhaps the comment's: it is an answer that cannot be read.
    """
    if len(body) > CAP:
        return _Reply("answer", "", status=_OK)
    try:
        read = json.loads(body)
        usage = read.get("usage")
        content = read["choices"][0]["message"]["content"]
    except (ValueError, RecursionError, AttributeError, LookupError, TypeError):
        return _Reply("passing", "something that is no chat completion", status=_OK)
    # A model that declines, or that thinks until its tokens are over, has said nothing.
    return _Reply("answer", content if isinstance(content, str) else "", usage, status=_OK)


def _named(error: httpx.HTTPError) -> str:
    """A failed connection by its class, in words: ConnectError as "a connect error"."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).lower()
    return f"a {words}"


@cache
def _tls(authorities: str) -> ssl.SSLContext:
    """What certificates must satisfy; certificates are always checked.

    Raises:
        UsageError: the file of authorities cannot be read.
    """
    if not authorities:
        return httpx.create_ssl_context(trust_env=False)
    try:
        return ssl.create_default_context(cafile=authorities)
    except (OSError, ssl.SSLError) as error:
        remedy = "Name a PEM file; a relative path starts at the study's folder."
        raise UsageError("The certificate authorities cannot be read.", where=authorities, remedy=remedy) from error
