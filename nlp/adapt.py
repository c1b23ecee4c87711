"""Adapt the embedded coder to one study: from 50 to 300 labels by people, and the study's own unlabelled comments.

The scores of the embedded coder stay where they are and a linear correction is learned beside them. Few labels cannot
weigh thousands of n-grams, so the correction is learned along the directions in which the study's comments differ most
(latent semantic analysis; Deerwester et al., 1990), which takes no labels, and to a lesser degree along the n-grams
themselves. Both are linear in the n-grams: what is kept is one weight for each n-gram and stance.

What few labels teach badly is how readily to give each stance, on which macro-F1 hangs. So the bias is not left to the
fit: it is set so that over other comments of the study each stance has the share that it has among the labels, and
then halfway (in logs) towards giving every stance alike.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple, Protocol
from zipfile import BadZipFile

import numpy as np

from nlp.features import SKELETON, WORDING, featurise, group_of, wordings
from nlp.few_labels import corrected, directions, lifts, matched
from nlp.fold import fold_keys
from storage.errors import MinyiError
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from storage.nouns import Change

    Array = NDArray[np.float32]
    Places = NDArray[np.int64]

FEWEST = 20
"""Labels without which nothing is learned; 50 to 300 are what it is made for."""
SAMPLE = 2000
"""Unlabelled comments looked at; more add little and cost time."""
# Of each kind of n-gram that is in _RARE comments or more: the share of comments beyond which it is too common, and how
# many of the most frequent are weighed.
_LIMITS = {WORDING: (0.4, 5000), SKELETON: (0.9, 3000)}
_RARE = 3
DIRECTIONS = 100
POOL = 500
"""Of the unlabelled comments, those over which the shares of the stances are set."""
# What the directions, single n-grams of each kind and the embedded scores count.
_ALONG, _OWN, _CUES, _TRUST = 3.0, 3.0, 1.75, 0.7
_FEW = 200  # labels; from more of them the fit learns by itself how much to trust, and how readily to give each stance
_FEWEST_OTHERS = 50
_FLOOR = 1e-3
_FORMAT = 2
SCORED = {"agreement", "macro_f1", "n", "folds"}
"""What is known of each language: share of labels it agreed with, macro-F1, how many labels, and of how many folds."""
_BIN_BITS = np.int64(22)


class AdaptationError(MinyiError):
    """The coder cannot be adapted, or what was adapted cannot be read."""


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


class Pairs(NamedTuple):
    """Which n-grams stand in which texts, each pair once: text, and place in the vocabulary."""

    text: NDArray[np.int64]
    place: NDArray[np.int64]


class Seen(NamedTuple):
    """Comments as the correction sees them: rows of a space, (n, m), and what `base_scores` says of them, (n, 4)."""

    rows: Array
    scores: Array

    def only(self, chosen: NDArray[np.int64]) -> Seen:
        """Some of them."""
        return Seen(self.rows[chosen], self.scores[chosen])


@dataclass(frozen=True, slots=True)
class Adaptation:
    """What was learned of a study.

    Attributes:
        bins: int64, (m,): the n-grams that are weighed, of wording and of stance cues, ascending.
        idf: float32, (m,): the inverse document frequency of each among the study's comments.
        weights: float32, (m, 4): what each adds to the log-score of each stance, times its value in the text.
        bias: float32, (4,).
        trust: what the embedded coder's log-scores are multiplied by; from many labels on, less.
        base: version of the embedded coder that it corrects.
        target: the change it was learned for.
        labels: how many labels it was learned from.
        keys: int64: `nlp.fold.fold_keys` of the labelled comments; on them it has no score.
        known: by language, how well it did on labels left out (`nlp.adapted_score`): agreement, macro_f1, n, folds.
    """

    bins: NDArray[np.int64]
    idf: Array
    weights: Array
    bias: Array
    trust: float
    base: str
    target: str
    labels: int
    keys: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    known: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Eight characters that change whenever anything learned does."""
        content = hashlib.sha256(f"{self.base}\0{self.target}\0{self.trust!r}".encode())
        for part in (self.bins, self.idf, self.weights, self.bias):
            content.update(np.ascontiguousarray(part).tobytes())
        return content.hexdigest()[:8]

    def corrected(self, scores: Array, texts: Sequence[str], change: Change) -> Array:
        """Log-scores from those of the embedded coder (`base_scores`), shape (n, 4)."""
        return np.asarray(np.float32(self.trust) * scores + self.correction(texts, change), np.float32)

    def of(self, seen: Seen) -> Array:
        """The same of comments that are rows of the space it was learned in, (n, 4)."""
        return seen.rows @ self.weights + self.bias + np.float32(self.trust) * seen.scores

    def correction(self, texts: Sequence[str], change: Change) -> Array:
        """What is added to the log-scores, shape (n, 4); a text's row depends on that text and the change alone."""
        pairs = _located(texts, change, self.bins)
        values = _values(pairs, self.bins, self.idf)
        moved = [np.bincount(pairs.text, values * weights[pairs.place], len(texts)) for weights in self.weights.T]
        return np.asarray(np.stack(moved, axis=1) + self.bias, np.float32)

    def save(self, path: Path) -> None:
        """Write the arrays as a compressed npz, without pickle."""
        with path.open("wb") as target:
            np.savez_compressed(
                target,
                format=np.array(_FORMAT),
                bins=self.bins,
                idf=self.idf,
                weights=self.weights,
                bias=self.bias,
                trust=np.array(self.trust),
                base=np.array(self.base),
                target=np.array(self.target),
                labels=np.array(self.labels),
                keys=self.keys,
                known=np.array(json.dumps(self.known)),
            )

    @classmethod
    def load(cls, path: Path) -> Adaptation:
        """Read what `save` wrote.

        Raises:
            AdaptationError: the file is missing, broken or of another format.
        """
        remedy = "Run `minyi adapt` again with the same labels: it writes the file anew."
        try:
            # Opened here: what NumPy opens by itself stays open where it is no archive.
            with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
                if int(kept["format"]) != _FORMAT:
                    raise AdaptationError("The adapted coder has another format.", where=str(path), remedy=remedy)
                bins, idf, weights, bias = (kept[name] for name in ("bins", "idf", "weights", "bias"))
                said = float(kept["trust"]), str(kept["base"]), str(kept["target"]), int(kept["labels"])
                known = json.loads(str(kept["known"])) if "known" in kept else {}  # files from before have none
                return cls(bins, idf, weights, bias, *said, kept["keys"], known).checked()
        except FileNotFoundError as error:
            raise AdaptationError(
                "This study has no adapted coder yet.",
                where=str(path),
                remedy="Label 50 to 300 comments and run `minyi adapt`.",
            ) from error
        except (OSError, EOFError, BadZipFile, zlib.error, ValueError, TypeError, KeyError, RecursionError) as error:
            # What NumPy says of a damaged file is not for people: it tells them how to load it unsafely.
            why = getattr(error, "strerror", None) or "it is damaged, or not what `minyi adapt` writes"
            raise AdaptationError(
                f"The adapted coder cannot be read: {why}.", where=str(path), remedy=remedy
            ) from error

    def checked(self) -> Adaptation:
        """Itself; arrays that do not fit together, or no numbers, would give wrong scores without a word.

        Raises:
            ValueError: they are not as `save` writes them.
        """
        count = len(self.bins)
        for part, kind, shape in (
            (self.bins, np.int64, (count,)),
            (self.idf, np.float32, (count,)),
            (self.weights, np.float32, (count, len(STANCES))),
            (self.bias, np.float32, (len(STANCES),)),
            (self.keys, np.int64, (len(self.keys),)),
        ):
            if part.dtype != kind or part.shape != shape or not np.isfinite(part).all():
                raise ValueError("its arrays are damaged")
        if not np.isfinite(self.trust) or (np.diff(self.bins) <= 0).any():
            raise ValueError("its arrays are damaged")
        if not isinstance(self.known, dict) or not all(map(_is_score, self.known.values())):
            raise ValueError("its scores are damaged")
        return self


