"""What `minyi status` says of a study's jobs."""

from __future__ import annotations

import io
import json
import platform
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pier import PIER

from minyi.console import Console
from minyi.jobs.alerts import Alert
from minyi.jobs.job_standing import is_killed
from minyi.jobs.lock import Holder, one_at_a_time
from minyi.jobs.notice_book import Notice, write_book
from minyi.standing import show_status, standing_of
from minyi.workspace import open_workspace
from storage.job_windows import Worker
from storage.nouns import Page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from minyi.workspace import Workspace

pytestmark = pytest.mark.usefixtures("copied_databases")

HERE = Worker("place", platform.node())
STUDY = f"""\
{PIER}[schedule]
every = "day"
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    with open_workspace(tmp_path) as opened:
        yield opened


def status(workspace: Workspace) -> tuple[str, dict[str, Any]]:
    """What it says to a person of jobs, and to a program."""
    standing, out, facts = standing_of(workspace), io.StringIO(), io.StringIO()
    show_status(standing, Console(out=out))
    show_status(standing, Console(json=True, out=facts))
    return out.getvalue().partition("\nJobs\n")[2], json.loads(facts.getvalue())["jobs"]


def ms(days_ago: float) -> int:
    return round((datetime.now(UTC) - timedelta(days=days_ago)).timestamp() * 1000)


def test_a_study_without_jobs_says_only_when_the_first_is_due(workspace: Workspace) -> None:
    told, facts = status(workspace)
    assert re.fullmatch(r"(Due since|Next due:) \d{4}-\d\d-\d\d 06:30\.\n", told)
    assert facts["due"] > 0
    assert (facts["window"], facts["state"], facts["missed"], facts["at_work"]) == (None, None, None, None)


def test_the_last_window_the_missed_ones_and_the_last_receipt(workspace: Workspace) -> None:
    windows = workspace.store.windows
    claim = windows.claim("pier", "run", "2026-01-01", HERE, at=ms(4))
    windows.end(claim.window, "done", 3, [], at=ms(4))
    receipt = workspace.data / "receipts" / "20260101T010203-1-run.json"
    receipt.parent.mkdir(parents=True)
    receipt.write_text(json.dumps({"exit": 3, "steps": []}))
    told, facts = status(workspace)
    assert told.startswith("Last window: 2026-01-01, done (begun ")
    assert " with 3)." in told
    assert "Missed since: 3 windows, " in told
    assert f"Last receipt: {receipt}" in told
    assert (facts["state"], facts["exit"], facts["missed"]["count"], facts["last_receipt"]) == (
        "done",
        3,
        3,
        str(receipt),
    )


def test_a_window_whose_process_is_gone_is_shown_as_killed(workspace: Workspace) -> None:
    workspace.store.windows.claim("pier", "run", "2026-01-01", HERE)
    told, facts = status(workspace)
    assert "2026-01-01, killed before it ended; the next run repeats it" in told
    assert facts["state"] == "killed"


def test_who_is_at_work_is_shown_while_the_job_runs(workspace: Workspace) -> None:
    with one_at_a_time(workspace.data, "run"):
        workspace.store.windows.claim("pier", "run", "2026-01-01", HERE)
        told, facts = status(workspace)
    assert "At work: `minyi run` (process " in told
    assert "2026-01-01, at work" in told
    assert (facts["state"], facts["at_work"]["command"]) == ("running", "run")


def test_what_is_open_is_shown(workspace: Workspace) -> None:
    workspace.data.mkdir(exist_ok=True)
    over = Notice(Alert("failed", "collect"), 0, over=1)
    write_book(workspace.data, [Notice(Alert("partial", "forum", "Transient"), 0), over])
    told, facts = status(workspace)
    assert "Open since 1970-01-01 08:00: In part only: forum (no answer, or a server error)" in told
    assert facts["open"] == [{"cause": "partial:forum", "since": 0}]


def test_a_window_of_another_machine_is_killed_only_when_it_is_a_day_old(workspace: Workspace) -> None:
    far = Worker("elsewhere", "another-machine")
    window = workspace.store.windows.claim("pier", "run", "2026-01-01", far, at=ms(0.5)).window
    assert not is_killed(window, None, ms(0))
    assert is_killed(window, Holder(), ms(-1))


def test_the_three_counts_are_those_of_the_comments(workspace: Workspace) -> None:
    said = "码头关闭，大家都不方便，请再考虑一下吧"
    texts = (said, said, "别关", "please keep it")
    comments: Any = [{"ext_id": str(n), "text": text, "author": "u" * (n % 3)} for n, text in enumerate(texts)]
    run = workspace.store.begin_run("pier", "collect", {}, "")
    workspace.store.add_page("pier", "forum", Page(comments=comments), run_id=run)
    held = workspace.store.comments("pier", columns=["fold", "author"])
    counts = workspace.store.collected.three_counts("pier")
    different = held["fold"].nunique() + int(held["fold"].isna().sum())
    assert counts == {"comments": 4, "texts": different, "authors": 2}
    assert held["author"].nunique() == 2
