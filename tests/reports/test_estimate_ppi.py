"""The same draws given to ppi-python, the implementation of the papers; skipped where it is not installed."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from reports.estimate import Population, Sample, estimate
from reports.intervals import normal_quantile

with warnings.catch_warnings():  # what it and its own dependencies say on import is theirs
    warnings.simplefilter("ignore")
    ppi_py = pytest.importorskip("ppi_py", reason="needs ppi-python")

N, LABELS = 6000, 200
Z = normal_quantile(0.95)


def drawn(seed: int, right: float) -> tuple[Sample, Population, np.ndarray]:
    """Labels, what they were drawn from, and the scores of the comments without a label."""
    random = np.random.default_rng(seed)
    stance = random.choice(4, N, p=(0.2, 0.45, 0.1, 0.25))
    said = np.where(random.random(N) < right, stance, random.integers(0, 4, N))
    y, f = np.eye(4)[stance], 0.8 * np.eye(4)[said] + 0.05
    sample = Sample(y[:LABELS], f[:LABELS], np.zeros(LABELS, np.int64), np.full(LABELS, -1))
    return sample, Population(np.array([N]), f.mean(0)[None]), f[LABELS:]


@pytest.mark.parametrize("factor", [0.0, 0.4, 1.0])
def test_scores_followed_so_far_give_the_same_shares_and_errors(factor: float) -> None:
    """Here the population holds the labelled comments, there it does not: hence N / (N - n)."""
    sample, _, others = drawn(1, 0.7)
    others = np.tile(sample.f, (N // LABELS - 1, 1)) + np.array([0.02, -0.03, 0.0, 0.01])  # the sample's very variance
    population = Population(np.array([N]), np.concatenate([sample.f, others]).mean(0)[None])
    found = estimate(sample, population, factor=factor * N / (N - LABELS), whole=False)
    theirs = ppi_py.ppi_mean_pointestimate(sample.y, sample.f, others, lam=factor)
    low, high = ppi_py.ppi_mean_ci(sample.y, sample.f, others, alpha=0.05, lam=factor)
    assert found.share == pytest.approx(theirs)
    mean = sample.y.mean(0)
    ours = np.sqrt(mean * (1 - mean) / found.effective * (LABELS - 1) / LABELS)  # they divide by n, not n - 1
    assert ours == pytest.approx((high - low) / (2 * Z))


@pytest.mark.parametrize("seed", range(5))
def test_one_stance_is_followed_as_far_as_there(seed: int) -> None:
    """Tuned over one share, as here; scores of the other stances say nothing, so that no sum is put right."""
    sample, population, others = drawn(seed, 0.75)
    one = np.array([False, True, False, False])
    quiet = Sample(sample.y, np.where(one, sample.f, 0.0), sample.stratum, sample.author)
    found = estimate(quiet, Population(population.n, np.where(one, population.f, 0.0)), whole=False)
    y, f, rest = sample.y[:, 1], sample.f[:, 1], others[:, 1]
    theirs = float(ppi_py.ppi_mean_pointestimate(y, f, rest)[0])
    low, high = (float(end[0]) for end in ppi_py.ppi_mean_ci(y, f, rest, alpha=0.05))
    followed = y.mean() + found.factor[1] * (population.f[0, 1] - f.mean())
    assert followed == pytest.approx(theirs, abs=0.004)  # a tenth of the error: they take the scores' spread from all
    assert found.high[1] - found.low[1] == pytest.approx(high - low, rel=0.06)
    assert found.high[1] - found.low[1] > high - low - 1e-3


def test_the_interval_is_the_one_of_the_papers_where_labels_are_many() -> None:
    """Their normal interval and Wilson's differ by less than a fiftieth from 3,000 labels on."""
    random = np.random.default_rng(3)
    y = np.eye(4)[random.choice(4, 3000, p=(0.2, 0.4, 0.15, 0.25))]
    f = np.where(random.random((3000, 1)) < 0.7, y, random.random((3000, 4)))
    others = np.tile(f, (20, 1))
    population = Population(np.array([63_000]), f.mean(0)[None])
    found = estimate(Sample(y, f, np.zeros(3000, np.int64), np.full(3000, -1)), population, whole=False)
    for at in range(4):
        low, high = ppi_py.ppi_mean_ci(y[:, at], f[:, at], others[:, at], alpha=0.05)
        assert found.high[at] - found.low[at] == pytest.approx(float(high[0] - low[0]), rel=0.02)
