"""The page: one file per language, built from numbers alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.numbers import build_numbers
from reports.page import render_html

if TYPE_CHECKING:
    from reports.inputs import ReportInput


def test_both_languages_render(rich: ReportInput) -> None:
    numbers = build_numbers(rich)
    assert "发生了什么" in render_html(numbers, "zh")
    assert "What happened" in render_html(numbers, "en")
