"""Editions of a small study, made once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from reports.editions import EDITIONS
from reports.inputs import Options
from reports.numbers import build_numbers

if TYPE_CHECKING:
    from collections.abc import Callable

    from reports.inputs import ReportInput

LIGHT = tuple(name for name in EDITIONS if name != "pdf")
LANGUAGES = ("zh", "en")


@pytest.fixture(scope="session")
def few_numbers(few: ReportInput) -> dict[str, Any]:
    """What the report of 150 comments is made from; every test reads it, none changes it."""
    return build_numbers(few)


@pytest.fixture(scope="session")
def public_numbers(few: ReportInput) -> dict[str, Any]:
    """The same for the public, in the daily preset."""
    return build_numbers(replace(few, options=Options(audience="public", preset="daily")))


@pytest.fixture(scope="session")
def made(few_numbers: dict[str, Any]) -> dict[tuple[str, str], bytes]:
    """Every edition but PDF, in both languages."""
    return {(name, lang): EDITIONS[name].render(few_numbers, lang) for name in LIGHT for lang in LANGUAGES}  # type: ignore[arg-type]


@pytest.fixture
def hostile(make: Callable[..., ReportInput], frame_of: Callable[..., Any]) -> Callable[[str], dict[str, Any]]:
    """Builds the numbers of a study in which people wrote the given text."""

    def numbers(text: str) -> dict[str, Any]:
        rows = [{"text": f"{text} {i}", "stance": "suggestion", "likes": i, "author": f"a{i}"} for i in range(6)]
        return build_numbers(make(frame=frame_of(rows)))

    return numbers
