"""The report in a real browser: it fits a desk, a phone and paper, and runs nothing."""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from minyi.console import Console
from minyi.showing import run_demo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.browser

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
# A page of the same origin that looks into the report and writes down what it finds.
RULER = """<!doctype html><meta charset="utf-8"><title>ruler</title>
<iframe src="report.LANGUAGE.html" style="width:WIDTHpx;height:900px;border:0"></iframe><p id="found">nothing</p>
<script>document.querySelector("iframe").onload = (event) => {
  const page = event.target.contentDocument, root = page.documentElement;
  const cut = [...page.querySelectorAll("svg text")].filter((text) => {
    const box = text.getBoundingClientRect(), frame = text.closest("svg").getBoundingClientRect();
    return box.width && (box.left < frame.left - 1 || box.right > frame.right + 1);
  });
  document.getElementById("found").textContent = JSON.stringify(
    {width: root.scrollWidth, scripts: page.scripts.length, cut: cut.map((text) => text.textContent)});
};</script>"""


@pytest.fixture(scope="module")
def chromium() -> str:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed")
    return program


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's reports."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    run_demo(folder, Console(quiet=True))
    return folder / "reports"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def address(reports: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(reports)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def browse(chromium: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [chromium, *FLAGS, f"--user-data-dir={folder / 'profile'}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [1200, 390])
def test_the_page_fits_its_width_and_runs_nothing(
    chromium: str, address: str, reports: Path, tmp_path: Path, language: str, width: int
) -> None:
    name = f"ruler.{language}.{width}.html"
    (reports / name).write_text(RULER.replace("LANGUAGE", language).replace("WIDTH", str(width)), encoding="utf-8")

    dom = browse(
        chromium, tmp_path, "--window-size=1400,1000", "--virtual-time-budget=5000", "--dump-dom", f"{address}/{name}"
    ).stdout

    found = re.search(r'id="found">(\{.*?\})<', dom)
    assert found, dom[-300:]
    assert found[1] == f'{{"width":{width},"scripts":0,"cut":[]}}'


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_report_prints_on_a_few_pages(chromium: str, reports: Path, tmp_path: Path, language: str) -> None:
    paper = tmp_path / "report.pdf"

    browse(
        chromium,
        tmp_path,
        f"--print-to-pdf={paper}",
        "--no-pdf-header-footer",
        (reports / f"report.{language}.html").as_uri(),
    )

    pages = len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes()))
    assert 2 <= pages <= 12
