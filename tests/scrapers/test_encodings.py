"""Bytes become text by mark, declaration, strict UTF-8, then a guess; no label and no bytes make it raise."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.encodings import choose, codec_of, decode

SIMPLIFIED = "时间,评论\n2024-02-21,这个规定我不同意，应该给大家留一点时间，还是希望能再听听意见。\n"
TRADITIONAL = "時間,評論\n2024-02-21,這個規定我不同意，應該給大家留一點時間，還是希望能再聽聽意見。\n"
SUITE = Path(__file__).parents[3] / "shared" / "suites" / "encoding_rs" / "tests" / "test_data"


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        (SIMPLIFIED, "utf-8"),
        (SIMPLIFIED, "gb18030"),
        (TRADITIONAL, "big5hkscs"),
        (SIMPLIFIED, "utf-16-le"),
        (SIMPLIFIED, "utf-16-be"),
        ("The café's “new rule” is naïve – let’s wait.\n", "cp1252"),
        ("Привет, как дела? Новое правило никому не нравится.\n", "cp1251"),
        ("これはあたらしいルールについての意見です、よろしくお願いします\n", "cp932"),
        ("새로운 규칙에 대한 의견입니다. 안녕하세요.\n", "cp949"),
    ],
)
def test_undeclared_bytes_are_read_right(text: str, codec: str) -> None:
    decoded = decode(text.encode(codec))
    assert (decoded.text, decoded.encoding, decoded.replaced) == (text, codec, 0)


@pytest.mark.parametrize(
    ("mark", "codec"), [(b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")]
)
def test_a_byte_order_mark_wins_and_is_removed(mark: bytes, codec: str) -> None:
    decoded = decode(mark + SIMPLIFIED.encode(codec), declared="big5")
    assert (decoded.text, decoded.how) == (SIMPLIFIED, "bom")


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("gb2312", "gb18030"),
        (" GBK ", "gb18030"),
        ("big5", "big5hkscs"),
        ("ISO-8859-1", "cp1252"),
        ("utf8", "utf-8"),
        ("x-sjis", "cp932"),
        ("hex", None),
        ("utf-7", None),
        ("rot13", None),
        ("", None),
        (None, None),
    ],
)
def test_labels_follow_the_standard(label: str | None, codec: str | None) -> None:
    assert codec_of(label) == codec


@pytest.mark.parametrize("label", ["hex", "utf-7", "rot13", "zip", "idna", "undefined", "no such thing", "\0"])
def test_an_unknown_label_is_passed_over(label: str) -> None:
    assert decode(SIMPLIFIED.encode("gb18030"), declared=label).text == SIMPLIFIED


def test_a_declaration_that_does_not_fit_loses_and_is_named() -> None:
    as_gb = decode(SIMPLIFIED.encode("gb18030"), declared="utf-8")
    as_utf8 = decode(SIMPLIFIED.encode(), declared="gbk")
    as_latin = decode(SIMPLIFIED.encode("gb18030"), declared="iso-8859-1")
    assert as_gb.text == as_utf8.text == as_latin.text == SIMPLIFIED
    assert as_gb.how == "detected (declared utf-8 did not fit)"


def test_a_declaration_that_nearly_fits_stands_and_the_loss_is_counted() -> None:
    decoded = decode(SIMPLIFIED.encode("gb18030") + b"\xff\n", declared="gb2312")
    assert (decoded.how, decoded.replaced) == ("declared", 1)


def test_utf8_cut_in_the_middle_of_a_character_stays_utf8() -> None:
    decoded = decode(SIMPLIFIED.encode()[:-2])
    assert (decoded.encoding, decoded.replaced) == ("utf-8", 1)
    assert choose(SIMPLIFIED.encode()[:-2], partial=True).how == "utf-8"


def test_a_replacement_character_that_stood_in_the_text_is_no_loss() -> None:
    assert decode("一\ufffd二".encode()).replaced == 0


def test_a_page_names_its_own_encoding() -> None:
    page = '<html><head><meta charset="gb2312"></head><body>规定</body></html>'.encode("gb18030")
    decoded = decode(page, html=True)
    assert (decoded.how, "规定" in decoded.text) == ("meta", True)
    assert decode(page, declared="iso-8859-1", html=True).how == "meta"
    assert decode(b"<meta charset=utf-16>plain", html=True).encoding == "utf-8"


def test_rows_decide_when_the_header_is_plain_ascii_for_long() -> None:
    assert decode(b"id,text\n" * 60_000 + SIMPLIFIED.encode("gb18030")).encoding == "gb18030"


@settings(deadline=None)  # a busy machine is no fault
@given(st.binary(max_size=300), st.one_of(st.none(), st.text(max_size=12)), st.booleans())
def test_no_bytes_and_no_label_raise(data: bytes, label: str | None, html: bool) -> None:
    assert isinstance(decode(data, declared=label, html=html).text, str)


@settings(deadline=None)  # a busy machine is no fault
@given(st.text(max_size=200))
def test_utf8_comes_back_as_it_went(text: str) -> None:
    assert decode(text.encode(), declared="utf-8").text == text.removeprefix("\ufeff")


@pytest.mark.shared
@pytest.mark.parametrize(("name", "codec"), [("gb18030", "gb18030"), ("big5", "big5hkscs"), ("shift_jis", "cp932")])
def test_the_index_of_the_standard_is_decoded(name: str, codec: str) -> None:
    if not SUITE.exists():
        pytest.skip("the encoding_rs suite is not beside the repository")
    lines = (SUITE / f"{name}_out_ref.txt").read_bytes().split(b"\n")
    expected = (SUITE / f"{name}_out.txt").read_text("utf-8").split("\n")
    wrong = [want for line, want in zip(lines, expected, strict=True) if _differs(line, want, codec)]
    # Big5: Python's table lacks the 33 pictures of control characters and places seven signs elsewhere.
    assert len(wrong) <= {"big5": 40}.get(name, 0)


def _differs(line: bytes, want: str, codec: str) -> bool:
    # `&#` marks a character that the encoding cannot write.
    return b"&#" not in line and decode(line + b"\n", declared=codec).text != want + "\n"
