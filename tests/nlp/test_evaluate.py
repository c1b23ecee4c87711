"""Evaluation: what the scores are, what abstentions and people who disagree do to them, and that bad rows are named."""

from __future__ import annotations

import json
import math
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from nlp.coders.embedded import EmbeddedCoder
from nlp.coders.protocol import ABSTAINED, Account, Codes
from nlp.evaluate import LabelledFile, asked, coded_by, compare, read_labelled, score
from nlp.evaluating.calibration import calibration
from nlp.evaluating.coding import Coding
from nlp.evaluating.crosstabs import cohen_kappa, confusion, nominal_alpha
from nlp.evaluating.labelled import UNSETTLED, Labelled
from nlp.evaluating.overlap import training_overlap
from nlp.evaluating.people import agreement
from nlp.evaluating.scoring import score_all
from nlp.fold import fold_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from nlp.coders.protocol import Coder, Explanation
    from storage.nouns import Change

SUPPORT, CONCERN, SUGGESTION, NEUTRAL = range(4)


class SameAnswer:
    """A coder that gives every comment one stance."""

    name, version = "same", "1"
    held_out: Mapping[str, Mapping[str, float]] = {}

    def __init__(self, stance: int) -> None:
        self.stance = stance
        self.asked: list[tuple[str, int]] = []

    def code(self, texts: Sequence[str], change: Change, evidence: Sequence[str | None] | None = None) -> Codes:
        assert evidence is None
        self.asked.append((change.target, len(texts)))
        scores = np.full((len(texts), 4), 0.1, np.float32)
        scores[:, self.stance] = 0.7
        return Codes(scores, scores.argmax(1).astype(np.int8))

    def explain(self, text: str, change: Change, evidence: str | None = None) -> Explanation:
        raise NotImplementedError


class Paid(SameAnswer):
    """A coder that keeps an account and knows its training."""

    name = "paid"

    def account(self) -> Account:
        return Account({"asked": 2, "heavy": {"requests": len(self.asked), "tokens": 70}}, ("It is spent.",))

    def training_keys(self) -> NDArray[np.int64]:
        return fold_keys(["办个手续太麻烦了", "好", "没人说过的话"])


ROWS: list[dict[str, Any]] = [
    {"text": "早就该这样", "change": "某市全面禁烟", "primary": "support"},
    {"text": "办个手续太麻烦了", "change": "某市全面禁烟", "primary": "concern"},
    {"text": "没意见", "change": "某市全面禁烟", "primary": None},
    {"text": "Too expensive.", "change": "The bus fare rises", "primary": "concern"},
]


@pytest.fixture
def write(tmp_path: Path) -> Callable[[list[Any]], Path]:
    def rows(given: list[Any]) -> Path:
        path = tmp_path / "labelled.jsonl"
        lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in given]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return rows


def coding(name: str, primary: Sequence[int]) -> Coding:
    stances = np.array(primary, np.int8)
    scores = np.full((len(stances), 4), 0.1, np.float32)
    scores[np.arange(len(stances)), stances] = 0.7
    scores[stances == ABSTAINED] = np.nan
    return Coding(name, Codes(scores, stances), len(stances), 1.0, 1.0)


# --- scores ---


def test_scores_of_a_known_confusion() -> None:
    people = np.array([SUPPORT, SUPPORT, CONCERN, CONCERN, CONCERN, NEUTRAL])
    coded = np.array([SUPPORT, CONCERN, CONCERN, CONCERN, NEUTRAL, NEUTRAL])
    result = score(people, coded, ["a"] * 6)
    assert result.per_class["support"].precision == 1
    assert result.per_class["support"].recall == 0.5
    assert result.per_class["concern"].f1 == pytest.approx(2 / 3)
    assert result.macro_f1 == pytest.approx((2 / 3 + 2 / 3 + 0 + 2 / 3) / 4)
    assert result.confusion[CONCERN] == (0, 2, 0, 1, 0)
    assert result.accuracy == pytest.approx(4 / 6)


def test_an_abstention_counts_as_wrong_and_is_shown_apart() -> None:
    people = np.array([SUPPORT, SUPPORT, CONCERN, NEUTRAL])
    coded = np.array([SUPPORT, ABSTAINED, CONCERN, ABSTAINED])
    result = score(people, coded, ["a"] * 4, ["zh"] * 4)
    assert result.abstained == 2
    assert result.accuracy == 0.5
    assert result.figures["accuracy_given"].value == 1
    assert result.per_class["support"].recall == 0.5
    assert result.per_class["support"].f1 == pytest.approx(2 / 3)
    assert result.figures["kappa"].value == 1
    assert result.per_language["zh"].abstained == 2


