"""Near-duplicates: texts that share most of their character 3-grams with one representative of their group.

Texts with an equal band of their sketches are candidates; a candidate joins a representative only when the exact
similarity of the two says so. Every member is compared with the representative itself, so groups do not chain: any two
members of a group are at most twice as far apart as a member and its representative may be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nlp.duplicates.exact import exact_groups
from nlp.duplicates.grams import GRAM, distinct_grams, lengths_of, likeness
from nlp.duplicates.sketch import FEWEST, agreement, sketches
from nlp.fold import fold_many

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from nlp.duplicates.grams import Indices

ALIKE = 0.6
"""Jaccard similarity of 3-grams from which a text is a near-duplicate of a representative."""

_LOOKS_ALIKE = 0.34  # of the sketch: below that, similarity reaches ALIKE in 1 of 500 cases, and nobody looks closer
_TRIES = 8  # representatives that a text is compared with in vain before it stands for itself
_ROUNDS = 64


class NearGroups(NamedTuple):
    """Comments grouped by nearly equal texts.

    Attributes:
        key: int64, one per comment: the key (`nlp.fold.fold_keys`) of the text that represents its group. It does not
            depend on the order of the comments.
        likeness: float32, one per comment: Jaccard similarity of its text with that one; 1 for the text itself.
    """

    key: NDArray[np.int64]
    likeness: NDArray[np.float32]

    def at_least(self, least: float, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """The group's key where a comment is at least so like its representative, its own key elsewhere."""
        return np.where(self.likeness >= np.float32(least), self.key, keys)


def near_groups(texts: Sequence[str], keys: NDArray[np.int64], *, folded: bool = False) -> NearGroups:
    """Groups of nearly equal texts, each around its most frequent text.

    Distinct texts are taken by falling frequency, equal ones by key. Each joins the most similar representative before
    it, from ALIKE on, or becomes one. Texts of fewer than FEWEST distinct 3-grams are grouped by their key alone.
    Time grows with the number of characters; a text is compared with few others, however many share its words.

    Args:
        texts: the comments' texts.
        keys: their keys from `nlp.fold.fold_keys`: equal for exact duplicates.
        folded: whether the texts come folded, by `nlp.fold.fold_many`; otherwise they are folded here.
    """
    exact = exact_groups(keys)
    own = keys[exact.first]
    folds = [texts[row] for row in exact.first.tolist()]
    if not folded:
        folds = fold_many(folds)
    fit = np.flatnonzero(lengths_of(folds) >= FEWEST + GRAM - 1)
    leader, like = grouped([folds[at] for at in fit.tolist()], np.lexsort((own[fit], -exact.size[fit])))
    key, alike = own.copy(), np.ones(len(own), np.float32)
    key[fit], alike[fit] = own[fit[leader]], like
    return NearGroups(key[exact.group], alike[exact.group])


def grouped(texts: Sequence[str], order: Indices) -> tuple[Indices, NDArray[np.float32]]:
    """The representative of each text, by index, and their likeness.

    Args:
        texts: distinct folded texts.
        order: their indices by rank, the one to represent others first. Within, a text is known by its rank; the texts
            themselves are read in the order in which they lie in memory, which is several times faster.
    """
    leader, like = _by_rank(texts, order)
    found, alike = np.empty_like(leader), np.empty_like(like)
    found[order], alike[order] = order[leader], like
    return found, alike


def _by_rank(texts: Sequence[str], order: Indices) -> tuple[Indices, NDArray[np.float32]]:
    lengths = lengths_of(texts)
    bands, low, doubtful = sketches(texts, lengths)
    buckets, low = _buckets((band[order] for band in bands), len(texts)), low[order]
    del bands
    leader, alike = np.arange(len(texts)), np.ones(len(texts), np.float32)
    open_to, leads, in_vain = np.ones(len(texts), bool), np.zeros(len(texts), bool), np.zeros(len(texts), np.int64)
    open_to[np.isin(order, _dull(texts, np.flatnonzero(doubtful)))] = False
    for _ in range(_ROUNDS):
        buckets = _shared(buckets, open_to | leads)
        first, head = _heads(buckets)
        if not len(head):
            break
        behind = np.zeros(len(texts), bool)
        behind[buckets.text[~first]] = True
        # The head of a bucket leads once nobody before it is left to join.
        leads[head[~behind[head]]] = True
        open_to &= ~leads
        asked = ~first & leads[head] & open_to[buckets.text]
        one, other, like = _compared(texts, lengths, order, low, buckets.text[asked], head[asked])
        joins = _closest(one, other, like)
        leader[one[joins]], alike[one[joins]] = other[joins], like[joins]
        _count(in_vain, one)
        open_to[one[joins]] = False
        leads |= open_to & (in_vain >= _TRIES)
        open_to &= ~leads
        buckets = _Buckets(*(part[~(first & leads[buckets.text])] for part in buckets))
    return leader, alike


