"""The report's account of collecting: what was declared, what is kept, and when sources gave nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html

from reports.coverage_inputs import Lapse, Shortfall, SourceCoverage
from reports.inputs import AskedCoder
from reports.numbers import build_numbers, dump_numbers
from reports.page import render_html
from storage.nouns import Wording

if TYPE_CHECKING:
    from collections.abc import Callable

    from reports.inputs import ReportInput


def at(day: int, hour: int = 10) -> int:
    """A time in March 2026 in Shanghai, as UTC milliseconds."""
    return round(datetime(2026, 3, day, hour - 8, tzinfo=UTC).timestamp() * 1000)


DOWN = Lapse("down", at(9), at(16), "forum", Wording(zh="太慢", en="too slow"), "No <answer>.", 6)
SILENT = Lapse("silent", at(17), None, "forum", Wording(en="it held nothing new"), usual_days=0.875)
FORUM = SourceCoverage(
    "forum", collected=130, declared=4310, of_declared=112, state="silent", since_ms=at(17), last_good_ms=at(28),
    waiting=3, shortfalls=[Shortfall("致电 13812345678 <i>", 900, 12), Shortfall("", 50, 10)], short_articles=9,
)  # fmt: skip


@pytest.fixture
def sure(few: ReportInput) -> Callable[..., Any]:
    """The section of a report that says how sure it is."""

    def section(language: Any = "en", **changes: Any) -> Any:
        page: Any = html.fromstring(render_html(build_numbers(replace(few, **changes)), language))
        return page.xpath("//section[@id='sure']")[0]

    return section


def test_what_is_kept_stands_beside_what_it_belongs_to(few: ReportInput) -> None:
    silent_one = SourceCoverage("quotes", collected=77)
    coverage = build_numbers(replace(few, coverage=[FORUM, silent_one]))["coverage"]
    assert (coverage["declared"], coverage["collected_of_declared"], coverage["collected"]) == (4310, 112, 207)
    assert coverage["sources"][1]["of_declared"] is None


def test_what_a_source_of_articles_declares_is_in_no_sum(few: ReportInput, sure: Callable[..., Any]) -> None:
    feed = SourceCoverage("feed", collected=12, declared=43, of_declared=0, gives_comments=False)
    coverage = build_numbers(replace(few, coverage=[FORUM, feed]))["coverage"]
    assert (coverage["declared"], coverage["collected_of_declared"]) == (4310, 112)
    assert "none of 43" in sure(coverage=[FORUM, feed]).text_content()
    assert build_numbers(replace(few, coverage=[feed]))["coverage"]["declared"] is None


def test_a_problem_has_a_column_only_where_there_is_one(sure: Callable[..., Any]) -> None:
    def heads(**changes: Any) -> list[str]:
        table = sure(coverage=[replace(FORUM, **changes)]).xpath(".//table[contains(@class,'held')]//thead/tr/th")
        return [head.text_content() for head in table]

    assert "Problem" not in heads()
    assert "Problem" in heads(error="No answer.")


def test_first_and_last_carry_the_year_where_it_is_not_that_of_the_report(sure: Callable[..., Any]) -> None:
    def span(year: int) -> str:
        first = round(datetime(year, 3, 9, tzinfo=UTC).timestamp() * 1000)
        row = sure(coverage=[replace(FORUM, first_ms=first, last_ms=at(16))]).xpath(".//td[@data-h='First and last']")
        return str(row[0].text)

    assert (span(2026), span(2025)) == ("9 Mar – 16 Mar", "9 Mar 2025 – 16 Mar 2026")


def test_the_commonest_reasons_are_said_in_chinese_and_others_as_they_are(sure: Callable[..., Any]) -> None:
    refused = replace(FORUM, rejected={"no text": 3, "a shape of its own": 1})
    words = [sure(language, coverage=[refused]).text_content() for language in ("zh", "en")]
    assert "3 没有文字; 1 a shape of its own" in words[0]
    assert "3 no text; 1 a shape of its own" in words[1]


def test_without_a_declaration_coverage_is_said_to_be_unknown(few: ReportInput) -> None:
    numbers = build_numbers(replace(few, coverage=[SourceCoverage("quotes", collected=77)]))
    assert numbers["coverage"]["declared"] is None
    (claim,) = (claim for claim in numbers["claims"] if claim["template"] == "coverage")
    assert (claim["verdict"], claim["slots"]) == ("too_little", {})


def test_a_source_says_how_it_stands(sure: Callable[..., Any]) -> None:
    cells = [cell.text for cell in sure(coverage=[FORUM]).xpath(".//table[contains(@class,'held')]//td")]
    assert cells[:3] == ["silent since 17 March 2026 10:00; 3 pages still to be asked for", "112 of 4,310", "130"]
    assert "28 March 2026 10:00" in cells


@pytest.mark.parametrize(
    ("language", "words"), [("en", "in order; 1 page could not be had"), ("zh", "正常；1 页无法取得")]
)
def test_pages_that_could_not_be_had_are_counted(sure: Callable[..., Any], language: str, words: str) -> None:
    source = SourceCoverage("town", collected=6, state="ok", not_had=1)
    assert words in sure(language, coverage=[source]).xpath(".//table[contains(@class,'held')]")[0].text_content()


def test_what_nobody_looked_at_is_not_said_to_be_in_order(sure: Callable[..., Any]) -> None:
    row = sure(coverage=[SourceCoverage("quotes", collected=77)]).xpath(".//table[contains(@class,'held')]//td")
    assert [cell.text for cell in row[:2]] == ["–", "not known"]


def test_articles_with_a_shortfall_are_foreign_text(sure: Callable[..., Any]) -> None:
    section = sure("zh", coverage=[FORUM])
    titles = [cell.text_content() for cell in section.xpath(".//th[@scope='row']/span[@class='said']")]
    assert titles == ["致电 ▇ <i>", "无标题"]
    assert "另有 7 篇文章" in section.text_content()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "What was said then is not known."),
        ({"later": 1}, "1 comment of that time came later."),
        ({"later": 12, "lost": (date(2026, 3, 10), date(2026, 3, 12))}, "came later, none from 10 March to 12 March."),
    ],
    ids=["nothing", "made good", "in part"],
)
def test_of_an_outage_it_is_said_what_came_later(sure: Callable[..., Any], changes: dict[str, Any], words: str) -> None:
    said = sure(lapses=[replace(DOWN, **changes)]).xpath(".//table[contains(@class,'lapses')]")[0].text_content()
    assert words in said
    assert "9 March 2026 10:00" in said
    assert "down: too slow “No <answer>.”" in said


def test_the_same_over_the_same_time_for_several_sources_is_one_row(sure: Callable[..., Any]) -> None:
    lapses = [DOWN, replace(DOWN, source="shop", what="A timeout."), replace(DOWN, source="town", end_ms=at(17))]
    rows = sure(lapses=lapses).xpath(".//table[contains(@class,'lapses')]/tbody/tr")
    assert [row.xpath("./th")[0].text_content() for row in rows] == ["forum, shop", "town"]
    assert "No <answer>" not in rows[0].text_content()


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Not listed: 12 shorter stretches of time. Whole"), ("zh", "未列出：另有 12 段时间")]
)
def test_shorter_lapses_that_are_not_listed_are_counted(sure: Callable[..., Any], language: str, words: str) -> None:
    assert words in sure(language, lapses=[DOWN], lapses_more=12).text_content()
    assert words[:6] not in sure(language, lapses=[DOWN]).text_content()


def test_silence_is_never_called_an_outage_and_blanks_no_chart(few: ReportInput, sure: Callable[..., Any]) -> None:
    (row,) = sure(lapses=[SILENT]).xpath(".//table[contains(@class,'lapses')]/tbody/tr")
    said = row.text_content()
    assert "silent: it held nothing new" in said
    assert "Its longest other pause: 0.9 days." in said
    assert "down" not in said
    assert build_numbers(replace(few, lapses=[SILENT]))["timeline"] == build_numbers(few)["timeline"]


def test_what_a_person_states_is_in_days(sure: Callable[..., Any]) -> None:
    stated = Lapse("stated", at(9, 8) - 8 * 3_600_000, at(11, 8) - 8 * 3_600_000, reason=Wording(zh="断电"))
    cells = sure("zh", lapses=[stated]).xpath(".//table[contains(@class,'lapses')]/tbody/tr/*")
    assert [cell.text_content() for cell in cells] == [
        "全部来源", "2026年3月9日", "2026年3月10日", "未采集：断电", "研究文件中注明。",
    ]  # fmt: skip


def test_a_report_without_lapses_has_no_table_of_them(sure: Callable[..., Any]) -> None:
    assert not sure(lapses=[]).xpath(".//table[contains(@class,'lapses')]")


def test_the_account_survives_the_file(few: ReportInput) -> None:
    numbers = build_numbers(replace(few, coverage=[FORUM], lapses=[DOWN, SILENT]))
    read_back = json.loads(dump_numbers(numbers))
    assert render_html(read_back, "zh") == render_html(numbers, "zh")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_state_and_kind_has_its_word(sure: Callable[..., Any], language: str) -> None:
    states: Any = ("", "ok", "partly", "down", "silent", "begun", "never", "imported", "left out")
    kinds: Any = ("stated", "down", "not run", "silent", "ended")
    coverage = [SourceCoverage(f"s{i}", collected=0, state=state) for i, state in enumerate(states)]
    lapses = [replace(SILENT, kind=kind, end_ms=at(20) if kind == "stated" else None) for kind in kinds]
    assert len(sure(language, coverage=coverage, lapses=lapses).xpath(".//div[@class='keep']")) == 2


@pytest.mark.parametrize(
    ("asked", "english", "chinese"),
    [
        (AskedCoder("llm:m", 30, 30), "gave a stance to every comment that it was asked about, 30", "共 30 条"),
        (
            AskedCoder("llm:m", 30, 21),
            "was asked about 30 comments and gave no stance to 9",
            "其中 9 条没有给出立场",
        ),
        (
            AskedCoder("llm:m", 0, 0),
            "llm:m, answers is not known",
            "无从得知：没有评论交给它",
        ),
    ],
)
def test_how_often_the_second_coder_gave_no_stance_is_said(
    sure: Callable[..., Any], asked: AskedCoder, english: str, chinese: str
) -> None:
    assert english in sure(asked=asked).text_content()
    assert chinese in sure("zh", asked=asked).text_content()


def test_of_one_coder_alone_nothing_is_said_of_a_second(sure: Callable[..., Any]) -> None:
    assert "second coder" not in sure().text_content()
