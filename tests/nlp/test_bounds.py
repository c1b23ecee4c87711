"""No text, however odd, takes the language room more than a moment."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest

from nlp.acts import MOST_ACTS, find_acts
from nlp.language import language_of
from nlp.marks import without_marks
from nlp.quotes import find_quotes
from storage.nouns import Article

RUNS = ".!?…,:-—()[]\"'“”‘’「」《》【】（），。！？；：、·@# \n" + "aA1老说人在"
MARCH = 1_772_323_200_000


@pytest.mark.parametrize("language", ["en", "zh"])
def test_quotes_are_looked_for_in_a_run_of_any_character_at_once(within: Any, language: str) -> None:
    for character in RUNS:
        with within(1):
            find_quotes(character * 6_000, language)


def test_the_language_of_a_run_of_brackets_is_guessed_at_once(within: Any) -> None:
    with within(1):
        language_of("[" * 50_000)


def test_a_code_is_known_by_a_letter_anywhere_in_it() -> None:
    assert without_marks("[12345678901a]b[允悲]c[12]d") == " b c[12]d"


@pytest.mark.parametrize("sentence", ["市政府3月9日宣布取消收费政策。", "市政府3月9日宣布" * 50 + "。"])
def test_acts_of_a_text_full_of_dates_are_few_and_found_in_seconds(within: Any, sentence: str) -> None:
    text = (sentence * (100_000 // len(sentence) + 1))[:100_000]
    with within(3):
        found = find_acts(Article(id="a", text=text, lang="zh", published_at=MARCH), zone=UTC)
    assert len(found) <= MOST_ACTS


def test_a_sentence_of_countless_dates_is_read_by_its_first(within: Any) -> None:
    text = "市政府宣布收费办法，自3月9日起施行，" + "3月10日、" * 150 + "。"
    with within(1):
        found = find_acts(Article(id="a", text=text, lang="zh", published_at=MARCH), zone=UTC)
    assert [act.kind for act in found] == ["effective"]
