"""The page of receipts: what it says, that it loads nothing, and that foreign text stays text."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html
from pier import PIER

from minyi.console import Console
from minyi.jobs.failure_words import in_chinese
from minyi.jobs.job_receipts import COUNTED, Job, Receipts, SourceLine
from minyi.jobs.notice_book import read_book
from minyi.jobs.notices import tell_without_store
from minyi.jobs.receipts_page import pages, state_of, strip_of
from minyi.outcomes import FAILURES
from minyi.study_file import load_study

if TYPE_CHECKING:
    from pathlib import Path

    from minyi.study_file import LoadedStudy

NOW = datetime(2026, 11, 26, 1, 0, tzinfo=UTC)
STUDY = f"""\
{PIER}[[sources]]
name = "forum"
kind = "feed"
url = "https://forum.example/feed"
[notify]
on = []
"""
EVIL = "<script>alert(1)</script>\u202e{{7*7}}"
FAILURE = {"source": "forum", "type": "Transient", "what": EVIL, "where": "javascript:alert(1)", "remedy": "Wait."}


@pytest.fixture
def loaded(tmp_path: Path) -> LoadedStudy:
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    return load_study(tmp_path)


def ms(days_ago: float) -> int:
    return round((NOW - timedelta(days=days_ago)).timestamp() * 1000)


def job(code: int, days_ago: float = 0, **other: Any) -> Job:
    return Job(exit=code, started_at=ms(days_ago), seconds=75, window="2026-11-26", **other)


def kept(folder: Path, days_ago: float, code: int, failures: int = 0) -> dict[str, Any]:
    """A job's receipt and that of its collecting, on the disk."""
    at = NOW - timedelta(days=days_ago)
    receipts = folder / "data" / "receipts"
    receipts.mkdir(parents=True, exist_ok=True)
    counts = {"forum": {"asked": 3, "fetched": 2, "unchanged": 1, "new": 40, "known": 5, "rejected": {"no text": 6}}}
    collected = {"command": "collect", "counts": counts, "failures": [FAILURE] * failures}
    run = f"{days_ago}-x"
    (receipts / f"{at:%Y%m%dT%H%M%S}-{run}-collect.json").write_text(json.dumps(collected))
    window = f"{at:%Y-%m-%d}"
    steps = [{"command": "collect", "run": run, "exit": code, "seconds": 1.0}]
    receipt = {
        "exit": code,
        "window": window,
        "started_at": ms(days_ago),
        "seconds": 75,
        "steps": steps,
        "missed": None,
    }
    (receipts / f"{at:%Y%m%dT%H%M%S}-j{run}-run.json").write_text(json.dumps(receipt))
    return receipt


def written(folder: Path, loaded: LoadedStudy, receipt: dict[str, Any]) -> dict[str, Any]:
    said = io.StringIO()
    tell_without_store(loaded, dict(receipt), Console(err=said), now=NOW)
    assert said.getvalue() == ""
    return {path.name: html.parse(path).getroot() for path in (folder / "data" / "receipts").glob("*.html")}


def test_the_page_is_written_after_a_job_in_both_languages(tmp_path: Path, loaded: LoadedStudy) -> None:
    for days_ago in (3, 2):
        kept(tmp_path, days_ago, 0)
    found = written(tmp_path, loaded, kept(tmp_path, 0, 3, failures=2))
    assert sorted(found) == ["index.html", "index.zh.html"]
    page = found["index.html"]
    assert page.xpath("//nav/a/@href") == ["index.zh.html"]
    assert found["index.zh.html"].xpath("//nav/a/@href") == ["index.html"]
    assert (page.get("lang"), found["index.zh.html"].get("lang")) == ("en", "zh-CN")
    assert [one.findtext(".//h1") for one in (page, found["index.zh.html"])] == [
        f"Runs: {loaded.study.id}",
        f"运行记录：{loaded.study.id}",
    ]
    (now,) = page.xpath("//p[@class='now']")
    assert now.text_content() == "◐ in part Last run: 2026-11-26 09:00, for window 2026-11-26 · 1 min"
    rows = [[cell.text_content() for cell in row] for row in page.xpath("//section[last()]/div/table/tbody/tr")]
    assert rows[0] == ["2026-11-26", "2026-11-26 09:00", "◐ in part", "1 min", "40", "2", ""]
    assert [row[0] for row in rows] == ["2026-11-26", "2026-11-24", "2026-11-23"]
    (latest,) = page.xpath("//section[@aria-labelledby='latest']//tbody/tr")
    assert [cell.text_content() for cell in latest] == ["forum", "3", "2", "1", "40", "5", "6", "Transient 2"]
    (failure,) = page.xpath("//section[@aria-labelledby='latest']//li")
    assert "Wait. ×2" in failure.text_content()
    (failure,) = found["index.zh.html"].xpath("//section[@aria-labelledby='latest']//li")
    assert failure.text_content().startswith("forum 没有响应或服务器出错。 下次运行会再试")
    (english,) = failure.xpath(".//span[@lang='en']")
    assert "alert(1)" in english.text_content()


