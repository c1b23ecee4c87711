"""One comment is not said to be “1 comments”."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from minyi.console import so_many

MINYI = Path(__file__).parent.parent.parent / "minyi"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (so_many(1, "comment"), "1 comment"),
        (so_many(0, "comment"), "0 comments"),
        (so_many(1_814, "copied post"), "1,814 copied posts"),
        (so_many(1, "comment is", "comments are"), "1 comment is"),
        (so_many(2, "comment is", "comments are"), "2 comments are"),
    ],
)
def test_a_number_stands_with_its_noun(said: str, told: str) -> None:
    assert said == told


def test_what_a_report_and_an_import_counted_goes_through_it() -> None:
    for name in ("reporting.py", "importing.py", "analysing.py", "commands/labels.py"):
        text = (MINYI / name).read_text("utf-8")
        assert not re.findall(r"\{[^{}]*:,\} (?:\w+ )?(?:comments|texts|authors|posts|rows|labels)\b", text), name
