"""A classifier's own labels as stances."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nlp.coders.hf.options import NONE
from nlp.language import language_of
from storage.errors import UsageError
from storage.nouns import STANCES, Stance

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from nlp.coders.hf.inputs import Row
    from nlp.coders.hf.options import HfOptions, Meaning
    from storage.nouns import Change, Language

STANCE_NAMES: dict[str, Stance] = {
    **{stance.value: stance for stance in STANCES},
    "支持": Stance.SUPPORT,
    "担忧": Stance.CONCERN,
    "反对": Stance.CONCERN,
    "建议": Stance.SUGGESTION,
    "中立": Stance.NEUTRAL,
}
"""Label names that need no map. Others, such as FAVOR and AGAINST, may be towards something else than the change."""


class ModelLabelsError(UsageError):
    """It is not known which label of the model means which stance."""


def label_meanings(names: Sequence[str], given: Mapping[str, Meaning]) -> tuple[Meaning, ...]:
    """What each label means, in the order of the model's logits.

    Raises:
        ModelLabelsError: a label has no meaning, the study names one that the model does not have, or all mean one.
    """
    known: Mapping[str, Meaning] = given or {name: found for name in names if (found := _by_name(name))}
    unknown = [name for name in given if name not in names]
    without = [name for name in names if name not in known]
    if unknown or without:
        wrong = f"has no {_listed(unknown)}" if unknown else f"gives no stance to {_listed(without)}"
        who = "The model" if unknown else "The study"
        raise ModelLabelsError(f"{who} {wrong}.", where="[coder] labels", remedy=_line(names))
    meanings = tuple(known[name] for name in names)
    if len({meaning for meaning in meanings if meaning != NONE}) < 2:  # noqa: PLR2004  one stance is no choice
        raise ModelLabelsError("All labels mean the same.", where="[coder] labels", remedy=_line(names))
    return meanings


def _by_name(name: str) -> Stance | None:
    return STANCE_NAMES.get(name.strip().casefold())


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _line(names: Sequence[str]) -> str:
    """The line to write, with the model's labels in it."""
    entries = ", ".join(f'"{name}" = "{_by_name(name) or STANCES[at % 4]}"' for at, name in enumerate(names))
    stances = ", ".join(STANCES)
    return f"Write under [coder], each label with what it means ({stances} or none): labels = {{ {entries} }}"


def judged_language(text: str, change: Change) -> Language:
    """The language in which a comment is asked about: its own, or the other where the change is not stated in it."""
    language: Language = "zh" if language_of(text) == "zh" else "en"
    statement = change.statement
    return language if (statement.zh if language == "zh" else statement.en) else ("en" if language == "zh" else "zh")


class Classifying:
    """A classifier reads a comment, and its labels are stances.

    Args:
        names: its labels, in the order of its logits.
        options: what the study says of them.
        independent: whether it was trained to say yes or no to each label by itself.

    Raises:
        ModelLabelsError: see `label_meanings`.
    """

    rows_each = 1

    def __init__(self, names: Sequence[str], options: HfOptions, *, independent: bool) -> None:
        self._meanings = label_meanings(names, options.labels)
        self._pair, self._independent = options.pair, independent
        self.identity = f"labels {[str(meaning) for meaning in self._meanings]} pair {options.pair} {independent}"

    def rows(self, text: str, change: Change) -> tuple[Row, ...]:
        """What the model reads for one comment."""
        if not self._pair:
            return ((text,),)
        statement = change.statement.in_language(judged_language(text, change))
        return ((statement, text),) if self._pair == "target first" else ((text, statement),)

    @property
    def comment_at(self) -> int:
        """Where in a row the comment stands."""
        return 1 if self._pair == "target first" else 0

    def scores(self, logits: NDArray[np.float32]) -> NDArray[np.float64]:
        """Stances of comments, (n, 4), from logits (n, 1, labels): probabilities of labels of one stance add up.

        NaN where "none" outweighs every stance.
        """
        labels = _independent(logits[:, 0]) if self._independent else softmax(logits[:, 0])
        sums = np.zeros((len(labels), len(STANCES) + 1))
        for at, meaning in enumerate(self._meanings):
            sums[:, len(STANCES) if meaning == NONE else STANCES.index(Stance(meaning))] += labels[:, at]
        stances, none = sums[:, :-1], sums[:, -1:]
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = stances / stances.sum(1, keepdims=True)
        return np.where(none > stances.max(1, keepdims=True, initial=0), np.nan, shares)


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Probabilities along the last axis, in float64."""
    wide = logits.astype(np.float64)
    raised = np.exp(wide - wide.max(-1, keepdims=True))
    return np.asarray(raised / raised.sum(-1, keepdims=True))


def _independent(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits.astype(np.float64), -500, 500))))
