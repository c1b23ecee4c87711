"""What a person is told of collecting, by `minyi status` and by the report, from a study kept in a real store."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html

from minyi.console import Console
from minyi.frames import comments_of
from minyi.gathering import gather
from minyi.outages import Lapse
from minyi.silence import MIN_SILENCE_MS, TIMES
from minyi.standing import lapse_lines, show_status, standing_of
from minyi.workspace import open_workspace
from reports.numbers import build_numbers
from reports.page import render_html
from storage.collected import Collected
from storage.nouns import Article, Page
from storage.state import Step, Waiting
from storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from minyi.workspace import Workspace

pytestmark = pytest.mark.usefixtures("on_both")

STUDY = """\
[study]
id = "parking"
start = 2026-03-01
end = 2026-03-31
time_zone = "Asia/Shanghai"

[change]
name = { zh = "临江停车收费", en = "Parking fee" }
statement = { zh = "临江市对路边停车收费", en = "The town charges for roadside parking" }
words = { zh = ["停车"], en = ["parking"] }

[[gaps]]
start = 2026-03-01
end = 2026-03-01
reason = { zh = "尚未开始", en = "not begun yet" }

[[sources]]
name = "forum"
kind = "discourse"
title = { zh = "青桥论坛", en = "Qingqiao forum" }
server = "https://forum.qingqiao.example"
latest = true

[[sources]]
name = "reviews"
kind = "appstore"
title = { zh = "应用评论", en = "App reviews" }
app = "https://apps.apple.com/cn/app/id900100200"

[[sources]]
name = "town"
kind = "feed"
title = { zh = "市政网站", en = "Town website" }
url = "https://town.linjiang.example/feed"
"""
HOUR, DAY = 3_600_000, 86_400_000
GOOD = {"asked": 2, "fetched": 2, "comments": 4, "new": 4, "waiting": 0}
NOTHING = {"asked": 1, "fetched": 0, "comments": 0, "new": 0, "waiting": 1}
FAILURE = {"type": "Transient", "what": "The server answered <500>.", "where": "https://x.example", "remedy": "Wait."}


def at(day: int, hour: int = 10) -> int:
    """A time in March 2026 in Shanghai."""
    return int(datetime(2026, 3, 1, tzinfo=UTC).timestamp() * 1000) + (day - 1) * DAY + (hour - 8) * HOUR


class Diary:
    """Writes a month of collecting into a store, one run a day at ten o'clock."""

    def __init__(self, workspace: Workspace) -> None:
        self.store, self.began = workspace.store, dict[str, int]()

    def day(self, day: int, pages: dict[str, Page | None]) -> None:
        run = self.store.begin_run("parking", "collect", {}, "")
        self.began[run] = at(day)
        failures = [FAILURE | {"source": source} for source, page in pages.items() if page is None]
        for source, page in pages.items():
            if page is not None:
                self.store.add_page("parking", source, page, run_id=run)
        counts = {source: NOTHING if page is None else GOOD for source, page in pages.items()}
        self.store.end_run(run, "partial" if failures else "ok", counts, failures)

    def runs(self, _study: str, **only: Any) -> list[Any]:
        """The runs, at the times they are said to have begun."""
        found = RUNS(self.store, "parking", **only)
        found = [replace(run, started_at=self.began.get(run.id, run.started_at)) for run in found]
        return [replace(run, ended_at=run.started_at + HOUR) for run in found]


RUNS = Store.runs


def said(source: str, day: int, hours: range, article: str | None = None) -> Page:
    comments: Any = [
        {
            "ext_id": f"{day}-{hour}",
            "text": f"{source}：停车第{day}天{hour}点，希望公布明细",
            "published_at": at(day, hour),
            "author": f"u{hour}",
            "article_id": article,
        }
        for hour in hours
    ]
    return Page(comments=comments)


