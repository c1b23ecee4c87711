"""How well an adapted coder does on labels it did not see: cross-validated beside the embedded coder and a constant.

And how that grew with the labels: whether more of them would help.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp.adaptation import FOLDS, Curve
from nlp.evaluate import class_f1, confusion
from nlp.language import language_of_many
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from nlp.adapt import Lesson

ROUNDS, CURVE_ROUNDS = 4, 2
CURVE = (0.25, 0.5, 0.75)
"""Shares of the labels for which the learning curve has a point, besides all of them."""
FEWEST_LEARNED = 10
"""Labels from which on it has one."""
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
        curve: macro-F1 after fewer labels and, last, after all; each fit learns from a fold's fewer than there are.
    """

    labels: int
    stances: tuple[str, ...]
    adapted: float
    spread: float
    embedded: float
    constant: float
    agreement: float
    known: dict[str, dict[str, float]]
    curve: Curve

    def as_dict(self) -> dict[str, Any]:
        """The scores as plain values."""
        points = [{"labels": labels, "macro_f1": found} for labels, found in self.curve.points]
        return asdict(self) | {"curve": points}


def counted_f1(truth: NDArray[np.int64], coded: NDArray[np.int64], stances: Sequence[int]) -> float:
    """Mean F1 of these stances."""
    return float(np.mean(class_f1(confusion(truth, coded))[list(stances)]))


def cross_validated(given: Lesson) -> AdaptedScore:
    """Score what a lesson teaches on labels left out; the space itself takes no labels, so it is the same for all."""
    stances, known = given.stances, given.known
    counts, counted = np.bincount(stances, minlength=len(STANCES)), _counted(stances)
    codings = [_coded(given, draw) for draw in range(ROUNDS)]
    found = [counted_f1(stances, coded, counted) for coded in codings]
    constant = counted_f1(stances, np.full(len(stances), counts.argmax()), counted)
    return AdaptedScore(
        labels=len(stances),
        stances=tuple(STANCES[stance].value for stance in counted),
        adapted=float(np.mean(found)),
        spread=float(np.std(found)),
        embedded=counted_f1(stances, known.scores.argmax(1), counted),
        constant=constant,
        agreement=float((np.stack(codings) == stances).mean()),
        known=_by_language(np.array(language_of_many(given.texts)), stances, np.stack(codings)),
        curve=Curve((*_earlier(given, counted), (_learned_from(given, 1), float(np.mean(found)))), constant),
    )


def _coded(given: Lesson, draw: int, share: float = 1) -> NDArray[np.int64]:
    """Each label's comment coded after the other folds, or after a random share of their labels.

    The first draw's folds are those by which the coder itself is made; copies of a text are always in the same.
    """
    texts, text = np.unique(given.keys, return_inverse=True)
    random = np.random.default_rng(draw)
    order = random.permutation(len(texts)) if draw else np.arange(len(texts))
    part = (order % FOLDS)[text.reshape(-1)]
    coded = np.zeros(len(text), np.int64)
    for left in range(FOLDS):
        seen, asked = np.flatnonzero(part != left), np.flatnonzero(part == left)
        if share < 1:
            seen = np.sort(random.permutation(seen)[: round(share * len(seen))])
        coded[asked] = given.known.only(asked).after(given.after(seen)).argmax(1)
    return coded


def _earlier(given: Lesson, counted: Sequence[int]) -> Iterator[tuple[int, float]]:
    """The learning curve, but for its last point."""
    for share in CURVE:
        if (labels := _learned_from(given, share)) >= FEWEST_LEARNED:
            codings = [_coded(given, draw, share) for draw in range(CURVE_ROUNDS)]
            yield labels, float(np.mean([counted_f1(given.stances, coded, counted) for coded in codings]))


def _learned_from(given: Lesson, share: float) -> int:
    """Labels that each fit of a cross-validation learns from."""
    return round(share * len(given.stances) * (FOLDS - 1) / FOLDS)


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
