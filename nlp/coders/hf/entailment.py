"""An NLI model as a stance coder without training: is "this comment supports …" entailed by the comment?

The idea: Yin, Hay and Roth 2019, Benchmarking Zero-shot Text Classification.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from nlp.coders.hf.labels import ModelLabelsError, judged_language, softmax
from nlp.coders.hf.options import Hypotheses
from storage.nouns import STANCES, Stance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from nlp.coders.hf.inputs import Row
    from nlp.coders.hf.options import HfOptions
    from storage.nouns import Change, Language

HYPOTHESES: dict[Language, Hypotheses] = {
    "zh": Hypotheses(
        support="这条评论支持这件事：{change}",
        concern="这条评论反对或担忧这件事：{change}",
        suggestion="这条评论对这件事提出了建议：{change}",
        neutral="这条评论对这件事没有表明态度：{change}",
    ),
    "en": Hypotheses(
        support="This comment supports this change: {change}",
        concern="This comment opposes or worries about this change: {change}",
        suggestion="This comment makes a suggestion about this change: {change}",
        neutral="This comment takes no side on this change: {change}",
    ),
}
_ENTAILED = frozenset({"entailment", "entail", "entailed", "蕴含"})
_NOT_ENTAILED = frozenset({"contradiction", "contradict", "not_entailment", "not-entailment", "矛盾"})


def is_entailment_model(names: Sequence[str]) -> bool:
    """Whether a model's labels are those of natural language inference."""
    found = {name.strip().casefold() for name in names}
    return bool(found & _ENTAILED) and bool(found & _NOT_ENTAILED)


class Entailing:
    """An NLI model reads a comment with each of four hypotheses.

    Args:
        names: its labels, in the order of its logits.
        options: the study's own hypotheses, and the label that means "entailed" where it has another name.

    Raises:
        ModelLabelsError: no label means "entailed".
    """

    rows_each = len(STANCES)
    comment_at = 0

    def __init__(self, names: Sequence[str], options: HfOptions) -> None:
        self._entailed = _entailed(names, options.entailment)
        self._hypotheses = HYPOTHESES | options.hypotheses
        wordings = {language: asked.model_dump() for language, asked in self._hypotheses.items()}
        self.identity = f"entailment {self._entailed} {json.dumps(wordings, sort_keys=True)}"

    def rows(self, text: str, change: Change) -> tuple[Row, ...]:
        """What the model reads for one comment: itself and a hypothesis, for each stance."""
        language = judged_language(text, change)
        asked, statement = self._hypotheses[language], change.statement.in_language(language)
        return tuple((text, getattr(asked, stance).replace("{change}", statement)) for stance in STANCES)

    def scores(self, logits: NDArray[np.float32]) -> NDArray[np.float64]:
        """Stances of comments, (n, 4), from logits (n, 4, labels).

        With e(s) the model's probability, among all its labels, that the hypothesis of stance s is entailed: what no
        hypothesis takes up, 1 - max e, goes to neutral, and the four are divided by their sum. So a comment that
        entails none of them is neutral instead of whichever of four small numbers is largest.
        """
        shares = softmax(logits)[:, :, self._entailed]
        shares[:, STANCES.index(Stance.NEUTRAL)] += 1 - shares.max(1, initial=0)
        return np.asarray(shares / shares.sum(1, keepdims=True))


def _entailed(names: Sequence[str], given: str) -> int:
    found = [
        at for at, name in enumerate(names) if name == given or (not given and name.strip().casefold() in _ENTAILED)
    ]
    if len(found) != 1:
        listed = ", ".join(f'"{name}"' for name in names)
        what = f'The model has no label "{given}".' if given else "No label of the model says that a hypothesis holds."
        remedy = f'Its labels are {listed}: write under [coder] the one that does, as entailment = "{names[0]}"'
        raise ModelLabelsError(what, where="[coder] entailment", remedy=remedy)
    return found[0]
