"""The tests behind a change, beside figures that are known."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.changes_days import Days, Window
from reports.changes_tests import clustered, false_discovery, p_value, rank_verdict, ranks, scale_of
from reports.hints import hints
from reports.intervals import student_quantile, student_tails
from reports.spikes import quantile, spike_limit, spikes

if TYPE_CHECKING:
    from collections.abc import Sequence


def days_of(total: Sequence[int], gap: Sequence[int] = (), stances: Any = None, after: Sequence[int] = ()) -> Days:
    """A calendar with so many comments a day, or so many of each stance, each by its own author."""
    counts = np.array(stances if stances is not None else [[n, 0, 0, 0] for n in total], float)
    n, rows = len(counts), int(counts.sum())
    missing, event = np.zeros(n, bool), np.zeros(n, bool)
    missing[list(gap)], event[list(after)] = True, True
    code = np.repeat(np.tile(np.arange(4), n), counts.astype(int).ravel())
    ends = np.append(0, counts.sum(1).cumsum()).astype(np.int64)
    return Days(20_000, missing, event, counts.sum(1), counts, np.arange(rows), code, ends, np.full(rows, -1))


@pytest.mark.parametrize("freedom", [1, 2, 3, 10, 77, 50_000])
def test_the_tails_belong_to_the_quantile(freedom: int) -> None:
    assert student_tails(student_quantile(0.95, freedom), freedom) == pytest.approx(0.05, abs=1e-4)


def test_the_false_discovery_rate_as_its_authors_worked_it_out() -> None:
    p = np.array([0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
                  0.6528, 0.7590, 1.0])  # fmt: skip
    assert (false_discovery(p) <= 0.05).sum() == 4  # Benjamini and Hochberg 1995, section 3.2


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_q_is_never_below_p_and_keeps_its_order(p: list[float]) -> None:
    q = false_discovery(np.array(p))
    assert (q >= np.array(p) - 1e-12).all()
    assert (np.diff(q[np.argsort(p, kind="stable")]) >= 0).all()


def alone(before: Sequence[int], after: Sequence[int]) -> Any:
    """One author a comment."""
    side = np.repeat([0, 1], [sum(before), sum(after)])
    code = np.concatenate([np.repeat(np.arange(4), before), np.repeat(np.arange(4), after)])
    counts = np.zeros((len(side), 2, 4))
    counts[np.arange(len(side)), side, code] = 1
    return counts


def test_without_repeats_the_error_is_that_of_two_shares() -> None:
    found = clustered(alone([200, 100, 60, 40], [150, 150, 60, 40]))
    plain = math.sqrt(0.5 * 0.5 / 400 + 0.375 * 0.625 / 400)
    assert found.error[0] == pytest.approx(plain, rel=0.01)
    assert found.freedom > 300
    assert found.low_before[0] < 0.5 < found.high_before[0]


def test_comments_in_pairs_count_half() -> None:
    once, twice = (
        clustered(alone([50, 30, 10, 10], [40, 30, 20, 10])),
        clustered(2 * alone([50, 30, 10, 10], [40, 30, 20, 10])),
    )
    assert twice.error == pytest.approx(once.error, rel=0.03)
    assert twice.freedom == pytest.approx(once.freedom, abs=3)


def test_nought_before_and_after_is_no_certainty() -> None:
    found = clustered(alone([40, 0, 0, 0], [0, 40, 0, 0]))
    assert found.error.min() > 0
    assert p_value(0.0, 0.0, 5) == 1
    assert p_value(0.5, 0.0, 5) == 0


def test_a_rank_is_among_the_largest_of_all_stances() -> None:
    placebos = np.array([[0.1, 0.3, 0, 0], [0.2, 0.1, 0, 0], [0.0, 0.0, 0.25, 0]])
    rank, of = ranks(np.array([0.26, 0.3, 0.1, 0.31]), placebos)
    assert of == 4
    assert rank.tolist() == [2, 2, 4, 1]


def test_rare_stances_have_a_finer_scale() -> None:
    scale = scale_of(np.array([0.5, 0.1, 0.4, 0.0]))
    assert scale[1] < scale[2] < scale[0]
    assert scale[3] > 0.1


def test_comments_on_few_days_make_a_share_less_sure() -> None:
    days = days_of([10] * 20 + [700, 10, 10, 10, 10, 10, 10])
    even, burst = days.unevenness(Window(3, 10, 17), np.array([10, 20]))
    assert even == pytest.approx(math.sqrt(2 / 7))
    assert burst == pytest.approx(math.sqrt(1 / 7 + (700**2 + 6 * 10**2) / 760**2))


def exact(mean: float, spread: float, level: float) -> int:
    """The negative binomial quantile by adding up."""
    size, part = mean**2 / (spread - mean), mean / spread
    chance, total, n = part**size, part**size, 0
    while total < level:
        chance *= (size + n) / (n + 1) * (1 - part)
        total, n = total + chance, n + 1
    return n


@pytest.mark.parametrize(("mean", "spread"), [(5, 12), (20, 60), (40, 300), (200, 4000)])
def test_the_limit_is_the_negative_binomial_one(mean: float, spread: float) -> None:
    assert quantile(mean, mean**2 / spread) == pytest.approx(exact(mean, spread, 0.995), rel=0.04, abs=1.5)


def test_a_day_far_above_three_weeks_is_a_spike() -> None:
    usual = [30, 34, 26, 31, 29, 36, 24] * 5
    found = spikes(days_of([*usual, 120, *usual]))
    assert [(one["n"], one["usual"]) for one in found] == [(120, 30.0)]
    assert 40 < found[0]["limit"] < 60


def test_a_gap_is_neither_a_spike_nor_a_baseline() -> None:
    usual = [30, 34, 26, 31, 29, 36, 24] * 4
    assert not spikes(days_of([*usual, 120, *usual], gap=[28]))
    assert len(spikes(days_of([*usual, *[0] * 7, *usual, 120], gap=range(28, 35)))) == 1
    assert not spikes(days_of([5] * 13 + [90]))
    assert not spikes(days_of([0] * 30 + [4]))


def test_a_lasting_rise_is_a_spike_at_first_only() -> None:
    usual = [30, 34, 26, 31, 29, 36, 24]
    found = spikes(days_of([*usual * 4, *(3 * n for n in usual * 8)]))
    assert 1 <= len(found) <= 14


@pytest.mark.parametrize(("of", "last"), [(61, 2), (75, 3), (87, 3), (100, 4), (101, 4)])
def test_a_rank_passes_among_the_first_four_of_a_hundred(of: int, last: int) -> None:
    assert [rank_verdict(rank, of) for rank in (1, last, last + 1)] == ["passed", "passed", "not_passed"]


@settings(max_examples=50)
@given(st.lists(st.integers(0, 500), min_size=14, max_size=21))
def test_a_limit_is_above_the_usual_day(baseline: list[int]) -> None:
    assert spike_limit(np.array(baseline, float)) > np.mean(baseline)


def test_a_turn_that_no_event_announces_is_a_hint() -> None:
    random = np.random.default_rng(2)
    calm, turned = (random.multinomial(60, share, 80) for share in ([0.3, 0.3, 0.2, 0.2], [0.7, 0.1, 0.1, 0.1]))
    found = hints(days_of([], stances=np.vstack([calm, turned])))
    assert found
    nearest = min(found, key=lambda one: abs((np.datetime64(one["day"], "D").astype(int)) - 20_080))
    assert abs(np.datetime64(nearest["day"], "D").astype(int) - 20_080) <= 2
    assert nearest["after"] != nearest["before"]
    assert not hints(days_of([], stances=np.vstack([calm, calm])))
    assert not hints(days_of([], stances=np.vstack([calm, turned]), after=range(80, 87)))
    assert not hints(days_of([], stances=np.vstack([calm[:30], turned[:30]])))
