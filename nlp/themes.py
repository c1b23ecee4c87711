"""Themes of suggestions: people name them with about ten examples each, and a small linear model fills them.

Ridge regression on TF-IDF n-grams of the example's tokens, one class a theme, solved in its dual form, so that it costs
as much as there are examples. How a request is put ("please", "could you") is left out: it does not say what is asked.
A suggestion goes to the theme with the highest score, to none where that is below a threshold.
The threshold is set by cross-validation: each example is scored once by models that saw its theme without it (it should
come out above) and once by models that never saw its theme (it belongs to none of theirs, and should come out below).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nlp.asks import PUTTING
from nlp.features import WORDING, featurise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Whole = NDArray[np.int64]

LEAST_EXAMPLES = 5
"""A theme with fewer examples is not filled: they alone count."""
NONE = -1
"""The theme of a suggestion that belongs to none."""

_ASKING_ZH = ("能不能", "可不可以", "可以", "请", "一下", "大家", "用户")
_ASKING_EN = (
    "the",
    "of",
    "a",
    "an",
    "to",
    "with",
    "in",
    "is",
    "who",
    "and",
    "for",
    "it",
    "could",
    "would",
    "can",
    "you",
)
_HAN_PUTTING = sorted(
    (*(word for word in PUTTING if not word.isascii()), *_ASKING_ZH), key=lambda one: (-len(one), one)
)
_PLAIN_PUTTING = sorted((*(word for word in PUTTING if word.isascii()), *_ASKING_EN))
_PUTTING = re.compile(rf"{'|'.join(_HAN_PUTTING)}|\b(?:{'|'.join(_PLAIN_PUTTING)})\b", re.IGNORECASE)
_RIDGE = 0.6
_FOLDS = 10
_BACKGROUND = 5_000
_CHUNK = 20_000
_BIN_BITS = 22


class Quality(NamedTuple):
    """How well examples are put back under their themes when the model did not see them.

    Attributes:
        f1: F1 of each theme, 0 to 1.
        macro: their mean.
        examples: examples that were put back.
        rejected: share of examples of themes the model never saw that it put under none, None with one theme.
    """

    f1: tuple[float, ...]
    macro: float
    examples: int
    rejected: float | None


@dataclass(frozen=True)
class ThemeModel:
    """A model that puts suggestions under themes.

    Attributes:
        bins: int64, ascending, the n-grams that stand in any example.
        idf: float64, their inverse document frequencies among suggestions.
        weights: float64, shape (bins, themes).
        threshold: score below which a suggestion belongs to none.
        quality: by cross-validation.
    """

    bins: Whole
    idf: Array
    weights: Array
    threshold: float
    quality: Quality

    def scores(self, texts: Sequence[str]) -> Array:
        """The score of each text under each theme, shape (texts, themes); a text's depend on that text alone."""
        parts = [self._scores(texts[at : at + _CHUNK]) for at in range(0, len(texts), _CHUNK)]
        return np.concatenate(parts) if parts else np.empty((0, self.weights.shape[1]))

    def assign(self, texts: Sequence[str]) -> Whole:
        """The theme of each text, NONE where it belongs to none."""
        return _decided(self.scores(texts), self.threshold)

    def _scores(self, texts: Sequence[str]) -> Array:
        grams = _grams(texts)
        value = _values(grams, self.bins, self.idf)
        rows = [
            np.bincount(value.text, weights=value.weight * self.weights[value.at, theme], minlength=len(texts))
            for theme in range(self.weights.shape[1])
        ]
        return np.stack(rows, axis=1)


class _Grams(NamedTuple):
    """Which n-grams stand in which texts, each pair once, in order."""

    text: Whole
    bin: Whole
    texts: int


class _Values(NamedTuple):
    """Text, place in a vocabulary and weight of each pair whose n-gram the vocabulary has."""

    text: Whole
    at: Whole
    weight: Array


def learn(examples: Sequence[str], themes: Sequence[int], suggestions: Sequence[str]) -> ThemeModel:
    """The model of themes 0, 1, 2 …, each with LEAST_EXAMPLES examples or more.

    Args:
        examples: texts that people put under a theme.
        themes: the theme of each.
        suggestions: the texts to be filled in, or some of them: they say which words are common. Their order and
            repetitions change nothing.

    Raises:
        ValueError: a theme has too few examples.
    """
    theme = np.asarray(themes, np.int64)
    counts = np.bincount(theme)
    if not len(theme) or counts.min() < LEAST_EXAMPLES:
        raise ValueError(f"a theme needs {LEAST_EXAMPLES} examples")
    space = _Space.of(examples, sample(suggestions))
    names = np.eye(len(counts))[theme]
    apart, unseen = _held_out(space, theme, names), _unseen(space, theme, names)
    threshold = _threshold(apart, theme, unseen)
    found = _decided(apart, threshold)
    f1 = [_f1(found == one, theme == one) for one in range(len(counts))]
    rejected = None if unseen is None else float(np.mean(_decided(unseen, threshold) == NONE))
    weights = space.rows.T @ _dual(space.kernel, names)
    quality = Quality(tuple(f1), float(np.mean(f1)), len(examples), rejected)
    return ThemeModel(space.bins, space.idf, weights, threshold, quality)


