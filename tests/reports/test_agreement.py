"""Agreement of people: figures of the literature, and what cannot be said."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from reports.agreement import CATEGORIES, MISSING, Agreement, agreement, cohen_kappa, nominal_alpha

NO = MISSING


def by_coder(*coders: list[int]) -> np.ndarray:
    return np.array(coders).T


# Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011): the data of its examples A, B and C.
BINARY = by_coder([0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0])
NOMINAL = by_coder([0, 0, 1, 1, 3, 2, 2, 2, 4, 3, 3, 0], [1, 0, 1, 1, 1, 2, 2, 2, 4, 3, 3, 3])
FOUR = by_coder(
    [0, 1, 2, 2, 1, 0, 3, 0, 1, NO, NO, NO],
    [0, 1, 2, 2, 1, 1, 3, 0, 1, 4, NO, 2],
    [NO, 2, 2, 2, 1, 2, 3, 1, 1, 4, 0, NO],
    [0, 1, 2, 2, 1, 3, 3, 0, 1, 4, 0, NO],
)


@pytest.mark.parametrize(("values", "categories", "alpha"), [(BINARY, 2, 0.095), (NOMINAL, 5, 0.692), (FOUR, 5, 0.743)])
def test_alpha_is_that_of_krippendorffs_examples(values: np.ndarray, categories: int, alpha: float) -> None:
    assert nominal_alpha(values, categories) == pytest.approx(alpha, abs=0.0005)


def test_alpha_counts_no_unit_that_one_coder_judged_alone() -> None:
    alone = np.array([[NO, NO, 3, NO]] * 50)
    assert nominal_alpha(np.concatenate([FOUR, alone]), 5) == nominal_alpha(FOUR, 5)


@pytest.mark.parametrize(
    ("table", "kappa"),
    [
        # Cohen, "A coefficient of agreement for nominal scales" (1960): 200 judgements, .70 observed, .41 by chance.
        ([[88, 14, 18], [10, 40, 10], [2, 6, 12]], 0.29 / 0.59),
        # The textbook's two by two: .70 observed, .50 by chance.
        ([[20, 5], [10, 15]], 0.4),
    ],
)
def test_kappa_is_that_of_the_literature(table: list[list[int]], kappa: float) -> None:
    assert cohen_kappa(table) == pytest.approx(kappa)


@pytest.mark.parametrize(
    "values", [np.full((20, 2), 3), np.empty((0, 2), int), np.array([[0, NO], [NO, 1]]), np.full((4, 3), NO)]
)
def test_where_there_was_nothing_to_agree_about_alpha_is_not_defined(values: np.ndarray) -> None:
    assert nominal_alpha(values, 4) is None


@pytest.mark.parametrize("table", [[[12, 0], [0, 0]], [[0, 0], [0, 0]]])
def test_kappa_is_not_defined_likewise(table: list[list[int]]) -> None:
    assert cohen_kappa(table) is None


def test_systematic_disagreement_is_below_zero() -> None:
    alpha, kappa = nominal_alpha(by_coder([0, 1] * 10, [1, 0] * 10), 2), cohen_kappa([[0, 10], [10, 0]])
    assert alpha is not None
    assert alpha < -0.9
    assert kappa == -1


def judged(grid: np.ndarray, *, seed: int = 0, draws: int = 1_000) -> Agreement:
    """The agreement on (comments, coders) primary stances, whose codes follow from them."""
    rows, columns = np.nonzero(grid != NO)
    primary = grid[rows, columns]
    codes = {code: primary == at for at, code in enumerate(("support", "concern", "suggestion"))}
    names = [f"coder {column}" for column in columns]
    return agreement(rows, names, {"primary": primary, **codes}, draws=draws, seed=seed)


def some(n: int, right: float, coders: int = 2, seed: int = 1) -> np.ndarray:
    """Coders who each hit the truth with this chance and guess elsewhere."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(4, n, p=[0.3, 0.4, 0.2, 0.1])
    hit = rng.random((n, coders)) < right
    return np.where(hit, truth[:, None], rng.choice(4, (n, coders)))


