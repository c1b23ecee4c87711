"""Told once for each cause, in one message a run, at most once whatever dies; with the real Apprise."""

from __future__ import annotations

import io
import json
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from messages import CANARY, DOWN, FINE, GOOD, Job, Received

from minyi.console import Console, Exit
from minyi.jobs import notices, sending
from minyi.jobs.alerts import Failure, JobFacts, Spike
from minyi.jobs.notice_book import read_book
from minyi.jobs.notices import is_quiet
from minyi.jobs.notices_shown import _SAID, show_addresses, test_addresses
from minyi.jobs.sending import Address
from storage.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from minyi.study_file import LoadedStudy

pytest.importorskip("apprise", reason="the extra `notify` is not installed")
test_addresses.__test__ = False  # type: ignore[attr-defined]
pytestmark = pytest.mark.usefixtures("sent_from_here")


def test_a_cause_is_told_once_and_once_more_when_it_is_over(
    chat: Received, telling: Callable[..., LoadedStudy], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "send", sending.send)
    job = Job(telling())
    assert [job(facts) for facts in (FINE, DOWN, DOWN, FINE, FINE, DOWN)] == [
        [],
        ["partial:forum"],
        [],
        ["over partial:forum"],
        [],
        ["partial:forum"],
    ]
    assert chat.titles == ["minyi pier: 1 to look at, 0 over", "minyi pier: 0 to look at, 1 over", chat.titles[0]]
    assert "In part only: forum (no answer, or a server error), since 2026-11-26 10:00" in chat.bodies[0]["message"]
    assert job.receipt == {"alerts": ["partial:forum"], "told": ["partial:forum"]}


def test_all_of_one_run_is_one_message(chat: Received, telling: Callable[..., LoadedStudy]) -> None:
    lost = [Failure("collect", f"s{n}", "Transient") for n in range(5)]
    told = Job(telling())(JobFacts(3, GOOD | {"collect": 3}, lost, {"x": 0}, [Spike("2026-11-25", 90, 4.5)]))
    assert len(told) == 7
    (body,) = chat.bodies
    assert "Spike: 90 comments on 2026-11-25, where 4.5 are usual" in body["message"]


def test_a_spike_is_told_once_and_never_over(chat: Received, telling: Callable[..., LoadedStudy]) -> None:
    job, high = Job(telling()), JobFacts(0, GOOD, silent={}, spikes=[Spike("2026-11-25", 90, 4.5)])
    assert [job(high), job(high), job(FINE), job(FINE)] == [["spike:2026-11-25"], [], [], []]
    assert job.receipt["alerts"] == []


def test_nobody_is_told_in_the_quiet_hours_and_everything_after(
    chat: Received, telling: Callable[..., LoadedStudy]
) -> None:
    job = Job(telling('quiet = { from = "22:00", to = "07:00" }\n'))
    job.now = datetime(2026, 11, 25, 14, 30, tzinfo=UTC)  # half past ten in the evening
    held = JobFacts(1, GOOD | {"report": 1}, [Failure("report", "", "ReportHeld")], {}, [])
    assert [job(DOWN), job(held), job(DOWN, hours=6.4), job(DOWN)] == [[], [], [], []]
    assert chat.bodies == []
    assert set(job(DOWN)) == {"partial:forum", "held:report"}
    assert "; over since 2026-11-26 00:30" in chat.bodies[0]["message"]


@pytest.mark.parametrize(("clock", "quiet"), [("21:59", False), ("22:00", True), ("06:59", True), ("07:00", False)])
def test_quiet_hours_may_span_midnight(telling: Callable[..., LoadedStudy], clock: str, quiet: bool) -> None:
    loaded = telling('quiet = { from = "22:00", to = "07:00" }\n')
    now = datetime.fromisoformat(f"2026-11-26T{clock}+08:00")
    assert is_quiet(loaded.notify.quiet, now, loaded) is quiet
    assert not is_quiet(None, now, loaded)


def test_a_sending_that_failed_is_tried_again_by_the_next_run(
    chat: Received, telling: Callable[..., LoadedStudy]
) -> None:
    job, chat.status = Job(telling()), 500
    assert job(DOWN) == []
    chat.status = 200
    assert [job(DOWN), job(DOWN)] == [["partial:forum"], []]
    assert "MINYI_NOTIFY_A (json); the next run tries again" in job.said.getvalue()


