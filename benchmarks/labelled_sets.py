"""Real labelled comments as populations to draw from, with scores of coders of several kinds.

A population is what one study would hold: the comments on one change, with what people said of each. The texts lie
beside the repository and stay there.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp.coders.embedded import EmbeddedCoder
from nlp.examples import NLPCC_ACTS, change_of
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Array = NDArray[Any]

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
LEAST_ROWS, FOLDS, NOISE, PARTS = 100, 5, 0.1, 4


@dataclass(frozen=True)
class Labelled:
    """The comments of one population.

    Attributes:
        name: the change, or the data set and the change.
        texts: (N,).
        y: (N, 4) what people said; halves where two disagree.
        change: (N,) of each, for a population that pools several.
        scores: (N, 4) by coder.
    """

    name: str
    texts: list[str]
    y: Array
    change: list[str]
    scores: dict[str, Array] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.texts)


def gold(study: str = "") -> list[dict[str, Any]]:
    """The rows of the open gold set, of one study or of all."""
    return [row for row in _lines("stance_gold_open.jsonl") if study in ("", row["study"])]


def train() -> list[dict[str, Any]]:
    """The rows of the training set."""
    return list(_lines("stance_train.jsonl"))


def changes() -> list[Labelled]:
    """The changes with 100 comments or more, gold set and training set together."""
    rows = sorted([*gold(), *train()], key=lambda row: row["change"])
    found = [coded(change, list(part)) for change, part in groupby(rows, key=lambda row: row["change"])]
    return [one for one in found if len(one) >= LEAST_ROWS]


def nlpcc() -> list[Labelled]:
    """The five targets of NLPCC-2016 A, training rows, in the order of their ids; they have no suggestions."""
    with (DATA / "nlpcc2016" / "taskA_train.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: (row["target"], int(row["id"])))
    return [_target(name, list(part)) for name, part in groupby(rows, key=lambda row: row["target"])]


def _target(name: str, rows: Sequence[dict[str, str]]) -> Labelled:
    act, sign = NLPCC_ACTS[name]
    place = dict(zip(("FAVOR", "AGAINST", "NONE"), (0, 1, 3) if sign > 0 else (1, 0, 3), strict=True))
    y = np.eye(len(STANCES))[[place[row["stance"]] for row in rows]]
    return Labelled(f"NLPCC {name}", [row["text"] for row in rows], y, [act] * len(rows))


def coded(name: str, rows: Sequence[dict[str, Any]]) -> Labelled:
    """Rows of the gold set or the training set as one population."""
    y = np.stack([_said(row) for row in rows])
    return Labelled(name, [row["text"] for row in rows], y, [row["change"] for row in rows])


def _said(row: dict[str, Any]) -> Array:
    said = [row["primary"]] if row["primary"] else row["coders"]
    return np.mean([np.eye(len(STANCES))[STANCES.index(one)] for one in said], axis=0)


def _lines(name: str) -> Iterator[dict[str, Any]]:
    with (DATA / name).open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def score(population: Labelled, seed: int = 0) -> None:
    """Give a population the scores of three coders: useless, study and oracle.

    useless: the scores of `study` dealt to other comments. study: TF-IDF of characters and logistic regression, each
    fifth scored by a model of the other four. oracle: what people said, but for one in ten, which has any stance.
    """
    random = np.random.default_rng(seed)
    stances = population.y.argmax(1)
    scores = crossfitted(population.texts, stances, random.permutation(len(stances)) % FOLDS)
    wrong = random.random(len(stances)) < NOISE
    said = np.where(wrong, random.integers(0, len(STANCES), len(stances)), stances)
    population.scores.update(
        useless=scores[random.permutation(len(scores))], study=scores, oracle=0.8 * np.eye(len(STANCES))[said] + 0.05
    )


def crossfitted(texts: Sequence[str], stances: Array, part: Array) -> Array:
    """(N, 4) scores of each part by a model of the others."""
    from sklearn.linear_model import LogisticRegression  # the extra `train`

    grams, found = characters(texts), np.zeros((len(texts), len(STANCES)))
    for held in np.unique(part):
        seen, asked = part != held, np.flatnonzero(part == held)
        model = LogisticRegression(C=3, max_iter=300).fit(grams[seen], stances[seen])
        found[np.ix_(asked, model.classes_)] = model.predict_proba(grams[asked])
    return found


def characters(texts: Sequence[str]) -> Any:  # noqa: ANN401  a SciPy matrix
    """TF-IDF of single characters and pairs."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(analyzer="char", ngram_range=(1, 2), min_df=2, sublinear_tf=True).fit_transform(texts)


def add_embedded(populations: Sequence[Labelled]) -> None:
    """Add the scores of the embedded coder, each topic by a model that saw no row on it nor on two or three others."""
    from stance import Bench, topic  # trains; only the full run needs it

    bench, topics = Bench(), dict.fromkeys(topic(one.change[0]) for one in populations)
    for part in range(PARTS):
        held = [*topics][part::PARTS]
        coder = EmbeddedCoder(bench.fit(np.flatnonzero(~np.isin(bench.topic, held))))
        for one in populations:
            if topic(one.change[0]) in held:
                one.scores["embedded"] = coder.code(one.texts, change_of(one.change[0])).scores
