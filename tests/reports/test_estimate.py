"""Shares from labels drawn at random: what is estimated, how sure, and how far a classifier is followed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.estimate import EstimateError, Population, Sample, estimate, labels_needed, shares
from reports.intervals import student_quantile, wilson
from storage.nouns import STANCES, Stance

Z = 1.959963984540054
MIX = (0.2, 0.45, 0.1, 0.25)


class World:
    """Comments with what people would say of them, and scores of a classifier that is right so often."""

    def __init__(self, n: int = 2000, right: float = 0.7, seed: int = 0) -> None:
        self.random = np.random.default_rng(seed)
        stance = self.random.choice(4, n, p=MIX)
        said = np.where(self.random.random(n) < right, stance, self.random.choice(4, n, p=MIX))
        self.y, self.f = np.eye(4)[stance], 0.8 * np.eye(4)[said] + 0.05
        self.population = Population(np.array([n]), self.f.mean(0)[None])

    def draw(self, n: int) -> Sample:
        rows = self.random.choice(len(self.y), n, replace=False)
        return simple(self.y[rows], self.f[rows])


def simple(y: Any, f: Any) -> Sample:
    return Sample(np.asarray(y, float), np.asarray(f, float), np.zeros(len(y), np.int64), np.full(len(y), -1))


def test_a_share_says_what_it_stands_on() -> None:
    world = World()
    sample, population = world.draw(100), replace(world.population, counted=np.array([0.1, 0.6, 0.1, 0.2]))
    found, arrays = shares(sample, population), estimate(sample, population)
    assert list(found) == list(STANCES)
    for at, share in enumerate(found.values()):
        assert 0 <= share.low < share.estimate < share.high <= 1
        assert (share.estimate, share.gain, share.labels) == (arrays.share[at], arrays.gain[at], 100)
    assert found[Stance.CONCERN].counted == 0.6
    assert shares(sample, world.population)[Stance.CONCERN].counted is None


def test_without_help_it_is_the_mean_and_wilson_s_interval() -> None:
    world = World()
    sample = world.draw(100)
    found = estimate(replace(sample, f=np.full((100, 4), 0.25)), Population(np.array([2000]), np.full((1, 4), 0.25)))
    low, high = wilson(sample.y.mean(0), 99 / (1 - 100 / 2000), Z)
    half_comment = 0.5 * (100 / 2000) ** 2 / 2000
    assert found.share == pytest.approx(sample.y.mean(0))
    assert found.low == pytest.approx(low - half_comment)
    assert found.high == pytest.approx(high + half_comment)
    assert found.factor.tolist() == [0] * 4
    assert found.gain.tolist() == [1] * 4


def test_with_help_it_is_the_regression_estimator_worked_by_hand() -> None:
    """One stance alone follows the scores; the sum is then made 1 again by taking from each by its variance."""
    world = World(right=0.8)
    sample = world.draw(60)
    f = np.full((60, 4), 0.25)
    f[:, 1] = sample.f[:, 1]
    scored = np.array([0.25, world.f[:, 1].mean(), 0.25, 0.25])
    found = estimate(replace(sample, f=f), Population(np.array([2000]), scored[None]))

    y, x = sample.y[:, 1], f[:, 1]
    slope, intercept = np.polyfit(x, y, 1)
    left_out = [y[at] - np.polyval(np.polyfit(np.delete(x, at), np.delete(y, at), 1), x[at]) for at in range(60)]
    left_mean = [y[at] - np.delete(y, at).mean() for at in range(60)]
    error = (np.square(left_out).sum() + Z**2 / 2) / (np.square(left_mean).sum() + Z**2 / 2)
    raw = sample.y.mean(0)
    raw[1] = intercept + slope * scored[1]
    variance = sample.y.var(0) * [1, error, 1, 1]
    share = raw - (raw.sum() - 1) * variance / variance.sum()
    assert found.factor == pytest.approx([0, slope, 0, 0])
    assert found.error == pytest.approx([1, error, 1, 1])
    assert found.share == pytest.approx(share)
    low, high = wilson(share[1], 59 / (error * (1 - 60 / 2000)), student_quantile(0.95, 58))
    assert (found.low[1], found.high[1]) == pytest.approx((low, high), abs=1e-6)


def test_the_better_the_classifier_the_narrower() -> None:
    gains = [np.mean([estimate(world.draw(150), world.population).gain for _ in range(20)]) for world in worlds()]
    assert gains == sorted(gains, reverse=True)
    assert gains[0] == pytest.approx(1, abs=0.01)
    assert gains[-1] < 0.5


def worlds() -> list[World]:
    return [World(right=right) for right in (0.0, 0.5, 0.75, 0.95)]


def test_a_classifier_without_an_error_in_sight_is_not_believed_entirely() -> None:
    """60 labels, none missed: three in a hundred may be wrong all the same (the rule of three gives five)."""
    world = World(right=1.0)
    found = estimate(world.draw(60), world.population)
    assert (found.high - found.low > 0.03).all()
    assert (found.gain > 0.2).all()


def test_scores_that_point_the_wrong_way_are_not_followed() -> None:
    world = World(right=0.9)
    sample = world.draw(100)
    found = estimate(replace(sample, f=1 - sample.f), replace(world.population, f=1 - world.population.f))
    assert found.factor.tolist() == [0] * 4
    assert found.share == pytest.approx(sample.y.mean(0))


def test_scores_in_other_units_give_the_same_shares() -> None:
    world = World()
    sample, changed = world.draw(100), (lambda f: 40 * f - 7)
    first = estimate(sample, world.population)
    second = estimate(replace(sample, f=changed(sample.f)), replace(world.population, f=changed(world.population.f)))
    for one, other in zip(first[:3], second[:3], strict=True):
        assert other == pytest.approx(one)


def test_a_classifier_that_abstains_helps_where_it_speaks() -> None:
    """One constant for a third of the comments, in the sample and in the population."""
    world = World(right=0.9)
    silent = np.arange(2000) % 3 == 0
    f = np.where(silent[:, None], 0.25, world.f)
    rows = world.random.choice(2000, 150, replace=False)
    found = estimate(simple(world.y[rows], f[rows]), Population(np.array([2000]), f.mean(0)[None]))
    speaks = estimate(simple(world.y[rows], world.f[rows]), world.population)
    assert (speaks.gain < found.gain).all()
    assert (found.gain < 0.95).all()


def test_an_interval_shuts_when_everything_is_labelled() -> None:
    world = World(300)
    found = estimate(simple(world.y, world.f), world.population)
    assert found.low.tolist() == found.high.tolist() == found.share.tolist()
    assert found.share == pytest.approx(world.y.mean(0))
    assert found.gain.tolist() == [1] * 4
    almost = estimate(simple(world.y[1:], world.f[1:]), world.population)
    assert (almost.high - almost.low > 1 / 300).all()


def test_of_a_stream_an_interval_never_shuts() -> None:
    world = World(300)
    found = estimate(simple(world.y, world.f), world.population, whole=False)
    low, high = wilson(world.y.mean(0), 299, Z)
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))


def test_a_stance_that_nobody_named_has_an_upper_end() -> None:
    y = np.eye(4)[[0, 1, 1, 3] * 20]
    found = estimate(
        simple(y, np.random.default_rng(0).random((80, 4))), Population(np.array([5000]), np.full((1, 4), 0.5))
    )
    assert found.share[2] == found.low[2] == 0
    assert found.high[2] == pytest.approx(Z**2 / (79 / (1 - 80 / 5000) + Z**2), rel=1e-3)


def test_a_stance_that_everybody_named_has_a_lower_end() -> None:
    y = np.tile([0.0, 1.0, 0.0, 0.0], (50, 1))
    found = estimate(simple(y, World().f[:50]), Population(np.array([1000]), np.full((1, 4), 0.25)))
    assert found.share.tolist() == [0, 1, 0, 0]
    assert found.high[1] == 1
    assert 0.9 < found.low[1] < 0.95


def test_where_two_people_disagree_each_has_a_half() -> None:
    y = np.repeat([[0, 1, 0, 0], [0, 0.5, 0, 0.5], [0, 0, 0, 1]], 20, axis=0)
    found = estimate(simple(y, np.full((60, 4), 0.25)), Population(np.array([10**6]), np.full((1, 4), 0.25)))
    assert found.share == pytest.approx([0, 0.5, 0, 0.5])
    assert found.high[1] - found.low[1] == pytest.approx(0.247, abs=0.005)  # no narrower than sixty plain answers


def test_strata_count_by_their_size() -> None:
    y = np.eye(4)[[1] * 10 + [3] * 10 + [1] * 10 + [3] * 30]
    stratum = np.repeat([0, 1], [20, 40])
    sample = Sample(y, np.full((60, 4), 0.25), stratum, np.full(60, -1))
    population = Population(np.array([9000, 1000]), np.full((2, 4), 0.25))
    found = estimate(sample, population)
    assert found.share == pytest.approx([0, 0.9 * 0.5 + 0.1 * 0.25, 0, 0.9 * 0.5 + 0.1 * 0.75])
    each = np.array([0.9**2 * (1 - 20 / 9000) / 20, 0.1**2 * (1 - 40 / 1000) / 40])
    inside = each @ [0.25 * 20 / 19, 0.1875 * 40 / 39]
    spread = found.share[1] * (1 - found.share[1])
    unseen = Z**2 / 2 / (60 * 59)  # labels that nobody saw, alike in both strata
    assert spread / 59 * found.design[1] == pytest.approx(
        (inside + 60 * each.sum() * unseen) / (1 + unseen * 59 / spread)
    )


def test_strata_that_differ_make_the_interval_narrower() -> None:
    y = np.eye(4)[[1] * 46 + [3] * 4 + [1] * 4 + [3] * 46]
    sample = Sample(y, np.full((100, 4), 0.25), np.repeat([0, 1], 50), np.full(100, -1))
    apart = estimate(sample, Population(np.array([5000, 5000]), np.full((2, 4), 0.25)))
    together = estimate(simple(y, sample.f), Population(np.array([10000]), np.full((1, 4), 0.25)))
    assert (apart.high - apart.low)[1] < 0.6 * (together.high - together.low)[1]


def test_strata_with_one_label_or_none_join_their_neighbours() -> None:
    world = World(400)
    stratum = np.repeat(np.arange(40), 10)
    rows = np.concatenate([[10 * at] for at in range(37)] + [[370, 371, 372]])
    sample = Sample(world.y[rows], world.f[rows], stratum[rows], np.full(40, -1))
    means = world.f.reshape(40, 10, 4).mean(1)
    found = estimate(sample, Population(np.full(40, 10), means))
    pairs = np.concatenate([np.repeat(np.arange(18), 2), [18, 18, 18, 18]])  # strata 36 to 39 are one
    joined = Population(
        np.array([20] * 18 + [40]), np.concatenate([means[:36].reshape(18, 2, 4).mean(1), [means[36:].mean(0)]])
    )
    expected = estimate(replace(sample, stratum=pairs), joined)
    assert found.share == pytest.approx(expected.share)
    assert found.high == pytest.approx(expected.high)


def test_comments_of_one_author_count_less() -> None:
    y = np.eye(4)[np.repeat([1, 3], 30)]
    sample, population = simple(y, np.full((60, 4), 0.25)), Population(np.array([6000]), np.full((1, 4), 0.25))
    plain = estimate(sample, population)
    by_five = estimate(replace(sample, author=np.arange(60) // 5), population)
    apart = estimate(replace(sample, author=np.arange(60)), population)
    assert by_five.effective[1] == pytest.approx(plain.effective[1] / 5)
    assert apart.effective == pytest.approx(plain.effective)


def test_scores_that_know_what_an_author_holds_help_more() -> None:
    """What the scores tell of a comment need not be told again by the author's other comments."""
    stance = np.repeat([1, 3] * 10, 6)
    f = 0.8 * np.eye(4)[np.where(np.arange(120) % 5 == 2, 1, stance)]
    sample, population = simple(np.eye(4)[stance], f), Population(np.array([6000]), np.array([[0.0, 0.48, 0.0, 0.32]]))
    plain, by_author = estimate(sample, population), estimate(replace(sample, author=np.arange(120) // 6), population)
    assert by_author.gain[1] < plain.gain[1] < 1


def test_authors_who_contradict_themselves_make_nothing_narrower() -> None:
    y = np.eye(4)[np.tile([1, 3], 30)]
    sample, population = simple(y, np.full((60, 4), 0.25)), Population(np.array([6000]), np.full((1, 4), 0.25))
    by_two = estimate(replace(sample, author=np.arange(60) // 2), population)
    assert by_two.effective == pytest.approx(estimate(sample, population).effective)


def test_many_samples_at_once_give_what_each_gives() -> None:
    world = World(500)
    stratum, author = np.repeat([0, 1, 2], [30, 20, 1]), np.arange(51) // 2
    population = Population(np.array([300, 190, 10]), np.full((3, 4), 0.3))
    samples = [world.draw(51) for _ in range(6)]
    y, f = np.stack([one.y for one in samples]), np.stack([one.f for one in samples])
    together = estimate(Sample(y, f, stratum, author), population)
    for at, one in enumerate(samples):
        alone = estimate(replace(one, stratum=stratum, author=author), population)
        for name in alone._fields:
            assert getattr(together, name)[at] == pytest.approx(getattr(alone, name)), name


@pytest.mark.parametrize("right", [0.0, 0.7, 0.95])
@pytest.mark.parametrize("labels", [50, 150])
def test_nineteen_of_twenty_intervals_hold_the_truth(right: float, labels: int) -> None:
    """Two thousand draws; the coverage of the worst of four shares, as seen, is low by chance by a hundredth or so."""
    world = World(3000, right=right)
    rows = np.argsort(world.random.random((2000, 3000), dtype=np.float32), axis=1)[:, :labels]
    sample = Sample(world.y[rows], world.f[rows], np.zeros(labels, np.int64), np.full(labels, -1))
    found, truth = estimate(sample, world.population), world.y.mean(0)
    covered = ((found.low <= truth) & (truth <= found.high)).mean(0)
    assert covered.min() > 0.935
    assert covered.mean() < (0.962 if right < 0.5 else 0.975) or right > 0.9
    assert found.share.mean(0) == pytest.approx(truth, abs=0.004)


@pytest.mark.parametrize("labels", [0, 1])
def test_nothing_is_made_of_one_label(labels: int) -> None:
    with pytest.raises(EstimateError, match="too few"):
        shares(World().draw(labels), World().population)


def test_two_labels_are_enough_to_say_how_little_they_say() -> None:
    found = estimate(simple(np.eye(4)[[1, 3]], World().f[:2]), World().population)
    assert (found.high - found.low)[1] > 0.8


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"f": np.zeros((10, 3))}, "fit"),
        ({"author": np.zeros(9, np.int64)}, "fit"),
        ({"stratum": np.full(10, 1)}, "stratum"),
        ({"stratum": np.full(10, -1)}, "stratum"),
        ({"f": np.full((10, 4), np.nan)}, "constant"),
        ({"y": np.full((10, 4), 0.3)}, "add up"),
        ({"y": np.full((10, 4), np.nan)}, "add up"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(changed: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        estimate(replace(World().draw(10), **changed), World().population)


def test_more_labels_than_comments_are_refused() -> None:
    with pytest.raises(ValueError, match="more labels"):
        estimate(World().draw(10), Population(np.array([9]), np.full((1, 4), 0.25)))


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_whatever_is_labelled_the_shares_are_shares(data: st.DataObject) -> None:
    n = data.draw(st.integers(2, 40))
    random = np.random.default_rng(data.draw(st.integers(0, 999)))
    y = random.dirichlet([0.2] * 4, n) if data.draw(st.booleans()) else np.eye(4)[random.integers(0, 4, n)]
    f = random.choice([random.random((n, 4)), np.round(y), np.ones((n, 4)), 1e8 * y, np.zeros((n, 4))])
    stratum = random.integers(0, data.draw(st.integers(1, 6)), n)
    size = np.bincount(stratum, minlength=6) + random.integers(0, 50, 6)
    sample = Sample(y, f, stratum, random.integers(-1, 5, n))
    found = estimate(sample, Population(size, f.mean(0) + random.random((6, 4))))
    assert found.share.sum() == pytest.approx(1)
    assert ((found.low >= 0) & (found.low <= found.share) & (found.share <= found.high) & (found.high <= 1)).all()
    assert (found.error <= 1).all()
    assert np.isfinite(found.gain).all()


def test_the_planner_begins_with_the_worst_case() -> None:
    everything = Population(np.array([10**6]), np.full((1, 4), 0.25))
    assert labels_needed(None, everything) == 382  # of Cochran's 385, Wilson's interval is the narrower
    assert labels_needed(None, everything, 0.03) == 1064
    assert labels_needed(World().draw(20), everything) == 382


def test_the_planner_knows_when_it_is_done() -> None:
    world = World()
    sample = world.draw(120)
    found = estimate(sample, world.population)
    half = float((found.high - found.low).max()) / 2
    assert labels_needed(sample, world.population, half + 1e-9) == 120
    assert labels_needed(sample, world.population, half - 1e-4) > 120


def test_the_planner_s_number_of_labels_gives_the_width() -> None:
    world = World(5000, right=0.8)
    needed = labels_needed(world.draw(150), world.population, 0.05)
    found = estimate(world.draw(needed), world.population)
    assert needed < labels_needed(None, world.population, 0.05) - 50
    assert float((found.high - found.low).max()) / 2 == pytest.approx(0.05, abs=0.006)


@pytest.mark.parametrize("population", [2, 3, 30, 70])
def test_the_planner_never_asks_for_more_than_there_are(population: int) -> None:
    few = Population(np.array([population]), np.full((1, 4), 0.25))
    assert 2 <= labels_needed(None, few, 0.01) <= population
    everything = World(population)
    assert labels_needed(simple(everything.y, everything.f), few, 0.001) == population
