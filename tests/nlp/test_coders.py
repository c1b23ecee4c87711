"""Coders by name, and what every registered one must keep to."""

from __future__ import annotations

import numpy as np
import pytest

from nlp.coders import UnknownCoderError, coder_names, get_coder
from nlp.coders.protocol import Coder, annotator
from nlp.examples import change_of
from storage.nouns import STANCES

CHANGE = change_of("某市全面禁止摩托车通行")
TEXTS = ["支持，早该禁了", "凭什么不让骑，太不讲理了", "", "建议先给外卖员留条路", "关我什么事"]


@pytest.fixture(params=[name for name in coder_names() if ":" not in name])
def coder(request: pytest.FixtureRequest) -> Coder:
    return get_coder(request.param)


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownCoderError, match="embedded") as raised:
        get_coder("oracle")
    assert raised.value.remedy


def test_a_coder_is_loaded_once_and_names_its_annotations(coder: Coder) -> None:
    assert get_coder(coder.name) is coder
    assert isinstance(coder, Coder)
    assert annotator(coder) == f"{coder.name}@{coder.version}"


def test_scores_are_probabilities_and_primary_is_the_highest(coder: Coder) -> None:
    codes = coder.code(TEXTS, CHANGE)
    assert codes.scores.shape == (len(TEXTS), len(STANCES))
    assert (codes.scores.dtype, codes.primary.dtype) == (np.float32, np.int8)
    np.testing.assert_allclose(codes.scores.sum(1), 1, atol=1e-5)
    assert (codes.primary == codes.scores.argmax(1)).all()
    assert len(codes) == len(TEXTS)


def test_no_texts_give_no_codes(coder: Coder) -> None:
    assert coder.code([], CHANGE).scores.shape == (0, len(STANCES))
    assert coder.code([], CHANGE, []).primary.shape == (0,)


def test_scores_do_not_depend_on_order_or_batch(coder: Coder) -> None:
    together = coder.code(TEXTS, CHANGE).scores
    alone = np.concatenate([coder.code([text], CHANGE).scores for text in TEXTS])
    backwards = coder.code(TEXTS[::-1], CHANGE).scores[::-1]
    assert together.tobytes() == alone.tobytes() == backwards.tobytes()


def test_an_explanation_agrees_with_the_code(coder: Coder) -> None:
    for text in TEXTS:
        explanation = coder.explain(text, CHANGE)
        assert explanation.primary == coder.code([text], CHANGE).stance(0)
        assert explanation.annotator == annotator(coder)
        for reason in explanation.reasons:
            assert len(reason.weights) == len(STANCES)
            assert all(0 <= start < end <= len(text) for start, end in reason.spans)
