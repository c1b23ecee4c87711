"""Stopped by Ctrl-C or by a signal, a command says so, keeps its receipt and ends with the signal's code."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SOURCE = """
[[sources]]
name = "news"
kind = "article"
url = "http://127.0.0.1:{port}/news"
"""


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A server that takes a connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        yield server


def stopped(
    study: Path, silent: socket.socket, by: signal.Signals, *options: str, ignoring: bool = False, busy: bool = False
) -> tuple[int, str, str, dict[str, Any]]:
    """Exit code, what was said, and the receipt of a collection stopped while a site keeps it waiting."""
    port = silent.getsockname()[1]
    with (study / "study.toml").open("a", encoding="utf-8") as file:
        file.write(SOURCE.format(port=port))
    before = signal.signal(signal.SIGINT, signal.SIG_IGN if ignoring else signal.default_int_handler)
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "minyi", "collect", str(study), "--allow", f"127.0.0.1:{port}", *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    finally:
        signal.signal(signal.SIGINT, before)
    asked, _ = silent.accept()
    with asked:
        if busy:
            say_without_end(asked, then=lambda: process.send_signal(by))
        else:
            process.send_signal(by)
        out, err = process.communicate(timeout=60)
    receipt = json.loads(next((study / "data" / "receipts").glob("*.json")).read_text("utf-8"))
    return process.returncode, out, err, receipt


def say_without_end(asked: socket.socket, then: Callable[[], None]) -> None:
    """Answer with a body of a byte a chunk, so that the reader is at work whenever the signal comes."""
    asked.recv(65_536)
    asked.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n")
    with suppress(OSError):
        for n in range(1_000_000):
            asked.sendall(b"1\r\nx\r\n" * 50)
            if n == 200:
                then()


@pytest.mark.parametrize(
    ("by", "code"), [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow)]
)  # the default run ends a background job by SIGTERM, below
def test_a_stopped_command_says_so_and_keeps_its_receipt(
    study: Path, silent: socket.socket, by: signal.Signals, code: int
) -> None:
    ended, out, err, receipt = stopped(study, silent, by)

    assert ended == code
    assert "Stopped; what was stored is kept." in err
    assert "Run the same command again" in err
    assert "Traceback" not in err
    assert "stopped" in out, "the table says which sources did not come to their end"
    failure = receipt["failures"][-1]
    assert (failure["source"], failure["type"]) == ("collect", "Interrupted")
    assert all(failure[part].endswith(".") for part in ("what", "remedy"))


@pytest.mark.slow
def test_a_background_job_with_ctrl_c_ignored_can_be_ended_and_reads_it_as_the_last_line(
    study: Path, silent: socket.socket
) -> None:
    ended, out, err, receipt = stopped(study, silent, signal.SIGTERM, "--json", ignoring=True)

    assert ended == 143, err
    assert "Traceback" not in err
    assert "Exception" not in err
    assert receipt["failures"][-1]["type"] == "Interrupted"
    last = json.loads(out.splitlines()[-1])
    assert (last["event"], last["type"]) == ("error", "Interrupted")


@pytest.mark.slow
@pytest.mark.parametrize("ignoring", [True, False])
def test_it_ends_in_order_also_while_an_answer_is_being_read(
    study: Path, silent: socket.socket, within: Callable, *, ignoring: bool
) -> None:
    with within(30, time.monotonic):
        ended, _, err, receipt = stopped(study, silent, signal.SIGTERM, ignoring=ignoring, busy=True)

    assert ended == 143, err
    assert receipt["failures"][-1]["type"] == "Interrupted"
    assert err.splitlines()[-2:] == [
        "error: Stopped; what was stored is kept.",
        "  what to do: Run the same command again: it goes on from there.",
    ]
    assert "Traceback" not in err
    assert "Exception" not in err


MADE = """
import signal, sys
from minyi.stopping import stoppable

with stoppable() as stop:
    try:
        exec("signal.raise_signal(signal.SIGTERM)\\nmade = 1")
        while True:
            pass
    except KeyboardInterrupt:
        sys.exit(stop.code)
"""


def test_the_exit_code_is_the_signals_also_where_code_is_being_made(tmp_path: Path) -> None:
    """As while a dataclass is made: CPython would end the process by another signal."""
    (tmp_path / "program.py").write_text(MADE, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "program"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )

    assert (done.returncode, done.stderr) == (143, "")
