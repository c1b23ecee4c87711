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

from nlp.stream import GRAM, grams, stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from nlp.stream import Stream

    Window = tuple[int, NDArray[np.int64], NDArray[np.int64]]  # the size, places and categories of windows

LONGEST = 8
"""Tokens of the longest expression that is looked for."""
_PAIR = 2
_PLACE_BITS = 16
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
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
    """The expressions of one length, found by the place of their hashes (`_place`), which most windows fail to have.

    Attributes:
        keys: uint64, by place, and behind them a zero for each that shares a place.
        categories: int64, one per key.
        taken: bool per place, whether a key has it.
        first: int32 per place, the first key that has it.
        sharing: the most keys that share a place.
        openings: bool per place, whether a longer expression may begin with tokens of such a hash.
    """

    keys: NDArray[np.uint64]
    categories: NDArray[np.int64]
    taken: NDArray[np.bool_]
    first: NDArray[np.int32]
    sharing: int
    openings: NDArray[np.bool_]

    def matches(
        self, at: NDArray[np.int64], hashes: NDArray[np.uint64], place: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Of windows, their hashes and places those that are an expression, and its category."""
        index = self.first.take(place, mode="clip")
        found = self.keys.take(index, mode="clip") == hashes
        for _ in range(1, self.sharing):
            index += ~found
            found |= self.keys.take(index, mode="clip") == hashes
        return at[found], self.categories.take(index[found], mode="clip")


@dataclass(frozen=True, slots=True)
class CueTable:
    """All expressions of one or more cue files, ready for matching."""

    categories: tuple[str, ...]
    levels: tuple[Level, ...]

    def find(self, levels: Sequence[NDArray[np.uint64]], sizes: range, free: NDArray[np.bool_]) -> Hits:
        """The expressions of these lengths in free tokens; a longer one wins over a shorter, an earlier over a later.

        Args:
            levels: hashes of tokens, and of pairs where longer ones are looked for, as `stream.grams` gives them.
            sizes: lengths to look for, in tokens.
            free: bool per token; changed in place: the tokens of a hit are free no more.
        """
        windows = [self._single(levels[0])] if sizes.start == 1 else []
        windows += self._longer(levels, sizes.stop - 1) if sizes.stop > _PAIR else []
        found = [(size, *_open(size, at, category, free)) for size, at, category in reversed(windows)]
        at = np.concatenate([hit for _, hit, _ in found])
        category = np.concatenate([kind for _, _, kind in found])
        width = np.repeat([size for size, _, _ in found], [len(hit) for _, hit, _ in found])
        order = at.argsort(kind="stable")
        return Hits(at[order], width[order], category[order])

    def _single(self, hashes: NDArray[np.uint64]) -> Window:
        place = _place(hashes)
        at = self.levels[0].taken.take(place, mode="clip").nonzero()[0]
        return 1, *self.levels[0].matches(at, hashes.take(at, mode="clip"), place.take(at, mode="clip"))

    def _longer(self, levels: Sequence[NDArray[np.uint64]], longest: int) -> Iterator[Window]:
        """Windows of two tokens and more: longer ones only where the tokens before their last open an expression."""
        hashes, place = levels[1], _place(levels[1])
        at = self.levels[1].taken.take(place, mode="clip").nonzero()[0]
        yield _PAIR, *self.levels[1].matches(at, hashes.take(at, mode="clip"), place.take(at, mode="clip"))
        at = self.levels[1].openings.take(place[:-1], mode="clip").nonzero()[0]
        hashes = hashes.take(at, mode="clip")
        for size in range(_PAIR + 1, longest + 1):
            hashes *= GRAM
            hashes += levels[0].take(at + (size - 1), mode="clip")
            place = _place(hashes)
            level = self.levels[size - 1]
            fits = level.taken.take(place, mode="clip").nonzero()[0]
            if len(fits):
                yield (
                    size,
                    *level.matches(
                        at.take(fits, mode="clip"), hashes.take(fits, mode="clip"), place.take(fits, mode="clip")
                    ),
                )
            goes_on = (level.openings.take(place, mode="clip") & (at < len(levels[0]) - size)).nonzero()[0]
            at, hashes = at.take(goes_on, mode="clip"), hashes.take(goes_on, mode="clip")
            if not len(at):
                return


def _open(
    size: int, at: NDArray[np.int64], category: NDArray[np.int64], free: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The windows of one size that are wholly free and apart from each other; their tokens are free no more."""
    is_open = free.take(at, mode="clip")
    for offset in range(1, size):
        is_open &= free.take(at + offset, mode="clip")
    at, category = at[is_open], category[is_open]
    if size > 1:
        apart = _apart(at, size)
        at, category = at[apart], category[apart]
    free[at] = False
    for offset in range(1, size):
        free[at + offset] = False
    return at, category


def _apart(at: NDArray[np.int64], size: int) -> NDArray[np.bool_]:
    """Which of the ascending windows of one size stay when each must begin after the one kept before it has ended."""
    keep = np.ones(len(at), np.bool_)
    tight = ((at[1:] - at[:-1] < size).nonzero()[0] + 1).tolist()
    end, before = 0, -1
    for index in tight:
        if index - 1 != before:
            end = at[index - 1] + size
        keep[index] = at[index] >= end
        if keep[index]:
            end = at[index] + size
        before = index
    return keep


def _place(hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    spread = hashes * _SPREAD
    spread >>= np.uint64(64 - _PLACE_BITS)
    return spread.view(np.int64)


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
    """The table of these cue files."""
    return table_of(_merged(names))


def table_of(cues: Mapping[str, Sequence[str]]) -> CueTable:
    """The table of expressions by category. An expression in two categories belongs to the first."""
    flat = [(index, word) for index, words in enumerate(cues.values()) for word in words]
    return _table(tuple(cues), [index for index, _ in flat], stream([word for _, word in flat]))


def _table(categories: tuple[str, ...], kinds: list[int], tokens: Stream) -> CueTable:
    lengths = np.bincount(tokens.doc, minlength=tokens.count) - 1
    first = np.concatenate([[0], np.cumsum(lengths + 1)[:-1]])
    levels = grams(tokens.hashes, LONGEST)
    kind = np.array(kinds, np.int64)
    chosen = [(lengths == n, lengths > n) for n in range(1, LONGEST + 1)]
    return CueTable(
        categories,
        tuple(
            _level(level[first[exact]], kind[exact], level[first[more]])
            for level, (exact, more) in zip(levels, chosen, strict=True)
        ),
    )


def _level(hashes: NDArray[np.uint64], kinds: NDArray[np.int64], openings: NDArray[np.uint64]) -> Level:
    keys, where = np.unique(hashes, return_index=True)
    place = _place(keys)
    order = place.argsort(kind="stable")
    place = place[order]
    count = np.bincount(place, minlength=1 << _PLACE_BITS)
    first, sharing = np.cumsum(count) - count, int(count.max())
    padded = np.append(keys[order], np.zeros(sharing + 1, np.uint64))
    return Level(padded, kinds[where[order]], _sieve(place), first.astype(np.int32), sharing, _sieve(_place(openings)))


def _sieve(places: NDArray[np.int64]) -> NDArray[np.bool_]:
    sieve = np.zeros(1 << _PLACE_BITS, np.bool_)
    sieve[places] = True
    return sieve
