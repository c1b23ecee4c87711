"""numbers.json: what is counted, what is set aside, and the same bytes for the same comments."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from reports.numbers import build_numbers, dump_numbers
from reports.page import render_html
from storage.nouns import Gap, Stance

if TYPE_CHECKING:
    from collections.abc import Callable

    from reports.inputs import ReportInput


def test_shuffled_rows_give_identical_bytes(
    make: Callable[..., ReportInput], make_comments: Callable[..., Any]
) -> None:
    frame = make_comments(400)
    shuffled = frame.sample(frac=1, random_state=3)
    first, second = build_numbers(make(frame)), build_numbers(make(shuffled))
    assert dump_numbers(first) == dump_numbers(second)
    assert render_html(first, "zh", "report.en.html") == render_html(second, "zh", "report.en.html")


def test_nullable_columns_count_the_same(make: Callable[..., ReportInput], make_comments: Callable[..., Any]) -> None:
    frame = make_comments(300).assign(direct=None)
    nullable = frame.convert_dtypes().astype({"direct": "boolean", "copied": "boolean", "stance": "category"})
    nullable.loc[nullable.index[0], "copied"] = None
    assert dump_numbers(build_numbers(make(frame))) == dump_numbers(build_numbers(make(nullable)))


def test_numbers_survive_the_file(rich_numbers: dict[str, Any]) -> None:
    read_back = json.loads(dump_numbers(rich_numbers))
    assert dump_numbers(read_back) == dump_numbers(rich_numbers)
    assert render_html(read_back, "en") == render_html(rich_numbers, "en")


def test_stored_comments_are_all_accounted_for(rich: ReportInput, rich_numbers: dict[str, Any]) -> None:
    totals = rich_numbers["totals"]
    assert totals["stored"] == len(rich.comments)
    assert totals["stored"] == totals["comments"] + totals["copied"] + totals["outside"]


def test_copies_count_under_no_stance_but_in_the_rule_that_takes_them_in(rich_numbers: dict[str, Any]) -> None:
    every, apart = rich_numbers["counting"][:2]
    assert every["n"] - apart["n"] == rich_numbers["totals"]["copied"] == 50
    assert apart["counts"] == rich_numbers["stances"]["counts"]


def test_a_comment_outside_the_window_is_counted_apart(
    make: Callable[..., ReportInput], make_comments: Callable[..., Any]
) -> None:
    numbers = build_numbers(make(make_comments(), start=date(2026, 3, 10), gaps=()))
    assert numbers["totals"]["outside"] > 0
    assert numbers["totals"]["first"] == "2026-03-10"
    assert any(claim["template"] == "outside" for claim in numbers["claims"])


def test_times_known_to_the_year_stand_on_no_day(
    make: Callable[..., ReportInput], make_comments: Callable[..., Any]
) -> None:
    numbers = build_numbers(make(make_comments().assign(published_precision="year")))
    assert numbers["timeline"] is None
    assert numbers["totals"]["coarse"] + numbers["totals"]["undated"] == numbers["totals"]["comments"]
    assert any(claim["template"] == "coarse" for claim in numbers["claims"])


def test_days_begin_at_midnight_of_the_study(make: Callable[..., ReportInput], frame_of: Callable[..., Any]) -> None:
    # 2026-03-02 23:30 in Shanghai is 15:30 UTC; in Auckland it is the next day.
    frame = frame_of([{"text": "这是一条评论", "published_at": 1_772_465_400_000}])
    assert build_numbers(make(frame))["totals"]["first"] == "2026-03-02"
    assert build_numbers(make(frame, time_zone="Pacific/Auckland"))["totals"]["first"] == "2026-03-03"


def test_unknown_authors_are_unknown_and_not_one_person(
    make: Callable[..., ReportInput], make_comments: Callable[..., Any]
) -> None:
    numbers = build_numbers(make(make_comments().assign(author=None, likes=None)))
    assert numbers["totals"]["authors"] is None
    by_rule = {rule["rule"]: rule for rule in numbers["counting"]}
    assert by_rule["author"]["n"] is None
    assert by_rule["likes"]["n"] is None
    assert numbers["asks"]["listed"][0]["authors"] is None


def test_one_voice_per_author(make: Callable[..., ReportInput], frame_of: Callable[..., Any]) -> None:
    loud = [{"text": f"反对第{i}次", "stance": "concern", "author": "loud"} for i in range(60)]
    quiet = [{"text": f"我是{i}号，我支持", "stance": "support", "author": f"q{i}"} for i in range(39)]
    by_rule = {rule["rule"]: rule for rule in build_numbers(make(frame_of(loud + quiet)))["counting"]}
    assert by_rule["apart"]["shares"]["concern"] == 61
    assert by_rule["author"]["n"] == 40
    assert by_rule["author"]["shares"] == {"concern": 3, "support": 98, "suggestion": 0, "neutral": 0}


def test_places_beyond_eight_come_together(make: Callable[..., ReportInput], make_comments: Callable[..., Any]) -> None:
    frame = make_comments()
    numbers = build_numbers(make(frame.assign(platform=[f"平台{i % 40:02d}" for i in range(len(frame))])))
    panels = numbers["places"]["panels"]
    assert numbers["places"]["places"] == 40
    assert [panel["others"] for panel in panels] == [0] * 7 + [33]
    assert sum(panel["comments"] for panel in panels) == numbers["totals"]["comments"]


def test_an_open_chart_reaches_as_far_as_the_gaps_it_speaks_of(
    make: Callable[..., ReportInput], make_comments: Callable[..., Any]
) -> None:
    gap = Gap(start=date(2026, 4, 5), end=date(2026, 12, 31))
    numbers = build_numbers(make(make_comments(days=30), start=None, end=None, gaps=(gap,)))
    timeline = numbers["timeline"]
    assert timeline["end"] == "2026-04-13"  # the day of the report: what is to come is not drawn
    assert [timeline["bins"][i] for i in timeline["missing"]][-1] == "2026-04-13"
    (claim,) = (claim for claim in numbers["claims"] if claim["template"] == "gap")
    assert (claim["slots"]["end"], claim["slots"]["days"]) == ({"date": "2026-04-13"}, {"int": 9})


def test_days_to_come_are_no_claim(make: Callable[..., ReportInput]) -> None:
    gap = Gap(start=date(2026, 4, 14), end=date(2026, 12, 31))
    assert not [claim for claim in build_numbers(make(gaps=(gap,)))["claims"] if claim["template"] == "gap"]


def test_events_are_compared_over_days_that_no_neighbour_or_gap_cuts(rich_numbers: dict[str, Any]) -> None:
    windows = [event["window"] for event in rich_numbers["events"]]
    assert [window and window["days"] for window in windows] == [3, 3, 3, 3, None]
    assert windows[2]["after"] > 5 * windows[2]["before"]


def test_the_usual_leaves_gaps_out(rich_numbers: dict[str, Any]) -> None:
    usual = rich_numbers["timeline"]["usual"]
    assert usual["columns"] == 40
    assert 10 <= usual["median"] <= 40


@pytest.mark.parametrize(("days", "unit"), [(2, "hour"), (42, "day"), (200, "week"), (3000, "month")])
def test_columns_follow_the_span(
    make: Callable[..., ReportInput], frame_of: Callable[..., Any], days: int, unit: str
) -> None:
    start = 1_772_380_800_000
    rows = [{"text": f"评论{i}", "published_at": start + i * (days - 1) * 86_400_000 // 9} for i in range(10)]
    timeline = build_numbers(make(frame_of(rows), start=None, end=None, events=(), gaps=()))["timeline"]
    assert timeline["unit"] == unit
    assert sum(timeline["total"]) == 10


def test_voices_keep_the_printed_rule(rich: ReportInput, rich_numbers: dict[str, Any]) -> None:
    voices = rich_numbers["voices"]
    authors = rich.comments.set_index("id")["author"]
    copied = rich.comments.set_index("id")["copied"]
    for stance in ("concern", "support", "suggestion", "neutral"):
        mine = [voice for voice in voices if voice["stance"] == stance]
        assert len(mine) == 2 or (len(mine) == 3 and any(voice["against"] for voice in mine))
    assert len({authors[voice["id"]] for voice in voices}) == len(voices)
    assert not any(copied[voice["id"]] for voice in voices)
    assert all(voice["text"] == rich.comments.set_index("id").loc[voice["id"], "text"] for voice in voices)


def test_reported_speech_links_and_very_short_comments_are_not_quoted(
    make: Callable[..., ReportInput], frame_of: Callable[..., Any]
) -> None:
    frame = frame_of(
        [
            {"text": "他说这项改动没有什么意思", "stance": "concern", "direct": False},
            {"text": "看这里就明白了 https://example.org", "stance": "concern"},
            {"text": "反对", "stance": "concern"},
            {"text": "我觉得这样停掉不太合适", "stance": "concern"},
        ]
    )
    assert [voice["text"] for voice in build_numbers(make(frame))["voices"]] == ["我觉得这样停掉不太合适"]


def test_requests_in_nearly_the_same_words_are_one_and_rank_by_people(
    make: Callable[..., ReportInput], frame_of: Callable[..., Any]
) -> None:
    one = [
        {"text": f"建议提前一个月通知用户{'啊' * (i % 2)}！", "author": f"p{i}", "stance": "suggestion"}
        for i in range(4)
    ]
    flood = [{"text": "希望公开评分的计算方法", "author": "same", "stance": "suggestion", "fold": 9} for _ in range(30)]
    asks = build_numbers(make(frame_of(one + flood)))["asks"]
    assert [(ask["authors"], ask["comments"]) for ask in asks["listed"]] == [(4, 4), (1, 30)]


def test_shared_words_stand_with_an_example_that_can_be_found(rich: ReportInput, rich_numbers: dict[str, Any]) -> None:
    words = rich_numbers["shared_words"]
    texts = rich.comments.set_index("id")["text"]
    assert [(word["word"], word["authors"], word["comments"]) for word in words] == [("通知", 3, 3), ("notice", 3, 3)]
    assert all(texts[word["id"]].startswith(word["text"].rstrip("…")) for word in words)


def test_equal_requests_rank_by_likes(make: Callable[..., ReportInput], frame_of: Callable[..., Any]) -> None:
    rows = [
        {"text": text, "author": text, "stance": "suggestion", "likes": likes}
        for text, likes in (("希望公开算法", 3), ("建议提前通知", 90), ("能否人工复核", None))
    ]
    asks = build_numbers(make(frame_of(rows)))["asks"]["listed"]
    assert [ask["likes"] for ask in asks] == [90, 3, None]


def test_the_middle_is_sought_in_the_commonest_language(
    make: Callable[..., ReportInput], frame_of: Callable[..., Any]
) -> None:
    chinese = [{"text": f"第{i}天了，额度还是没有恢复", "lang": "zh", "stance": "concern"} for i in range(6)]
    english = [{"text": "nothing on and on and on and on", "lang": "en", "stance": "concern"} for _ in range(3)]
    assert build_numbers(make(frame_of(chinese + english)))["voices"][0]["lang"] == "zh"


def test_stances_stay_in_their_enumeration(rich_numbers: dict[str, Any]) -> None:
    assert set(rich_numbers["stances"]["counts"]) == {stance.value for stance in Stance}


def test_the_axis_is_the_window_or_else_the_span_of_the_data(
    make: Callable[..., ReportInput], make_comments: Callable[..., Any]
) -> None:
    frame = make_comments(300, days=22)  # event 4 falls on the day after the last
    windowed = build_numbers(make(frame))["timeline"]
    assert (windowed["start"], windowed["end"]) == ("2026-03-02", "2026-04-12")
    free = build_numbers(make(frame, start=None, end=None, gaps=()))
    assert (free["timeline"]["start"], free["timeline"]["end"]) == (free["totals"]["first"], free["totals"]["last"])
    assert [event["drawn"] for event in free["events"]] == [True, True, True, False, False]


def test_days_without_any_source_are_missing_and_not_zero(
    make: Callable[..., ReportInput], make_comments: Callable[..., Any]
) -> None:
    frame = make_comments(300)
    away = frame["published_at"].fillna(0) // 86_400_000 == 20_520  # 8 March, but for its first eight hours
    gap = Gap(start=date(2026, 3, 8), end=date(2026, 3, 8))
    of_one = gap.model_copy(update={"source": "import"})
    elsewhere = gap.model_copy(update={"source": "another"})
    assert build_numbers(make(frame[~away], gaps=(gap,)))["timeline"]["missing"] == [6]
    assert build_numbers(make(frame[~away], gaps=(of_one,)))["timeline"]["missing"] == [6]
    assert build_numbers(make(frame[~away], gaps=(elsewhere,)))["timeline"]["missing"] == []
    assert build_numbers(make(frame, gaps=(gap,)))["timeline"]["missing"] == []


def test_a_week_is_missing_only_when_all_its_days_are(
    make: Callable[..., ReportInput], frame_of: Callable[..., Any]
) -> None:
    frame = frame_of([{"text": "一条", "published_at": 1_772_380_800_000 + i * 86_400_000} for i in (0, 280)])
    gap = Gap(start=date(2026, 4, 7), end=date(2026, 4, 26))  # Tuesday to Sunday: two whole weeks of three
    timeline = build_numbers(make(frame, start=None, end=None, events=(), gaps=(gap,)))["timeline"]
    assert [timeline["bins"][i] for i in timeline["missing"]] == ["2026-04-13", "2026-04-20"]


def test_what_is_known_of_the_coder_is_kept_for_the_languages_at_hand(
    make: Callable[..., ReportInput], make_comments: Callable[..., Any]
) -> None:
    inp = make(make_comments(300).assign(lang="zh"))
    figures = {"agreement": 0.61, "macro_f1": 0.47, "n": 2642}
    made = dataclasses.replace(inp.provenance, known={"zh": figures, "en": figures})
    assert build_numbers(dataclasses.replace(inp, provenance=made))["provenance"]["known"] == {"zh": figures}
