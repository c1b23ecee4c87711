"""Two texts side by side, each cut to where they differ, with that between marks."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MARKS = ("«", "»")
WHOLE = 60
"""Characters up to which a text is shown whole."""
LONGEST = 240
_AROUND = 8
"""Words, spaces and Chinese characters shown on either side of a difference."""
_TOKEN = re.compile(r"\d[\d,.]*\d(?![A-Za-z0-9_])|[^\W\u3400-\u9fff]+|\s+|.", re.DOTALL)
"""A number, a word, a stretch of space, or one character of Chinese."""


def pointed(one: str, other: str) -> tuple[str, str]:
    """What differs in two texts, with a few words around it: `…18 of «79» coded…` and `…18 of «49» coded…`."""
    a, b = _TOKEN.findall(one), _TOKEN.findall(other)
    codes = SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    differing = [code for code in codes if code[0] != "equal"]
    return (
        _marked(a, [(low, high) for _, low, high, _, _ in differing]),
        _marked(b, [(low, high) for _, _, _, low, high in differing]),
    )


def _marked(tokens: Sequence[str], spans: Sequence[tuple[int, int]]) -> str:
    """The tokens near the spans, these between marks; where one holds nothing, as where the other text says more."""
    whole = sum(map(len, tokens)) <= WHOLE
    parts: list[str] = []
    at = 0
    for place, (low, high) in enumerate(spans):
        start = at if whole else max(at, low - _AROUND)
        parts += ["…"] * (start > at or (start > 0 and place == 0)) + [*tokens[start:low]]
        parts += [MARKS[0], *tokens[low:high], MARKS[1]] if high > low else []
        following = spans[place + 1][0] if place + 1 < len(spans) else len(tokens)
        at = following if whole else min(following, high + _AROUND)
        parts += tokens[high:at]
    parts += ["…"] * (at < len(tokens))
    said = "".join(parts)
    return said if len(said) <= LONGEST else said[:LONGEST] + "…"
