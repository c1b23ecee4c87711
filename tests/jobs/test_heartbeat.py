"""One request after a run that went well, whatever the other side does, and its address in no output."""

from __future__ import annotations

import io
import logging
import threading
import time
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

import pytest
from quiet import QuietServer

from minyi.console import Console
from minyi.jobs.heartbeat import heartbeat
from scrapers.heartbeat import beat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CANARY = "canary3d0a7716"


class Watcher(QuietServer):
    """Keeps the paths it was asked for; answers with `status`, byte by byte where it drips."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Asked)
        self.paths: list[str] = []
        self.status, self.drip = 200, False

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{path}"


class Asked(BaseHTTPRequestHandler):
    server: Watcher

    def do_GET(self) -> None:
        self.server.paths.append(self.path)
        if self.server.drip:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for _ in range(100):
                self.wfile.write(b"x-more: a\r\n")
                time.sleep(0.05)
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("location", "/elsewhere")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name is the base's
        pass


@pytest.fixture
def watcher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watcher]:
    server = Watcher()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("MINYI_HEARTBEAT", server.url(CANARY))
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def after(code: int, variable: str = "MINYI_HEARTBEAT") -> tuple[bool, str]:
    said = io.StringIO()
    return heartbeat(variable, code, Console(err=said)), said.getvalue()


@pytest.mark.parametrize(("code", "asked"), [(0, 1), (3, 1), (1, 0), (130, 0), (143, 0)])
def test_the_address_is_asked_for_after_a_run_that_went_well(watcher: Watcher, code: int, asked: int) -> None:
    assert after(code) == (bool(asked), "")
    assert watcher.paths == [f"/{CANARY}"] * asked


def test_another_address_may_be_asked_for_after_a_failure(watcher: Watcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINYI_HEARTBEAT_FAIL", watcher.url("fail"))
    assert after(1) == (True, "")
    assert after(143) == (False, "")
    assert watcher.paths == ["/fail"]


def test_without_a_variable_nothing_is_asked(watcher: Watcher) -> None:
    assert after(0, "") == (False, "")
    assert watcher.paths == []


def test_a_variable_that_is_not_set_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MINYI_HEARTBEAT", raising=False)
    assert after(0) == (False, "warning: no heartbeat was sent: MINYI_HEARTBEAT is not set here\n")


def test_a_redirect_is_not_followed(watcher: Watcher) -> None:
    watcher.status = 302
    assert beat(watcher.url("x")) == "it answered 302"
    assert watcher.paths == ["/x"]


def test_an_answer_that_drips_for_ever_holds_nobody_up(watcher: Watcher, within: Callable[..., Any]) -> None:
    watcher.drip = True
    with within(1.5, time.monotonic):
        assert beat(watcher.url("x"), limit_s=0.4) == "no answer within 0.4 seconds"


@pytest.mark.parametrize("status", [200, 404, 500])
@pytest.mark.parametrize("address", ["", "http://127.0.0.1:9/{}", "ftp://{}/{}", "{}", "http://[{}", "http://{}\x00"])
def test_the_address_is_in_no_output(
    watcher: Watcher,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    address: str,
    status: int,
) -> None:
    caplog.set_level(logging.DEBUG)
    watcher.status = status
    if address:
        monkeypatch.setattr("os.environ", {"MINYI_HEARTBEAT": address.format(CANARY, CANARY)})
    well, said = after(0)
    assert well is (not address and status == 200)
    assert bool(said) is not well
    assert CANARY not in said + caplog.text + "".join(capfd.readouterr())
