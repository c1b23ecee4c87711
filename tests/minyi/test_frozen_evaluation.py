"""The floors of the frozen evaluation: none is lowered silently, and a missed one fails."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types import ModuleType

BENCHMARKS = Path(__file__).parent.parent.parent / "benchmarks"
FROZEN: dict[str, Any] = json.loads((BENCHMARKS / "evaluation_floors.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("evaluation", BENCHMARKS / "evaluation.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def entry(floor: float, reason: str = "", **changed: Any) -> dict[str, Any]:
    return {"date": "2026-01-01", "reason": reason, "floors": {"demo.macro_f1": floor}, "sets": {"demo": "a"}} | changed


def found(value: float = 0.6, **changed: Any) -> dict[str, Any]:
    figures = {"demo.macro_f1": value}
    return {"coder": "c@1", "figures": figures, "sets": {"demo": "a"}, "trained_on": {"demo": 0}} | changed


def test_the_floors_are_those_of_the_last_entry() -> None:
    last = FROZEN["history"][-1]
    assert FROZEN["floors"] == last["floors"]
    assert FROZEN["sets"] == last["sets"]


def test_no_floor_was_ever_lowered_without_a_reason(bench: ModuleType) -> None:
    assert bench.lowered_silently(FROZEN["history"]) == []


def test_every_floor_lies_close_under_its_figure() -> None:
    for entry in FROZEN["history"]:
        assert entry["floors"].keys() == entry["figures"].keys()
        assert all(0 < entry["figures"][name] - floor < 0.02 for name, floor in entry["floors"].items())


@pytest.mark.parametrize(
    "last",
    [
        entry(0.4, "  "),
        entry(0.4, floors={}),
        entry(0.5, sets={"demo": "b"}),
        entry(0.45),  # above the entry before it, under the first
    ],
)
def test_a_lower_floor_a_lost_one_and_a_changed_set_need_a_reason(bench: ModuleType, last: dict[str, Any]) -> None:
    history = [entry(0.5), entry(0.4, "the demo's labels were corrected"), last]
    assert bench.lowered_silently(history) != []
    assert bench.lowered_silently([*history[:2], {**last, "reason": "because"}]) == []


def test_a_higher_floor_needs_none(bench: ModuleType) -> None:
    assert bench.lowered_silently([entry(0.5), entry(0.6)]) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (found(0.49), "under the floor 0.500"),
        (found(figures={}), "under the floor"),
        (found(sets={"demo": "b"}), "the set changed"),
        (found(trained_on={"demo": 3}), "3 of its comments are in the training corpus"),
    ],
)
def test_what_fails_is_said(bench: ModuleType, changed: dict[str, Any], said: str) -> None:
    (fault,) = bench.missed(changed, entry(0.5))
    assert said in fault
    assert bench.missed(found(), entry(0.5)) == []


def run(bench: ModuleType, monkeypatch: pytest.MonkeyPatch, value: float, *arguments: str) -> int:
    monkeypatch.setattr(bench, "measure", lambda: found(value))
    monkeypatch.setattr(sys, "argv", ["evaluation.py", *arguments])
    return bench.main()


def test_freezing_and_missing(bench: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    place = tmp_path / "floors.json"
    monkeypatch.setattr(bench, "FLOORS", place)
    assert run(bench, monkeypatch, 0.6, "--freeze", "the first") == 0
    assert json.loads(place.read_text())["floors"] == {"demo.macro_f1": 0.59}
    assert run(bench, monkeypatch, 0.595) == 0
    assert run(bench, monkeypatch, 0.585) == 1
    with pytest.raises(SystemExit):
        run(bench, monkeypatch, 0.585, "--freeze", " ")
    assert run(bench, monkeypatch, 0.585, "--freeze", "labels were corrected") == 0
    history = json.loads(place.read_text())["history"]
    assert [line["floors"]["demo.macro_f1"] for line in history] == [0.59, 0.575]
    assert run(bench, monkeypatch, 0.585) == 0


def test_the_sets_are_whole_and_held_out(bench: ModuleType) -> None:
    """What the frozen figures are measured on; the figures themselves are checked by the script."""
    rows = {name: read() for name, read in bench.SETS.items()}
    assert {name: bench.digest(part) for name, part in rows.items()} == FROZEN["sets"]
    assert len(rows["demo"]) == 844
    assert all(row.stance >= 0 for part in rows.values() for row in part)
