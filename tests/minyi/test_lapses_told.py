"""Which lapses a report tells: of an hourly job not each run that failed, and never more than the longest."""

from __future__ import annotations

import json
from datetime import UTC
from typing import TYPE_CHECKING, Any

import pytest
from collecting_runs import GOOD, HOUR, MARCH, NOTHING, covered, run

from minyi.gaps import MOST, told
from minyi.unattended_sections import ScheduleSection

if TYPE_CHECKING:
    from minyi.coverage import Coverage

ZONE: Any = UTC
HOURLY, DAILY = ScheduleSection(every="hour"), ScheduleSection(every="day")


def hourly(outcomes: str, *names: str) -> Coverage:
    """One run an hour of each of these sources: `g` good, `f` failed."""
    names = names or ("a",)
    good, bad = dict.fromkeys(names, GOOD), dict.fromkeys(names, NOTHING)
    runs = [
        run(i, MARCH + i * HOUR, good if letter == "g" else bad, *(names if letter == "f" else ()))
        for i, letter in enumerate(outcomes)
    ]
    return covered(runs, *names)


def hours(found: Coverage, schedule: ScheduleSection | None) -> tuple[list[int], int]:
    """How long the told ones lasted, and how many others there are."""
    now = MARCH + 9000 * HOUR
    shown, more = told(found.lapses, ZONE, now, schedule)
    return [round(((lapse.end or now) - lapse.start) / HOUR) for lapse in shown], more


@pytest.mark.parametrize(("schedule", "lengths"), [(HOURLY, [3]), (DAILY, [2, 3]), (None, [2, 3])])
def test_one_hour_that_failed_between_two_good_ones_is_brief_for_an_hourly_job(
    schedule: ScheduleSection | None, lengths: list[int]
) -> None:
    assert hours(hourly("gfggffg"), schedule) == (lengths, 0)


def test_a_run_a_few_minutes_late_makes_it_no_lapse_of_an_hourly_job() -> None:
    times = [run(1, MARCH, {"a": GOOD}), run(2, MARCH + HOUR, {"a": NOTHING}, "a")]
    late = covered([*times, run(3, MARCH + 2 * HOUR + HOUR // 3, {"a": GOOD})])
    assert hours(late, HOURLY) == ([], 0)


def test_an_outage_that_lasts_is_told_however_short() -> None:
    assert hours(hourly("ggf"), HOURLY)[0] == [8999]


def test_of_many_the_longest_are_told_in_their_order_and_the_others_counted() -> None:
    many = "".join("g" + "f" * (2 + at % 50) for at in range(100)) + "g"
    shown, more = hours(hourly(many), HOURLY)
    every = [3 + at % 50 for at in range(100)]
    least = sorted(every, reverse=True)[MOST - 1]
    assert (len(shown), more) == (MOST, 100 - MOST)
    assert shown == [length for length in every if length >= least]


def test_what_several_sources_met_at_the_same_time_counts_as_one() -> None:
    many = "gfff" * (MOST + 3) + "g"
    shown, more = hours(hourly(many, "a", "b", "c"), HOURLY)
    assert (len(shown), more) == (3 * MOST, 3)


def test_what_a_report_tells_does_not_grow_with_the_outages() -> None:
    def size(outages: int) -> int:
        shown, _ = told(hourly("gfff" * outages + "g").lapses, ZONE, MARCH + 9000 * HOUR, HOURLY)
        return len(json.dumps([[lapse.kind, lapse.start, lapse.end, lapse.what] for lapse in shown]))

    assert size(400) == size(MOST)
