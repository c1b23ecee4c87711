"""What `minyi adapt` learned of a study, and the file it is kept in.

It is several corrections, each learned without a part of the labelled comments. A labelled comment is coded by the one
that did not see it, any other by the mean of all, so that no score rests on the comment's own label: estimates that
set scores beside labels need that, and on the whole both are scored alike (cross-prediction; Zrnic & Candès, 2024).
"""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple
from zipfile import BadZipFile

import numpy as np

from storage.errors import MinyiError
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    Array = NDArray[np.float32]

FOLDS = 5
"""Corrections, and parts of the labelled comments."""
SCORED = {"agreement", "macro_f1", "n", "folds"}
"""What is known of each language: share of labels it agreed with, macro-F1, how many labels, and of how many folds."""
_FORMAT = 3
_REMEDY = "Run `minyi adapt` again with the same labels: it writes the file anew."
_ARRAYS = ("bins", "idf", "weights", "bias", "trust", "keys")
_WORDS = ("base", "target", "taught")


class AdaptationError(MinyiError):
    """The coder cannot be adapted, or what was adapted cannot be read."""


class Correction(NamedTuple):
    """What is added to the log-scores of the embedded coder.

    Attributes:
        weights: float32, (m, 4): of each n-gram, for each stance.
        bias: float32, (4,).
        trust: what the embedded coder's log-scores are multiplied by; from many labels on, less.
    """

    weights: Array
    bias: Array
    trust: float


class Curve(NamedTuple):
    """How well it does after how many labels: on labels left out, the mean over draws of folds.

    Attributes:
        points: labels learned from, and macro-F1, in order.
        constant: macro-F1 of always answering the commonest stance.
    """

    points: tuple[tuple[int, float], ...] = ()
    constant: float = 0.0


@dataclass(frozen=True, slots=True)
class Adaptation:
    """What was learned of a study.

    Attributes:
        bins: int64, (m,): the n-grams that are weighed, of wording and of stance cues, ascending.
        idf: float32, (m,): the inverse document frequency of each among the study's comments.
        weights, bias, trust: float32, (FOLDS, m, 4), (FOLDS, 4) and (FOLDS,): the corrections.
        base: version of the embedded coder that they correct.
        target: the change they were learned for.
        labels: how many labels they were learned from.
        keys: int64: `nlp.fold.fold_keys` of the labelled comments, ascending.
        taught: what says which labels of the store it was learned from; empty for a file.
        known: by language, how well it did on labels left out (`nlp.adapted_score`): agreement, macro_f1, n, folds.
        curve: how that grew with the labels.
    """

    bins: NDArray[np.int64]
    idf: Array
    weights: Array
    bias: Array
    trust: Array
    base: str
    target: str
    labels: int
    keys: NDArray[np.int64]
    taught: str = ""
    known: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    curve: Curve = field(default_factory=Curve)

    @property
    def digest(self) -> str:
        """Eight characters that change whenever a score can."""
        content = hashlib.sha256(f"{self.base}\0{self.target}".encode())
        for name in _ARRAYS:
            content.update(np.ascontiguousarray(getattr(self, name)).tobytes())
        return content.hexdigest()[:8]

    @property
    def version(self) -> str:
        """The version of the coder that it makes."""
        return f"2-{self.digest}"

    def save(self, path: Path) -> None:
        """Write it as a compressed npz, without pickle and without a text."""
        kept: dict[str, Any] = {name: getattr(self, name) for name in (*_ARRAYS, *_WORDS, "labels")}
        kept |= {"format": _FORMAT, "known": json.dumps(self.known), "curve": json.dumps(self.curve)}
        with path.open("wb") as target:
            np.savez_compressed(target, **{name: np.asarray(value) for name, value in kept.items()})  # type: ignore[arg-type]  # its stub takes `**` for a flag

    @classmethod
    def load(cls, path: Path) -> Adaptation:
        """Read what `save` wrote.

        Raises:
            AdaptationError: the file is missing, broken or of another format.
        """
        try:
            # Opened here: what NumPy opens by itself stays open where it is no archive.
            with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
                if int(kept["format"]) != _FORMAT:
                    what = "The adapted coder is of another version of minyi."
                    raise AdaptationError(what, where=str(path), remedy=_REMEDY)
                read: dict[str, Any] = {name: kept[name] for name in _ARRAYS}
                read |= {name: str(kept[name]) for name in _WORDS}
                known, curve = (json.loads(str(kept[name])) for name in ("known", "curve"))
                return cls(**read, labels=int(kept["labels"]), known=known, curve=_curve(curve)).checked()
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
                f"The adapted coder cannot be read: {why}.", where=str(path), remedy=_REMEDY
            ) from error

    def checked(self) -> Adaptation:
        """Itself; arrays that do not fit together, or no numbers, would give wrong scores without a word.

        Raises:
            ValueError: they are not as `save` writes them.
        """
        count, stances = len(self.bins), len(STANCES)
        for part, kind, shape in (
            (self.bins, np.int64, (count,)),
            (self.idf, np.float32, (count,)),
            (self.weights, np.float32, (FOLDS, count, stances)),
            (self.bias, np.float32, (FOLDS, stances)),
            (self.trust, np.float32, (FOLDS,)),
            (self.keys, np.int64, (len(self.keys),)),
        ):
            if part.dtype != kind or part.shape != shape or not np.isfinite(part).all():
                raise ValueError("its arrays are damaged")
        if any((part[1:] <= part[:-1]).any() for part in (self.bins, self.keys)):
            raise ValueError("its arrays are damaged")
        if not isinstance(self.known, dict) or not all(map(_is_score, self.known.values())):
            raise ValueError("its scores are damaged")
        return self

    def left_out(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """Which correction did not see each comment, by its `fold_keys`; -1 for those that none saw."""
        if not len(self.keys):
            return np.full(len(keys), -1)
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[place] == keys, place % FOLDS, -1)


def parts_of(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """The part that each labelled comment belongs to, 0 to FOLDS - 1: by the order of the hashes, so of equal sizes."""
    return np.unique(keys, return_inverse=True)[1].reshape(-1) % FOLDS


def _curve(told: Any) -> Curve:  # noqa: ANN401  whatever the file holds; what does not fit raises
    points, constant = told
    curve = Curve(tuple((int(labels), float(found)) for labels, found in points), float(constant))
    if not all(0 <= found <= 1 for found in (*(found for _, found in curve.points), curve.constant)):
        raise ValueError("its scores are damaged")
    return curve


def _is_score(figures: object) -> bool:
    numbers = figures.values() if isinstance(figures, dict) and {*figures} == SCORED else [None]
    return all(isinstance(number, int | float) and 0 <= number < np.inf for number in numbers)
