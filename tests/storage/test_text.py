"""The text door: what may pass, what is taken away, and that nothing is taken silently."""

import json
import random
import unicodedata
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.text import TextFlag, clean, clean_line, clean_many, is_blank, normal

FAMILY = "👨‍👩‍👧‍👦"
SCOTLAND = "🏴󠁧󠁢󠁳󠁣󠁴󠁿"
FORBIDDEN = {
    *map(chr, range(0x20)),
    *map(chr, range(0x7F, 0xA0)),
    *"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029\ufeff\ufffe\uffff",
} - {"\n", "\t"}

BIDI = {*"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"}
CONTROLS = FORBIDDEN - BIDI - {*"\r\x0b\x0c\x85\u2028\u2029"}

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


@given(
    st.text(st.sampled_from("aé好가\u1100\u1161\u0301\u0316\u0327\u0f73\u0344\uff9e\u3099ﬃ²\ufdfa"), max_size=12),
    st.sampled_from(["NFC", "NFKC"]),
)
def test_a_long_text_is_normalised_as_a_short_one(piece: str, form: Literal["NFC", "NFKC"]) -> None:
    text = piece * 100
    assert normal(text, form) == unicodedata.normalize(form, text)


def test_a_fifty_thousandth_mark_stands_in_its_order() -> None:
    marks = ["\u0301", "\u0316", "\u0327", "\u0345"]
    random.Random(1).shuffle(mixed := marks * 500)
    assert normal("a" + "".join(mixed)) == unicodedata.normalize("NFC", "a" + "".join(mixed))


PIECES = [
    *(
        "a",
        "哈",
        "é",
        "e\u0301",
        "\u0301\u0316",
        "\u0f73",
        "\u0f73\u0344",
        "\u0301\u034f\u0316\u034f",
        "\u1100\u1161\u11a8",
    ),
    *(
        "\x00",
        "\r\n",
        "\u202e",
        "\u202ea",
        "\ud800",
        "\ud83d\ude00",
        "🇨",
        "\u200d",
        "👨\u200d",
        "\ufe0f",
        "\U000e0067",
        "שלום ",
    ),
]


@pytest.mark.parametrize("piece", PIECES)
def test_hostile_characters_take_linear_time(within: Any, piece: str) -> None:
    with within(2):
        for function in (clean, clean_line):
            once = function(piece * (300_000 // len(piece)))
            assert function(once) == once


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece", [pytest.param(piece, marks=[pytest.mark.thorough] if at else []) for at, piece in enumerate(PIECES)]
)
def test_a_million_hostile_characters_are_cleaned_whole_in_seconds(within: Any, piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    with within(12):
        once = clean(text, 2_000_000)
        assert clean(once, 2_000_000) == once


def test_every_code_point_has_the_fate_it_is_promised() -> None:
    blocks = ((0, 0x3400), (0xA000, 0xAC00), (0xD700, 0x20000), (0xE0000, 0xE0200))  # but not every Han and Hangul
    between = "a".join(chr(code) for block in blocks for code in range(*block))
    assert clean(between, 1_000_000) == fate(between)
    assert clean_line("".join(sorted(FORBIDDEN))) == ""


# The public suites


def fate(text: str) -> str:
    """What the door makes of a text, said another way: character by character."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\r\n", "\n")
    lines = "".join("\n" if char in "\r\x0b\x0c\x85\u2028\u2029" else char for char in whole)
    return unicodedata.normalize("NFC", "".join(char for char in lines if char not in FORBIDDEN))


def strings(value: object) -> list[str]:
    """All strings of a JSON document."""
    if isinstance(value, dict):
        return [text for part in value.values() for text in strings(part)]
    if isinstance(value, list):
        return [text for part in value for text in strings(part)]
    return [value] if isinstance(value, str) else []


SUITES = {  # and the least that each holds
    "blns": 238,
    "emoji": 2_676,
    "xss": 4_000,
    "dompurify": 100,
    "csv_injection": 6,
    "open_redirect": 160,
    "ssrf": 114,
    "ssti": 57,
    "traversal": 11_000,
    "url": 432,
}


def of_suite(shared: Path, name: str) -> list[str]:
    return strings(json.loads((shared / "suites" / "cases" / f"{name}.json").read_text("utf-8")))


def of_ftfy(shared: Path, name: str) -> list[str]:
    cases = json.loads((shared / "suites" / "ftfy" / "tests" / "test-cases" / f"{name}.json").read_text("utf-8"))
    return [text for case in cases for text in (case["original"], case["fixed"])]


def holds(texts: list[str]) -> None:
    """Nothing is changed but what may not pass, cleaning again changes nothing, and a batch is its texts."""
    cleaned = clean_many(texts)
    assert cleaned.texts == [clean(text) for text in texts] == [fate(text) for text in texts]
    assert clean_many(cleaned.texts) == (cleaned.texts, [0] * len(texts))
    for text, once, flags in zip(texts, cleaned.texts, cleaned.flags, strict=True):
        assert not FORBIDDEN.intersection(once)
        assert bool(flags & TextFlag.BIDI_REMOVED) == bool(BIDI.intersection(text))
        assert bool(flags & TextFlag.CONTROLS_REMOVED) == bool(CONTROLS.intersection(text))
        line = clean_line(text)
        assert clean_line(line) == line == " ".join(line.split())


@pytest.mark.shared
@pytest.mark.parametrize("name", SUITES)
def test_a_public_suite_passes(shared: Path, name: str) -> None:
    texts = of_suite(shared, name)
    assert len(texts) >= SUITES[name]
    holds(texts)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["in-the-wild", "known-failures", "negative", "synthetic"])
def test_garbled_text_is_neither_mended_nor_garbled_further(shared: Path, name: str) -> None:
    texts = of_ftfy(shared, name)
    assert len(texts) >= 20
    holds(texts)
    whole = [text for text in texts if unicodedata.is_normalized("NFC", text) and not FORBIDDEN.intersection(text)]
    assert len(whole) >= 16
    assert clean_many(whole) == (whole, [0] * len(whole))


@pytest.mark.shared
def test_every_emoji_survives_byte_for_byte_and_is_never_cut_in_two(shared: Path) -> None:
    listed = (shared / "suites" / "emoji" / "dist" / "emoji-15.1" / "index-strings.txt").read_text("utf-8").split()
    emoji = sorted({*listed, *of_suite(shared, "emoji")})
    assert len(emoji) > 5_000
    assert clean_many(emoji) == (emoji, [0] * len(emoji))
    assert [clean_line(f"{one}好 {one}") for one in emoji] == [f"{one}好 {one}" for one in emoji]
    for one in emoji:
        assert {clean(f"好{one}{one}", limit) for limit in range(1, len(one) + 1)} == {"好"}
        assert clean(f"好{one}好", len(one) + 1) == f"好{one}"


@pytest.mark.parametrize(
    "text",
    ["", " \n\u3000", "\u200b", "\u200d\ufe0f", "\u2060\u00ad", "\u3164", "\u2800", "\U000e0041", "\u180e", "\xa0"],
)
def test_what_no_reader_sees_is_blank(text: str) -> None:
    assert is_blank(text)
    assert not is_blank(f"{text}好{text}")


@pytest.mark.parametrize("text", ["。", "…", "0", "\u0301", "\ufffd", "❤\ufe0f", FAMILY, SCOTLAND, "ᄀ\u1161"])
def test_what_a_reader_sees_is_not_blank(text: str) -> None:
    assert not is_blank(text)


@given(any_text)
def test_cleaning_makes_nothing_visible(text: str) -> None:
    assert not (is_blank(text) and not is_blank(clean(text)))
