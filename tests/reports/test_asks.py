"""Requests: merged by theme or near text, ranked by people, answered, and followed after the answer."""

from __future__ import annotations

import math
import random
import time
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.answered import LEAST_PLACEBOS, false_discovery, fisher
from reports.inputs import Response, Theme
from reports.numbers import build_numbers
from reports.page import render_html
from reports.sections import SHAPES
from reports.wording import catalogue
from storage.nouns import Wording

if TYPE_CHECKING:
    from collections.abc import Callable

    from reports.inputs import ReportInput
    from storage.nouns import Language

START = date(2026, 3, 2)
Make = Any


def at(day: int) -> int:
    """Noon in Shanghai on a day of the study, in UTC milliseconds."""
    return ((START - date(1970, 1, 1)).days + day) * 86_400_000 + 4 * 3_600_000


def ask(text: str, author: str | None, near: int, day: int = 3, **more: Any) -> dict[str, Any]:
    said = {"text": text, "author": author, "near": near, "stance": "suggestion", "fold": hash(text) % 10**9}
    return said | {"published_at": at(day), "published_precision": "minute"} | more


def themed(inp: ReportInput, *keys: str, **more: Any) -> ReportInput:
    return replace(inp, themes=[Theme(key, Wording(zh=f"主题{key}", en=f"Theme {key}")) for key in keys], **more)


def asks_of(inp: ReportInput) -> dict[str, Any]:
    found: dict[str, Any] = build_numbers(inp)["asks"]
    return found


def test_suggestions_of_a_theme_are_one_request_however_they_are_worded(make: Make, frame_of: Make) -> None:
    rows = [ask(f"第{n}种说法，请早点通知", f"p{n}", n, theme="notice") for n in range(4)]
    rows += [ask("希望公开算法", f"q{n}", 9) for n in range(3)]
    listed = asks_of(themed(make(frame_of(rows), gaps=()), "notice"))["listed"]
    assert [(one["key"], one["voices"]) for one in listed] == [("theme:notice", 4), ("text:c0004", 3)]
    assert listed[0]["theme"] == {"zh": "主题notice", "en": "Theme notice"}
    assert len(listed[0]["others"]) == 2


def test_a_request_keeps_its_key_when_others_join(make: Make, frame_of: Make) -> None:
    rows = [ask("希望公开算法", f"q{n}", 9, day=n + 2) for n in range(3)]
    later = [ask("希望公开算法吧", f"z{n}", 9, day=20) for n in range(5)]
    before, after = (asks_of(make(frame_of(some), gaps=()))["listed"][0] for some in (rows, rows + later))
    assert before["key"] == after["key"] == "text:c0000"
    assert before["digest"] != after["digest"]


def test_the_commonest_wording_stands_for_a_request(make: Make, frame_of: Make) -> None:
    rows = [ask("希望公开算法吧吧", "a", 9)] + [ask("希望公开算法", f"q{n}", 9) for n in range(3)]
    (one,) = asks_of(make(frame_of(rows), gaps=()))["listed"]
    assert (one["text"], [other["text"] for other in one["others"]]) == ("希望公开算法", ["希望公开算法吧吧"])


def test_of_a_theme_without_a_common_wording_the_middle_one_stands(make: Make, frame_of: Make) -> None:
    texts = ["建议提前通知用户", "希望提前通知用户一声", "停水停电停网都要管", "提前通知用户好不好"]
    rows = [ask(text, f"q{n}", n, theme="notice") for n, text in enumerate(texts)]
    (one,) = asks_of(themed(make(frame_of(rows), gaps=()), "notice"))["listed"]
    assert one["text"] == "建议提前通知用户"
    assert "停水停电停网都要管" not in [other["text"] for other in one["others"]]


def test_people_rank_and_floods_do_not(make: Make, frame_of: Make) -> None:
    rows = [ask("建议提前通知", f"p{n}", 1) for n in range(3)] + [ask("希望退钱", "same", 2) for _ in range(40)]
    assert [one["voices"] for one in asks_of(make(frame_of(rows), gaps=()))["listed"]] == [3, 1]


def test_requests_of_equally_many_people_are_level(make: Make, frame_of: Make) -> None:
    rows = [ask(f"要求{n % 3}号", f"p{n}", n % 3) for n in range(9)]
    inp = make(frame_of(rows), gaps=())
    numbers = build_numbers(inp)
    assert [(one["rank"], one["level"]) for one in numbers["asks"]["listed"]] == [(1, 3)] * 3
    (claim,) = [one for one in numbers["claims"] if one["template"] == "ask"]
    assert claim["verdict"] == "not_passed"
    assert "level with 2 others" in render_html(numbers, "en")
    assert "与另外 2 项并列" in render_html(numbers, "zh")


