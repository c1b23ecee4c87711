"""How well an adapted coder does on labels it did not see: cross-validated beside the embedded coder and a constant."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp.adapt import POOL, Space, learned, sampled
from nlp.evaluate import class_f1, confusion
from nlp.language import language_of_many
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
        agreement: share of labels that it agreed with.
        known: by language of COUNTED labels or more: agreement, macro_f1 (over the stances that count), n, folds.
    """

    labels: int
    stances: tuple[str, ...]
    adapted: float
    spread: float
    embedded: float
    constant: float
    agreement: float
    known: dict[str, dict[str, float]]

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
    others = sampled(unlabelled)
    space = Space([*texts, *others], change)
    known, pool = space.seen(base, texts), space.seen(base, others[:POOL])
    counts, counted = np.bincount(stances, minlength=len(STANCES)), _counted(stances)
    codings = []
    for draw in range(ROUNDS):
        fold = np.random.default_rng(draw).permutation(len(texts)) % FOLDS
        coded = np.zeros(len(texts), np.int64)
        for held in range(FOLDS):
            seen, asked = np.flatnonzero(fold != held), np.flatnonzero(fold == held)
            made = learned(space, base.version, known.only(seen), stances[seen], pool)
            coded[asked] = made.of(known.only(asked)).argmax(1)
        codings.append(coded)
    found = [counted_f1(stances, coded, counted) for coded in codings]
    return AdaptedScore(
        labels=len(texts),
        stances=tuple(STANCES[stance].value for stance in counted),
        adapted=float(np.mean(found)),
        spread=float(np.std(found)),
        embedded=counted_f1(stances, known.scores.argmax(1), counted),
        constant=counted_f1(stances, np.full(len(texts), counts.argmax()), counted),
        agreement=float((np.stack(codings) == stances).mean()),
        known=_by_language(np.array(language_of_many(texts)), stances, np.stack(codings)),
    )


def _counted(stances: NDArray[np.int64]) -> list[int]:
    """The stances with enough labels, or the commonest where none has."""
    counts = np.bincount(stances, minlength=len(STANCES))
    return [int(stance) for stance in np.flatnonzero(counts >= COUNTED)] or [int(counts.argmax())]


def _by_language(
    languages: NDArray[np.str_], stances: NDArray[np.int64], codings: NDArray[np.int64]
) -> dict[str, dict[str, float]]:
    known = {}
    for language in sorted({*languages.tolist()} - {""}):
        rows = np.flatnonzero(languages == language)
        if len(rows) >= COUNTED:
            truth, coded = stances[rows], codings[:, rows]
            macro = float(np.mean([counted_f1(truth, one, _counted(truth)) for one in coded]))
            agreement = float((coded == truth).mean())
            known[language] = {"agreement": agreement, "macro_f1": macro, "n": len(rows), "folds": FOLDS}
    return known
