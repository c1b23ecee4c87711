"""Real comments on real changes import, analyse and report with the three commands."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

import minyi as package

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.shared

BAN = """
[[events]]
date = 2024-09-10
kind = "announced"
title = "The prime minister announces a minimum-age law"

[[events]]
date = 2024-11-07
kind = "clarified"
title = "Age 16 is announced"

[[events]]
date = 2024-11-21
kind = "announced"
title = "The bill is introduced"

[[events]]
date = 2024-11-28
kind = "clarified"
title = "The Senate passes the bill"

[[events]]
date = 2024-12-10
kind = "announced"
title = "Royal assent"

[[events]]
date = 2025-12-10
kind = "effective"
title = "In force"
"""
CASES = {
    "深圳禁摩限电（2016）": ('name = "深圳禁摩限电"\nstatement = "深圳严查摩托车、限制电动车上路"', ""),
    "高校九月开学继续全封闭管理（2020）": ('name = "校园封闭"\nstatement = "高校继续全封闭管理，学生不能自由出校"', ""),
    "Australia under-16 social media ban": (
        'name = "Under-16 ban"\nstatement = "Australia bans social media for people under 16"',
        BAN,
    ),
}


@pytest.mark.parametrize(
    "target", [pytest.param(case, marks=[] if case.startswith("Aus") else [pytest.mark.slow]) for case in CASES]
)
def test_three_commands_take_real_comments_to_a_report(
    minyi: Callable, tmp_path: Path, shared: Path, target: str
) -> None:
    change, events = CASES[target]
    source = shared / "data" / "changes.jsonl.gz"
    (tmp_path / "study.toml").write_text(f'[study]\nid = "real"\n\n[change]\n{change}\n{events}', encoding="utf-8")
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        expected = sum(json.loads(line)["target"] == target for line in lines)

    codes = [
        minyi("import", source, "--where", f"target={target}", "--study", tmp_path).code,
        minyi("analyse", tmp_path).code,
        minyi("report", tmp_path).code,
    ]

    assert codes == [0, 0, 0]
    frame = package.load(tmp_path)
    assert len(frame) == expected
    assert frame["stance"].notna().all()
    numbers = json.loads((tmp_path / "reports" / "numbers.json").read_text(encoding="utf-8"))
    assert numbers["totals"]["stored"] == expected
    assert len(numbers["events"]) == events.count("[[events]]")
