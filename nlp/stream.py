"""Many texts as one stream of token hashes: no Python object per character, word or n-gram.

A token is one Han character, kana, emoji or punctuation mark, or one run of letters or digits. Texts are joined by NUL,
folded for matching by a table (width, case, digits as 0, Traditional as Simplified: one character for one, so that
places stay), and cut by array operations. The tokens of a text do not depend on its neighbours.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from nlp.fold import traditional

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

TEXT_CAP = 20_000
"""Characters of one text that are read; the text door flags what is longer."""

_PLANE = 0x10000
_KNOWN = 0x20000  # characters with an entry of their own in the tables; what lies beyond is Han
# What a character is, as bits; a mark's number stands above them.
TOKEN, LETTER, BREAK, HAN = 1, 2, 4, 8
_MARK_BIT = 4
MARKS = '?!#@/0"“【['
"""Characters that are counted for each text, as they are matched: 0 is any number."""
_BREAKS = ",.!?;:，。！？；：、…\n~～|│/"
# Where width, case and compatibility variants of one character live: Latin, Greek, Cyrillic; letter-like signs,
# enclosed forms and CJK marks; compatibility ideographs; full and half width.
_VARIANTS = ((0x41, 0x530), (0x1E00, 0x2000), (0x2100, 0x2500), (0x3000, 0x3400), (0xF900, 0xFB00), (0xFE30, 0xFFF0))
_CHARACTER = np.uint64(0x9E3779B97F4A7C15)
_RUN = np.uint64(0x100000001B3)
GRAM = np.uint64(0xD6E8FEB86659FD93)
"""The multiplier that turns the hashes of neighbouring tokens into the hash of their n-gram."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Tokens of a batch in reading order; each text ends with one separator token.

    Attributes:
        hashes: uint64, one per token; 0 for a separator.
        doc: int64, the index of the token's text.
        start, end: int64, where the token stands in the texts joined by one character.
        clause: int64, number of clause breaks before the token; it never falls.
        breaks: bool, whether the token is a clause break (separators are).
        han: bool, whether it is a Han character.
        mark: uint8, 1 + the index of its first character in MARKS; 0 for others.
        begins, ends: int64, one per text: its first token and its separator.
        count: number of texts.
    """

    hashes: NDArray[np.uint64]
    doc: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    clause: NDArray[np.int64]
    breaks: NDArray[np.bool_]
    han: NDArray[np.bool_]
    mark: NDArray[np.uint8]
    begins: NDArray[np.int64]
    ends: NDArray[np.int64]
    count: int


@cache
def _folded() -> NDArray[np.uint32]:
    """Each known character as it is matched."""
    table = np.arange(_KNOWN + 1, dtype=np.uint32)
    for low, high in _VARIANTS:
        for code in range(low, high):
            plain = unicodedata.normalize("NFKC", chr(code)).lower()
            if len(plain) == 1:
                table[code] = ord(plain)
    pairs = [(ord(old), ord(new)) for old, new in traditional().items() if ord(old) < _PLANE]
    table[[old for old, _ in pairs]] = [new for _, new in pairs]
    table[ord("’")] = ord("'")
    table[[ord(digit) for digit in "０１２３４５６７８９0123456789"]] = ord("0")
    return table


@cache
def _kinds() -> NDArray[np.uint8]:
    """What each known character is once it is folded; the last entry stands for all that are higher."""
    table = np.full(_KNOWN + 1, TOKEN, np.uint8)
    letters = [(0x27, 0x28), (0x30, 0x3A), (0x61, 0x7B), (0xC0, 0x250), (0x370, 0x530), (0x600, 0x700)]
    for low, high in letters:
        table[low:high] = TOKEN | LETTER
    blanks = [(0x1, 0x21), (0x7F, 0xA1), (0x2000, 0x2010), (0x2028, 0x2030), (0xD800, 0xE000), (0xFE00, 0xFE10)]
    for low, high in [*blanks, (0x3000, 0x3001), (0xFEFF, 0xFF00)]:
        table[low:high] = 0
    table[[0, *map(ord, _BREAKS)]] = TOKEN | BREAK
    table[0x3400:0xA000] |= HAN
    table[_KNOWN] |= HAN
    table[[ord(mark) for mark in MARKS]] |= np.arange(1, len(MARKS) + 1, dtype=np.uint8) << _MARK_BIT
    return table.take(_folded(), mode="clip")


def _codes(texts: Sequence[str]) -> NDArray[np.uint32]:
    """The characters of all texts, each text closed by NUL."""
    capped = [text[:TEXT_CAP] if len(text) > TEXT_CAP else text for text in texts]
    joined = "\0".join(capped)
    if joined.count("\0") != max(len(capped) - 1, 0):
        joined = "\0".join([text.replace("\0", " ") for text in capped])
    return np.frombuffer((joined + "\0").encode("utf-32-le", "surrogatepass"), np.uint32)


def stream(texts: Sequence[str]) -> Stream:
    """Cut a batch of texts into tokens."""
    codes = _codes(texts)
    kinds = _kinds().take(codes, mode="clip")
    folded = _folded().take(codes, mode="clip")
    np.copyto(folded, codes, where=codes >= _KNOWN)
    letter = (kinds & LETTER) != 0
    opens = kinds != 0
    opens[1:] &= ~(letter[1:] & letter[:-1])
    start = opens.nonzero()[0]
    kind, first = kinds.take(start, mode="clip"), folded.take(start, mode="clip")
    end = start + 1
    hashes = first * _CHARACTER
    runs = ((kind & LETTER) != 0).nonzero()[0]
    if len(runs):
        letter[:-1] &= ~letter[1:]
        end[runs] = letter.nonzero()[0] + 1
        hashes[runs] = _run_hashes(folded[(kinds & LETTER) != 0], end[runs] - start[runs])
    return _stream(hashes, start, end, kind, (first == 0).nonzero()[0], len(texts))


def _stream(
    hashes: NDArray[np.uint64],
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    kind: NDArray[np.uint8],
    ends: NDArray[np.int64],
    count: int,
) -> Stream:
    breaks = (kind & BREAK) != 0
    begins = np.append(0, ends[:-1] + 1)
    return Stream(
        hashes=hashes,
        doc=np.repeat(np.arange(len(ends)), ends - begins + 1),
        start=start,
        end=end,
        clause=np.cumsum(breaks) - breaks,
        breaks=breaks,
        han=(kind & HAN) != 0,
        mark=kind >> np.uint8(_MARK_BIT),
        begins=begins[:count],
        ends=ends[:count],
        count=count,
    )


def _run_hashes(letters: NDArray[np.uint32], length: NDArray[np.int64]) -> NDArray[np.uint64]:
    """A polynomial hash of each run of letters, so that its position in the batch plays no part."""
    first = np.cumsum(length) - length
    place = np.arange(len(letters)) - np.repeat(first, length)
    powers = np.cumprod(np.full(int(length.max()) + 1, _RUN, np.uint64))
    sums: NDArray[np.uint64] = np.add.reduceat((letters + np.uint64(1)) * powers[place], first)
    return (sums ^ (sums >> np.uint64(29))) * _CHARACTER + np.uint64(1)


def grams(hashes: NDArray[np.uint64], longest: int) -> list[NDArray[np.uint64]]:
    """Hashes of the n-grams that start at each token, for n from 1 to `longest`, each level one shorter."""
    levels = [hashes]
    for size in range(2, longest + 1):
        level = levels[-1][:-1] * GRAM
        level += hashes[size - 1 :]
        levels.append(level)
    return levels
