"""The text door: what may pass, what is taken away, and that nothing is taken silently."""

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.text import TextFlag, clean, clean_line, clean_many

CASES = Path(__file__).parents[2].parent / "shared" / "suites" / "cases"
FAMILY = "👨‍👩‍👧‍👦"
SCOTLAND = "🏴󠁧󠁢󠁳󠁣󠁴󠁿"
FORBIDDEN = {
    *map(chr, range(0x20)),
    *map(chr, range(0x7F, 0xA0)),
    *"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029\ufeff\ufffe\uffff",
} - {"\n", "\t"}

any_text = st.text(st.characters(), max_size=60) | st.text(
    st.sampled_from(
        "a好\r\n\t \x00\x85\u202e\ud83d\ude00\udc00\u0301\u0316\u0344\u200d👩🇨🇳🏽\ufe0f각ᄀ\u1161가\u0f73é"
    ),
    max_size=40,
)


def only_flags(text: str) -> TextFlag:
    return TextFlag(clean_many([text]).flags[0])


@given(any_text, st.integers(1, 50))
def test_what_comes_out_is_clean_short_and_stays_as_it_is(text: str, limit: int) -> None:
    once = clean(text, limit)
    assert clean(once, limit) == once
    assert len(once) <= limit
    assert unicodedata.is_normalized("NFC", once)
    assert not FORBIDDEN.intersection(once)
    once.encode()


@given(any_text, st.integers(1, 50))
def test_a_line_has_no_breaks_and_stays_as_it_is(text: str, limit: int) -> None:
    once = clean_line(text, limit)
    assert clean_line(once, limit) == once
    assert len(once) <= limit
    assert once == once.strip()
    assert clean(once) == once


@given(st.lists(any_text))
def test_many_texts_come_out_as_one_by_one(texts: list[str]) -> None:
    cleaned = clean_many(texts)
    assert cleaned.texts == [clean(text) for text in texts]
    assert len(cleaned.flags) == len(texts)


@pytest.mark.parametrize(
    ("text", "expected", "flags"),
    [
        ("支持\n不支持\t。", "支持\n不支持\t。", TextFlag.NONE),
        ("一\r\n二\r三\x0b四\u2028五", "一\n二\n三\n四\n五", TextFlag.NONE),
        ("e\u0301", "é", TextFlag.NONE),
        ("a\x00b\x1b[31m\x9b", "ab[31m", TextFlag.CONTROLS_REMOVED),
        ("\ufeff好", "好", TextFlag.CONTROLS_REMOVED),
        ("a\ufffe\uffffb", "ab", TextFlag.CONTROLS_REMOVED),
        ("user\u202egnp.exe", "usergnp.exe", TextFlag.BIDI_REMOVED),
        ("x\ud800y", "x\ufffdy", TextFlag.SURROGATE_REPLACED),
        ("\ud83d\ude00", "😀", TextFlag.NONE),
        ("\ud83d\x00\ude00", "😀", TextFlag.CONTROLS_REMOVED),
        ("a\x00\u0301", "á", TextFlag.CONTROLS_REMOVED),
    ],
)
def test_what_is_taken_away_is_flagged(text: str, expected: str, flags: TextFlag) -> None:
    assert clean(text) == expected
    assert only_flags(text) == flags


@pytest.mark.parametrize("kept", [FAMILY, SCOTLAND, "🇨🇳", "👍🏽", "❤️", "1️⃣", "می‌خواهم", "[允悲]", "＝１+１", "é"])
def test_what_a_reader_sees_as_one_is_kept_whole(kept: str) -> None:
    assert clean(kept) == kept
    assert only_flags(kept) == TextFlag.NONE
    for limit in range(1, len(kept)):
        assert clean("好" + kept + "好", limit + 1) in {"好", ("好" + kept + "好")[: limit + 1]}
        assert FAMILY[:2] not in clean("好" + FAMILY, len(FAMILY))


@pytest.mark.parametrize("whole", [FAMILY, SCOTLAND, "🇨🇳", "👍🏽", "x\u0323\u0302"])
def test_the_cut_never_falls_inside_a_visible_character(whole: str) -> None:
    for limit in range(1, 1 + len(whole)):
        assert clean("好" + whole, limit) == "好"
    assert clean("🇨🇳🇬🇧", 3) == "🇨🇳"


def test_a_cut_is_never_silent() -> None:
    cleaned = clean_many(["好" * 20_000, "好" * 20_001])
    assert [len(text) for text in cleaned.texts] == [20_000, 20_000]
    assert cleaned.flags == [0, TextFlag.TRUNCATED]


def test_a_cut_counts_composed_characters() -> None:
    assert clean("e\u0301" * 10, 10) == "é" * 10
    assert only_flags("e\u0301" * 20_000) == TextFlag.NONE


@pytest.mark.parametrize(
    "piece",
    ["\u0301\u0316", "\u0f73", "\u0f73\u0344", "\x00", "\u202ea", "\ud800", "\ud83d\ude00", "🇨", "\u200d", "e\u0301"],
)
def test_hostile_characters_take_linear_time(within: Any, piece: str) -> None:
    with within(2):
        for function in (clean, clean_line):
            once = function(piece * (300_000 // len(piece)))
            assert function(once) == once


@pytest.mark.shared
@pytest.mark.parametrize("name", ["blns", "emoji", "xss", "traversal", "ssti", "csv_injection"])
def test_the_public_suites_pass(name: str) -> None:
    path = CASES / f"{name}.json"
    if not path.exists():
        pytest.skip("the data folder is not beside the repository")
    texts = [case for case in json.loads(path.read_text("utf-8")) if isinstance(case, str)]
    cleaned = clean_many(texts)
    assert clean_many(cleaned.texts).texts == cleaned.texts
    if name == "emoji":
        assert cleaned.texts == texts
