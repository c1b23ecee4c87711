"""Measure a coder against people's labels: scores per class and per change, with an interval and a trivial baseline."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp.coders.protocol import annotator
from nlp.examples import change_of
from storage.errors import MinyiError
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from nlp.coders.protocol import Coder

CLASSES = len(STANCES)
DRAWS = 2000
_REMEDY = "Give JSON lines or CSV (plain or .gz) with text, change and primary; an empty primary leaves a row out."


class EvaluationFileError(MinyiError):
    """The labelled file cannot be used."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One labelled row: where it stood, the comment, the change and the index of its stance."""

    row: int
    text: str
    change: str
    stance: int


@dataclass(frozen=True, slots=True)
class ClassScore:
    """How well one stance was recognised; n is the number of rows people filed under it."""

    precision: float
    recall: float
    f1: float
    n: int


@dataclass(frozen=True, slots=True)
class ChangeScore:
    """One change: rows, share coded as people did, and macro-F1 over the stances that people found there."""

    n: int
    accuracy: float
    macro_f1: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A coder's scores on a labelled file.

    Attributes:
        annotator: the coder's name@version.
        n: rows scored.
        skipped: rows without a primary stance.
        accuracy: share of rows coded as people did.
        macro_f1: mean F1 of the four stances; a stance nobody found and the coder never gave counts 0.
        interval: 95 % bootstrap interval of macro_f1 (rows resampled, seeded).
        per_class: scores by stance.
        confusion: rows by stance of people (outer) and of the coder (inner), both in the order of STANCES.
        baseline: macro_f1 of always answering the stance most rows have.
        baseline_stance: that stance.
        per_change: scores by change.
    """

    annotator: str
    n: int
    skipped: int
    accuracy: float
    macro_f1: float
    interval: tuple[float, float]
    per_class: dict[str, ClassScore]
    confusion: tuple[tuple[int, ...], ...]
    baseline: float
    baseline_stance: str
    per_change: dict[str, ChangeScore]

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain values, ready for JSON."""
        return {
            "annotator": self.annotator,
            "n": self.n,
            "skipped": self.skipped,
            "accuracy": self.accuracy,
            "macro_f1": self.macro_f1,
            "interval": list(self.interval),
            "per_class": {
                name: {"precision": score.precision, "recall": score.recall, "f1": score.f1, "n": score.n}
                for name, score in self.per_class.items()
            },
            "stances": [stance.value for stance in STANCES],
            "confusion": [list(row) for row in self.confusion],
            "baseline": self.baseline,
            "baseline_stance": self.baseline_stance,
            "per_change": {
                name: {"n": score.n, "accuracy": score.accuracy, "macro_f1": score.macro_f1}
                for name, score in self.per_change.items()
            },
        }


def evaluate(path: Path, coder: Coder, *, draws: int = DRAWS, seed: int = 0) -> Evaluation:
    """The coder's scores on a labelled file.

    Args:
        path: JSON lines or CSV, plain or .gz, with text, change and primary.
        coder: the coder to measure.
        draws: bootstrap resamples.
        seed: of the resampling.

    Raises:
        EvaluationFileError: the file or one of its rows cannot be read, or no row has a label.
    """
    rows, skipped = read_labelled(path)
    people = np.array([row.stance for row in rows])
    return score(people, code_rows(rows, coder), [row.change for row in rows], annotator(coder), skipped, draws, seed)


def code_rows(rows: list[Labelled], coder: Coder) -> NDArray[np.int64]:
    """The coder's stance for each row, asked change by change."""
    answers = np.zeros(len(rows), np.int64)
    members: dict[str, list[int]] = {}
    for index, row in enumerate(rows):
        members.setdefault(row.change, []).append(index)
    for change, indexes in members.items():
        answers[indexes] = coder.code([rows[index].text for index in indexes], change_of(change)).primary
    return answers


def score(
    people: NDArray[np.int64],
    coded: NDArray[np.int64],
    changes: list[str],
    name: str = "",
    skipped: int = 0,
    draws: int = DRAWS,
    seed: int = 0,
) -> Evaluation:
    """Scores of one coding against another, both as indexes into STANCES."""
    table = confusion(people, coded)
    majority = int(table.sum(1).argmax())
    return Evaluation(
        annotator=name,
        n=len(people),
        skipped=skipped,
        accuracy=float(np.trace(table) / max(len(people), 1)),
        macro_f1=float(class_f1(table).mean()),
        interval=bootstrap(table, draws, seed),
        per_class={stance.value: _class_score(table, index) for index, stance in enumerate(STANCES)},
        confusion=tuple(tuple(int(cell) for cell in row) for row in table),
        baseline=float(class_f1(confusion(people, np.full_like(people, majority))).mean()),
        baseline_stance=STANCES[majority].value,
        per_change=_by_change(people, coded, changes),
    )


