"""The report in a real browser: it fits a desk, a phone and paper, and runs nothing."""

from __future__ import annotations

import functools
import html
import json
import re
import shutil
import subprocess
from http.server import SimpleHTTPRequestHandler
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from quiet import QuietServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.browser

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
WIDTHS = (1200, 390)
FRAME = '<iframe id="{language} {width}" src="report.{language}.html" style="width:{width}px;height:900px"></iframe>'
# A page of the same origin that looks into the reports and writes down what it finds, by language and width.
RULER = """<!doctype html><meta charset="utf-8"><title>ruler</title><style>iframe {border: 0; display: block}</style>
FRAMES<p id="found">nothing</p>
<script>
function measured(page) {
  const cut = [...page.querySelectorAll("svg text")].filter((text) => {
    const box = text.getBoundingClientRect(), frame = text.closest("svg").getBoundingClientRect();
    return box.width && (box.left < frame.left - 1 || box.right > frame.right + 1);
  });
  const width = page.documentElement.scrollWidth;
  return {width, scripts: page.scripts.length, cut: cut.map((text) => text.textContent)};
}
onload = () => {
  const found = [...document.querySelectorAll("iframe")].map((frame) => [frame.id, measured(frame.contentDocument)]);
  document.getElementById("found").textContent = JSON.stringify(Object.fromEntries(found));
};</script>"""


@pytest.fixture(scope="module")
def chromium() -> str:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed")
    return program


@pytest.fixture(scope="module")
def reports(shown: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's reports."""
    return shutil.copytree(shown.folder / "reports", tmp_path_factory.mktemp("pages") / "reports")


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def address(reports: Path) -> Iterator[str]:
    server = QuietServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(reports)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def browse(chromium: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [chromium, *FLAGS, f"--user-data-dir={folder / 'profile'}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)


@pytest.fixture(scope="module")
def found(chromium: str, address: str, reports: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a page with both reports in both widths finds in them."""
    frames = [FRAME.format(language=language, width=width) for language in ("zh", "en") for width in WIDTHS]
    (reports / "ruler.html").write_text(RULER.replace("FRAMES", "".join(frames)), encoding="utf-8")
    look = ("--window-size=1400,1000", "--virtual-time-budget=5000", "--dump-dom", f"{address}/ruler.html")
    dom = browse(chromium, tmp_path_factory.mktemp("ruler"), *look).stdout
    said = re.search(r'id="found">(\{.*\})<', dom)
    assert said, dom[-300:]
    return dict(json.loads(html.unescape(said[1])))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_fits_its_width_and_runs_nothing(found: dict[str, Any], language: str, width: int) -> None:
    assert found[f"{language} {width}"] == {"width": width, "scripts": 0, "cut": []}


@pytest.mark.slow
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
