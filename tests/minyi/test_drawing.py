"""Drawing: everything has its chance, nothing depends on the machine, and parts are in proportion."""

from __future__ import annotations

from datetime import date, timedelta
from math import sqrt
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from minyi.drawing import (
    DAY_MS,
    UNDATED,
    allocate,
    by_source_and_week,
    generator,
    iso_weeks,
    places,
    strata_for,
    turns,
    week_name,
)
from storage.labels import digest_of

DIGEST = digest_of(["a", "b"])


def weeks_of(*days: date) -> list[int]:
    local = np.array([(day - date(1970, 1, 1)).days * DAY_MS for day in days], np.int64)
    return [int(week) for week in iso_weeks(local, np.ones(len(days), dtype=bool))]


# Weeks


@given(st.dates())
def test_weeks_are_those_of_iso_8601(day: date) -> None:
    year, week, _ = day.isocalendar()
    assert week_name(weeks_of(day)[0]) == f"{year:04d}-W{week:02d}"


@given(st.dates(max_value=date(9999, 12, 30)))
def test_a_week_begins_on_monday(day: date) -> None:
    today, tomorrow = weeks_of(day, day + timedelta(days=1))
    assert tomorrow - today == (day.isoweekday() == 7)


def test_a_moment_belongs_to_its_day_and_what_is_undated_to_no_week() -> None:
    sunday = DAY_MS * 3  # 1970-01-04
    found = iso_weeks(np.array([sunday + DAY_MS - 1, sunday + DAY_MS, 0]), np.array([True, True, False]))
    assert found.tolist() == [0, 1, UNDATED]
    assert week_name(UNDATED) == "undated"


# Strata


def strata(cells: list[tuple[str, int, int]], least: int) -> dict[str, int]:
    """Name and size of the strata of so many comments by source and week."""
    source = [source for source, _, n in cells for _ in range(n)]
    week = np.array([week for _, week, n in cells for _ in range(n)], np.int64)
    found = by_source_and_week(source, week, least)
    return dict(zip(found.names, np.bincount(found.numbers, minlength=len(found.names)).tolist(), strict=True))


def test_a_stratum_is_a_source_in_a_week_and_undated_comments_are_one_of_their_own() -> None:
    cells = [("app", 0, 5), ("app", 1, 6), ("forum", 1, 7), ("forum", UNDATED, 8)]
    assert strata(cells, 5) == {"app 1970-W01": 5, "app 1970-W02": 6, "forum 1970-W02": 7, "forum undated": 8}


def test_small_weeks_join_the_next_ones_of_their_source_and_the_last_the_one_before() -> None:
    cells = [("app", 0, 2), ("app", 1, 1), ("app", 5, 2), ("app", 6, 9), ("app", 7, 1), ("app", UNDATED, 1)]
    assert strata(cells, 4) == {"app 1970-W01 to 1970-W06": 5, "app 1970-W07 to 1970-W08, undated": 11}


def test_small_sources_make_a_stratum_together() -> None:
    cells = [("a", 0, 2), ("b", 0, 9), ("c", 1, 2), ("d", 0, 1)]
    assert strata(cells, 4) == {"b 1970-W01": 9, "a 1970-W01; c 1970-W02; d 1970-W01": 5}


def test_or_join_the_smallest_one_where_they_are_too_small_together() -> None:
    assert strata([("a", 0, 9), ("b", 0, 5), ("c", 1, 2)], 4) == {"a 1970-W01": 9, "b 1970-W01; c 1970-W02": 7}


def test_too_few_comments_are_one_stratum() -> None:
    assert strata([("a", 0, 1), ("b", 3, 1)], 10) == {"a 1970-W01; b 1970-W04": 2}


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 6)), min_size=1, max_size=60),
    st.integers(1, 20),
    st.randoms(use_true_random=False),
)
def test_strata_divide_the_comments_whatever_their_order(cells: list[tuple[str, int]], least: int, order: Any) -> None:
    found = by_source_and_week([source for source, _ in cells], np.array([week for _, week in cells]), least)
    sizes = np.bincount(found.numbers, minlength=len(found.names))
    assert sizes.min() >= min(least, len(cells))
    again = list(range(len(cells)))
    order.shuffle(again)
    mixed = [cells[at] for at in again]
    shuffled = by_source_and_week([source for source, _ in mixed], np.array([week for _, week in mixed]), least)
    assert shuffled.names == found.names
    assert shuffled.numbers.tolist() == found.numbers[again].tolist()


