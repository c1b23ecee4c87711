"""Scores of codings against people's labels, with intervals from the same draws for all, so that they compare."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp.evaluating import crosstabs
from nlp.evaluating.crosstabs import CLASSES, COLUMNS
from nlp.evaluating.draws import DRAWS, Figure, figure, units_of
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from nlp.evaluating.crosstabs import Floats
    from nlp.evaluating.draws import Units

_ROOM = 2**60
FEWEST_ROWS = 10
"""A group of fewer rows gets its scores without intervals."""


@dataclass(frozen=True, slots=True)
class ClassScore:
    """How well one stance was recognised; n rows people filed under it, given: rows the coder did."""

    precision: float
    recall: float
    f1: float
    n: int
    given: int
    interval: tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class GroupScore:
    """One change or language: macro-F1 is the mean over the stances that people found there."""

    n: int
    abstained: int
    accuracy: float
    macro_f1: float
    interval: tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The scores of one coding.

    Attributes:
        n: rows scored.
        abstained: rows of them to which the coder gave no stance: wrong, in every figure but those named otherwise.
        drawn: what the bootstrap drew: whole changes, or rows.
        figures: macro_f1, accuracy, accuracy_given (over rows with a stance), alpha (Krippendorff, nominal) and kappa
            (Cohen), both with people over rows with a stance.
        per_class: scores by stance.
        confusion: the crosstab (see `crosstabs`).
        per_change: scores by change.
        per_language: scores by language.
    """

    n: int
    abstained: int
    drawn: str
    figures: dict[str, Figure]
    per_class: dict[str, ClassScore]
    confusion: tuple[tuple[int, ...], ...]
    per_change: dict[str, GroupScore]
    per_language: dict[str, GroupScore]

    @property
    def macro_f1(self) -> float:
        """Mean F1 of the four stances; a stance nobody found and the coder never gave counts 0."""
        return self.figures["macro_f1"].value or 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """95 % bootstrap interval of macro_f1."""
        found = self.figures["macro_f1"]
        return found.low or 0.0, found.high or 0.0

    @property
    def accuracy(self) -> float:
        """Share of rows coded as people did."""
        return self.figures["accuracy"].value or 0.0


@dataclass(frozen=True, slots=True)
class Difference:
    """The first of two codings less the second, on the same draws."""

    first: int
    second: int
    macro_f1: Figure
    accuracy: Figure


_FIGURES: dict[str, Callable[[NDArray[Any]], Floats]] = {
    "macro_f1": lambda table: crosstabs.class_f1(table).mean(-1),
    "accuracy": crosstabs.accuracy,
    "accuracy_given": lambda table: crosstabs.accuracy(crosstabs.given(table)),
    "alpha": crosstabs.coder_alpha,
    "kappa": crosstabs.cohen_kappa,
}


def score(
    people: NDArray[Any],
    coded: NDArray[Any],
    changes: Sequence[str],
    languages: Sequence[str] = (),
    draws: int = DRAWS,
    seed: int = 0,
) -> Evaluation:
    """Scores of one coding against people's, both as indexes into STANCES; the coder's may hold ABSTAINED."""
    return score_all(people, [coded], changes, languages, draws, seed)[0][0]


