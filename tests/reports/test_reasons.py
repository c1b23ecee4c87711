"""Why something could not be used or had is said in the report's own language."""

from __future__ import annotations

import pytest

from reports.wording import Locale, catalogue

ZH, EN = (Locale(language, catalogue(language), {}) for language in ("zh", "en"))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("no text", "没有文字"),
        ("The site answered 503 Service Unavailable.", "站点返回 503 Service Unavailable。"),
        ("The site answered 206, which was not asked for.", "站点返回了未请求的内容：206。"),
        ("The body is longer than 10,485,760 bytes.", "返回内容超过 10,485,760 字节。"),
        ("7 cells where the header has 5", "有 7 个单元格，表头有 5 个"),
        ("not valid JSON: {odd} [x]", "不是有效的 JSON：{odd} [x]"),
        ("another text has the same id 17 (name a column of ids)", "另一段文字有相同的编号 17"),
    ],
)
def test_a_reason_is_said_in_chinese_with_what_differs(said: str, words: str) -> None:
    assert ZH.reason(said) == words
    assert EN.reason(said) == said


@pytest.mark.parametrize("said", ["", "Something nobody wrote down.", "xThe site answered 503."])
def test_what_is_not_listed_stays_as_it_is(said: str) -> None:
    assert ZH.reason(said) == said


@pytest.mark.parametrize(("said", "words"), catalogue("zh")["reason"].items())
def test_every_reason_has_words_of_its_own_and_no_more_places_than_it_fills(said: str, words: str) -> None:
    assert words.count("{}") <= said.count("{}")
    assert not words.isascii()
    assert ZH.reason(said.replace("{}", "x")) == words.replace("{}", "x")
