"""Each sort of report has its sections in one order, on the page and in its navigation, and its length of each."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from reports.inputs import Options
from reports.numbers import build_numbers
from reports.page import render_html
from reports.sections import SHAPES

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from reports.inputs import ReportInput

DAYS = {"start": date(2026, 3, 19), "end": date(2026, 3, 21)}


def preset_of(inp: ReportInput, preset: str) -> ReportInput:
    study = inp.study if preset == "full" else inp.study.model_copy(update=DAYS)
    return replace(inp, options=Options(preset=preset), study=study)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def reports(few: ReportInput) -> dict[str, dict[str, Any]]:
    return {preset: build_numbers(preset_of(few, preset)) for preset in SHAPES}


@pytest.mark.parametrize("preset", SHAPES)
def test_the_page_and_its_navigation_keep_the_order(reports: dict[str, dict[str, Any]], preset: str) -> None:
    page = render_html(reports[preset], "en")
    order = [name for name in SHAPES[preset].sections if f'<section id="{name}"' in page and name != "advisories"]
    assert re.findall(r'<section id="(\w+)"', page.partition("</nav>")[2]) == order
    assert re.findall(r'href="#(\w+)"', page.partition("<nav")[2].partition("</nav>")[0]) == order


@pytest.mark.parametrize("preset", SHAPES)
def test_comparisons_with_the_past_leave_the_timeline_on_the_first_page(preset: str) -> None:
    sections = SHAPES[preset].sections
    before = sections[: sections.index("timeline")]
    assert not {"since", "period"} & set(before)


@pytest.mark.parametrize("preset", SHAPES)
def test_a_report_has_as_many_headlines_as_its_sort(rich: ReportInput, preset: str) -> None:
    numbers = build_numbers(preset_of(rich, preset))
    assert 3 <= sum(claim["section"] == "happened" for claim in numbers["claims"]) <= SHAPES[preset].headlines
    assert f"{SHAPES[preset].headlines} in all" in render_html(numbers, "en")


def test_a_day_shows_three_requests_with_everything_and_the_rest_as_lines(
    make: Callable[..., ReportInput], frame_of: Callable[..., pd.DataFrame]
) -> None:
    noon = 1_773_892_800_000  # of 19 March in Shanghai
    dated = {"stance": "suggestion", "published_at": noon, "published_precision": "minute"}
    rows = [
        {"text": f"请求第{n}项{'啊' * i}", "author": f"p{n}-{i}", "near": n} | dated for n in range(6) for i in range(6)
    ]
    inp = preset_of(make(frame_of(rows), gaps=()), "daily")
    numbers = build_numbers(inp)
    assert [len(ask["others"]) for ask in numbers["asks"]["listed"]] == [2, 2, 2, 0, 0, 0]
    first, _, more = render_html(numbers, "en").partition('<table class="asks more')
    assert (first.count("请求第"), more.count("请求第")) >= (9, 3)
    assert "请求第5项" in more
    assert "请求第5项" not in first


@pytest.mark.parametrize("preset", SHAPES)
def test_a_shorter_report_says_what_print_leaves_out_and_keeps_it_on_the_screen(
    reports: dict[str, dict[str, Any]], preset: str
) -> None:
    for language, words in (("en", "On paper and as PDF"), ("zh", "打印或存为 PDF 时")):
        page = render_html(reports[preset], language)  # type: ignore[arg-type]
        assert f'<body class="{SHAPES[preset].paper}">' in page
        assert (words in page) == (preset != "full")
        assert all(f'id="l-{claim["id"]}"' in page for claim in reports[preset]["claims"])
