"""A dictionary of words as a trie whose edges lie in one hash table, so that many places are looked up at once."""

from __future__ import annotations

import math
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    Indices = NDArray[np.int64]
    Codes = NDArray[np.uint32]

FIRST, LAST = 0x4E00, 0x9FD5
"""The characters that dictionary and hidden Markov model speak of."""
KINDS = LAST - FIRST + 1

_CHARACTER = np.uint64(15)  # bits of a character in an edge
_NODE = np.uint64(24)  # bits of a node
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.array([0x85EBCA6B, 0xC2B2AE35], np.uint32)
_SIEVE = 20  # bits of a place in the sieve, which lets all pairs of characters through that begin a word, and few more
_SLOTS = 21  # bits of a place in the hash table: a quarter full with jieba's dictionary


class Words(NamedTuple):
    """Where dictionary words of one length may stand.

    Attributes:
        length: their characters.
        at: int64, the place each begins at, ascending.
        node: int64, its node.
        weight: float64, the logarithm of its probability.
    """

    length: int
    at: Indices
    node: Indices
    weight: NDArray[np.float64]


class Lexicon:
    """Words and the logarithms of their probabilities.

    A node of the trie is a beginning of a word. Nodes below KINDS are single characters; the others have an edge each,
    from the node before and one more character.

    Args:
        added: words with their frequencies, beside those of jieba's dictionary or in place of the same word there.
    """

    def __init__(self, added: Mapping[str, int]) -> None:
        own = {word: count for word, count in added.items() if ord(min(word)) >= FIRST and ord(max(word)) <= LAST}
        lines = _with(_shipped(), own)
        edges, ends = _trie(lines.codes, lines.lengths)
        frequency = np.zeros(KINDS + 1 + len(edges), np.int64)
        frequency[ends] = lines.frequencies  # of a word that comes twice, the later one counts
        others = {**_others(), **{word: count for word, count in added.items() if word not in own}}
        total = math.log(int(frequency.sum()) + sum(others.values()))
        self.unknown = -total
        """The weight of a character that is no word."""
        counts, place = np.unique(frequency, return_inverse=True)
        logs = [math.log(count) - total if count else -np.inf for count in counts.tolist()]  # as both engines do
        self._weights = np.array(logs)[place]
        self._slots = _hashed(edges)
        self._pairs = _sieve(edges)

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return len(self._weights)

    @property
    def single(self) -> NDArray[np.float64]:
        """The weight of each character as a word, -inf where it is none, as KINDS is."""
        return self._weights[: KINDS + 1]

    def words(self, kinds: Codes) -> Iterator[Words]:
        """All words of two characters and more that stand in a text, shorter ones first.

        Args:
            kinds: the characters, counted from FIRST; KINDS stands for all that end a run, and comes last.
        """
        at, length = np.flatnonzero(self._pairs.take(_pair(kinds[:-1], kinds[1:]))), 1
        node = kinds.take(at).astype(np.uint64)
        while len(at):
            node <<= _CHARACTER
            node |= kinds.take(at + length)
            node = self._after(node)
            going = np.flatnonzero(node)
            at, node, length = at.take(going), node.take(going), length + 1
            weight = self._weights.take(node.view(np.int64))
            whole = np.flatnonzero(weight > -np.inf)
            yield Words(length, at.take(whole), node.take(whole).view(np.int64), weight.take(whole))

    def _after(self, edges: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """The node to which each edge leads, 0 where there is no such edge."""
        slot = _slot(edges)
        found = self._slots.take(slot)
        ours = found >> _NODE == edges
        doubtful = np.flatnonzero(~ours & (found != 0))
        while len(doubtful):
            slot[doubtful] = (slot.take(doubtful) + 1) & ((1 << _SLOTS) - 1)
            again = self._slots.take(slot.take(doubtful))
            found[doubtful] = again
            ours[doubtful] = same = again >> _NODE == edges.take(doubtful)
            doubtful = doubtful[~same & (again != 0)]
        found &= np.uint64((1 << int(_NODE)) - 1)
        found *= ours
        return found


def _pair(one: Codes, other: Codes) -> Indices:
    """The place of two characters in the sieve."""
    mixed = one * _MIX[0]
    mixed += other * _MIX[1]
    mixed >>= np.uint32(32 - _SIEVE)
    place: Indices = mixed.astype(np.int64)
    return place


def _slot(edges: NDArray[np.uint64]) -> Indices:
    spread = edges * _SPREAD
    spread >>= np.uint64(64 - _SLOTS)
    place: Indices = spread.view(np.int64)
    return place


def _hashed(edges: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """A hash table: each edge in the next free place, the node it leads to in its last bits; 0 is an empty place."""
    full = edges << _NODE | np.arange(KINDS + 1, KINDS + 1 + len(edges), dtype=np.uint64)
    slots, slot, left = np.zeros(1 << _SLOTS, np.uint64), _slot(edges), np.arange(len(edges))
    while len(left):
        free = left[slots[slot[left]] == 0]
        slots[slot[free]] = full[free]
        left = left[slots[slot[left]] != full[left]]
        slot[left] = (slot[left] + 1) & ((1 << _SLOTS) - 1)
    return slots


def _sieve(edges: NDArray[np.uint64]) -> NDArray[np.bool_]:
    pairs = edges[edges >> _CHARACTER < KINDS].astype(np.uint32)
    sieve = np.zeros(1 << _SIEVE, bool)
    sieve[_pair(pairs >> np.uint32(_CHARACTER), pairs & np.uint32((1 << int(_CHARACTER)) - 1))] = True
    return sieve


def _trie(codes: Codes, lengths: Indices) -> tuple[NDArray[np.uint64], Indices]:
    """The edges by their nodes, and the node at which each word ends."""
    kinds = (codes - np.uint32(FIRST)).astype(np.uint64)
    begins = np.cumsum(lengths) - lengths
    node = kinds[begins]
    edges, count = [np.empty(0, np.uint64)], KINDS + 1
    for length in range(1, int(lengths.max())):
        longer = np.flatnonzero(lengths > length)
        level, place = np.unique(node[longer] << _CHARACTER | kinds[begins[longer] + length], return_inverse=True)
        node[longer] = place.astype(np.uint64) + np.uint64(count)
        edges.append(level)
        count += len(level)
    return np.concatenate(edges), node.view(np.int64)


class _Lines(NamedTuple):
    """Words: the characters of all, the length of each, and the frequency."""

    codes: Codes
    lengths: Indices
    frequencies: Indices


def _with(lines: _Lines, words: Mapping[str, int]) -> _Lines:
    codes = np.frombuffer("".join(words).encode("utf-32-le"), np.uint32)
    lengths, frequencies = [*map(len, words)], [*words.values()]
    return _Lines(
        np.concatenate((lines.codes, codes)),
        np.concatenate((lines.lengths, np.array(lengths, np.int64))),
        np.concatenate((lines.frequencies, np.array(frequencies, np.int64))),
    )


@cache
def _shipped() -> _Lines:
    """The words of jieba's dictionary that are all Han."""
    return _chosen(_dictionary(), _all_han())


@cache
def _others() -> dict[str, int]:
    """Its other words with their frequencies, of one that comes twice the later one."""
    lines = _chosen(_dictionary(), ~_all_han())
    text, ends = lines.codes.tobytes().decode("utf-32-le"), np.cumsum(lines.lengths).tolist()
    words = [text[begin:end] for begin, end in pairwise([0, *ends])]
    return dict(zip(words, lines.frequencies.tolist(), strict=True))


def _all_han() -> NDArray[np.bool_]:
    lines = _dictionary()
    han = np.ones(len(lines.lengths), bool)
    han[np.repeat(np.arange(len(han)), lines.lengths)[(lines.codes < FIRST) | (lines.codes > LAST)]] = False
    return han


def _chosen(lines: _Lines, chosen: NDArray[np.bool_]) -> _Lines:
    return _Lines(lines.codes[np.repeat(chosen, lines.lengths)], lines.lengths[chosen], lines.frequencies[chosen])


@cache
def _dictionary() -> _Lines:
    """The dictionary of jieba, a line of which is a word, its frequency and a tag; read without loading jieba."""
    codes = np.frombuffer((_jieba() / "dict.txt").read_text(encoding="utf-8").encode("utf-32-le"), np.uint32)
    ends = np.flatnonzero(codes == ord("\n"))
    first, second = np.flatnonzero(codes == ord(" ")).reshape(-1, 2).T
    begins = np.append(0, ends[:-1] + 1)
    frequencies = np.zeros(len(ends), np.int64)
    for digit in range(int((second - first).max()) - 1):
        at = first + 1 + digit
        frequencies = np.where(at < second, frequencies * 10 + codes.take(at, mode="clip") - ord("0"), frequencies)
    lengths = first - begins
    places = np.arange(lengths.sum()) + np.repeat(begins - np.cumsum(lengths) + lengths, lengths)
    return _Lines(codes[places], lengths, frequencies)


def _jieba() -> Path:
    spec = find_spec("jieba")
    return Path(next(iter((spec and spec.submodule_search_locations) or ())))
