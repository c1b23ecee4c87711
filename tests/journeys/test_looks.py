"""The report with all its charts in a browser: axe-core finds nothing, and the first page on paper is the brief."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from invented import mocked

from reports.page import render_html

if TYPE_CHECKING:
    from pathlib import Path

    from browser import Browser

pytestmark = pytest.mark.browser

TAGS = '["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]'
FAULTS = (
    f"axe.run({{runOnly: {TAGS}}}).then((said) => said.violations.map("
    "(one) => [one.id, one.nodes.slice(0, 3).map((node) => node.html.slice(0, 200))]))"
)


@pytest.fixture(scope="module")
def pages(shown: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's reports with changes after every event."""
    folder = tmp_path_factory.mktemp("looks")
    numbers: dict[str, Any] = json.loads((shown.folder / "reports" / "numbers.json").read_text("utf-8"))
    for language in ("zh", "en"):
        page = render_html(mocked(numbers), language)  # type: ignore[arg-type]
        (folder / f"{language}.html").write_text(page, encoding="utf-8")
    return folder


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [1140, 390])
def test_axe_finds_nothing(chromium: Browser, axe: str, pages: Path, language: str, width: int) -> None:
    tab = chromium.open()
    tab.looks(width, 900)
    tab.ask("Page.setBypassCSP", enabled=True)
    tab.go((pages / f"{language}.html").as_uri())
    tab.run("document.querySelectorAll('details').forEach((one) => one.open = true)")
    tab.run(f"{axe};0")
    assert tab.run(FAULTS) == []
    tab.close()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_keys_reach_the_skip_link_and_open_the_tables(chromium: Browser, pages: Path, language: str) -> None:
    tab = chromium.open((pages / f"{language}.html").as_uri())
    tab.press("Tab")
    assert tab.run("document.activeElement.className") == "skip"
    tab.run("document.querySelector('summary').focus()")
    tab.press("Enter")
    tab.until("document.querySelector('details').open")
    style = "getComputedStyle(document.querySelector('summary:focus-visible'))"
    assert tab.run(f"parseFloat({style}.outlineWidth)") >= 2
    tab.close()


@pytest.mark.slow
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_first_printed_page_is_the_brief(pages: Path, tmp_path: Path, language: str) -> None:
    program, reader = shutil.which("chromium"), shutil.which("pdftotext")
    if program is None or reader is None:
        pytest.skip("needs chromium and pdftotext")
    paper = tmp_path / "report.pdf"
    flags = (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--no-pdf-header-footer",
    )
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    source = (pages / f"{language}.html").as_uri()
    subprocess.run([program, *flags, profile, f"--print-to-pdf={paper}", source], check=True, capture_output=True)
    first = subprocess.run([reader, "-f", "1", "-l", "1", str(paper), "-"], check=True, capture_output=True, text=True)
    heads = (
        ("发生了什么", "时间线", "各立场占比") if language == "zh" else ("What happened", "Timeline", "Share of each")
    )
    assert all(head in first.stdout for head in heads), re.sub(r"\s+", " ", first.stdout)[-300:]
    beyond = "每个事件前后" if language == "zh" else "Before and after each event"
    assert beyond not in first.stdout
