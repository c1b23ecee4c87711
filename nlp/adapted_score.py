"""How well an adapted coder does on labels it did not see: cross-validated beside the embedded coder and a constant."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp.adapt import Space, base_scores, learned, sampled
from nlp.evaluate import class_f1, confusion
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from nlp.coders.embedded import EmbeddedCoder
    from storage.nouns import Change

FOLDS, ROUNDS = 5, 4
COUNTED = 10
"""Labels a stance needs to count in the mean: of fewer, F1 says nothing."""


@dataclass(frozen=True, slots=True)
class AdaptedScore:
    """Macro-F1 over the stances with COUNTED labels or more; every label was left out when it was coded.

    Attributes:
        labels: how many there are.
        stances: those that count.
        adapted: mean over ROUNDS draws of FOLDS folds.
        spread: standard deviation over the draws.
        embedded: of the embedded coder as it is.
        constant: of always answering the commonest stance.
    """

    labels: int
    stances: tuple[str, ...]
    adapted: float
    spread: float
    embedded: float
    constant: float

    def as_dict(self) -> dict[str, Any]:
        """The scores as plain values."""
        return asdict(self)


def counted_f1(truth: NDArray[np.int64], coded: NDArray[np.int64], stances: Sequence[int]) -> float:
    """Mean F1 of these stances."""
    return float(np.mean(class_f1(confusion(truth, coded))[list(stances)]))


def cross_validated(
    base: EmbeddedCoder, texts: Sequence[str], stances: NDArray[np.int64], change: Change, unlabelled: Sequence[str]
) -> AdaptedScore:
    """Score the adaptation on labels left out; the space itself takes no labels, so it is made once.

    Args:
        base: the coder to correct.
        texts: labelled comments.
        stances: their stances, (n,).
        change: the change they are judged towards.
        unlabelled: other comments of the study.
    """
    space = Space([*texts, *sampled(unlabelled)], change)
    rows, scores = space.rows(texts), base_scores(base, texts, change)
    counts = np.bincount(stances, minlength=len(STANCES))
    counted = [int(stance) for stance in np.flatnonzero(counts >= COUNTED)] or [int(counts.argmax())]
    found = []
    for draw in range(ROUNDS):
        fold = np.random.default_rng(draw).permutation(len(texts)) % FOLDS
        coded = np.zeros(len(texts), np.int64)
        for held in range(FOLDS):
            seen, asked = np.flatnonzero(fold != held), np.flatnonzero(fold == held)
            adaptation = learned(space, base, rows[seen], scores[seen], stances[seen])
            coded[asked] = (
                rows[asked] @ adaptation.weights + adaptation.bias + adaptation.trust * scores[asked]
            ).argmax(1)
        found.append(counted_f1(stances, coded, counted))
    return AdaptedScore(
        labels=len(texts),
        stances=tuple(STANCES[stance].value for stance in counted),
        adapted=float(np.mean(found)),
        spread=float(np.std(found)),
        embedded=counted_f1(stances, scores.argmax(1), counted),
        constant=counted_f1(stances, np.full(len(texts), counts.argmax()), counted),
    )
