"""The study coder: the embedded one, corrected by what people's labels taught of this study (`nlp.adapt`)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nlp.adapt import Adaptation, AdaptationError, base_scores
from nlp.coders.embedded import EmbeddedCoder, probabilities
from nlp.coders.options import CoderOptions, read_options
from nlp.coders.protocol import Codes, Reason
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from nlp.coders.protocol import CoderSettings, Explanation
    from storage.nouns import Change

CHUNK = 4096
"""Texts corrected at a time; results do not depend on it."""
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
    """The embedded coder with a study's correction.

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
        self.version = f"1-{adaptation.digest}"
        self._where = where

    @property
    def held_out(self) -> Mapping[str, Mapping[str, float]]:
        """Cross-validated on the labels of its own change, with `folds` beside them: it has seen no other change."""
        return self.adaptation.known

    def training_keys(self) -> NDArray[np.int64]:
        """The labelled comments it learned from, as `nlp.fold.fold_keys`: on them it has no score."""
        return self.adaptation.keys

    def code(self, texts: Sequence[str], change: Change, evidence: Sequence[str | None] | None = None) -> Codes:
        """The stances of comments towards the change; see `Coder.code`.

        Raises:
            AdaptationError: it was learned for another change.
        """
        if change.target != self.adaptation.target:
            what = f'It was learned for another change: "{self.adaptation.target}".'
            raise AdaptationError(what, where=self._where, remedy="Run `minyi adapt` for this study.")
        logits = base_scores(self.base, texts, change, evidence)
        for begin in range(0, len(texts), CHUNK):
            part = slice(begin, begin + CHUNK)
            logits[part] = self.adaptation.corrected(logits[part], texts[part], change)
        scores = probabilities(logits.astype(np.float64))
        return Codes(scores, scores.argmax(1).astype(np.int8))

    def explain(self, text: str, change: Change, evidence: str | None = None) -> Explanation:
        """What moved the embedded coder, and the correction as one reason beside it."""
        codes = self.code([text], change, [evidence])
        moved = self.adaptation.correction([text], change)[0]
        reason = Reason("wording", "learned from this study's labels", (), _centred(moved))
        known = self.base.explain(text, change, evidence)
        reasons = sorted((*known.reasons, reason), key=lambda one: -max(abs(weight) for weight in one.weights))
        return replace(
            known,
            primary=STANCES[int(codes.primary[0])],
            scores=tuple(float(score) for score in codes.scores[0]),
            reasons=tuple(reasons),
            annotator=f"{self.name}@{self.version}",
        )


def _centred(moved: NDArray[np.float32]) -> tuple[float, ...]:
    return tuple(float(value) for value in moved - moved.mean())
