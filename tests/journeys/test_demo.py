"""The demo takes the whole way on this machine alone."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

import minyi as package

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Shown(NamedTuple):
    """The demo, run once for all tests that only look at it."""

    folder: Path
    outcome: Any


@pytest.fixture(scope="module")
def shown(command: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Shown:
    folder = tmp_path_factory.mktemp("shown") / "demo"
    return Shown(folder, command("demo", folder))


def test_the_demo_ends_with_two_reports_and_says_where(shown: Shown) -> None:
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


def test_a_second_demo_adds_nothing(shown: Shown, minyi: Callable, tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    shutil.copytree(shown.folder, folder)
    second = minyi("demo", folder, "--json")

    collected = next(event for event in second.events if event.get("command") == "collect")["counts"]
    assert shown.outcome.code == second.code == 0
    assert {name: counts["new"] for name, counts in collected.items()} == {"articles": 0, "comments": 0}


def test_netizens_quoted_in_the_article_are_comments(shown: Shown) -> None:
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
