"""Cues: how the lists are read and how expressions are found."""

from __future__ import annotations

import pytest

from nlp.cues import LONGEST, cue_table, read_cues, table_of
from nlp.features import stance_cues
from nlp.stream import grams, stream
from storage.nouns import STANCES


def found(text: str) -> list[tuple[str, str]]:
    """(expression, category) of every cue in a text."""
    tokens = stream([text])
    table = stance_cues()
    hits = table.find(grams(tokens.hashes, LONGEST), range(1, LONGEST + 1), ~tokens.breaks)
    spans = zip(hits.at, hits.width, hits.category, strict=True)
    return [(text[tokens.start[at] : tokens.end[at + width - 1]], table.categories[kind]) for at, width, kind in spans]


def test_a_file_has_categories_blanks_and_choices() -> None:
    text = "# a remark\n[PRO]\n支持 in_favour\n\n[BAD]\n{太,很}差\n"
    assert read_cues(text) == {"PRO": ["支持", "in favour"], "BAD": ["太差", "很差"]}


def test_the_longest_expression_wins() -> None:
    assert found("无所谓") == [("无所谓", "INDIFF")]
    assert ("不支持", "ANTI") in found("我不支持")


def test_of_overlapping_expressions_every_second_may_stay() -> None:
    assert [word for word, _ in found("早该禁止")] == ["早该", "禁止"]
    assert found("哈" * 12)[:2] == [("哈" * 5, "LAUGH")] * 2


def test_english_expressions_match_whole_words() -> None:
    assert ("who cares", "INDIFF") in found("who cares")
    assert all(category != "ANTI" for _, category in found("an objective person"))


def test_platform_codes_and_emoji_are_cues() -> None:
    assert ("[允悲]", "EMO_SARC") in found("又涨了[允悲]")
    assert ("👎", "EMO_NEG") in found("👎")


def test_a_cue_never_reaches_into_the_next_text() -> None:
    tokens = stream(["无所", "谓"])
    table = stance_cues()
    hits = table.find(grams(tokens.hashes, LONGEST), range(2, LONGEST + 1), ~tokens.breaks)
    assert len(hits.at) == 0


def test_covered_tokens_are_those_inside_hits() -> None:
    tokens = stream(["他支持"])
    table = stance_cues()
    free = ~tokens.breaks
    table.find(grams(tokens.hashes, LONGEST), range(2, LONGEST + 1), free)
    assert free.tolist() == [True, False, False, False]


def test_no_expression_is_longer_than_is_looked_for() -> None:
    for names in (("cues.zh.txt", "cues.en.txt"), ("evidence.txt",)):
        table = cue_table(*names)
        assert len(table.levels) == LONGEST
        assert any(len(level.categories) for level in table.levels)


def test_every_expression_of_the_lists_is_found() -> None:
    table = table_of({"ONE": [chr(0x4E00 + number) for number in range(5000)], "TWO": ["abc def", "abc def ghi"]})
    tokens = stream([chr(0x4E00 + number) for number in range(5000)] + ["abc def ghi"])
    hits = table.find(grams(tokens.hashes, LONGEST), range(1, LONGEST + 1), ~tokens.breaks)
    assert len(hits.at) == 5001
    assert hits.category.tolist() == [0] * 5000 + [1]


@pytest.mark.parametrize("stance", [stance.value for stance in STANCES])
def test_reporting_clauses_cover_every_stance(stance: str) -> None:
    assert stance in cue_table("evidence.txt").categories
