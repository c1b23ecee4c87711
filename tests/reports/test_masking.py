"""What quoted text must not give away, and what it must keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.inputs import Keyword, ReportInput
from reports.masking import masked
from reports.numbers import build_numbers, dump_numbers
from storage.nouns import Stance

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("打13812345678找我", "打▇找我"),
        ("138 1234 5678", "▇"),
        ("138-1234-5678", "▇"),
        ("+86 13812345678", "▇"),
        ("008613812345678。", "▇。"),
        ("座机010-62345678转3", "座机▇转3"),
        ("（0571）8765 4321", "▇"),
        ("13812345678+86138138", "▇▇"),
        ("0101234567", "▇"),
        ("555.123.4567", "▇"),
        ("+12345678", "▇"),
        ("0012345678", "▇"),
        ("call +44 20 7946 0958 now", "call ▇ now"),
        ("(555) 123-4567", "▇"),
        ("写信到abc.d@example.com吧", "写信到▇吧"),
        ("身份证11010119900307123X", "身份证▇"),
        ("110101199003071234", "▇"),
        ("卡号 6222 0212 3456 7890 123", "卡号 ▇"),
        ("卡号6222021234567890", "卡号▇"),
        ("回复@小明_01: 同意", "回复@▇: 同意"),
        ("＠someone hello", "＠▇ hello"),
    ],
)
def test_what_leads_to_a_person_is_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "700分",
        "2026年",
        "1,234",
        "1,234,567.89 元",
        "2026-03-02 12:30",
        "20260302",
        "从3月2日到4月12日",
        "额度 50000，利率 0.05%",
        "共10000000条",
        "12345",
        "+1",
        "第3-5条",
        "@ 3pm",
        "24-36 months",
        "110 119 120",
        "2019 2020 2021 2022",
        "2020-2021-2022-2023",
    ],
)
def test_ordinary_numbers_stay(text: str) -> None:
    assert masked(text) == text


pieces = st.sampled_from(
    ["13812345678", "138", "1234", "5678", "010", "+86", "00", "+", "(", ")", "-", " ", ".", "@", "＠", "a", "b.com",
     "X", "▇", "我", "6222021234567890", "110101199003071234", "0571-", "x@y.cn", "7"]
)  # fmt: skip


@given(st.lists(pieces, max_size=14).map("".join) | st.text(max_size=60))
def test_masking_twice_is_masking_once(text: str) -> None:
    once = masked(text)
    assert masked(once) == once


@given(
    st.text(alphabet="我们 a,。", max_size=12),
    st.from_regex(r"\A1[3-9][0-9]{9}\Z"),
    st.text(alphabet="的。 z", max_size=9),
)
def test_no_mobile_survives(before: str, mobile: str, after: str) -> None:
    assert masked(before + mobile + after) == f"{before}▇{after}"


@pytest.mark.parametrize("unit", ["1", "a", "@", "1 ", "0-", "+1(", "a@", "我", "a.", "(0"])
def test_long_hostile_texts_take_no_time(within: Any, unit: str) -> None:
    with within(0.5):
        masked(unit * (20_000 // len(unit)))


def test_the_report_holds_no_private_number(make: Callable[..., ReportInput], frame_of: Callable[..., Any]) -> None:
    private = ("13812345678", "6222021234567890", "me@example.com", "小王")
    said = f"建议打{private[0]}或写{private[2]}，卡号{private[1]}，回复@{private[3]}"
    rows = [
        {"text": said, "stance": stance.value, "author": f"p{i}", "copied": i == 3}
        for stance in Stance
        for i in range(4)
    ]
    inp = make(frame_of(rows))
    words = {stance: [Keyword(private[0], 4, 5.0)] for stance in Stance}
    file = dump_numbers(build_numbers(ReportInput(inp.study, inp.comments, inp.provenance, keywords=words))).decode()
    assert "▇" in file
    assert not any(secret in file for secret in private)
