"""Secrets stay out of messages, logs, captures and receipts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

HIDDEN = "***"
_LONGEST = 300
_LOGIN = re.compile(r"//[^/?#@\s]*@")
_PARAMETER = re.compile(r"([?&;#])([^=&;#\s]+)=([^&;#\s]*)")
_SECRET_NAME = re.compile(r"key|token|secret|passw|pwd|sign?$|signature|auth|session|credential", re.IGNORECASE)


def shown(url: str) -> str:
    """A URL as messages may show it: no login, no value of a parameter whose name sounds secret, at most 300 long."""
    url = _LOGIN.sub(f"//{HIDDEN}@", url)
    url = _PARAMETER.sub(_hidden, url)
    return url if len(url) <= _LONGEST else url[:_LONGEST] + "…"


def without(text: str, secrets: Iterable[str]) -> str:
    """The text with every one of these secrets hidden, and the token of one written as `Bearer token`."""
    parts = {part for secret in secrets for part in (secret, secret.rpartition(" ")[2])}
    for secret in sorted(filter(None, parts), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def _hidden(parameter: re.Match[str]) -> str:
    mark, name, value = parameter.groups()
    return f"{mark}{name}={HIDDEN if _SECRET_NAME.search(name) else value}"
