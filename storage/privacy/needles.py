"""Many strings looked for at once, in time that hardly depends on how many they are.

A few are looked for one after the other. Of many, the first bytes of every place in a content are hashed together
(after Rabin and Karp 1987), and what agrees there is compared whole, by digest: the strings themselves are not kept.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from hashlib import blake2b
from itertools import chain, islice
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from mmap import mmap

    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]

FEW = 256
"""So many are looked for one by one: a processor finds a string faster than it hashes."""
_WORD = 8
_LONG = 32
"""How many first bytes of a string are hashed, of a shorter one all; one without a word's bytes is found by itself."""
_BLOCK = 1 << 20
_FACTOR, _SPREAD = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)
_HALF = np.uint64(32)
_SPARSE = 4
"""Bits that the table of first looks has more than it needs: one look in 16 is in vain."""
_LARGEST_TABLE = 24


class Needles:
    """What is looked for. An empty string is nothing.

    Memory, where they are many: 24 bytes for each, and up to 16 MiB for the table of first looks.
    """

    def __init__(self, forms: Iterable[bytes]) -> None:
        self._single: list[bytes] = []
        told: defaultdict[int, _Told] = defaultdict(_Told)
        given = filter(None, forms)
        few = list(islice(given, FEW))
        more = list(islice(given, 1))
        for form in chain(few, more, given):
            if len(form) < _WORD or not more:
                self._single.append(form)
            else:
                told[min(len(form), _LONG)].add(form)
        self._sieves = [_Sieve(width, found) for width, found in told.items()]
        firsts = np.concatenate([np.empty(0, np.uint64), *(sieve.firsts for sieve in self._sieves)])
        bits = min(_LARGEST_TABLE, len(firsts).bit_length() + _SPARSE)
        self._shift = np.uint64(64 - bits)
        self._table = np.zeros(1 << bits, np.bool_)
        self._table[(firsts * _FACTOR) >> self._shift] = True

    def __bool__(self) -> bool:
        return bool(self._sieves or self._single)

    def anywhere_in(self, content: bytes | mmap) -> bool:
        """Whether any of them is in it, which may be a mapped file."""
        return any(content.find(form) >= 0 for form in self._single) or any(True for _ in self._sieved(content))

    def spans(self, content: bytes) -> Iterator[tuple[int, int]]:
        """Where they are: beginning and end of each, in no order."""
        for form in self._single:
            at = content.find(form)
            while at >= 0:
                yield at, at + len(form)
                at = content.find(form, at + 1)
        yield from self._sieved(content)

    def without(self, content: bytes, blank: bytes) -> bytes:
        """The content with `blank` in place of each of them; those that overlap become one."""
        parts, end = list[bytes](), 0
        for start, stop in sorted(self.spans(content)):
            if start >= end:
                parts += [content[end:start], blank]
            end = max(end, stop)
        return b"".join([*parts, content[end:]])

    def _sieved(self, content: bytes | mmap) -> Iterator[tuple[int, int]]:
        for start in range(0, len(content) - _WORD + 1 if self._sieves else 0, _BLOCK):
            piece = content[start : start + _BLOCK + _LONG]
            words = np.ndarray((len(piece) - _WORD + 1,), "<u8", piece, strides=(1,))
            places = np.flatnonzero(self._table[(words * _FACTOR) >> self._shift])
            places = places[places < _BLOCK]
            for sieve in self._sieves if len(places) else ():
                for at, first, last in sieve.candidates(words, places):
                    for length in sieve.lengths_of(first, last):
                        end = start + at + length
                        if end <= len(content) and sieve.has(content[start + at : end], first, last):
                            yield start + at, end


class _Told:
    """What is kept of strings: their first bytes, lengths and digests, one after the other."""

    def __init__(self) -> None:
        self.starts, self.lengths, self.digests = bytearray(), array("q"), bytearray()

    def add(self, form: bytes) -> None:
        self.starts += form[:_LONG]
        self.lengths.append(len(form))
        self.digests += _digest(form)


class _Sieve:
    """Strings by the hash of their first bytes, so many, or of all of them where they have no more.

    Attributes:
        firsts: the first eight bytes of each.
    """

    def __init__(self, width: int, told: _Told) -> None:
        self._places = sorted({*range(0, width - _WORD + 1, _WORD), width - _WORD})
        starts = np.frombuffer(told.starts, np.uint8).reshape(-1, width)
        words = [np.ascontiguousarray(starts[:, at : at + _WORD]).view("<u8")[:, 0] for at in self._places]
        hashes, lengths = _mixed(words), np.array(told.lengths, np.int64)
        order = np.lexsort((lengths, hashes))
        self.firsts = np.unique(words[0])
        self._hashes, self._lengths = hashes[order], lengths[order]
        self._digests = np.frombuffer(told.digests, "<u8")[order]

    def candidates(self, words: Hashes, places: NDArray[np.intp]) -> Iterator[tuple[int, int, int]]:
        """Places at which some of them may begin, and the first and last of those."""
        within = places[places + self._places[-1] < len(words)]
        hashes = _mixed([words[within + at] for at in self._places])
        first, last = (np.searchsorted(self._hashes, hashes, side) for side in ("left", "right"))
        for at in np.flatnonzero(last > first):
            yield int(within[at]), int(first[at]), int(last[at])

    def lengths_of(self, first: int, last: int) -> list[int]:
        """How long those are, each length once."""
        if last == first + 1:
            return [int(self._lengths[first])]
        return [int(length) for length in np.unique(self._lengths[first:last])]

    def has(self, form: bytes, first: int, last: int) -> bool:
        """Whether one of those is this string."""
        return bool((self._digests[first:last] == np.uint64(int.from_bytes(_digest(form), "little"))).any())


def _mixed(words: list[Hashes]) -> Hashes:
    mixed = words[0] * _FACTOR
    for word in words[1:]:
        mixed = (mixed ^ (mixed >> _HALF)) * _SPREAD + word
    return (mixed ^ (mixed >> _HALF)) * _SPREAD


def _digest(form: bytes) -> bytes:
    return blake2b(form, digest_size=8).digest()
