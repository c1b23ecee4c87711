"""The document the project began with: a lender closes credit to users with a high score, and netizens react."""

from __future__ import annotations

import hashlib
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

# The quotes belong to their authors, so their exact text is known here by the beginning of its SHA-256 alone.
DIRECT = {"9f1821988a0d709f": "support", "f22007c5fe45feb0": "concern", "969ba45e81526dd7": "suggestion"}
SHRUG = "7863df44dafa5bfb"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@pytest.fixture(scope="module")
def quotes(command: Callable, tmp_path_factory: pytest.TempPathFactory, shared: Path) -> dict[str, dict[str, object]]:
    """The quotes of the document as comments, by the digest of their text."""
    folder = tmp_path_factory.mktemp("seed")
    (document,) = (shared / "seed").glob("*.txt")
    (folder / "article.txt").write_bytes(document.read_bytes())
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    assert command("run", folder).code == 0
    frame = package.load(folder)
    return frame.set_index(frame["text"].map(digest)).to_dict("index")


def test_the_three_direct_quotes_come_out_word_for_word_with_their_stances(
    quotes: dict[str, dict[str, object]],
) -> None:
    found = {key: quote["stance"] for key, quote in quotes.items() if quote["direct"]}

    assert found == DIRECT


def test_the_reporting_clause_is_kept_with_the_quote(quotes: dict[str, dict[str, object]]) -> None:
    evidence = [str(quotes[key]["evidence"]) for key in DIRECT]

    assert ["support" in evidence[0], "concern" in evidence[1], "suggestion" in evidence[2]] == [True, True, True]


def test_the_shrug_comes_out_as_an_indirect_neutral_quote(quotes: dict[str, dict[str, object]]) -> None:
    assert not quotes[SHRUG]["direct"]
    assert quotes[SHRUG]["stance"] == "neutral"
