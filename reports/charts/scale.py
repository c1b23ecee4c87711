"""How wide a text is, where an axis ends, and where its ticks stand."""

from __future__ import annotations

import math

_NARROW = frozenset("iljtfrI.,:;'!|()[]1 ·")
_WIDE = frozenset("mwMWQO@%—“”…")
_EAST_ASIAN = 0x2E80


def text_width(text: str, size: float) -> float:
    """An upper estimate, in pixels, of a text in the report's fonts: East Asian characters are square."""
    return size * sum(_em(character) for character in text)


def fitted(text: str, size: float, width: float) -> str:
    """The text, cut with an ellipsis where it would be wider than `width`."""
    if text_width(text, size) <= width:
        return text
    room = width - text_width("…", size)
    used = 0.0
    for at, character in enumerate(text):
        used += size * _em(character)
        if used > room:
            return text[:at].rstrip() + "…"
    return text


def nice_top(highest: float) -> tuple[int, int]:
    """The end of an axis that starts at zero and its step: 3 to 6 steps of 1, 2 or 5 times a power of ten."""
    if highest <= 4:  # noqa: PLR2004  counts this small get a tick each
        return max(math.ceil(highest), 1), 1
    rough = highest / 5.5
    power = 10 ** math.floor(math.log10(rough))
    step = max(int(next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)), 1)
    return step * math.ceil(highest / step), step


def _em(character: str) -> float:
    if ord(character) >= _EAST_ASIAN:
        return 1.02
    if character in _NARROW:
        return 0.36
    if character in _WIDE:
        return 0.95
    return 0.7 if character.isupper() else 0.59
