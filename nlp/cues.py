"""Stance cues: expressions in categories, found in a token stream, longest first.

The lists are plain text files a person can edit (`model/cues.zh.txt`, `model/cues.en.txt`, `model/evidence.txt`).
A category says what an expression is; what it weighs is learned in training.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from nlp.stream import grams, stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from nlp.stream import Stream

LONGEST = 8
"""Tokens of the longest expression that is looked for."""
_SIEVE_BITS = 16
_SIEVE = np.uint64(0x9E3779B97F4A7C15)
_BRACES = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Hits:
    """Expressions found, in the order of the stream.

    Attributes:
        at: int64, index of the first token.
        width: int64, number of tokens.
        category: int64, index into the table's `categories`.
    """

    at: NDArray[np.int64]
    width: NDArray[np.int64]
    category: NDArray[np.int64]

    def covered(self, length: int) -> NDArray[np.bool_]:
        """Which tokens of a stream of this length lie inside a hit."""
        edges = np.zeros(length + 1, np.int64)
        np.add.at(edges, self.at, 1)
        np.add.at(edges, self.at + self.width, -1)
        return np.cumsum(edges[:-1]) > 0


@dataclass(frozen=True, slots=True)
class Level:
    """The expressions of one length: sorted hashes, their categories, and a sieve that most windows fail."""

    keys: NDArray[np.uint64]
    categories: NDArray[np.int64]
    sieve: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class CueTable:
    """All expressions of one or more cue files, ready for matching."""

    categories: tuple[str, ...]
    levels: tuple[Level, ...]

    def find(self, levels: list[NDArray[np.uint64]], sizes: range, free: NDArray[np.bool_]) -> Hits:
        """The expressions of these lengths in free tokens; a longer one wins over a shorter, an earlier over a later.

        Args:
            levels: n-gram hashes as `stream.grams` gives them, at least as many as the longest size.
            sizes: lengths to look for, in tokens.
            free: bool per token; changed in place: the tokens of a hit are free no more.
        """
        found = [self._find_size(levels[size - 1], size, free) for size in reversed(sizes)]
        at = np.concatenate([hit for hit, _ in found])
        category = np.concatenate([kind for _, kind in found])
        width = np.repeat(np.array(list(reversed(sizes)), np.int64), [len(hit) for hit, _ in found])
        order = np.argsort(at, kind="stable")
        return Hits(at[order], width[order], category[order])

    def _find_size(
        self, hashes: NDArray[np.uint64], size: int, free: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        level = self.levels[size - 1]
        if not len(level.keys):
            return np.empty(0, np.int64), np.empty(0, np.int64)
        at = np.flatnonzero(level.sieve[_sieve_index(hashes)])
        place = np.minimum(np.searchsorted(level.keys, hashes[at]), len(level.keys) - 1)
        same = level.keys[place] == hashes[at]
        at, place = at[same], place[same]
        open_ = np.ones(len(at), np.bool_)
        for offset in range(size):
            open_ &= free[at + offset]
        at, place = at[open_], place[open_]
        apart = _apart(at, size)
        at, place = at[apart], place[apart]
        for offset in range(size):
            free[at + offset] = False
        return at, level.categories[place]


def _apart(at: NDArray[np.int64], size: int) -> NDArray[np.bool_]:
    """Which of the ascending windows of one size stay when each must begin after the one kept before it has ended."""
    keep = np.ones(len(at), np.bool_)
    tight = (np.flatnonzero(np.diff(at) < size) + 1).tolist()
    end, before = 0, -1
    for index in tight:
        if index - 1 != before:
            end = at[index - 1] + size
        keep[index] = at[index] >= end
        if keep[index]:
            end = at[index] + size
        before = index
    return keep


def _sieve_index(hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    return ((hashes * _SIEVE) >> np.uint64(64 - _SIEVE_BITS)).astype(np.int64)


def _expand(expression: str) -> Iterator[str]:
    seen = _BRACES.search(expression)
    if seen is None:
        yield expression.replace("_", " ")
        return
    for choice in seen[1].split(","):
        yield from _expand(expression[: seen.start()] + choice + expression[seen.end() :])


def read_cues(text: str) -> dict[str, list[str]]:
    """Categories and their expressions from the text of a cue file, in file order."""
    cues: dict[str, list[str]] = {}
    category = ""
    for line in text.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if re.fullmatch(r"\[[A-Za-z_]+\]", line):
            category = line[1:-1]
            cues.setdefault(category, [])
        else:
            cues[category] += [plain for word in line.split() for plain in _expand(word)]
    return cues


def _merged(names: tuple[str, ...]) -> dict[str, list[str]]:
    merged: dict[str, list[str]] = {}
    for name in names:
        text = (files("nlp") / "model" / name).read_text(encoding="utf-8")
        for category, expressions in read_cues(text).items():
            merged.setdefault(category, []).extend(expressions)
    return merged


@cache
def cue_table(*names: str) -> CueTable:
    """The table of these cue files. An expression in two categories belongs to the first."""
    cues = _merged(names)
    flat = [(index, word) for index, words in enumerate(cues.values()) for word in words]
    return _table(tuple(cues), [index for index, _ in flat], stream([word for _, word in flat]))


def _table(categories: tuple[str, ...], kinds: list[int], tokens: Stream) -> CueTable:
    lengths = np.bincount(tokens.doc, minlength=tokens.count) - 1
    first = np.concatenate([[0], np.cumsum(lengths + 1)[:-1]])
    levels = grams(tokens.hashes, LONGEST)
    kind = np.array(kinds, np.int64)
    return CueTable(
        categories, tuple(_level(levels[n - 1][first[lengths == n]], kind[lengths == n]) for n in range(1, LONGEST + 1))
    )


def _level(hashes: NDArray[np.uint64], kinds: NDArray[np.int64]) -> Level:
    keys, where = np.unique(hashes, return_index=True)
    sieve = np.zeros(1 << _SIEVE_BITS, np.bool_)
    sieve[_sieve_index(keys)] = True
    return Level(keys, kinds[where], sieve)
