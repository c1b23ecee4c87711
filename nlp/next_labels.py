"""Which comments to label next, so that a study's coder learns most: unsure, of rare stances, unlike each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nlp.adapt import Space

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from storage.nouns import Change

    Floats = NDArray[np.float64]


def usefulness(scores: NDArray[np.float32], counts: Floats) -> Floats:
    """How much a label of each comment would teach, (n,), 0 or more.

    One less the margin between its two likeliest stances (margin sampling; Scheffer, Decomain & Wrobel, 2001), times
    how rare its stance is likely to be among the labels so far.

    Args:
        scores: the coder's probabilities, (n, 4).
        counts: labels of each stance so far, (4,).
    """
    ordered = np.sort(scores.astype(np.float64), axis=1)
    rarity = np.sqrt((counts.sum() + len(counts)) / (len(counts) * (counts + 1)))
    return np.asarray((1 - ordered[:, -1] + ordered[:, -2]) * (scores @ rarity))


def vectors(texts: Sequence[str], change: Change) -> Floats:
    """Comments by the directions in which they differ most, (n, k), each of length 1 or, where nothing is known, 0."""
    space = Space(texts, change)
    rows = space.grams.rows(texts, change)[:, : space.grams.words] @ space.directions
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1), np.float64)


def spread(value: Floats, of: Floats, known: Floats, size: int) -> list[int]:
    """The most useful comments that are unlike what is known, and one another (Carbonell & Goldstein, 1998), in turn.

    Args:
        value: of each candidate, (n,).
        of: their vectors, (n, k).
        known: those of comments that are labelled, or will be, (m, k).
        size: how many to choose.
    """
    like = (of @ known.T).max(1, initial=0)
    left, chosen = np.ones(len(value), np.bool_), []
    for _ in range(min(size, len(value))):
        best = int(np.where(left, value * (1 - like), -1).argmax())
        chosen.append(best)
        left[best] = False
        like = np.maximum(like, of @ of[best])
    return chosen
