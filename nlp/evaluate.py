"""Coders side by side on comments that people labelled: scores, agreement, calibration, cost, speed, baselines.

Everything but speed is the same on every run: draws are seeded, and all coders are scored on the same ones.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp.evaluating.calibration import Calibration, calibration
from nlp.evaluating.coding import Coding, code_rows, coded_by, spent
from nlp.evaluating.crosstabs import class_f1, confusion
from nlp.evaluating.draws import DRAWS
from nlp.evaluating.labelled import Labelled, LabelledFile, read_labelled
from nlp.evaluating.labelled_rows import EvaluationFileError
from nlp.evaluating.people import Agreement, agreement
from nlp.evaluating.scoring import Difference, Evaluation, score, score_all
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

__all__ = [
    "Comparison",
    "Evaluation",
    "EvaluationFileError",
    "Labelled",
    "LabelledFile",
    "class_f1",
    "code_rows",
    "coded_by",
    "compare",
    "confusion",
    "read_labelled",
    "score",
]

SHOWN_REJECTS = 50
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Comparison:
    """Coders measured on one labelled file.

    Attributes:
        file: what was measured on.
        codings: the coders' answers, to the rows and then to the disputed comments of the file.
        evaluations: their scores, in the same order, and at last those of the baseline.
        differences: each two of them on the same draws, the baseline included.
        agreement: among people, and of the coders with them; None where no comment has two people's labels.
        calibrations: by coder; None where it gave no score.
        baseline: the stance most rows have, which the baseline always answers.
        seed: of the draws.
        draws: how many.
    """

    file: LabelledFile
    codings: list[Coding]
    evaluations: list[Evaluation]
    differences: list[Difference]
    agreement: Agreement | None
    calibrations: list[Calibration | None]
    baseline: str
    seed: int
    draws: int

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain values, ready for JSON and for a page; see docs/evaluate.md."""
        rows = self.file.rows
        return {
            "format": FORMAT,
            "n": len(rows),
            "changes": len({row.change for row in rows}),
            "texts": len({row.text for row in rows}),
            "languages": _counted(row.lang for row in rows),
            "stances": {name: score.n for name, score in self.evaluations[-1].per_class.items()},
            "unlabelled": self.file.unlabelled,
            "disputed": len(self.file.disputed),
            "rejected": len(self.file.rejects),
            "rejects": [{"where": bad.where, "reason": bad.reason} for bad in self.file.rejects[:SHOWN_REJECTS]],
            "bootstrap": {"draws": self.draws, "seed": self.seed, "of": self.evaluations[-1].drawn},
            "people": self._people(),
            "baseline": {"stance": self.baseline, **_scores(self.evaluations[-1])},
            "coders": [self._coder(index) for index in range(len(self.codings))],
            "differences": [self._difference(pair) for pair in self.differences],
        }

    def _people(self) -> dict[str, Any] | None:
        found = self.agreement
        return {"n": found.n, "alpha": found.people.as_dict()} if found else None

    def _coder(self, index: int) -> dict[str, Any]:
        coding, calibrated = self.codings[index], self.calibrations[index]
        with_people = self.agreement.coders[index].as_dict() if self.agreement else None
        return {
            "annotator": coding.annotator,
            **_scores(self.evaluations[index]),
            "alpha_with_each": with_people,
            "among_codes": self._among_codes(coding),
            "calibration": asdict(calibrated) if calibrated else None,
            "run": _run(coding),
            "trained_on": coding.overlap,
        }

    def _among_codes(self, coding: Coding) -> dict[str, Any] | None:
        """How often the coder's stance is one of those that the comment carries by its codes."""
        carried = [(index, row.codes) for index, row in enumerate(self.file.rows) if row.codes is not None]
        if not carried:
            return None
        right = sum(int(coding.codes.primary[index]) in codes for index, codes in carried)
        return {"value": right / len(carried), "n": len(carried)}

    def _difference(self, pair: Difference) -> dict[str, Any]:
        names = [*(coding.annotator for coding in self.codings), None]
        return {
            "first": names[pair.first],
            "second": names[pair.second],
            "macro_f1": pair.macro_f1.as_dict(),
            "accuracy": pair.accuracy.as_dict(),
        }


def compare(file: LabelledFile, codings: Sequence[Coding], *, draws: int = DRAWS, seed: int = 0) -> Comparison:
    """Scores of coders on a labelled file.

    Args:
        file: the labelled comments.
        codings: what each coder answered to `asked(file)`.
        draws: bootstrap resamples.
        seed: of the resampling.
    """
    rows, n = asked(file), len(file.rows)
    people = np.array([row.stance for row in file.rows], np.int64)
    majority = int(np.bincount(people).argmax())
    answers = [coding.codes.primary[:n] for coding in codings]
    evaluations, differences = score_all(
        people,
        [*answers, np.full(n, majority)],
        [row.change for row in file.rows],
        [row.lang for row in file.rows],
        draws,
        seed,
    )
    return Comparison(
        file=file,
        codings=list(codings),
        evaluations=evaluations,
        differences=differences,
        agreement=agreement(rows, [coding.codes.primary for coding in codings], draws, seed),
        calibrations=[_calibration(people, coding) for coding in codings],
        baseline=STANCES[majority].value,
        seed=seed,
        draws=draws,
    )


def asked(file: LabelledFile) -> list[Labelled]:
    """The comments that coders are asked about: the rows, then the disputed ones."""
    return [*file.rows, *file.disputed]


def _calibration(people: NDArray[np.int64], coding: Coding) -> Calibration | None:
    n = len(people)
    return calibration(people, coding.codes.primary[:n], coding.codes.scores[:n])


def _scores(found: Evaluation) -> dict[str, Any]:
    return {
        "n": found.n,
        "abstained": found.abstained,
        **{name: value.as_dict() for name, value in found.figures.items()},
        "per_class": {name: asdict(score) for name, score in found.per_class.items()},
        "confusion": found.confusion,
        "per_language": {name: asdict(score) for name, score in found.per_language.items()},
        "per_change": {name: asdict(score) for name, score in found.per_change.items()},
    }


def _run(coding: Coding) -> dict[str, Any]:
    comments = len(coding.codes)
    return {
        "comments": comments,
        "distinct": coding.distinct,
        "cpu_seconds": coding.cpu_seconds,
        "wall_seconds": coding.wall_seconds,
        "per_cpu_second": comments / coding.cpu_seconds if coding.cpu_seconds else None,
        "spent": spent(coding.account),
        "notes": list(coding.account.notes),
        "failures": [str(failure) for failure in coding.account.failures],
    }


def _counted(names: Iterable[str]) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    return counts
