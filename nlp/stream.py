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
_BLANK, _SINGLE, _BREAK, _LETTER = 0, 1, 2, 3
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
        first: uint32, the token's first character.
        count: number of texts.
    """

    hashes: NDArray[np.uint64]
    doc: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    clause: NDArray[np.int64]
    breaks: NDArray[np.bool_]
    first: NDArray[np.uint32]
    count: int


@cache
def _classes() -> NDArray[np.uint8]:
    """The class of each character of the first plane; higher ones stand for themselves."""
    table = np.full(_PLANE, _SINGLE, np.uint8)
    letters = [(0x27, 0x28), (0x30, 0x3A), (0x61, 0x7B), (0xC0, 0x250), (0x370, 0x530), (0x600, 0x700)]
    for low, high in letters:
        table[low:high] = _LETTER
    blanks = [(0x1, 0x21), (0x7F, 0xA1), (0x2000, 0x2010), (0x2028, 0x2030), (0xD800, 0xE000), (0xFE00, 0xFE10)]
    for low, high in [*blanks, (0x3000, 0x3001), (0xFEFF, 0xFF00)]:
        table[low:high] = _BLANK
    table[[ord(mark) for mark in _BREAKS]] = _BREAK
    table[0] = _BREAK
    return table


@cache
def _folded() -> NDArray[np.uint32]:
    """Each character of the first plane as it is matched."""
    table = np.arange(_PLANE, dtype=np.uint32)
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


def _codes(texts: Sequence[str]) -> NDArray[np.uint32]:
    """The folded characters of all texts, each text closed by NUL."""
    capped = [text[:TEXT_CAP] if len(text) > TEXT_CAP else text for text in texts]
    joined = "\0".join(capped)
    if joined.count("\0") != max(len(capped) - 1, 0):
        joined = "\0".join([text.replace("\0", " ") for text in capped])
    codes = np.frombuffer((joined + "\0").encode("utf-32-le", "surrogatepass"), np.uint32)
    return np.where(codes < _PLANE, _folded().take(codes, mode="clip"), codes)


def stream(texts: Sequence[str]) -> Stream:
    """Cut a batch of texts into tokens."""
    codes = _codes(texts)
    kinds = np.where(codes < _PLANE, _classes().take(codes, mode="clip"), np.uint8(_SINGLE))
    letter = kinds == _LETTER
    follows = np.zeros_like(letter)
    follows[1:] = letter[1:] & letter[:-1]
    start = np.flatnonzero((kinds != _BLANK) & ~follows)
    end = start + 1
    runs = np.flatnonzero(letter[start])
    hashes = (codes[start].astype(np.uint64)) * _CHARACTER
    if len(runs):
        after = np.flatnonzero(letter & ~np.append(letter[1:], False))
        end[runs] = after + 1
        hashes[runs] = _run_hashes(codes, start[runs], end[runs])
    breaks = kinds[start] == _BREAK
    last = codes[start] == 0
    return Stream(
        hashes=hashes,
        doc=np.cumsum(last) - last,
        start=start,
        end=end,
        clause=np.cumsum(breaks) - breaks,
        breaks=breaks,
        first=codes[start],
        count=len(texts),
    )


def _run_hashes(codes: NDArray[np.uint32], start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.uint64]:
    """A polynomial hash of each run of letters, taken from its end so that position in the batch plays no part."""
    length = end - start
    row = np.repeat(np.arange(len(start)), length)
    place = np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length)
    powers = np.cumprod(np.full(int(length.max()) + 1, _RUN, np.uint64))
    terms = (codes[start[row] + place].astype(np.uint64) + np.uint64(1)) * powers[place]
    sums: NDArray[np.uint64] = np.add.reduceat(terms, np.cumsum(length) - length)
    return (sums ^ (sums >> np.uint64(29))) * _CHARACTER + np.uint64(1)


def grams(hashes: NDArray[np.uint64], longest: int) -> list[NDArray[np.uint64]]:
    """Hashes of the n-grams that start at each token, for n from 1 to `longest`; windows past the end wrap to 0."""
    levels = [hashes]
    for size in range(2, longest + 1):
        shifted = np.zeros_like(hashes)
        if size <= len(hashes):
            shifted[: len(hashes) - size + 1] = hashes[size - 1 :]
        levels.append(levels[-1] * GRAM + shifted)
    return levels
