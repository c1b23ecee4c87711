"""Train the embedded coder: features of every permitted example, a committee of regressions, arrays written out.

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
from nlp.features import TOTAL_BINS, featurise, group_of, wordings
from nlp.optimise import minimise
from storage.errors import MinyiError
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

CLASSES = len(STANCES)
_IDF_FLOOR = 0.3
_TINY = 1e-12
_LIFT = 8.0  # the most that evening out classes by language multiplies a weight by


@dataclass(frozen=True, slots=True)
class Settings:
    """How one member of the committee is trained; chosen by leaving whole topics out (`benchmarks/stance.py`).

    Attributes:
        sets: weight of an example by its set. The written corpus and NLPCC count less than real coded comments.
        views: how strongly each group of features counts before regularisation, by group.
        powers: one regression for each; a rare bin counts by its inverse document frequency to this power.
        ridge: L2 penalty.
        second: the part of an example's target that all its codes share, its primary stance keeping the rest.
        balance: 0 keeps the class shares of a set, 1 makes its classes weigh the same.
        by_language: even the classes out within each language of a set, not within the set.
        rare: bins seen in fewer examples are dropped.
        temperature: what logits are multiplied by to make probabilities honest on held-out changes.
        rounds: steps of the optimiser.
    """

    sets: tuple[float, ...] = (1.0, 1.0, 0.25, 0.25, 0.25, 0.4)
    views: tuple[float, float, float] = (4.0, 2.0, 0.5)
    powers: tuple[float, ...] = (0.0, 1.0)
    ridge: float = 6.0
    second: float = 0.2
    balance: float = 1.0
    by_language: bool = False
    rare: int = 3
    temperature: float = 1.0
    rounds: int = 30


# Members that see the examples differently make different mistakes; their mean is one linear model of the same cost.
COMMITTEE = (
    Settings(),
    Settings(by_language=True, powers=(0.0,), sets=(1.0, 1.0, 0.25, 0.12, 0.25, 0.4), ridge=9.0),
    Settings(by_language=True, powers=(0.0,), views=(4.0, 3.0, 0.5), ridge=10.0),
)


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
        remedy = 'Install the extra: pip install "minyi[train]".'
        raise MissingTrainingLibraryError("Training needs SciPy.", remedy=remedy) from error
    return sparse


def design(examples: Sequence[Example]) -> Any:  # noqa: ANN401  a SciPy matrix
    """The examples as a sparse float32 matrix, (examples, bins)."""
    by_change: dict[str, list[int]] = {}
    for index, example in enumerate(examples):
        by_change.setdefault(example.change, []).append(index)
    rows, bins, values = [], [], []
    for change, members in by_change.items():
        part = featurise([examples[index].text for index in members], wordings(change_of(change)))
        where = np.array(members)
        for block in part.blocks:
            rows.append(where[block.doc])
            bins.append(block.bin)
            values.append(part.scale[block.group][block.doc].astype(np.float32))
    content = (np.concatenate(values), (np.concatenate(rows), np.concatenate(bins)))
    matrix = _sparse().csr_matrix(content, shape=(len(examples), TOTAL_BINS))
    matrix.sum_duplicates()
    return matrix


def strengths(matrix: Any, settings: Settings, power: float) -> NDArray[np.float32]:  # noqa: ANN401
    """How strongly each bin counts: its group's strength times its inverse document frequency to a power.

    Within a group the frequency part has mean square 1, so that the power changes who counts, not how much in all.
    """
    frequency = np.bincount(matrix.indices, minlength=matrix.shape[1])
    result = (np.log(matrix.shape[0] / np.maximum(frequency, 1)) + _IDF_FLOOR) ** power
    group = group_of(np.arange(matrix.shape[1]))
    for index, view in enumerate(settings.views):
        often = (group == index) & (frequency >= settings.rare)
        mean_square = np.average(result[often] ** 2, weights=frequency[often]) if often.any() else 1.0
        result[group == index] *= view / np.sqrt(mean_square)
    return np.asarray(result, np.float32)


def example_weights(examples: Sequence[Example], settings: Settings) -> NDArray[np.float64]:
    """The weight of each example: that of its set, evened out over the classes within the set.

    By language it keeps the many English suggestions from teaching that a Chinese comment seldom suggests.
    """
    source = np.array([SETS.index(example.source) for example in examples])
    english = np.array([example.lang == "en" for example in examples])
    part = 2 * source + english if settings.by_language else source
    stance = labels(list(examples))
    weights = np.array(settings.sets)[source]
    for which in np.unique(part):
        inside = part == which
        counts = np.bincount(stance[inside], minlength=CLASSES).astype(float)
        lift = (inside.sum() / (np.count_nonzero(counts) * np.maximum(counts, 1))) ** settings.balance
        weights[inside] *= np.minimum(lift, _LIFT if settings.by_language else np.inf)[stance[inside]]
    return np.asarray(weights)


def targets(examples: Sequence[Example], second: float) -> NDArray[np.float32]:
    """What the scores of each example should be: most of it its primary stance, the rest shared by all its codes."""
    codes = np.array([[code or 0 for code in example.codes] for example in examples], np.float32)
    shares = np.column_stack([codes, codes.sum(1) == 0])
    primary = np.eye(CLASSES)[labels(list(examples))]
    return np.asarray((1 - second) * primary + second * shares / shares.sum(1, keepdims=True), np.float32)


def fit(matrix: Any, examples: Sequence[Example], committee: Sequence[Settings] = COMMITTEE) -> Model:  # noqa: ANN401
    """The mean of the committee's members; being linear, it costs no more than one.

    Args:
        matrix: the design matrix of the examples.
        examples: what to learn from.
        committee: settings, one for each member.
    """
    rows = np.zeros(matrix.shape[1], np.bool_)
    table = np.zeros((matrix.shape[1], CLASSES), np.float32)
    bias = np.zeros(CLASSES)
    for settings in committee:
        used, weights, own_bias = _member(matrix, examples, settings)
        rows[used] = True
        table[used] += weights / len(committee)
        bias += own_bias / len(committee)
    temperature = float(np.mean([settings.temperature for settings in committee]))
    return Model(np.flatnonzero(rows).astype(np.uint32), table[rows].astype(np.float16), bias, temperature)


def _member(
    matrix: Any,  # noqa: ANN401
    examples: Sequence[Example],
    settings: Settings,
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]:
    """Bins, their weights and the bias: the mean of softmax regressions that weigh rare bins differently."""
    target, weights = targets(examples, settings.second), example_weights(examples, settings)
    used = np.flatnonzero(np.bincount(matrix.indices, minlength=matrix.shape[1]) >= settings.rare)
    tables, biases = [], []
    for power in settings.powers:
        strength = strengths(matrix, settings, power)
        inner = matrix[:, used].copy()
        inner.data *= strength[used][inner.indices]
        table, bias = _regress(inner, target, weights, settings)
        tables.append(table * strength[used][:, None])
        biases.append(bias)
    return used, np.mean(tables, axis=0), np.mean(biases, axis=0)


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


def train(
    data: Path, corpus: Path | None, out: Path, seed: int = 0, committee: Sequence[Settings] = COMMITTEE
) -> TrainingReport:
    """Train on every permitted example and write the arrays to `out` (an .npz).

    Args:
        data: folder with the real comments, see `read_examples`.
        corpus: folder with the written ones and the codes of real ones; None for the one in the package.
        out: where the model goes.
        seed: kept for the record; the training is deterministic without it.
        committee: settings, one for each member.

    Raises:
        TrainingDataError: a set is missing or cannot be read.
        MissingTrainingLibraryError: SciPy is not installed.
    """
    del seed
    began = time.process_time()
    examples = read_examples(data, corpus)
    model = fit(design(examples), examples, committee)
    model.save(out)
    return TrainingReport(
        examples={name: sum(example.source == name for example in examples) for name in SETS},
        changes=len({example.change for example in examples}),
        bins=len(model.rows),
        seconds=round(time.process_time() - began, 1),
        model_bytes=out.stat().st_size,
        version=f"1-{model.digest}",
    )
