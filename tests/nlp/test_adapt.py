"""Adapting the embedded coder to a study: what labels teach, and what must not move."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from nlp.adapt import FEWEST, SAMPLE, Adaptation, AdaptationError, adapt, sampled
from nlp.adapted_score import FOLDS, cross_validated
from nlp.coders import get_coder
from nlp.coders.embedded import EmbeddedCoder
from nlp.coders.options import CoderOptionsError
from nlp.coders.protocol import CoderSettings
from nlp.coders.study import KEPT, StudyCoder
from nlp.evaluating.labelled import Labelled
from nlp.evaluating.overlap import training_overlap
from nlp.examples import change_of

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
PLACES = ("三楼", "南门", "自习室", "少儿区", "一层", "旧馆", "新馆", "阅览桌", "走廊", "楼梯口")


@pytest.fixture(scope="module")
def base() -> EmbeddedCoder:
    return EmbeddedCoder()


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
    foreign = made.correction(["Twelve lanterns", "狐狸", ""], CHANGE)
    np.testing.assert_array_equal(foreign, np.tile(made.bias, (3, 1)))
    assert np.abs(made.correction(texts, CHANGE) - made.bias).max(1).min() > 0.1


def test_a_cue_counts_by_what_it_says_not_by_its_word(base: EmbeddedCoder) -> None:
    """Where people thank in bitter irony, other words of thanks are learned with the ones that they used."""
    texts = [f"{thanks}{place}" for place in PLACES for thanks in ("谢谢", "银杏", "多谢", "廊灯")]
    made = adapt(base, texts, np.array([1, 3] * 20), CHANGE, [])
    moved = made.correction(["感恩", "狐狸"], CHANGE) - made.bias
    assert moved[0, 1] > 0.1
    assert not moved[1].any()


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
        {"weights": np.full((1, 4), np.nan, np.float32)},
        {"weights": np.ones((1, 3), np.float32)},
        {"weights": np.ones((1, 4), complex)},
        {"idf": np.ones(2, np.float32)},
        {"bias": np.float32(1)},
        {"bins": np.array(["a"])},
        {"trust": np.array(np.nan)},
        {"labels": np.arange(3)},
        {"known": np.array("{")},
        {"known": np.array('{"zh": {"agreement": 2}}')},
        {"known": np.array('{"zh": {"agreement": NaN, "macro_f1": 1, "n": 1, "folds": 5}}')},
    ],
)
def test_arrays_that_do_not_fit_are_refused_not_reckoned_with(damage: dict[str, object], tmp_path: Path) -> None:
    one = np.ones(1, np.float32)
    sound = Adaptation(np.ones(1, np.int64), one, np.ones((1, 4), np.float32), np.ones(4, np.float32), 1.0, "1", "t", 9)
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


def test_it_says_which_comments_it_learned_from_and_so_has_no_score_on(base: EmbeddedCoder, tmp_path: Path) -> None:
    texts, stances = labelled()
    adapt(base, texts, stances, CHANGE, []).save(tmp_path / "a.npz")
    coder = StudyCoder(Adaptation.load(tmp_path / "a.npz"), base)
    rows = [Labelled(row, text, CHANGE.target, 1) for row, text in enumerate([*texts[:7], "这一句谁也没有标注过"], 1)]
    assert training_overlap(coder, rows) == 7


def test_labels_left_out_are_scored_beside_the_embedded_coder_and_a_constant(base: EmbeddedCoder) -> None:
    texts, stances = labelled()
    score = cross_validated(base, texts, stances, CHANGE, texts)
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
    score = cross_validated(base, both, np.array([*stances, *[1, 0] * 4]), CHANGE, both)
    assert score.labels == len(both)
    assert [*score.known] == ["zh"]  # eight labels say too little
    made = replace(adapt(base, texts, stances, CHANGE, []), known=score.known)
    made.save(tmp_path / "a.npz")
    assert StudyCoder(Adaptation.load(tmp_path / "a.npz"), base).held_out == score.known


def test_a_file_from_before_has_nothing_known(base: EmbeddedCoder, tmp_path: Path) -> None:
    texts, stances = labelled(4)
    adapt(base, texts, stances, CHANGE, []).save(tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as kept:
        np.savez(tmp_path / "b.npz", **{name: kept[name] for name in kept if name != "known"})
    assert Adaptation.load(tmp_path / "b.npz").known == {}


def test_a_hundred_labels_are_learned_in_little_time(base: EmbeddedCoder, within: object) -> None:
    texts, stances = labelled(17)
    rest = [f"{a}{b}{c}有人说起这件事" for a in PLACES for b in PLACES for c in PLACES] * 2
    with within(9):  # type: ignore[operator]
        adapt(base, texts, stances, CHANGE, rest)
