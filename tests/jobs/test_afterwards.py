"""What is kept for others after a job, and that nothing of it makes the job fail."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from minyi.console import Console
from minyi.jobs import afterwards
from minyi.jobs.notices import tell_without_store
from minyi.study_file import load_study

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

STUDY = """\
[study]
id = "pier"
[change]
name = { en = "Pier" }
statement = { en = "The pier closes" }
words = { en = ["pier"] }
[notify]
"""
GOOD = {"exit": 0, "started_at": 1_795_000_000_000, "seconds": 2.5, "window": "2026-11-25", "steps": []}
BAD = GOOD | {"exit": 1, "started_at": 1_795_086_400_000}


def told(folder: Path, receipt: dict[str, Any], notify: str) -> str:
    (folder / "study.toml").write_text(STUDY + notify, encoding="utf-8")
    said = io.StringIO()
    tell_without_store(load_study(folder), receipt, Console(err=said))
    return said.getvalue()


def test_metrics_stand_where_the_study_says_and_keep_the_last_success(tmp_path: Path) -> None:
    assert told(tmp_path, dict(BAD), 'metrics = "out/minyi.prom"\n') == ""
    assert "last_success" not in (tmp_path / "out" / "minyi.prom").read_text()
    receipts = tmp_path / "data" / "receipts"
    (receipts / "20261125T010203-1-run.json").write_text(json.dumps(GOOD))
    told(tmp_path, dict(BAD), 'metrics = "out/minyi.prom"\n')
    said = (tmp_path / "out" / "minyi.prom").read_text()
    assert 'minyi_last_success_timestamp_seconds{study="pier"} 1795000002.5\n' in said
    assert 'minyi_open_alerts{study="pier",kind="failed"} 1\n' in said


def test_metrics_that_cannot_be_written_are_a_warning(tmp_path: Path) -> None:
    (tmp_path / "minyi.prom").mkdir()
    assert "no metrics were written" in told(tmp_path, dict(GOOD), 'metrics = "minyi.prom"\n')


def test_the_heartbeat_is_asked_for_with_the_code_of_the_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(afterwards, "heartbeat", lambda *given: asked.append(given[:2]))
    told(tmp_path, dict(GOOD), 'heartbeat = "MINYI_HEARTBEAT"\n')
    told(tmp_path, dict(BAD), "")
    told(tmp_path, GOOD | {"exit": 3, "steps": [{"command": "collect", "run": "1", "exit": 1}]}, "")
    assert asked == [("MINYI_HEARTBEAT", 0), ("", 1), ("", 1)]
