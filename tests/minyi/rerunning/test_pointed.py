"""Where two texts differ is pointed at."""

from __future__ import annotations

import pytest

from minyi.pointed import LONGEST, pointed

LONG = (
    "Concern comes first by far in every place that was looked at: 18 of {} coded comments (37%). "
    "Then comes {} with 14 of them, and so on."
)


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ("79 comments", "49 comments", ("«79» comments", "«49» comments")),
        ("value 1,234", "value 1,235", ("value «1,234»", "value «1,235»")),
        ("担忧占37%。", "担忧占38%。", ("担忧占«37»%。", "担忧占«38»%。")),
        ("digest 24f8a", "digest 6bf0", ("digest «24f8a»", "digest «6bf0»")),
        ("one two", "one", ("one« two»", "one")),
        (
            LONG.format(79, "suggestion"),
            LONG.format(49, "suggestion"),
            ("… at: 18 of «79» coded comments (37%…", "… at: 18 of «49» coded comments (37%…"),
        ),
    ],
)
def test_what_differs_stands_between_marks_with_a_few_words_around(one: str, other: str, said: tuple[str, str]) -> None:
    assert pointed(one, other) == said


def test_two_differences_far_apart_are_both_shown() -> None:
    one, other = pointed(LONG.format(79, "suggestion"), LONG.format(49, "neutral"))
    assert one.count("«") == other.count("«") == 2
    assert "«suggestion»" in one
    assert len(one) < len(LONG)


def test_texts_that_have_nothing_in_common_are_cut() -> None:
    one, other = pointed("a " * 500, "嗯" * 500)
    assert len(one) <= LONGEST + 1
    assert len(other) <= LONGEST + 1
