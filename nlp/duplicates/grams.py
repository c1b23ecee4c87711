"""Character 3-grams of many texts as numbers in one array, and how alike two texts are by them."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Grams = NDArray[np.uint32]
    Indices = NDArray[np.int64]

GRAM = 3
STRETCH = 1 << 20
"""Characters worked on at a time: bounds memory whatever comes."""

_COLUMNS = 1024  # texts worked on side by side: they stay in the processor's cache
_WIDEST = 512  # characters of a text that is compared in a row of a table; longer ones are compared in one long list
_STEP = 16  # rows of a table are a multiple of this long
_CACHED = 1 << 15  # 3-grams hashed at a time: stays in the processor's cache
_NUMBER = np.uint64(32)  # bits of a 3-gram's hash, behind the number of its text


def odd_numbers(n: int, name: str) -> Grams:
    """Fixed odd numbers to multiply by: the same on every machine and in every run."""
    digests = [hashlib.sha256(f"{name} {number}".encode()).digest() for number in range(n)]
    return np.array([int.from_bytes(digest[:4], "little") | 1 for digest in digests], np.uint32)


_PLACES = odd_numbers(GRAM, "place")
_MIX = odd_numbers(1, "mix")[0]


def lengths_of(texts: Sequence[str]) -> Indices:
    """The characters of each text."""
    return np.fromiter(map(len, texts), np.int64, len(texts))


def stretches(lengths: Indices) -> Iterator[tuple[int, int]]:
    """Where to cut so that a stretch holds about STRETCH characters; each text weighs a few more than it has."""
    ends = np.cumsum(lengths + 8)
    start = 0
    while start < len(lengths):
        reached = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, reached + STRETCH, "right")))
        yield start, stop
        start = stop


def grams_of(texts: Sequence[str], lengths: Indices) -> tuple[Grams, Indices, Indices]:
    """The hashed 3-grams of all texts in one array, where those of each text start, and how many there are."""
    points = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), "<u4")
    hashed = np.zeros(max(len(points) - GRAM + 1, 0), np.uint32)
    for at in range(0, len(hashed), _CACHED):
        part = hashed[at : at + _CACHED]
        for place, multiplier in enumerate(_PLACES):
            part += points[at + place : at + place + len(part)] * multiplier
        part ^= part >> np.uint32(15)
        part *= _MIX
        part ^= part >> np.uint32(13)
    return hashed, np.cumsum(lengths) - lengths, np.maximum(lengths - GRAM + 1, 0)


def distinct_grams(texts: Sequence[str]) -> Indices:
    """How many distinct 3-grams each text has."""
    lengths = lengths_of(texts)
    found = [_sets(texts[start:stop], lengths[start:stop])[2] for start, stop in stretches(lengths)]
    return np.concatenate([np.empty(0, np.int64), *found])


def likeness(
    texts: Sequence[str], one: Indices, other: Indices, fewest: int = 0, lengths: Indices | None = None
) -> NDArray[np.float64]:
    """The Jaccard similarity of the two sets of 3-grams of each pair; 0 where one has fewer than `fewest`.

    Args:
        texts: all texts.
        one: indices of the first of each pair.
        other: indices of the second.
        fewest: distinct 3-grams a text needs.
        lengths: the characters of each text, where they are known: to look at a million texts again takes long.

    Returns:
        float64, shape (pairs,).
    """
    found = np.zeros(len(one))
    lengths = lengths_of(texts) if lengths is None else lengths
    both = lengths[np.stack((one, other))]
    short = both.max(0) <= _WIDEST
    for way, chosen in ((_likeness_of_short, short), (_likeness, ~short)):
        pairs = np.flatnonzero(chosen & (both.min(0) >= GRAM))
        for start, stop in stretches(both[:, pairs].sum(0)):
            part = pairs[start:stop]
            found[part] = way(texts, lengths, one[part], other[part], fewest)
    return found


def _likeness_of_short(
    texts: Sequence[str], lengths: Indices, one: Indices, other: Indices, fewest: int
) -> NDArray[np.float64]:
    distinct, place = np.unique(np.concatenate((one, other)), return_inverse=True)
    grams, starts, counts = grams_of([texts[i] for i in distinct.tolist()], lengths[distinct])
    sides = place.reshape(2, -1)
    size = _distinct_in_rows(grams, starts[None], counts[None])[sides]
    union = _distinct_in_rows(grams, starts[sides], counts[sides])
    return np.where(size.min(0) >= fewest, (size.sum(0) - union) / union, 0)


def _distinct_in_rows(grams: Grams, starts: Indices, counts: Indices) -> Indices:
    """How many distinct 3-grams some texts have together; starts and counts have shape (texts, rows).

    A row is filled up with its text's first 3-gram, which adds none.
    """
    width = -(-counts.max(0) // _STEP) * _STEP
    padded = np.append(grams, np.zeros(_WIDEST + _STEP, np.uint32))
    order, found = np.argsort(width, kind="stable"), np.empty(len(width), np.int64)
    for begin, end in blocks(width[order]):
        rows, wide = order[begin:end], int(width[order[begin]])
        table = np.empty((len(rows), len(starts) * wide), np.uint32)
        for side, (start, count) in enumerate(zip(starts[:, rows], counts[:, rows], strict=True)):
            row = table[:, side * wide : (side + 1) * wide]
            row[:] = windows(padded, start, wide)
            full = int(count.min())
            np.copyto(row[:, full:], padded[start][:, None], where=np.arange(full, wide) >= count[:, None])
        table.sort(axis=1)
        changes = np.packbits(table[:, 1:] != table[:, :-1], axis=1)
        found[rows] = np.bitwise_count(changes).sum(axis=1, dtype=np.int64) + 1
    return found


def windows(grams: Grams, starts: Indices, wide: int) -> Grams:
    """So many 3-grams from each of these places on, shape (places, wide); each row is copied as one thing."""
    rows = np.ndarray((len(grams) - wide + 1,), np.dtype((np.void, wide * grams.itemsize)), grams, 0, (grams.itemsize,))
    return rows[starts].view(np.uint32).reshape(-1, wide)


def blocks(width: Indices) -> Iterator[tuple[int, int]]:
    """Stretches of equal width, of at most _COLUMNS texts; widths come ascending."""
    edges = [0, *(np.flatnonzero(np.diff(width)) + 1).tolist(), len(width)]
    for begin, end in pairwise(edges):
        for at in range(begin, end, _COLUMNS):
            yield at, min(at + _COLUMNS, end)


def _likeness(texts: Sequence[str], lengths: Indices, one: Indices, other: Indices, fewest: int) -> NDArray[np.float64]:
    distinct, place = np.unique(np.concatenate((one, other)), return_inverse=True)
    grams, starts, counts = _sets([texts[i] for i in distinct.tolist()], lengths[distinct])
    sides, pair = np.split(place, 2), np.arange(len(one))
    keys = np.concatenate([_numbered(grams, starts[side], counts[side], pair) for side in sides])
    keys.sort()
    shared = np.bincount(_numbers(keys[1:][keys[1:] == keys[:-1]]), minlength=len(one))
    sizes = np.stack([counts[side] for side in sides])
    enough = sizes.min(0) >= max(fewest, 1)
    return np.asarray(np.divide(shared, sizes.sum(0) - shared, out=np.zeros(len(one)), where=enough))


def _sets(texts: Sequence[str], lengths: Indices) -> tuple[NDArray[np.uint64], Indices, Indices]:
    """The distinct 3-grams of each text, ascending, in one array; where they start, and how many there are."""
    grams, starts, counts = grams_of(texts, lengths)
    keys = _numbered(grams, starts, counts, np.arange(len(texts)))
    keys.sort()
    keys = keys[np.diff(keys, prepend=~keys[:1]) != 0]
    found = np.bincount(_numbers(keys), minlength=len(texts))
    return keys & np.uint64(0xFFFFFFFF), np.cumsum(found) - found, found


def _numbered(grams: NDArray[Any], starts: Indices, counts: Indices, numbers: Indices) -> NDArray[np.uint64]:
    """The 3-grams of each text behind its number, in 64 bits."""
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    number = np.repeat(numbers, counts).astype(np.uint64) << _NUMBER
    return np.asarray(number | grams[np.repeat(starts, counts) + within])


def _numbers(keys: NDArray[np.uint64]) -> Indices:
    return (keys >> _NUMBER).astype(np.int64)
