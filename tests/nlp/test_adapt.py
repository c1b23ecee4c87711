"""Adapting the embedded coder to a study: what labels teach, and what must not move."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from nlp.adapt import FEWEST, SAMPLE, adapt, lesson, sampled
from nlp.adaptation import FOLDS, Adaptation, AdaptationError, parts_of
from nlp.adapted_score import FEWEST_LEARNED, AdaptedScore, cross_validated
from nlp.coders import get_coder
from nlp.coders.embedded import EmbeddedCoder
from nlp.coders.options import CoderOptionsError
from nlp.coders.protocol import CoderSettings
from nlp.coders.study import KEPT, StudyCoder
from nlp.evaluating.labelled import Labelled
from nlp.evaluating.overlap import training_overlap
from nlp.examples import change_of
from nlp.fold import fold_keys

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

CHANGE = change_of("某图书馆把闭馆时间提前到六点")
# Words that say a side only to those who know this study: the shuttle's name, the late desk's nickname.
SIDES = {
    1: ("猫头鹰角又没了", "小黄车赶不上"),
    3: ("书架上见到老照片", "门口的银杏黄了"),
    0: ("管理员阿姨能回家吃饭", "电费省下买新书"),
}
PARTS = ("weights", "bias", "trust")
PLACES = ("三楼", "南门", "自习室", "少儿区", "一层", "旧馆", "新馆", "阅览桌", "走廊", "楼梯口")


@pytest.fixture(scope="module")
def base() -> EmbeddedCoder:
    return EmbeddedCoder()


@pytest.fixture(scope="module")
def score(base: EmbeddedCoder) -> AdaptedScore:
    texts, stances = labelled()
    return cross_validated(lesson(base, texts, stances, CHANGE, texts))


def labelled(rounds: int = 10) -> tuple[list[str], NDArray[np.int64]]:
    rows = [
        (f"{PLACES[(place + number) % 10]}{saying}，{PLACES[place]}那边", stance)
        for number in range(rounds)
        for place, (stance, sayings) in enumerate(SIDES.items())
        for saying in sayings
    ]
    return [text for text, _ in rows], np.array([stance for _, stance in rows])


def test_labels_teach_what_only_this_study_knows(base: EmbeddedCoder) -> None:
    texts, stances = labelled()
    coder = StudyCoder(adapt(base, texts, stances, CHANGE, texts), base)
    new = ["听说猫头鹰角要没了", "想起管理员阿姨能回家吃饭", "今天书架上见到老照片"]
    assert coder.code(new, CHANGE).primary.tolist() == [1, 0, 3]
    assert base.code(new, CHANGE).primary.tolist() != [1, 0, 3]


def test_words_that_the_study_never_used_move_nothing(base: EmbeddedCoder) -> None:
    texts, stances = labelled()
    made = adapt(base, texts, stances, CHANGE, texts)
    coder = StudyCoder(made, base)
    foreign = coder.correction(["Twelve lanterns", "狐狸", ""], CHANGE)
    np.testing.assert_array_equal(foreign, np.tile(made.bias, (3, 1, 1)))
    assert np.abs(coder.correction(texts, CHANGE) - made.bias).max((1, 2)).min() > 0.1


def test_a_cue_counts_by_what_it_says_not_by_its_word(base: EmbeddedCoder) -> None:
    """Where people thank in bitter irony, other words of thanks are learned with the ones that they used."""
    texts = [f"{thanks}{place}" for place in PLACES for thanks in ("谢谢", "银杏", "多谢", "廊灯")]
    made = adapt(base, texts, np.array([1, 3] * 20), CHANGE, [])
    moved = StudyCoder(made, base).correction(["感恩", "狐狸"], CHANGE) - made.bias
    assert moved[0, :, 1].min() > 0.1
    assert not moved[1].any()


def test_a_label_moves_no_score_of_its_own_comment(base: EmbeddedCoder) -> None:
    """What estimates need: beside each label a score that did not learn from it. Other comments are coded anew."""
    texts, stances = labelled()
    for at in (0, 17, 41):
        other = stances.copy()
        other[at] = 2
        copy = texts[at].replace("，", "， ").replace("那边", "那邊！！")
        asked = [texts[at], copy, "听说猫头鹰角要没了"]
        before, after = (StudyCoder(adapt(base, texts, said, CHANGE, texts), base) for said in (stances, other))
        one, two = (coder.code(asked, CHANGE).scores for coder in (before, after))
        assert before.version != after.version
        assert one[0].tobytes() == two[0].tobytes()
        assert (one[2] != two[2]).all()


def test_a_comment_without_a_label_has_the_mean_of_all_and_a_labelled_one_its_own(base: EmbeddedCoder) -> None:
    texts, stances = labelled()
    made = adapt(base, texts, stances, CHANGE, texts)
    # A coder whose corrections are all the same one says what that one says.
    alone = []
    for k in range(FOLDS):
        one: dict[str, Any] = {name: np.stack([getattr(made, name)[k]] * FOLDS) for name in PARTS}
        alone.append(StudyCoder(replace(made, **one), base))
    asked = ["听说猫头鹰角要没了", texts[5], f" {texts[5]} "]
    each = np.stack([coder.code(asked, CHANGE).scores for coder in alone])
    found = StudyCoder(made, base).code(asked, CHANGE).scores
    np.testing.assert_allclose(found[0], each[:, 0].mean(0), rtol=1e-6)
    left = parts_of(fold_keys(texts))[5]
    np.testing.assert_array_equal(found[1], each[left, 1])
    np.testing.assert_array_equal(found[2], each[left, 2])
    assert each.std(0).min() > 0


def test_labelled_comments_fall_into_parts_of_equal_sizes_copies_into_one() -> None:
    texts = [f"第{number}条：{'甲乙丙丁'[number % 4] * (number + 1)}" for number in range(23)]
    parts = parts_of(fold_keys([*texts, f"{texts[3]} "]))
    assert sorted(np.bincount(parts[:23]).tolist()) == [4, 4, 5, 5, 5]
    assert parts[23] == parts[3]


def test_one_label_of_a_second_stance_is_enough_to_learn(base: EmbeddedCoder) -> None:
    texts, _ = labelled(4)
    stances = np.eye(1, len(texts), 2, dtype=np.int64)[0]
    codes = StudyCoder(adapt(base, texts, stances, CHANGE, []), base).code(texts, CHANGE)
    assert np.isfinite(codes.scores).all()


def test_the_same_labels_give_the_same_coder_whatever_the_order_of_the_rest(base: EmbeddedCoder) -> None:
    texts, stances = labelled()
    rest = [f"{place}的灯又坏了，{other}也是" for place in PLACES for other in PLACES]
    one, other = (adapt(base, texts, stances, CHANGE, given) for given in (rest, [*rest[::-1], *rest[:5]]))
    assert one.digest == other.digest


def test_a_sample_is_bounded_and_holds_each_text_once() -> None:
    many = [f"第{number}条留言" for number in range(SAMPLE // 2)] * 3
    assert len(sampled(many)) == SAMPLE // 2
    assert len(sampled([f"编号{'甲乙丙丁戊己庚辛壬癸'[n % 10] * (n // 10 + 1)}" for n in range(3 * SAMPLE)])) == SAMPLE


@pytest.mark.parametrize("stances", [[1] * FEWEST, [0, 1] * (FEWEST // 2 - 1)])
def test_too_few_labels_or_one_stance_teach_nothing(base: EmbeddedCoder, stances: list[int]) -> None:
    with pytest.raises(AdaptationError, match="too few") as raised:
        adapt(base, ["话"] * len(stances), np.array(stances), CHANGE, [])
    assert raised.value.remedy


def test_texts_without_a_common_word_are_no_obstacle(base: EmbeddedCoder) -> None:
    texts = [chr(0x4E00 + number) * 2 for number in range(40)]
    adaptation = adapt(base, texts, np.array([0, 1] * 20), CHANGE, [])
    assert StudyCoder(adaptation, base).code([*texts, ""], CHANGE).scores.shape == (41, 4)


def test_it_is_kept_and_read_again_bit_for_bit(base: EmbeddedCoder, tmp_path: Path) -> None:
    texts, stances = labelled()
    made = adapt(base, texts, stances, CHANGE, texts)
    made.save(tmp_path / "a.npz")
    read = Adaptation.load(tmp_path / "a.npz")
    assert read.digest == made.digest
    both = [StudyCoder(one, base).code(texts, CHANGE).scores.tobytes() for one in (made, read)]
    assert both[0] == both[1]


def test_a_missing_or_broken_file_says_what_to_do(tmp_path: Path) -> None:
    settings = CoderSettings(folder=tmp_path)
    with pytest.raises(AdaptationError, match="minyi adapt"):
        get_coder("study", settings)
    (tmp_path / KEPT).parent.mkdir()
    for damaged in (b"no arrays", b"", b"PK\x03\x04"):
        (tmp_path / KEPT).write_bytes(damaged)
        with pytest.raises(AdaptationError, match="cannot be read: it is damaged") as caught:
            get_coder("study", settings)
        assert "pickle" not in str(caught.value)
        assert "minyi adapt" in caught.value.remedy
    with pytest.raises(CoderOptionsError, match="colour"):
        get_coder("study", CoderSettings({"colour": "red"}, tmp_path))


@pytest.mark.parametrize(
    "damage",
    [
        {"weights": np.full((FOLDS, 1, 4), np.nan, np.float32)},
        {"weights": np.ones((1, 4), np.float32)},
        {"weights": np.ones((FOLDS, 1, 3), np.float32)},
        {"weights": np.ones((FOLDS, 1, 4), complex)},
        {"idf": np.ones(2, np.float32)},
        {"bias": np.float32(1)},
        {"bins": np.array(["a"])},
        {"trust": np.full(FOLDS, np.nan, np.float32)},
        {"trust": np.float32(1)},
        {"keys": np.array([7, 3])},
        {"curve": np.array("[]")},
        {"curve": np.array("[[[20, 7]], 0.2]")},
        {"format": np.array(2)},
        {"labels": np.arange(3)},
        {"known": np.array("{")},
        {"known": np.array('{"zh": {"agreement": 2}}')},
        {"known": np.array('{"zh": {"agreement": NaN, "macro_f1": 1, "n": 1, "folds": 5}}')},
    ],
)
def test_arrays_that_do_not_fit_are_refused_not_reckoned_with(damage: dict[str, object], tmp_path: Path) -> None:
    one, bias, weights = np.ones(1, np.float32), np.ones((FOLDS, 4), np.float32), np.ones((FOLDS, 1, 4), np.float32)
    keys = np.array([3, 7])
    sound = Adaptation(np.ones(1, np.int64), one, weights, bias, np.ones(FOLDS, np.float32), "1", "t", 2, keys)
    path = tmp_path / "coder.npz"
    sound.save(path)
    Adaptation.load(path)
    with np.load(path) as kept:
        arrays = dict(kept)
    np.savez(path, **(arrays | damage))
    with pytest.raises(AdaptationError, match="minyi adapt"):
        Adaptation.load(path)


def test_it_codes_its_own_change_with_its_own_base_only(base: EmbeddedCoder) -> None:
    texts, stances = labelled()
    made = adapt(base, texts, stances, CHANGE, texts)
    with pytest.raises(AdaptationError, match="another change"):
        StudyCoder(made, base).code(texts, change_of("某市地铁涨价"))
    foreign = replace(made, base="1-00000000")
    with pytest.raises(AdaptationError, match="1-00000000"):
        StudyCoder(foreign, base)


def test_labels_it_learned_from_are_no_training_comments_when_it_is_evaluated(base: EmbeddedCoder) -> None:
    """Each is coded by what did not see it."""
    texts, stances = labelled()
    coder = StudyCoder(adapt(base, texts, stances, CHANGE, []), base)
    rows = [Labelled(row, text, CHANGE.target, 1) for row, text in enumerate(texts, 1)]
    assert training_overlap(coder, rows) == 0


def test_labels_left_out_are_scored_beside_the_embedded_coder_and_a_constant(score: AdaptedScore) -> None:
    texts, _ = labelled()
    assert score.labels == len(texts)
    assert set(score.stances) == {"support", "concern", "neutral"}
    assert score.adapted > score.embedded > score.constant
    assert score.known == {
        "zh": {"agreement": score.agreement, "macro_f1": score.adapted, "n": len(texts), "folds": FOLDS}
    }


def test_what_is_known_of_it_by_language_is_kept_with_it(base: EmbeddedCoder, tmp_path: Path) -> None:
    texts, stances = labelled(4)
    english = ["the owl desk is gone again", "the staff can go home for dinner"] * 4
    both = [*texts, *english]
    score = cross_validated(lesson(base, both, np.array([*stances, *[1, 0] * 4]), CHANGE, both))
    assert score.labels == len(both)
    assert [*score.known] == ["zh"]  # eight labels say too little
    made = replace(adapt(base, texts, stances, CHANGE, []), known=score.known, curve=score.curve)
    made.save(tmp_path / "a.npz")
    read = StudyCoder(Adaptation.load(tmp_path / "a.npz"), base)
    assert read.held_out == score.known
    assert read.adaptation.curve == score.curve


def test_the_learning_curve_ends_with_all_labels_and_begins_where_there_are_some(
    base: EmbeddedCoder, score: AdaptedScore, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = [n for n, _ in score.curve.points]
    assert labels == [12, 24, 36, 48]  # shares of four fifths of the labels
    assert score.curve.points[-1][1] == score.adapted
    assert score.curve.constant == score.constant
    assert all(one < other for (_, one), (_, other) in pairwise(score.curve.points[::3]))  # here, labels help
    texts, stances = labelled(4)
    monkeypatch.setattr("nlp.adapted_score.ROUNDS", 1)
    few = cross_validated(lesson(base, texts[:24], stances[:24], CHANGE, texts))
    assert [n for n, _ in few.curve.points] == [10, 14, 19]
    assert few.curve.points[0][0] >= FEWEST_LEARNED
    assert score.as_dict()["curve"][0] == {"labels": 12, "macro_f1": score.curve.points[0][1]}


def test_a_hundred_labels_are_learned_in_little_time(base: EmbeddedCoder, within: object) -> None:
    texts, stances = labelled(17)
    rest = [f"{a}{b}{c}有人说起这件事" for a in PLACES for b in PLACES for c in PLACES] * 2
    with within(9):  # type: ignore[operator]
        adapt(base, texts, stances, CHANGE, rest)