def _is_score(figures: object) -> bool:
    numbers = figures.values() if isinstance(figures, dict) and {*figures} == SCORED else [None]
    return all(isinstance(number, int | float) and 0 <= number < np.inf for number in numbers)


class Space:
    """The n-grams of a study's comments, and the directions in which the comments differ most.

    Args:
        texts: labelled and unlabelled comments.
        change: the change they are about; its own words read as one mark.

    Attributes:
        bins: the n-grams: those of wording, then those of stance cues.
        idf: their inverse document frequencies.
        words: how many are of wording.
        directions: (words, k).
    """

    def __init__(self, texts: Sequence[str], change: Change) -> None:
        self.change = change
        bins, frequency = np.unique(_pairs(texts, change).place, return_counts=True)
        kept = [_frequent(frequency, group_of(bins) == group, len(texts), *limits) for group, limits in _LIMITS.items()]
        chosen = np.concatenate(kept)
        self.bins = bins[chosen]
        self.idf = np.log(len(texts) / frequency[chosen]).astype(np.float32)
        self.words = len(kept[0])
        self.directions = directions(self.rows(texts)[:, : self.words], DIRECTIONS)

    def seen(self, base: Base, texts: Sequence[str], evidence: Sequence[str | None] | None = None) -> Seen:
        """Comments as the correction sees them."""
        return Seen(self.rows(texts), base_scores(base, texts, self.change, evidence))

    def rows(self, texts: Sequence[str]) -> Array:
        """The comments as rows over the vocabulary, those of each kind of n-gram of length 1, shape (n, m)."""
        pairs = _located(texts, self.change, self.bins)
        result = np.zeros((len(texts), len(self.bins)), np.float32)
        result[pairs.text, pairs.place] = _values(pairs, self.bins, self.idf)
        return result


