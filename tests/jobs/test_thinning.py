"""What jobs kept is thinned as it ages: all of a month, one a day for a year, one a week; receipts for a year."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from minyi.jobs.job_receipts import Receipts
from minyi.manifests import kept_by
from minyi.thinning import Gone, keep_for_good, thin
from minyi.unkept import BY_JOB, NoManifest
from minyi.workspace import Workspace, open_workspace
from storage.records import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NOW = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture
def workspace(study: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.delenv("MINYI_DATABASE_URL", raising=False)
    with open_workspace(study) as opened:
        yield opened


@pytest.fixture
def reported(workspace: Workspace) -> Callable[..., str]:
    """A report's run so many days ago, with what it kept."""

    def report(
        days: float, preset: str = "daily", audience: str = "internal", *, job: bool = True, kept: bool = True
    ) -> str:
        run = workspace.store.begin_run("fees", "report", {}, "")
        workspace.store.end_run(run, "ok", {"comments": 3} | ({BY_JOB: True} if job else {}), [])
        began = round((NOW - timedelta(days=days)).timestamp() * 1000)
        with closing(sqlite3.connect(workspace.data / "minyi.db")) as database, database:
            database.execute("update run set started_at = ? where key = ?", (began, int(run)))
        folder = workspace.data / "runs" / run
        if kept:
            folder.mkdir(parents=True)
            manifest = json.dumps({"options": {"audience": audience, "preset": preset}})
            for name, content in (("manifest.json", manifest), ("numbers.json", "{}"), ("told.json", "{}")):
                (folder / name).write_text(content, encoding="utf-8")
            workspace.store.add_report("fees", run, "", str(folder / "manifest.json"), "0" * 64)
        return run

    return report


def left(workspace: Workspace) -> set[str]:
    return {path.name for path in (workspace.data / "runs").glob("*")}


def test_everything_of_a_month_stays_then_the_last_of_each_day_and_kind(
    workspace: Workspace, reported: Callable[..., str]
) -> None:
    month = {reported(days) for days in (29.9, 29.8, 0.1)}
    earlier, late = reported(40.2), reported(40.1)
    public, weekly, other_day = reported(40.15, audience="public"), reported(40.15, "weekly"), reported(41)

    assert thin(workspace, NOW) == Gone(runs=1)
    assert left(workspace) == {*month, late, public, weekly, other_day}
    assert not (workspace.data / "runs" / earlier).exists()
    assert thin(workspace, NOW) == Gone()


def test_after_a_year_the_last_of_each_week_stays(workspace: Workspace, reported: Callable[..., str]) -> None:
    for days in range(394, 358, -1):
        reported(days)
    thin(workspace, NOW)
    dates = sorted(
        datetime.fromtimestamp(run.started_at / 1000, UTC).date()
        for run in workspace.store.runs("fees", command="report")
        if run.id in left(workspace)
    )
    old = [day for day in dates if day < (NOW - timedelta(days=366)).date()]
    assert 4 <= len(old) <= 6
    assert len({day.isocalendar()[:2] for day in old}) == len(old)
    assert all(later - earlier <= timedelta(days=7) for earlier, later in pairwise(dates))
    assert len(dates) - len(old) == pytest.approx(7, abs=2)


def test_the_last_report_of_a_kind_stays_however_old_it_is(workspace: Workspace, reported: Callable[..., str]) -> None:
    full = reported(900, "full")
    reported(50)
    thin(workspace, NOW)
    assert full in left(workspace)


def test_what_a_person_may_hold_in_the_hand_stays(workspace: Workspace, reported: Callable[..., str]) -> None:
    by_hand, packed, named, copied, plain = (reported(60.5 - at / 100, job=bool(at)) for at in range(5))
    reported(60.4)
    keep_for_good(workspace, packed)
    (workspace.folder / "advisories.toml").write_text(
        f'[[advisories]]\nkey = "a"\nreason = {{ en = "wrong" }}\nreports = ["{named}"]\n', encoding="utf-8"
    )
    page = workspace.folder / "sent to the council" / "report.en.html"
    page.parent.mkdir()
    page.write_text("<p>as it was issued</p>", encoding="utf-8")
    digest = hashlib.sha256(page.read_bytes()).hexdigest()
    workspace.store.add_report("fees", copied, "en", "reports/daily/report.en.html", digest)

    thin(workspace, NOW)
    there = left(workspace)
    assert {by_hand, packed, named, copied} <= there
    assert plain not in there