@pytest.mark.parametrize("error", [*(kind.__name__ for kind in FAILURES), "DiskFull", "Interrupted", "ReportHeld"])
def test_a_failure_has_words_and_a_remedy_in_chinese(error: str) -> None:
    words = in_chinese(error)
    assert words is not None
    assert all(re.search("[一-鿿]", said) and said.endswith("。") for said in words)


def test_a_failure_without_chinese_words_stays_as_it_was_said() -> None:
    assert in_chinese("Unheard") is None


def test_what_is_open_stands_on_the_page(tmp_path: Path, loaded: LoadedStudy) -> None:
    found = written(tmp_path, loaded, kept(tmp_path, 0, 1))
    (line,) = found["index.html"].xpath("//section[@aria-labelledby='open']//li/text()")
    assert line == "Failed: collecting (`minyi status` says why) (since 2026-11-26 09:00)"
    assert [notice.alert.key for notice in read_book(tmp_path / "data")[0]] == ["failed:collect"]


def test_foreign_text_stays_text_and_nothing_is_loaded(tmp_path: Path, loaded: LoadedStudy) -> None:
    found = written(tmp_path, loaded, kept(tmp_path, 0, 3, failures=1))
    for page in found.values():
        assert page.xpath("//script | //img | //link | //iframe | //@src | //@onclick") == []
        assert all(href.startswith("index") for href in page.xpath("//@href"))
        (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        text = page.text_content()
        assert "<script>alert(1)</script>{{7*7}}" in text
        assert "\u202e" not in text


def test_each_day_shows_the_best_of_its_jobs_and_a_day_without_is_missing(loaded: LoadedStudy) -> None:
    jobs = [job(0), job(1, 1), job(3, 1.1), job(143, 2), job(1, 5)]
    strip = {day["day"]: day["state"] for day in strip_of(jobs, loaded, NOW.date())}
    assert len(strip) == 60
    assert list(strip.values())[-7:] == ["none", "failed", "missing", "missing", "stopped", "partial", "ok"]
    assert set(list(strip.values())[:-7]) == {"none"}


def test_a_day_is_missing_only_once_it_is_over_and_never_of_a_weekly_job(tmp_path: Path, loaded: LoadedStudy) -> None:
    strip = strip_of([job(0, 2)], loaded, NOW.date())
    assert [day["state"] for day in strip[-3:]] == ["ok", "missing", "none"]
    (tmp_path / "study.toml").write_text(STUDY + '[schedule]\nevery = "week"\n', encoding="utf-8")
    strip = strip_of([job(0, 2)], load_study(tmp_path), NOW.date())
    assert [day["state"] for day in strip[-3:]] == ["ok", "none", "none"]


@pytest.mark.parametrize(
    ("code", "state"), [(0, "ok"), (3, "partial"), (1, "failed"), (2, "failed"), (130, "stopped"), (143, "stopped")]
)
def test_every_exit_code_has_its_state(code: int, state: str) -> None:
    assert state_of(code) == state


def test_of_many_kinds_of_failures_the_commonest_are_shown_and_the_rest_counted(
    tmp_path: Path, loaded: LoadedStudy
) -> None:
    many = tuple(FAILURE | {"where": str(n)} for n in range(25))
    line = SourceLine(dict.fromkeys(COUNTED, 0), {"Transient": 25})
    one = replace(job(3), failures=many, sources={"forum": line})
    page = html.fromstring(pages(loaded, one, Receipts(tmp_path), [], NOW)["index.html"])
    assert len(page.xpath("//section[@aria-labelledby='latest']//li")) == 20
    assert "5 more kinds of failure are in the receipts." in page.text_content()


def test_at_most_sixty_runs_are_shown(tmp_path: Path, loaded: LoadedStudy) -> None:
    for hours in range(70):
        kept(tmp_path, hours / 24, 0)
    receipts = Receipts(tmp_path / "data")
    page = html.fromstring(pages(loaded, job(0), receipts, [], NOW)["index.html"])
    assert len(page.xpath("//section[last()]/div/table/tbody/tr")) == 60


def test_a_page_that_cannot_be_written_is_a_warning(tmp_path: Path, loaded: LoadedStudy) -> None:
    receipt = kept(tmp_path, 0, 0)
    (tmp_path / "data" / "receipts" / "index.html").mkdir()
    said = io.StringIO()
    tell_without_store(loaded, receipt, Console(err=said), now=NOW)
    assert "the page of receipts was not written" in said.getvalue()
