"""Sending a message to one Apprise address, whose key is never shown: not in a log, an error or a receipt."""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen, TimeoutExpired
from typing import TYPE_CHECKING, Literal

from storage.errors import MinyiError
from storage.extras import install_remedy

if TYPE_CHECKING:
    from collections.abc import Sequence

Outcome = Literal["sent", "failed", "unknown"]
LIMIT_S = 20.0
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,19})://")
_PROGRAM = Path(__file__).with_name("sending_child.py")


class AppriseMissing(MinyiError):  # noqa: N818  says what happened
    """The extra `notify` is not installed."""


@dataclass(frozen=True)
class Address:
    """Where a message goes.

    Attributes:
        name: of the environment variable that holds it.
        url: of Apprise, with whatever key it holds; never shown.
    """

    name: str
    url: str

    @property
    def is_set(self) -> bool:
        """Whether the variable holds anything."""
        return bool(self.url)

    @property
    def shown(self) -> str:
        """The variable and the kind of service, which is all that may be said of it."""
        found = _SCHEME.match(self.url)
        return f"{self.name} ({found[1].lower() if found else 'not set' if not self.url else 'no scheme'})"

    def __repr__(self) -> str:
        return f"Address({self.shown})"


def addresses(names: Sequence[str]) -> list[Address]:
    """The addresses that these environment variables hold, each once."""
    return [Address(name, os.environ.get(name, "").strip()) for name in dict.fromkeys(names)]


def send(address: Address, title: str, body: str, limit_s: float = LIMIT_S) -> Outcome:
    """Send one message; "unknown" where it took too long, for it may have arrived.

    In a process of its own: the library sends on threads that Python waits for before it ends, however long a service
    takes to say nothing.

    Raises:
        AppriseMissing: the library is not installed.
    """
    if find_spec("apprise") is None:
        what = "Notifications need the library Apprise, which is not installed."
        raise AppriseMissing(what, remedy=install_remedy("notify"))
    asked = json.dumps({"url": address.url, "title": title, "body": body, "limit_s": min(limit_s, 10.0)})
    with Popen([sys.executable, "-P", str(_PROGRAM)], stdin=PIPE, stdout=PIPE, stderr=DEVNULL) as process:  # noqa: S603  our own program
        try:
            said, _ = process.communicate(asked.encode(), timeout=limit_s)
        except TimeoutExpired:
            return "unknown"
        finally:
            process.kill()
    return "sent" if said == b"sent" else "failed"
