"""Features: what counts as the change, what negation turns, and that a text's features are its own."""

from __future__ import annotations

import hashlib
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.cues import table_of
from nlp.features import SKELETON, TOTAL_BINS, WORDING, featurise, profile, wordings
from nlp.stream import stream
from storage.nouns import Change, Wording

CHANGE = ("某市取消纸质车票，改用电子客票",)


def labels(text: str, words: tuple[str, ...] = CHANGE) -> list[str]:
    """The skeleton of one text as category names."""
    features = featurise([text], words)
    return [features.names[kind] for kind in features.items.category]


def bins_of(texts: list[str], index: int) -> list[list[int]]:
    """The bins of one text of a batch, by block."""
    features = featurise(texts, CHANGE)
    return [block.bin[block.doc == index].tolist() for block in features.blocks]


def test_tokens_are_characters_and_runs_of_letters() -> None:
    tokens = stream(["支持abc 123！", "好"])
    assert (tokens.end - tokens.start).tolist() == [1, 1, 3, 3, 1, 1, 1, 1]
    assert tokens.doc.tolist() == [0, 0, 0, 0, 0, 0, 1, 1]


def test_digits_width_case_and_traditional_characters_fold_together() -> None:
    one, other = stream(["贊成ＡＢＣ 2024"]), stream(["赞成abc 1999"])
    assert one.hashes.tolist() == other.hashes.tolist()


def test_the_words_of_the_change_are_one_item_of_the_skeleton() -> None:
    assert labels("电子客票真麻烦")[0] == "target"
    assert "target" not in labels("天气真麻烦")
    assert featurise(["paper tickets?"], ("The railway ends paper tickets",)).items.category.size > 0


def test_what_is_said_of_two_changes_has_one_skeleton() -> None:
    one, other = featurise(["支持电子客票"], CHANGE), featurise(["支持夜市"], ("某市取消夜市",))
    skeletons = [[block.bin.tolist() for block in part.blocks if block.group == SKELETON] for part in (one, other)]
    assert skeletons[0] == skeletons[1]
    assert one.blocks[1].bin.tolist() != other.blocks[1].bin.tolist()


def test_wording_is_every_run_of_one_to_three_tokens() -> None:
    text = "早该取消了ok"
    part = featurise(["不！", text], CHANGE)
    wording = [block for block in part.blocks if block.group == WORDING]
    joined = "不！\0" + text
    runs = [
        [joined[part.stream.start[a] : part.stream.end[b]] for a, b in zip(block.first, block.last, strict=True)]
        for block in wording
    ]
    assert runs[0] == ["不", "！", "早", "该", "取", "消", "了", "ok"]
    assert runs[1] == ["不！", "早该", "该取", "取消", "消了", "了ok"]
    assert runs[2] == ["早该取", "该取消", "取消了", "消了ok"]


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


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=40), max_size=5), st.text(max_size=60), st.lists(st.text(max_size=40), max_size=5))
def test_neighbours_play_no_part(before: list[str], text: str, after: list[str]) -> None:
    assert bins_of([*before, text, *after], len(before)) == bins_of([text], 0)


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
    assert bins_of(["真的吗?", ""], 1) == bins_of([""], 0)


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
    """Weights belong to bins: whoever changes a bin has to train anew, and then writes the digest here."""
    table = table_of(CUES)
    monkeypatch.setattr("nlp.features.stance_cues", lambda: table)
    draw = random.Random(7)
    texts = ["".join(draw.choices(PIECES, k=draw.randrange(30))) for _ in range(400)]
    features = featurise(
        ["", "。", "?", *texts, "a" * 300], ("某市禁止摩托车通行，夜市收费", "A city bans motorcycles")
    )
    digest = hashlib.sha256()
    for block in features.blocks:
        for part in (block.doc, block.bin, block.first, block.last):
            digest.update(np.ascontiguousarray(part, "<i8").tobytes())
    assert digest.hexdigest()[:16] == "f813e157a7ae2953"
