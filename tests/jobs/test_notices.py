"""Told once for each cause, in one message a run, at most once whatever dies; with the real Apprise."""

from __future__ import annotations

import io
import json
import logging
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

import pytest
from quiet import QuietServer

from minyi.console import Console, Exit
from minyi.jobs import notices, sending
from minyi.jobs.alerts import Failure, JobFacts, Spike
from minyi.jobs.notice_book import read_book
from minyi.jobs.notices import is_quiet, tell_facts
from minyi.jobs.notices_shown import _SAID, show_addresses, test_addresses
from minyi.jobs.sending import Address, Outcome
from minyi.jobs.sending_child import sent
from minyi.study_file import load_study
from storage.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from minyi.study_file import LoadedStudy

pytest.importorskip("apprise", reason="the extra `notify` is not installed")
test_addresses.__test__ = False  # type: ignore[attr-defined]

CANARY = "canary7e1f9c2b"
MORNING = datetime(2026, 11, 26, 1, 0, tzinfo=UTC)  # nine o'clock in Shanghai
GOOD = {"collect": 0, "analyse": 0, "report": 0}
FINE = JobFacts(0, GOOD, silent={}, spikes=[])
DOWN = JobFacts(3, GOOD | {"collect": 3}, [Failure("collect", "forum", "Transient")], silent={}, spikes=[])
STUDY = """\
[study]
id = "pier"
time_zone = "Asia/Shanghai"
[change]
name = { en = "Pier", zh = "码头" }
statement = { en = "The pier closes", zh = "码头关闭" }
words = { en = ["pier"], zh = ["码头"] }
[notify]
variables = ["MINYI_NOTIFY_A"]
"""


def send(address: Address, title: str, body: str) -> Outcome:
    """As `sending.send`, in this process: loading the library anew for each message takes long."""
    return "sent" if sent(address.url, title, body, 10.0) else "failed"


@pytest.fixture(autouse=True)
def _sent_from_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "send", send)


