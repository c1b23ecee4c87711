"""What is said of requests is what their tables say, and why a request is listed is said."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.asks_view import asks_view
from reports.inputs import Options, SharedWord
from reports.numbers import build_numbers
from reports.page import render_html
from reports.public import FEWEST_AUTHORS
from reports.public_view import told
from reports.wording import locale_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reports.inputs import ReportInput

    Make = Callable[..., ReportInput]
    Frame = Callable[..., Any]

SUBJECTS = ("提前", "答复", "一个月", "notice")


def apart(number: int) -> str:
    """A text of which no other has any three characters."""
    return "".join(chr(0x4E00 + 20 * number + at) for at in range(12))


LONE = [{"text": apart(i), "author": f"p{i}", "stance": "suggestion"} for i in range(30)]
"""Suggestions of which no two ask for the same."""

people = st.lists(st.sampled_from(["a", "b", "c", "d", None]), min_size=1, max_size=8)


def sharing(make: Make, frame_of: Frame, holders: Mapping[str, list[str | None]]) -> ReportInput:
    """Suggestions of different words, those of a subject by the authors given."""
    rows = [
        {"text": word + apart(9 * at + i), "author": author, "stance": "suggestion"}
        for at, (word, authors) in enumerate(holders.items())
        for i, author in enumerate(authors)
    ]
    inp = make(frame_of(rows))
    texts = dict(zip(inp.comments["id"], inp.comments["text"], strict=True))
    words = [SharedWord(word, [name for name, text in texts.items() if text.startswith(word)]) for word in holders]
    return replace(inp, shared_words=words)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(SUBJECTS), people, min_size=1))
def test_the_word_that_is_named_has_the_figures_of_its_table_and_no_other_has_more_known_authors(
    make: Make, frame_of: Frame, holders: dict[str, list[str | None]]
) -> None:
    numbers = build_numbers(sharing(make, frame_of, holders))
    known = {word: len(set(authors) - {None}) for word, authors in holders.items()}
    table = {word["word"]: (word["authors"] or 0, word["comments"]) for word in numbers["shared_words"]}
    assert table == {word: (known[word], len(authors)) for word, authors in holders.items()}
    (claim,) = (claim for claim in numbers["claims"] if claim["template"] == "ask")
    slots = claim["slots"]
    said = (slots.get("authors", {"int": 0})["int"], slots["holding"]["int"])
    assert said == table[slots["said"]["said"]["text"]] == max(table.values())
    assert claim["n"] == said[1]
    assert claim["variant"] == ("shared" if said[0] else "shared_unknown")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_why_a_request_of_one_author_is_listed_is_said(make: Make, frame_of: Frame, language: Any) -> None:
    numbers = build_numbers(make(frame_of(LONE)))
    locale = locale_for(language, numbers)
    listed = numbers["asks"]["listed"]
    assert {ask["voices"] for ask in listed} == {1}
    assert locale.ui("asks_listed", shown=len(listed), floor=numbers["asks"]["floor"]) in render_html(numbers, language)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_edition_that_may_list_no_request_does_not_say_that_nobody_asks(
    make: Make, frame_of: Frame, language: Any
) -> None:
    numbers = build_numbers(replace(make(frame_of(LONE)), options=Options(audience="public")))
    locale = locale_for(language, numbers)
    page, view = render_html(numbers, language), asks_view(told(numbers, locale), locale)
    assert (view["asks"], view["asks_made"]) == ([], True)
    assert locale.ui("asks_none") not in page
    assert locale.ui("asks_few_counted", fewest=FEWEST_AUTHORS) in page
    others = {"n": len(LONE), "comments": len(LONE), "floor": numbers["asks"]["floor"]}
    assert locale.ui("asks_others", **others) in page


def test_level_requests_have_as_many_authors_each_only_where_they_have(make: Make, frame_of: Frame) -> None:
    def slots(authors: list[list[str | None]]) -> dict[str, Any]:
        rows = [
            {"text": text, "author": author, "stance": "suggestion"}
            for text, some in zip(("希望公开评分的算法", "建议提前一个月通知大家"), authors, strict=True)
            for author in some
        ]
        claims = build_numbers(make(frame_of(rows)))["claims"]
        (claim,) = (claim for claim in claims if claim["template"] == "ask")
        assert claim["verdict"] == "not_passed"
        return dict(claim["slots"])

    assert slots([["a", "b"], ["c", "d"]])["authors"] == {"int": 2}
    assert "authors" not in slots([["a", "b"], ["c", None]])
