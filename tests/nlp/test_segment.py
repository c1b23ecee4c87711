"""Segmentation: marks stay whole, Han goes to the engine, both engines agree."""

from __future__ import annotations

import gzip
import json
from itertools import accumulate, islice
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nlp.segment
from nlp.segment import (
    LONGEST_PIECE,
    DictionaryWord,
    Segmenter,
    Words,
    domain_words,
    is_word,
    read_dictionary,
    segmenter,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def cut() -> Segmenter:
    return segmenter()


@pytest.fixture(scope="module")
def reference() -> Segmenter:
    return Segmenter(engine="jieba")


@pytest.mark.parametrize(
    "token",
    [
        "https://t.cn/A6x?b=c",
        "www.example.org/x",
        "@小明_01",
        "#关闭借呗#",
        "[允悲]",
        "[doge]",
        "👨‍👩‍👧",
        "👍🏽",
        "🇨🇳",
        "❤️",
        "1️⃣",
        "WeChat",
        "don't",
        "3.15",
        "30%",
        "双11",
    ],
)
def test_a_mark_is_one_token(cut: Segmenter, token: str) -> None:
    assert cut.cut(f"你好 {token} 再见") == ["你好", token, "再见"]


def test_marks_glued_to_han_end_where_han_begins(cut: Segmenter) -> None:
    assert cut.cut("看https://t.cn/Ab1太贵了")[:2] == ["看", "https://t.cn/Ab1"]
    assert cut.cut("iPhone真香[doge]") == ["iPhone", "真香", "[doge]"]


def test_punctuation_is_dropped_and_footnote_marks_are_no_codes(cut: Segmenter) -> None:
    assert cut.cut("好，坏。[12]") == ["好", "坏", "12"]


def test_two_emoji_are_two_tokens(cut: Segmenter) -> None:
    assert cut.cut("😂😂🇨🇳🇬🇧") == ["😂", "😂", "🇨🇳", "🇬🇧"]


def test_domain_words_stay_whole(cut: Segmenter) -> None:
    for word, _ in domain_words():
        assert cut.cut(f"关于{word}，") == ["关于", word], word


def test_the_studys_own_words_stay_whole_in_both_engines() -> None:
    words = ("琉璃贷", "青鸟支付", "Pay琉璃", DictionaryWord("灰灰卡", 50_000))
    post = "青鸟支付把琉璃贷和灰灰卡关了，Pay琉璃也关了"
    fast, slow = Segmenter(words), Segmenter(words, engine="jieba")
    assert fast.cut(post) == slow.cut(post)
    assert {"琉璃贷", "青鸟支付", "Pay琉璃", "灰灰卡"} <= set(fast.cut(post))


def test_traditional_text_is_cut_where_simplified_is(cut: Segmenter) -> None:
    old, new = cut.cut("支付寶關閉了芝麻信用"), cut.cut("支付宝关闭了芝麻信用")
    assert [len(word) for word in old] == [len(word) for word in new]
    assert "".join(old) == "支付寶關閉了芝麻信用"


def test_a_dictionary_is_read_as_jieba_reads_it() -> None:
    lines = "\ufeff花呗 300 n\n借呗\n# note\n\n芝麻 分\n"
    assert read_dictionary(lines) == [("花呗", 300), ("借呗", None), ("芝麻", None)]


def test_a_long_run_takes_linear_time(cut: Segmenter, within: Any) -> None:
    with within(2):
        words = cut.cut("哈" * 200_000)
    assert sum(map(len, words)) == 200_000
    assert max(map(len, words)) <= LONGEST_PIECE


def test_batches_keep_texts_apart(cut: Segmenter) -> None:
    texts = ["支持", "", "a\x00b", "坏\n人", "！？", "😂"] * 100
    assert cut.cut_many(texts) == [cut.cut(text) for text in texts]
    assert cut.cut_many([]) == []


MIXED = [
    "支持", "", "a\x00b\x01", "坏\n人", "！？", "😂", "支付寶關閉了芝麻信用", "#关闭借呗#雙11 支付宝", "𠮷野家𠮷",
    "哈" * 5_000, "社会主义核心价值观", "https://t.cn/A6x 花呗 hi 3.15", "\ud800支持",
]  # fmt: skip


@pytest.mark.parametrize("characters", [1, 40, 1 << 19])
def test_words_as_numbers_are_the_words_however_texts_are_taken_together(
    cut: Segmenter, monkeypatch: pytest.MonkeyPatch, characters: int
) -> None:
    alone = [cut.cut(text) for text in MIXED]
    monkeypatch.setattr(nlp.segment, "_STRETCH", characters)
    found = cut.words(MIXED * 3)
    assert cut.cut_many(MIXED * 3) == found.lists() == alone * 3
    assert found.ends.tolist() == list(accumulate(map(len, alone * 3)))
    assert sorted(found.vocabulary) == sorted({word for words in alone for word in words})
    assert [len(part) for part in cut.words([])] == [0, 0, 0]


def test_words_of_some_texts_are_taken_without_a_list_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlp.segment._TEXTS_AT_ONCE", 2)  # so that several stretches are met
    lists = segmenter().cut_many(MIXED)
    found, which = segmenter().words(MIXED), [4, 0, 0, 3, 1]
    assert found.take(which).lists() == [lists[at] for at in which]
    assert found.take([]).lists() == []
    assert Words.of(lists).lists() == lists
    assert found.lengths.tolist() == [len(words) for words in lists]
    pairs = [pair for text, ids in found.stretches() for pair in zip(text.tolist(), ids.tolist(), strict=True)]
    assert [(at, found.vocabulary[one]) for at, one in pairs] == [
        (at, word) for at, words in enumerate(lists) for word in words
    ]


def test_many_distinct_words_are_told_apart(cut: Segmenter) -> None:
    """Two thousand and more, which are numbered another way than a few."""
    texts = [f"{chr(0x4E00 + at)}，{chr(0x4E00 + at % 50)}{chr(0x5E00 + at)}，w{at}" for at in range(1_500)]
    assert cut.cut_many(texts) == [cut.cut(text) for text in texts]


@given(st.lists(st.text(alphabet=st.sampled_from("支持花呗後这a1@#[]😂\u200d❤️ ，\n\x00")), max_size=5))
def test_no_letter_is_lost_or_made(texts: list[str]) -> None:
    for text, words in zip(texts, segmenter().cut_many(texts), strict=True):
        left = iter(text)
        assert all(letter in left for word in words for letter in word)
        kept = "".join(words)
        assert all(kept.count(han) == text.count(han) for han in "支持花呗後这a1")


def test_words_are_told_from_marks() -> None:
    assert all(map(is_word, ["支持", "WeChat"]))
    assert not any(map(is_word, ["https://t.cn/x", "@小明", "#话题#", "[允悲]", "😂", "30%"]))


def test_mixed_words_of_the_dictionary_stay_whole_in_traditional_text_too(cut: Segmenter) -> None:
    assert "雙11" in cut.cut("今年雙11不買了")
    own = Segmenter(["WeChat付费"])
    assert own.cut("用WeChat付費吧") == own.cut("用WeChat付費吧") == ["用", "WeChat付費", "吧"]


def test_equal_words_of_a_batch_are_one_object(cut: Segmenter) -> None:
    (one, other, *_), (again, *_) = cut.cut_many(["支持 支持", "支持"])
    assert one is other is again


def test_controls_in_a_post_are_no_marks_of_the_stream(cut: Segmenter) -> None:
    assert cut.cut_many(["支持\x01反对", "a\x00b\n\x01", "#a\x01b#", ""]) == [
        *(["支持", "反对"], ["a", "b"], ["#a\x01b#"], []),
    ]


def test_a_frequency_beyond_all_bounds_is_none() -> None:
    assert read_dictionary("花呗 1" + "0" * 5_000) == [("花呗", None)]


def test_the_collector_of_garbage_is_left_as_it_was(cut: Segmenter) -> None:
    import gc

    gc.disable()
    try:
        cut.cut_many(["支持"])
        assert not gc.isenabled()
    finally:
        gc.enable()
    cut.cut_many(["支持"])
    assert gc.isenabled()


@settings(max_examples=50)
@given(texts=st.lists(st.text(alphabet="支持花呗借後這双雙1a，。 ", max_size=12), max_size=4))
def test_both_engines_agree_on_any_text(cut: Segmenter, reference: Segmenter, texts: list[str]) -> None:
    assert cut.cut_many(texts) == reference.cut_many(texts)


@pytest.mark.shared
def test_both_engines_agree_on_real_posts(cut: Segmenter, reference: Segmenter, shared: Path) -> None:
    """A fixed sample; `benchmarks/segmentation.py` compares them all."""
    with gzip.open(shared / "data" / "changes.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in islice(lines, 0, 40_000, 40)]
    runs = cut.runs(texts)
    pairs = zip(runs, cut.cut_many(runs), reference.cut_many(runs), strict=True)
    apart = [run for run, ours, theirs in pairs if ours != theirs]
    assert len(runs) > 5_000
    assert len(apart) <= 1, apart
