"""`minyi adapt`: from labels, in a file or stored, good or bad, to the study's own coder."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from minyi.fingerprints import code_print
from minyi.labels import held_back
from minyi.workspace import open_workspace
from nlp.adaptation import Adaptation
from nlp.fold import fold_keys

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS = [
    (f"{place}{saying}", stance)
    for place in ("三楼", "南门", "旧馆", "新馆", "走廊", "楼梯口", "阅览桌", "少儿区", "自习室", "一层", "地下室")
    for saying, stance in (("猫头鹰角又没了", "concern"), ("管理员能回家吃饭", "support"))
]


@pytest.fixture(autouse=True)
def _few_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """How well it does is tested elsewhere."""
    for name in ("ROUNDS", "CURVE_ROUNDS"):
        monkeypatch.setattr(f"nlp.adapted_score.{name}", 1)


def labels(folder: Path, rows: list[tuple[str, ...]], header: str = "text,primary") -> Path:
    path = folder / "labels.csv"
    path.write_text("\n".join([header, *(",".join(row) for row in rows)]), encoding="utf-8")
    return path


def test_a_copy_counts_once_and_a_contradiction_not_at_all(minyi: Callable, study: Path, tmp_path: Path) -> None:
    bad = [("三楼猫头鹰角又没了", "support"), *(("话", f"anger{n}") for n in range(7))]
    outcome = minyi("adapt", labels(tmp_path, [*ROWS, *ROWS, *bad]), study)
    assert outcome.code == 0, outcome.err
    assert "21 labels (support 11, concern 10," in outcome.out
    assert "labelled rows that are copies of others: 21" in outcome.err
    assert "labelled rows that give one text different labels: 3" in outcome.err
    assert "and 2 more rows were refused" in outcome.err
    known = Adaptation.load(study / "data" / "study-coder.npz").known  # what the report will say of its error
    assert known["zh"]["n"] == 21


def test_stances_with_few_labels_are_not_called_many(minyi: Callable, study: Path, tmp_path: Path) -> None:
    rows = [(text, ("support", "concern", "neutral")[n % 3]) for n, (text, _) in enumerate(ROWS[:20])]
    outcome = minyi("adapt", labels(tmp_path, rows), study)
    assert "labels or more" not in outcome.out
    assert "label more comments" in outcome.err


def test_labels_of_another_change_are_named(minyi: Callable, study: Path, tmp_path: Path) -> None:
    outcome = minyi("adapt", labels(tmp_path, [(*row, "别的事") for row in ROWS], "text,primary,change"), study)
    assert outcome.code == 1
    assert 'All 22 labels name another change ("别的事") than "平台对提现收取手续费"' in outcome.err
    assert "Leave the column change empty" in outcome.err


def test_the_studys_change_may_go_by_any_of_its_names(minyi: Callable, study: Path, tmp_path: Path) -> None:
    file = study / "study.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("words =", 'aliases = ["提现新规"]\nwords ='), "utf-8")
    names = ("", "平台对提现收取手续费", "提现收费", "withdrawal fee", "提现新规", "别的事")
    rows = [(*row, names[n % len(names)]) for n, row in enumerate(ROWS)]
    outcome = minyi(
        "adapt", labels(tmp_path, [*rows, ("多一条", "", "别的事")], "text,primary,change"), study, "--json"
    )
    assert outcome.code == 1
    assert "Labels: 19" in outcome.events[-1]["what"]
    more = [(f"多{text}", stance, "Withdrawal fee") for text, stance in ROWS[:4]]
    outcome = minyi("adapt", labels(tmp_path, [*rows, *more, ("空", "", "")], "text,primary,change"), study)
    assert outcome.code == 0, outcome.err
    assert "23 labels" in outcome.out
    assert "Rows without a label: 1." in outcome.out
    assert 'labelled rows that name another change ("别的事"): 3' in outcome.err


def test_what_cannot_be_written_leaves_the_coder_that_was_there(minyi: Callable, study: Path, tmp_path: Path) -> None:
    (study / "data" / "study-coder.npz" / "in the way").mkdir(parents=True)
    outcome = minyi("adapt", labels(tmp_path, ROWS), study)
    assert outcome.code == 1
    assert "what to do: Check that the folder is writable" in outcome.err
    assert [path.name for path in (study / "data").glob("*study-coder*")] == ["study-coder.npz"]


def test_a_spreadsheet_in_another_encoding_is_told_which_one_to_save_as(
    minyi: Callable, study: Path, tmp_path: Path
) -> None:
    path = labels(tmp_path, ROWS)
    path.write_bytes(path.read_text(encoding="utf-8").encode("gb18030"))
    outcome = minyi("adapt", path, study)
    assert outcome.code == 1
    assert "Save it as UTF-8" in outcome.err


@pytest.fixture
def sampled(minyi: Callable, study: Path, tmp_path: Path) -> Path:
    """Eighty comments, sixty drawn, the study coded by its own coder."""
    file = study / "study.toml"
    file.write_text(file.read_text(encoding="utf-8").replace('id = "fees"', 'id = "fees"\ncoder = "study"'), "utf-8")
    said = [f"{chr(0x4E00 + 9 * n)}{chr(0x5200 + 5 * n)}，{text}" for n, (text, _) in enumerate(ROWS * 4)][:80]
    comments = tmp_path / "comments.csv"
    comments.write_text("text\n" + "\n".join(said), encoding="utf-8")
    assert minyi("import", comments, "--study", study).code == 0
    assert minyi("sample", study, "--size", 60, "--second", 0).code == 0
    return study


def sheet(study: Path, path: Path, turned: tuple[str, ...] = ()) -> list[str]:
    """A file of labels for all that is drawn; gives the ids."""
    with open_workspace(study) as workspace:
        items = workspace.store.labels.items("fees", "audit")
    rows = ["id,primary,support,concern,suggestion"]
    for one, text in zip(items["id"], items["text"], strict=True):
        concern = ("猫头鹰" in text) != (one in turned)
        rows.append(f"{one},{'concern,0,1,0' if concern else 'support,1,0,0'}")
    path.write_text("\n".join(rows), encoding="utf-8")
    return list(items["id"])


@pytest.mark.slow
def test_stored_labels_are_learned_but_for_those_kept_back_and_disputed(
    minyi: Callable, sampled: Path, tmp_path: Path
) -> None:
    ids = sheet(sampled, tmp_path / "ann.csv")
    free = [one for one in ids if not held_back(one)]
    outcome = minyi("labels", "import", sampled, tmp_path / "ann.csv", "--as", "Ann")
    assert outcome.code == 0, outcome.err
    kept = len(ids) - len(free)
    assert f"The study's coder learned from {len(free)} labels: macro-F1" in outcome.out
    first = Adaptation.load(sampled / "data" / "study-coder.npz")
    assert f"80 comments judged by study@{first.version}" in outcome.out  # a report has all its stances at once
    with open_workspace(sampled) as workspace:
        items = workspace.store.labels.items("fees", "audit").set_index("id")["text"]
    assert first.keys.tolist() == np.sort(fold_keys(items[free].tolist())).tolist()

    again = minyi("labels", "import", sampled, tmp_path / "ann.csv", "--as", "Ann", "--json")
    assert [event["event"] for event in again.events] == ["receipt", "done"]  # nothing new, nothing learned

    sheet(sampled, tmp_path / "bob.csv", (free[0],))
    other = minyi("labels", "import", sampled, tmp_path / "bob.csv", "--as", "Bob", "--json")
    assert other.events[-1]["event"] == "done"
    assert next(event for event in other.events if event["event"] == "adapted")["labels"] == len(free) - 1

    outcome = minyi("adapt", sampled)
    assert outcome.code == 0, outcome.err
    assert f"{len(free) - 1} labels (support" in outcome.out
    assert "Labels on which people do not agree, and nothing is settled: 1." in outcome.out
    assert f"Labels kept back, by which the coder is judged before a report: {kept}." in outcome.out
    curve, lines = Adaptation.load(sampled / "data" / "study-coder.npz").curve, outcome.out.splitlines()
    begin = lines.index("Macro-F1 by how many labels it learns from:") + 1
    points = [*((str(labels), f"{found:.3f}") for labels, found in curve.points), ("none", f"{curve.constant:.3f}")]
    assert [tuple(line.split()[:2]) for line in lines[begin : begin + len(points)]] == points
    assert len(points) > 3


def test_labels_kept_back_are_not_learned_from_a_file_either(minyi: Callable, sampled: Path, tmp_path: Path) -> None:
    with open_workspace(sampled) as workspace:
        items = workspace.store.labels.items("fees", "audit")
    stances = ["concern" if "猫头鹰" in text else "support" for text in items["text"]]
    path = labels(tmp_path, list(zip(items["text"], stances, strict=True)))
    kept = sum(map(held_back, items["id"]))
    outcome = minyi("adapt", sampled, path)
    assert outcome.code == 0, outcome.err
    assert f"left out: labelled rows that are kept back, to judge the coder by: {kept}" in outcome.err
    # What a file taught is not undone by the first label that is stored.
    before = (sampled / "data" / "study-coder.npz").read_bytes()
    sheet(sampled, tmp_path / "ann.csv")
    outcome = minyi("labels", "import", sampled, tmp_path / "ann.csv", "--as", "Ann")
    assert "stays as it is: it was adapted from a file" in outcome.out
    assert (sampled / "data" / "study-coder.npz").read_bytes() == before


def test_too_few_stored_labels_wait_and_a_command_says_how_many(minyi: Callable, sampled: Path, tmp_path: Path) -> None:
    sheet(sampled, tmp_path / "ann.csv")
    rows = (tmp_path / "ann.csv").read_text(encoding="utf-8").splitlines()[:8]
    (tmp_path / "few.csv").write_text("\n".join(rows), encoding="utf-8")
    outcome = minyi("labels", "import", sampled, tmp_path / "few.csv", "--as", "Ann")
    assert outcome.code == 0
    assert "The study's coder waits for labels:" in outcome.out
    outcome = minyi("adapt", sampled)
    assert outcome.code == 1
    assert "too few to learn from" in outcome.err
    assert not (sampled / "data" / "study-coder.npz").exists()


def test_a_study_and_a_file_may_stand_in_either_order_but_not_two_of_one(
    minyi: Callable, study: Path, tmp_path: Path
) -> None:
    file = labels(tmp_path, ROWS)
    assert minyi("adapt", study / "study.toml", file).code == 0
    assert minyi("adapt", file, file).code == 2
    assert minyi("adapt", study, study).code == 2


def kept(study: Path, outcome: Any) -> dict[str, Any]:
    """What the run keeps of itself, after it was held against the receipt."""
    receipt = next(event for event in outcome.events if event["event"] == "receipt" and event["command"] == "adapt")
    content = (study / "data" / "runs" / receipt["run"] / "manifest.json").read_bytes()
    assert hashlib.sha256(content).hexdigest() == receipt["counts"]["manifest"]
    assert receipt["status"] == "ok"
    found: dict[str, Any] = json.loads(content)
    assert found["run"] == receipt["run"]
    return found


def test_a_run_keeps_what_the_coder_follows_from(minyi: Callable, sampled: Path, tmp_path: Path) -> None:
    sheet(sampled, tmp_path / "ann.csv")
    taught = kept(sampled, minyi("labels", "import", sampled, tmp_path / "ann.csv", "--as", "Ann", "--json"))
    again = kept(sampled, minyi("adapt", sampled, "--json"))
    made = Adaptation.load(sampled / "data" / "study-coder.npz")
    assert again["coder"] == made.version
    assert again["code"]["sha256"] == code_print().sha256
    assert again["study_digest"] == hashlib.sha256((sampled / "study.toml").read_bytes()).hexdigest()
    assert sum(again["labels"]["stances"].values()) == again["score"]["labels"] == made.labels
    assert again["data"]["comments"] == 80 - made.labels
    assert again["seeds"] == {"cross_validation": [0], "learning_curve": [0]}
    assert {**taught, "run": ""} == {**again, "run": ""}  # the same labels, comments and program: the same coder

    free = [one for one in sheet(sampled, tmp_path / "ann.csv") if not held_back(one)]
    sheet(sampled, tmp_path / "ann.csv", (free[0],))
    other = kept(sampled, minyi("labels", "import", sampled, tmp_path / "ann.csv", "--as", "Ann", "--json"))
    assert other["labels"]["digest"] != again["labels"]["digest"]
    assert other["data"] == again["data"]
    assert other["coder"] != again["coder"]


def test_a_run_that_learned_nothing_is_recorded_as_failed(minyi: Callable, study: Path, tmp_path: Path) -> None:
    outcome = minyi("adapt", labels(tmp_path, ROWS[:4]), study, "--json")
    assert outcome.code == 1
    assert (outcome.done["command"], outcome.done["status"]) == ("adapt", "failed")
    assert "too few" in outcome.done["failures"][0]["what"]
    assert not (study / "data" / "runs").exists()
