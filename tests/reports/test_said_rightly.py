"""Sentences agree with what they count, and with the rest of the report."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from reports.numbers import build_numbers
from reports.since import build_since, last_facts
from reports.tested_view import after_is_not_because
from reports.wording import Locale, catalogue, locale_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reports.inputs import ReportInput

SLOT = re.compile(r"\{(\w+)(?:\|[^{}]*)?\}")
ONE_OF_MANY = re.compile(
    r"(?<!to )(?<![\d.,])\b1 (?:(?:coded|known|different|declared|ordinary|labelled|copied|further|counted|more) )*"
    r"(?!was\b|is\b|has\b|as\b|comes\b|counts\b)\w*(?:[^su’i]s|people|were|are|have)\b"
)
"""A one before a word in the plural; the end of a range (0 to 1 points) is none."""
NEVER_ONE = {"candidates": {"int": 400}, "times": {"times": 1.5}, "usual": {"decimal": 1.5}, "level": {"int": 2}}
SAID_OF = {
    "stance": {"stance": "concern"}, "said": {"said": {"text": "…", "lang": None}},
    "name": {"name": {"zh": "…", "en": "…"}}, "date": {"date": "2026-06-13"}, "panel": {"panel": "asks"},
}  # fmt: skip
NAMED = {
    **dict.fromkeys(("stance", "s1", "s2", "s3", "s4", "r1", "r2", "r3"), "stance"),
    **dict.fromkeys(("said", "reason"), "said"),
    **dict.fromkeys(("title", "title_on", "theme", "example", "source", "place"), "name"),
    **dict.fromkeys(("day", "date", "first", "last", "start", "end"), "date"),
    "panel": "panel",
}


def slots_of_ones(wording: str) -> dict[str, Any]:
    """Every slot of a wording, each number of it a one."""
    return {
        name: SAID_OF[NAMED[name]] if name in NAMED else NEVER_ONE.get(name, {"int": 1})
        for name in SLOT.findall(wording)
    }


def wordings() -> Iterator[tuple[str, str]]:
    for template, verdicts in catalogue("en")["claims"].items():
        for verdict, wording in verdicts.items():
            yield f"{template}.{verdict}", wording
    for key, wording in catalogue("en")["ui"].items():
        yield key, wording.replace("{of} comments", "English comments")  # here the slot is a language


@pytest.mark.parametrize(("key", "wording"), list(wordings()), ids=lambda one: one[:30])
def test_one_of_anything_is_told_in_the_singular(key: str, wording: str) -> None:
    locale = Locale("en", catalogue("en"), {})
    said = "".join(piece.text for piece in locale.fill(wording, slots_of_ones(wording)))
    assert not ONE_OF_MANY.search(said), (key, said)


def test_comments_of_one_day_are_of_that_day_and_not_from_it_to_it(
    make: Callable[..., ReportInput], frame_of: Callable[..., Any]
) -> None:
    at = {"published_at": 1_775_000_000_000, "published_precision": "minute"}
    numbers = build_numbers(make(frame_of([{"text": f"停用 {i}", "author": f"a{i}", **at} for i in range(3)])))
    (claim,) = (claim for claim in numbers["claims"] if claim["template"] == "totals")
    said = "".join(piece.text for piece in locale_for("en", numbers).sentence(claim))
    assert claim["slots"]["day"] == {"date": numbers["totals"]["first"]}
    assert " to " not in said
    assert "dated " in said


@pytest.mark.parametrize(("then", "now", "which"), [(0, 0, "draft"), (0, 1, "draft_then"), (1, 0, "draft_now")])
def test_it_is_said_which_of_two_reports_is_a_draft(few: ReportInput, then: bool, now: bool, which: str) -> None:
    facts = build_numbers(few)
    shares = {name: {"estimate": 0.5, "low": 0.4, "high": 0.6} for name in facts["stances"]["counts"]}
    last = last_facts(facts) | {"labels": 200, "audited": shares if then else {}}
    facts |= {"audit": {"labels": 200, "shares": shares} if now else None}
    found = build_since(replace(few, last=last), facts)
    assert found is not None
    assert found["basis"] == which
    assert f"too_little_{which}" in catalogue("en")["claims"]["since_share"]


def test_the_limits_say_what_was_tested_and_that_nothing_was_only_where_nothing_was(
    rich_numbers: dict[str, Any],
) -> None:
    locale = locale_for("en", rich_numbers)

    def limits(verdict: str) -> str:
        claims = [
            claim | ({"verdict": verdict if claim["template"] == "volume" else "too_little"})
            for claim in rich_numbers["claims"]
        ]
        return after_is_not_because({**rich_numbers, "claims": claims}, locale)

    events = {claim["slots"]["event"]["int"] for claim in rich_numbers["claims"] if claim["template"] == "volume"}
    assert events
    for tested in ("passed", "not_passed"):
        assert locale.ui("tested_volume", n=len(events)) in limits(tested)
        assert locale.ui("sure_untested") not in limits(tested)
    assert limits("too_little").endswith(locale.ui("sure_untested"))
