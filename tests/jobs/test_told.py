"""What a real `minyi run` tells people of: every cause once, and once when it is over, in one message a run."""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime, tzinfo
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

import pytest
from quiet import QuietServer

from minyi.publishing import ReportHeld
from scrapers.errors import SchemaDrift
from scrapers.sites.files import FilesCollector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytest.importorskip("apprise", reason="the extra `notify` is not installed")
pytestmark = pytest.mark.slow

STUDY = """\
[study]
id = "fees"
start = 2026-02-20
[change]
name = { zh = "提现收费", en = "Withdrawal fee" }
statement = { zh = "平台对提现收取手续费", en = "The platform charges a fee for withdrawals" }
words = { zh = ["手续费", "提现"], en = ["fee"] }
[notify]
variables = ["MINYI_NOTIFY_A"]
"""
SOURCE = '[[sources]]\nname = "{0}"\nkind = "files"\npath = "{0}.csv"\n'


class Clock:
    """What everybody is told who asks for the time."""

    day = 0

    def time(self) -> float:
        return datetime(2026, 3, self.day, 9, tzinfo=UTC).timestamp()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()

    class Shown(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return datetime.fromtimestamp(clock.time(), tz)

    for name in ("workspace", "coverage", "lock", "gathering", "jobs.notices"):
        monkeypatch.setattr(f"minyi.{name}.datetime", Shown)
    monkeypatch.setattr(time, "time", clock.time)
    monkeypatch.setattr(time, "time_ns", lambda: int(clock.time() * 1e9))
    return clock


class Chat(QuietServer):
    """Keeps what is sent to it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.bodies: list[dict[str, Any]] = []


class Taking(BaseHTTPRequestHandler):
    server: Chat

    def do_POST(self) -> None:
        self.server.bodies.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch) -> Iterator[Chat]:
    server = Chat()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("MINYI_NOTIFY_A", f"json://127.0.0.1:{server.server_port}/")
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


class Job:
    """The study's job, a day at a time."""

    def __init__(self, folder: Path, minyi: Callable, clock: Clock, chat: Chat) -> None:
        self.folder, self._minyi, self._clock, self._chat = folder, minyi, clock, chat

    def on(self, day: int, *options: str) -> tuple[int, list[str], int]:
        """Exit code, what was told, and in how many messages."""
        self._clock.day, before = day, len(self._chat.bodies)
        code, _, err = self._minyi("run", self.folder, *options)
        assert "Traceback" not in err
        newest = max((self.folder / "data" / "receipts").glob("*-run.json"), key=lambda path: path.stat().st_mtime_ns)
        return code, sorted(json.loads(newest.read_text("utf-8"))["told"]), len(self._chat.bodies) - before

    def says(self, source: str, days: range, each: int = 1) -> None:
        """Comments of these days of March, the last of February before them."""
        with (self.folder / f"{source}.csv").open("a", encoding="utf-8") as file:
            for day in days:
                when = datetime(2026, 3, 1, 8, tzinfo=UTC).timestamp() + (day - 1) * 86_400
                stamp = f"{datetime.fromtimestamp(when, UTC):%Y-%m-%d %H:%M}"
                file.writelines(f"手续费太高 {source} {day} {n},{stamp},{source}{day}{n}\n" for n in range(each))


@pytest.fixture
def job(tmp_path: Path, minyi: Callable, clock: Clock, chat: Chat) -> Job:
    sources = "".join(SOURCE.format(name) for name in ("lively", "fading", "gone"))
    (tmp_path / "study.toml").write_text(STUDY + sources, encoding="utf-8")
    for name in ("lively", "fading", "gone"):
        (tmp_path / f"{name}.csv").write_text("text,time,author\n", encoding="utf-8")
    job = Job(tmp_path, minyi, clock, chat)
    job.says("lively", range(-8, 15))
    job.says("fading", range(-8, 15))
    job.says("gone", range(-8, 15))
    return job


def test_every_cause_is_told_once_and_once_when_it_is_over(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = (0, [], 0)
    assert job.on(14) == nothing

    for name in ("lively", "gone"):
        job.says(name, range(15, 23))
    job.says("lively", range(23, 24), each=40)
    assert job.on(24) == (0, ["silent:fading", "spike:2026-03-23"], 1)
    assert job.on(24, "--again") == nothing

    kept = (job.folder / "gone.csv").rename(job.folder / "kept.csv")
    job.says("fading", range(24, 25))
    assert job.on(25) == (3, ["over silent:fading", "partial:gone"], 1)
    assert job.on(25, "--again") == (3, [], 0)
    kept.rename(job.folder / "gone.csv")

    def drifted(collector: FilesCollector, raw: Any, query: Any) -> Any:
        if "lively" in raw.ask.key:
            raise SchemaDrift("the answer has another shape")
        return whole(collector, raw, query)

    whole = FilesCollector.parse

    with monkeypatch.context() as patch:
        patch.setattr(FilesCollector, "parse", drifted)
        job.says("lively", range(25, 26))
        assert job.on(26)[1:] == (["drift:lively", "over partial:gone"], 1)
    assert job.on(27) == (0, ["over drift:lively"], 1)

    def held(*_: object, **__: object) -> None:
        raise ReportHeld("the report is held")

    with monkeypatch.context() as patch:
        patch.setattr("minyi.reporting.through_the_gate", held)
        assert job.on(28) == (1, ["held:report"], 1)
        assert job.on(28) == (1, [], 0)
    for name in ("fading", "gone"):
        job.says(name, range(25, 29))
    assert job.on(29) == (0, ["over held:report"], 1)

    for name in ("lively", "fading", "gone"):
        (job.folder / f"{name}.csv").rename(job.folder / f"{name}.away")
    assert job.on(30) == (3, ["failed:collect"], 1)
    for name in ("lively", "fading", "gone"):
        (job.folder / f"{name}.away").rename(job.folder / f"{name}.csv")
    assert job.on(31) == (0, ["over failed:collect"], 1)