@pytest.mark.parametrize("least", [3, 5])
def test_every_request_of_enough_people_is_listed_however_far_down(make: Make, frame_of: Make, least: int) -> None:
    rows = [ask(f"要求第{n}号", f"p{n}-{i}", n) for n in range(30) for i in range(9 if n < 14 else least)]
    rows += [ask(f"少数{n}", f"r{n}-{i}", 100 + n) for n in range(7) for i in range(least - 1)]
    asks = asks_of(make(frame_of(rows), gaps=(), least_authors=least))
    assert len(asks["listed"]) == 30
    assert asks["floor"] == least
    assert asks["others"] == {"requests": 7, "comments": 7 * (least - 1)}


def test_comments_without_an_author_are_one_person_each(make: Make, frame_of: Make) -> None:
    rows = [ask("建议提前通知", None, 1) for _ in range(3)] + [ask("希望退钱", "a", 2), ask("希望退钱", "b", 2)]
    listed = asks_of(make(frame_of(rows), gaps=()))["listed"]
    assert [(one["voices"], one["authors"]) for one in listed] == [(3, None), (2, 2)]


def answered(inp: ReportInput, *answers: Response) -> dict[str, Any]:
    return build_numbers(replace(inp, responses=answers))


def reply(key: str, day: int | None, state: Any = "said", **words: str) -> Response:
    when = None if day is None else START + timedelta(days=day)
    return Response(key, state, Wording(**(words or {"zh": "会提前通知", "en": "We will give notice"})), when)


def test_an_answer_finds_its_request_by_any_of_its_comments(make: Make, frame_of: Make) -> None:
    rows = [ask("建议提前通知", f"p{n}", 1, day=n) for n in range(4)]
    numbers = answered(make(frame_of(rows), gaps=()), reply("text:c0002", 2))
    (one,) = numbers["asks"]["listed"]
    assert one["key"] == "text:c0000"
    assert one["response"]["text"]["en"] == "We will give notice"
    assert numbers["asks"]["unplaced"] == 0


def test_the_page_says_what_was_answered_and_when(make: Make, frame_of: Make) -> None:
    rows = [ask("建议提前通知", f"p{n}", 1, day=n) for n in range(4)] + [ask("希望退钱", "a", 2)]
    numbers = answered(make(frame_of(rows), gaps=()), reply("text:c0000", 2, "done"))
    shown: dict[Language, str] = {"en": "Done, 4 March", "zh": "已落实（3月4日）"}
    for language, words in shown.items():
        page = render_html(numbers, language)
        assert words in page
        assert numbers["asks"]["listed"][0]["response"]["text"][language] in page
    assert "to be filled in" in render_html(numbers, "en")  # the request that nobody answered


def test_an_answered_request_is_listed_though_hardly_anybody_asks(make: Make, frame_of: Make) -> None:
    rows = [ask(f"要求第{n}号", f"p{n}-{i}", n) for n in range(12) for i in range(3)] + [ask("只有我要", "x", 99)]
    numbers = answered(make(frame_of(rows), gaps=()), reply("text:c0036", 4))
    assert len(numbers["asks"]["listed"]) == SHAPES["full"].asks + 1
    assert numbers["asks"]["listed"][-1]["response"]
    assert "those that were answered" in render_html(numbers, "en")


def test_an_answer_without_its_request_is_told(make: Make, frame_of: Make) -> None:
    numbers = answered(make(frame_of([ask("建议提前通知", "p", 1)]), gaps=()), reply("theme:gone", 4))
    assert numbers["asks"]["unplaced"] == 1
    assert "1 answer belongs to requests" in render_html(numbers, "en")


def discussion(days: int, asked: Callable[[int], int]) -> list[dict[str, Any]]:
    """Every day 20 people who say something else, and as many new ones who ask."""
    rows, rng = [], random.Random(1)
    for day in range(days):
        said = {"text": "随便说说", "near": 5}
        dated = {"published_at": at(day), "published_precision": "minute"}
        rows += [
            said | dated | {"author": f"o{day}-{n}", "stance": ("support", "neutral")[rng.random() < 0.4]}
            for n in range(20)
        ]
        rows += [ask("建议提前通知", f"p{day}-{n}", 1, day=day) for n in range(asked(day))]
    return rows


