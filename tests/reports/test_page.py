"""The page: whole, offline, script-free, readable without eyes, and sound however little there is to show."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html

from reports.numbers import build_numbers
from reports.page import render_html
from storage.nouns import PolicyEvent, Wording

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

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
def numbers(rich: ReportInput) -> dict[str, Any]:
    return build_numbers(rich)


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
    for section in ("places", "counting", "keywords", "asks"):
        assert draft in tree.xpath(f"//section[@id='{section}']")[0].text_content()


def test_claims_of_the_ledger_are_linked_both_ways(page: str, numbers: dict[str, Any]) -> None:
    tree = html.fromstring(page)
    ids = [claim["id"] for claim in numbers["claims"]]
    assert [row.get("id") for row in tree.xpath("//table[contains(@class,'ledger')]/tbody/tr")] == [
        f"l-{i}" for i in ids
    ]
    assert {link[3:] for link in tree.xpath("//a[@class='cid']/@href")} == set(ids)


def test_an_illustrative_study_says_so(make: Callable[..., ReportInput], frame_of: Callable[..., Any]) -> None:
    invented = render_html(build_numbers(make(frame_of([]))), "zh")
    real = render_html(build_numbers(make(frame_of([]), illustrative=False)), "zh")
    assert "示例个案" in invented
    assert "示例个案" not in real


def test_page_is_light_and_quick(rich: ReportInput) -> None:
    started = time.process_time()
    page = render_html(build_numbers(rich), "zh", "report.en.html")
    assert time.process_time() - started < 1
    assert len(page.encode()) <= 150_000