def test_the_interval_is_seeded_and_holds_the_score() -> None:
    people = np.array([SUPPORT, CONCERN, SUGGESTION, NEUTRAL] * 20)
    coded = np.where(np.arange(80) % 3 == 0, CONCERN, people)
    first, second, other = (score(people, coded, ["a"] * 80, seed=seed) for seed in (1, 1, 2))
    assert first == second
    assert first.interval != other.interval
    assert first.interval[0] < first.macro_f1 < first.interval[1]


def test_the_interval_does_not_depend_on_the_order_of_the_rows() -> None:
    rng = np.random.default_rng(0)
    people, coded = rng.integers(0, 4, 200), rng.integers(-1, 4, 200)
    changes = [f"c{index % 12}" for index in range(200)]
    order = rng.permutation(200)
    one, other = score(people, coded, changes), score(people[order], coded[order], [changes[row] for row in order])
    assert one.figures == other.figures


def test_whole_changes_are_drawn_from_ten_on() -> None:
    """Where a coder is right on whole changes only, drawing rows would make it look surer than it is."""
    people = np.tile([SUPPORT, CONCERN, SUGGESTION, NEUTRAL], 60)
    changes = np.repeat(np.arange(12), 20)
    coded = np.where(changes % 2 == 0, people, (people + 1) % 4)
    few = [f"c{change // 2}" for change in changes]
    by_rows, by_changes = score(people, coded, few), score(people, coded, [f"c{change}" for change in changes])
    assert (by_rows.drawn, by_changes.drawn) == ("rows", "changes")
    assert by_changes.macro_f1 == by_rows.macro_f1
    assert np.ptp(by_changes.interval) > 2 * np.ptp(by_rows.interval)


def test_rows_drawn_are_a_plain_bootstrap() -> None:
    """The percentile interval of accuracy is that of a binomial share."""
    people = np.zeros(100, int)
    coded = np.where(np.arange(100) < 80, 0, 1)
    found = score(people, coded, ["a"] * 100).figures["accuracy"]
    half = 1.96 * math.sqrt(0.8 * 0.2 / 100)
    assert found.low == pytest.approx(0.8 - half, abs=0.015)
    assert found.high == pytest.approx(0.8 + half, abs=0.015)


def test_a_change_is_scored_over_the_stances_found_there() -> None:
    people = np.array([SUPPORT, CONCERN, CONCERN])
    result = score(people, np.array([SUPPORT, CONCERN, CONCERN]), ["a", "a", "b"])
    assert result.per_change["b"].macro_f1 == 1
    assert result.per_change["a"].n == 2
    assert result.per_change["a"].interval == (None, None)


def test_coders_that_nearly_agree_differ_clearly_though_their_intervals_overlap() -> None:
    rng = np.random.default_rng(1)
    people = rng.integers(0, 4, 400)
    worse = np.where(rng.random(400) < 0.4, (people + 1) % 4, people)
    better = np.where((worse != people) & (rng.random(400) < 0.2), people, worse)
    (one, two), (difference,) = score_all(people, [better, worse], ["a"] * 400)
    assert one.interval[0] < two.interval[1]
    assert difference.macro_f1.value == pytest.approx(one.macro_f1 - two.macro_f1)
    assert difference.macro_f1.low is not None
    assert difference.macro_f1.low > 0


def test_equal_coders_do_not_differ() -> None:
    people = np.array([SUPPORT, CONCERN, CONCERN, NEUTRAL] * 5)
    _, (difference,) = score_all(people, [people, people], ["a"] * 20)
    assert (difference.macro_f1.value, difference.macro_f1.low, difference.macro_f1.high) == (0, 0, 0)


# --- agreement ---


def test_krippendorffs_alpha_of_the_published_example() -> None:
    """Example B of Krippendorff (2011), nominal data of two observers: alpha = 0.095; example C, four: 0.743."""
    coincidences = np.array([[10, 4], [4, 2]])
    assert nominal_alpha(coincidences) == pytest.approx(0.095, abs=5e-4)
    four = np.array([[7, 4 / 3, 1 / 3, 1 / 3, 0], [4 / 3, 10, 4 / 3, 1 / 3, 0], [1 / 3, 4 / 3, 8, 1 / 3, 0],
                     [1 / 3, 1 / 3, 1 / 3, 4, 0], [0, 0, 0, 0, 3]])  # fmt: skip
    assert nominal_alpha(four) == pytest.approx(0.743, abs=5e-4)


def test_cohens_kappa_of_a_known_table() -> None:
    table = np.zeros((4, 5))
    table[:2, :2] = [[20, 5], [10, 15]]
    assert cohen_kappa(table) == pytest.approx(0.4)
    assert math.isnan(cohen_kappa(confusion(np.zeros(3, int), np.zeros(3, int))))


