"""What was collected and what was not: outages, pauses between runs, what came later, and what was declared."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from collecting_runs import DAY, GOOD, HOUR, MARCH, NOTHING, at, covered, daily, run, said, spans, study

from minyi.coverage import Facts, cover
from minyi.gaps import worth_telling
from minyi.outages import Said, killed_runs, pauses
from storage.nouns import Gap, Wording

if TYPE_CHECKING:
    from minyi.outages import Lapse


def test_a_source_that_never_failed_is_in_order() -> None:
    found = covered(daily("ggg"))
    assert found.lapses == ()
    assert found.gaps == ()
    assert (found.sources["a"].state, found.sources["a"].last_good) == ("ok", at(3))


def test_an_outage_lasts_from_the_last_good_run_to_the_first_good_one_after() -> None:
    found = covered(daily("ggffgg"))
    assert spans(found.lapses) == [("down", "a", at(2), at(5))]
    (lapse,) = found.lapses
    assert (lapse.error, lapse.what, lapse.tries, lapse.later) == ("Transient", "The server answered 500.", 2, 0)
    assert found.sources["a"].state == "ok"


def test_an_outage_without_end_is_down_since() -> None:
    found = covered(daily("ggff"))
    assert spans(found.lapses) == [("down", "a", at(2), None)]
    assert (found.sources["a"].state, found.sources["a"].since, found.sources["a"].last_good) == ("down", at(2), at(2))


def test_a_page_that_failed_among_others_is_no_outage() -> None:
    found = covered(daily("gpp"))
    assert found.lapses == ()
    assert (found.sources["a"].state, found.sources["a"].last_good) == ("partly", at(3))


@pytest.mark.parametrize(
    ("counts", "down"),
    [
        ({"fetched": 1, "waiting": 0, "new": 0}, True),
        ({"unchanged": 1, "waiting": 0}, False),
        ({"comments": 4, "new": 0, "waiting": 0}, False),
        ({"comments": 4, "new": 0, "waiting": 2}, True),
        ({"comments": 4, "new": 4, "waiting": 2}, False),
        ({"rejected": {"no text": 3}, "waiting": 0}, False),
    ],
    ids=["nothing read", "not modified", "known to the end", "stopped amid the known", "stopped after new", "refused"],
)
def test_with_failures_a_source_was_reached_where_something_came(counts: dict[str, Any], down: bool) -> None:
    found = covered([run(1, at(1), {"a": GOOD}), run(2, at(2), {"a": counts}, "a")])
    assert [lapse.kind for lapse in found.lapses] == ["down"] * down


def test_a_killed_run_says_nothing_but_of_what_it_kept() -> None:
    assert covered(daily("gk")).lapses == ()
    assert covered(daily("gk")).sources["a"].last_good == at(1)
    found = covered(daily("gfk"), kept={("3", "a")})
    assert spans(found.lapses) == [("down", "a", at(1), at(3))]


def test_a_source_whose_run_was_killed_is_in_part_or_begun() -> None:
    killed = run(1, at(1), {}, status="running")
    later: dict[str, Any] = {"now": at(4), "waiting": {"a": 4}}
    assert covered([killed], **later).sources["a"].state == "begun"
    assert covered([killed], **later, held={"a": 9}).sources["a"].state == "partly"
    assert covered(daily("gk"), **later).sources["a"].state == "partly"
    assert covered(daily("kg"), **later).sources["a"].state == "ok"
    assert covered(daily("f"), **later).sources["a"].state == "never"


def test_a_run_was_killed_when_a_later_one_ended_or_a_day_has_passed() -> None:
    assert killed_runs(daily("kg"), at(2)) == {"1"}
    assert killed_runs(daily("gk"), at(2, 20)) == set()
    assert killed_runs(daily("gk"), at(3, 11)) == {"2"}
    other = replace(run(2, at(1, 11), {}), command="analyse")
    assert killed_runs([*daily("k"), other], at(1, 12)) == set()


def test_pages_that_could_not_be_had_are_those_of_a_source_that_was_reached() -> None:
    assert covered(daily("g"), lost={"a": ["https://x.example/7"]}).sources["a"].lost == ("https://x.example/7",)
    assert covered(daily("f"), lost={"a": ["https://x.example"]}).sources["a"].lost == ()


def test_a_run_that_did_not_ask_a_source_says_nothing_of_it() -> None:
    assert spans(covered(daily("gf-g")).lapses) == [("down", "a", at(1), at(4))]


def test_sources_are_judged_one_by_one() -> None:
    both = {"a": GOOD, "b": GOOD}
    runs = [run(1, at(1), both), run(2, at(2), {"a": GOOD, "b": NOTHING}, "b"), run(3, at(3), both)]
    assert spans(covered(runs, "a", "b").lapses) == [("down", "b", at(1), at(3))]


def test_a_source_that_was_never_reached_is_never_collected_and_no_gap() -> None:
    found = covered(daily("fff"))
    assert (found.sources["a"].state, found.sources["a"].since) == ("never", None)
    assert found.lapses == ()
    assert found.gaps == ()
    assert covered(daily("gg"), "a", "b").sources["b"].state == "never"


def test_nothing_is_a_lapse_before_the_first_good_run() -> None:
    found = covered(daily("ffgg"))
    assert (found.lapses, found.gaps, found.sources["a"].state) == ((), (), "ok")
    assert spans(covered(daily("ffgfg")).lapses) == [("down", "a", at(3), at(5))]


def test_a_lapse_of_seconds_is_not_worth_telling() -> None:
    def lapse(seconds: int) -> Lapse:
        times = (at(1, 8), at(1, 23), at(1, 8) + seconds * 1000)
        runs = [run(1, at(1, 8), {"a": GOOD}), run(2, times[0] + 1, {"a": NOTHING}, "a"), run(3, times[2], {"a": GOOD})]
        return covered(runs).lapses[0]

    assert [worth_telling(lapse(s), UTC, at(3)) for s in (7, 3599, 3600)] == [False, False, True]  # type: ignore[arg-type]
    assert worth_telling(replace(lapse(7), end=None), UTC, at(3))  # type: ignore[arg-type]


def test_files_that_were_imported_are_neither_down_nor_silent() -> None:
    found = covered([], "a", now=at(9), held={"a": 40}, said={"a": said(*((at(1, i % 9), at(1)) for i in range(40)))})
    assert (found.sources["a"].state, found.sources["a"].waiting, found.lapses) == ("imported", None, ())


def test_a_source_that_the_file_no_longer_names_is_down_no_longer() -> None:
    found = covered(daily("ggf"), "b", now=at(20))
    assert found.sources["a"].state == "left out"
    assert spans(found.lapses) == [("down", "a", at(2), at(3))]


def test_what_was_not_asked_for_yet_is_unknown_and_not_zero() -> None:
    assert covered(daily("g"), "a", "b").sources["a"].waiting == 0
    assert covered(daily("g"), "a", "b").sources["b"].waiting is None
    assert covered(daily("g"), waiting={"a": 7}).sources["a"].waiting == 7


def test_a_source_in_order_that_never_gave_a_comment_gives_none() -> None:
    def gives(letters: str, **facts: Any) -> bool:
        return covered(daily(letters), speaking=facts.pop("speaking", set()), **facts).sources["a"].gives_comments

    assert not gives("gg")
    assert gives("gg", speaking={"a"})
    assert gives("gf")
    assert gives("gg", waiting={"a": 1})
    assert gives("gg", lost={"a": ["https://x.example/7"]})


# What came later


def test_comments_of_an_outage_that_came_later_are_counted() -> None:
    came = said((at(2, 9), at(2)), (at(3), at(5)), (at(4), at(5)), (at(5, 11), at(6)))
    (lapse,) = covered(daily("ggffgg"), said={"a": came}).lapses
    assert (lapse.later, lapse.back_to) == (2, at(3))


def test_what_the_last_good_run_itself_brought_did_not_come_later() -> None:
    (lapse,) = covered(daily("ggffgg"), said={"a": said((at(2, 11), at(2)))}).lapses
    assert lapse.later == 0


def test_a_gap_holds_the_whole_days_of_which_nothing_came() -> None:
    assert [(gap.start, gap.end, gap.source) for gap in covered(daily("gfffg")).gaps] == [
        (date(2026, 3, 2), date(2026, 3, 4), "a")
    ]
    assert covered(daily("gfffg")).gaps[0].reason == Wording(
        zh="没有响应或服务器出错", en="no answer, or a server error"
    )


def test_days_from_the_earliest_late_comment_on_are_no_gap() -> None:
    late = said((at(4, 1), at(5)), (at(4, 8), at(5)))
    (gap,) = covered(daily("gfffg"), said={"a": late}).gaps
    assert (gap.start, gap.end) == (date(2026, 3, 2), date(2026, 3, 3))
    assert covered(daily("gfffg"), said={"a": said((at(2, 1), at(5)))}).gaps == ()


def test_an_outage_within_a_day_costs_no_whole_day() -> None:
    runs = [run(i, at(1, hour), {"a": counts}, *failing) for i, (hour, counts, failing) in
            enumerate([(8, GOOD, ()), (12, NOTHING, ("a",)), (16, GOOD, ())])]  # fmt: skip
    found = covered(runs)
    assert len(found.lapses) == 1
    assert found.gaps == ()


def test_an_outage_that_lasts_costs_the_days_until_yesterday() -> None:
    (gap,) = covered(daily("gff"), now=at(6)).gaps
    assert (gap.start, gap.end) == (date(2026, 3, 2), date(2026, 3, 5))


def test_days_begin_at_midnight_where_the_study_is() -> None:
    # From 23:30 in Auckland on 1 March to 23:30 on the 3rd.
    runs = [
        run(i, at(i, 10) + HOUR // 2, {"a": c}, *f) for i, c, f in ((1, GOOD, ()), (2, NOTHING, "a"), (3, GOOD, ()))
    ]
    found = cover(study("a", time_zone="Pacific/Auckland"), Facts(runs=runs, now=at(4)))
    assert (found.gaps[0].start, found.gaps[0].end) == (date(2026, 3, 2), date(2026, 3, 2))


def test_a_gap_ends_with_the_study_and_what_lies_outside_it_is_left_out() -> None:
    (gap,) = covered(daily("gff"), now=at(20), end=date(2026, 3, 4)).gaps
    assert (gap.start, gap.end) == (date(2026, 3, 2), date(2026, 3, 4))
    assert covered(daily("gff"), now=at(20), end=date(2026, 2, 20)).lapses == ()
    assert covered(daily("gfg"), now=at(20), start=date(2026, 3, 10)).lapses == ()


def test_what_a_person_states_is_not_said_twice() -> None:
    stated = Gap(start=date(2026, 3, 1), end=date(2026, 3, 8))
    elsewhere = stated.model_copy(update={"source": "b"})
    assert covered(daily("gfffg"), gaps=(stated,)).gaps == ()
    assert len(covered(daily("gfffg"), gaps=(elsewhere,)).gaps) == 1


# Pauses between runs


def test_no_run_for_much_longer_than_usual_is_a_lapse_of_all_sources() -> None:
    found = covered(daily("gggg      g"))
    assert spans(found.lapses) == [("not run", None, at(4), at(11))]
    (gap,) = found.gaps
    assert (gap.start, gap.end, gap.source, gap.reason.en) == (
        date(2026, 3, 5), date(2026, 3, 10), None, "collecting did not run",
    )  # fmt: skip


def test_runs_that_stopped_are_a_lapse_that_lasts() -> None:
    assert spans(covered(daily("gggg"), now=at(8)).lapses) == [("not run", None, at(4), None)]
    assert covered(daily("gggg"), now=at(8), end=date(2026, 3, 4)).lapses == ()


def test_a_pause_counts_as_far_as_the_window_goes() -> None:
    over = at(10, 0)
    assert spans(covered(daily("gggg"), now=at(25), end=date(2026, 3, 9)).lapses) == [("ended", None, at(4), over)]
    once_more = [*daily("gggg"), run(9, at(25), {"a": GOOD})]
    assert covered(once_more, end=date(2026, 3, 4)).lapses == ()
    (lapse,) = covered(once_more, end=date(2026, 3, 9), said={"a": said((at(5, 1), at(25)))}).lapses
    assert (lapse.end, lapse.later) == (at(25), 1)


# The end of a window that nobody collected


def test_days_after_the_last_run_are_not_collected_however_few_the_runs() -> None:
    found = covered([run(1, at(4), {"a": GOOD}), run(2, at(8), {"a": GOOD})], now=at(60), end=date(2026, 3, 31))
    assert spans(found.lapses) == [("ended", None, at(8), at(32, 0))]
    (gap,) = found.gaps
    assert (gap.start, gap.end, gap.source) == (date(2026, 3, 9), date(2026, 3, 31), None)
    assert (gap.reason.en, gap.reason.zh) == ("collected until 8 March 2026", "收集到2026年3月8日为止")


def test_days_to_come_are_not_collected_and_no_lapse() -> None:
    found = covered(daily("gg"), end=date(2026, 3, 31))
    assert found.lapses == ()
    assert [(gap.start, gap.end) for gap in found.gaps] == [(date(2026, 3, 3), date(2026, 3, 31))]
    assert spans(covered(daily("gg"), now=at(9), end=date(2026, 3, 31)).lapses) == [("ended", None, at(2), None)]


def test_a_window_that_was_collected_to_its_end_or_has_none_ends_without_a_gap() -> None:
    assert covered(daily("ggg"), now=at(60), end=date(2026, 3, 3)).gaps == ()
    assert covered(daily("ggg"), now=at(60)).gaps == ()


def test_where_every_source_is_down_the_end_of_the_window_is_said_once() -> None:
    found = covered(daily("gff"), now=at(20), end=date(2026, 3, 9))
    assert [(gap.start, gap.end, gap.source) for gap in found.gaps] == [(date(2026, 3, 2), date(2026, 3, 9), None)]


def test_nobody_knows_what_days_an_imported_file_covers() -> None:
    assert covered([], now=at(60), end=date(2026, 3, 31), held={"a": 9}).gaps == ()
    beside = covered(daily("gg"), "a", "b", now=at(60), end=date(2026, 3, 31), held={"a": 9, "b": 9})
    assert [gap.source for gap in beside.gaps] == ["a"]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([0, 1, 2, 9], 1),
        ([0, 1, 2], 0),
        ([0, 1, 2, 3, 4.9], 0),
        ([0, 7, 14, 21, 30], 0),
        ([0, 7, 14, 21, 45], 1),
        ([0, 0.001, 0.002, 7, 14, 21], 0),
        ([0, 0.2, 0.4, 0.6, 2.7], 1),
    ],
    ids=["daily", "too few", "a day missed", "weekly", "weeks missed", "tried out, then weekly", "every five hours"],
)
def test_a_pause_is_held_against_the_usual_time_between_runs(times: list[float], expected: int) -> None:
    assert len(pauses([int(time * DAY) for time in times], int(times[-1] * DAY) + 1)) == expected


def test_a_pause_is_made_good_source_by_source() -> None:
    runs = [run(i, at(day), {"a": GOOD, "b": GOOD}) for i, day in enumerate((1, 2, 3, 4, 11))]
    found = covered(runs, "a", "b", said={"a": said((at(5, 3), at(11)), (at(9), at(11)))})
    assert [(lapse.source, lapse.later) for lapse in found.lapses] == [("a", 2), ("b", 0)]
    assert [(gap.source, gap.start, gap.end) for gap in found.gaps] == [("b", date(2026, 3, 5), date(2026, 3, 10))]


def test_failed_runs_are_runs() -> None:
    assert [lapse.kind for lapse in covered(daily("ggggffffffg")).lapses] == ["down"]


# Silence


def steady(until: int, per_day: int = 4, first: int = 1) -> list[int]:
    return [at(1, 0) + day * DAY + i * 4 * HOUR for day in range(first - 1, until) for i in range(per_day)]


def test_a_source_that_is_reached_and_holds_nothing_new_is_silent_and_not_down() -> None:
    found = covered(daily("g" * 31), said={"a": said(*((time, time) for time in steady(20)))})
    assert spans(found.lapses) == [("silent", "a", at(20, 12), None)]
    assert (found.sources["a"].state, found.sources["a"].since) == ("silent", at(20, 12))
    assert found.lapses[0].usual_ms == 12 * HOUR


def test_silence_costs_no_day() -> None:
    found = covered(daily("g" * 31), said={"a": said(*((time, time) for time in steady(20)))})
    assert found.gaps == ()


def test_a_silence_that_ended_has_an_end() -> None:
    times = [*steady(16), *steady(31, first=26)]
    found = covered(daily("g" * 31), said={"a": said(*((time, time) for time in times))})
    assert spans(found.lapses) == [("silent", "a", at(16, 12), at(26, 0))]
    assert found.sources["a"].state == "ok"


@pytest.mark.parametrize("outcomes", ["g" * 20 + "f" * 11, "g" * 20 + " " * 10 + "g"], ids=["down", "not run"])
def test_what_could_not_be_collected_is_not_called_silent(outcomes: str) -> None:
    found = covered(daily(outcomes), said={"a": said(*((time, time) for time in steady(20)))})
    assert "silent" not in {lapse.kind for lapse in found.lapses}


def test_what_was_over_before_anyone_watched_is_no_silence() -> None:
    found = covered(daily("ggggg"), said={"a": said(*((time - 300 * DAY, at(1)) for time in steady(25)))})
    assert found.lapses == ()


def test_after_the_window_nobody_is_called_silent() -> None:
    times = said(*((time, time) for time in steady(20)))
    assert covered(daily("g" * 31), said={"a": times}, end=date(2026, 3, 20)).lapses == ()


def test_a_source_with_few_comments_has_no_rhythm() -> None:
    few = said(*((at(day), at(day)) for day in range(1, 20)))
    assert covered(daily("g" * 31), said={"a": few}).lapses == ()


def test_a_source_that_declares_nothing_has_no_declaration() -> None:
    assert covered(daily("g")).sources["a"].declared is None


def test_years_of_runs_are_read_at_once() -> None:
    runs = [run(i, MARCH + i * 6 * HOUR, dict.fromkeys("abcdef", GOOD)) for i in range(1500)]
    times = np.sort(np.random.default_rng(1).integers(MARCH, runs[-1].started_at, 50_000))
    began = datetime.now(UTC)
    covered(runs, *"abcdef", said={name: Said(times, times) for name in "abcdef"})
    assert datetime.now(UTC) - began < timedelta(seconds=3)
