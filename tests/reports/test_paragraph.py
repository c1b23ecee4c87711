"""A paragraph's connective words may come from a model; whatever else it writes is turned down."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from reports.page import render_html
from reports.paragraph import Accepted, Rejected, check, paragraph_pieces, paragraph_view
from reports.wording import Locale, catalogue

HERE = Path(__file__).parent
LEDGER: dict[str, Any] = json.loads((HERE / "paragraph_ledger.json").read_text("utf-8"))
CASES = [json.loads(line) for line in (HERE / "paragraph_cases.jsonl").read_text("utf-8").splitlines()]
PLANTED = [case for case in CASES if case["planted"]]
HONEST = [case for case in CASES if not case["planted"]]
MISSED = {"quote as an example of a claim on another stance"}
"""What no rule sees: beside which statement a quote is set."""
TOO_STRICT = 2
"""Honest texts that are turned down for a word that is not on the list."""


def locale(language: Any) -> Locale:
    return Locale(language, catalogue(language), {}, with_year=True)


def text_of(text: str, language: Any) -> str:
    read = check(text, LEDGER, language)
    assert isinstance(read, Accepted), read
    return "".join(piece.text for piece in paragraph_pieces(read, LEDGER, locale(language)))


def test_the_set_of_cases_is_as_large_as_the_published_rate_says() -> None:
    assert len(PLANTED) >= 60
    assert len(HONEST) >= 10
    assert {case["language"] for case in PLANTED} == {case["language"] for case in HONEST} == {"zh", "en"}


@pytest.mark.parametrize("case", PLANTED, ids=lambda case: f"{case['planted']}: {case['text'][:30]!a}")
def test_a_planted_error_is_caught(case: dict[str, str]) -> None:
    read = check(case["text"], LEDGER, case["language"])  # type: ignore[arg-type]
    assert isinstance(read, Rejected) is (case["planted"] not in MISSED), read


def test_honest_texts_pass() -> None:
    read = [check(case["text"], LEDGER, case["language"]) for case in HONEST]
    assert sum(isinstance(one, Rejected) for one in read) <= TOO_STRICT, read


def test_a_paragraph_prints_the_ledgers_figures_with_units_and_intervals() -> None:
    assert text_of("Among {C1.population}, {C1.s1} stands at {C1.p1}. Besides, {C2}.", "en") == (
        "Among 8,611 comments, concern stands at an estimated 48% (45% to 52%) [C1]. Besides, the busiest day was "
        "19 March 2026 with 2,010 comments, 47 times the usual 42.5 a day. It is the day of event 3, “Lending stops” "
        "[C2]."
    )
    assert text_of("关于{study}，{C3}", "zh") == (
        "关于示例支付停止小额借款，单列复制帖 310 条，4 段文字，来自 43 位已知作者。 [C3]"
    )


def test_a_quote_stands_in_its_own_words_and_language() -> None:
    read = check("A comment reads: {q:w-3128}.", LEDGER, "en")
    assert isinstance(read, Accepted)
    (quote,) = (piece for piece in paragraph_pieces(read, LEDGER, locale("en")) if piece.kind == "said")
    assert (quote.text, quote.lang) == ("突然就停了，房租怎么办", "zh")


def test_of_a_claim_that_did_not_pass_no_part_stands_alone() -> None:
    text = "{C1.s1} stands at {C1.p1}."
    assert isinstance(check(text, LEDGER, "en"), Accepted)
    open_order = LEDGER | {"claims": [LEDGER["claims"][0] | {"verdict": "not_passed"}]}
    assert check(text, open_order, "en") == Rejected("verdict", 0)
    assert isinstance(check("{C1}", open_order, "en"), Accepted)


def test_a_public_report_has_no_quotes_to_give() -> None:
    assert check("A comment reads: {q:w-3128}.", LEDGER | {"quoted": []}, "en") == Rejected("quote", 17)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_two_allowed_words_together_make_one_that_is_not(language: Any) -> None:
    words = catalogue(language)["paragraph_words"]
    named = {word for kind, group in words.items() if kind != "allowed" for word in group}
    assert not named & set(words["allowed"])
    if language == "zh":
        joined = {a + b for a, b in itertools.product(words["allowed"], repeat=2)}
        assert not joined & named


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_reason_has_its_words(language: Any) -> None:
    kinds = set(catalogue(language)["paragraph_words"]) - {"allowed"}
    ours = {"length", "word", "character", "slot", "quote", "verdict", "mixed", "pairing", "repeated", "nothing"}
    assert kinds | ours | {"number", "unanswered"} == set(catalogue(language)["rejected"])


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                ["{C1}", "{C2.n}", "{C1.s1}", "{C1.p1}", "{q:w-3128}", "{study}", " and ", ". ", "的", "，"]
            ),
            st.text(max_size=6),
        ),
        max_size=8,
    ),
    st.sampled_from(["zh", "en"]),
)
def test_no_text_breaks_the_check_and_none_brings_a_figure_of_its_own(parts: list[str], language: Any) -> None:
    text = "".join(parts)
    read = check(text, LEDGER, language)
    if isinstance(read, Rejected):
        assert 0 <= read.at <= len(text)
        return
    assert not any(mark.isdigit() for token in read.tokens if token.kind == "words" for mark in token.text)
    assert paragraph_pieces(read, LEDGER, locale(language))


def given_paragraph(rich_numbers: dict[str, Any], text: str, **changes: str) -> dict[str, Any]:
    told = {"text": text, "model": "a-model", "state": "accepted", "reason": ""} | changes
    return rich_numbers | {"paragraph": {"en": told}}


def test_the_page_prints_it_under_the_claims_and_says_whose_words_they_are(rich_numbers: dict[str, Any]) -> None:
    page: Any = html.fromstring(render_html(given_paragraph(rich_numbers, "{C1} Besides, {C2}"), "en"))
    happened = page.xpath("//section[@id='happened']")[0].text_content()
    assert "wording by a language model, numbers from the ledger" in happened
    assert "Connective words by a-model" in happened
    assert "Besides, " in happened


def test_a_text_that_was_turned_down_is_not_printed_and_the_page_says_so(rich_numbers: dict[str, Any]) -> None:
    for changes in ({"state": "rejected", "reason": "cause"}, {}):
        numbers = given_paragraph(rich_numbers, "{C1} This led to {C2}", **changes)
        view = paragraph_view(numbers, locale("en"))
        assert view is not None
        assert view["pieces"] == []
        assert "it names a cause" in view["note"]
        assert "led to" not in render_html(numbers, "en")


def test_without_one_the_page_is_silent(rich_numbers: dict[str, Any]) -> None:
    assert paragraph_view(rich_numbers, locale("en")) is None
    assert paragraph_view(given_paragraph(rich_numbers, "", state="off"), locale("en")) is None