def test_people_among_themselves_are_measured_with_the_disputed_comments() -> None:
    pairs = [(SUPPORT, SUPPORT)] * 6 + [(CONCERN, CONCERN)] * 6 + [(SUPPORT, CONCERN)] * 4
    rows = [Labelled(row, "x", "a", UNSETTLED, people=pair) for row, pair in enumerate(pairs)]
    one_of_them = np.array([pair[0] for pair in pairs])
    found = agreement(rows, [one_of_them, np.full(16, ABSTAINED)])
    assert found is not None
    assert found.n == 16
    expected = nominal_alpha(np.array([[12, 4], [4, 12]]))
    assert found.people.value == pytest.approx(float(expected))
    assert found.people.low is not None
    assert found.people.low < found.people.value
    assert found.coders[0].value is not None
    assert found.coders[0].value > found.people.value  # it agrees with one of the two every time
    assert found.coders[1].value is None
    assert agreement([Labelled(1, "x", "a", SUPPORT, people=(SUPPORT,))], [np.array([0])]) is None


# --- calibration, overlap, cost ---


def test_calibration_compares_scores_with_how_often_they_are_right() -> None:
    scores = np.array([[0.9, 0.1, 0, 0]] * 10 + [[0.65, 0.35, 0, 0]] * 10 + [[np.nan] * 4])
    people = np.array([0] * 9 + [1] + [0] * 2 + [1] * 8 + [0])
    found = calibration(people, np.array([0] * 20 + [ABSTAINED]), scores)
    assert found is not None
    assert [(part.n, part.accuracy) for part in found.bins] == [(10, 0.2), (10, 0.9)]
    assert found.error == pytest.approx((0.45 + 0) / 2)
    assert found.n == 20
    assert calibration(people[:1], np.array([ABSTAINED]), scores[-1:]) is None


def test_texts_a_coder_was_trained_on_are_counted() -> None:
    """Compared as folded; what anybody may write, two characters or one emoji, tells nothing."""
    rows = [
        Labelled(row, text, "a", CONCERN)
        for row, text in enumerate(("办个手续太麻煩了", "好", "[doge]好", "别的话也是有的"))
    ]
    assert training_overlap(SameAnswer(CONCERN), rows) is None
    assert training_overlap(Paid(CONCERN), rows) == 1


def test_the_shipped_training_comments_are_known_to_the_embedded_coder() -> None:
    folder = files("nlp") / "corpus"
    lines = [json.loads(line) for line in (folder / "comments.jsonl").read_text(encoding="utf-8").splitlines()[:50]]
    rows = [Labelled(row, line["text"], "another change", CONCERN) for row, line in enumerate(lines)]
    assert training_overlap(EmbeddedCoder(), rows) == sum(len(row.text) >= 6 for row in rows)


def test_what_a_coder_spent_is_told(write: Callable[[list[Any]], Path]) -> None:
    coder: Coder = Paid(CONCERN)
    file = read_labelled(write(ROWS))
    (told,) = compare(file, [coded_by(coder, asked(file))]).as_dict()["coders"]
    assert told["run"]["spent"] == {"requests": 2, "tokens": 70, "asked": 2}  # asked once for each change
    assert told["run"]["notes"] == ["It is spent."]
    assert told["trained_on"] == 1


def test_the_file_is_compared_with_the_baseline(write: Callable[[list[Any]], Path]) -> None:
    coder = SameAnswer(CONCERN)
    file = read_labelled(write(ROWS))
    found = compare(file, [coded_by(coder, asked(file))]).as_dict()
    assert coder.asked[:2] == [("某市全面禁烟", 2), ("The bus fare rises", 1)]
    assert (found["n"], found["unlabelled"], found["languages"]) == (3, 1, {"zh": 2, "en": 1})
    assert found["baseline"]["stance"] == "concern"
    assert found["baseline"]["macro_f1"]["value"] == pytest.approx(0.8 / 4)
    assert found["differences"][0]["macro_f1"]["value"] == 0
    assert json.loads(json.dumps(found, allow_nan=False))["n"] == 3


def test_a_comparison_is_the_same_every_time() -> None:
    rows = [Labelled(row, f"t{row}", f"c{row % 11}", row % 4, "zh", (row % 4, row % 3)) for row in range(60)]
    codings = [coding("a", [row % 4 for row in range(60)]), coding("b", [row % 5 - 1 for row in range(60)])]
    once, again = (compare(LabelledFile(rows, [], 0, []), codings).as_dict() for _ in range(2))
    assert json.dumps(once) == json.dumps(again)


def test_codes_say_which_other_stances_are_not_wrong(write: Callable[[list[Any]], Path]) -> None:
    row = {"text": "好", "change": "涨价", "primary": "suggestion", "suggestion": 1, "support": 0}
    file = read_labelled(write([{**row, "concern": 1}, {**row, "concern": "0"}, row]))
    found = compare(file, [coding("a", [CONCERN] * 3)]).as_dict()["coders"][0]
    assert found["among_codes"] == {"value": 0.5, "n": 2}
    assert found["accuracy"]["value"] == 0