def posts(day: int) -> Page:
    """What the forum holds on a day: it was down from the 10th to the 15th, and its pages reach back to the 13th."""
    days = range(13, 16) if day == 16 else range(day, day + 1)
    threads = [Article(id=f"t{i}", title=f"第{i}个帖子 <b>", text="停车收费了") for i in range(1, 8)]
    comments = [row for each in days for row in said("forum", each, range(6, 10), "t1").comments]
    declared = {f"t{i}": 100 * i for i in range(1, 8)} if day == 28 else {}
    return Page(articles=tuple(threads), comments=comments, declared=declared)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("parking")
    (path / "study.toml").write_text(STUDY, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def workspace(folder: Path) -> Iterator[Workspace]:
    """The forum down for some days, the reviews silent from the 17th on, the town's website never reached;
    and after the 28th nobody asked."""
    with open_workspace(folder) as opened, pytest.MonkeyPatch.context() as patch:
        diary = Diary(opened)
        for day in range(2, 29):
            forum = None if 10 <= day <= 15 else posts(day)
            reviews = said("reviews", day, range(5, 9)) if day < 18 else Page()
            diary.day(day, {"forum": forum, "reviews": reviews, "town": None})
        step = Step(waiting=(Waiting("k1", "{}"), Waiting("k2", "{}")))
        opened.store.add_page("parking", "forum", Page(), run_id=next(reversed(diary.began)), step=step)
        patch.setattr(Store, "runs", lambda _store, study, last=0, **only: diary.runs(study, **only)[-last:])
        patch.setattr(Collected, "run_starts", lambda _, study: {run.id: run.started_at for run in diary.runs(study)})
        yield opened


def status(workspace: Workspace, *, as_json: bool = False) -> str:
    out = io.StringIO()
    show_status(standing_of(workspace), Console(json=as_json, out=out))
    return out.getvalue()


def test_status_says_how_every_source_stands(workspace: Workspace) -> None:
    told = status(workspace)
    assert re.search(r"forum +in order +92 of 2,800 +2 +2026-03-28 10:00", told)
    assert re.search(r"reviews +silent since 2026-03-17 08:00 +– +0 +2026-03-28 10:00", told)
    assert re.search(r"town +never collected +– +0 +–", told)


def test_status_says_the_three_counts(workspace: Workspace) -> None:
    held = comments_of(workspace)
    told, facts = status(workspace), json.loads(status(workspace, as_json=True))
    assert facts["counts"] == {"comments": len(held), "texts": held["text"].nunique(), "authors": 8}
    assert f"In all {len(held):,} comments, {held['text'].nunique():,} different texts, 8 known authors." in told


def test_status_names_a_report_once_and_only_where_it_is_there(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workspace.folder)
    page = workspace.reports / "report.en.html"
    page.parent.mkdir(exist_ok=True)
    page.write_text("")
    for path in (
        page,
        page.relative_to(workspace.folder),
        page.with_name("gone.html"),
        page.with_name("manifest.json"),
    ):
        workspace.store.add_report(workspace.study.id, "1", "en", str(path), "")
    assert [line for line in status(workspace).splitlines() if line.startswith("Report:")] == [f"Report: {page}"]


def test_status_stands_without_the_coder_and_says_why(workspace: Workspace) -> None:
    loaded = replace(workspace.loaded, study=workspace.study.model_copy(update={"coder": "study"}))
    standing = standing_of(replace(workspace, loaded=loaded))
    assert standing.uncoded is None
    assert "minyi adapt" in standing.coder_missing


def test_status_names_the_articles_of_which_most_is_missing(workspace: Workspace) -> None:
    rows = re.findall(r"forum +第(\d)个帖子 <b> +(\d+) of (\d+)", status(workspace))
    assert rows == [("7", "0", "700"), ("6", "0", "600"), ("5", "0", "500"), ("4", "0", "400"), ("3", "0", "300")]


def test_status_says_when_sources_gave_nothing_and_what_came_later(workspace: Workspace) -> None:
    lines = status(workspace).splitlines()
    (down,) = (line for line in lines if line.startswith("Down: forum"))
    assert down == (
        "Down: forum, 2026-03-09 10:00 to 2026-03-16 10:00; no answer, or a server error (Transient: The server "
        "answered <500>; 6 runs failed). 12 comments of that time came later, none from 2026-03-10 to 2026-03-12."
    )
    (silent,) = (line for line in lines if line.startswith("Silent"))
    assert silent.startswith(
        "Silent: reviews, 2026-03-17 08:00 and still so when last asked; it could be reached, but held nothing new"
    )
    assert "Not collected: 2026-03-01 to 2026-03-01, all sources. not begun yet" in lines
    assert not any(line.startswith("Down: town") for line in lines)


def test_the_same_reason_over_the_same_time_for_several_sources_is_one_line(workspace: Workspace) -> None:
    down = Lapse("down", at(3), at(5), "forum", error="Transient", what="No answer.", tries=1)
    others = [replace(down, source="reviews"), replace(down, source="town", end=at(6))]
    first, second = lapse_lines([down, *others], workspace.study, at(9))
    assert first.startswith("Down: forum, reviews, 2026-03-03 10:00 to 2026-03-05 10:00; no answer")
    assert "Transient: No answer;" in first
    assert second.startswith("Down: town,")
    (worded,) = lapse_lines([down, replace(others[0], what="A timeout.")], workspace.study, at(9))
    assert "(Transient; 1 run failed)" in worded


def test_a_job_is_told_all_of_it(workspace: Workspace) -> None:
    done = json.loads(status(workspace, as_json=True).splitlines()[-1])
    forum, reviews, town = sorted(done["sources"], key=lambda source: str(source["source"]))
    assert (forum["declared"], forum["collected_of_declared"], forum["waiting"]) == (2800, 92, 2)
    assert [article["missing"] for article in forum["declared_articles"]] == [700, 600, 500, 400, 300, 200, 8]
    assert (reviews["state"], reviews["declared"], town["state"]) == ("silent", None, "never")
    moments = [forum["last_good"], reviews["since"], done["runs"][0]["started"], done["lapses"][0]["start"]]
    assert moments[:2] == ["2026-03-28T10:00:00+08:00", "2026-03-17T08:00:00+08:00"]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00", moment) for moment in moments)
    assert [(lapse["kind"], lapse["source"]) for lapse in done["lapses"]] == [
        ("down", "forum"), ("silent", "reviews"), ("ended", None),
    ]  # fmt: skip
    assert done["lapses"][0]["lost_days"] == ["2026-03-10", "2026-03-12"]
    assert [gap["start"] for gap in done["detected_gaps"]] == ["2026-03-10", "2026-03-29"]


def test_quotes_are_counted_apart_and_times_are_iso_with_an_offset(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    quote: Any = {"ext_id": "q", "text": "停车收费应当公开明细", "kind": "quote", "published_at": at(2)}
    article = Article(id="a", title="通知", text="停车收费了")
    with open_workspace(tmp_path) as opened:
        run = opened.store.begin_run("parking", "collect", {}, "")
        page = replace(said("town", 3, range(5, 8)), articles=(article,))
        page.comments.append(quote)
        opened.store.add_page("parking", "town", page, run_id=run)
        opened.store.end_run(run, "ok", {"town": GOOD}, [])
        assert re.search(r"town +feed +3 +1 +1 +0 ", status(opened))
        done = json.loads(status(opened, as_json=True).splitlines()[-1])
    town = next(source for source in done["sources"] if source["source"] == "town")
    assert (town["comments"], town["quotes"], town["articles"]) == (3, 1, 1)
    assert (town["first"], town["last"]) == ("2026-03-02T10:00:00+08:00", "2026-03-03T07:00:00+08:00")


@pytest.fixture(scope="module")
def numbers(workspace: Workspace) -> dict[str, Any]:
    return build_numbers(gather(workspace, comments_of(workspace), "1"))


def test_the_report_holds_detected_gaps_after_those_a_person_states(numbers: dict[str, Any]) -> None:
    gaps = numbers["timeline"]["gaps"]
    assert [(gap["source"], gap["start"], gap["end"]) for gap in gaps] == [
        (None, "2026-03-01", "2026-03-01"), ("forum", "2026-03-10", "2026-03-12"), (None, "2026-03-29", "2026-03-31"),
    ]  # fmt: skip
    assert [lapse["kind"] for lapse in numbers["coverage"]["lapses"]] == [
        "stated", "down", "silent", "ended",
    ]  # fmt: skip


def test_silence_leaves_the_chart_as_it_is(numbers: dict[str, Any]) -> None:
    days = [numbers["timeline"]["bins"][i] for i in numbers["timeline"]["missing"]]
    assert days == ["2026-03-01", "2026-03-29", "2026-03-30", "2026-03-31"]
    assert numbers["timeline"]["total"][numbers["timeline"]["bins"].index("2026-03-20")] == 4


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["92 of 2,800", "silent since 17 March 2026 08:00", "2 pages still to be asked for", "never collected",
                "12 comments of that time came later, none from 10 March to 12 March.", "Stated in the study file.",
                "Not listed: 2 further articles", "no answer, or a server error"]),
        ("zh", ["2,800 条中 92 条", "2026年3月17日 08:00 起沉默", "尚有 2 页待采", "从未采到",
                "后来采到这段时间的评论 12 条，其中没有 3月10日至3月12日的。", "研究文件中注明",
                "未列出：另有 2 篇文章", "没有响应或服务器出错"]),
    ],
)  # fmt: skip
def test_the_report_tells_it_in_both_languages(numbers: dict[str, Any], language: Any, words: list[str]) -> None:
    page: Any = html.fromstring(render_html(numbers, language))
    sure = page.xpath("//section[@id='sure']")[0].text_content()
    assert [word for word in words if word not in sure] == []
    assert not page.xpath("//section[@id='sure']//b[text()='']")
    assert "第7个帖子 <b>" in sure


def test_the_report_states_the_rule_of_silence_as_it_is() -> None:
    from reports.wording import catalogue

    assert (TIMES, MIN_SILENCE_MS) == (4, 3 * DAY)
    assert "four times its longest other pause, and for three days" in catalogue("en")["ui"]["silent_note"]
    assert "最长一次的四倍，且至少三天" in catalogue("zh")["ui"]["silent_note"]


def test_status_says_how_many_lapses_it_does_not_list(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("minyi.gaps.MOST", 1)
    said = status(workspace)
    assert re.search(r"^And 2 shorter ones, not listed here; --json lists all\.$", said, re.MULTILINE)
