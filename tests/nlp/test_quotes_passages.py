"""How well quotes are found does not fall: public voices, and scare quotes that are none."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

from nlp.quotes import find_quotes

REPOSITORY = Path(__file__).parent.parent.parent
BENCHMARK = runpy.run_path(str(REPOSITORY / "benchmarks" / "quotes.py"), run_name="benchmark")
FLOORS = json.loads((REPOSITORY / "benchmarks" / "quotes_floors.json").read_text(encoding="utf-8"))["floors"]
OWN = BENCHMARK["read_rows"](Path(__file__).parent / "quotes_passages.jsonl")
PUBLIC = BENCHMARK["slices"]()[0]


def measured(rows: list[dict[str, Any]]) -> tuple[float, float]:
    """F1 of public voices, and the share of scare quotes taken for one."""
    found = [find_quotes(row["text"], row["lang"]) for row in rows]
    each = [BENCHMARK["counts"](row, quotes, PUBLIC) for row, quotes in zip(rows, found, strict=True)]
    free, taken = (sum(column) for column in zip(*map(BENCHMARK["scares"], rows, found), strict=True))
    return BENCHMARK["f1"](each), taken / free


def test_public_voices_are_found_in_our_own_passages() -> None:
    score, scares = measured(OWN)
    assert score >= FLOORS["own"]
    assert scares <= FLOORS["scare_quotes"]


@pytest.mark.shared
def test_public_voices_are_found_in_the_open_set(shared: Path) -> None:
    score, scares = measured(BENCHMARK["read_rows"](shared / "data" / "quotes_gold_open.jsonl"))
    assert score >= FLOORS["open"]
    assert scares <= FLOORS["scare_quotes"]


def test_the_passages_are_many_mixed_and_truly_labelled() -> None:
    assert len(OWN) >= 150
    assert len({row["id"] for row in OWN}) == len(OWN)
    assert {row["lang"] for row in OWN} == {"zh", "en"}
    assert sum(row["hard"] for row in OWN) >= len(OWN) // 2
    for row in OWN:
        assert all(row["text"][one["start"] : one["end"]] == one["text"] for one in row["quotes"]), row["id"]


def test_every_marked_stretch_is_a_poor_guess() -> None:
    each = [BENCHMARK["counts"](row, BENCHMARK["every_mark"](row["text"]), PUBLIC) for row in OWN]
    assert BENCHMARK["f1"](each) < FLOORS["own"] - 0.3
