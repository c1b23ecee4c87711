"""Claims: nothing is printed that is in no slot, and nothing is said that was not tested."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.coverage_inputs import SourceCoverage
from reports.numbers import build_numbers
from reports.wording import catalogue, locale_for
from storage.nouns import Stance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

    from reports.inputs import ReportInput

NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
BANNED = re.compile(
    r"\b(because|the public(?! edition)|(?<!at )(?<!at the )most|majority|caused|led to)\b"
    r"|导致|公众|多数|大多|引发|造成",
    re.IGNORECASE,
)
MAY_SAY_BECAUSE = {"events_note", "sure_after"}


def numbers_in(text: str) -> set[str]:
    return {found.replace(",", "") for found in NUMBER.findall(text)}


def slot_numbers(slots: dict[str, Any]) -> set[str]:
    """Every number a claim's slots hold, dates taken apart."""
    found: set[str] = set()
    for slot in slots.values():
        ((kind, value),) = slot.items()
        if kind == "date":
            day = date.fromisoformat(value)
            found |= {str(day.year), str(day.month), str(day.day)}
        elif isinstance(value, dict):
            found |= {number for text in value.values() if text for number in numbers_in(text)}
        else:
            found |= numbers_in(str(value))
    return found


def said(numbers: dict[str, Any], language: Any) -> Iterator[tuple[dict[str, Any], str]]:
    locale = locale_for(language, numbers)
    for claim in numbers["claims"]:
        yield claim, "".join(piece.text for piece in locale.sentence(claim))


@pytest.fixture(scope="module")
def numbers(rich_numbers: dict[str, Any]) -> dict[str, Any]:
    return rich_numbers


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_number_in_a_sentence_stands_in_a_slot(numbers: dict[str, Any], language: str) -> None:
    for claim, sentence in said(numbers, language):
        assert numbers_in(sentence) <= slot_numbers(claim["slots"]), sentence


rows = st.fixed_dictionaries(
    {
        "text": st.text(alphabet="建议停一下 no.7%12", max_size=30),
        "stance": st.sampled_from([*(stance.value for stance in Stance), None]),
        "author": st.sampled_from(["a", "b", "c", None]),
        "published_at": st.one_of(st.none(), st.integers(1_772_000_000_000, 1_776_500_000_000)),
        "published_precision": st.sampled_from(["minute", "day", "month", None]),
        "likes": st.one_of(st.none(), st.integers(0, 10**7)),
        "platform": st.sampled_from(["微博", "Forum 9", None]),
        "copied": st.booleans(),
        "fold": st.integers(0, 5),
    }
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(rows, max_size=60))
def test_any_study_says_only_what_its_slots_hold(
    make: Callable[..., ReportInput], frame_of: Callable[..., pd.DataFrame], given_rows: list[dict[str, Any]]
) -> None:
    numbers = build_numbers(make(frame_of(given_rows)))
    chinese, english = dict_of(numbers, "zh"), dict_of(numbers, "en")
    assert chinese.keys() == english.keys()
    for claim in numbers["claims"]:
        allowed = slot_numbers(claim["slots"])
        assert numbers_in(chinese[claim["id"]]) <= allowed, chinese[claim["id"]]
        assert numbers_in(english[claim["id"]]) <= allowed, english[claim["id"]]


def dict_of(numbers: dict[str, Any], language: str) -> dict[str, str]:
    return {claim["id"]: sentence for claim, sentence in said(numbers, language)}


