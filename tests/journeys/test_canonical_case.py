"""The document the project began with: a lender closes credit to users with a high score, and netizens react."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import minyi as package

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.shared

STUDY = """\
[study]
id = "huabei"
time_zone = "Asia/Shanghai"

[change]
name = { zh = "关闭花呗", en = "Huabei closed for high scores" }
statement = "芝麻信用分700以上的用户被关闭花呗和借呗"
words = { zh = ["花呗", "借呗", "芝麻信用"], en = ["Huabei", "Sesame Credit", "credit score"] }

[[sources]]
name = "article"
kind = "article"
path = "article.txt"
"""

DIRECT = {
    "The credit score is just a reference, and real credit is based on daily behavior.": "support",
    "Although I understand Alipay's risk control, the sudden service interruption still brings inconvenience to life, "
    "and I hope there will be a more humane way to deal with it in the future.": "concern",
    "The credit system should be dynamic, not only to look at the score, but also to combine the user's repayment "
    "history and behavioral habits to comprehensively evaluate.": "suggestion",
}


@pytest.fixture
def quotes(minyi: Callable, tmp_path: Path, shared: Path) -> dict[str, dict[str, object]]:
    """The quotes of the document as comments, by their text."""
    (document,) = (shared / "seed").glob("*.txt")
    (tmp_path / "article.txt").write_bytes(document.read_bytes())
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    assert minyi("run", tmp_path).code == 0
    return package.load(tmp_path).set_index("text").to_dict("index")


def test_the_three_direct_quotes_come_out_word_for_word_with_their_stances(
    quotes: dict[str, dict[str, object]],
) -> None:
    found = {text: quote["stance"] for text, quote in quotes.items() if quote["direct"]}

    assert found == DIRECT


def test_the_reporting_clause_is_kept_with_the_quote(quotes: dict[str, dict[str, object]]) -> None:
    evidence = [str(quotes[text]["evidence"]) for text in DIRECT]

    assert ["support" in evidence[0], "concern" in evidence[1], "suggestion" in evidence[2]] == [True, True, True]


def test_the_shrug_comes_out_as_an_indirect_neutral_quote(quotes: dict[str, dict[str, object]]) -> None:
    (shrug,) = [text for text in quotes if text.startswith("it doesn't matter if it's closed")]

    assert not quotes[shrug]["direct"]
    assert quotes[shrug]["stance"] == "neutral"
