"""Coders by name, and what every registered one must keep to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from nlp.adapt import adapt
from nlp.coders import UnknownCoderError, coder_names, get_coder
from nlp.coders.embedded import EmbeddedCoder
from nlp.coders.protocol import Coder, CoderSettings, annotator
from nlp.coders.study import KEPT
from nlp.examples import change_of
from storage.nouns import STANCES

if TYPE_CHECKING:
    from pathlib import Path

CHANGE = change_of("某市全面禁止摩托车通行")
TEXTS = ["支持，早该禁了", "凭什么不让骑，太不讲理了", "", "建议先给外卖员留条路", "关我什么事"]


@pytest.fixture(params=["embedded", "study"])
def coder(request: pytest.FixtureRequest, tmp_path: Path) -> Coder:
    """The coders that need nothing but what is here; the others have tests of their own."""
    if request.param == "embedded":
        return get_coder("embedded")
    labelled = [f"{text}{number}" for number in range(6) for text in TEXTS]
    stances = np.array([0, 1, 3, 2, 3] * 6)
    path = tmp_path / KEPT
    path.parent.mkdir()
    adapt(EmbeddedCoder(), labelled, stances, CHANGE, labelled).save(path)
    return get_coder("study", CoderSettings(folder=tmp_path))


def test_every_kind_is_known_by_its_name() -> None:
    assert coder_names()[:2] == ("embedded", "study")


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownCoderError, match="embedded") as raised:
        get_coder("oracle")
    assert raised.value.remedy


def test_without_settings_a_coder_is_loaded_once() -> None:
    assert get_coder("embedded") is get_coder("embedded")


def test_a_coder_names_its_annotations(coder: Coder) -> None:
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