def score_all(
    people: NDArray[Any],
    codings: Sequence[NDArray[Any]],
    changes: Sequence[str],
    languages: Sequence[str] = (),
    draws: int = DRAWS,
    seed: int = 0,
) -> tuple[list[Evaluation], list[Difference]]:
    """Scores of several codings of the same rows, and the difference of each two."""
    rows = _Rows(people, np.stack([np.asarray(coded) for coded in codings]), np.asarray(changes, object))
    units = rows.units()
    whole, drawn = units.whole, units.draws(draws, seed)
    by_change = _groups(rows, rows.changes, draws, seed)
    by_language = _groups(rows, np.asarray(languages, object), draws, seed) if len(languages) else {}
    evaluations = [
        _evaluation(whole[coder], drawn[:, coder], units, _of(by_change, coder), _of(by_language, coder))
        for coder in range(len(codings))
    ]
    return evaluations, [_difference(whole, drawn, *pair) for pair in combinations(range(len(codings)), 2)]


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows: people's stance (n,), the coders' (coders, n), and the change of each."""

    people: NDArray[Any]
    coded: NDArray[Any]
    changes: NDArray[np.object_]

    def units(self) -> Units:
        """What the bootstrap draws. Rows that people and all coders filed alike are of one kind."""
        kinds, first, which = np.unique(self._kinds(), return_index=True, return_inverse=True)
        tables = np.zeros((len(kinds), len(self.coded), CLASSES, COLUMNS))
        coder, kind = np.indices((len(self.coded), len(kinds)))
        tables[kind, coder, self.people[first][kind], self.coded[:, first]] = 1  # ABSTAINED, -1, is the last column
        return units_of(which.reshape(-1), tables, list(self.changes))

    def _kinds(self) -> NDArray[np.int64]:
        """One number for each way of filing a row: equal numbers, equal filing."""
        number = self.people.astype(np.int64)
        for coded in self.coded:
            if number.max(initial=0) > _ROOM:
                number = np.unique(number, return_inverse=True)[1]
            number = number * COLUMNS + coded + 1
        return number

    def part(self, chosen: NDArray[np.int64]) -> _Rows:
        """Some of the rows."""
        return _Rows(self.people[chosen], self.coded[:, chosen], self.changes[chosen])


def _evaluation(
    table: Floats, drawn: Floats, units: Units, per_change: dict[str, GroupScore], per_language: dict[str, GroupScore]
) -> Evaluation:
    return Evaluation(
        n=int(table.sum()),
        abstained=int(table[:, CLASSES].sum()),
        drawn=units.drawn,
        figures={name: figure(float(measure(table)), measure(drawn)) for name, measure in _FIGURES.items()},
        per_class=_by_class(table, drawn),
        confusion=tuple(tuple(int(cell) for cell in row) for row in table),
        per_change=per_change,
        per_language=per_language,
    )


def _by_class(table: Floats, drawn: Floats) -> dict[str, ClassScore]:
    precision, recall = crosstabs.precision(table), crosstabs.recall(table)
    f1, again = crosstabs.class_f1(table), crosstabs.class_f1(drawn)
    found = [figure(float(f1[index]), again[:, index]) for index in range(CLASSES)]
    return {
        stance.value: ClassScore(
            float(precision[index]),
            float(recall[index]),
            float(f1[index]),
            int(table[index].sum()),
            int(table[:, index].sum()),
            (found[index].low, found[index].high),
        )
        for index, stance in enumerate(STANCES)
    }


def _groups(rows: _Rows, names: NDArray[np.object_], draws: int, seed: int) -> dict[str, list[GroupScore]]:
    """By name, in the order of the file, the scores of every coding."""
    members: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        members.setdefault(name, []).append(index)
    return {name: _group(rows.part(np.array(part)), draws, seed) for name, part in members.items()}


def _group(rows: _Rows, draws: int, seed: int) -> list[GroupScore]:
    units = rows.units()
    whole, found = units.whole, np.bincount(rows.people, minlength=CLASSES) > 0
    enough = len(rows.people) >= FEWEST_ROWS
    drawn = units.draws(draws, seed) if enough else np.empty((0, *whole.shape))
    again = crosstabs.class_f1(drawn)[..., found].mean(-1)
    scores = []
    for coder, table in enumerate(whole):
        macro = figure(float(crosstabs.class_f1(table)[found].mean()), again[:, coder])
        abstained, accuracy = int(table[:, CLASSES].sum()), float(crosstabs.accuracy(table))
        scores.append(GroupScore(len(rows.people), abstained, accuracy, macro.value or 0.0, (macro.low, macro.high)))
    return scores


def _of(groups: dict[str, list[GroupScore]], coder: int) -> dict[str, GroupScore]:
    return {name: scores[coder] for name, scores in groups.items()}


def _difference(whole: Floats, drawn: Floats, first: int, second: int) -> Difference:
    found = {}
    for name in ("macro_f1", "accuracy"):
        measure = _FIGURES[name]
        now, again = measure(whole), measure(drawn)
        found[name] = figure(float(now[first] - now[second]), again[:, first] - again[:, second])
    return Difference(first, second, **found)
