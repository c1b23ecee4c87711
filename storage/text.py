"""The text door: every foreign string is cleaned once, the same way, before anything stores or shows it.

What comes out is NFC, holds no control but newline and tab, no lone surrogate, no bidirectional control and no
byte-order mark, and is at most as long as the caller allows. Emoji and their joiners stay whole; losses are flagged.
Cleaning what is clean changes nothing, so a collector may clean before it counts spans and the store may clean again.
"""

from __future__ import annotations

import re
from enum import IntFlag
from itertools import groupby
from typing import TYPE_CHECKING, Literal, NamedTuple
from unicodedata import category, combining, is_normalized, normalize

if TYPE_CHECKING:
    from collections.abc import Sequence

TEXT_LIMIT = 20_000
LINE_LIMIT = 500

# Breaks of a line in any form, bidirectional controls, everything else that is removed, surrogates.
_BREAKS = "\r\x0b\x0c\x85\u2028\u2029"
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_CONTROLS = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff"
_ANY_DIRT = re.compile(f"[{_BREAKS}{_BIDI}{_CONTROLS}\ud800-\udfff]")
_BIDI_CHARS = re.compile(f"[{_BIDI}]+")
_CONTROL_CHARS = re.compile(f"[{_CONTROLS}]+")
_LINE_BREAK = re.compile(f"\r\n|[{_BREAKS}]")
_SURROGATE_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_SURROGATE = re.compile("[\ud800-\udfff]")

_JOINER = "\u200d"
_CLINGS = re.compile(
    "[\u1160-\u11ff\u200d\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\U000e0100-\U000e01ef]"
)
# White space, and what Unicode lists as Default_Ignorable_Code_Point; the blank of Braille is a space in effect.
_SEEN = re.compile(
    "[^\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_REGIONAL = re.compile("[\U0001f1e6-\U0001f1ff]")
_LONGEST_CLUSTER = 128  # code points; a longer "character" is an attack and may be cut anywhere
_LONG = 1_000  # from here on, unicodedata's quadratic reordering of marks would be felt


class TextFlag(IntFlag):
    """What the door had to take away from a text."""

    NONE = 0
    TRUNCATED = 1
    BIDI_REMOVED = 2
    CONTROLS_REMOVED = 4
    SURROGATE_REPLACED = 8


class Cleaned(NamedTuple):
    """Texts through the door, and for each the `TextFlag` bits of what it lost."""

    texts: list[str]
    flags: list[int]


def clean(text: str, limit: int = TEXT_LIMIT) -> str:
    """The text as it is stored and shown: at most `limit` code points, in linear time, never an error."""
    return _pass(text, limit)[0]


def clean_many(texts: Sequence[str], limit: int = TEXT_LIMIT) -> Cleaned:
    """Many texts through the door, each with the `TextFlag` bits of what it lost."""
    passed = [(text, 0) if _is_clean(text, limit) else _pass(text, limit) for text in texts]
    return Cleaned([text for text, _ in passed], [flags for _, flags in passed])


def is_blank(text: str) -> bool:
    """Whether a reader sees nothing at all: no text, white space, or characters that are never shown."""
    return _SEEN.search(text) is None


def clean_line(text: str, limit: int = LINE_LIMIT) -> str:
    """A title or a name on one line: cleaned, every stretch of white space one space, none at the ends."""
    line = " ".join(clean(text).split())
    return line if len(line) <= limit else line[: _cut(line, limit)].rstrip()


def normal(text: str, form: Literal["NFC", "NFKC"] = "NFC") -> str:
    """The text in a normal form of Unicode, in linear time: NFC to store and show, NFKC to compare only.

    `unicodedata.normalize` sorts the marks of one base by insertion, so 16,000 alternating marks take 0.3 s and a
    million take minutes. In a long text they are put in canonical order first, which leaves nothing to sort.
    """
    if len(text) <= _LONG or is_normalized(form, text):
        return normalize(form, text)
    decomposed: Literal["NFD", "NFKD"] = "NFD" if form == "NFC" else "NFKD"
    apart = "".join([normalize(decomposed, char) for char in text])
    return normalize(
        form, "".join(["".join(sorted(run, key=combining) if marks else run) for marks, run in _runs(apart)])
    )


def _is_clean(text: str, limit: int) -> bool:
    return (
        len(text) <= limit
        and (text.isprintable() or _ANY_DIRT.search(text) is None)
        and (text.isascii() or is_normalized("NFC", text))
    )


def _pass(text: str, limit: int) -> tuple[str, int]:
    if _is_clean(text, limit):
        return text, 0
    text, flags = _without_dirt(text)
    # Composing makes at most four code points one: what lies further than this cannot reach the first `limit`.
    text = normal(text[: 4 * limit + _LONGEST_CLUSTER])
    if len(text) > limit:
        return text[: _cut(text, limit)], flags | TextFlag.TRUNCATED
    return text, flags


def _without_dirt(text: str) -> tuple[str, int]:
    flags = TextFlag.NONE
    if _ANY_DIRT.search(text) is None:
        return text, flags
    text, bidi = _BIDI_CHARS.subn("", text)
    text, controls = _CONTROL_CHARS.subn("", text)
    text = _SURROGATE_PAIR.sub(_character_of_pair, text)
    text, lone = _SURROGATE.subn("\ufffd", text)
    text = _LINE_BREAK.sub("\n", text)
    flags |= TextFlag.BIDI_REMOVED if bidi else 0
    flags |= TextFlag.CONTROLS_REMOVED if controls else 0
    flags |= TextFlag.SURROGATE_REPLACED if lone else 0
    return text, flags


def _character_of_pair(pair: re.Match[str]) -> str:
    """Two halves that a careless decoder left apart are one character, not two lost ones."""
    high, low = map(ord, pair.group())
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


def _runs(text: str) -> groupby[bool, str]:
    return groupby(text, key=lambda char: combining(char) > 0)


def _cut(text: str, limit: int) -> int:
    """Where to cut a text longer than `limit` so that no character a reader sees is cut in two."""
    for at in range(limit, max(0, limit - _LONGEST_CLUSTER), -1):
        if not _joined(text, at):
            return at
    return limit


def _joined(text: str, at: int) -> bool:
    """Whether the code points before and at this place belong to one visible character."""
    after = text[at]
    if text[at - 1] == _JOINER or _CLINGS.match(after) or category(after).startswith("M"):
        return True
    return bool(_REGIONAL.match(after)) and _regionals_before(text, at) % 2 == 1


def _regionals_before(text: str, at: int) -> int:
    """Flags are pairs of regional letters: an odd count before a place means that it is inside one."""
    start = at
    while start and _REGIONAL.match(text[start - 1]):
        start -= 1
    return at - start