def change(make: Make, frame_of: Make, days: int, asked: Callable[[int], int], day: int | None, **study: Any) -> Any:
    frame = frame_of(discussion(days, asked))
    inp = make(frame, end=START + timedelta(days=days - 1), gaps=(), **study)
    first = frame.loc[frame["stance"] == "suggestion", "id"].iloc[0]
    numbers = answered(inp, reply(f"text:{first}", day))
    (claim,) = [one for one in numbers["claims"] if one["template"] == "answered"]
    (found,) = [one["response"]["change"] for one in numbers["asks"]["listed"] if one["response"]]
    assert claim["verdict"] == found["verdict"]
    return found


def wave(day: int) -> int:
    return 3 + day % 3


def test_fewer_who_ask_after_an_answer_pass_both_tests(make: Make, frame_of: Make) -> None:
    found = change(make, frame_of, 150, lambda day: wave(day) if day < 120 else day % 2, 120)
    assert (found["days"], found["verdict"], found["rank"]) == (7, "passed", 1)
    assert found["before"] > 5 * found["after"]
    assert found["of"] > LEAST_PLACEBOS


def test_where_everything_goes_on_there_is_no_clear_change(make: Make, frame_of: Make) -> None:
    found = change(make, frame_of, 150, wave, 120)
    assert (found["verdict"], found["why_not"]) == ("not_passed", "")


def test_a_fall_that_is_usual_for_the_subject_is_no_change(make: Make, frame_of: Make) -> None:
    found = change(make, frame_of, 200, lambda day: 9 if day // 20 % 2 else 0, 160)
    assert found["verdict"] == "not_passed"


@pytest.mark.parametrize(
    ("days", "day", "why"), [(40, 36, "early"), (40, 3, "edge"), (40, 20, "history"), (40, None, "day_unknown")]
)
def test_too_little_is_said_with_its_reason(make: Make, frame_of: Make, days: int, day: int | None, why: str) -> None:
    found = change(make, frame_of, days, lambda at: wave(at) if at <= 20 else 1, day)
    assert (found["verdict"], found["why_not"]) == ("too_little", why)


def test_few_authors_are_not_tested(make: Make, frame_of: Make) -> None:
    found = change(make, frame_of, 150, lambda day: int(day in {1, 124}), 120)
    assert (found["verdict"], found["why_not"], found["p"]) == ("too_little", "few", None)


def test_every_claim_on_answers_has_its_words_in_both_languages() -> None:
    kinds = {
        "passed",
        "not_passed",
        *(f"too_little{why}" for why in ("", "_few", "_early", "_edge", "_gap", "_history", "_none", "_day_unknown")),
    }
    for language in ("zh", "en"):
        assert kinds == set(catalogue(language)["claims"]["answered"])
        assert {"passed", "not_passed", "too_little"} <= set(catalogue(language)["claims"]["ask"])


@given(*[st.integers(0, 12)] * 4)
@settings(max_examples=60, deadline=None)
def test_the_exact_test_is_what_its_definition_says(a: int, b: int, c: int, d: int) -> None:
    rows, column, total = a + b, a + c, a + b + c + d
    if not total:
        return
    ways = {
        k: math.comb(rows, k) * math.comb(total - rows, column - k)
        for k in range(max(0, column - c - d), min(rows, column) + 1)
    }
    expected = sum(way for way in ways.values() if way <= ways[a]) / math.comb(total, column)
    assert math.isclose(fisher(a, b, c, d), expected, rel_tol=1e-6)


def test_false_discoveries_are_held_down_over_all_answers() -> None:
    assert np.allclose(false_discovery([0.01, 0.04, 0.03, 0.5]), [0.04, 0.16 / 3, 0.16 / 3, 0.5])
    assert false_discovery([]) == []


@pytest.mark.slow
def test_a_hundred_and_fifty_thousand_suggestions_take_a_second_and_a_half(make: Make) -> None:
    import pandas as pd

    from reports.asks import build_asks
    from reports.corpus import prepare

    n, rng = 150_000, np.random.default_rng(1)
    near = rng.zipf(1.3, n) % 60_000
    frame = pd.DataFrame(
        {
            "id": [f"c{i:06d}" for i in range(n)], "text": [f"建议第{i}条" for i in near.tolist()], "near": near,
            "fold": near, "author": [f"a{i}" for i in rng.integers(0, 60_000, n).tolist()], "stance": "suggestion",
            "published_at": at(0) + rng.integers(0, 40 * 86_400_000, n), "published_precision": "second",
        }
    )  # fmt: skip
    inp = make(frame, gaps=())
    corpus = prepare(inp)
    start = time.process_time()
    asks = build_asks(inp, corpus)
    assert time.process_time() - start <= 1.5
    assert len(asks["listed"]) > 100
