"""Sending a message to one Apprise address, whose key is never shown: not in a log, an error or a receipt."""

from __future__ import annotations

import logging
import os
import re
import threading
import warnings
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from storage.errors import MinyiError
from storage.extras import install_remedy

if TYPE_CHECKING:
    from collections.abc import Sequence

Outcome = Literal["sent", "failed", "unknown"]
LIMIT_S = 20.0
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,19})://")
_TALKATIVE = ("apprise", "urllib3", "requests")


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

    Raises:
        AppriseMissing: the library is not installed.
    """
    apprise = _apprise()
    said: list[bool] = []

    def work() -> None:
        try:
            service = apprise.Apprise.instantiate(address.url)
            if service is None:
                said.append(False)
                return
            service.socket_connect_timeout = service.socket_read_timeout = min(limit_s, 10.0)
            text = apprise.NotifyFormat.TEXT
            bell = apprise.Apprise()
            bell.add(service)
            said.append(bool(bell.notify(body=body, title=title, body_format=text)))
        except Exception:  # noqa: BLE001  140 services, each with faults of its own; their words may hold the key
            said.append(False)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(limit_s)
    if not said:
        return "unknown"
    return "sent" if said[0] else "failed"


def _apprise() -> Any:  # noqa: ANN401  an extra, which is not there when types are checked
    """The library, made silent: what it logs names whole addresses."""
    try:
        apprise = import_module("apprise")
    except ModuleNotFoundError as error:
        what = "Notifications need the library Apprise, which is not installed."
        raise AppriseMissing(what, remedy=install_remedy("notify")) from error
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # its plugins, all loaded with the first, use old modules
        apprise.Apprise.instantiate("json://localhost")
    return apprise
