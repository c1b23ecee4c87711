"""The gate: below the study's floor nothing is published, in scheduled runs neither, and all else is as it was."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from minyi.labels import held_back, task_of
from minyi.workspace import open_workspace
from storage.nouns import STANCES
from storage.records import Judgement

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SAYINGS = ("强烈反对收手续费", "支持，早该收手续费了", "建议手续费按次数收", "今天天气不错", "凭什么收手续费，太黑了")
FLOOR = "\n[publish]\nfloor = 0.55\n"


@pytest.fixture
def analysed(minyi: Callable, study: Path, tmp_path: Path) -> Path:
    """A hundred comments, all drawn, none labelled."""
    rows = [f"{saying}，{chr(0x4E00 + 7 * n)}{chr(0x5200 + 5 * n)}" for n in range(20) for saying in SAYINGS]
    file = tmp_path / "comments.csv"
    file.write_text("text\n" + "\n".join(rows), encoding="utf-8")
    for command in (("import", file, "--study", study), ("analyse", study), ("sample", study)):
        assert minyi(*command).code == 0
    return study


def label(study: Path, turned: int, *, kept_back: bool = True) -> int:
    """Somebody says what the coder says of comments kept back or of the others, or the stance after; gives how many."""
    with open_workspace(study) as workspace:
        task, store = task_of(workspace.study), workspace.store
        items = store.labels.items(workspace.study.id, "audit", task)
        codes = workspace.coder.code(items["text"].tolist(), workspace.study.change)
        said = []
        for key, one, code in zip(items["key"], items["id"], codes.primary.tolist(), strict=True):
            if held_back(one) == kept_back:
                stance = STANCES[(code + turned) % len(STANCES)]
                said.append(Judgement(int(key), stance=stance, codes=tuple(int(stance == it) for it in STANCES[:3])))  # type: ignore[arg-type]
        run = store.begin_run(workspace.study.id, "label", {}, "")
        store.labels.put(workspace.study.id, *task, "person:Ann", run, said)
        return len(said)


def ask(study: Path, floor: str = FLOOR) -> None:
    file = study / "study.toml"
    file.write_text(file.read_text(encoding="utf-8").partition("\n[publish]")[0] + floor, encoding="utf-8")


def gate(folder: Path) -> dict[str, object] | None:
    numbers: dict[str, dict[str, object] | None] = json.loads((folder / "numbers.json").read_text(encoding="utf-8"))
    return numbers["gate"]


def test_below_the_floor_nothing_is_published_until_it_is_reached_again(minyi: Callable, analysed: Path) -> None:
    assert minyi("report", analysed).code == 0
    reports = analysed / "reports"
    assert gate(reports) is None  # the study file asks for nothing
    before = {path.name: path.read_bytes() for path in reports.iterdir()}
    n = label(analysed, 1)
    label(analysed, 0, kept_back=False)  # these a coder may have learned from
    assert n >= 20
    ask(analysed)

    outcome = minyi("report", analysed)
    assert outcome.code == 1
    assert f"the report is held: the coder has macro-F1 0.000 on {n} labels that no coder learned from" in outcome.err
    assert "asks for 0.55" in outcome.err
    assert "minyi report --held" in outcome.err
    job = minyi("run", analysed, "--json")
    assert job.code == 1
    assert job.done["status"] == "failed"
    assert job.done["counts"]["gate"]["state"] == "held"
    assert job.events[-1]["type"] == "ReportHeld"
    assert {path.name: path.read_bytes() for path in reports.iterdir()} == before

    label(analysed, 0)
    good = minyi("run", analysed)
    assert good.code == 0, good.err
    assert f"Gate passed: macro-F1 1.000 on {n} labels" in good.out
    assert gate(reports) == {
        "state": "passed", "measure": "macro-F1", "floor": 0.55, "value": 1.0, "labels": n, "least": 20,
    }  # fmt: skip


@pytest.mark.slow
def test_with_too_few_labels_kept_back_the_report_goes_out_and_says_so(minyi: Callable, analysed: Path) -> None:
    """And then a held one is written apart, marked, where that is wanted."""
    ask(analysed, FLOOR + 'measure = "agreement"\n')
    outcome = minyi("report", analysed)
    assert outcome.code == 0
    assert "the gate cannot be judged yet: of the 20 labels it needs, 0 are kept back and coded" in outcome.err
    reports = analysed / "reports"
    assert (gate(reports) or {})["state"] == "unjudged"
    assert "cannot be judged yet" in (reports / "report.en.html").read_text(encoding="utf-8")

    label(analysed, 1)
    outcome = minyi("report", analysed, "--held")
    assert outcome.code == 0, outcome.err
    assert "the report is held, and is marked so" in outcome.err
    assert (gate(reports) or {})["state"] == "unjudged"
    held = reports / "held"
    assert (gate(held) or {})["state"] == "held"
    for language, words in (("en", "Held back, not for publication."), ("zh", "暂缓，不得发布。")):
        assert words in (held / f"report.{language}.html").read_text(encoding="utf-8")

    (held / "notes.txt").write_text("a person's own", encoding="utf-8")
    label(analysed, 0)
    assert minyi("report", analysed, "--held").code == 0  # nothing to hold: it goes where reports go
    assert (gate(reports) or {})["state"] == "passed"
    assert "not for publication" not in (reports / "report.en.html").read_text(encoding="utf-8")
    assert [path.name for path in held.iterdir()] == ["notes.txt"]  # what was held is put away, and nothing else
    (held / "notes.txt").unlink()
    assert minyi("report", analysed).code == 0
    assert not held.exists()


@pytest.mark.parametrize(
    ("floor", "said"),
    [
        ("floor = 55", "write a number between 0 and 1, such as 0.55"),
        ('measure = "agreement"', "floor"),
        ("flor = 0.5", "flor"),
    ],
)
def test_a_gate_that_cannot_be_meant_is_refused(minyi: Callable, study: Path, floor: str, said: str) -> None:
    ask(study, f"\n[publish]\n{floor}\n")
    outcome = minyi("check", study)
    assert outcome.code == 2
    assert said in outcome.err


def test_a_floor_that_no_coder_reaches_is_warned_of(minyi: Callable, study: Path) -> None:
    ask(study, "\n[publish]\nfloor = 0.95\n")
    outcome = minyi("check", study)
    assert outcome.code == 0
    assert "more than coders reach" in outcome.err
