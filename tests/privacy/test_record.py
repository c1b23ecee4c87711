"""`minyi privacy` says what is held, why, where and how long, in both languages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from minyi.privacy.record_words import WORDS

if TYPE_CHECKING:
    from collections.abc import Callable


def test_the_record_counts_what_is_held(minyi: Callable[..., Any], kept: Any) -> None:
    facts = json.loads(minyi("privacy", kept.folder, "--json").out.splitlines()[-1])
    assert (facts["comments"], facts["authors"], facts["forgotten"]) == (4, 4, 0)
    assert (facts["first"], facts["controller"], facts["comments_days"]) == ("2026-03-10", None, None)


def test_what_the_study_file_says_is_in_it_and_what_it_does_not_say_is_named(
    minyi: Callable[..., Any], kept: Any
) -> None:
    study = kept.folder / "study.toml"
    added = '\n[privacy]\ncontroller = "某市客服中心"\ncomments_days = 36500\n'
    study.write_text(study.read_text("utf-8") + added, "utf-8")
    chinese = minyi("privacy", kept.folder, "--in", "zh").out
    assert "处理者: 某市客服中心" in chinese
    assert "评论保存期限: 36,500 天" in chinese
    assert "尚未填写" in chinese
    assert "Legal basis: not said yet" in minyi("privacy", kept.folder).out


def test_both_languages_say_the_same() -> None:
    assert WORDS["zh"].keys() == WORDS["en"].keys()
    for name, text in WORDS["en"].items():
        assert sorted(text.split("{")[1:]) == [] or "{" in WORDS["zh"][name]
