"""The study coder: the embedded one, corrected by what people's labels taught of this study (`nlp.adapt`).

There are several corrections, each learned without a part of the labels. A labelled comment is coded by the one that
did not see it, any other by the mean of their probabilities: not of their log-scores, which would make unlabelled
comments look surer than labelled ones, and estimates wrong by as much.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nlp.adapt import centred_logs
from nlp.adaptation import FOLDS, Adaptation, AdaptationError
from nlp.coders.embedded import EmbeddedCoder, evidence_shift, probabilities
from nlp.coders.options import CoderOptions, read_options
from nlp.coders.protocol import Codes, Reason
from nlp.features import featurise, wordings
from nlp.fold import fold_keys
from nlp.study_grams import StudyGrams
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from nlp.coders.protocol import CoderSettings, Explanation
    from nlp.features import Features
    from storage.nouns import Change

KEPT = Path("data") / "study-coder.npz"
"""Where `minyi adapt` writes, under the study's folder."""


class Options(CoderOptions):
    """`model`: another file than the one `minyi adapt` writes."""

    model: str = str(KEPT)


def load(what: str, settings: CoderSettings) -> StudyCoder:
    """The coder that `minyi adapt` made for the study.

    Raises:
        AdaptationError: there is none yet, it cannot be read, or it corrects another version of the embedded coder.
    """
    del what
    path = (settings.folder or Path()) / read_options(Options, settings.options).model
    return StudyCoder(Adaptation.load(path), where=str(path))


class StudyCoder:
    """The embedded coder with a study's corrections.

    Args:
        adaptation: what was learned.
        base: the embedded coder it corrects; the shipped one when not given.
        where: the file, for messages.
    """

    name = "study"

    def __init__(self, adaptation: Adaptation, base: EmbeddedCoder | None = None, where: str = "") -> None:
        self.base = base or EmbeddedCoder()
        if adaptation.base != self.base.version:
            what = f"It corrects the embedded coder {adaptation.base}; this one is {self.base.version}."
            raise AdaptationError(what, where=where, remedy="Run `minyi adapt` again with the same labels.")
        self.adaptation = adaptation
        self.version = adaptation.version
        self._where = where
        self._grams = StudyGrams(adaptation.bins, adaptation.idf)
        self._ready = self._grams.weigh(np.hstack(list(adaptation.weights)))

    @property
    def held_out(self) -> Mapping[str, Mapping[str, float]]:
        """Cross-validated on the labels of its own change, with `folds` beside them: it has seen no other change."""
        return self.adaptation.known

    def code(self, texts: Sequence[str], change: Change, evidence: Sequence[str | None] | None = None) -> Codes:
        """The stances of comments towards the change; see `Coder.code`.

        Raises:
            AdaptationError: it was learned for another change.
        """
        self._refuse_others(change)
        scores = np.empty((len(texts), len(STANCES)), np.float32)
        left_out = self.adaptation.left_out(fold_keys(texts))
        for part, features, logits in self.base.read(texts, change):
            shift = 0 if evidence is None else evidence_shift(evidence[part])
            scores[part] = self._scores(features, centred_logs(probabilities(logits + shift)), left_out[part])
        return Codes(scores, scores.argmax(1).astype(np.int8))

    def correction(self, texts: Sequence[str], change: Change) -> NDArray[np.float32]:
        """What each correction adds to the log-scores, shape (n, FOLDS, 4)."""
        return self._moved(featurise(texts, wordings(change)))

    def explain(self, text: str, change: Change, evidence: str | None = None) -> Explanation:
        """What moved the embedded coder, and the correction as one reason beside it."""
        codes = self.code([text], change, [evidence])
        moved, left_out = self.correction([text], change)[0], self.adaptation.left_out(fold_keys([text]))[0]
        weights = _centred(moved.mean(0) if left_out < 0 else moved[left_out])
        reason = Reason("wording", "learned from this study's labels", (), weights)
        known = self.base.explain(text, change, evidence)
        reasons = sorted((*known.reasons, reason), key=lambda one: -max(abs(weight) for weight in one.weights))
        return replace(
            known,
            primary=STANCES[int(codes.primary[0])],
            scores=tuple(float(score) for score in codes.scores[0]),
            reasons=tuple(reasons),
            annotator=f"{self.name}@{self.version}",
        )

    def _refuse_others(self, change: Change) -> None:
        if change.target != self.adaptation.target:
            what = f'It was learned for another change: "{self.adaptation.target}".'
            raise AdaptationError(what, where=self._where, remedy="Run `minyi adapt` for this study.")

    def _moved(self, part: Features) -> NDArray[np.float32]:
        moved = self._grams.weighed(part, self._ready).reshape(-1, FOLDS, len(STANCES))
        return np.asarray(moved + self.adaptation.bias)

    def _scores(self, part: Features, base: NDArray[np.float32], left_out: NDArray[np.int64]) -> NDArray[np.float32]:
        """Probabilities: by the correction that did not see a comment, or the mean of all."""
        logits = self._moved(part) + self.adaptation.trust[:, None] * base[:, None]
        each = probabilities(logits.reshape(-1, len(STANCES))).reshape(logits.shape)
        scores: NDArray[np.float32] = each.mean(1)
        known = np.flatnonzero(left_out >= 0)
        scores[known] = each[known, left_out[known]]
        return scores


def _centred(moved: NDArray[np.float32]) -> tuple[float, ...]:
    return tuple(float(value) for value in moved - moved.mean())
