"""`minyi search`: from a file of comments to those that hold a word, marked and counted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from minyi.searching import excerpt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("on_both")

COMMENTS = [
    {"id": "1", "text": "提现手续费太高了，坚决反对", "time": "2026-03-09 23:30"},
    {"id": "2", "text": "建議免收手續費，或者每月免費三次", "time": "2026-03-10 08:00"},
    {"id": "3", "text": "The FEE is fine, no coffee for me", "time": "2026-03-11 08:00"},
    {"id": "4", "text": "手续费：\x1b[2J" + "很长" * 300, "time": "2026-03-12 08:00"},
    {"id": "5", "text": "咖啡真好喝"},
]


@pytest.fixture
def filled(minyi: Callable, study: Path, tmp_path: Path) -> Path:
    comments = tmp_path / "forum.jsonl"
    comments.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in COMMENTS), encoding="utf-8")
    assert minyi("import", comments, "--study", study).code == 0
    return study


def ids(outcome: Any) -> list[str]:
    return [event["text"][:4] for event in outcome.events if event["event"] == "comment"]


def test_the_newest_come_first_with_the_words_marked_and_counted(minyi: Callable, filled: Path) -> None:
    minyi("analyse", filled)
    outcome = minyi("search", filled, "手续费", "--limit", 2)

    assert outcome.code == 0
    said = outcome.out
    assert said.startswith("3 comments hold 手续费: ")
    assert said.index("2026-03-12 08:00") < said.index("2026-03-10 08:00")
    assert "«手续费»：[2J很长" in said
    assert "建議免收«手續費»，或者" in said
    assert "反对" not in said
    assert "The newest 2 are shown" in said
    assert "\x1b" not in said


def test_a_job_gets_rows_and_numbers(minyi: Callable, filled: Path) -> None:
    outcome = minyi("search", filled, "免费", "--json")

    comment, done = outcome.events
    assert comment["published_at"] == "2026-03-10T08:00:00+08:00"
    assert [comment["text"][start:end] for start, end in comment["spans"]] == ["免費"]
    assert (comment["source"], comment["stance"]) == ("forum", None)
    assert done == {"event": "done", "query": "免费", "total": 1, "stances": {"none": 1}, "shown": 1, "by": ""}


@pytest.mark.parametrize("coder", ["study", "hf:./moved-away"])
def test_a_coder_that_is_not_here_is_not_missed(minyi: Callable, filled: Path, coder: str) -> None:
    minyi("analyse", filled)
    file = filled / "study.toml"
    file.write_text(file.read_text(encoding="utf-8").replace('id = "fees"', f'id = "fees"\ncoder = "{coder}"'))
    outcome = minyi("search", filled, "手续费", "--json")

    assert outcome.code == 0, outcome.err
    assert outcome.events[-1]["by"].startswith("embedded@")
    assert "none" not in outcome.events[-1]["stances"]
    assert "(by embedded@" in minyi("search", filled, "手续费").out


def test_status_counts_comments_different_texts_and_authors(minyi: Callable, filled: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.jsonl"
    rows = [{"id": str(n), "text": text, "author": "甲"} for n, text in enumerate(["咖啡真好喝", "咖啡真好喝", "退吧"])]
    again.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    assert "In all 5 comments, 5 different texts, authors not known." in minyi("status", filled).out
    minyi("import", again, "--study", filled)
    outcome = minyi("status", filled, "--json")
    assert outcome.events[-1]["counts"] == {"comments": 8, "texts": 6, "authors": 1}


WANTED = [
    (["fee"], ["The "]),
    (["手续费", "--without", "反对"], ["手续费：", "建議免收"]),
    (["手续费 -反对 -很长"], ["建議免收"]),
    (["手续费", "--without", '坚决"反对', "--without", "“很长"], ["建議免收", "提现手续"]),
    (["手续费", "太高"], ["提现手续"]),
    (["手续费", "--since", "2026-03-10"], ["手续费：", "建議免收"]),
    (["手续费", "--until", "2026-03-09"], ["提现手续"]),
    (["咖", "--source", "forum"], ["咖啡真好"]),
    (["没有的词"], []),
]


def test_what_is_asked_for_is_found(minyi: Callable, filled: Path) -> None:
    for arguments, texts in WANTED:
        outcome = minyi("search", filled, *arguments, "--json")
        assert (outcome.code, ids(outcome)) == (0, texts), arguments


SENSELESS = [
    ["，。！"],
    ["费" * 10_000],
    ["手续费", "--stance", "anger"],
    ["手续费", "--source", "elsewhere"],
    ["手续费", "--since", "yesterday"],
    ["手续费", "--until", "9999-12-31"],
    ["手续费", "--limit", "0"],
    ["手续费", "--limit", "9" * 20],
    ["手续费", "--since", "2026-03-11", "--until", "2026-03-10"],
]


def test_what_cannot_be_meant_ends_with_2(minyi: Callable, filled: Path) -> None:
    for arguments in SENSELESS:
        outcome = minyi("search", filled, *arguments)
        assert outcome.code == 2, arguments
        assert outcome.err


def test_a_long_comment_is_shown_around_its_first_word() -> None:
    text = "前" * 300 + "手续费" + "后" * 300
    shown = excerpt(text, [(300, 303)])
    assert shown.startswith("…前")
    assert "前«手续费»后" in shown
    assert shown.endswith("后…")
    assert len(shown) < 220
    assert excerpt("a\n b", []) == "a b"
