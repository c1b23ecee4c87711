"""From comments to a sample by commands alone, and the same sample in another folder."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def comments(tmp_path: Path) -> Path:
    path = tmp_path / "c.jsonl"
    rows = [{"id": n, "text": f"第{n}条，手续费太高了", "user": f"u{n}"} for n in range(60)]
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def test_a_sample_is_drawn_enlarged_and_the_same_elsewhere(
    minyi: Callable[..., Any], study: Path, comments: Path, tmp_path: Path
) -> None:
    empty = minyi("sample", study)
    assert empty.code == 1
    assert "no comments to draw from" in empty.err

    minyi("import", comments, "--study", study)
    first = minyi("sample", study, "--size", "20")
    assert first.code == 0
    assert "Drawn at random: 20 of 60 comments; 4 of them also go to a second coder." in first.out
    assert "Recorded before anyone labelled any of them." in first.out
    assert minyi("sample", study, "--size", "20").out.startswith("Nothing was drawn")
    more = minyi("sample", study, "--size", "30", "--json")
    assert (more.events[-1]["drawn"], more.events[-1]["size"]) == (10, 30)

    other = tmp_path / "elsewhere"
    other.mkdir()
    shutil.copy(study / "study.toml", other)
    minyi("import", comments, "--study", other)
    there = minyi("sample", other, "--size", "30", "--json")
    assert there.done["counts"]["cohorts"][0] | {"new": False} == more.done["counts"]["cohorts"][0]


@pytest.mark.parametrize("option", [("--size", "0"), ("--second", "101"), ("--seed", "-1")])
def test_what_cannot_be_meant_is_a_wrong_command_line(
    minyi: Callable[..., Any], study: Path, option: tuple[str, str]
) -> None:
    assert minyi("sample", study, *option).code == 2
