"""Shares helped by a coder that learned from the very labels they are estimated from: what must be left out.

    python benchmarks/refit.py      # a minute or two

At every draw a small model of the study is fitted anew to the drawn labels. Three ways to give its scores:
`crossfitted` as docs/estimates.md asks (each label by the model of the other four fifths, all other comments by the
mean of the five); `halfway` (the other comments by a model of all labels instead); `seen` (one model of all labels for
everything).
Needs the extra `train` and the data folder beside the repository.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
from intervals import SIZE, Cell, Z, drawn, print_cells
from labelled_sets import DATA, FOLDS, Labelled, changes, characters, nlpcc

from reports.estimate import Population, Sample, estimate
from reports.intervals import wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

DRAWS, LABELS, DIRECTIONS, HELD = 2000, (50, 100, 200), 30, 2.0
WAYS = ("crossfitted", "halfway", "seen")


def view(population: Labelled) -> Array:
    """(N, 31) the directions in which the comments differ most, and a constant."""
    from sklearn.decomposition import TruncatedSVD  # the extra `train`

    found = TruncatedSVD(DIRECTIONS, random_state=0).fit_transform(characters(population.texts))
    return np.column_stack([found / found.std(), np.ones(len(found))])


def fitted(x: Array, y: Array) -> Array:
    """(draws, 31, 4) ridge regression of the stances, draw by draw."""
    square = np.swapaxes(x, 1, 2) @ x + HELD * np.eye(x.shape[-1])
    return np.linalg.solve(square, np.swapaxes(x, 1, 2) @ y)


def scores(x: Array, y: Array, everything: Array) -> dict[str, tuple[Array, Array]]:
    """By way: scores of the drawn comments, (draws, n, 4), and their mean over all comments, (draws, 4).

    Args:
        x: (draws, n, 31) of the drawn comments.
        y: (draws, n, 4) what people said of them.
        everything: (31,) the sum of the views of all comments of the population, and their number last.
    """
    n, whole = x.shape[1], everything[-1]
    others = everything - x.sum(1)  # (draws, 31): of the comments without a label
    full = fitted(x, y)
    left_out, mean = np.zeros_like(y), np.zeros_like(full)
    for fold in range(FOLDS):
        seen, asked = np.arange(n) % FOLDS != fold, np.arange(n) % FOLDS == fold
        model = fitted(x[:, seen], y[:, seen])
        left_out[:, asked] = x[:, asked] @ model
        mean += model / FOLDS
    found = {}
    for way, model, own in zip(WAYS, (mean, full, full), (left_out, left_out, x @ full), strict=True):
        total = (others[:, None] @ model)[:, 0] + own.sum(1)
        found[way] = own, total / whole
    return found


def cells(population: Labelled, labels: int) -> list[Cell]:
    """The three ways on the same draws, in the form of the tables of intervals.py."""
    x, truth, copies = view(population), population.y.mean(0), -(-SIZE // len(population))
    whole = copies * len(population)
    sums, plain = {way: np.zeros((2, 4)) for way in WAYS}, np.zeros((2, 4))
    for rows in drawn(np.random.default_rng(labels), whole, labels, DRAWS):
        y = population.y[rows % len(population)]
        plain += _counted(*wilson(y.mean(1), labels / (1 - labels / whole), Z), truth)
        for way, (f, mean) in scores(x[rows % len(population)], y, copies * x.sum(0)).items():
            sums[way] += _counted(*_ends(y, f, mean, whole), truth)
    return [
        Cell(
            population.name,
            way,
            labels,
            at,
            truth[at],
            found[0, at] / DRAWS,
            found[1, at] / plain[1, at],
            plain[0, at] / DRAWS,
        )
        for way, found in sums.items()
        for at in range(4)
    ]


def _ends(y: Array, f: Array, mean: Array, whole: int) -> tuple[Array, Array]:
    """The intervals; each draw has its own scores, so the mean over the population is taken off both."""
    n = y.shape[1]
    sample = Sample(y, f - mean[:, None], np.zeros(n, np.int64), np.full(n, -1))
    found = estimate(sample, Population(np.array([whole]), np.zeros((1, 4))))
    return found.low, found.high


def _counted(low: Array, high: Array, truth: Array) -> Array:
    return np.stack([((low <= truth + 1e-9) & (truth <= high + 1e-9)).sum(0), (high - low).sum(0)])


def main() -> int:
    if not DATA.is_dir():
        print("The data folder beside the repository is absent: nothing measured.")
        return 0
    print_cells([cell for one in (*nlpcc(), *changes()) for labels in LABELS for cell in cells(one, labels)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
