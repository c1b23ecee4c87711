"""Language by script."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.language import language_of, language_of_many


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("支持这个决定", "zh"),
        ("iPhone SE真香", "zh"),
        ("這個應用程式關閉了", "zh"),
        ("萌の日常", "zh"),
        ("This makes no sense to me.", "en"),
        ("I love 北京 so very much", "en"),
        ("a café near the ministry", "en"),
        ("ガスの料金が上がる", "other"),
        ("料金の値上げに反対です", "other"),
        ("요금 인상 반대", "other"),
        ("Против повышения", "other"),
        ("Tôi không đồng ý với thay đổi này", "other"),
        ("666", ""),
        ("😂😂", ""),
        ("", ""),
        ("[允悲]", ""),
        ("@小明 https://example.org/abc", ""),
        ("？？？", ""),
    ],
)
def test_script_decides(text: str, language: str) -> None:
    assert language_of(text) == language


@given(st.lists(st.text(), max_size=5))
def test_every_text_gets_one_of_four(texts: list[str]) -> None:
    found = language_of_many(texts)
    assert len(found) == len(texts)
    assert set(found) <= {"zh", "en", "other", ""}
