"""`minyi run`: what is due, once in its window, with one receipt of all its steps."""

from __future__ import annotations

import json
import os
import signal
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from minyi.console import Exit
from minyi.jobs.alert_texts import minute
from minyi.workspace import Workspace, open_workspace
from storage.database_failures import DiskFull
from storage.job_windows import Worker
from storage.nouns import Page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from minyi.jobs.lock import Held


class Clock:
    """The clock on the wall, set by a test."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 20, 6, 30, tzinfo=UTC)

    def go(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(Workspace, "now", property(lambda _: made.now))
    return made


@pytest.fixture
def run(study: Path, minyi: Callable) -> Callable[..., tuple[int, str, str]]:
    return lambda *options: minyi("run", study, *options)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the commands of a run do is not looked at."""
    for name in ("collecting.collect_sources", "analysing.analyse"):
        monkeypatch.setattr(f"minyi.{name}", lambda *_, **__: Exit.OK)
    monkeypatch.setattr("minyi.reporting.report", lambda *_, **__: [])


def receipts(study: Path) -> list[dict[str, Any]]:
    """Those of the jobs, as they were written."""
    files = sorted((study / "data" / "receipts").glob("*-run.json"), key=lambda path: path.stat().st_mtime_ns)
    return [json.loads(path.read_text("utf-8")) for path in files]


def add(study: Path, text: str) -> None:
    with (study / "study.toml").open("a", encoding="utf-8") as file:
        file.write(text)


def test_a_run_collects_analyses_and_reports_and_its_receipt_joins_what_they_did(
    study: Path, run: Callable, clock: Clock
) -> None:
    code, out, err = run("--json")

    assert code == 0, err
    (receipt,) = receipts(study)
    assert [(step["command"], step["exit"]) for step in receipt["steps"]] == [
        ("collect", 0), ("analyse", 0), ("report", 0),
    ]  # fmt: skip
    assert (receipt["window"], receipt["every"], receipt["tries"]) == ("2026-03-20", "day", 1)
    assert (receipt["job"], receipt["exit"], receipt["missed"], receipt["failures"]) == ("run", 0, None, [])
    assert (receipt["counts"]["c"]["new"], receipt["counts"]["c"]["failed"]) == (3, {})
    assert receipt["started_at"] == clock.now.timestamp() * 1000
    assert receipt["versions"]["minyi"]
    assert len(receipt["config_sha256"]) == 64
    events = [json.loads(line) for line in out.splitlines()]
    assert [event["event"] for event in events][-2:] == ["job", "done"]
    assert events[-1]["reports"] == receipt["reports"]


def test_a_second_run_in_the_same_window_says_so_and_does_nothing(study: Path, run: Callable, clock: Clock) -> None:
    run()
    before = (study / "reports" / "numbers.json").stat().st_mtime_ns
    clock.go(hours=9)
    code, out, _ = run()

    assert code == 0
    (done,) = receipts(study)
    assert f"run of 2026-03-20 is done (since {minute(done['started_at'], ZoneInfo('Asia/Shanghai'))})" in out
    assert "--again" in out
    assert (study / "reports" / "numbers.json").stat().st_mtime_ns == before
    assert len(receipts(study)) == 1


@pytest.mark.usefixtures("quick")
def test_asked_for_once_more_it_runs_in_the_same_window(study: Path, run: Callable, clock: Clock) -> None:
    run()
    clock.go(hours=1)

    assert run("--again")[0] == 0
    assert [(one["window"], one["tries"]) for one in receipts(study)] == [("2026-03-20", 1), ("2026-03-20", 2)]


@pytest.mark.slow
def test_another_report_is_another_job(study: Path, run: Callable) -> None:
    assert run()[0] == 0
    code, _, err = run("--preset", "weekly", "--day", "2026-03-04", "--public")

    assert code == 0, err
    assert (study / "reports" / "weekly-public").is_dir()
    assert [one["job"] for one in receipts(study)] == ["run", "run --public --preset weekly --day 2026-03-04"]
    assert run("--preset", "weekly", "--day", "2026-03-04", "--public")[1].count("is done") == 1


