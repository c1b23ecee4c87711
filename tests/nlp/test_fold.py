"""Folding: texts that readers take as the same get one key; texts that differ do not."""

from __future__ import annotations

import gzip
import json
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nlp.fold
from nlp.fold import fold, fold_keys, fold_many, keys_of, simplified, traditional

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("关闭借呗，太突然了！", "关闭借呗,太突然了!"),
        ("關閉借唄，太突然了！", "关闭借呗，太突然了！"),
        ("ＡＢＣ１２３", "abc123"),
        ("太好了！！！！", "太好了！"),
        ("我 不 同意", "我不同意"),
        ("line one\n\n  line two", "Line one line two"),
        ("凭什么 http://t.cn/A1b2", "凭什么 https://t.cn/zzzz9"),
        ("@小明 你看", "@老王 你看"),
        ("#关闭借呗# 支持", "关闭借呗支持"),
        ("支\u200b持", "支持"),
        ("❤\ufe0f", "❤"),
        ("cafe\u0301", "CAFÉ"),
        ("\x00支持", " 支持"),
    ],
)
def test_same_to_a_reader(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("支持", "不支持"), ("好?", "好!"), ("升2级", "升3级"), ("👨‍👩‍👧", "👨👩👧"), ("me at", "@me")]
)
def test_not_the_same(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_a_name_needs_no_space_after_han_but_a_mail_address_is_none() -> None:
    assert fold("转给@小明 看") == "转给[at]看"
    assert "[at]" not in fold("write to me@example.org")


def test_a_space_after_the_at_sign_does_not_make_a_name() -> None:
    assert fold("看 @ 深圳") == "看@ 深圳"


def test_simplified_keeps_positions() -> None:
    text = "這個應用程式關閉了"
    assert simplified(text) == "这个应用程式关闭了"
    assert len(simplified(text)) == len(text)


def test_no_chain_in_the_table() -> None:
    pairs = traditional()
    assert len(pairs) > 2_000
    assert not set(pairs) & set(pairs.values())
    assert all(len(old) == len(new) == 1 for old, new in pairs.items())


@given(st.lists(st.text(), max_size=8))
def test_a_batch_folds_like_its_texts(texts: list[str]) -> None:
    assert fold_many(texts) == [fold(text) for text in texts]


@given(st.text())
def test_white_space_and_case_never_matter(text: str) -> None:
    assert fold(f"  {text}\t") == fold(text)
    assert not fold(text).startswith(" ")


ODD = st.text(
    st.sampled_from("aA1好這 \t\0\r\x1c\u3000#@[]:/w.!…，＃＠ﾞ゜\u0301\u0316\u034fİß\u200d\ufe0f\ud83d\ude00"),
    max_size=30,
)


@given(st.lists(ODD | st.text(st.characters(), max_size=20), max_size=5))
def test_a_batch_of_odd_texts_folds_and_is_keyed_like_its_texts(texts: list[str]) -> None:
    assert fold_many(texts) == [fold(text) for text in texts]
    assert fold_keys(texts).tolist() == [int(fold_keys([text])[0]) for text in texts]
    assert not any("\x00" in folded or folded != folded.strip() for folded in fold_many(texts))


def by_table(texts: Sequence[str]) -> list[str]:
    """Few texts, folded the way that many are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nlp.fold, "_MANY", 1)
        return fold_many([*texts, "", ""])[:-2]


@given(st.lists(ODD | st.text(st.characters(), max_size=20), max_size=5))
def test_many_texts_fold_like_one(texts: list[str]) -> None:
    assert by_table(texts) == [fold(text) for text in texts]


@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.slow)])
def test_every_character_folds_among_many_as_alone(every: int) -> None:
    plain, marks = map(chr, range(0, 0x3400, every)), map(chr, range(0xF900, 0x1FB10, every))
    han = map(chr, range(0x3400, 0xA010, 5 * every))
    contexts = ("{0}", "好 {0} {0}{0}a", "e{0}\u0301 {0}#{0}@{0}")
    texts = [context.format(char) for char in (*plain, *marks, *han, *traditional()) for context in contexts[:2]]
    texts += [contexts[2].format(char) for char in map(chr, range(0, 0x20000, 7))]
    assert by_table(texts) == fold_many_slowly(texts)


def fold_many_slowly(texts: Sequence[str]) -> list[str]:
    return [folded for start in range(0, len(texts), 500) for folded in fold_many(texts[start : start + 500])]


@pytest.mark.parametrize(
    "text",
    [
        "a//b",
        "HTTP:／／X.org/a 好",
        "好www.a.org",
        "ｗww.a",
        "ww\u200bw.a",
        "w w w.",
        "…… 好",
        "@\u200b小明",
        "a\x00b",
        "  ",
        "好 # 好",
    ],
)
def test_marks_of_addresses_and_names_are_seen_in_any_form(text: str) -> None:
    assert by_table(["好", text, "坏"]) == ["好", fold(text), "坏"]


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "a",
            "哈",
            "这 ",
            " 好",
            "!",
            "…",
            "\u0301\u0316",
            "\u0f73",
            "\u0301ﾞ",
            "\u0301\u034f\u0316\u034f",
            "e\u0301",
            "İ",
        ),
        *(
            "www.",
            "http://",
            "@",
            "@a",
            "#a",
            "[",
            "👨\u200d",
            "🇨",
            "\u202e",
            "\ud800",
            "\ufe0f",
            "שלום ",
            "\u1100\u1161",
        ),
    ],
)
def test_hostile_characters_take_linear_time(within: Any, piece: str) -> None:
    with within(1):
        fold(piece * (100_000 // len(piece)))


@pytest.mark.shared
def test_real_posts_fold_in_a_batch_as_one_by_one(shared: Path) -> None:
    with gzip.open(shared / "data" / "changes.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in islice(lines, 0, None, 20)]
    assert len(texts) > 3_000
    assert fold_many(texts) == fold_many_slowly(texts) == [fold(text) for text in texts]


def test_keys_are_stable_across_runs_and_machines() -> None:
    assert fold_keys(["支持"]).tolist() == keys_of(["支持"]).tolist() == [9221716246078629428]
    assert fold_keys([]).dtype == np.int64


def test_one_row_costs_microseconds(within: Any) -> None:
    texts = [f"第{number}次关闭借呗，太突然了吧，完全没有通知！" for number in range(20_000)]
    fold_keys(texts[:10])
    with within(0.4):
        fold_keys(texts)  # a quarter of the goal: machines differ
