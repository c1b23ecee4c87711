"""Single comments are shown by what people said of them; what the coder counted stays the coder's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from audits import section

from reports.numbers import build_numbers
from reports.page import render_html
from storage.nouns import Stance

if TYPE_CHECKING:
    from reports.inputs import ReportInput

AFRAID = "女生一个人半夜走回家太不安全了，担心。"
PLEASED = "这样能省下钱来多开白天的车，完全支持。"


@pytest.fixture(scope="module")
def inp(make: Any, frame_of: Any) -> ReportInput:
    """A coder that takes worry for support, and support for a suggestion; people said what the two are."""
    rows = [{"text": AFRAID, "stance": "support"}, {"text": PLEASED, "stance": "suggestion"}]
    rows += [{"text": f"夜班车停开以后第{i}天还是不方便", "stance": "concern"} for i in range(9)]
    found: ReportInput = make(frame_of([row | {"author": f"a{i}"} for i, row in enumerate(rows)]))
    ids = found.comments.set_index("text")["id"]
    return replace(found, judged={ids[AFRAID]: Stance.CONCERN, ids[PLEASED]: Stance.SUPPORT})


def by_stance(numbers: dict[str, Any]) -> dict[str, str]:
    return {voice["text"]: voice["stance"] for voice in numbers["voices"]}


def test_quotes_and_requests_go_by_people(inp: ReportInput) -> None:
    coded, judged = build_numbers(replace(inp, judged={})), build_numbers(inp)
    assert (by_stance(coded)[AFRAID], by_stance(coded)[PLEASED]) == ("support", "suggestion")
    assert by_stance(judged).get(AFRAID, "concern") == "concern"
    assert by_stance(judged)[PLEASED] == "support"
    assert [ask["text"] for ask in coded["asks"]["listed"]] == [PLEASED]
    assert judged["asks"]["listed"] == []
    assert judged["stances"] == coded["stances"]  # the coder's own counts


def test_the_printed_rules_say_so_where_people_judged(inp: ReportInput) -> None:
    judged = build_numbers(inp)
    assert "The stance of 2 comments is what people said" in section(judged, "voices")
    assert "其中 2 条评论的立场以人的判断为准" in render_html(judged, "zh")
    assert "what people said" not in section(build_numbers(replace(inp, judged={})), "voices")


def test_a_request_by_people_alone_is_listed(inp: ReportInput) -> None:
    ids = inp.comments.set_index("text")["id"]
    numbers = build_numbers(replace(inp, judged={ids[AFRAID]: Stance.SUGGESTION}))
    assert {ask["text"] for ask in numbers["asks"]["listed"]} == {AFRAID, PLEASED}
    assert "is what people said for 1 comment," in section(numbers, "asks")
    assert "有 1 条以人的判断为准" in render_html(numbers, "zh")
