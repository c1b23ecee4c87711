"""The page of receipts in a browser: axe-core finds nothing, nothing is wider than a phone, nothing is asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from pier import PIER

from minyi.jobs.alerts import Alert
from minyi.jobs.job_receipts import COUNTED, Job, Receipts, SourceLine
from minyi.jobs.notice_book import Notice
from minyi.jobs.receipts_page import pages
from minyi.study_file import load_study

if TYPE_CHECKING:
    from pathlib import Path

    from browser import Browser

pytestmark = pytest.mark.browser

TAGS = '["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]'
FAULTS = (
    f"axe.run({{runOnly: {TAGS}}}).then((said) => said.violations.map("
    "(one) => [one.id, one.nodes.slice(0, 3).map((node) => node.html.slice(0, 200))]))"
)
NOW = datetime(2026, 11, 26, 1, 0, tzinfo=UTC)
STUDY = PIER
LONG = {
    "source": "forum",
    "type": "Transient",
    "what": "The server answered 503 after three tries; it was asked again after 2, 4 and 8 seconds.",
    "where": "https://forum.qingqiao.example/api/v1/topics/a-very-long-name-without-any-break-in-it-at-all/comments?page=2",
    "remedy": "Try again later; if it stays so, leave it out.",
}


class Before(Receipts):
    """Two weeks of jobs, some of which went wrong."""

    def jobs(self, **_asked: object) -> list[Job]:  # type: ignore[override]
        return [made(ago) for ago in range(1, 15) if ago % 9]


def made(ago: int) -> Job:
    code = {0: 0, 4: 3, 5: 1, 6: 143}.get(ago % 13, 0)
    at = NOW - timedelta(days=ago)
    lines = {
        name: SourceLine(dict.fromkeys(COUNTED, (ago * 37 + n) % 900), {"Transient": 2} if code == 3 else {})
        for n, name in enumerate(("forum", "reviews", "青桥论坛"))
    }
    failures = (LONG, LONG) if code in {1, 3} else ()
    started = round(at.timestamp() * 1000)
    return Job(code, started, 95.0, f"{at:%Y-%m-%d}", int(ago % 9 == 8), sources=lines, failures=failures)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("receipts")
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    alerts = [Notice(Alert("partial", "forum", "Transient"), 1_795_600_000_000), Notice(Alert("held", "report"), 0)]
    for name, page in pages(load_study(folder), made(4), Before(folder), alerts, NOW).items():
        (folder / name).write_bytes(page)
    return folder


@pytest.mark.parametrize("name", ["index.html", "index.zh.html"])
@pytest.mark.parametrize("width", [1140, 360])
def test_axe_finds_nothing_and_the_page_is_as_wide_as_the_screen(
    chromium: Browser, axe: str, folder: Path, name: str, width: int
) -> None:
    tab = chromium.open()
    tab.looks(width, 900)
    tab.ask("Page.setBypassCSP", enabled=True)
    tab.go((folder / name).as_uri())
    tab.run("document.querySelectorAll('details').forEach((one) => one.open = true)")
    assert tab.run("document.documentElement.scrollWidth") <= width
    tab.run(f"{axe};0")
    assert tab.run(FAULTS) == []
    tab.close()


def test_the_style_is_let_through_by_the_policy(chromium: Browser, folder: Path) -> None:
    tab = chromium.open((folder / "index.html").as_uri())
    assert tab.run("getComputedStyle(document.querySelector('.strip')).display") == "grid"
    assert tab.run("performance.getEntriesByType('resource').length") == 0
    tab.close()
