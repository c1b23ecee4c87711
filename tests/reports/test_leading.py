"""Which stance comes first is told from the labels, and not where chance could have put it there."""

from __future__ import annotations

import numpy as np
import pytest

from reports.estimate import Population, Sample, shares
from reports.leading import leading
from storage.nouns import STANCES, Stance

ALL = 4_000


def sampled(counts: tuple[int, ...]) -> tuple[Sample, Population]:
    """So many labels of each of STANCES, without a classifier."""
    y = np.repeat(np.eye(len(STANCES)), counts, axis=0)
    n = len(y)
    return (
        Sample(y=y, f=np.zeros_like(y), stratum=np.zeros(n, np.int64), author=np.full(n, -1)),
        Population(n=np.array([ALL]), f=np.zeros((1, len(STANCES)))),
    )


@pytest.mark.parametrize(
    ("counts", "lead"),
    [
        ((20, 50, 15, 15), [Stance.CONCERN]),
        ((40, 45, 10, 5), [Stance.CONCERN, Stance.SUPPORT]),
        ((31, 29, 30, 10), [Stance.SUPPORT, Stance.SUGGESTION, Stance.CONCERN]),
        ((26, 25, 24, 25), [Stance.SUPPORT, Stance.CONCERN, Stance.NEUTRAL, Stance.SUGGESTION]),
        ((13, 25, 6, 6), [Stance.CONCERN, Stance.SUPPORT]),  # told apart but for the one label that is added
        ((0, 100, 0, 0), [Stance.CONCERN]),
    ],
)
def test_those_that_may_lead_are_named_by_their_estimates(counts: tuple[int, ...], lead: list[Stance]) -> None:
    assert leading(*sampled(counts)) == lead


def test_intervals_that_overlap_may_still_tell_two_apart() -> None:
    """Of 100 labels 43 and 25: where one share is larger the other is smaller, which the two intervals do not say."""
    found = shares(*sampled((25, 43, 17, 15)))
    assert found[Stance.SUPPORT].high > found[Stance.CONCERN].low
    assert leading(*sampled((25, 43, 17, 15))) == [Stance.CONCERN]


def test_comments_of_one_author_do_not_stand_for_many() -> None:
    sample, population = sampled((26, 46, 14, 14))
    one = np.where(sample.y[:, 1] == 1, 7, -1)
    loud = Sample(y=sample.y, f=sample.f, stratum=sample.stratum, author=one)
    assert leading(sample, population) == [Stance.CONCERN]
    assert Stance.SUPPORT in leading(loud, population)


@pytest.mark.slow
@pytest.mark.parametrize("level", [(0.4, 0.4, 0.15, 0.05), (0.45, 0.45, 0.05, 0.05), (0.3, 0.3, 0.3, 0.1)])
@pytest.mark.parametrize("n", [50, 100, 200])
def test_stances_that_are_level_are_seldom_told_apart(level: tuple[float, ...], n: int) -> None:
    random, draws = np.random.default_rng([n, int(100 * level[0])]), 600
    y = np.repeat(np.eye(4), [round(ALL * share) for share in level], axis=0)
    told = 0
    for _ in range(draws):
        guessed = random.random(ALL) < 0.3
        f = np.where(guessed[:, None], np.eye(4)[random.integers(0, 4, ALL)], y)
        chosen = random.choice(ALL, n, replace=False)
        sample = Sample(y=y[chosen], f=f[chosen], stratum=np.zeros(n, np.int64), author=np.full(n, -1))
        told += len(leading(sample, Population(n=np.array([ALL]), f=f.mean(0)[None]))) == 1
    assert told / draws <= 0.06
