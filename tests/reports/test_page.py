"""The page: whole, offline, script-free, readable without eyes, and sound however little there is to show."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from lxml import html

from reports.numbers import build_numbers
from reports.page import render_html
from storage.nouns import Gap, PolicyEvent, Wording

if TYPE_CHECKING:
    from collections.abc import Callable

    from reports.inputs import ReportInput

BARE: dict[str, Any] = {"start": None, "end": None, "events": (), "gaps": ()}


def many_events(n: int, step: int) -> tuple[PolicyEvent, ...]:
    kinds = ("announced", "media", "regulator")
    return tuple(
        PolicyEvent(
            id=f"e{i:02d}", date=date(2026, 3, 2) + timedelta(days=i * step % 41), kind=kinds[i % 3],  # type: ignore[arg-type]
            title=Wording(zh=f"第{i}件事，题目相当长的一件事", en=f"Event {i} with a rather long title"),
        )
        for i in range(n)
    )  # fmt: skip


FAR_EVENTS = (
    PolicyEvent(id="old", date=date(2020, 1, 1), kind="announced", title=Wording(zh="很久以前")),
    PolicyEvent(
        id="month", date=date(2026, 3, 1), precision="month", kind="media", title=Wording(en="Some time in March")
    ),
    PolicyEvent(
        id="year", date=date(2026, 1, 1), precision="year", kind="reversed", title=Wording(en="Some time this year")
    ),
)

STUDIES: dict[str, Callable[[Any, pd.DataFrame], Any]] = {
    "no comment": lambda make, frame: make(frame.iloc[:0]),
    "no comment, no calendar": lambda make, frame: make(frame.iloc[:0], **BARE),
    "one comment": lambda make, frame: make(frame.iloc[1:2]),
    "one comment, no window": lambda make, frame: make(frame.iloc[1:2], **BARE),
    "no times": lambda make, frame: make(frame.assign(published_at=None, published_precision=None), **BARE),
    "no events": lambda make, frame: make(frame, events=()),
    "one day": lambda make, frame: make(frame[frame["published_at"] // 86_400_000 == 20_531], **BARE),
    "events far off": lambda make, frame: make(frame, events=FAR_EVENTS),
    "fifteen events": lambda make, frame: make(frame, events=many_events(15, 2)),
    "fifteen events on one day": lambda make, frame: make(frame, events=many_events(15, 0)),
    "forty platforms": lambda make, frame: make(frame.assign(platform=[f"平台{i % 40}" for i in range(len(frame))])),
    "years only": lambda make, frame: make(frame.assign(published_precision="year")),
    "all neutral": lambda make, frame: make(frame.assign(stance="neutral")),
    "not coded": lambda make, frame: make(frame.assign(stance=None)),
    "English only": lambda make, frame: make(frame[frame["lang"] == "en"], report_languages=("en",)),
    "nothing but id and text": lambda make, frame: make(frame[["id", "text"]]),
}


@pytest.fixture(scope="module")
def numbers(rich_numbers: dict[str, Any]) -> dict[str, Any]:
    return rich_numbers


@pytest.fixture(scope="module", params=["zh", "en"])
def page(request: pytest.FixtureRequest, numbers: dict[str, Any]) -> str:
    return render_html(numbers, request.param, "report.xx.html")


@pytest.mark.parametrize("study", STUDIES)
def test_every_study_makes_a_sound_page(
    make: Callable[..., ReportInput], make_comments: Callable[..., Any], study: str
) -> None:
    numbers = build_numbers(STUDIES[study](make, make_comments(400)))
    for language in ("zh", "en"):
        page = render_html(numbers, language)  # type: ignore[arg-type]
        tree = html.fromstring(page)
        ids = tree.xpath("//@id")
        assert len(ids) == len(set(ids))
        assert not re.search(r"\bnan\b|\bNone\b|<NA>|Undefined|\{\w+\}|=\"-?inf", page)
        assert {link[1:] for link in tree.xpath("//a/@href") if link.startswith("#")} <= set(ids)


def test_five_years_make_a_page(make: Callable[..., ReportInput], make_comments: Callable[..., Any]) -> None:
    numbers = build_numbers(make(make_comments(600, days=42 * 44), start=None, end=None))
    assert numbers["timeline"]["unit"] == "week"
    assert "2030" in render_html(numbers, "en")


def test_page_is_offline_and_without_scripts(page: str) -> None:
    tree = html.fromstring(page)
    assert not tree.xpath("//script|//link|//iframe|//img|//object|//embed|//form|//@style|//@src|//base")
    assert not tree.xpath("//@*[starts-with(name(), 'on')]")
    assert "@import" not in page
    assert "url(http" not in page


def test_style_is_the_one_the_policy_allows(page: str) -> None:
    tree = html.fromstring(page)
    policy = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style
    assert base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode() in policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


def test_links_lead_to_the_web_or_into_the_page(page: str) -> None:
    for link in html.fromstring(page).xpath("//a"):
        target = link.get("href")
        if not target.startswith("#") and target != "report.xx.html":
            assert target.startswith(("http://", "https://"))
            assert link.get("rel") == "noopener noreferrer nofollow"


def test_page_can_be_read_without_seeing_it(page: str) -> None:
    tree = html.fromstring(page)
    assert tree.xpath("//html/@lang")[0] in {"zh-CN", "en"}
    assert tree.xpath("//body/a[1][@class='skip']/@href") == ["#happened"]
    assert len(tree.xpath("//h1")) == 1
    assert not tree.xpath("//th[not(@scope)]")
    assert not tree.xpath("//table[not(@class='prov')][not(caption)]")
    for drawing in tree.xpath("//svg[@role='img']"):
        names = drawing.get("aria-labelledby").split()
        assert [drawing.xpath(f"*[@id='{name}']")[0].tag for name in names] == ["title", "desc"]
    assert all(drawing.get("aria-hidden") for drawing in tree.xpath("//svg[not(@role)]"))
    assert len(tree.xpath("//details//table")) >= 3


def test_quotes_keep_their_own_language(numbers: dict[str, Any]) -> None:
    tree = html.fromstring(render_html(numbers, "en"))
    assert {quote.get("lang") for quote in tree.xpath("//blockquote/p")} == {
        voice["lang"] for voice in numbers["voices"]
    }


def test_every_share_carries_its_badge(numbers: dict[str, Any]) -> None:
    tree = html.fromstring(render_html(numbers, "zh"))
    draft = "机器初稿，未经人工核对"
    assert all(draft in tile.text_content() for tile in tree.xpath("//div[@class='tile']")[1:])
    for section in ("places", "counting", "keywords", "asks", "voices"):
        assert draft in tree.xpath(f"//section[@id='{section}']")[0].text_content()


def test_claims_of_the_ledger_are_linked_both_ways(page: str, numbers: dict[str, Any]) -> None:
    tree = html.fromstring(page)
    ids = [claim["id"] for claim in numbers["claims"]]
    assert [row.get("id") for row in tree.xpath("//table[contains(@class,'ledger')]/tbody/tr")] == [
        f"l-{i}" for i in ids if i.startswith("C")
    ]
    shown = {link[3:] for link in tree.xpath("//a[@class='cid']/@href")}
    assert {i for i in ids if i.startswith("C")} <= shown <= set(ids)
    assert all(tree.xpath(f"//tr[@id='l-{one}']") for one in shown)


def test_an_illustrative_study_says_so(make: Callable[..., ReportInput], frame_of: Callable[..., Any]) -> None:
    invented = render_html(build_numbers(make(frame_of([]))), "zh")
    real = render_html(build_numbers(make(frame_of([]), illustrative=False)), "zh")
    assert "示例个案" in invented
    assert "示例个案" not in real


def test_page_is_light_and_quick(rich: ReportInput, within: Any) -> None:
    with within(1.5):
        page = render_html(build_numbers(rich), "zh", "report.en.html")
    assert len(page.encode()) <= 150_000


def test_a_tile_fills_its_track_by_its_share(numbers: dict[str, Any]) -> None:
    tiles = html.fromstring(render_html(numbers, "en")).xpath("//div[@class='tile']")[1:]
    counts, coded = numbers["stances"]["counts"], numbers["stances"]["coded"]
    assert [float(tile.xpath(".//rect/@width")[1]) for tile in tiles] == [
        pytest.approx(100 * counts[stance] / coded, abs=0.06)
        for stance in ("concern", "support", "suggestion", "neutral")
    ]


def test_without_a_share_a_tile_has_no_bar(make: Callable[..., ReportInput], make_comments: Callable[..., Any]) -> None:
    frame = make_comments(100)
    page = html.fromstring(render_html(build_numbers(make(frame[~frame["copied"]].head(20))), "zh"))
    assert not page.xpath("//div[@class='tile']//rect")


@pytest.mark.parametrize(("language", "words"), [("zh", "未采集"), ("en", "not collected")])
def test_no_data_is_not_shown_as_zero(
    make: Callable[..., ReportInput], make_comments: Callable[..., Any], language: Any, words: str
) -> None:
    gap = Gap(start=date(2026, 3, 9), end=date(2026, 3, 15))
    frame = make_comments(400)
    days = pd.to_datetime(frame["published_at"] + 8 * 3_600_000, unit="ms").dt.date
    frame = frame[~days.between(gap.start, gap.end)]
    page = html.fromstring(render_html(build_numbers(make(frame, gaps=(gap,))), language))
    by_day, course = (
        [[cell.text for cell in row] for row in table.xpath("./tbody/tr")]
        for table in page.xpath("//section[@id='timeline']/details//table")
    )
    assert {tuple(row[1:5]) for row in by_day[7:14]} == {(words, "–", "–", "–")}
    assert all(row[1:] == [words] * 4 + ["–"] for row in course if row[0] in {day[0] for day in by_day[7:14]})


def test_without_usable_times_there_is_no_chart(
    make: Callable[..., ReportInput], make_comments: Callable[..., Any]
) -> None:
    frame = make_comments(100).assign(published_at=None, published_precision=None)
    section = html.fromstring(render_html(build_numbers(make(frame)), "en")).xpath("//section[@id='timeline']")[0]
    assert not section.xpath(".//table|.//svg")
    assert "no comment that counts carries a usable day" in section.text_content()


def test_counted_copied_and_masked_are_explained(page: str) -> None:
    from inspect import signature

    from nlp import duplicates

    method = html.fromstring(page).xpath("//section[@id='method']")[0].text_content()
    rule = signature(duplicates.copied_groups).parameters
    assert rule["window_ms"].default == duplicates.DAY_MS
    text = next(line for line in method.splitlines() if line.startswith(("复制帖", "Copied")))
    floor = [
        round(100 * duplicates.COPY),
        duplicates.MIN_WORDS,
        duplicates.MIN_DISTINCT,
        rule["posts"].default,
        rule["people"].default,
    ]
    assert [int(number) for number in re.findall(r"\d+", text)] == floor
    texts = next(line for line in method.splitlines() if line.startswith(("不同文字", "Different texts")))
    shortest = duplicates.FEWEST + 2  # characters that make so many sequences of three
    assert [int(number) for number in re.findall(r"\d+", texts)] == [round(100 * duplicates.ALIKE), shortest]
    assert re.search(r"^(计入|Counted)", method, re.MULTILINE)
    assert "▇" in method


def test_agreement_with_a_person_stands_where_it_was_measured(rich: ReportInput) -> None:
    figures = {
        "zh": {"agreement": 0.61, "macro_f1": 0.47, "n": 2642},
        "fr": {"agreement": 0.5, "macro_f1": 0.5, "n": 9},
    }
    measured = replace(rich, provenance=replace(rich.provenance, known=figures))
    sure = {
        (language, inp is measured): html.fromstring(render_html(build_numbers(inp), language))
        .xpath("//section[@id='sure']")[0]
        .text_content()
        for language in ("zh", "en")
        for inp in (rich, measured)
    }
    assert "the error is not known" in sure["en", False]
    assert "误差未知" in sure["zh", False]
    assert "agreed with a person on 61 of 100 Chinese comments (n = 2,642)." in sure["en", True]
    assert "每 100 条中文评论中有 61 条与人工标注一致（n = 2,642）" in sure["zh", True]
    assert not any("the error is not known" in text or "误差未知" in text for (_, known), text in sure.items() if known)


def test_agreement_cross_validated_on_the_studys_own_labels_is_called_that(rich: ReportInput) -> None:
    figures = {"zh": {"agreement": 0.61, "macro_f1": 0.47, "n": 140, "folds": 5}}
    numbers = build_numbers(replace(rich, provenance=replace(rich.provenance, known=figures)))
    sure = {language: html.fromstring(render_html(numbers, language)).xpath("//section[@id='sure']")[0].text_content()
            for language in ("zh", "en")}  # fmt: skip
    assert "Cross-validated on Chinese comments (n = 140), each coded without its own label" in sure["en"]
    assert "it agreed with the person on 61 of 100." in sure["en"]
    assert "在其中 140 条中文评论上交叉验证" in sure["zh"]
    for never in ("never seen", "No person has labelled", "the error is not known"):
        assert never not in sure["en"]
    for never in ("从未见过", "尚无人工标注", "误差未知"):
        assert never not in sure["zh"]
