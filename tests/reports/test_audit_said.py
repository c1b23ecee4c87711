"""What a report says of its audit: in tiles, on the page, of agreement, of a gate, and in the legend."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from audits import LANGUAGES, audited, drawn, page_of

from reports.audit import build_gate
from reports.audit_view import ABOUT_LABELS, audit_view
from reports.inputs import Gate
from reports.numbers import build_numbers, dump_numbers
from reports.wording import catalogue, locale_for

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from reports.inputs import ReportInput


@pytest.fixture(scope="module")
def rich(make: Callable[..., ReportInput], make_comments: Callable[..., pd.DataFrame]) -> ReportInput:
    """Three weeks: six would take three times as long and say no more of an audit."""
    return make(make_comments(400, days=21), end=date(2026, 3, 22))


@pytest.fixture(scope="module")
def checked(rich: ReportInput) -> ReportInput:
    return audited(rich)


@pytest.fixture(scope="module")
def numbers(checked: ReportInput) -> dict[str, Any]:
    return build_numbers(checked)


@pytest.fixture(scope="module", params=LANGUAGES)
def page(request: pytest.FixtureRequest, numbers: dict[str, Any]) -> Any:
    return page_of(numbers, request.param)


def test_a_tile_says_the_share_its_interval_its_labels_and_the_coders_count(numbers: dict[str, Any]) -> None:
    shares, raw = numbers["audit"]["shares"], numbers["stances"]["shares"]
    for language, words in (("en", "estimated from 120 labels"), ("zh", "据 120 条人工标注估计")):
        tiles = page_of(numbers, language).xpath("//div[@class='tile']")[1:]
        for tile, stance in zip(tiles, ("concern", "support", "suggestion", "neutral"), strict=True):
            text, points = tile.text_content(), shares[stance]["points"]
            assert f"{points['estimate']}% {points['low']}–{points['high']}%" in text
            assert words in text
            assert f"{raw[stance]}%" in text
            assert catalogue(language)["badge"]["audited"] in text
            assert catalogue(language)["badge"]["draft"] not in text


def test_shares_that_the_coder_counted_are_marked_as_such(page: Any, numbers: dict[str, Any]) -> None:
    words = catalogue("zh" if page.get("lang") == "zh-CN" else "en")
    for name in ("keywords", "asks", "voices"):
        assert words["badge"]["draft"] in page.xpath(f"//section[@id='{name}']")[0].text_content()
    note = words["ui"]["course_note_audited"]
    assert note in page.xpath("//section[@id='timeline']")[0].text_content()
    assert words["ui"]["counting_adjusted"] in page.xpath("//section[@id='counting']")[0].text_content()
    for claim in numbers["claims"]:
        if any("percent" in slot for slot in claim["slots"].values()):
            assert claim["badge"] in {"audited", "open", "draft", "passed", "thin"}


def test_nothing_on_an_audited_page_says_that_no_person_looked(page: Any) -> None:
    text = page.text_content()
    for never in ("No person has labelled", "no person has checked", "尚无人工标注", "尚无人核对", "误差未知"):
        assert never not in text


def test_every_claim_of_an_audited_page_is_linked(page: Any, numbers: dict[str, Any]) -> None:
    linked = {link[3:] for link in page.xpath("//a[@class='cid']/@href")}
    ids = {claim["id"] for claim in numbers["claims"] if claim["section"] != "panels"}
    assert ids <= linked <= {claim["id"] for claim in numbers["claims"]}  # a panel that is not shown has no link
    assert not page.xpath("//th[not(@scope)]")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_of_labels_stands_in_the_slots(rich: ReportInput, checked: ReportInput, language: Any) -> None:
    found = checked.audit
    assert found
    later = replace(found, framed=found.framed[5:], skipped=found.framed["id"][:2].tolist(), draws=[drawn(888, 130)])
    later = replace(later, passed_over=found.framed["id"][9:12].tolist())
    for inp in (replace(checked, audit=later), audited(rich, 30)):
        numbers = build_numbers(inp)
        locale = locale_for(language, numbers)
        for claim in numbers["claims"]:
            if claim["template"] in {"leads", "share", *ABOUT_LABELS}:
                text = "".join(piece.text for piece in locale.sentence(claim))
                held = {str(value) for slot in claim["slots"].values() for value in slot.values()}
                assert set(re.findall(r"\d+", text)) <= held, text


def test_names_of_people_stay_out_of_a_report(checked: ReportInput) -> None:
    found = checked.audit
    assert found
    assert found.agreement
    named = replace(found, agreement=replace(found.agreement, coders=("Zhao Xiaoming", "Li Na")))
    numbers = build_numbers(replace(checked, audit=named))
    assert b"Xiaoming" not in dump_numbers(numbers)


@pytest.mark.parametrize(
    ("value", "low", "high", "says"),
    [
        (0.9, 0.82, 0.97, "enough to rely on"), (0.72, 0.6, 0.79, "tentative conclusions"),
        (0.4, 0.2, 0.6, "too little"), (0.82, 0.56, 1.0, "anything from poor to good"),
        (1.0, None, None, "enough to rely on"),
        (None, None, None, "never differed"),
    ],
)  # fmt: skip
def test_what_an_alpha_means_is_said(
    numbers: dict[str, Any], value: float | None, low: float | None, high: float | None, says: str
) -> None:
    figures = {"primary": {"units": 24, "agreed": 1.0, "value": value, "low": low, "high": high}}
    shown = numbers | {"audit": numbers["audit"] | {"agreement": figures}}
    assert says in " ".join(audit_view(shown, locale_for("en", shown))["sure_lines"])


@pytest.mark.parametrize(
    ("language", "words"), [("en", "macro-F1 is 0.41; the study asks for 0.55"), ("zh", "宏平均 F1为 0.41")]
)
def test_a_report_that_is_held_back_says_so_first_and_why(numbers: dict[str, Any], language: Any, words: str) -> None:
    held = numbers | {"gate": build_gate(Gate("held", "macro-F1", 0.55, 31, 0.412))}
    page = page_of(held, language)
    assert words in page.xpath("//main/*[1][@class='held']")[0].text_content()


@pytest.mark.parametrize(
    ("state", "words"), [("passed", "passes the study’s floor"), ("unjudged", "cannot be judged yet: 7 of the 20")]
)
def test_the_gate_is_told_where_nothing_is_held_back(numbers: dict[str, Any], state: Any, words: str) -> None:
    gate = Gate(state, "macro-F1", 0.55, 7, 0.7 if state == "passed" else None)
    view = audit_view(numbers | {"gate": build_gate(gate)}, locale_for("en", numbers))
    assert words in " ".join(view["sure_lines"])
    assert not view["held"]


@pytest.mark.parametrize(
    ("language", "words"), [("zh", "人工抽样核对的占比，95% 区间"), ("en", "audited share, 95 % interval")]
)
def test_the_legend_names_the_bands_only_where_one_is_drawn(
    checked: ReportInput, rich: ReportInput, numbers: dict[str, Any], language: Any, words: str
) -> None:
    """Lines have a band as soon as the labels can carry an estimate, as the table behind the chart has its figures."""
    few = build_numbers(audited(checked, 60, seed=2))
    for found in (numbers, few, build_numbers(rich)):
        bands = found["timeline"]["course"]["basis"] == "audited"
        page = page_of(found, language)
        legend = page.xpath("//section[@id='timeline']//ul[@class='legend'][1]")[0].text_content()
        assert (words in legend) is bands
        assert len(page.xpath("//section[@id='timeline']//span[@class='sw interval']")) == bands
    assert numbers["timeline"]["course"]["basis"] == "audited"
