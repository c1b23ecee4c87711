"""The program that `minyi.jobs.sending` starts: an address and a message come in by standard input, as JSON.

It says "sent" or "failed", and nothing else: what the library says names whole addresses.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from importlib import import_module
from typing import Any


def sent(url: str, title: str, body: str, limit_s: float) -> bool:
    """Whether the message went; in the words of the library, a service that is unknown has failed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # its plugins, all loaded with the first, use old modules
        apprise: Any = import_module("apprise")
        service = apprise.Apprise.instantiate(url)
    if service is None:
        return False
    service.socket_connect_timeout = service.socket_read_timeout = limit_s
    bell = apprise.Apprise()
    bell.add(service)
    return bool(bell.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT))


def main() -> None:
    """Send what is asked for, say what came of it, and end at once, whatever the library has still open."""
    try:
        said = "sent" if sent(**json.load(sys.stdin)) else "failed"
    except Exception:  # noqa: BLE001  140 services, each with faults of its own
        said = "failed"
    os.write(1, said.encode())
    os._exit(0)


if __name__ == "__main__":
    main()
