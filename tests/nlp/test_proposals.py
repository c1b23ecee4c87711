"""The sentence in which a comment proposes something."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.examples import change_of
from nlp.proposals import proposal_spans, sentence_spans

ZH, EN = change_of("某市地铁票价上调一元"), change_of("The city raises metro fares")


@pytest.mark.parametrize(
    ("change", "text", "proposed"),
    [
        (ZH, "每天都挤成罐头了。建议早高峰加开两班车。反正我是等不到了。", "建议早高峰加开两班车。"),
        (ZH, "又涨价？能不能给学生打个折！唉", "能不能给学生打个折！"),
        (ZH, "希望先公布成本明细", "希望先公布成本明细"),
        (
            EN,
            "Another rise. They should freeze fares for students. I walk anyway.",
            "They should freeze fares for students.",
        ),
        (EN, "It rose by 3.5 percent. Why not a monthly cap?", "Why not a monthly cap?"),
    ],
)
def test_the_proposing_sentence_is_named(change: object, text: str, proposed: str) -> None:
    ((start, end),) = proposal_spans([text], change)  # type: ignore[arg-type]
    assert text[start:end] == proposed


def test_each_text_has_its_own_whatever_stands_beside_it() -> None:
    texts = ["建议加车。挤死了。", "", "挤死了。建议加车。"]
    assert proposal_spans(texts, ZH) == [proposal_spans([text], ZH)[0] for text in texts]
    assert proposal_spans(texts, ZH)[1] == (0, 0)
    assert proposal_spans([], ZH) == []


@given(st.text(max_size=200))
def test_sentences_are_in_order_apart_and_hold_every_word(text: str) -> None:
    spans = sentence_spans(text)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    kept = "".join(text[start:end] for start, end in spans)
    assert "".join(kept.split()) == "".join(text.split())