class Received(QuietServer):
    """Keeps what is sent to it, and answers with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.bodies: list[dict[str, Any]] = []
        self.status = 200
        self.hold = threading.Event()
        self.hold.set()

    @property
    def titles(self) -> list[str]:
        return [body["title"] for body in self.bodies]


class Taking(BaseHTTPRequestHandler):
    server: Received

    def do_POST(self) -> None:
        self.server.bodies.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.server.hold.wait(10)
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name is the base's
        pass


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch) -> Iterator[Received]:
    server = Received()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("MINYI_NOTIFY_A", f"json://bot:{CANARY}@127.0.0.1:{server.server_port}/{CANARY}")
    yield server
    server.hold.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def study(tmp_path: Path) -> Callable[[str], LoadedStudy]:
    def load(more: str = "") -> LoadedStudy:
        (tmp_path / "study.toml").write_text(STUDY + more, encoding="utf-8")
        return load_study(tmp_path)

    return load


class Job:
    """Jobs of one study, an hour after one another."""

    def __init__(self, loaded: LoadedStudy) -> None:
        self.loaded, self.now, self.said = loaded, MORNING, io.StringIO()

    def __call__(self, facts: JobFacts, *, hours: float = 1) -> list[str]:
        self.receipt: dict[str, Any] = {}
        console = Console(out=self.said, err=self.said)
        told = tell_facts(self.loaded, facts, self.receipt, console, now=self.now)
        self.now += timedelta(hours=hours)
        return told


def test_a_cause_is_told_once_and_once_more_when_it_is_over(
    chat: Received, study: Callable[..., LoadedStudy], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "send", sending.send)
    job = Job(study())
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


def test_all_of_one_run_is_one_message(chat: Received, study: Callable[..., LoadedStudy]) -> None:
    lost = [Failure("collect", f"s{n}", "Transient") for n in range(5)]
    told = Job(study())(JobFacts(3, GOOD | {"collect": 3}, lost, {"x": 0}, [Spike("2026-11-25", 90, 4.5)]))
    assert len(told) == 7
    (body,) = chat.bodies
    assert "Spike: 90 comments on 2026-11-25, where 4.5 are usual" in body["message"]


def test_a_spike_is_told_once_and_never_over(chat: Received, study: Callable[..., LoadedStudy]) -> None:
    job, high = Job(study()), JobFacts(0, GOOD, silent={}, spikes=[Spike("2026-11-25", 90, 4.5)])
    assert [job(high), job(high), job(FINE), job(FINE)] == [["spike:2026-11-25"], [], [], []]
    assert job.receipt["alerts"] == []


def test_nobody_is_told_in_the_quiet_hours_and_everything_after(
    chat: Received, study: Callable[..., LoadedStudy]
) -> None:
    job = Job(study('quiet = { from = "22:00", to = "07:00" }\n'))
    job.now = datetime(2026, 11, 25, 14, 30, tzinfo=UTC)  # half past ten in the evening
    held = JobFacts(1, GOOD | {"report": 1}, [Failure("report", "", "ReportHeld")], {}, [])
    assert [job(DOWN), job(held), job(DOWN, hours=6.4), job(DOWN)] == [[], [], [], []]
    assert chat.bodies == []
    assert set(job(DOWN)) == {"partial:forum", "held:report"}
    assert "; over since 2026-11-26 00:30" in chat.bodies[0]["message"]


@pytest.mark.parametrize(("clock", "quiet"), [("21:59", False), ("22:00", True), ("06:59", True), ("07:00", False)])
def test_quiet_hours_may_span_midnight(study: Callable[..., LoadedStudy], clock: str, quiet: bool) -> None:
    loaded = study('quiet = { from = "22:00", to = "07:00" }\n')
    now = datetime.fromisoformat(f"2026-11-26T{clock}+08:00")
    assert is_quiet(loaded.notify.quiet, now, loaded) is quiet
    assert not is_quiet(None, now, loaded)


def test_a_sending_that_failed_is_tried_again_by_the_next_run(
    chat: Received, study: Callable[..., LoadedStudy]
) -> None:
    job, chat.status = Job(study()), 500
    assert job(DOWN) == []
    chat.status = 200
    assert [job(DOWN), job(DOWN)] == [["partial:forum"], []]
    assert "MINYI_NOTIFY_A (json); the next run tries again" in job.said.getvalue()


def test_one_address_that_fails_has_the_other_told_nothing_twice(
    chat: Received, study: Callable[..., LoadedStudy], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINYI_NOTIFY_B", "json://127.0.0.1:9/nobody")
    loaded = study()
    loaded.notify.variables.append("MINYI_NOTIFY_B")
    job = Job(loaded)
    assert [job(DOWN), job(DOWN), job(FINE)] == [["partial:forum"], [], ["over partial:forum"]]
    assert len(chat.bodies) == 2


class PowerCut(BaseException):
    """Nothing that runs can catch it."""


def test_a_crash_while_sending_loses_nothing_and_the_second_message_says_that_it_may_be_one(
    chat: Received, study: Callable[..., LoadedStudy], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = Job(study())

    def cut(*given: Any) -> None:
        send(*given)
        raise PowerCut

    monkeypatch.setattr(notices, "send", cut)
    with pytest.raises(PowerCut):
        job(DOWN)
    monkeypatch.setattr(notices, "send", send)
    assert [job(DOWN), job(DOWN), job(FINE)] == [["partial:forum"], [], ["over partial:forum"]]
    assert ["for the second time" in body["message"] for body in chat.bodies] == [False, True, False]


def test_nobody_is_told_a_third_time_however_often_it_crashes(
    chat: Received, study: Callable[..., LoadedStudy], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = Job(study())

    def cut(*given: Any) -> None:
        send(*given)
        raise PowerCut

    monkeypatch.setattr(notices, "send", cut)
    for _ in range(2):
        with pytest.raises(PowerCut):
            job(DOWN)
    assert [job(DOWN), job(DOWN)] == [[], []]
    assert len(chat.bodies) == 2


def test_who_may_not_have_heard_that_it_was_over_is_told_that_the_next_message_may_be_one_too_many(
    chat: Received, study: Callable[..., LoadedStudy], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = Job(study())
    job(DOWN)
    with monkeypatch.context() as patch:
        patch.setattr(notices, "send", lambda *_: (_ for _ in ()).throw(PowerCut))
        with pytest.raises(PowerCut):
            job(FINE)
    assert job(DOWN) == ["partial:forum"]
    assert ["for the second time" in body["message"] for body in chat.bodies] == [False, True]


def test_what_surely_failed_after_a_crash_is_still_the_second_time(
    chat: Received, study: Callable[..., LoadedStudy], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = Job(study())
    with monkeypatch.context() as patch:
        patch.setattr(notices, "send", lambda *_: (_ for _ in ()).throw(PowerCut))
        with pytest.raises(PowerCut):
            job(DOWN)
    chat.status = 500
    assert job(DOWN) == []
    chat.status = 200
    assert job(DOWN) == ["partial:forum"]
    assert "for the second time" in chat.bodies[-1]["message"]


@pytest.mark.parametrize("write", range(3))
def test_a_crash_at_any_writing_of_the_book_loses_nothing(
    chat: Received, study: Callable[..., LoadedStudy], monkeypatch: pytest.MonkeyPatch, write: int
) -> None:
    job, writes = Job(study()), list[int]()

    def cut(*given: Any) -> None:
        writes.append(1)
        if len(writes) > write:
            raise PowerCut
        written(*given)

    written = notices.write_book
    monkeypatch.setattr(notices, "write_book", cut)
    with pytest.raises(PowerCut):
        job(DOWN)
    monkeypatch.setattr(notices, "write_book", written)
    job(DOWN)
    job(DOWN)
    assert len(chat.bodies) == (2 if write == 1 else 1), "the book says that it was being sent"


def test_what_cannot_be_noted_is_not_sent(chat: Received, study: Callable[..., LoadedStudy], tmp_path: Path) -> None:
    (tmp_path / "data" / "notices.json").mkdir(parents=True)
    job = Job(study())
    assert job(DOWN) == []
    assert chat.bodies == []
    assert "nobody can be told" in job.said.getvalue()


def test_a_damaged_book_is_begun_anew_and_that_is_said(
    chat: Received, study: Callable[..., LoadedStudy], tmp_path: Path
) -> None:
    job = Job(study())
    job(DOWN)
    (tmp_path / "data" / "notices.json").write_bytes(b'{"causes": [{"alert": 7}]}')
    assert job(DOWN) == ["partial:forum"]
    assert "cannot be read" in job.said.getvalue()


def test_a_book_in_which_a_bit_turned_over_is_begun_anew(
    chat: Received, study: Callable[..., LoadedStudy], tmp_path: Path
) -> None:
    """Else the address that was told would be another, and one cause be over that nobody ever heard of."""
    job, book = Job(study()), tmp_path / "data" / "notices.json"
    job(DOWN)
    book.write_bytes(book.read_bytes().replace(b'"subject": "forum"', b'"subject": "fortm"'))
    assert job(DOWN) == ["partial:forum"]
    assert "cannot be read" in job.said.getvalue()
    assert job(DOWN) == []


def test_only_what_the_study_asks_for_is_told(chat: Received, study: Callable[..., LoadedStudy]) -> None:
    job = Job(study('on = ["failed"]\n'))
    assert [job(DOWN), job(FINE)] == [[], []]
    assert job(JobFacts(1, {"collect": 1}, [Failure("collect", "forum", "Transient")])) == ["failed:collect"]


def test_a_stopped_job_sends_nothing_and_the_next_one_tells_of_it(
    chat: Received, study: Callable[..., LoadedStudy]
) -> None:
    job = Job(study())
    assert job(JobFacts(143)) == []
    assert chat.bodies == []
    assert job(FINE) == ["failed:run"]
    assert "it was stopped before its end" in chat.bodies[0]["message"]


def test_a_job_that_was_killed_is_told_of_by_the_next_one(chat: Received, study: Callable[..., LoadedStudy]) -> None:
    job = Job(study())
    assert [job(replace(FINE, killed=True)), job(FINE), job(FINE)] == [["failed:run"], ["over failed:run"], []]
    assert "it was killed before its end" in chat.bodies[0]["message"]


def test_it_is_told_of_also_where_the_next_one_is_stopped_by_a_person(
    chat: Received, study: Callable[..., LoadedStudy]
) -> None:
    job = Job(study())
    assert [job(JobFacts(130, killed=True)), job(FINE)] == [[], ["failed:run"]]


def test_without_addresses_the_book_keeps_what_is_open(study: Callable[..., LoadedStudy], tmp_path: Path) -> None:
    loaded = study()
    loaded.notify.variables.clear()
    job = Job(loaded)
    job(DOWN)
    assert [notice.alert.key for notice in read_book(tmp_path / "data")[0]] == ["partial:forum"]
    job(FINE)
    assert read_book(tmp_path / "data") == ([], True)


def test_an_address_that_does_not_answer_holds_nobody_up_and_is_not_asked_again(
    chat: Received, study: Callable[..., LoadedStudy], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "send", lambda *given: sending.send(*given, limit_s=2.0))
    chat.hold.clear()
    job = Job(study())
    assert job(DOWN) == ["partial:forum"]
    assert "did not answer in time; the message may have arrived" in job.said.getvalue()
    chat.hold.set()
    assert job(DOWN) == []


def test_a_test_message_says_of_each_address_whether_it_went(
    chat: Received, study: Callable[..., LoadedStudy], monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded, out = study('language = "zh"\n'), io.StringIO()
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


def test_what_is_open_is_shown(chat: Received, study: Callable[..., LoadedStudy]) -> None:
    job, out = Job(study()), io.StringIO()
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
    study: Callable[..., LoadedStudy],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    address: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(notices, "send", sending.send)
    monkeypatch.setenv("MINYI_NOTIFY_A", address.format(CANARY, CANARY))
    job, out = Job(study()), io.StringIO()
    job(DOWN)
    for as_json in (False, True):
        test_addresses(job.loaded, Console(json=as_json, out=out, err=out))
        show_addresses(job.loaded, Console(json=as_json, out=out, err=out))
    said = [job.said.getvalue(), out.getvalue(), caplog.text, *capfd.readouterr(), json.dumps(job.receipt)]
    said += [path.read_text() for path in (tmp_path / "data").rglob("*") if path.is_file()]
    said.append(repr(Address("MINYI_NOTIFY_A", address.format(CANARY, CANARY))))
    assert CANARY not in "".join(said)
    assert "MINYI_NOTIFY_A" in said[0]
