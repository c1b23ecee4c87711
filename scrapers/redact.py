"""Secrets stay out of messages, logs, captures and receipts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

HIDDEN = "***"
LONGEST = 300
_SHORTEST_KEY = 8
_TOKEN = re.compile(r"[A-Za-z]+ (\S+)\Z")
_LOGIN = re.compile(r"//[^/?#@\s]*@")
_PARAMETER = re.compile(r"([?&;#])([^=&;#\s]+)=([^&;#\s]*)")
_SECRET_NAME = re.compile(r"key|token|secret|passw|pwd|sign?$|signature|auth|session|credential", re.IGNORECASE)


def shown(url: str) -> str:
    """A URL as messages may show it: no login, no value of a parameter whose name sounds secret, at most 300 long."""
    url = _LOGIN.sub(f"//{HIDDEN}@", url)
    url = _PARAMETER.sub(_hidden, url)
    return url if len(url) <= LONGEST else url[:LONGEST] + "…"


def without(text: str, secrets: Iterable[str]) -> str:
    """The text with every one of these secrets hidden, and the token of one written as `Bearer token`."""
    pattern = _spelled(_parts(secrets))
    return re.sub(pattern, HIDDEN, text) if pattern else text


def without_in(body: bytes, secrets: Iterable[str]) -> bytes:
    """The same for the bytes of a body, where only what is long enough to be a key is hidden."""
    pattern = _spelled([part for part in _parts(secrets) if len(part) >= _SHORTEST_KEY])
    return re.sub(pattern.encode(), HIDDEN.encode(), body) if pattern else body


def _parts(secrets: Iterable[str]) -> list[str]:
    """The secrets and their tokens, the longest first."""
    parts = {part for secret in secrets for part in (secret, *_TOKEN.findall(secret))}
    return sorted(filter(None, parts), key=len, reverse=True)


def _spelled(parts: Iterable[str]) -> str:
    """A pattern for all of these, each of their characters plain or as a URL writes it."""
    return "|".join("".join(map(_character, part)) for part in parts)


def _character(character: str) -> str:
    ways = [re.escape(character), "(?i:" + "".join(f"%{byte:02x}" for byte in character.encode()) + ")"]
    return f"(?:{'|'.join(ways + [re.escape('+')] * (character == ' '))})"


def _hidden(parameter: re.Match[str]) -> str:
    mark, name, value = parameter.groups()
    return f"{mark}{name}={HIDDEN if _SECRET_NAME.search(name) else value}"
