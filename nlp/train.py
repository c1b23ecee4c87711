"""Train the embedded coder: features of every permitted example, one regression, arrays written out.

Rerun it with `minyi train`, or `nlp.train.train(data, corpus, out)`. Nothing in it is random: the same files give the
same arrays. SciPy comes with scikit-learn (extra `train`); the trained model needs neither.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp.coders.embedded import Model
from nlp.examples import SETS, Example, change_of, labels, read_examples
from nlp.features import TOTAL_BINS, WORDING, featurise, group_of, wordings
from nlp.optimise import minimise
from storage.errors import MinyiError
from storage.extras import install_remedy
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

CLASSES = len(STANCES)
RARE, COMMON = 3, 0.1
"""Bins in fewer examples are not known to the model, nor wording in a larger share of them.

What is common says little, and long comments repeat it until it outweighs the rest.
"""
_TINY = 1e-12
_LIFT = 8.0  # the most that evening out classes by language multiplies a weight by


@dataclass(frozen=True, slots=True)
class Settings:
    """How the regression is trained; chosen by leaving whole topics out (`benchmarks/stance.py`).

    Attributes:
        sets: weight of an example by its set. The written corpus and NLPCC count less than real coded comments.
        views: the length of a text's features of each group before regularisation.
        ridge: L2 penalty.
        second: the part of an example's target that all its codes share, its primary stance keeping the rest.
        temperature: what logits are multiplied by to make probabilities honest on held-out changes.
        rounds: steps of the optimiser.
    """

    sets: tuple[float, ...] = (1.0, 1.0, 0.25, 0.12, 0.25, 0.4)
    views: tuple[float, float, float] = (8.0, 4.0, 0.5)
    ridge: float = 9.0
    second: float = 0.2
    temperature: float = 1.0
    rounds: int = 30


SETTINGS = Settings()
"""What the shipped coder is trained with."""


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What was trained on what."""

    examples: dict[str, int]
    changes: int
    bins: int
    seconds: float
    model_bytes: int
    version: str

    def as_dict(self) -> dict[str, Any]:
        """The report as plain values."""
        return asdict(self)


class MissingTrainingLibraryError(MinyiError):
    """SciPy is not installed."""


def _sparse() -> Any:  # noqa: ANN401  SciPy has no types and is not always installed
    try:
        from scipy import sparse
    except ImportError as error:
        raise MissingTrainingLibraryError("Training needs SciPy.", remedy=install_remedy("train")) from error
    return sparse


def design(examples: Sequence[Example]) -> Any:  # noqa: ANN401  a SciPy matrix
    """How often each example has each feature: a sparse float32 matrix, (examples, bins)."""
    by_change: dict[str, list[int]] = {}
    for index, example in enumerate(examples):
        by_change.setdefault(example.change, []).append(index)
    rows, bins = [], []
    for change, members in by_change.items():
        part = featurise([examples[index].text for index in members], wordings(change_of(change)))
        where = np.array(members)
        for block in part.blocks:
            rows.append(where[block.doc])
            bins.append(block.bin)
    row = np.concatenate(rows)
    content = (np.ones(len(row), np.float32), (row, np.concatenate(bins)))
    matrix = _sparse().csr_matrix(content, shape=(len(examples), TOTAL_BINS))
    matrix.sum_duplicates()
    return matrix


def squares(matrix: Any) -> NDArray[np.float32]:  # noqa: ANN401
    """What each bin adds to the squared length of its group in a text: 0 where it is not known.

    A bin of wording counts by its inverse document frequency among the examples, a cue or a mark of form by 1.
    """
    frequency = np.bincount(matrix.indices, minlength=matrix.shape[1])
    wording = group_of(np.arange(matrix.shape[1])) == WORDING
    inverse = np.where(wording, np.log((matrix.shape[0] + 1) / (frequency + 1)) + 1, 1)
    inverse[(frequency < RARE) | (wording & (frequency > max(COMMON * matrix.shape[0], RARE)))] = 0
    return np.asarray(inverse**2, np.float32)


def example_weights(examples: Sequence[Example], settings: Settings) -> NDArray[np.float64]:
    """The weight of each example: that of its set, evened out over the classes within each language of the set.

    Within the whole set, its many English suggestions would teach that a Chinese comment seldom suggests.
    """
    source = np.array([SETS.index(example.source) for example in examples])
    english = np.array([example.lang == "en" for example in examples])
    part = 2 * source + english
    stance = labels(list(examples))
    weights = np.array(settings.sets)[source]
    for which in np.unique(part):
        inside = part == which
        counts = np.bincount(stance[inside], minlength=CLASSES).astype(float)
        lift = inside.sum() / (np.count_nonzero(counts) * np.maximum(counts, 1))
        weights[inside] *= np.minimum(lift, _LIFT)[stance[inside]]
    return np.asarray(weights)


