"""Sketches of texts: the smallest hashes of their character 3-grams (MinHash, Broder 1997).

Two texts agree in one hash of a sketch with a probability equal to the Jaccard similarity of their sets of 3-grams.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nlp.duplicates.grams import STRETCH, blocks, grams_of, odd_numbers, stretches, windows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from nlp.duplicates.grams import Grams, Indices

    Smallest = NDArray[np.uint16]

HASHES = 40
ROWS = 4
"""Hashes that must agree in one band. Two texts of similarity s share one of the 10 bands with probability
1 − (1 − s⁴)¹⁰: at 0.6 in 75 % of cases, at 0.7 in 94 %, at 0.8 in 99.5 %, at 0.1 in 0.1 %."""

MIN_GRAMS = 8
"""3-grams that a text needs to be sketched."""

FEWEST = 12
"""Distinct 3-grams that a text needs to represent others or join one; with fewer, one character may turn its sense, and
only exact repeats count."""

_COLUMN = 256  # 3-grams hashed as one column; a longer text is several columns
_MULTIPLIERS = odd_numbers(HASHES, "3-gram").astype(np.uint16).reshape(2, HASHES // 2)


class Sketches(NamedTuple):
    """What is kept of each text.

    Attributes:
        bands: uint64, shape (HASHES / ROWS, texts): a hash of each band; texts with an equal one are candidates.
        low: uint8, shape (texts, HASHES): one byte of each smallest hash; equal by chance in 1 of 256.
        doubtful: bool, one per text: its first FEWEST 3-grams are fewer, or not all distinct.
    """

    bands: NDArray[np.uint64]
    low: NDArray[np.uint8]
    doubtful: NDArray[np.bool_]


def sketches(texts: Sequence[str], lengths: Indices) -> Sketches:
    """The sketch of each text; each must have at least MIN_GRAMS 3-grams, repeated ones included."""
    bands = np.empty((HASHES // ROWS, len(texts)), np.uint64)
    low = np.empty((len(texts), HASHES), np.uint8)
    doubtful = np.empty(len(texts), bool)
    for start, stop in stretches(lengths):
        grams, starts, counts = grams_of(texts[start:stop], lengths[start:stop])
        smallest = _smallest(grams, starts, counts)
        bands[:, start:stop] = _banded(smallest)
        low[start:stop] = smallest.astype(np.uint8).T
        doubtful[start:stop] = _doubtful(grams, starts, counts)
    return Sketches(bands, low, doubtful)


def _doubtful(grams: Grams, starts: Indices, counts: Indices) -> NDArray[np.bool_]:
    first = np.append(grams, np.zeros(FEWEST, np.uint32))[starts[:, None] + np.arange(FEWEST)]
    first.sort(axis=1)
    return np.asarray((first[:, 1:] == first[:, :-1]).any(1) | (counts < FEWEST))


def agreement(low: NDArray[np.uint8], one: Indices, other: Indices) -> NDArray[np.float64]:
    """The share of a sketch's hashes in which the texts of each pair agree: an estimate of their likeness."""
    found = np.empty(len(one))
    for start in range(0, len(one), STRETCH // HASHES):
        part = slice(start, start + STRETCH // HASHES)
        found[part] = (low[one[part]] == low[other[part]]).mean(1)
    return found


def _smallest(grams: Grams, starts: Indices, counts: Indices) -> Smallest:
    """The smallest value of each hash over the 3-grams of each text: shape (HASHES, texts)."""
    columns = -(-counts // _COLUMN)
    first = np.cumsum(columns) - columns
    number = np.arange(columns.sum()) - np.repeat(first, columns)
    length = np.repeat(np.minimum(counts, _COLUMN), columns)
    start = np.repeat(starts, columns) + np.minimum(number * _COLUMN, np.repeat(counts, columns) - length)
    found = _of_columns(grams, start, length)
    return found if len(first) == len(start) else np.minimum.reduceat(found, first, axis=1)


def _of_columns(grams: Grams, start: Indices, length: Indices) -> Smallest:
    """As `_smallest`, for stretches of MIN_GRAMS to _COLUMN 3-grams, those of much the same length together.

    A stretch is covered by two windows of equal width, one from its start and one to its end. They may overlap, which
    changes no minimum, and so nothing has to be padded.
    """
    width = -(-length // (2 * MIN_GRAMS)) * MIN_GRAMS
    order = np.argsort(width, kind="stable")
    found = np.empty((HASHES, len(start)), np.uint16)
    for begin, end in blocks(width[order]):
        chosen, wide = order[begin:end], int(width[order[begin]])
        last = start[chosen] + length[chosen] - wide
        stacked = np.concatenate((windows(grams, start[chosen], wide), windows(grams, last, wide)), axis=1)
        _hash(np.ascontiguousarray(stacked.T), found[:, begin:end])
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return np.asarray(found[:, back])


def _hash(block: Grams, found: Smallest) -> None:
    """Write the smallest of each hash over each column. One half of the hashes is of the upper 16 bits of a 3-gram."""
    scratch = np.empty(block.shape, np.uint16)
    halves = (block >> np.uint32(16)).astype(np.uint16), block.astype(np.uint16)
    for half, multipliers, rows in zip(halves, _MULTIPLIERS, np.split(found, 2), strict=True):
        for multiplier, row in zip(multipliers, rows, strict=True):
            np.multiply(half, multiplier, out=scratch)
            np.minimum.reduce(scratch, axis=0, out=row)


def _banded(smallest: Smallest) -> NDArray[np.uint64]:
    """Each band's ROWS hashes of 16 bits as one number of 64 bits, stirred so that its first bits tell it apart."""
    key = np.zeros((HASHES // ROWS, smallest.shape[1]), np.uint64)
    for row in range(ROWS):
        key = (key << np.uint64(16)) | smallest[row::ROWS]
    key *= np.uint64(0x9E3779B97F4A7C15)
    key ^= key >> np.uint64(32)
    return key * np.uint64(0xBF58476D1CE4E5B9)