@pytest.mark.usefixtures("quick")
def test_what_was_kept_long_enough_goes_after_collecting_and_before_the_report(study: Path, run: Callable) -> None:
    add(study, "[privacy]\ncomments_days = 16\n")
    with open_workspace(study) as workspace:
        old = Page(comments=[{"ext_id": "1", "text": "旧", "published_at": 0}, {"ext_id": "2", "text": "旧二"}])
        workspace.store.add_page("fees", "c", old, run_id=workspace.store.begin_run("fees", "import", {}, ""))

    assert run()[0] == 0
    assert [step["command"] for step in receipts(study)[-1]["steps"]] == ["retention"]
    with open_workspace(study) as workspace:
        assert list(workspace.store.comments("fees", columns=["text"])["text"]) == ["旧二"]


@pytest.mark.usefixtures("quick")
def test_a_report_is_made_all_the_same_where_nothing_can_be_let_go_and_it_is_told(
    study: Path, run: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise DiskFull("the disk is full.", where="minyi.sqlite")

    add(study, "[privacy]\ncomments_days = 365\n")
    monkeypatch.setattr("storage.privacy.retention.Retention.comments", full)
    code, _, err = run()

    (receipt,) = receipts(study)
    assert (code, [(step["command"], step["exit"]) for step in receipt["steps"]]) == (3, [("retention", 1)])
    assert "failed:retention" in receipt["alerts"]
    assert "what was kept long enough is still there: minyi.sqlite: the disk is full." in err


@pytest.mark.usefixtures("quick")
def test_windows_that_were_missed_are_listed_and_come_with_the_next_run(
    study: Path, run: Callable, clock: Clock
) -> None:
    run()
    clock.go(days=5)
    code, _, err = run()

    assert code == 0, err
    assert receipts(study)[-1]["missed"] == {"first": "2026-03-21", "last": "2026-03-24", "count": 4}


@pytest.mark.usefixtures("quick")
def test_a_clock_that_was_ahead_blocks_nothing(study: Path, run: Callable, clock: Clock) -> None:
    run()
    clock.go(days=400)
    run()
    clock.go(days=-399)
    code, _, err = run()

    assert code == 0, err
    assert (receipts(study)[-1]["window"], receipts(study)[-1]["missed"]) == ("2026-03-21", None)


def test_a_run_that_failed_is_repeated_in_its_window(
    study: Path, run: Callable, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise DiskFull("the disk is full", where="minyi.db", remedy="Make room.")

    with monkeypatch.context() as patch:
        patch.setattr("minyi.reporting.report", full)
        code, _, err = run()
    assert code == 1
    assert "Make room." in err
    (failed,) = receipts(study)
    assert failed["exit"] == 1
    assert [step["command"] for step in failed["steps"]] == ["collect", "analyse"]
    assert failed["failures"][0]["type"] == "DiskFull"

    clock.go(hours=1)
    assert run()[0] == 0
    assert [one["tries"] for one in receipts(study)] == [1, 2]


@pytest.mark.slow
def test_what_is_there_is_reported_although_nothing_could_be_collected(
    study: Path, run: Callable, clock: Clock
) -> None:
    run()
    clock.go(days=1)
    (study / "comments.csv").unlink()
    code, _, err = run()

    assert code == 3, err
    receipt = receipts(study)[-1]
    assert [(step["command"], step["exit"]) for step in receipt["steps"]] == [
        ("collect", 1), ("analyse", 0), ("report", 0),
    ]  # fmt: skip
    assert receipt["counts"]["c"]["failed"] == {"LocalFileError": 1}

    clock.go(hours=1)
    run()
    assert receipts(study)[-1]["tries"] == 2, "nothing came through, so the next run tries again"


def test_a_source_that_fails_beside_one_that_does_not_is_a_part(study: Path, run: Callable, clock: Clock) -> None:
    add(study, '\n[[sources]]\nname = "d"\nkind = "files"\npath = "gone.csv"\n')

    assert run()[0] == 3
    assert receipts(study)[-1]["exit"] == 3
    assert "is done" in run()[1]


@pytest.mark.parametrize("wrong", ["[schedule]\nevery = 3\n", "[nonsense]\n"])
def test_a_wrong_study_file_is_a_usage_error(study: Path, run: Callable, wrong: str) -> None:
    add(study, wrong)

    assert run()[0] == 2
    assert not (study / "data" / "receipts").exists()


def test_a_run_whose_database_cannot_be_opened_has_a_receipt_all_the_same(study: Path, run: Callable) -> None:
    (study / "data").mkdir()
    (study / "data" / "minyi.db").write_bytes(b"these are my notes, not a database" * 100)

    assert run()[0] == 1
    (receipt,) = receipts(study)
    assert (receipt["exit"], receipt["steps"]) == (1, [])
    assert receipt["failures"][0]["type"] == "NotADatabase"


@pytest.mark.slow
def test_the_schedule_says_how_often_and_which_reports(study: Path, run: Callable, clock: Clock) -> None:
    schedule = '\n[schedule]\nevery = "hour"\npreset = "weekly"\nformats = ["md"]\npublic = true\n'
    add(study, schedule)
    code, _, err = run()

    assert code == 0, err
    assert (study / "reports" / "weekly" / "report.en.md").is_file()
    assert (study / "reports" / "weekly-public" / "report.en.md").is_file()
    assert receipts(study)[-1]["window"] == "2026-03-20T14+08:00"
    clock.go(hours=1)
    run()
    assert [one["window"] for one in receipts(study)] == ["2026-03-20T14+08:00", "2026-03-20T15+08:00"]


@pytest.mark.usefixtures("quick")
def test_a_killed_run_is_repeated(study: Path, run: Callable, lock: Callable[[], Held], clock: Clock) -> None:
    with open_workspace(study) as workspace:
        at = int(clock.now.timestamp() * 1000)
        workspace.store.windows.claim("fees", "run", "2026-03-20", Worker(lock().place, "here"), at=at)

    assert run()[0] == 0
    assert receipts(study)[-1]["tries"] == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.usefixtures("quick")
def test_a_run_killed_with_minus_nine_is_told_of_by_the_next_one(
    study: Path, run: Callable, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = os.fork()
    if not child:
        monkeypatch.setattr("minyi.analysing.analyse", lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
        try:
            run()
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL

    clock.go(days=1)
    assert run()[0] == 0
    clock.go(hours=1)
    assert run("--again")[0] == 0
    killed, after = receipts(study)[-2:]
    assert killed["killed"]["window"] == "2026-03-20"
    assert (killed["alerts"], after["killed"], after["alerts"]) == (["failed:run"], None, [])


def test_what_another_machine_is_at_work_in_is_busy(study: Path, run: Callable, clock: Clock) -> None:
    with open_workspace(study) as workspace:
        at = int(clock.now.timestamp() * 1000)
        workspace.store.windows.claim("fees", "run", "2026-03-20", Worker("elsewhere", "boat"), at=at)
    code, _, err = run()

    assert code == 75
    assert "boat (since 2026-03-20T06:30:00+00:00) is at work" in err
    assert receipts(study) == []


@pytest.fixture
def lock(study: Path) -> Callable[[], Held]:
    """Takes the workspace's lock and lets go of it at once."""
    from minyi.jobs.lock import one_at_a_time

    def take() -> Held:
        with one_at_a_time(study / "data", "run") as held:
            return held

    return take


@pytest.mark.parametrize(
    "step",
    [
        "minyi.collecting.collect_pages",
        pytest.param("minyi.analysing._code", marks=pytest.mark.slow),
        pytest.param("minyi.reporting._made", marks=pytest.mark.slow),
    ],
)
def test_a_run_that_is_told_to_end_says_so_in_its_receipt_and_is_repeated(
    study: Path, run: Callable, clock: Clock, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def ended(*_: object, **__: object) -> None:
        signal.raise_signal(signal.SIGTERM)
        for _ in range(300):  # it is put off while code made from a string is run, as in a test's own worker
            time.sleep(0.01)

    with monkeypatch.context() as patch:
        patch.setattr(step, ended)
        code, _, err = run()
    assert code == 143
    assert "Traceback" not in err
    (receipt,) = receipts(study)
    assert (receipt["exit"], receipt["steps"][-1]["exit"]) == (143, 143)
    assert receipt["failures"][-1]["type"] == "Interrupted"

    clock.go(hours=1)
    with suppress(KeyboardInterrupt):
        assert run()[0] == 0
    assert receipts(study)[-1]["tries"] == 2


@pytest.mark.usefixtures("quick")
def test_a_run_that_is_ended_while_people_are_told_leaves_its_receipt(
    run: Callable[..., tuple[int, str, str]], study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("minyi.jobs.notices.tell", ended)
    assert run()[0] in {130, 143}
    assert len(receipts(study)) == 1
