"""Traditional characters and their Simplified forms, one for one, so that positions in a text stay.

For matching only: what is stored and shown keeps the characters its author wrote.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files


@cache
def traditional() -> dict[str, str]:
    """Traditional characters and their Simplified forms (about 2,400 pairs, from `traditional.txt`)."""
    lines = (files("storage.search") / "traditional.txt").read_text(encoding="utf-8").splitlines()
    return {pair[0]: pair[1] for line in lines if not line.startswith("#") for pair in line.split()}


@cache
def _traditional_seen() -> re.Pattern[str]:
    return re.compile(f"[{''.join(traditional())}]")


def simplified(text: str) -> str:
    """The text in Simplified characters, one for one, so that positions stay."""
    forms = traditional()
    return _traditional_seen().sub(lambda seen: forms[seen[0]], text)
