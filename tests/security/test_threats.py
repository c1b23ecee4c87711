"""The page of threats names tests that exist, and every test of this folder stands on it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "threats.md"
ROW = re.compile(r"^\| (T\d+) \| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)
NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")


def rows(page: str) -> dict[str, list[tuple[str, str]]]:
    """The tests that each threat names, as file and function."""
    return {number: NAMED.findall(held) for number, _, _, held in ROW.findall(page)}


def written_in(path: Path) -> set[str]:
    """Functions that pytest would run."""
    if not path.is_file():
        return set()
    tree = ast.parse(path.read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def missing(page: str) -> list[str]:
    """Tests that the page names and nobody wrote."""
    return [
        f"{file}::{name}" for held in rows(page).values() for file, name in held if name not in written_in(TESTS / file)
    ]


def test_every_threat_is_held_by_tests_that_exist() -> None:
    page = PAGE.read_text("utf-8")
    assert list(rows(page)) == [f"T{number}" for number in range(1, 23)]
    assert all(rows(page).values())
    assert not missing(page)


def test_every_suite_of_this_folder_stands_on_the_page() -> None:
    named = {name for held in rows(PAGE.read_text("utf-8")).values() for _, name in held}
    here = {
        name for path in Path(__file__).parent.glob("test_*.py") if path != Path(__file__) for name in written_in(path)
    }
    assert here <= named


@pytest.mark.parametrize("wrong", ["scrapers/test_guard.py::test_nobody_wrote_this", "scrapers/test_none.py::test_a"])
def test_a_test_that_nobody_wrote_is_noticed(wrong: str) -> None:
    assert missing(f"| T1 | in | out | `{wrong}` |\n") == [wrong]
