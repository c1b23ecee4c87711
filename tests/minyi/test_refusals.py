"""The files of what could not be used do not pile up: a job that runs for a year leaves those of its last runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from minyi import refusals
from minyi.refusals import Refusals
from storage.nouns import Page, Reject
from storage.records import Added

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from minyi.workspace import Workspace

BAD = Page(rejects=(Reject("row 7", "no text"),))


class Study:
    def __init__(self, data: Path) -> None:
        self.data = data


def run(data: Path, number: int, *sources: str) -> None:
    for source in sources:
        kept = Refusals.of(cast("Workspace", Study(data)), f"2026{number:04}T063000-{number}", source)
        kept.add(BAD, Added(articles=0, comments=0, known=0, rejected=[]))
        kept.add(BAD, Added(articles=0, comments=0, known=0, rejected=[]))


def test_the_files_of_the_newest_runs_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "KEPT_RUNS", 3)
    for number in range(1001, 1008):
        run(tmp_path, number, "forum", "app-store")
    own = tmp_path / "rejects" / "looked at.csv"
    own.write_text("a person's own", encoding="utf-8")
    run(tmp_path, 1008, "forum")

    stay = {path.name for path in (tmp_path / "rejects").iterdir()}
    expected = {f"2026{n}T063000-{n}-{name}.csv" for n in (1006, 1007) for name in ("forum", "app-store")}
    assert stay == expected | {"20261008T063000-1008-forum.csv", own.name}


def test_several_sources_of_one_run_leave_each_other_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "KEPT_RUNS", 1)
    run(tmp_path, 1001, "forum")
    run(tmp_path, 1002, "forum", "app-store", "town")

    stay = {path.name for path in (tmp_path / "rejects").iterdir()}
    assert stay == {f"20261002T063000-1002-{name}.csv" for name in ("forum", "app-store", "town")}


def test_a_run_keeps_its_own_after_the_clock_was_set_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "KEPT_RUNS", 2)
    for number in (1003, 1002, 1001):
        run(tmp_path, number, "forum")

    stay = {path.name for path in (tmp_path / "rejects").iterdir()}
    assert stay == {f"2026{n}T063000-{n}-forum.csv" for n in (1003, 1001)}
