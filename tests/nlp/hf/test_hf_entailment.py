"""NLI models as stance coders: what they are asked, and how their answers become stances. Needs no extra."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.coders.hf.entailment import HYPOTHESES, Entailing, is_entailment_model
from nlp.coders.hf.options import HfOptions
from storage.nouns import STANCES, Change, Wording

NAMES = ("entailment", "neutral", "contradiction")
BOTH = Change(name=Wording(zh="限电"), statement=Wording(zh="城区限行电动车", en="E-bikes are limited downtown"))
CHINESE = Change(name=Wording(zh="限电"), statement=Wording(zh="城区限行电动车"))


def logits(*entailed: float) -> np.ndarray:
    """Logits of one comment in which each hypothesis is entailed with this probability."""
    rows = [[np.log(share), np.log((1 - share) / 2), np.log((1 - share) / 2)] for share in entailed]
    return np.array([rows], np.float32)


@pytest.mark.parametrize(
    ("names", "is_one"),
    [
        (NAMES, True),
        (("CONTRADICTION", "NEUTRAL", "ENTAILMENT"), True),
        (("not_entailment", "entailment"), True),
        (("蕴含", "中立", "矛盾"), True),
        (STANCES, False),
        (("neutral", "contradiction"), False),
    ],
)
def test_nli_models_are_known_by_their_labels(names: tuple[str, ...], is_one: bool) -> None:
    assert is_entailment_model(names) is is_one


def test_a_comment_is_asked_about_in_its_own_language() -> None:
    reading = Entailing(NAMES, HfOptions())
    chinese = reading.rows("我支持", BOTH)
    english = reading.rows("I am for it", BOTH)
    assert [row[0] for row in chinese] == ["我支持"] * 4
    assert all("城区限行电动车" in row[1] and "这条评论" in row[1] for row in chinese)
    assert all("E-bikes are limited downtown" in row[1] and "This comment" in row[1] for row in english)
    assert len({row[1] for row in chinese + english}) == 8


def test_hypotheses_are_in_the_language_in_which_the_change_is_stated() -> None:
    assert Entailing(NAMES, HfOptions()).rows("I am for it", CHINESE) == tuple(
        ("I am for it", getattr(HYPOTHESES["zh"], stance).replace("{change}", "城区限行电动车")) for stance in STANCES
    )


def test_a_study_may_word_its_own() -> None:
    own = {
        "zh": {"support": "赞成{change}", "concern": "反对{change}", "suggestion": "给{change}提意见", "neutral": "无"}
    }
    reading = Entailing(NAMES, HfOptions.model_validate({"hypotheses": own}))
    assert [row[1] for row in reading.rows("好", BOTH)] == [
        "赞成城区限行电动车",
        "反对城区限行电动车",
        "给城区限行电动车提意见",
        "无",
    ]
    assert "This comment" in reading.rows("good", BOTH)[0][1]


def test_the_entailed_hypothesis_is_the_stance() -> None:
    reading = Entailing(NAMES, HfOptions())
    for at in range(4):
        shares = [0.9 if place == at else 0.05 for place in range(4)]
        assert reading.scores(logits(*shares)).argmax() == at


def test_a_comment_that_entails_nothing_is_neutral() -> None:
    scores = Entailing(NAMES, HfOptions()).scores(logits(0.04, 0.02, 0.01, 0.01))
    assert STANCES[int(scores.argmax())] == "neutral"
    np.testing.assert_allclose(scores[0, 3], (0.01 + 0.96) / (0.04 + 0.02 + 0.01 + 0.01 + 0.96), atol=1e-6)


def test_the_label_that_means_entailed_may_have_another_name_and_place() -> None:
    turned = Entailing(("LABEL_0", "LABEL_1", "LABEL_2"), HfOptions(zero_shot=True, entailment="LABEL_2"))
    found = turned.scores(logits(0.7, 0.1, 0.2, 0.1)[:, :, ::-1])
    np.testing.assert_allclose(found, Entailing(NAMES, HfOptions()).scores(logits(0.7, 0.1, 0.2, 0.1)), atol=1e-6)


@given(st.lists(st.lists(st.floats(-60, 60, width=32), min_size=3, max_size=3), min_size=4, max_size=4))
def test_scores_are_probabilities_whatever_the_logits(rows: list[list[float]]) -> None:
    scores = Entailing(NAMES, HfOptions()).scores(np.array([rows], np.float32))
    assert (scores >= 0).all()
    np.testing.assert_allclose(scores.sum(1), 1, atol=1e-9)
