"""What a post holds besides words is known as such: addresses, @names, #topics#, platform codes, emoji."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from nlp.marks import CODE, EMOJI, NAME, TOPIC, URL
from nlp.segment import Segmenter, segmenter
from storage.text import clean

if TYPE_CHECKING:
    from pathlib import Path

TONES = {chr(code) for code in range(0x1F3FB, 0x1F400)}  # a tone colours a picture and is none itself


@pytest.fixture(scope="module")
def cut() -> Segmenter:
    return segmenter()


@pytest.mark.parametrize(
    ("kind", "mark"),
    [
        (CODE, "[允悲]"),
        (CODE, "[doge]"),
        (CODE, "[笑cry]"),
        (URL, "http://t.cn/A1b2"),
        (URL, "https://example.org/a?b=%E4%BD%A0#c"),
        (URL, "www.example.org"),
        (NAME, "@小明"),
        (NAME, "@user_name-2"),
        (TOPIC, "#关闭借呗#"),
        (TOPIC, "#LateFees"),
        (EMOJI, "👨‍👩‍👧‍👦"),
        (EMOJI, "🇨🇳"),
        (EMOJI, "1️⃣"),
    ],
)
def test_a_mark_passes_the_door_and_is_one_token(cut: Segmenter, kind: str, mark: str) -> None:
    assert re.fullmatch(kind, clean(mark))
    text = clean(f"大家好 {mark} 关闭")
    assert mark in text
    assert mark in cut.cut(text)


@pytest.mark.parametrize("mark", ["[允悲]", "#关闭借呗#", "👍🏽", "🇨🇳"])
def test_what_closes_itself_needs_no_space(cut: Segmenter, mark: str) -> None:
    assert cut.cut(f"好{mark}{mark}人") == ["好", mark, mark, "人"]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (CODE, "[1]"),
        (CODE, "[见 下文]"),
        (CODE, "[这一段话实在太长了不是什么表情]"),
        (NAME, "me@example.org"),
        (TOPIC, "C# "),
        (URL, "t.cn"),
    ],
)
def test_what_only_looks_like_a_mark_is_none(kind: str, text: str) -> None:
    assert re.search(kind, text) is None


@pytest.mark.shared
def test_every_emoji_is_one_token(shared: Path, cut: Segmenter) -> None:
    emoji = sorted(set(json.loads((shared / "suites" / "cases" / "emoji.json").read_text("utf-8"))) - TONES)
    assert len(emoji) > 2_600
    assert [one for one in emoji if not re.fullmatch(EMOJI, one)] == []
    assert [one for one in emoji if cut.cut(clean(f"好{one}人")) != ["好", one, "人"]] == []
