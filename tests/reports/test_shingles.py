"""Near duplicates: found whatever their order, and never at the price of a quadratic search."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from reports.shingles import Shingles, folded, merge_alike

words = st.text(alphabet="建议通知用户abc，。 !", max_size=12)


def jaccard(one: str, other: str) -> float:
    def pairs(text: str) -> set[str]:
        return {text[i : i + 2] for i in range(len(text) - 1)} or {text}

    a, b = pairs(folded(one)), pairs(folded(other))
    return len(a & b) / len(a | b)


@given(st.lists(words, max_size=12), words)
def test_likeness_is_the_jaccard_similarity_of_character_pairs(texts: list[str], probe: str) -> None:
    kept = [text for text in texts if folded(text)]
    if not folded(probe):
        return
    shingles = Shingles.of([folded(text) for text in [*kept, probe]])
    likeness = shingles.likeness_to(shingles.pairs(len(kept)))
    assert np.allclose(likeness[:-1], [jaccard(text, probe) for text in kept])


def test_punctuation_case_and_one_more_word_do_not_split_a_request() -> None:
    texts = [
        "建议提前一个月通知",
        "建议提前一个月通知！！",
        "建议提前一个月通知吧",
        "希望公开评分算法",
        "Give NOTICE first",
        "give notice first!",
    ]
    assert merge_alike(texts) == [0, 0, 0, 3, 4, 4]


def test_texts_without_letters_stand_alone() -> None:
    assert merge_alike(["！！！", "😀", "", "支持"]) == [0, 1, 2, 3]


def test_a_text_is_alike_only_to_its_leader_so_chains_do_not_drift() -> None:
    chain = ["abcdefgh", "cdefghij", "efghijkl", "ghijklmn"]
    group = merge_alike(chain)
    assert group[3] != 0


def test_ten_thousand_different_texts_take_well_under_a_few_seconds(within: Any) -> None:
    texts = [
        f"建议第{i * 7919 % 100_003}项改成方案{i * 31 % 9973}，{chr(0x4E00 + i % 8000)}{chr(0x4E00 + i * 13 % 8000)}"
        for i in range(10_000)
    ]
    with within(5):
        merge_alike(texts)
