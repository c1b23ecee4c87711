"""Training: what it reads, that it is deterministic, and that it learns from very little."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

import nlp
from nlp.coders.embedded import EmbeddedCoder, Model
from nlp.examples import SETS, Example, TrainingDataError, change_of, read_examples, written_examples
from nlp.features import WORDING, featurise, group_of
from nlp.optimise import minimise
from nlp.train import SETTINGS, design, example_weights, fit, squares, train
from storage.nouns import Stance

if TYPE_CHECKING:
    from numpy.typing import NDArray

pytest.importorskip("scipy", reason="the extra `train` is not installed")

CORPUS = Path(nlp.__file__).parent / "corpus"
SIDES = {
    "support": "支持{}，早就该这样了",
    "concern": "反对{}，太坑人了，凭什么",
    "suggestion": "建议{}再给一个过渡期",
    "neutral": "请问{}从哪天开始？",
}


def row(change: str, stance: str, number: int) -> dict[str, object]:
    codes = {name: int(name == stance) for name in ("support", "concern", "suggestion")}
    text = SIDES[stance].format(change) + "。" * (number % 3)
    return {"change": change, "lang": "zh", "text": text, "primary": stance, **codes}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Training sets in the layout of the data folder, with a few rows each."""
    sets = {
        "stance_gold_open.jsonl": [row("全面禁烟", stance, number) for stance in SIDES for number in range(4)],
        "stance_train.jsonl": [row("地铁涨价", stance, number) for stance in SIDES for number in range(4)],
        "comments.jsonl": [row("延长开馆时间", stance, number) for stance in SIDES for number in range(4)],
        "written.jsonl": [row("关闭夜市", stance, number) for stance in SIDES for number in range(4)],
        "codes.jsonl": [
            {"id": "b", "change": "公园禁犬", "codes": "cg"},
            {"id": "a", "change": "公园禁犬", "codes": "n"},
        ],
    }
    sets["stance_gold_open.jsonl"].append({**row("全面禁烟", "support", 0), "primary": None})
    for name, rows in sets.items():
        lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in rows)
        (tmp_path / name).write_text(lines, encoding="utf-8")
    with gzip.open(tmp_path / "changes.jsonl.gz", "wt", encoding="utf-8") as target:
        for name, text in (("a", "遛狗去了"), ("x", "没人编过码"), ("b", "太严了，建议划一块狗区")):
            target.write(json.dumps({"id": name, "text": text, "lang": "zh"}, ensure_ascii=False) + "\n")
    (tmp_path / "nlpcc2016").mkdir()
    with (tmp_path / "nlpcc2016" / "taskA_train.csv").open("w", encoding="utf-8", newline="") as target:
        table = csv.writer(target)
        table.writerow(["id", "target", "text", "stance"])
        table.writerow(["1", "春节放鞭炮", "没有鞭炮就没有年味", "FAVOR"])
        table.writerow(["2", "深圳禁摩限电", "禁得好", "FAVOR"])
    return tmp_path


def test_an_activity_is_turned_towards_its_ban(folder: Path) -> None:
    primary = {row.change[:2]: row.primary.value for row in read_examples(folder, folder) if row.source == "nlpcc"}
    assert primary == {"春节": "concern", "深圳": "support"}


def test_rows_the_coders_disagree_on_are_left_out(folder: Path) -> None:
    assert sum(example.source == "gold" for example in read_examples(folder, folder)) == 16


@pytest.mark.parametrize(
    ("name", "line", "why"),
    [
        ("stance_train.jsonl", "{broken", "Row 17"),
        ("stance_train.jsonl", '{"primary": "glad", "change": "a", "lang": "zh", "text": "b"}', "Row 17"),
        ("nlpcc2016/taskA_train.csv", "3,转基因,不吃,AGAINST", "unknown value"),
    ],
)
def test_a_bad_training_row_is_named(folder: Path, name: str, line: str, why: str) -> None:
    with (folder / name).open("a", encoding="utf-8") as target:
        target.write(line + "\n")
    with pytest.raises(TrainingDataError, match=why):
        read_examples(folder, folder)


def test_a_missing_set_is_named(folder: Path) -> None:
    (folder / "stance_train.jsonl").unlink()
    with pytest.raises(TrainingDataError, match="stance_train"):
        read_examples(folder, folder)