def _count(in_vain: NDArray[np.int64], text: Indices) -> None:
    """Add how often each text was asked; they come ascending."""
    begins = np.flatnonzero(np.diff(text, prepend=-1) != 0)
    in_vain[text[begins]] += np.diff(np.append(begins, len(text)))


class _Buckets(NamedTuple):
    """Texts that share a band: the number of each bucket and the text's rank, sorted by both."""

    bucket: NDArray[np.int32]
    text: NDArray[np.int32]


def _buckets(bands: Iterable[NDArray[np.uint64]], n: int) -> _Buckets:
    """All buckets of two texts or more; one sort of 64-bit numbers a band, the text's rank in the last bits."""
    bits = np.uint64(max(n - 1, 1).bit_length())
    found, texts, count = [], [], 0
    for band in bands:
        keys = (band >> bits << bits) | np.arange(n, dtype=np.uint64)
        keys.sort()
        with_next = (keys[1:] ^ keys[:-1]) >> bits == 0
        shared = (np.append(with_next, False) | np.append(False, with_next))[:n]
        bucket = np.cumsum(np.append(True, ~with_next)[:n][shared], dtype=np.int32) + np.int32(count)
        found.append(bucket)
        texts.append((keys[shared] & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int32))
        count = int(bucket[-1]) if len(bucket) else count
    buckets = np.concatenate(found)
    found.clear()  # before the other half is put together
    return _Buckets(buckets, np.concatenate(texts))


def _dull(texts: Sequence[str], doubtful: Indices) -> Indices:
    """Which of these have fewer than FEWEST distinct 3-grams, as a long laugh has: they represent nobody."""
    return doubtful[distinct_grams([texts[at] for at in doubtful.tolist()]) < FEWEST]


def _shared(buckets: _Buckets, kept: NDArray[np.bool_]) -> _Buckets:
    """What is left of the buckets with the kept texts alone; a text alone in its bucket leaves it."""
    stays = kept[buckets.text]
    bucket, text = buckets.bucket[stays], buckets.text[stays]
    first = np.diff(bucket, prepend=-1) != 0
    alone = first & np.append(first[1:], True)[: len(first)]
    return _Buckets(bucket[~alone], text[~alone])


def _heads(buckets: _Buckets) -> tuple[NDArray[np.bool_], NDArray[np.int32]]:
    """Which entries come first in their bucket, and the first text of each entry's bucket."""
    first = np.diff(buckets.bucket, prepend=-1) != 0
    return first, buckets.text[first][np.cumsum(first) - 1]


def _compared(
    texts: Sequence[str],
    lengths: Indices,
    order: Indices,
    low: NDArray[np.uint8],
    text: NDArray[np.int32],
    head: NDArray[np.int32],
) -> tuple[Indices, Indices, NDArray[np.float64]]:
    """Each pair once, with its likeness; 0 where the sketches rule out that it reaches ALIKE."""
    pairs = text.astype(np.int64) * len(texts) + head
    pairs.sort()
    pairs = pairs[np.diff(pairs, prepend=-1) != 0]
    one, other = pairs // len(texts), pairs % len(texts)
    like = np.zeros(len(pairs))
    close = np.flatnonzero(agreement(low, one, other) >= _LOOKS_ALIKE)
    close = close[np.argsort(order[one[close]])]
    like[close] = likeness(texts, order[one[close]], order[other[close]], FEWEST, lengths)
    return one, other, like


def _closest(text: Indices, head: Indices, like: NDArray[np.float64]) -> Indices:
    """For each text that reaches ALIKE: its pair with the most similar head, the first on a tie."""
    near = np.flatnonzero(like >= ALIKE)
    order = near[np.lexsort((head[near], -like[near], text[near]))]
    return np.asarray(order[np.diff(text[order], prepend=-1) != 0])
