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


@pytest.fixture(scope="session")
def few_numbers(few: ReportInput) -> dict[str, Any]:
    """What the report of 150 comments is made from; every test reads it, none changes it."""
    return build_numbers(few)


@pytest.fixture(scope="session")
def public_numbers(few: ReportInput) -> dict[str, Any]:
    """The same for the public, in the daily preset."""
    return build_numbers(replace(few, options=Options(audience="public", preset="daily")))


class Made(dict[tuple[str, str], bytes]):
    """Editions by name and language, each made when it is first asked for."""

    def __init__(self, numbers: dict[str, Any]) -> None:
        super().__init__()
        self._numbers = numbers

    def __missing__(self, key: tuple[str, Any]) -> bytes:
        name, language = key
        self[key] = EDITIONS[name].render(self._numbers, language)
        return self[key]


@pytest.fixture(scope="session")
def made(few_numbers: dict[str, Any]) -> Made:
    """Every edition in both languages."""
    return Made(few_numbers)


@pytest.fixture
def hostile(make: Callable[..., ReportInput], frame_of: Callable[..., Any]) -> Callable[[str], dict[str, Any]]:
    """Builds the numbers of a study in which people wrote the given text."""

    def numbers(text: str) -> dict[str, Any]:
        rows = [{"text": f"{text} {i}", "stance": "suggestion", "likes": i, "author": f"a{i}"} for i in range(6)]
        return build_numbers(make(frame=frame_of(rows)))

    return numbers