def test_codes_meet_the_words_of_real_comments_by_id(folder: Path) -> None:
    rows = [row for row in read_examples(folder, folder) if row.source == "coded"]
    assert [(row.text, row.primary.value, row.codes) for row in rows] == [
        ("太严了，建议划一块狗区", "concern", (0, 1, 1)),
        ("遛狗去了", "neutral", (0, 0, 0)),
    ]


def test_a_code_without_its_comment_is_named(folder: Path) -> None:
    with (folder / "codes.jsonl").open("a", encoding="utf-8") as target:
        target.write('{"id": "lost", "change": "公园禁犬", "codes": "s"}\n')
    with pytest.raises(TrainingDataError, match="Row 3"):
        read_examples(folder, folder)


def test_the_corpus_in_the_package_holds_every_stance_in_both_languages() -> None:
    examples = written_examples(CORPUS)
    for lang in ("zh", "en"):
        assert len({example.primary for example in examples if example.lang == lang}) == 4
    assert len({example.change for example in examples}) > 350
    for example in examples:
        stance = dict(zip(("support", "concern", "suggestion"), example.codes, strict=True))
        assert stance.get(example.primary.value, 1) == 1
        assert example.primary.value != "neutral" or not any(example.codes)


@pytest.mark.parametrize("source", ["corpus", "written"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_classes_of_each_language_of_a_set_weigh_the_same(source: str, lang: str) -> None:
    examples = written_examples(CORPUS)
    rows = list(zip(example_weights(examples, SETTINGS), examples, strict=True))
    inside = [
        sum(w for w, row in rows if (row.source, row.lang, row.primary) == (source, lang, stance)) for stance in SIDES
    ]
    np.testing.assert_allclose(inside, np.mean(inside))


def test_one_example_of_a_rare_class_does_not_outweigh_the_rest() -> None:
    common = Example("written", "地铁涨价", "zh", "反对", Stance.CONCERN, (0, 1, 0))
    rare = Example("written", "地铁涨价", "zh", "支持", Stance.SUPPORT, (1, 0, 0))
    weights = example_weights([*[common] * 99, rare], SETTINGS)
    assert weights[-1] == 8 * SETTINGS.sets[SETS.index("written")]


def test_what_is_rare_or_common_is_not_known() -> None:
    examples = [
        Example(
            "written", "地铁涨价", "zh", f"{'的' * (n < 20)}{'价' * (n < 5)}{'贵' * (n < 2)}", Stance.CONCERN, (0, 1, 0)
        )
        for n in range(60)
    ]
    matrix = design(examples)
    known = squares(matrix)
    common, some, rare = (featurise([word], ()).blocks[0].bin[0] for word in "的价贵")
    assert known[common] == known[rare] == 0
    np.testing.assert_allclose(known[some], (np.log(61 / 6) + 1) ** 2, rtol=1e-6)
    cues = np.flatnonzero(known)[group_of(np.flatnonzero(known)) != WORDING]
    assert (known[cues] == 1).all()
    assert len(cues)


def test_a_trained_model_codes_what_it_was_fitted_to(folder: Path) -> None:
    """Fitting scales its rows by itself: coding has to give a text the same length."""
    examples = read_examples(folder, folder)
    model = fit(design(examples), examples)
    coder = EmbeddedCoder(model)
    right = [
        coder.code([row.text], change_of(row.change)).stance(0) == row.primary
        for row in examples
        if row.source == "gold"
    ]
    assert all(right)


def test_training_twice_gives_the_same_arrays_and_learns(folder: Path) -> None:
    reports = [train(folder, folder, folder / f"{number}.npz") for number in range(2)]
    assert reports[0].version == reports[1].version
    assert (folder / "0.npz").read_bytes() == (folder / "1.npz").read_bytes()
    assert set(reports[0].as_dict()["examples"]) == set(SETS)
    coder = EmbeddedCoder(Model.load(folder / "0.npz"))
    texts = [SIDES[stance].format("小区改造") for stance in SIDES]
    assert coder.code(texts, change_of("小区改造")).primary.tolist() == [0, 1, 2, 3]


def test_the_minimum_of_a_bowl_is_found() -> None:
    centre = np.arange(6, dtype=np.float32)
    stretch = np.array([1, 2, 4, 8, 16, 32], np.float32)

    def bowl(point: NDArray[np.float32]) -> tuple[float, NDArray[np.float32]]:
        away = point - centre
        return float((stretch * away * away).sum() / 2), stretch * away

    np.testing.assert_allclose(minimise(bowl, np.zeros(6, np.float32), 60), centre, atol=1e-2)
