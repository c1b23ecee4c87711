"""The public edition holds nothing that leads to a person who wrote: tried on every file that is written."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from reports.inputs import Options, Response
from reports.numbers import build_numbers
from reports.public import FEWEST_AUTHORS, rounded
from reports.wording import locale_for
from reports.write import write_report
from storage.nouns import Wording

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reports.inputs import ReportInput
    from storage.nouns import Language

PUBLIC = Options(audience="public")


def asked_alike(make: Any, frame_of: Any) -> ReportInput:
    """Six people ask for one thing, two for another, and one has a link and a rare name."""
    rows: list[dict[str, Any]] = [
        {"text": f"建议提前一个月通知每一位用户{'啊' * (i % 2)}！", "author": f"p{i}", "stance": "suggestion"}
        for i in range(6)
    ]
    rows += [
        {"text": "希望公开评分的计算方法吧", "author": f"q{i}", "stance": "suggestion", "likes": 1234} for i in range(2)
    ]
    rows += [{"text": f"额度说停就停真的很难办第{i}次", "author": f"c{i}", "stance": "concern"} for i in range(40)]
    frame = frame_of([{"url": f"https://forum.example/c/{i}"} | row for i, row in enumerate(rows)])
    return replace(make(frame.assign(id=[f"wb-8{i:05d}" for i in range(len(frame))])), options=PUBLIC)  # type: ignore[no-any-return]


@pytest.fixture
def inp(make: Any, frame_of: Any) -> ReportInput:
    return asked_alike(make, frame_of)


def strings(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    for inside in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from strings(inside)


@pytest.mark.parametrize("rich_one", [False, True])
def test_no_id_no_address_and_no_words_of_a_comment_are_in_any_file(
    inp: ReportInput, few: ReportInput, tmp_path: Path, rich_one: bool
) -> None:
    given = replace(few, options=PUBLIC) if rich_one else inp
    for path in write_report(build_numbers(given), tmp_path, ("zh", "en")):
        content = path.read_text("utf-8")
        assert not [name for name in given.comments["id"] if name in content]
        assert not [url for url in given.comments["url"].dropna() if url in content]
        assert not [text for text in given.comments["text"] if len(text) >= 8 and text in content]


def test_what_is_quoted_inside_the_house_is_left_out_and_counted(inp: ReportInput) -> None:
    inside = build_numbers(replace(inp, options=Options()))
    numbers = build_numbers(inp)
    assert numbers["voices"] == []
    assert numbers["voice_rule"]["left_out"] == len(inside["voices"]) > 0


def test_a_paraphrase_stands_in_the_place_of_a_quote_in_either_language(inp: ReportInput, tmp_path: Path) -> None:
    voice = build_numbers(replace(inp, options=Options()))["voices"][0]
    said = {voice["id"]: Wording(zh="停得太突然", en="It stopped too suddenly")}
    numbers = build_numbers(replace(inp, paraphrases=said))
    (told,) = numbers["voices"]
    assert (told["text"], told["id"], told["url"]) == ("停得太突然", None, None)
    write_report(numbers, tmp_path, ("zh", "en"))
    assert "in our words: It stopped too suddenly" in (tmp_path / "report.en.html").read_text("utf-8")
    assert "大意：停得太突然" in (tmp_path / "report.zh.html").read_text("utf-8")


def test_a_study_may_print_quotes_masked_instead(inp: ReportInput) -> None:
    numbers = build_numbers(replace(inp, options=Options("public", quotes="masked")))
    assert numbers["voices"]
    assert not any(voice["id"] or voice["url"] for voice in numbers["voices"])


def test_fewer_than_three_people_are_not_told(inp: ReportInput) -> None:
    numbers = build_numbers(inp)
    assert [ask["voices"] for ask in numbers["asks"]["listed"]] == [6]
    assert numbers["asks"]["others"] == {"requests": 1, "comments": 2}
    assert numbers["asks"]["listed"][0]["key"] == "text:1"
    for claim in numbers["claims"]:
        people = [slot["int"] for name, slot in claim["slots"].items() if name in {"authors", "accounts"}]
        assert all(n >= FEWEST_AUTHORS for n in people)


def test_claims_name_no_comment(inp: ReportInput) -> None:
    said = "\n".join(strings(build_numbers(inp)["claims"]))
    assert "wb-8" not in said
    assert "建议提前" not in said


@pytest.mark.parametrize(("language", "opening"), [("en", "Our answer of "), ("zh", "3月9日 作出回应：")])
@pytest.mark.parametrize("day", [date(2026, 3, 9), None])
def test_an_answer_to_a_request_that_may_not_be_quoted_reads_well(
    inp: ReportInput, language: Language, opening: str, day: date | None
) -> None:
    name = str(inp.comments["id"].iloc[0])
    answer = Response(f"text:{name}", "said", Wording(zh="会提前通知", en="We will"), day)
    numbers = build_numbers(replace(inp, responses=(answer,)))
    (claim,) = (claim for claim in numbers["claims"] if claim["template"] == "answered")
    said = "".join(piece.text for piece in locale_for(language, numbers).sentence(claim))
    assert said.startswith(opening if day else {"en": "Our answer has no day", "zh": "我方作出的回应没有"}[language])
    assert not re.search(r" on:|on has|  |就作|“”", said)


@pytest.mark.parametrize(("likes", "shown"), [(3, 0), (7, 10), (94, 90), (1234, 1200), (98765, 99000)])
def test_likes_are_rounded(likes: int, shown: int) -> None:
    assert rounded(likes) == shown


def test_the_internal_edition_stays_as_it_was(inp: ReportInput) -> None:
    numbers = build_numbers(replace(inp, options=Options()))
    assert all(voice["id"] and voice["url"] for voice in numbers["voices"])
    assert "left_out" not in numbers["voice_rule"]
    assert json.loads(json.dumps(numbers)) == numbers
