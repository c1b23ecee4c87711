"""What `[coder]` may say to the `llm:` coder."""

from __future__ import annotations

import json
import re
from ipaddress import ip_address
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt, field_validator, model_validator

from nlp.coders.options import CoderOptions

ResponseFormat = Literal["auto", "json_schema", "json_object", "none"]
Fixed = Literal["temperature", "seed", "max_tokens"]

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NEAR = re.compile(r"[^.]+|.+\.(?:local|lan|internal|home\.arpa)")
_OURS = frozenset({"model", "messages", "response_format", "stream", "n", "tools", "tool_choice", "functions"})


class Budget(BaseModel):
    """What one run may spend; whichever is spent first ends the asking."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    requests: PositiveInt | None = None
    """Requests sent, retries included."""
    tokens: PositiveInt | None = None
    """Tokens in and out, as the server counts them; estimated where it does not say."""
    seconds: PositiveFloat | None = None
    """Seconds since the first request."""


class LlmOptions(CoderOptions):
    """The endpoint, what may be spent there, and how to speak with it.

    Values that may hold a secret by mistake are refused for the table as a whole: a message repeats what it refuses.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    endpoint: str
    """The server's base URL, before `/chat/completions`."""
    key_variable: str = "MINYI_LLM_KEY"
    """The environment variable that holds the key; a server of one's own may need none."""
    budget: Budget
    batch: int = Field(1, ge=1, le=50)
    """Comments in one request. From 2 on a comment can sway the answers to its neighbours."""
    concurrency: int = Field(4, ge=1, le=64)
    response_format: ResponseFormat = "auto"
    """How the server is held to the answer's schema; auto finds out at the first request."""
    timeout_s: float = Field(60, gt=0, le=3600)
    """Seconds one request may take in all."""
    failures: PositiveInt = 5
    """Questions in a row without an answer, each asked up to four times, after which no more are sent."""
    answer_tokens: int = Field(200, ge=60, le=32_000)
    """Tokens an answer to one comment may take; models that think first need more."""
    seed: int = 0
    fingerprint: str = ""
    """What tells the model behind the name from an earlier one (a revision, a digest); a new one asks anew."""
    extra: dict[str, Any] = Field({})
    """Further fields of the request's body, for what a server wants beyond the common ones."""
    omit: tuple[Fixed, ...] = ()
    """Fields that the server does not take."""
    proxy: str = ""
    """Without one, requests go straight to the endpoint; the environment's proxies are not used."""
    ca_file: str = ""
    """A PEM file of certificate authorities, in place of the usual ones."""
    allow_http: bool = False
    """Send comments (and the key) to a server beyond one's own network without TLS."""

    @field_validator("endpoint")
    @classmethod
    def _base_url(cls, value: str) -> str:
        return _plain_url(value).rstrip("/").removesuffix("/chat/completions")

    @field_validator("proxy")
    @classmethod
    def _proxy_url(cls, value: str) -> str:
        return _plain_url(value) if value else value

    @field_validator("budget")
    @classmethod
    def _stated(cls, value: Budget) -> Budget:
        if value.requests is value.tokens is value.seconds is None:
            raise ValueError("say what a run may spend: budget = { requests = 5000 }, or tokens, or seconds")
        return value

    @field_validator("extra")
    @classmethod
    def _not_ours(cls, value: dict[str, Any]) -> dict[str, Any]:
        if taken := sorted(_OURS & value.keys()):
            raise ValueError(f"{', '.join(taken)}: minyi sets this itself")
        try:
            json.dumps(value, allow_nan=False)
        except TypeError as error:
            raise ValueError("only what JSON can say fits into a request") from error
        return value

    @model_validator(mode="after")
    def _no_secret(self) -> LlmOptions:
        if not _VARIABLE.fullmatch(self.key_variable):
            raise ValueError("key_variable is the name of an environment variable, which holds the key")
        if "@" in self.endpoint + self.proxy:
            raise ValueError("endpoint and proxy: no user and no password may stand there")
        return self

    @model_validator(mode="after")
    def _private(self) -> LlmOptions:
        url = urlsplit(self.endpoint)
        if url.scheme == "http" and not self.allow_http and not _near(url.hostname or ""):
            raise ValueError(
                "endpoint: comments would cross the internet in the clear: use https, or allow_http = true"
            )
        return self


def _plain_url(value: str) -> str:
    """The URL, if it is http(s) and no more than a host and a path."""
    if "@" in value:
        return value  # `_no_secret` refuses it, without showing it
    try:
        url = urlsplit(value)
        fits = url.scheme in {"http", "https"} and bool(url.hostname) and (url.port is None or url.port > 0)
    except ValueError:
        fits = False
    if not fits or url.query or url.fragment or re.search(r"[^!-~]", value):
        raise ValueError('write an address like "https://llm.example/v1", without "?" and "#"')
    return value


def _near(host: str) -> bool:
    """Whether a host is this machine or in a private network, as far as its name tells."""
    try:
        address = ip_address(host)
    except ValueError:
        return bool(_NEAR.fullmatch(host))
    return address.is_private or address.is_loopback