def adapt(
    base: Base,
    texts: Sequence[str],
    stances: NDArray[np.int64],
    change: Change,
    unlabelled: Sequence[str],
    evidence: Sequence[str | None] | None = None,
) -> Adaptation:
    """Learn the correction.

    Args:
        base: the coder to correct.
        texts: labelled comments.
        stances: their stances, as indices into STANCES.
        change: the change they are judged towards.
        unlabelled: other comments of the study; a sample is drawn by their content, the same at every run.
        evidence: the reporting clauses of labelled quotes.

    Raises:
        AdaptationError: there are fewer than FEWEST labels, or all say the same.
    """
    _refuse_few(stances)
    others = sampled(unlabelled)
    space = Space([*texts, *others], change)
    made = learned(space, base.version, space.seen(base, texts, evidence), stances, space.seen(base, others[:POOL]))
    return replace(made, keys=np.unique(fold_keys(texts)))


def learned(space: Space, version: str, known: Seen, stances: NDArray[np.int64], others: Seen) -> Adaptation:
    """The correction that labelled comments teach.

    What counts how much was settled on large changes with 50 to 200 labels and on NLPCC-2016 A with 480, on other draws
    than those published (`benchmarks/study.py`).

    Args:
        space: the study's space.
        version: of the coder that is corrected.
        known: the labelled comments.
        stances: their stances, (n,).
        others: other comments of the study, drawn at random.
    """
    own = np.where(np.arange(len(space.bins)) < space.words, _OWN, _CUES).astype(np.float32)
    along = known.rows[:, : space.words] @ space.directions * np.float32(_ALONG)
    few = min(1.0, _FEW / len(stances))
    lift, trust = lifts(stances), _TRUST * few**0.5
    table, bias = corrected(np.hstack([along, known.rows * own]), known.scores * np.float32(trust), stances, lift)
    kept = space.directions.shape[1]
    weights = table[kept:] * own[:, None]
    weights[: space.words] += space.directions @ table[:kept] * np.float32(_ALONG)
    made = Adaptation(space.bins, space.idf, weights, bias, trust, version, space.change.target, len(stances))
    if len(others.rows) < _FEWEST_OTHERS:
        return made
    shift = matched(made.of(others) - np.log(lift), stances) - np.log(lift)
    return replace(made, bias=bias + np.float32(few) * shift)


def base_scores(
    base: Base, texts: Sequence[str], change: Change, evidence: Sequence[str | None] | None = None
) -> Array:
    """Log-scores of the embedded coder, centred on 0, (n, 4)."""
    logs = np.log(base.code(texts, change, evidence).scores + np.float32(_FLOOR))
    return np.asarray(logs - logs.mean(1, keepdims=True), np.float32)


def sampled(texts: Sequence[str]) -> list[str]:
    """At most SAMPLE different texts, chosen by their content, so that order and repetition do not matter."""
    keys = fold_keys(texts)
    different, first = np.unique(keys, return_index=True)
    mixed = different.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return [texts[index] for index in first[np.argsort(mixed, kind="stable")[:SAMPLE]]]


def _refuse_few(stances: NDArray[np.int64]) -> None:
    if len(stances) < FEWEST or len(np.unique(stances)) == 1:
        what = (
            f"Labels: {len(stances)}, different stances among them: {len(np.unique(stances))}: too few to learn from."
        )
        raise AdaptationError(
            what, remedy=f"Label at least {FEWEST} comments of two stances or more; 100 are a good start."
        )


def _pairs(texts: Sequence[str], change: Change) -> Pairs:
    """Texts and the bins of their n-grams, each pair once, by text."""
    blocks = [block for block in featurise(texts, wordings(change)).blocks if block.group in _LIMITS]
    text = np.concatenate([block.doc for block in blocks])
    bins = np.concatenate([block.bin for block in blocks])
    both = np.sort((text << _BIN_BITS) | bins)  # NumPy's own `unique` hashes, which takes several times as long
    both = both[np.append(True, both[1:] != both[:-1])[: len(both)]]
    return Pairs(both >> _BIN_BITS, both & ((np.int64(1) << _BIN_BITS) - 1))


def _frequent(frequency: NDArray[np.int64], kind: NDArray[np.bool_], texts: int, common: float, most: int) -> Places:
    """Where the most frequent of a kind are, but for the rare and the too common; ascending."""
    fit = np.flatnonzero(kind & (frequency >= _RARE) & (frequency <= max(common * texts, _RARE)))
    return np.sort(fit[np.argsort(-frequency[fit], kind="stable")[:most]])


def _values(pairs: Pairs, bins: Places, idf: Array) -> Array:
    """Inverse document frequencies of n-grams in texts; those of one kind in one text have length 1 together."""
    cell = pairs.text * len(_LIMITS) + group_of(bins)[pairs.place]
    squares = np.bincount(cell, idf[pairs.place].astype(np.float64) ** 2)
    return np.asarray(idf[pairs.place] / np.sqrt(np.maximum(squares, _FLOOR))[cell], np.float32)


def _located(texts: Sequence[str], change: Change, bins: NDArray[np.int64]) -> Pairs:
    """The same, of the n-grams in a vocabulary only, by their place in it."""
    pairs = _pairs(texts, change)
    if not len(bins):
        return Pairs(pairs.text[:0], pairs.place[:0])
    place = np.minimum(np.searchsorted(bins, pairs.place), len(bins) - 1)
    inside = bins[place] == pairs.place
    return Pairs(pairs.text[inside], place[inside])