def test_a_stratum_is_large_enough_for_two_draws() -> None:
    week = np.repeat([0, 1, 2], [20, 19, 61])
    assert len(strata_for("stratified", ["a"] * 100, week, size=10, population=100).names) == 2
    assert len(strata_for("stratified", ["a"] * 100, week, size=11, population=100).names) == 3
    assert strata_for("simple", ["a"] * 100, week, size=10, population=100).names == ["all"]


# Permutations


def test_the_same_seed_and_comments_give_the_same_permutation_everywhere() -> None:
    assert places(np.array([0, 0, 1, 0, 1, 0, 0, 1]), 7, DIGEST).tolist() == KNOWN
    assert places(np.array([0, 0, 1, 0, 1, 0, 0, 1]), 8, DIGEST).tolist() != KNOWN
    assert places(np.array([0, 0, 1, 0, 1, 0, 0, 1]), 7, digest_of(["a"])).tolist() != KNOWN
    assert places(np.array([], np.int64), 7, DIGEST).tolist() == []


KNOWN = [0, 3, 0, 1, 2, 2, 4, 1]


def test_every_comment_comes_first_equally_often() -> None:
    n, draws, taken = 12, 3_000, 4
    hits = np.zeros(n)
    pairs = 0
    for seed in range(draws):
        place = places(np.zeros(n, np.int64), seed, DIGEST)
        hits += place < taken
        pairs += int(place[0] < taken and place[1] < taken)
    share = taken / n
    assert np.abs(hits / draws - share).max() < 4 * sqrt(share * (1 - share) / draws)
    both = share * (taken - 1) / (n - 1)
    assert abs(pairs / draws - both) < 4 * sqrt(both * (1 - both) / draws)


# How many from each


def test_parts_are_proportional_by_largest_remainders() -> None:
    assert allocate(100, [500, 300, 200], [0, 0, 0]) == [50, 30, 20]
    assert allocate(10, [55, 34, 11], [0, 0, 0]) == [6, 3, 1]
    assert allocate(10, [1000, 10, 10], [0, 0, 0]) == [8, 1, 1]


def test_what_has_too_much_keeps_it_and_the_others_share_the_rest() -> None:
    assert allocate(120, [500, 500], [100, 0]) == [100, 20]
    assert allocate(200, [500, 500], [100, 0]) == [100, 100]
    assert allocate(300, [500, 500, 1000], [100, 0, 0]) == [100, 67, 133]


def test_one_from_each_only_where_there_is_room() -> None:
    assert allocate(2, [50, 30, 20], [0, 0, 0]) == [1, 1, 0]
    assert allocate(10, [90, 90, 1], [9, 0, 0]) == [9, 1, 0]


@st.composite
def allocations(draw: st.DrawFn) -> tuple[int, list[int], list[int]]:
    population = draw(st.lists(st.integers(0, 40), min_size=1, max_size=6))
    drawn = [draw(st.integers(0, n)) for n in population]
    return draw(st.integers(sum(drawn), sum(population))), population, drawn


@given(allocations())
def test_every_part_is_its_share_or_what_it_had(case: tuple[int, list[int], list[int]]) -> None:
    size, population, drawn = case
    parts = allocate(size, population, drawn)
    assert sum(parts) == size
    assert all(had <= part <= n for had, part, n in zip(drawn, parts, population, strict=True))
    floors = [max(had, min(n, 1)) for had, n in zip(drawn, population, strict=True)]
    floors = floors if sum(floors) <= size else drawn
    above = [at for at, part in enumerate(parts) if part > floors[at]]
    if above:
        rate = max((parts[at] - 1) / population[at] for at in above)
        behind = [(parts[at] + 1) / population[at] for at in range(len(parts)) if parts[at] < population[at]]
        assert all(rate < ahead for ahead in behind)


# The order of labelling


def test_all_cells_advance_together_each_in_its_own_order() -> None:
    cells = np.repeat([0, 1, 2], [10, 20, 70])
    order = np.argsort(turns(cells, generator(1, DIGEST)))
    for cell in range(3):
        assert order[cells[order] == cell].tolist() == np.flatnonzero(cells == cell).tolist()
    for stop in (10, 30, 50):
        seen = np.bincount(cells[order[:stop]], minlength=3)
        assert np.abs(seen - stop * np.array([0.1, 0.2, 0.7])).max() <= 2
