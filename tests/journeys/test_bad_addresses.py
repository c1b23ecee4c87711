"""An address that answers badly fails alone, by name; the others are collected."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

import pytest
from quiet import QuietServer

import minyi as package
from minyi.collecting import collect_sources
from minyi.console import Console, Exit
from minyi.workspace import open_workspace
from scrapers.fetch import FetchSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PAGE = """<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>提现收费引热议</title></head><body><article>
<h1>提现收费引热议</h1><p>2026年3月12日 10:05</p>
<p>平台宣布对提现收取手续费以后，不少用户在讨论区里说了自己的看法，有人赞成，也有人不满意，意见各不相同。</p>
<p>有网友表示担忧：“每个月工资都要提出来，一年下来也是一笔钱，这个费用真的不该由我们来出。”</p>
<p>另一位网友建议：“小额提现应该免收手续费，大额的再按比例收，这样大家都容易接受一些。”</p></article></body></html>"""


class _Site(BaseHTTPRequestHandler):
    """Good news, a page that is gone, one that leads to another port of this machine, and one that never comes."""

    over = threading.Event()

    def do_GET(self) -> None:
        if self.path == "/robots.txt":
            self._answer(404, b"")
        elif self.path == "/good":
            self._answer(200, PAGE.encode(), "text/html; charset=utf-8")
        elif self.path == "/inside":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:9/secret")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path == "/silent":
            self.over.wait(20)
        else:
            self._answer(404, b"gone")

    def _answer(self, status: int, body: bytes, kind: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def site() -> Iterator[int]:
    server = QuietServer(("127.0.0.1", 0), _Site)
    _Site.over.clear()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    _Site.over.set()
    server.shutdown()
    server.server_close()


def add_sources(study: Path, port: int, *names: str) -> None:
    with (study / "study.toml").open("a", encoding="utf-8") as out:
        for name in names:
            out.write(f'\n[[sources]]\nname = "{name}"\nkind = "article"\nurl = "http://127.0.0.1:{port}/{name}"\n')


def collect(study: Path, port: int, console: Console) -> Exit:
    settings = FetchSettings(allow=(f"127.0.0.1:{port}",), min_interval_s=0, total_s=1, attempts=1)
    with open_workspace(study) as workspace:
        return collect_sources(workspace, console, settings=settings)


@pytest.mark.parametrize(
    ("name", "error"), [("gone", "not there"), ("inside", "address not allowed"), ("silent", "too slow")]
)
def test_a_bad_address_is_named_and_the_good_one_is_collected(
    study: Path, site: int, capsys: pytest.CaptureFixture[str], name: str, error: str
) -> None:
    add_sources(study, site, "good", name)

    code = collect(study, site, Console())

    said = capsys.readouterr()
    assert code == Exit.PARTIAL
    assert error in said.out
    assert f"/{name}" in said.err or "127.0.0.1" in said.err
    assert len(package.load(study)) == 2  # the two quotes of the good page


def test_nothing_but_bad_addresses_is_a_failure(study: Path, site: int) -> None:
    add_sources(study, site, "gone")

    assert collect(study, site, Console(quiet=True)) == Exit.FAILED


def test_this_machine_is_not_collected_from_unless_allowed(minyi: Callable, study: Path, site: int) -> None:
    add_sources(study, site, "good")

    refused = minyi("collect", study)
    allowed = minyi("collect", study, "--allow", f"127.0.0.1:{site}")

    assert (refused.code, allowed.code) == (1, 0)
    assert "127.0.0.1" in refused.err


@pytest.mark.slow
def test_what_failed_is_said_in_the_report(minyi: Callable, study: Path, site: int) -> None:
    add_sources(study, site, "good", "gone")
    minyi("run", study, "--allow", f"127.0.0.1:{site}")

    assert "gone" in (study / "reports" / "report.en.html").read_text(encoding="utf-8")
