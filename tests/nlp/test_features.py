"""Features: what is masked, what negation turns, and that a text's features are its own."""

from __future__ import annotations

import hashlib
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.cues import table_of
from nlp.features import TOTAL_BINS, featurise, profile, wordings
from nlp.stream import stream
from storage.nouns import Change, Wording

CHANGE = ("某市取消纸质车票，改用电子客票",)


def labels(text: str, words: tuple[str, ...] = CHANGE) -> list[str]:
    """The skeleton of one text as category names."""
    features = featurise([text], words)
    return [features.names[kind] for kind in features.items.category]


def weights_of(texts: list[str], index: int) -> dict[int, float]:
    """Bin and value of every feature of one text of a batch."""
    features = featurise(texts, CHANGE)
    sums: dict[int, float] = {}
    for block in features.blocks:
        for one in block.bin[block.doc == index]:
            sums[int(one)] = sums.get(int(one), 0) + float(features.scale[block.group][index])
    return sums


def test_tokens_are_characters_and_runs_of_letters() -> None:
    tokens = stream(["支持abc 123！", "好"])
    assert (tokens.end - tokens.start).tolist() == [1, 1, 3, 3, 1, 1, 1, 1]
    assert tokens.doc.tolist() == [0, 0, 0, 0, 0, 0, 1, 1]


def test_digits_width_case_and_traditional_characters_fold_together() -> None:
    one, other = stream(["贊成ＡＢＣ 2024"]), stream(["赞成abc 1999"])
    assert one.hashes.tolist() == other.hashes.tolist()


def test_the_words_of_the_change_read_as_one_mark() -> None:
    assert "target" in labels("电子客票真麻烦")
    assert "target" not in labels("天气真麻烦")
    assert featurise(["paper tickets?"], ("The railway ends paper tickets",)).items.category.size > 0


def test_two_changes_share_wording_around_the_target() -> None:
    one = featurise(["支持电子客票"], CHANGE).blocks[2].bin
    other = featurise(["支持尾号限行"], ("某市尾号限行",)).blocks[2].bin
    assert set(one) & set(other)


def test_a_negation_turns_the_cue_after_it_within_its_clause() -> None:
    assert "not PRO" in labels("我不是很支持")
    assert "not PRO" not in labels("不，支持")
    assert "not PRO" not in labels("不知道为什么这么多人会支持")


def test_an_act_is_told_apart_by_the_side_it_is_on() -> None:
    ban = ("某市禁止摩托车通行",)
    assert "same_act" in labels("早该禁止", ban)
    assert "counter_act" in labels("快放开吧", ban)
    assert profile(ban).acts == frozenset({"RESTRICT"})


def test_every_wording_of_a_change_counts() -> None:
    change = Change(
        name=Wording(zh="取消纸票", en="paperless"),
        statement=Wording(zh="取消纸质车票"),
        aliases=("电子票",),
        words_en=("ticket",),
    )
    assert wordings(change) == ("取消纸票", "paperless", "取消纸质车票", "电子票", "ticket")


@pytest.mark.parametrize(
    "text", ["", " ", "。", "?", "\0", "👍", "\ud800", "a" * 30_000, "不" * 30_000, "[允悲]", "①Ａ"]
)
def test_odd_texts_have_features_in_range(text: str) -> None:
    features = featurise([text, "好"], CHANGE)
    for block in features.blocks:
        assert len(block.bin) == len(block.doc) == len(block.first) == len(block.last)
        assert ((block.bin >= 0) & (block.bin < TOTAL_BINS)).all()
        assert ((block.doc >= 0) & (block.doc < 2)).all()
    assert np.isfinite(features.scale).all()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=40), max_size=5), st.text(max_size=60), st.lists(st.text(max_size=40), max_size=5))
def test_neighbours_play_no_part(before: list[str], text: str, after: list[str]) -> None:
    assert weights_of([*before, text, *after], len(before)) == weights_of([text], 0)


def test_folding_keeps_places() -> None:
    text = "㈱ＡＢ好\ud83d👍"
    tokens = stream([text])
    assert [text[start:end] for start, end in zip(tokens.start, tokens.end, strict=True)][:4] == [
        "㈱",
        "ＡＢ",
        "好",
        "👍",
    ]


def test_an_empty_text_knows_nothing_of_the_one_before() -> None:
    assert weights_of(["真的吗?", ""], 1) == weights_of([""], 0)


CUES = {
    "PRO": ["支持", "赞成", "坚决支持", "agree"],
    "ANTI": ["反对", "不支持", "who cares"],
    "NEG": ["不", "没有", "not"],
    "INTENS": ["很", "太", "very"],
    "SUGGEST": ["建议", "希望能"],
    "RESTRICT": ["禁止", "关闭", "ban"],
    "RELAX": ["放开", "allow"],
    "COSTUP": ["涨价", "收费"],
    "COSTDOWN": ["降价"],
}
PIECES = (
    *'，。！？?!、\n 的了一#@/0“"【[',
    *(word for words in CUES.values() for word in words),
    *("摩托车", "夜市", "Motorcycles", "２０２４年", "👍", "㈱", "\ud83d", "𠀀", "繁體", "don’t", "\0"),
)


def test_a_model_of_today_can_be_read_tomorrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights belong to bins: whoever changes a bin or a value has to train anew, and then writes the digest here."""
    table = table_of(CUES)
    monkeypatch.setattr("nlp.features.stance_cues", lambda: table)
    draw = random.Random(7)
    texts = ["".join(draw.choices(PIECES, k=draw.randrange(30))) for _ in range(400)]
    features = featurise(
        ["", "。", "?", *texts, "a" * 300], ("某市禁止摩托车通行，夜市收费", "A city bans motorcycles")
    )
    digest = hashlib.sha256(np.ascontiguousarray(features.scale, "<f8").tobytes())
    for block in features.blocks:
        for part in (block.doc, block.bin, block.first, block.last):
            digest.update(np.ascontiguousarray(part, "<i8").tobytes())
    assert digest.hexdigest()[:16] == "0ca37164979235f0"
