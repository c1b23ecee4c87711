"""Who is quoted: the printed rule, fair to every stance, and nobody by shouting."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from reports.corpus import prepare
from reports.inputs import Theme
from reports.voices import CANDIDATES, build_voices, headlines, is_fit
from reports.voices_view import voices_view
from reports.wording import locale_for
from storage.nouns import Wording

if TYPE_CHECKING:
    import pandas as pd

CLAIM = {"id": "C1", "slots": {"s1": {"stance": "concern"}}, "section": "happened", "verdict": "passed", "variant": ""}
WORDS = ("额度", "通知", "客服", "评分", "还款", "逾期", "账单", "利息", "房租", "工资")


def said(stance: str, n: int, **fields: Any) -> list[dict[str, Any]]:
    """So many different comments of a stance, each by its own author."""
    return [
        {
            "text": "".join(WORDS[(i * step + step) % 10] for step in (1, 3, 7, 9)) + f"{i * 7919}",
            "stance": stance,
            "author": f"{stance}{i}",
        }
        | fields
        for i in range(n)
    ]


def voices_of(make: Any, frame: pd.DataFrame, *claims: Any, **fields: Any) -> list[dict[str, Any]]:
    inp = replace(make(frame), **fields)
    return build_voices(inp, prepare(inp), claims)[0]


def test_every_stance_has_the_same_number_of_places(make: Any, frame_of: Any) -> None:
    frame = frame_of([*said("concern", 400), *said("support", 5), *said("suggestion", 40), *said("neutral", 3)])
    voices = voices_of(make, frame)
    counts = [sum(voice["stance"] == s for voice in voices) for s in ("concern", "support", "suggestion", "neutral")]
    assert counts == [2, 2, 2, 2]


def test_places_for_more_themes_are_given_only_where_every_stance_has_them(make: Any, frame_of: Any) -> None:
    themed = [*said("suggestion", 9, theme="notice"), *said("suggestion", 7, theme="review", author="z")]
    bare = frame_of([*themed, *said("concern", 9)])
    assert sum(voice["stance"] == "suggestion" for voice in voices_of(make, bare)) == 2
    alike = frame_of([*themed, *said("concern", 9, theme="notice"), *said("concern", 9, theme="review")])
    titles = (Theme("notice", Wording(en="Notice")), Theme("review", Wording(en="Review")))
    voices = voices_of(make, alike, themes=titles)
    of_concern = [voice["theme"]["en"] for voice in voices if voice["stance"] == "concern"]
    assert of_concern == ["Notice", "Notice", "Review", "Review"]


def test_one_loud_author_does_not_make_the_middle(make: Any, frame_of: Any) -> None:
    flood = [{"text": f"赶紧取消赶紧取消第{i}遍", "stance": "concern", "author": "loud"} for i in range(300)]
    many = [{"text": f"额度还是没有恢复{WORDS[i]}", "stance": "concern", "author": f"p{i}"} for i in range(9)]
    assert "额度还是没有恢复" in voices_of(make, frame_of([*flood, *many]))[0]["text"]


def test_the_loudest_of_the_other_side_is_set_against_a_headline(make: Any, frame_of: Any) -> None:
    rows = [*said("concern", 6), *said("support", 6, likes=1)]
    rows[8]["likes"] = 900
    voices = voices_of(make, frame_of(rows), CLAIM)
    assert [voice["id"] for voice in voices if voice["against"] == ["C1"]] == ["c0008"]
    assert not any(voice["against"] for voice in voices if voice["stance"] == "concern")


def test_without_likes_what_others_repeat_is_the_loudest(make: Any, frame_of: Any) -> None:
    rows = [*said("concern", 3), *said("support", 6)]
    for i in (4, 5, 7):
        rows[i] |= {"text": "早就该这样管一管了，支持一下", "near": 5}
    (against,) = (voice for voice in voices_of(make, frame_of(rows), CLAIM) if voice["against"])
    assert (against["text"], against["similar"]) == ("早就该这样管一管了，支持一下", 2)


def test_only_headlines_that_put_one_stance_first_have_an_answer() -> None:
    level = CLAIM | {"id": "C2", "variant": "level"}
    elsewhere = CLAIM | {"id": "C3", "section": "sure"}
    assert [name for name, _ in headlines([CLAIM, level, elsewhere])] == ["C1"]


@pytest.mark.parametrize("text", ["太短", "长" * 121, "看看 https://example.org 就知道了"])
def test_what_is_too_short_too_long_or_holds_a_link_is_not_quoted(text: str) -> None:
    assert not is_fit(text)


def test_the_choice_does_not_hang_on_the_order_of_rows(make: Any, make_comments: Any) -> None:
    frame = make_comments(400)
    assert voices_of(make, frame) == voices_of(make, frame.sample(frac=1, random_state=3))


@pytest.mark.slow
def test_a_hundred_thousand_comments_are_read_in_part(make: Any, make_comments: Any) -> None:
    base = make_comments(1500)
    frame = base.iloc[np.random.default_rng(1).integers(0, len(base), 200_000)].reset_index(drop=True)
    inp = make(frame.assign(id=[f"c{i:07d}" for i in range(200_000)], author=[f"a{i}" for i in range(200_000)]))
    corpus, read = prepare(inp), []
    texts_at = corpus.texts_at
    counted = replace(corpus, texts_at=lambda at: (read.extend(at), texts_at(at))[1])
    began = time.process_time()
    build_voices(inp, counted, [CLAIM])
    assert time.process_time() - began < 1
    assert len(read) <= 4 * (CANDIDATES + 50)


@pytest.mark.parametrize(("language", "said"), [("en", "Marked “against C4, C2”"), ("zh", "标有“对 C4、C2”的")])
def test_the_rule_explains_the_first_mark_that_is_shown_and_none_where_none_is(
    rich_numbers: dict[str, Any], language: Any, said: str
) -> None:
    plain = [voice | {"against": []} for voice in rich_numbers["voices"]]
    marked = [*plain[:2], plain[2] | {"against": ["C4", "C2"]}, plain[3] | {"against": ["C5"]}]
    locale = locale_for(language, rich_numbers)
    rules = [voices_view(rich_numbers | {"voices": shown}, locale)["voices_rule"] for shown in (plain, marked)]
    assert [said in rule for rule in rules] == [False, True]
    assert not any("C1" in rule or "C5" in rule for rule in rules)
