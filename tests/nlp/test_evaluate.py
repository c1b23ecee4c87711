"""Evaluation: what the scores are, and that a bad row is named."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from nlp.coders.protocol import Codes
from nlp.evaluate import EvaluationFileError, evaluate, read_labelled, score
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from nlp.coders.protocol import Explanation
    from storage.nouns import Change

SUPPORT, CONCERN, SUGGESTION, NEUTRAL = range(4)


class SameAnswer:
    """A coder that gives every comment one stance."""

    name, version = "same", "1"

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


ROWS = [
    {"text": "早就该这样", "change": "某市全面禁烟", "primary": "support"},
    {"text": "太麻烦了", "change": "某市全面禁烟", "primary": "concern"},
    {"text": "没意见", "change": "某市全面禁烟", "primary": None},
    {"text": "Too expensive.", "change": "The bus fare rises", "primary": "concern"},
]


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    path = tmp_path / "labelled.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS), encoding="utf-8")
    return path


def test_scores_of_a_known_confusion() -> None:
    people = np.array([SUPPORT, SUPPORT, CONCERN, CONCERN, CONCERN, NEUTRAL])
    coded = np.array([SUPPORT, CONCERN, CONCERN, CONCERN, NEUTRAL, NEUTRAL])
    result = score(people, coded, ["a"] * 6)
    assert result.per_class["support"].precision == 1
    assert result.per_class["support"].recall == 0.5
    assert result.per_class["concern"].f1 == pytest.approx(2 / 3)
    assert result.macro_f1 == pytest.approx((2 / 3 + 2 / 3 + 0 + 2 / 3) / 4)
    assert result.confusion[CONCERN] == (0, 2, 0, 1)
    assert result.accuracy == pytest.approx(4 / 6)


def test_the_baseline_always_answers_the_commonest_stance() -> None:
    people = np.array([CONCERN, CONCERN, NEUTRAL])
    result = score(people, people, ["a"] * 3)
    assert result.baseline_stance == "concern"
    assert result.baseline == pytest.approx(0.8 / 4)


def test_the_interval_is_seeded_and_holds_the_score() -> None:
    people = np.array([SUPPORT, CONCERN, SUGGESTION, NEUTRAL] * 20)
    coded = np.where(np.arange(80) % 3 == 0, CONCERN, people)
    first, second, other = (score(people, coded, ["a"] * 80, seed=seed) for seed in (1, 1, 2))
    assert first.interval == second.interval != other.interval
    assert first.interval[0] < first.macro_f1 < first.interval[1]


def test_a_change_is_scored_over_the_stances_found_there() -> None:
    people = np.array([SUPPORT, CONCERN, CONCERN])
    result = score(people, np.array([SUPPORT, CONCERN, CONCERN]), ["a", "a", "b"])
    assert result.per_change["b"].macro_f1 == 1
    assert result.per_change["a"].n == 2


def test_rows_without_a_stance_are_skipped_and_counted(labelled: Path) -> None:
    coder = SameAnswer(CONCERN)
    result = evaluate(labelled, coder)
    assert (result.n, result.skipped, result.annotator) == (3, 1, "same@1")
    assert coder.asked == [("某市全面禁烟", 2), ("The bus fare rises", 1)]
    assert result.as_dict()["per_class"]["concern"]["recall"] == 1
    assert json.loads(json.dumps(result.as_dict())) == result.as_dict()


@pytest.mark.parametrize("name", ["rows.csv", "rows.csv.gz"])
def test_csv_plain_and_packed(tmp_path: Path, name: str) -> None:
    text = '\ufefftext,change,primary\n"太贵,不坐了",公交涨价,concern\n好,公交涨价,\n'.encode()
    path = tmp_path / name
    path.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    rows, skipped = read_labelled(path)
    assert [(row.text, STANCES[row.stance]) for row in rows] == [("太贵,不坐了", "concern")]
    assert skipped == 1


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"text": "好", "change": "涨价", "primary": "positive"}', "positive"),
        ('{"text": "", "change": "涨价", "primary": "concern"}', '"text" is missing'),
        ('{"text": "好", "primary": "concern"}', '"change" is missing'),
        ('{"text": ', "no JSON"),
        ("[1, 2]", "no JSON object"),
    ],
)
def test_a_bad_row_is_named(labelled: Path, line: str, why: str) -> None:
    with labelled.open("a", encoding="utf-8") as target:
        target.write(line + "\n")
    with pytest.raises(EvaluationFileError, match="Row 5") as raised:
        read_labelled(labelled)
    assert why in str(raised.value)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00bad", b'{"text": "a", "change": "b", "primary": null}\n'])
def test_a_file_without_labels_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(content)
    with pytest.raises(EvaluationFileError):
        read_labelled(path)


def test_a_broken_archive_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "rows.csv.gz").write_bytes(b"not packed")
    for name in ("rows.csv.gz", "absent.csv"):
        with pytest.raises(EvaluationFileError):
            read_labelled(tmp_path / name)
