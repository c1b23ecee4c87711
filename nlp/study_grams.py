"""The n-grams that are weighed in a study: which of them stand in a text, and what they count there.

In a text each n-gram counts once, by its inverse document frequency among the study's comments; those of each kind
(wording, stance cues) are brought to length 1 together. So a text's values depend on that text and the change alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nlp.features import SKELETON, TOTAL_BINS, WORDING, featurise, group_of, wordings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from nlp.features import Block, Features
    from storage.nouns import Change

    Array = NDArray[np.float32]

MOST = 1 << 13
"""N-grams that can be weighed."""
# Of each kind of n-gram that is in _RARE comments or more: the share of comments beyond which it is too common, and how
# many of the most frequent are weighed.
_LIMITS = {WORDING: (0.4, 5000), SKELETON: (0.9, 3000)}
_RARE = 3
_PLACE_BITS, _BIN_BITS = 13, 22
_FLOOR = 1e-3


class Pairs(NamedTuple):
    """Which n-grams stand in which texts, each pair once, in order of the texts: text, and place in the vocabulary."""

    text: NDArray[np.int64]
    place: NDArray[np.int64]


class StudyGrams:
    """A study's vocabulary.

    Args:
        bins: int64, (m,), ascending: so the n-grams of wording come first, then those of stance cues.
        idf: float32, (m,): their inverse document frequencies.

    Attributes:
        words: how many are of wording.
    """

    def __init__(self, bins: NDArray[np.int64], idf: Array) -> None:
        self.bins, self.idf = bins, idf
        self.words = int((group_of(bins) == WORDING).sum())
        self._squares = idf.astype(np.float64) ** 2
        self._place = np.full(TOTAL_BINS, -1, np.int16)
        self._place[bins] = np.arange(len(bins))

    @classmethod
    def of(cls, texts: Sequence[str], change: Change) -> StudyGrams:
        """The n-grams of these comments that are neither rare nor too common."""
        bins, frequency = np.unique(_distinct(featurise(texts, wordings(change))), return_counts=True)
        kind = group_of(bins)
        kept = [_frequent(frequency, kind == group, len(texts), *limits) for group, limits in _LIMITS.items()]
        chosen = np.concatenate(kept)
        return cls(bins[chosen], np.log(len(texts) / frequency[chosen]).astype(np.float32))

    def pairs(self, part: Features) -> Pairs:
        """Which of the n-grams stand in which of the texts."""
        both = self._sorted(part)
        return Pairs(both.astype(np.int64) >> _PLACE_BITS, both.astype(np.int64) & (MOST - 1))

    def rows(self, texts: Sequence[str], change: Change) -> Array:
        """The comments as rows over the vocabulary, those of each kind of n-gram of length 1, shape (n, m)."""
        part = featurise(texts, wordings(change))
        text, place = self.pairs(part)
        cell = 2 * text + (place >= self.words)
        squares = np.bincount(cell, self._squares[place], 2 * len(texts))
        result = np.zeros((len(texts), len(self.bins)), np.float32)
        result[text, place] = self.idf[place] / np.sqrt(np.maximum(squares, _FLOOR))[cell]
        return result

    def weigh(self, weights: Array) -> Array:
        """Weights of the n-grams, (m, c), made ready for `weighed`; c is even."""
        return weights * self.idf[:, None]

    def weighed(self, part: Features, ready: Array) -> Array:
        """What `rows` of the texts gives times the weights, (n, c), without the rows.

        A text's sums depend on that text alone, to the last bit.
        """
        both, count = self._sorted(part), part.stream.count
        result = np.zeros((2 * count, ready.shape[1]), np.float32)
        if not len(both):
            return result[::2]
        # Of each text first the n-grams of wording, then those of cues: a stretch each.
        edges = (np.arange(count, dtype=both.dtype)[:, None] << _PLACE_BITS) + np.array([0, self.words], both.dtype)
        starts = np.searchsorted(both, edges.ravel())
        some = np.flatnonzero(np.diff(starts, append=len(both)))
        place = (both & (MOST - 1)).astype(np.int64)
        length = np.sqrt(np.maximum(np.add.reduceat(self._squares.take(place, mode="clip"), starts[some]), _FLOOR))
        pairs = ready.take(place, axis=0, mode="clip").view(np.complex64)  # two numbers are added at a time
        sums = np.add.reduceat(pairs, starts[some], axis=0).view(np.float32)
        result[some] = sums / length[:, None]
        return np.asarray(result[::2] + result[1::2])

    def _sorted(self, part: Features) -> NDArray[Any]:
        """Text and place in one number, ascending, each once; of 32 bits where they fit, which sort quickly."""
        found = [self._in_block(block) for block in part.blocks if block.group in _LIMITS]
        fits = part.stream.count <= 1 << (32 - _PLACE_BITS)
        both = np.concatenate(found).astype(np.uint32 if fits else np.uint64)
        both.sort()
        once: NDArray[Any] = both[np.append(True, both[1:] != both[:-1])[: len(both)]]
        return once

    def _in_block(self, block: Block) -> NDArray[np.int64]:
        """Text and place in one number, in the order of the block."""
        place = self._place.take(block.bin, mode="clip")
        known = (place >= 0).nonzero()[0]
        return block.doc.take(known, mode="clip") << _PLACE_BITS | place.take(known, mode="clip")


def _distinct(part: Features) -> NDArray[np.int64]:
    """The bins of the n-grams of each text, each once a text."""
    blocks = [block for block in part.blocks if block.group in _LIMITS]
    both = np.concatenate([block.doc << _BIN_BITS | block.bin for block in blocks])
    both.sort()  # NumPy's own `unique` hashes, which takes several times as long
    return np.asarray(both[np.append(True, both[1:] != both[:-1])[: len(both)]] & ((1 << _BIN_BITS) - 1))


def _frequent(
    frequency: NDArray[np.int64], kind: NDArray[np.bool_], texts: int, common: float, most: int
) -> NDArray[np.int64]:
    """Where the most frequent of a kind are, but for the rare and the too common; ascending."""
    fit = np.flatnonzero(kind & (frequency >= _RARE) & (frequency <= max(common * texts, _RARE)))
    return np.sort(fit[np.argsort(-frequency[fit], kind="stable")[:most]])
