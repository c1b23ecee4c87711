"""What alerts are found from: failures of the job's own commands, silent sources, and days with too many comments."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from pier import PIER

from minyi.console import Console
from minyi.coverage import Coverage, SourceStanding
from minyi.glimpses import came_of
from minyi.jobs import job_facts
from minyi.jobs.alerts import Failure, Spike
from minyi.jobs.job_facts import facts_of, silent_sources, spikes_until
from minyi.jobs.notices import tell, tell_without_store
from minyi.study_file import load_study
from minyi.workspace import open_workspace
from storage.errors import MinyiError
from storage.nouns import Gap, Wording
from storage.store import Store

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("copied_databases")

TODAY = date(2026, 11, 26)
STUDY = f"""\
{PIER}[[sources]]
name = "forum"
kind = "feed"
url = "https://forum.example/feed"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    return tmp_path


def came(counts: dict[int, int], **other: Any) -> Any:
    """So many comments so many days before TODAY, a minute before midnight by the clock of Shanghai."""
    midnight = datetime(2026, 11, 26, 16, tzinfo=UTC)
    times = [midnight - timedelta(days=ago, minutes=1) for ago, n in counts.items() for _ in range(n)]
    columns = {"source": "forum", "kind": "comment", "published_precision": "second", "run": "1", **other}
    frame = pd.DataFrame({"published_at": [round(at.timestamp() * 1000) for at in times]})
    return came_of(frame.assign(**columns))


def found(folder: Path, counts: dict[int, int], gaps: list[Gap] | None = None, **other: Any) -> list[Spike]:
    return spikes_until(load_study(folder).study, came(counts, **other), gaps or [], TODAY)


USUAL = {ago: 4 + ago % 3 for ago in range(1, 40)}


def test_a_spike_is_told_when_its_day_is_over(folder: Path) -> None:
    (spike,) = found(folder, USUAL | {1: 60})
    assert (spike.day, spike.n) == ("2026-11-25", 60)
    assert 4 <= spike.usual <= 6


def test_today_is_not_over(folder: Path) -> None:
    assert found(folder, USUAL | {0: 60}) == []


def test_a_spike_of_the_last_days_is_told_and_an_older_one_is_not(folder: Path) -> None:
    assert [spike.day for spike in found(folder, USUAL | {7: 60})] == ["2026-11-19"]
    assert found(folder, USUAL | {8: 60}) == []


def test_a_day_of_a_gap_quotes_and_months_are_no_spike(folder: Path) -> None:
    gap = Gap(start=date(2026, 11, 25), end=date(2026, 11, 25), reason=Wording(en="down"))
    assert found(folder, USUAL | {1: 60}, [gap]) == []
    assert found(folder, USUAL | {1: 60}, kind="quote") == []
    assert found(folder, USUAL | {1: 60}, published_precision="month") == []


def test_a_study_of_few_days_or_none_has_no_spikes(folder: Path) -> None:
    assert found(folder, {1: 60, 2: 3}) == found(folder, {}) == found(folder, {0: 5}) == []


def test_sources_that_are_silent_now() -> None:
    stands = {"a": SourceStanding("silent", since=5), "b": SourceStanding("down", since=6), "c": SourceStanding("ok")}
    assert silent_sources(Coverage(stands)) == {"a": 5}


def test_failures_are_those_of_the_jobs_own_commands(folder: Path) -> None:
    said = {"type": "Transient", "what": "", "where": "", "remedy": ""}
    with open_workspace(folder) as workspace:
        runs = []
        for source in ("old", "forum"):
            runs.append(workspace.store.begin_run("pier", "collect", {}, ""))
            workspace.store.end_run(runs[-1], "partial", {}, [said | {"source": source}])
        facts = facts_of(workspace, {"exit": 3, "steps": [{"command": "collect", "run": runs[-1], "exit": 3}]})
    assert facts.failures == [Failure("collect", "forum", "Transient")]
    assert (facts.silent, facts.spikes) == ({}, [])


def test_of_a_stopped_job_the_store_is_not_asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_workspace(folder) as workspace:
        monkeypatch.setattr(Store, "runs", lambda *_: pytest.fail("asked"))
        receipt: dict[str, Any] = {"exit": 143, "steps": []}
        assert tell(workspace, receipt, Console(out=io.StringIO())) == []
    assert receipt["alerts"] == ["failed:run"]


def test_a_store_that_cannot_be_read_is_a_warning_and_the_rest_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise MinyiError("the database is damaged")

    monkeypatch.setattr("minyi.jobs.notices.facts_of", broken)
    said, receipt = io.StringIO(), {"exit": 1, "steps": [{"command": "collect", "run": "1", "exit": 1}]}
    with open_workspace(folder) as workspace:
        tell(workspace, receipt, Console(err=said))
    assert receipt["alerts"] == ["failed:collect"]
    assert "the database is damaged" in said.getvalue()


def test_a_job_whose_store_could_not_be_opened_is_told(folder: Path) -> None:
    receipt: dict[str, Any] = {"exit": 1, "steps": [], "failures": [{"type": "DatabaseDamaged"}]}
    tell_without_store(load_study(folder), receipt, Console())
    assert receipt["alerts"] == ["failed:run"]


def test_comments_far_in_the_future_cost_nothing(folder: Path) -> None:
    (spike,) = found(folder, USUAL | {1: 60, -30_000: 5})
    assert spike.n == 60
    assert job_facts.LOOK_BACK_DAYS == 7