def test_what_was_forgotten_stands_for_no_day(workspace: Workspace, reported: Callable[..., str]) -> None:
    whole, taken_back = reported(40.2), reported(40.1)
    (workspace.data / "runs" / taken_back / "numbers.json").unlink()
    thin(workspace, NOW)
    assert left(workspace) == {whole}


def test_a_folder_that_was_removed_in_part_is_removed_whole(workspace: Workspace, reported: Callable[..., str]) -> None:
    half, kept = reported(40.2), reported(40.1)
    (workspace.data / "runs" / half / "manifest.json").unlink()
    thin(workspace, NOW)
    assert left(workspace) == {kept}


def test_the_numbers_that_the_database_holds_of_it_go_too(workspace: Workspace, reported: Callable[..., str]) -> None:
    gone, kept = reported(40.2), reported(40.1)
    for run in (gone, kept):
        workspace.store.add_findings("fees", run, [Finding("share", 0.5, None, None, 3, "", {})])
    thin(workspace, NOW)
    assert (workspace.store.findings("fees", gone), len(workspace.store.findings("fees", kept))) == ([], 1)


def test_who_asks_for_it_hears_the_rule_and_which_run_is_kept(
    workspace: Workspace, reported: Callable[..., str]
) -> None:
    gone, kept, lost = reported(40.2), reported(40.1), reported(1)
    thin(workspace, NOW)
    with pytest.raises(NoManifest, match=r"let go of.*30 days.*each day.*365.*each week") as told:
        kept_by(workspace, gone)
    assert f"Name run {kept}," in told.value.remedy
    (workspace.data / "runs" / lost / "manifest.json").unlink()
    with pytest.raises(NoManifest, match=r"is gone Bring"):
        kept_by(workspace, lost)


def test_receipts_stay_for_a_year_and_those_of_requests_to_forget_for_good(workspace: Workspace) -> None:
    folder = workspace.data / "receipts"
    folder.mkdir(exist_ok=True)
    names = [
        f"{NOW - timedelta(days=days):%Y%m%dT%H%M%S}-{days}-{command}.json"
        for days, command in ((400, "run"), (400, "report"), (400, "forget"), (365, "run"), (1, "run"))
    ]
    for name in [*names, "index.html"]:
        (folder / name).write_text('{"exit": 0}', encoding="utf-8")
    assert thin(workspace, NOW) == Gone(receipts=2)
    assert {path.name for path in folder.iterdir()} == {*names[2:], "index.html"}
    assert len(list(Receipts(workspace.data).jobs())) == 2


def test_a_run_thins_once_a_day_and_by_the_clock_of_the_job_before(
    study: Path, minyi: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[datetime] = []

    def note(_: Workspace, until: datetime) -> Gone:
        asked.append(until)
        return Gone(2, 1)

    clock = [datetime(2026, 3, 20, 6, 30, tzinfo=UTC)]
    monkeypatch.setattr(Workspace, "now", property(lambda _: clock[0]))
    monkeypatch.setattr("minyi.collecting.collect_sources", lambda *_, **__: 0)
    monkeypatch.setattr("minyi.analysing.analyse", lambda *_, **__: 0)
    monkeypatch.setattr("minyi.reporting.report", lambda *_, **__: [])
    monkeypatch.setattr("minyi.thinning.thin", note)
    with (study / "study.toml").open("a", encoding="utf-8") as file:
        file.write('\n[schedule]\nevery = "hour"\n')
    let_go = []
    for hours in (0, 1, 23, 24 * 400):
        clock[0] = datetime(2026, 3, 20, 6, 30, tzinfo=UTC) + timedelta(hours=hours)
        assert minyi("run", study)[0] == 0
        receipt = max((study / "data" / "receipts").glob("*-run.json"))
        let_go.append(json.loads(receipt.read_text("utf-8"))["let_go"])
    assert let_go == [{}, {}, {"runs": 2, "receipts": 1}, {"runs": 2, "receipts": 1}]
    assert [(moment.day, moment.hour) for moment in asked] == [(20, 7), (21, 5)]


@pytest.mark.slow
def test_the_reports_of_a_job_are_marked_and_those_of_people_are_not(study: Path, minyi: Callable) -> None:
    assert minyi("run", study)[0] == 0
    assert minyi("report", study)[0] == 0
    with open_workspace(study) as workspace:
        assert [BY_JOB in run.counts for run in workspace.store.runs("fees", command="report")] == [True, False]