def test_chinese_and_english_carry_the_same_values(numbers: dict[str, Any]) -> None:
    zh, en = locale_for("zh", numbers), locale_for("en", numbers)
    for claim in numbers["claims"]:
        values = [
            sorted(
                p.text
                for p in locale.sentence(claim)
                if p.kind == "value" and p.text.rstrip("%").replace(",", "").isdigit()
            )
            for locale in (zh, en)
        ]
        assert values[0] == values[1], claim


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_wording_speaks_of_causes_the_public_or_majorities(language: Any) -> None:
    def texts(part: dict[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
        for key, value in part.items():
            if isinstance(value, dict):
                yield from texts(value, key)
            elif isinstance(value, str):
                yield key, value

    for key, text in texts(catalogue(language)):
        assert key in MAY_SAY_BECAUSE or not BANNED.search(text), (key, text)


def test_a_sentence_with_a_share_is_marked_as_a_draft_or_as_untested(numbers: dict[str, Any]) -> None:
    shares = [claim for claim in numbers["claims"] if any("percent" in slot for slot in claim["slots"].values())]
    assert shares
    assert {claim["badge"] for claim in shares} <= {"draft", "thin"}


def test_under_thirty_comments_there_are_counts_and_no_share(
    make: Callable[..., ReportInput], make_comments: Callable[..., pd.DataFrame]
) -> None:
    frame = make_comments()
    few = build_numbers(make(frame[~frame["copied"]].head(29)))
    assert not any("percent" in slot for claim in few["claims"] for slot in claim["slots"].values())
    assert few["stances"]["shares"] == dict.fromkeys(few["stances"]["shares"])
    assert any(claim["template"] == "thin" for claim in few["claims"])
    enough = build_numbers(make(frame[~frame["copied"]].head(30)))
    assert any("percent" in slot for claim in enough["claims"] for slot in claim["slots"].values())


def test_a_claim_names_its_comments_by_a_digest_of_their_ids(
    make: Callable[..., ReportInput], make_comments: Callable[..., pd.DataFrame]
) -> None:
    frame = make_comments()
    before = {c["template"]: c["digest"] for c in build_numbers(make(frame))["claims"]}
    renamed = frame.assign(id=frame["id"].where(frame["stance"] != "neutral", frame["id"] + "x"))
    after = {c["template"]: c["digest"] for c in build_numbers(make(renamed))["claims"]}
    assert before["totals"] != after["totals"]
    assert before["copied"] == after["copied"]


def test_headlines_are_seven_at_the_highest_and_ids_run_on(numbers: dict[str, Any]) -> None:
    claims = [claim for claim in numbers["claims"] if claim["section"] != "panels"]
    assert [claim["id"] for claim in claims] == [f"C{i}" for i in range(1, len(claims) + 1)]
    assert sum(claim["section"] == "happened" for claim in claims) == 7


def test_the_busiest_day_is_named_with_its_event(numbers: dict[str, Any]) -> None:
    slots = next(claim for claim in numbers["claims"] if claim["template"] == "busiest")["slots"]
    assert slots["day"] == {"date": "2026-03-19"}
    assert slots["event_on"] == {"int": 3}
    assert slots["times"]["times"] == round(slots["n"]["int"] / slots["usual"]["decimal"], 1)


def test_of_days_with_as_many_comments_none_is_the_busiest(
    make: Callable[..., ReportInput], frame_of: Callable[..., pd.DataFrame]
) -> None:
    day = int(datetime(2026, 3, 9, 4, tzinfo=UTC).timestamp() * 1000)
    said = [{"text": f"第{i}条", "stance": "concern", "published_at": day + (i % 2) * 86_400_000} for i in range(40)]
    two_days, one_more = (build_numbers(make(frame_of(rows)))["claims"] for rows in (said, said[1:]))
    verdicts = [{claim["template"]: claim["verdict"] for claim in claims}["busiest"] for claims in (two_days, one_more)]
    assert verdicts == ["not_passed", "passed"]


def test_a_tie_is_said_to_be_one(make: Callable[..., ReportInput], frame_of: Callable[..., pd.DataFrame]) -> None:
    tied = frame_of([{"text": f"第{i}条", "stance": stance} for i in range(20) for stance in ("support", "concern")])
    numbers = build_numbers(make(tied))
    order = next(claim for claim in numbers["claims"] if claim["template"] == "order")
    assert order["variant"] == "level"
    assert "持平" in dict_of(numbers, "zh")[order["id"]]
    assert "level" in dict_of(numbers, "en")[order["id"]]


@pytest.mark.parametrize("level", [2, 3, 4])
def test_every_stance_of_a_tie_is_named_level(
    make: Callable[..., ReportInput], frame_of: Callable[..., pd.DataFrame], level: int
) -> None:
    tied = [{"text": f"第{i}条", "stance": stance} for i in range(20) for stance in list(Stance)[:level]]
    numbers = build_numbers(make(frame_of(tied)))
    order = next(claim for claim in numbers["claims"] if claim["template"] == "order")
    words = {language: dict_of(numbers, language)[order["id"]] for language in ("zh", "en")}
    assert "持平" in words["zh"]
    before, _, after = words["en"].partition(" stand level at 20 ")
    assert len(re.findall("concern|support|suggestion|neutral", before, re.IGNORECASE)) == level
    assert len(re.findall("concern|support|suggestion|neutral", after)) == 4 - level


def test_the_first_comment_of_a_window_is_not_called_the_earliest(
    make: Callable[..., ReportInput], make_comments: Callable[..., pd.DataFrame]
) -> None:
    frame = make_comments()
    frame = frame[~frame["copied"]]
    (first,) = claims_of(make(frame), "first")
    (edge,) = claims_of(make(frame, start=date(2026, 3, 10), gaps=()), "first")
    assert (first["verdict"], edge["verdict"], edge["section"]) == ("passed", "not_passed", "sure")


def claims_of(inp: ReportInput, template: str) -> list[dict[str, Any]]:
    return [claim for claim in build_numbers(inp)["claims"] if claim["template"] == template]


def test_comments_without_a_day_are_not_covered_by_the_dates(numbers: dict[str, Any]) -> None:
    (claim,) = (claim for claim in numbers["claims"] if claim["template"] == "totals")
    slots = claim["slots"]
    totals = numbers["totals"]
    assert slots["undated"] == {"int": totals["undated"] + totals["coarse"]}
    assert "without a usable date" in dict_of(numbers, "en")[claim["id"]]


def test_a_claim_about_rows_counts_rows(numbers: dict[str, Any]) -> None:
    rejected = next(claim for claim in numbers["claims"] if claim["template"] == "rejected")
    assert (rejected["n"], rejected["digest"]) == (24, "")


def test_a_failed_collection_is_not_put_into_the_mouth_of_the_source(
    make: Callable[..., ReportInput], frame_of: Callable[..., pd.DataFrame]
) -> None:
    inp = replace(make(frame_of([])), coverage=[SourceCoverage("forum", collected=0, error="no answer")])
    numbers = build_numbers(inp)
    failed = next(claim["id"] for claim in numbers["claims"] if claim["template"] == "failed")
    assert dict_of(numbers, "zh")[failed] == "采集“forum”时出错：no answer"
    assert dict_of(numbers, "en")[failed] == "Collecting “forum” failed: no answer"
