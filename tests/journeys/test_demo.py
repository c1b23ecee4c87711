"""The demo takes the whole way on this machine alone."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import minyi as package
from minyi.console import Console
from minyi.demo.labelled import QUOTES, label_sample, rows_of
from minyi.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_the_demo_ends_with_two_reports_and_says_where(shown: Any) -> None:
    folder, outcome = shown

    assert outcome.code == 0, outcome.err
    for language in ("zh", "en"):
        path = folder / "reports" / f"report.{language}.html"
        assert str(path) in outcome.out
        assert path.stat().st_size > 20_000
    numbers = json.loads((folder / "reports" / "numbers.json").read_text(encoding="utf-8"))
    assert numbers["totals"]["comments"] >= 600
    totals = numbers["totals"]
    counted = (
        f"{totals['comments']:,} comments, {totals['texts']:,} different texts, {totals['authors']:,} known authors"
    )
    assert counted in outcome.out
    assert numbers["study"]["illustrative"]
    assert len(numbers["events"]) >= 5
    assert numbers["totals"]["copied"] > 0


def test_its_report_is_audited_by_labels_of_a_random_sample(shown: Any) -> None:
    folder, outcome = shown
    numbers = json.loads((folder / "reports" / "numbers.json").read_text(encoding="utf-8"))
    counted = numbers["totals"]["comments"]
    said = f"120 of {counted:,} comments, drawn at random, carry labels that ship with the demo; 24 of them"

    assert said in outcome.out
    assert numbers["audit"]["audited"]
    assert (numbers["audit"]["labels"], numbers["audit"]["population"]) == (120, counted)
    assert numbers["audit"]["agreement"]["primary"]["units"] >= 20
    assert sum(len(list((folder / "data" / "receipts").glob(f"*-{name}.json"))) for name in ("sample", "report")) == 2


def test_every_netizen_quoted_has_a_label(shown: Any) -> None:
    frame = package.load(shown.folder)

    assert set(frame[frame["kind"] == "quote"]["text"]) == {row["text"] for row in rows_of(QUOTES)}


def test_labels_of_a_reworded_change_are_not_put_in(shown: Any, tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    shutil.copytree(shown.folder, folder)
    study = folder / "study.toml"
    study.write_text(study.read_text(encoding="utf-8").replace("高于700分的用户关闭", "高于700分的用户保留"), "utf-8")
    with open_workspace(folder) as workspace:
        labelled = label_sample(workspace, Console(quiet=True))

    assert labelled.population > labelled.labelled == labelled.twice == 0


def test_a_second_demo_adds_nothing(shown: Any, minyi: Callable, tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    shutil.copytree(shown.folder, folder)
    second = minyi("demo", folder, "--json")

    collected = next(event for event in second.events if event.get("command") == "collect")["counts"]
    assert shown.outcome.code == second.code == 0
    assert {name: counts["new"] for name, counts in collected.items()} == {"articles": 0, "comments": 0}
    drawn, labelled = (
        next(event for event in second.events if event.get("command") == command)["counts"]
        for command in ("sample", "labels-import")
    )
    assert (drawn["drawn"], labelled["new"], labelled["known"]) == (0, 0, 144)


def test_netizens_quoted_in_the_article_are_comments(shown: Any) -> None:
    frame = package.load(shown.folder)

    quotes = frame[frame["kind"] == "quote"]
    assert len(quotes) >= 6
    assert quotes["article_id"].notna().all()


def test_a_folder_with_something_else_is_left_alone(minyi: Callable, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")

    outcome = minyi("demo", tmp_path)

    assert outcome.code == 1
    assert "not the demo" in outcome.err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