def test_one_address_that_fails_has_the_other_told_nothing_twice(
    chat: Received, telling: Callable[..., LoadedStudy], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINYI_NOTIFY_B", "json://127.0.0.1:9/nobody")
    loaded = telling()
    loaded.notify.variables.append("MINYI_NOTIFY_B")
    job = Job(loaded)
    assert [job(DOWN), job(DOWN), job(FINE)] == [["partial:forum"], [], ["over partial:forum"]]
    assert len(chat.bodies) == 2


def test_what_cannot_be_noted_is_not_sent(chat: Received, telling: Callable[..., LoadedStudy], tmp_path: Path) -> None:
    (tmp_path / "data" / "notices.json").mkdir(parents=True)
    job = Job(telling())
    assert job(DOWN) == []
    assert chat.bodies == []
    assert "nobody can be told" in job.said.getvalue()


def test_only_what_the_study_asks_for_is_told(chat: Received, telling: Callable[..., LoadedStudy]) -> None:
    job = Job(telling('on = ["failed"]\n'))
    assert [job(DOWN), job(FINE)] == [[], []]
    assert job(JobFacts(1, {"collect": 1}, [Failure("collect", "forum", "Transient")])) == ["failed:collect"]


def test_a_stopped_job_sends_nothing_and_the_next_one_tells_of_it(
    chat: Received, telling: Callable[..., LoadedStudy]
) -> None:
    job = Job(telling())
    assert job(JobFacts(143)) == []
    assert chat.bodies == []
    assert job(FINE) == ["failed:run"]
    assert "it was stopped before its end" in chat.bodies[0]["message"]


def test_without_addresses_the_book_keeps_what_is_open(telling: Callable[..., LoadedStudy], tmp_path: Path) -> None:
    loaded = telling()
    loaded.notify.variables.clear()
    job = Job(loaded)
    job(DOWN)
    assert [notice.alert.key for notice in read_book(tmp_path / "data")[0]] == ["partial:forum"]
    job(FINE)
    assert read_book(tmp_path / "data") == ([], True)


def test_an_address_that_does_not_answer_holds_nobody_up_and_is_not_asked_again(
    chat: Received, telling: Callable[..., LoadedStudy], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "send", lambda *given: sending.send(*given, limit_s=2.0))
    chat.hold.clear()
    job = Job(telling())
    assert job(DOWN) == ["partial:forum"]
    assert "did not answer in time; the message may have arrived" in job.said.getvalue()
    chat.hold.set()
    assert job(DOWN) == []


def test_a_test_message_says_of_each_address_whether_it_went(
    chat: Received, telling: Callable[..., LoadedStudy], monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded, out = telling('language = "zh"\n'), io.StringIO()
    loaded.notify.variables.extend(["MINYI_NOTIFY_B", "MINYI_NOTIFY_C"])
    monkeypatch.setenv("MINYI_NOTIFY_B", f"nosuch://{CANARY}")
    assert test_addresses(loaded, Console(out=out)) == Exit.PARTIAL
    assert out.getvalue().splitlines() == [
        "MINYI_NOTIFY_A (json): the message went",
        f"MINYI_NOTIFY_B (nosuch): {_SAID['failed']}",
        "MINYI_NOTIFY_C (not set): the variable is not set here; a scheduled job has its own",
    ]
    assert chat.titles == ["minyi pier：测试消息"]
    loaded.notify.variables[:] = ["MINYI_NOTIFY_A"]
    assert test_addresses(loaded, Console(out=out)) == Exit.OK
    loaded.notify.variables[:] = ["MINYI_NOTIFY_C"]
    assert test_addresses(loaded, Console(out=out)) == Exit.FAILED
    loaded.notify.variables.clear()
    with pytest.raises(UsageError):
        test_addresses(loaded, Console(out=out))


def test_what_is_open_is_shown(chat: Received, telling: Callable[..., LoadedStudy]) -> None:
    job, out = Job(telling()), io.StringIO()
    job(DOWN)
    assert show_addresses(job.loaded, Console(out=out)) == Exit.OK
    assert out.getvalue().splitlines()[1:] == [
        "Told: MINYI_NOTIFY_A (json)",
        "Open since 2026-11-26 09:00: In part only: forum (no answer, or a server error)",
    ]


@pytest.mark.parametrize(
    "address",
    [
        "json://bot:{}@127.0.0.1:9/{}",
        *(pytest.param(one, marks=pytest.mark.slow) for one in ("slack://{}/{}", "{}", "mailto://{}:{}@127.0.0.1")),
    ],
)
def test_no_part_of_an_address_comes_out_anywhere(
    telling: Callable[..., LoadedStudy],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    address: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(notices, "send", sending.send)
    monkeypatch.setenv("MINYI_NOTIFY_A", address.format(CANARY, CANARY))
    job, out = Job(telling()), io.StringIO()
    job(DOWN)
    for as_json in (False, True):
        test_addresses(job.loaded, Console(json=as_json, out=out, err=out))
        show_addresses(job.loaded, Console(json=as_json, out=out, err=out))
    said = [job.said.getvalue(), out.getvalue(), caplog.text, *capfd.readouterr(), json.dumps(job.receipt)]
    said += [path.read_text() for path in (tmp_path / "data").rglob("*") if path.is_file()]
    said.append(repr(Address("MINYI_NOTIFY_A", address.format(CANARY, CANARY))))
    assert CANARY not in "".join(said)
    assert "MINYI_NOTIFY_A" in said[0]
