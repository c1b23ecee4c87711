"""What a service says about a request that it refuses, in the body of its answer."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from scrapers.encodings import decode

if TYPE_CHECKING:
    from storage.nouns import Capture


def problem_of(capture: Capture) -> dict[str, Any]:
    """The JSON object in the body of a refusal; empty where there is none. Never raises."""
    value = None
    with suppress(ValueError, RecursionError):
        value = json.loads(decode(capture.body).text)
    return value if isinstance(value, dict) else {}
