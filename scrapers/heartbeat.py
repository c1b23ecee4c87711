"""The heartbeat: one request after a run that went well, so that a watcher elsewhere notices when none comes.

It is no collecting: the address is the study's own, set in the environment, and may be on this network. What it answers
is not read, and the address, which is its own key, is never shown.
"""

from __future__ import annotations

import logging
import threading

import httpx

for _library in ("httpx", "httpcore"):  # their INFO and DEBUG lines hold the whole address
    logging.getLogger(_library).setLevel(logging.WARNING)

LIMIT_S = 10.0


def beat(url: str, limit_s: float = LIMIT_S) -> str:
    """Ask for the address once.

    Returns:
        What was wrong, in words without the address; "" where the answer was a 2xx within the limit.
    """
    said: list[str] = []
    thread = threading.Thread(target=lambda: said.append(_asked(url, limit_s)), daemon=True)
    thread.start()
    thread.join(limit_s)  # httpx limits each step of a request, not all of it
    return said[0] if said else f"no answer within {limit_s:g} seconds"


def _asked(url: str, limit_s: float) -> str:
    try:
        with httpx.stream("GET", url, timeout=limit_s, headers={"user-agent": "minyi"}) as response:
            return "" if response.is_success else f"it answered {response.status_code}"
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:  # whose words may hold the address
        return f"it could not be asked ({type(error).__name__})"
