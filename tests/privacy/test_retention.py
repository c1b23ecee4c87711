"""What is older than the study keeps it leaves, with the pages that show it; the rest stays."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from minyi.console import Console
from minyi.privacy.retention import apply
from minyi.workspace import open_workspace
from storage.nouns import Capture, Page

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400_000
OLD = "三年前说过的一句话：手续费涨得没有道理"
NEW = "昨天说的一句话：手续费还是涨了"


@pytest.fixture
def folder(tmp_path: Path, study_file: str) -> Path:
    place = tmp_path / "study"
    place.mkdir()
    (place / "study.toml").write_text(study_file + "[privacy]\ncomments_days = 365\ncaptures_days = 30\n", "utf-8")
    return place


def fill(folder: Path) -> None:
    with open_workspace(folder) as workspace:
        now = round(workspace.now.timestamp() * 1000)
        run = workspace.store.begin_run("fees", "collect", {}, "")
        for at, (text, days) in enumerate(((OLD, 1000), (NEW, 1))):
            capture = Capture(f"https://a.test/{at}", "", 200, {}, text.encode(), now - days * DAY)
            rows = [{"ext_id": f"old-{at}", "text": text, "published_at": now - days * DAY}]
            page = Page(comments=rows)  # type: ignore[arg-type]
            workspace.store.add_page("fees", "a", page, run_id=run, capture=capture)
        workspace.store.end_run(run, "ok", {}, [])


def holding(folder: Path, text: str) -> list[str]:
    return [str(path) for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


def texts(workspace: Any) -> list[str]:
    return list(workspace.store.comments("fees", columns=["text"])["text"])


def test_old_comments_leave_every_file_and_new_ones_stay(folder: Path) -> None:
    fill(folder)
    with open_workspace(folder) as workspace:
        assert apply(workspace, Console(quiet=True)) == 0
        assert texts(workspace) == [NEW]
        assert holding(folder, OLD) == []
        assert len(holding(folder, NEW)) >= 2


def test_a_second_time_there_is_nothing_to_do(folder: Path) -> None:
    fill(folder)
    with open_workspace(folder) as workspace:
        apply(workspace, Console(quiet=True))
        before = workspace.store.changes("fees")
        apply(workspace, Console(quiet=True))
        assert workspace.store.changes("fees") == before
        assert workspace.store.runs("fees")[-1].counts == {"comments": 0, "captures": 0, "files": 0}


def test_a_page_that_is_gone_is_not_missed_when_pages_are_read_again(folder: Path) -> None:
    from minyi.reparsing import reparse

    study = folder / "study.toml"
    source = '[[sources]]\nname = "a"\nkind = "feed"\nurls = ["https://a.test/feed"]\ntitle = { zh = "甲", en = "A" }\n'
    study.write_text(study.read_text("utf-8") + source, "utf-8")
    fill(folder)
    with open_workspace(folder) as workspace:
        apply(workspace, Console(quiet=True))
        assert reparse(workspace, Console(quiet=True)) == 0
        counts = workspace.store.runs("fees")[-1].counts["a"]
        assert counts["unread"]["it was removed with what was forgotten, or kept long enough"] == 1
        assert texts(workspace) == [NEW]


def test_what_was_refused_long_ago_leaves_too(folder: Path) -> None:
    fill(folder)
    refused = folder / "data" / "rejects" / "old.csv"
    refused.parent.mkdir(parents=True)
    refused.write_text(OLD, encoding="utf-8")
    os.utime(refused, (0, 0))
    with open_workspace(folder) as workspace:
        apply(workspace, Console(quiet=True))
    assert not refused.exists()


def test_without_a_number_of_days_all_is_kept(folder: Path, study_file: str) -> None:
    fill(folder)
    (folder / "study.toml").write_text(study_file, "utf-8")
    with open_workspace(folder) as workspace:
        apply(workspace, Console(quiet=True))
        assert texts(workspace) == [OLD, NEW]
        assert [run.command for run in workspace.store.runs("fees")] == ["collect"]
