"""Numbers for words: many words as places in a vocabulary, without a Python object for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

READY = "\x01"
"""In a stream: a place that stands for a word which is kept beside it."""

_BITS = 21  # of a character
_PACKED = 3  # characters of a word that fit into one number of 64 bits
_MANY = 2_000


class Places(NamedTuple):
    """Where words stand in a stream of characters; the node of each that is written as in the dictionary, else -1."""

    stream: str
    codes: NDArray[np.uint32]
    start: NDArray[np.int64]
    length: NDArray[np.int64]
    node: NDArray[np.int64]

    def at(self, chosen: NDArray[np.int64]) -> Places:
        """These places alone."""
        return self._replace(start=self.start[chosen], length=self.length[chosen], node=self.node[chosen])

    def word(self, at: int) -> str:
        """The word at one of them, in its own spelling."""
        return self.stream[self.start[at] : self.start[at] + self.length[at]]


class Vocabulary:
    """Numbers for words, in order of first appearance of the stretches they come in.

    A dictionary word that comes with its node is looked up by that. Another of few characters is looked up as the
    number that these make, not as an object: looking up fresh strings costs half as much as all the cutting, since each
    look is a miss of the cache.
    """

    def __init__(self) -> None:
        self.words: list[str] = []
        self._long: dict[str, int] = {}
        self._packed: dict[int, int] = {}
        self._by_node = np.full(1, -1, np.int32)

    def ids_of(self, places: Places, tokens: Iterable[str]) -> NDArray[np.int32]:
        """The number of each word; a place marked as token stands for the next of the tokens."""
        known = places.node >= 0
        self._know(places, known)
        ids = self._by_node.take(places.node)  # of one that is no node as well, which is written over
        other = np.flatnonzero(~known)
        ids[other] = self._written(places.at(other), tokens)
        return ids

    def _know(self, places: Places, known: NDArray[np.bool_]) -> None:
        """Number the dictionary words that come for the first time."""
        most = int(places.node.max(initial=0))
        if most >= len(self._by_node):
            self._by_node = np.append(self._by_node, np.full(most + 1 - len(self._by_node), -1, np.int32))
        new = np.flatnonzero(known & (self._by_node.take(places.node) < 0))
        nodes, first = np.unique(places.node[new], return_index=True)
        self._by_node[nodes] = self._written(places.at(new[first]), ())

    def _written(self, places: Places, tokens: Iterable[str]) -> NDArray[np.int32]:
        """The number of each word by its characters."""
        ids = np.empty(len(places.start), np.int32)
        token = places.codes[places.start] == ord(READY)
        ids[token] = self._by_word(list(tokens))
        long = np.flatnonzero(places.length > _PACKED)
        ids[long] = self._by_word([places.word(at) for at in long.tolist()])
        short = np.flatnonzero(~token & (places.length <= _PACKED))
        ids[short] = self._numbers(places, short)
        return ids

    def _by_word(self, words: list[str]) -> list[int]:
        new = [word for word in dict.fromkeys(words) if word not in self._long]
        self._long.update(zip(new, range(len(self.words), len(self.words) + len(new)), strict=True))
        self.words += new
        return list(map(self._long.__getitem__, words))

    def _numbers(self, places: Places, short: NDArray[np.int64]) -> NDArray[np.int32]:
        start, length = places.start[short], places.length[short]
        packed = np.zeros(len(short), np.int64)
        for step in range(_PACKED):
            packed = packed << _BITS | np.where(step < length, places.codes.take(start + step, mode="clip"), 0)
        place, distinct = _factorised(packed)
        new = [key for key in distinct.tolist() if key not in self._packed]
        self._packed.update(zip(new, range(len(self.words), len(self.words) + len(new)), strict=True))
        self.words += _unpacked(np.array(new, np.int64))
        return np.array([self._packed[key] for key in distinct.tolist()], np.int32)[place]


def _unpacked(packed: NDArray[np.int64]) -> list[str]:
    codes = np.stack([packed >> _BITS * step & (1 << _BITS) - 1 for step in reversed(range(_PACKED))], axis=1)
    words: list[str] = codes.astype("<u4").view(f"<U{_PACKED}").ravel().tolist()
    return words


def _factorised(numbers: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The place of each among the distinct ones, and those."""
    if len(numbers) < _MANY:
        distinct, place = np.unique(numbers, return_inverse=True)
    else:
        from pandas import factorize  # three times faster, but slow to load

        place, distinct = factorize(numbers)
    return place, distinct
