"""Keywords: words that one stance uses more than the others, by comments."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from nlp.keywords import Keyword, holders, keywords, log_odds_z, stop_words
from storage.nouns import STANCES, Stance


@pytest.fixture
def study() -> tuple[list[list[str]], list[str]]:
    tokens = [["利息", "太高", "的", "手机"]] * 20 + [["放心", "安全", "手机", "的"]] * 20 + [["手机", "时间"]] * 20
    return tokens, ["concern"] * 20 + ["support"] * 20 + ["neutral"] * 20


def words(found: list[Keyword]) -> list[str]:
    return [keyword.word for keyword in found]


def test_each_stance_shows_its_own_words(study: tuple[list[list[str]], list[str]]) -> None:
    found = keywords(*study)
    assert words(found[Stance.CONCERN]) == ["利息", "太高"]
    assert words(found[Stance.SUPPORT]) == ["安全", "放心"]
    assert found[Stance.SUGGESTION] == []
    assert set(found) == set(STANCES)


def test_count_and_rate_are_comments_not_occurrences(study: tuple[list[list[str]], list[str]]) -> None:
    tokens, stance = study
    first = keywords([["利息", "利息", "利息", *rest] for rest in tokens], stance, min_z=-99)[Stance.SUPPORT]
    interest = next(word for word in first if word.word == "利息")
    assert (interest.count, interest.rate) == (20, 1.0)


def test_stop_words_numbers_marks_and_single_letters_are_no_keywords() -> None:
    tokens = [["的", "the", "30%", "😂", "[允悲]", "@小明", "#话题#", "https://t.cn/x", "好", "x", "利息"]] * 9 + [
        ["安全"]
    ] * 9
    found = keywords(tokens, ["concern"] * 9 + ["support"] * 9)
    assert words(found[Stance.CONCERN]) == ["利息"]


def test_the_changes_own_words_and_their_parts_are_left_out(study: tuple[list[list[str]], list[str]]) -> None:
    found = keywords(*study, leave_out=["降低利息", "太高"])
    assert not {"利息", "太高"} & set(words(found[Stance.CONCERN]))


def test_a_word_needs_three_comments() -> None:
    tokens = [["罕见"]] * 2 + [["常见"]] * 3 + [["安全"]] * 200
    found = keywords(tokens, ["concern"] * 5 + ["support"] * 200)
    assert words(found[Stance.CONCERN]) == ["常见"]


def test_spellings_are_one_word_shown_as_most_write_it() -> None:
    tokens = [["利率"]] * 3 + [["WeChat"]] * 4 + [["wechat"]] * 3 + [["關閉"]] + [["关闭"]] * 5 + [["安全"]] * 99
    found = keywords(tokens, ["concern"] * 16 + ["support"] * 99)
    assert {(word.word, word.count) for word in found[Stance.CONCERN]} == {("WeChat", 7), ("关闭", 6), ("利率", 3)}


def test_ties_go_by_count_then_word_whatever_the_order(study: tuple[list[list[str]], list[str]]) -> None:
    tokens, stance = study
    assert keywords(tokens[::-1], stance[::-1]) == keywords(tokens, stance)


def test_nothing_to_count_gives_empty_lists() -> None:
    assert keywords([], []) == {stance: [] for stance in STANCES}
    assert keywords([[], ["的"]], ["support", "concern"])[Stance.SUPPORT] == []


def test_unknown_stances_are_left_out(study: tuple[list[list[str]], list[str]]) -> None:
    tokens, stance = study
    assert keywords([*tokens, ["利息"]], [*stance, None]) == keywords(tokens, stance)  # type: ignore[list-item]


def test_z_is_the_formula_of_the_paper() -> None:
    counts = np.array([[30, 10], [70, 190]])
    prior = 20.0
    weight = prior * 40 / 300
    inside, outside = 30 + weight, 10 + weight
    delta = math.log(inside / (100 + prior - inside)) - math.log(outside / (200 + prior - outside))
    assert log_odds_z(counts, prior)[0, 0] == pytest.approx(delta / math.sqrt(1 / inside + 1 / outside))


def test_z_of_some_of_the_words_is_that_among_all_of_them() -> None:
    counts = np.array([[30, 10], [70, 190], [1, 0], [0, 2]])
    assert (log_odds_z(counts[:2], 20.0, counts.sum(0)) == log_odds_z(counts, 20.0)[:2]).all()


def test_stop_words_are_folded() -> None:
    assert {"的", "the", "don't"} <= stop_words()
    assert all(word == word.lower() for word in stop_words())


def test_a_hundred_thousand_comments_take_seconds(within: Any) -> None:
    draw = np.random.default_rng(3)
    vocabulary = np.array([f"词{number}语" for number in range(20_000)], dtype=object)
    tokens = [list(row) for row in vocabulary[draw.zipf(1.3, (20_000, 15)) % 20_000]]
    stance = draw.choice([str(one) for one in STANCES], 20_000)
    with within(2):
        keywords(tokens, stance)  # a fifth of the size in two thirds of the goal's time: machines differ


def test_the_comments_that_hold_a_word_are_found_however_it_is_spelled() -> None:
    tokens = [["利息", "利息"], ["fee", "太高"], ["Fee"], ["FEE", "利息"], []]
    stance = ["concern", "concern", "support", "concern", "concern"]
    sought = {Stance.CONCERN: ["利息", "Fee", "安全"], Stance.SUPPORT: ["fee"]}
    assert holders(tokens, stance, sought) == {
        Stance.CONCERN: {"利息": [0, 3], "Fee": [1, 3], "安全": []},
        Stance.SUPPORT: {"fee": [2]},
    }
