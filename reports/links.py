"""Which addresses may become links."""

from __future__ import annotations

from urllib.parse import urlsplit

_UNSEEN = 0x20


def web_link(url: str | None) -> str | None:
    """The address when it is an absolute http(s) one without control characters, else None (then no link is made)."""
    if not url or any(ord(character) <= _UNSEEN for character in url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.netloc else None