def test_every_code_has_an_alpha_and_every_pair_a_kappa_with_intervals() -> None:
    found = judged(some(120, 0.9, coders=3))

    assert [(one.statistic, one.code) for one in found.figures[:4]] == [("alpha", code) for code in CATEGORIES]
    assert len(found.figures) == 4 + 3 * 4
    assert {one.coders for one in found.figures[4:]} == {
        ("coder 0", "coder 1"),
        ("coder 0", "coder 2"),
        ("coder 1", "coder 2"),
    }
    for one in found.figures:
        assert one.low is not None
        assert one.value is not None
        assert one.high is not None
        assert one.low < one.value < one.high
        assert one.units == 120


def test_the_same_seed_gives_the_same_intervals() -> None:
    grid = some(60, 0.8)
    assert judged(grid) == judged(grid)
    assert judged(grid).alpha().low != judged(grid, seed=1).alpha().low


def test_the_interval_holds_the_value_of_all_comments() -> None:
    """Samples of 60 out of 20,000: the interval holds their alpha in about 95 of 100."""
    everything = some(20_000, 0.85, seed=3)
    truth = nominal_alpha(everything, 4)
    rng = np.random.default_rng(5)
    inside = 0
    for _ in range(100):
        one = judged(everything[rng.choice(20_000, 60, replace=False)], draws=400).alpha()
        assert one.low is not None
        assert one.high is not None
        assert truth is not None
        inside += one.low <= truth <= one.high
    assert 89 <= inside <= 99


def test_who_never_disagreed_gets_no_interval() -> None:
    one = judged(some(30, 1.0)).alpha()
    assert (one.value, one.agreed, one.low, one.high) == (1.0, 1.0, None, None)


def test_two_who_only_ever_said_the_same_get_no_alpha() -> None:
    one = judged(np.full((30, 2), 1)).alpha()
    assert (one.value, one.agreed, one.low, one.units) == (None, 1.0, None, 30)


def test_a_code_so_rare_that_most_resamples_lack_it_gets_no_interval() -> None:
    grid = np.full((20, 2), 3)
    grid[0] = [2, 3]
    one = judged(grid).alpha("suggestion")
    assert one.value is not None
    assert one.low is None


def test_one_coder_agrees_with_nobody() -> None:
    found = judged(some(20, 1.0, coders=1))
    assert (found.labelled, found.shared, found.share, found.confusions) == (20, 0, 0.0, ())
    assert [(one.value, one.agreed, one.units) for one in found.figures] == [(None, None, 0)] * 4


def test_nothing_at_all_is_said_as_none() -> None:
    found = judged(np.empty((0, 2), int))
    assert (found.labelled, found.share) == (0, None)
    assert all(one.value is None for one in found.figures)


def test_the_share_with_two_coders_and_their_confusion_are_counted() -> None:
    found = judged(np.array([[0, 0], [0, 1], [0, 1], [3, NO], [NO, 2]]))
    assert (found.labelled, found.shared, found.share) == (5, 3, 0.6)
    assert found.confusions[0].coders == ("coder 0", "coder 1")
    assert found.confusions[0].table == ((1, 2, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0))


def test_two_judgements_of_one_coder_on_one_comment_are_an_error() -> None:
    codes = {code: [0, 0] for code in CATEGORIES}
    with pytest.raises(ValueError, match="twice"):
        agreement([7, 7], ["Li", "Li"], codes)


@pytest.mark.parametrize("value", [2, -2])
def test_a_value_that_no_code_has_is_an_error(value: int) -> None:
    with pytest.raises(ValueError, match="support"):
        agreement([7], ["Li"], {code: [value if code == "support" else 0] for code in CATEGORIES})


@settings(max_examples=40)
@given(arrays(np.int64, st.tuples(st.integers(0, 12), st.integers(1, 4)), elements=st.integers(-1, 3)))
def test_figures_are_none_or_within_their_bounds(grid: np.ndarray) -> None:
    found = judged(grid, draws=50)
    for one in found.figures:
        assert one.value is None or -1.000001 <= one.value <= 1
        assert one.agreed is None or 0 <= one.agreed <= 1
        assert (one.low is None) == (one.high is None)
        assert one.value == 1 or one.agreed != 1 or one.value is None


@settings(max_examples=30)
@given(st.permutations(range(12)), st.permutations(range(4)))
def test_neither_the_order_of_comments_nor_that_of_coders_counts(units: list[int], coders: list[int]) -> None:
    assert nominal_alpha(FOUR[units][:, coders], 5) == pytest.approx(nominal_alpha(FOUR, 5))