def targets(examples: Sequence[Example], second: float) -> NDArray[np.float32]:
    """What the scores of each example should be: most of it its primary stance, the rest shared by all its codes."""
    codes = np.array([[code or 0 for code in example.codes] for example in examples], np.float32)
    shares = np.column_stack([codes, codes.sum(1) == 0])
    primary = np.eye(CLASSES)[labels(list(examples))]
    return np.asarray((1 - second) * primary + second * shares / shares.sum(1, keepdims=True), np.float32)


def fit(matrix: Any, examples: Sequence[Example], settings: Settings = SETTINGS) -> Model:  # noqa: ANN401
    """The model that examples teach.

    Args:
        matrix: the design matrix of the examples.
        examples: what to learn from.
        settings: how.
    """
    square = squares(matrix)
    used = np.flatnonzero(square)
    table, bias = _weights(matrix[:, used], square[used], group_of(used), examples, settings)
    return Model(
        rows=used.astype(np.uint32),
        weights=table[:, :-1].astype(np.float16),
        squares=square[used].astype(np.float16),
        bias=bias.astype(np.float64),
        temperature=settings.temperature,
    )


def _weights(
    matrix: Any,  # noqa: ANN401
    square: NDArray[np.float32],
    group: NDArray[np.int64],
    examples: Sequence[Example],
    settings: Settings,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The weights of each bin, and the bias, of a regression over features of length `settings.views`."""
    strength = np.array(settings.views, np.float32)[group] * np.sqrt(square)
    inner = matrix.copy()
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    parts = row * len(settings.views) + group[matrix.indices]
    length = np.sqrt(np.bincount(parts, matrix.data * square[matrix.indices]))
    inner.data *= strength[matrix.indices] / length[parts].astype(np.float32)
    target, weights = targets(examples, settings.second), example_weights(examples, settings)
    table, bias = _regress(inner, target, weights, settings)
    table *= strength[:, None]
    table -= table.mean(1, keepdims=True)  # what all four share changes no probability, and the last goes unsaid
    return table, bias


def _regress(
    matrix: Any,  # noqa: ANN401
    target: NDArray[np.float32],
    weights: NDArray[np.float64],
    settings: Settings,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Softmax regression with an L2 penalty: weights by bin and stance, and the bias."""
    turned = matrix.T.tocsr()
    size = matrix.shape[1] * CLASSES

    def loss(flat: NDArray[np.float32]) -> tuple[float, NDArray[np.float32]]:
        table = flat[:size].reshape(-1, CLASSES)
        logits = (matrix @ table + flat[size:]).astype(np.float64)
        logits -= logits.max(1, keepdims=True)
        chance = np.exp(logits)
        chance /= chance.sum(1, keepdims=True)
        surprise = -(weights[:, None] * target * np.log(chance + _TINY)).sum()
        error = (weights[:, None] * (chance - target)).astype(np.float32)
        slope = np.concatenate([(turned @ error + settings.ridge * table).ravel(), error.sum(0)])
        return float(surprise) + settings.ridge / 2 * float(np.dot(flat[:size], flat[:size])), slope

    best = minimise(loss, np.zeros(size + CLASSES, np.float32), settings.rounds)
    return best[:size].reshape(-1, CLASSES), best[size:]


def train(data: Path, corpus: Path | None, out: Path, seed: int = 0, settings: Settings = SETTINGS) -> TrainingReport:
    """Train on every permitted example and write the arrays to `out` (an .npz).

    Args:
        data: folder with the real comments, see `read_examples`.
        corpus: folder with the written ones and the codes of real ones; None for the one in the package.
        out: where the model goes.
        seed: kept for the record; the training is deterministic without it.
        settings: how the regression is trained.

    Raises:
        TrainingDataError: a set is missing or cannot be read.
        MissingTrainingLibraryError: SciPy is not installed.
    """
    del seed
    began = time.process_time()
    examples = read_examples(data, corpus)
    model = fit(design(examples), examples, settings)
    model.save(out)
    return TrainingReport(
        examples={name: sum(example.source == name for example in examples) for name in SETS},
        changes=len({example.change for example in examples}),
        bins=len(model.rows),
        seconds=round(time.process_time() - began, 1),
        model_bytes=out.stat().st_size,
        version=f"1-{model.digest}",
    )
