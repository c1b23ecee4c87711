"""No wording of the page's fixed texts stands in the catalogues that nothing prints any more."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reports.wording import catalogue

ROOT = Path(__file__).parent.parent.parent
SOURCES = [
    *(ROOT / "reports").rglob("*.py"), *(ROOT / "minyi").rglob("*.py"), *(ROOT / "reports" / "templates").rglob("*.j2"),
]  # fmt: skip
WORDS = ("ui", "nav", "editions", "column", "badge", "estimand", "quoted_in", "verdict", "figure", "state")
PUT_TOGETHER = re.compile(r'f"((?:\w|\{[^{}]*\})+)"')
LEAST_LITERAL = 4
"""Letters that a composed key has to have outside its slots, for it to tell anything."""


def composed(sources: list[str]) -> tuple[set[str], list[re.Pattern[str]]]:
    """The keys that the sources name whole, and patterns of those that they put together."""
    whole, parts = set[str](), list[re.Pattern[str]]()
    for text in sources:
        whole.update(re.findall(r"\w+", text))
        for found in PUT_TOGETHER.findall(text):
            if len(re.sub(r"\{[^{}]*\}", "", found)) >= LEAST_LITERAL:
                parts.append(re.compile(re.sub(r"\{[^{}]*\}", r"\\w+", found)))
    return whole, parts


@pytest.fixture(scope="module")
def named() -> tuple[set[str], list[re.Pattern[str]]]:
    """What all code and templates name."""
    return composed([path.read_text("utf-8") for path in SOURCES])


def unused(section: str, whole: set[str], parts: list[re.Pattern[str]]) -> list[str]:
    keys = catalogue("en")[section]
    return [key for key in keys if key not in whole and not any(part.fullmatch(key) for part in parts)]


@pytest.mark.parametrize("section", WORDS)
def test_every_key_is_used_somewhere(named: tuple[set[str], list[re.Pattern[str]]], section: str) -> None:
    assert unused(section, *named) == []


def test_a_key_that_nothing_names_is_found() -> None:
    assert unused("nav", *composed(['t("happened"), t(f"tim{x["a"]}line")'])) == [
        key for key in catalogue("en")["nav"] if key not in {"happened", "timeline"}
    ]
