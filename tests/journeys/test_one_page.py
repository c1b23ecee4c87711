"""A report of one day is one printed page: of the demo's last day, of its busiest and of one with an event."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import date
from typing import TYPE_CHECKING

import pytest

from minyi.console import Console
from minyi.presets import Asked
from minyi.reporting import report
from minyi.showing import run_demo
from minyi.workspace import open_workspace

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-pdf-header-footer")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("paper") / "demo"
    run_demo(folder, Console(quiet=True))
    return folder


def printed(page: Path, paper: Path) -> str:
    """The text of the page on paper, a form feed after each sheet."""
    program, reader = shutil.which("chromium"), shutil.which("pdftotext")
    if program is None or reader is None:
        pytest.skip("needs chromium and pdftotext")
    profile = f"--user-data-dir={paper.parent / 'profile'}"
    print_it = [program, *FLAGS, profile, f"--print-to-pdf={paper}", page.as_uri()]
    subprocess.run(print_it, check=True, capture_output=True)
    return subprocess.run([reader, str(paper), "-"], check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("day", [None, date(2026, 3, 9), date(2026, 3, 16)])
def test_a_day_is_one_page_and_says_what_is_left_out(demo: Path, tmp_path: Path, day: date | None) -> None:
    with open_workspace(demo) as workspace:
        report(workspace, Console(quiet=True), asked=Asked(preset="daily", day=day))
    for language, words in (("en", r"the ledger of \d+ claims stand"), ("zh", r"\d+条说法的台账见屏幕")):
        said = printed(demo / "reports" / "daily" / f"report.{language}.html", tmp_path / "day.pdf")
        assert said.count("\f") == 1
        assert re.search(words, said if language == "en" else re.sub(r"\s", "", said))


def test_a_week_leaves_out_the_ledger_and_the_study_does_not(demo: Path, tmp_path: Path) -> None:
    with open_workspace(demo) as workspace:
        report(workspace, Console(quiet=True), asked=Asked(preset="weekly"))
    week, whole = (
        printed(demo / "reports" / name, tmp_path / "it.pdf") for name in ("weekly/report.en.html", "report.en.html")
    )
    assert "Ledger of claims" in whole
    assert "Ledger of claims" not in week
    assert "is left out" in week
