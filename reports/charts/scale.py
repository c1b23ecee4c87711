"""How wide a text is, where an axis ends, and where its ticks stand."""

from __future__ import annotations

import math

_NARROW = frozenset("iljtfrI.,:;'!|()[]1 ·")
_WIDE = frozenset("mwMWQO@%—“”…")
_EAST_ASIAN = 0x2E80
_PAUSES, _LOPSIDED = frozenset("，。、；：！？）》」』”"), 0.8
_NEVER_FIRST, _NEVER_LAST = frozenset("，。、；：！？）》」』”’…%,.;:!?)"), frozenset("（《「『“‘(")


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


def in_two(text: str, size: float, width: float) -> tuple[str, ...]:
    """The text in one line where it fits `width`, else in two of about one length, the second cut where it must be.

    Chinese has no spaces: it is parted at a pause or after 的 where that leaves no line much longer than the other.
    """
    if text_width(text, size) <= width:
        return (text,)
    halves = [(text[:at].rstrip(), text[at:].lstrip()) for at in range(1, len(text)) if _may_break(text, at)]
    halves = [(one, other) for one, other in halves if one and other]  # a title may be nothing but rare spaces
    wide = [(max(text_width(one, size), text_width(other, size)), one, other) for one, other in halves]
    fitting = [half for half in wide if half[0] <= width]
    if fitting:
        even = _LOPSIDED * text_width(text, size)
        return min(fitting, key=lambda half: (_joint(*half[1:]) if half[0] <= even else 2, half))[1:]
    first = [(one, other) for one, other in halves if text_width(one, size) <= width]
    return (first[-1][0], fitted(first[-1][1], size, width)) if first else (fitted(text, size, width),)


def nice_top(highest: float) -> tuple[int, int]:
    """The end of an axis that starts at zero and its step: 3 to 6 steps of 1, 2 or 5 times a power of ten."""
    if highest <= 4:  # noqa: PLR2004  counts this small get a tick each
        return max(math.ceil(highest), 1), 1
    rough = highest / 5.5
    power = 10 ** math.floor(math.log10(rough))
    step = max(int(next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)), 1)
    return step * math.ceil(highest / step), step


def _may_break(text: str, at: int) -> bool:
    """Whether a line may end before this character: at a space, or between Han characters."""
    before, after = text[at - 1], text[at]
    if after in _NEVER_FIRST or before in _NEVER_LAST:
        return False
    if before.isdecimal() and ord(after) >= _EAST_ASIAN:
        return False  # what is counted stands with its number
    return before == " " or after == " " or max(ord(before), ord(after)) >= _EAST_ASIAN


def _joint(line: str, rest: str) -> int:
    """How well a line ends here: 0 at a pause or before a bracket, 1 after a particle, 2 anywhere else."""
    return 0 if line[-1] in _PAUSES or rest[0] in _NEVER_LAST else 1 if line[-1] == "的" else 2


def _em(character: str) -> float:
    if ord(character) >= _EAST_ASIAN:
        return 1.02
    if character in _NARROW:
        return 0.36
    if character in _WIDE:
        return 0.95
    return 0.7 if character.isupper() else 0.59
