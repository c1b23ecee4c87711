"""Two reports are set beside each other only where they counted in the same way, and never more is said than that."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from reports.inputs import Advisory, Options
from reports.numbers import build_numbers
from reports.page import render_html
from reports.since import build_since, last_facts
from storage.nouns import PolicyEvent, Wording

if TYPE_CHECKING:
    from reports.inputs import ReportInput


@pytest.fixture(scope="module")
def last(few: ReportInput) -> dict[str, Any]:
    """What a report of the first hundred comments leaves for the next one."""
    return last_facts(build_numbers(replace(few, comments=few.comments[:100])))


def since(inp: ReportInput, last: dict[str, Any]) -> Any:
    return build_numbers(replace(inp, last=last))["since"]


def audited(estimate: float, half: float) -> dict[str, float]:
    return {"estimate": estimate, "low": estimate - half, "high": estimate + half}


def test_a_first_report_has_nothing_to_be_set_beside(few: ReportInput) -> None:
    assert build_numbers(few)["since"] is None


def test_new_comments_and_new_events_are_counted(few: ReportInput, last: dict[str, Any]) -> None:
    event = PolicyEvent(id="e9", date=date(2026, 4, 8), kind="clarified", title=Wording(en="More time"))
    inp = replace(few, study=few.study.model_copy(update={"events": (*few.study.events, event)}))
    numbers = build_numbers(replace(inp, last=last))
    assert numbers["since"]["new"] == numbers["totals"]["comments"] - last["comments"] > 0
    assert numbers["since"]["events"] == [6]
    said = {claim["template"]: claim for claim in numbers["claims"] if claim["section"] == "since"}
    assert said["since"]["slots"]["n"] == {"int": numbers["since"]["new"]}
    assert said["since_share"]["verdict"] == "too_little"  # machine drafts are not tested
    assert 'id="since"' in render_html(numbers, "zh")


@pytest.mark.parametrize(
    ("named", "changed"),
    [
        ("coder", lambda inp: replace(inp, provenance=replace(inp.provenance, coder="other@1"))),
        ("codebook", lambda inp: replace(inp, provenance=replace(inp.provenance, codebook="2"))),
        ("start", lambda inp: replace(inp, study=inp.study.model_copy(update={"start": date(2026, 3, 1)}))),
        ("aside", lambda inp: replace(inp, advisories=[Advisory("k", Wording(en="x"), source="import", exclude=True)])),
    ],
)
def test_what_counted_otherwise_is_not_compared_and_it_is_said_why(
    few: ReportInput, last: dict[str, Any], named: str, changed: Any
) -> None:
    numbers = build_numbers(changed(replace(few, last=last)))
    assert numbers["since"].keys() == {"run", "day", "differs"}
    assert numbers["since"]["differs"] == [named]
    (claim,) = (claim for claim in numbers["claims"] if claim["section"] == "since")
    assert (claim["verdict"], claim["variant"]) == ("too_little", named)


@pytest.mark.parametrize(
    ("now", "labels", "moved"),
    [((0.50, 0.05), 300, False), ((0.62, 0.05), 300, True), ((0.53, 0.02), 300, False), ((0.62, 0.05), 200, None)],
)
def test_an_audited_share_moved_only_beyond_what_both_samples_leave_open(
    few: ReportInput, last: dict[str, Any], now: tuple[float, float], labels: int, moved: bool | None
) -> None:
    before = last | {"labels": 200, "audited": {name: audited(0.48, 0.05) for name in last["counts"]}}
    facts = build_numbers(few)
    facts |= {"audit": {"labels": labels, "shares": {name: audited(*now) for name in last["counts"]}}}
    found = build_since(replace(few, last=before), facts)
    assert found is not None
    stance = found["stances"]["concern"]["audited"]
    assert (stance and stance["moved"]) == moved
    assert found["basis"] == ("audited" if moved is not None else "same")


def test_what_is_kept_for_the_next_report_holds_no_words_of_a_comment(few: ReportInput, last: dict[str, Any]) -> None:
    assert not any(text in str(last) for text in few.comments["text"])


def test_a_report_of_some_days_stands_beside_the_days_before(few: ReportInput, last: dict[str, Any]) -> None:
    days = {"start": date(2026, 3, 19), "end": date(2026, 3, 21)}
    inp = replace(few, options=Options(preset="weekly"), study=few.study.model_copy(update=days), last=last)
    numbers = build_numbers(inp)
    period = numbers["period"]
    assert numbers["since"] is None
    assert (period["before_first"], period["before_last"]) == ("2026-03-16", "2026-03-18")
    assert period["now"]["comments"] == numbers["totals"]["comments"]  # undated ones are of no day
    assert period["before"]["comments"] > 0
    assert 'id="period"' in render_html(numbers, "en")
    assert 'id="counting"' not in render_html(numbers, "en")


def test_days_before_in_a_gap_are_not_compared(few: ReportInput) -> None:
    first = few.study.gaps[0].end + timedelta(days=1)
    study = few.study.model_copy(update={"start": first, "end": first + timedelta(days=1)})
    numbers = build_numbers(replace(few, options=Options(preset="special"), study=study))
    assert numbers["period"]["before"] is None
    assert "The days before are not compared" in render_html(numbers, "en")


def test_faulty_data_are_left_out_of_every_count_where_the_warning_says_so(few: ReportInput) -> None:
    days = {"start": date(2026, 3, 19), "end": date(2026, 3, 20)}
    plain = build_numbers(few)["totals"]["comments"]
    marked = Advisory("twice", Wording(en="counted twice"), **days)
    found = build_numbers(replace(few, advisories=[marked]))
    assert found["totals"]["comments"] == plain
    assert found["advisories"][0]["comments"] > 0
    out = build_numbers(replace(few, advisories=[replace(marked, exclude=True)]))
    assert out["totals"]["stored"] == found["totals"]["stored"] - out["advisories"][0]["comments"]
    assert "is left out of every count" in render_html(out, "en")
    assert "是" in render_html(found, "zh")


def test_a_warning_of_a_version_shows_only_in_reports_made_with_it(few: ReportInput) -> None:
    mine, other = (
        Advisory(key, Wording(en="wrong"), versions=[it]) for key, it in (("a", "minyi 0.1.0"), ("b", "x 1"))
    )
    numbers = build_numbers(replace(few, advisories=[mine, other]))
    assert [one["touched"] for one in numbers["advisories"]] == [["minyi 0.1.0"], []]
    assert render_html(numbers, "en").count('class="held"') == 1
