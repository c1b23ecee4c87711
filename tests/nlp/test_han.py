"""Many runs of Han are cut at once exactly as the engine cuts them one by one."""

from __future__ import annotations

import gzip
import json
from itertools import islice, pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nlp.segment
from nlp.han import LONGEST_RUN, HanCutter
from nlp.segment import DictionaryWord, Segmenter, segmenter

if TYPE_CHECKING:
    from pathlib import Path

OWN = ("琉璃贷", "青鸟支付", "Pay琉璃", DictionaryWord("灰灰卡", 50_000), DictionaryWord("这一", 9_000_000), "㐀字")
POSTS = [
    "青鸟支付把琉璃贷和灰灰卡关了，Pay琉璃也关了，这一下谁都别用",
    "哈哈哈哈哈，啊啊啊啊，呵呵呵，啊啊啊啊啊，哈哈哈哈哈哈哈",
    "支付寶關閉了芝麻信用，王小虎硕士毕业于中国科学院计算所",
    "社会主义核心价值观、中华人民共和国万岁、𠮷野家、㐀字",
    "愿意的罚多少都照样生生生生生，陈錤请嫲嫲来带",
    "@小明 看https://t.cn/Ab1太贵了[doge]，#关闭借呗#不行😂\x00\x01\n好",
    "哈" * (LONGEST_RUN - 1) + "，" + "哈" * LONGEST_RUN + "，" + "哈好" * LONGEST_RUN + "，支持",
    "",
    "支持",
]


@pytest.fixture(scope="module")
def own() -> Segmenter:
    return Segmenter(OWN)


def both_ways(cut: Segmenter, texts: list[str]) -> tuple[list[list[str]], list[list[str]]]:
    """The words of each text, run by run and all runs side by side."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nlp.segment, "_WORTH_A_TABLE", 0)
        at_once = cut.cut_many(texts)
    return [cut.cut(text) for text in texts], at_once


def test_runs_side_by_side_are_cut_as_one_by_one(own: Segmenter) -> None:
    one_by_one, at_once = both_ways(own, POSTS)
    assert at_once == one_by_one
    assert {"琉璃贷", "灰灰卡", "Pay琉璃", "支付寶", "生生生", "社会主义", "这一"} <= {
        word for words in at_once for word in words
    }


@settings(max_examples=60)
@given(
    texts=st.lists(
        st.text(alphabet="生分哈等啊琉璃贷灰卡这一下中国人民錤嫲㐀，支付寶a", max_size=24), min_size=1, max_size=6
    )
)
def test_equally_probable_ways_are_decided_as_by_the_engine(own: Segmenter, texts: list[str]) -> None:
    one_by_one, at_once = both_ways(own, texts)
    assert at_once == one_by_one


def test_words_have_one_number_however_they_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the dictionary, by the hidden Markov model, in Traditional spelling, and in a batch that is cut otherwise."""
    monkeypatch.setattr(nlp.segment, "_WORTH_A_TABLE", 0)
    monkeypatch.setattr(nlp.segment, "_STRETCH", 30)
    found = segmenter().words(POSTS * 3)
    assert len(set(found.vocabulary)) == len(found.vocabulary)
    assert found.lists() == [segmenter().cut(text) for text in POSTS] * 3


def test_a_node_is_one_word_and_a_word_one_node() -> None:
    stream = "支付宝关闭了花呗\n花呗关闭了\n关闭支付宝\n王小虎\n"
    found = HanCutter({"花呗": 300}).cut(np.frombuffer(stream.encode("utf-32-le"), np.uint32), 11)
    begins = [*np.flatnonzero(found.begins).tolist(), len(stream)]
    named = {(stream[one:other], int(found.nodes[one])) for one, other in pairwise(begins)}
    nodes = {word: node for word, node in named if node >= 0}
    assert {"支付宝", "关闭", "花呗", "了"} <= set(nodes)
    assert len(set(nodes.values())) == len(nodes) == len([node for _, node in named if node >= 0])
    assert found.left == []


def test_long_runs_and_rare_characters_are_left() -> None:
    stream = "好" * (LONGEST_RUN + 1) + "\n好㐀\n好\n"
    found = HanCutter({}).cut(np.frombuffer(stream.encode("utf-32-le"), np.uint32), 11)
    assert found.left == [(0, LONGEST_RUN + 1), (LONGEST_RUN + 2, LONGEST_RUN + 4)]


@pytest.mark.shared
def test_real_posts_are_cut_alike_both_ways(shared: Path) -> None:
    with gzip.open(shared / "data" / "changes.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in islice(lines, 7, 77_000, 40)]
    one_by_one, at_once = both_ways(segmenter(), texts)
    assert at_once == one_by_one