def confusion(people: NDArray[np.int64], coded: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows by stance of people (first axis) and of the coder (second)."""
    return np.bincount(people * CLASSES + coded, minlength=CLASSES**2).reshape(CLASSES, CLASSES)


def class_f1(table: NDArray[Any]) -> NDArray[np.float64]:
    """F1 of each stance from confusion tables of shape (…, 4, 4)."""
    right = np.diagonal(table, axis1=-2, axis2=-1)
    return np.asarray(2 * right / np.maximum(table.sum(-1) + table.sum(-2), 1), np.float64)


def bootstrap(table: NDArray[np.int64], draws: int = DRAWS, seed: int = 0) -> tuple[float, float]:
    """95 % percentile interval of macro-F1; resampling rows is a multinomial draw of the confusion table."""
    total = int(table.sum())
    cells = np.random.default_rng(seed).multinomial(total, table.ravel() / max(total, 1), draws)
    scores = class_f1(cells.reshape(draws, CLASSES, CLASSES)).mean(1)
    low, high = np.percentile(scores, [2.5, 97.5])
    return float(low), float(high)


def _class_score(table: NDArray[np.int64], index: int) -> ClassScore:
    right, given, wanted = table[index, index], table[:, index].sum(), table[index].sum()
    f1 = class_f1(table)[index]
    return ClassScore(float(right / max(given, 1)), float(right / max(wanted, 1)), float(f1), int(wanted))


def _by_change(people: NDArray[np.int64], coded: NDArray[np.int64], changes: list[str]) -> dict[str, ChangeScore]:
    which = np.array(changes)
    scores = {}
    for change in dict.fromkeys(changes):
        table = confusion(people[which == change], coded[which == change])
        found = table.sum(1) > 0
        accuracy = float(np.trace(table) / table.sum())
        scores[change] = ChangeScore(int(table.sum()), accuracy, float(class_f1(table)[found].mean()))
    return scores


LARGEST_FILE = 200 * 1024 * 1024  # bytes, inflated


def read_labelled(path: Path) -> tuple[list[Labelled], int]:
    """The labelled rows of a file, and how many rows have no primary stance.

    Raises:
        EvaluationFileError: the file or a row cannot be read, or no row has a label.
    """
    text = _content(path)
    reader = _csv_rows if path.name.removesuffix(".gz").endswith(".csv") else _json_rows
    rows, skipped = [], 0
    for number, fields in reader(text, path):
        if fields.get("primary") in (None, ""):
            skipped += 1
        else:
            rows.append(_labelled(number, fields, path))
    if not rows:
        raise EvaluationFileError("No row has a primary stance.", where=str(path), remedy=_REMEDY)
    return rows, skipped


def _content(path: Path) -> str:
    try:
        if not path.is_file():  # a device or a pipe may never end
            raise EvaluationFileError("This is not a regular file.", where=str(path), remedy=_REMEDY)
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
        if len(raw) > LARGEST_FILE:
            raise EvaluationFileError("The file is too large.", where=str(path), remedy="Evaluate a sample of it.")
        return raw.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error) as error:
        raise EvaluationFileError(f"The file cannot be read: {error}.", where=str(path), remedy=_REMEDY) from error
    except UnicodeDecodeError as error:
        raise EvaluationFileError("The file is not UTF-8 text.", where=str(path), remedy=_REMEDY) from error


def _json_rows(text: str, path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise _bad_row(path, number, f"no JSON ({error})") from error
        if not isinstance(row, dict):
            raise _bad_row(path, number, "no JSON object")
        yield number, row


def _csv_rows(text: str, path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise _bad_row(path, reader.line_num, f"broken CSV ({error})") from error


def _labelled(number: int, fields: dict[str, Any], path: Path) -> Labelled:
    for key in ("text", "change"):
        if not isinstance(fields.get(key), str) or not fields[key].strip():
            raise _bad_row(path, number, f'"{key}" is missing')
    known = [stance.value for stance in STANCES]
    if fields["primary"] not in known:
        raise _bad_row(path, number, f"primary is {fields['primary']!r}, not one of {', '.join(known)}")
    return Labelled(number, fields["text"], fields["change"], known.index(fields["primary"]))


def _bad_row(path: Path, number: int, why: str) -> EvaluationFileError:
    return EvaluationFileError(f"Row {number} cannot be used: {why}.", where=str(path), remedy=_REMEDY)