def sample(texts: Sequence[str]) -> list[str]:
    """Distinct texts, at most 5,000 of them, chosen by their hashes: the same whatever their order."""
    distinct = set(texts)
    if len(distinct) <= _BACKGROUND:
        return sorted(distinct)
    return sorted(distinct, key=lambda text: hashlib.sha256(text.encode("utf-8", "replace")).digest())[:_BACKGROUND]


@dataclass(frozen=True)
class _Space:
    """Examples as rows over their n-grams."""

    bins: Whole
    idf: Array
    rows: Array

    @classmethod
    def of(cls, examples: Sequence[str], suggestions: Sequence[str]) -> _Space:
        mine, common = _grams(examples), _grams(suggestions)
        bins = np.unique(mine.bin)
        met = np.bincount(np.searchsorted(bins, mine.bin), minlength=len(bins))
        place = np.searchsorted(bins, common.bin)
        known = bins.take(place, mode="clip") == common.bin
        met = met + np.bincount(place[known], minlength=len(bins))
        idf = np.log((1 + mine.texts + common.texts) / met)
        own = _values(mine, bins, idf)
        rows = np.zeros((mine.texts, len(bins)))
        rows[own.text, own.at] = own.weight
        return cls(bins, idf, rows)

    @property
    def kernel(self) -> Array:
        return self.rows @ self.rows.T


def _grams(texts: Sequence[str]) -> _Grams:
    """The n-grams of one to three tokens of each text, without how the request is put."""
    bare = [_PUTTING.sub(" ", text) for text in texts]
    blocks = [block for block in featurise(bare, ()).blocks if block.group == WORDING]
    both = np.unique(np.concatenate([block.doc << _BIN_BITS | block.bin for block in blocks]))
    return _Grams(both >> _BIN_BITS, both & ((1 << _BIN_BITS) - 1), len(texts))


def _values(grams: _Grams, bins: Whole, idf: Array) -> _Values:
    """Each pair's TF-IDF; a text's are of length 1, n-grams that no example holds counting as the rarest."""
    at = np.searchsorted(bins, grams.bin).clip(max=len(bins) - 1)
    known = bins[at] == grams.bin
    raw = np.where(known, idf[at], 0.5 * idf.max())
    length = np.sqrt(np.bincount(grams.text, weights=raw * raw, minlength=grams.texts))
    text = grams.text[known]
    return _Values(text, at[known], raw[known] / np.maximum(length, 1e-9)[text])


def _dual(kernel: Array, names: Array) -> Array:
    """Weights of the examples: ridge regression of the themes on the kernel, each theme weighing alike."""
    weight = names.sum(axis=0).mean() / names.sum(axis=0).clip(min=1)
    ridge = _RIDGE / (names @ weight).clip(min=1e-9)
    return np.asarray(np.linalg.solve(kernel + np.diag(ridge), names))


def _held_out(space: _Space, theme: Whole, names: Array) -> Array:
    """The scores of each example from models that saw others of its theme: folds that hold some of every theme."""
    turn = np.empty(len(theme), np.int64)
    for one in range(names.shape[1]):
        mine = np.flatnonzero(theme == one)
        turn[mine] = np.arange(len(mine)) % _FOLDS
    return _scored_without(space.kernel, names, turn)


def _unseen(space: _Space, theme: Whole, names: Array) -> Array | None:
    """The scores of each example from models that never saw its theme; None where there is one theme."""
    if names.shape[1] < 2:  # noqa: PLR2004  one theme
        return None
    scores = _scored_without(space.kernel, names, theme)
    scores[np.arange(len(theme)), theme] = -np.inf
    return scores


def _scored_without(kernel: Array, names: Array, turn: Whole) -> Array:
    """The scores of each example from the examples of the other turns."""
    scores = np.empty_like(names)
    for one in np.unique(turn).tolist():
        out, rest = turn == one, turn != one
        scores[out] = kernel[np.ix_(out, rest)] @ _dual(kernel[np.ix_(rest, rest)], names[rest])
    return scores


def _threshold(apart: Array, theme: Whole, unseen: Array | None) -> float:
    """The threshold with the highest mean of two shares: examples under their theme, and unseen ones under none.

    With one theme nothing is known of what belongs to none: half of the example in the middle.
    """
    right = np.where(apart.argmax(axis=1) == theme, apart.max(axis=1), -np.inf)
    if unseen is None:
        return float(np.median(apart.max(axis=1)) / 2)
    highest = unseen.max(axis=1)
    tried = np.unique(np.concatenate((right[np.isfinite(right)], highest)))
    middle = np.concatenate((tried[:1] - 1e-6, (tried[1:] + tried[:-1]) / 2, tried[-1:] + 1e-6))
    kept = (right[:, None] >= middle).mean(axis=0)
    refused = (highest[:, None] < middle).mean(axis=0)
    return float(middle[np.argmax(kept + refused)])


def _decided(scores: Array, threshold: float) -> Whole:
    return np.where(scores.max(axis=1) >= threshold, scores.argmax(axis=1), NONE)


def _f1(found: NDArray[np.bool_], true: NDArray[np.bool_]) -> float:
    both = float((found & true).sum())
    return 2 * both / max(float(found.sum() + true.sum()), 1.0)
