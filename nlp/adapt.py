"""Adapt the embedded coder to one study: from 50 to 300 labels by people, and the study's own unlabelled comments.

The scores of the embedded coder stay where they are and a linear correction is learned beside them. Few labels cannot
weigh thousands of n-grams, so the correction is learned along the directions in which the study's comments differ most
(latent semantic analysis; Deerwester et al., 1990), which takes no labels, and to a lesser degree along the n-grams
themselves. Both are linear in the n-grams: what is kept is one weight for each n-gram and stance.

What few labels teach badly is how readily to give each stance, on which macro-F1 hangs. So the bias is not left to the
fit: it is set so that over other comments of the study each stance has the share that it has among the labels, and
then halfway (in logs) towards giving every stance alike.

It is learned FOLDS times, each time without another part of the labels (`nlp.adaptation`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from nlp.adaptation import FOLDS, Adaptation, AdaptationError, Correction, parts_of
from nlp.few_labels import corrected, directions, lifts, matched
from nlp.fold import fold_keys
from nlp.study_grams import StudyGrams

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from storage.nouns import Change

    Array = NDArray[np.float32]

FEWEST = 20
"""Different labelled texts without which nothing is learned; 50 to 300 are what it is made for."""
SAMPLE = 2000
"""Unlabelled comments looked at; more add little and cost time."""
DIRECTIONS = 100
POOL = 500
"""Of the unlabelled comments, those over which the shares of the stances are set."""
# What the directions, single n-grams of each kind and the embedded scores count.
_ALONG, _OWN, _CUES, _TRUST = 3.0, 3.0, 1.75, 0.7
_FEW = 200  # labels; from more of them the fit learns by itself how much to trust, and how readily to give each stance
_FEWEST_OTHERS = 50
_FLOOR = np.float32(1e-3)


class Scored(Protocol):
    """What a coder said: float32 probabilities, (n, 4)."""

    @property
    def scores(self) -> Array:
        """By comment and stance."""


class Base(Protocol):
    """The coder that is corrected, as far as this file knows it: coders import it, so it imports none of them."""

    version: str

    def code(self, texts: Sequence[str], change: Change, evidence: Sequence[str | None] | None = None) -> Scored:
        """The stances of comments towards the change."""


class Seen(NamedTuple):
    """Comments as the correction sees them: rows of a space, (n, m), and what `centred_logs` says of them, (n, 4)."""

    rows: Array
    scores: Array

    def only(self, chosen: NDArray[np.int64]) -> Seen:
        """Some of them."""
        return Seen(self.rows[chosen], self.scores[chosen])

    def after(self, correction: Correction) -> Array:
        """The log-scores after a correction, (n, 4)."""
        weights, bias, trust = correction
        return self.rows @ weights + bias + np.float32(trust) * self.scores


class Space:
    """The n-grams of a study's comments, and the directions in which the comments differ most.

    Args:
        texts: labelled and unlabelled comments.
        change: the change they are about.

    Attributes:
        grams: the n-grams.
        directions: (words, k).
    """

    def __init__(self, texts: Sequence[str], change: Change) -> None:
        self.change = change
        self.grams = StudyGrams.of(texts, change)
        self.directions = directions(self.grams.rows(texts, change)[:, : self.grams.words], DIRECTIONS)

    def seen(self, base: Base, texts: Sequence[str], evidence: Sequence[str | None] | None = None) -> Seen:
        """Comments as the correction sees them."""
        return Seen(self.grams.rows(texts, self.change), centred_logs(base.code(texts, self.change, evidence).scores))


@dataclass(frozen=True)
class Lesson:
    """A study's labels, laid out to be learned from.

    Attributes:
        space: of all its comments.
        base: version of the coder that is corrected.
        texts: the labelled comments.
        keys: int64, (n,): their `fold_keys`.
        known: them, as the correction sees them.
        stances: int64, (n,): their stances, as indices into STANCES.
        others: other comments of the study, drawn at random.
    """

    space: Space
    base: str
    texts: Sequence[str]
    keys: NDArray[np.int64]
    known: Seen
    stances: NDArray[np.int64]
    others: Seen

    def after(self, chosen: NDArray[np.int64]) -> Correction:
        """What some of the labels teach."""
        return learned(self.space, self.known.only(chosen), self.stances[chosen], self.others)


def lesson(
    base: Base,
    texts: Sequence[str],
    stances: NDArray[np.int64],
    change: Change,
    unlabelled: Sequence[str],
    evidence: Sequence[str | None] | None = None,
) -> Lesson:
    """Lay labels out.

    Args:
        base: the coder to correct.
        texts: labelled comments.
        stances: their stances, as indices into STANCES.
        change: the change they are judged towards.
        unlabelled: other comments of the study; a sample is drawn by their content, the same at every run.
        evidence: the reporting clauses of labelled quotes.

    Raises:
        AdaptationError: there are fewer than FEWEST labelled texts, or all say the same.
    """
    keys = fold_keys(texts)
    _refuse_few(len(np.unique(keys)), stances)
    others = sampled(unlabelled)
    space = Space([*texts, *others], change)
    known, pool = space.seen(base, texts, evidence), space.seen(base, others[:POOL])
    return Lesson(space, base.version, texts, keys, known, stances, pool)


def adapt(
    base: Base,
    texts: Sequence[str],
    stances: NDArray[np.int64],
    change: Change,
    unlabelled: Sequence[str],
    evidence: Sequence[str | None] | None = None,
) -> Adaptation:
    """Learn the corrections; see `lesson`."""
    return taught(lesson(base, texts, stances, change, unlabelled, evidence))


def taught(given: Lesson) -> Adaptation:
    """The corrections that a lesson teaches, each without one part of the labels."""
    part = parts_of(given.keys)
    made = [given.after(np.flatnonzero(part != left)) for left in range(FOLDS)]
    return Adaptation(
        bins=given.space.grams.bins,
        idf=given.space.grams.idf,
        weights=np.stack([one.weights for one in made]),
        bias=np.stack([one.bias for one in made]),
        trust=np.array([one.trust for one in made], np.float32),
        base=given.base,
        target=given.space.change.target,
        labels=len(given.stances),
        keys=np.unique(given.keys),
    )


def learned(space: Space, known: Seen, stances: NDArray[np.int64], others: Seen) -> Correction:
    """The correction that labelled comments teach.

    What counts how much was settled on large changes with 50 to 200 labels and on NLPCC-2016 A with 480, on other draws
    than those published (`benchmarks/study.py`).

    Args:
        space: the study's space.
        known: the labelled comments.
        stances: their stances, (n,).
        others: other comments of the study, drawn at random.
    """
    words = space.grams.words
    own = np.where(np.arange(len(space.grams.bins)) < words, _OWN, _CUES).astype(np.float32)
    along = known.rows[:, :words] @ space.directions * np.float32(_ALONG)
    few = min(1.0, _FEW / len(stances))
    lift, trust = lifts(stances), _TRUST * few**0.5
    table, bias = corrected(np.hstack([along, known.rows * own]), known.scores * np.float32(trust), stances, lift)
    kept = space.directions.shape[1]
    weights = table[kept:] * own[:, None]
    weights[:words] += space.directions @ table[:kept] * np.float32(_ALONG)
    made = Correction(weights, bias, trust)
    if len(others.rows) < _FEWEST_OTHERS:
        return made
    shift = matched(others.after(made) - np.log(lift), stances) - np.log(lift)
    return made._replace(bias=bias + np.float32(few) * shift)


def centred_logs(scores: Array) -> Array:
    """Log-scores of the embedded coder from its probabilities, centred on 0, (n, 4)."""
    logs = np.log(scores + _FLOOR)
    return np.asarray(logs - logs.mean(1, keepdims=True), np.float32)


def sampled(texts: Sequence[str]) -> list[str]:
    """At most SAMPLE different texts, chosen by their content, so that order and repetition do not matter."""
    keys = fold_keys(texts)
    different, first = np.unique(keys, return_index=True)
    mixed = different.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return [texts[index] for index in first[np.argsort(mixed, kind="stable")[:SAMPLE]]]


def _refuse_few(texts: int, stances: NDArray[np.int64]) -> None:
    kinds = len(np.unique(stances))
    if texts < FEWEST or kinds == 1:
        what = f"Labels: {texts}, different stances among them: {kinds}: too few to learn from."
        raise AdaptationError(
            what, remedy=f"Label at least {FEWEST} comments of two stances or more; 100 are a good start."
        )
