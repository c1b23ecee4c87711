"""The audit: shares rest on labels drawn at random, of comments that count now, and on nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from audits import LANGUAGES, audited, labels_of, page_of, section

from reports.inputs import Audit, Stratum
from reports.numbers import build_numbers, dump_numbers
from reports.page import render_html

if TYPE_CHECKING:
    from collections.abc import Callable

    from reports.inputs import ReportInput


@pytest.fixture(scope="module")
def rich(make: Callable[..., ReportInput], make_comments: Callable[..., pd.DataFrame]) -> ReportInput:
    """Three weeks: six would take three times as long and say no more of an audit."""
    return make(make_comments(400, days=21), end=date(2026, 3, 22))


@pytest.fixture(scope="module")
def checked(rich: ReportInput) -> ReportInput:
    return audited(rich)


@pytest.fixture(scope="module")
def numbers(checked: ReportInput) -> dict[str, Any]:
    return build_numbers(checked)


@pytest.fixture(scope="module", params=LANGUAGES)
def page(request: pytest.FixtureRequest, numbers: dict[str, Any]) -> Any:
    return page_of(numbers, request.param)


def test_shares_are_estimated_and_lie_in_their_intervals(numbers: dict[str, Any]) -> None:
    shares = numbers["audit"]["shares"]
    assert numbers["audit"]["labels"] == 120
    assert sum(share["estimate"] for share in shares.values()) == pytest.approx(1, abs=0.001)
    for share in shares.values():
        assert share["low"] < share["estimate"] < share["high"]
        points = share["points"]
        assert points["low"] <= 100 * share["low"] + 0.01
        assert points["high"] >= 100 * share["high"] - 0.01
        assert points["high"] - points["low"] < 100 * (share["high"] - share["low"]) + 2


def test_any_order_of_rows_gives_the_same_bytes(checked: ReportInput, numbers: dict[str, Any]) -> None:
    found = checked.audit
    assert found
    labels, framed = (frame.sample(frac=1, random_state=4) for frame in (found.labels, found.framed))
    shuffled = replace(
        checked,
        comments=checked.comments.sample(frac=1, random_state=5),
        audit=replace(found, labels=labels, framed=framed),
    )
    assert dump_numbers(build_numbers(shuffled)) == dump_numbers(numbers)


@pytest.mark.parametrize(("n", "enough"), [(49, False), (50, True)])
def test_fifty_labels_are_needed(rich: ReportInput, n: int, enough: bool) -> None:
    audit = build_numbers(audited(rich, n))["audit"]
    assert audit["audited"] is enough
    assert (audit["shares"] is not None) is enough


def test_below_fifty_everything_stays_a_draft_and_says_how_far_it_is(rich: ReportInput) -> None:
    begun, plain = build_numbers(audited(rich, 32)), build_numbers(rich)
    assert begun["stances"] == plain["stances"]
    assert {claim["badge"] for claim in begun["claims"]} == {claim["badge"] for claim in plain["claims"]} | {"thin"}
    tiles = page_of(begun, "en").xpath("//div[@class='tile']/small[@class='flag']/text()")
    assert [tile.strip() for tile in tiles if tile != "]"] == ["machine draft, not audited: 32 of 50 labels so far"] * 4
    assert "Too few of this study’s comments have been labelled" in section(begun, "sure")


def test_a_sample_without_a_label_changes_no_word(rich: ReportInput) -> None:
    found = audited(rich).audit
    assert found
    none = replace(rich, audit=replace(found, labels=found.labels[:0], agreement=None))
    pages = [page_of(build_numbers(inp), "zh") for inp in (none, rich)]
    for path in ("//header", "//section[@id='happened']", "//section[@id='sure']/ul", "//footer"):
        said = [[part.text_content() for part in page.xpath(path)] for page in pages]
        assert said[0] == said[1]


def test_labels_of_what_does_not_count_now_are_left_out(checked: ReportInput, numbers: dict[str, Any]) -> None:
    found = checked.audit
    assert found
    gone = set(found.labels["id"][:10])
    comments = checked.comments.assign(copied=checked.comments["copied"] | checked.comments["id"].isin(gone))
    audit = build_numbers(replace(checked, comments=comments))["audit"]
    assert (audit["labels"], audit["dropped"]) == (110, 10)
    assert audit["population"] == numbers["audit"]["population"] - 10


def test_labels_outside_the_sample_change_no_estimate(checked: ReportInput, numbers: dict[str, Any]) -> None:
    found = checked.audit
    assert found
    framed = found.framed[~found.framed["id"].isin(found.labels["id"][:20])]
    some = build_numbers(replace(checked, audit=replace(found, framed=framed)))["audit"]
    kept = replace(found, framed=framed, labels=found.labels[20:])
    assert some["shares"] == build_numbers(replace(checked, audit=kept))["audit"]["shares"]
    assert some["labels"] == 100


def test_comments_that_came_later_are_said_not_to_be_covered(checked: ReportInput) -> None:
    found = checked.audit
    assert found
    labelled = set(found.labels["id"])
    later = [name for name in found.framed["id"] if name not in labelled][:100]
    framed = found.framed[~found.framed["id"].isin(later)]
    inp = replace(checked, audit=replace(found, framed=framed))
    numbers = build_numbers(inp)
    assert numbers["audit"]["uncovered"] == 100
    assert numbers["audit"]["population"] == numbers["totals"]["comments"] - 100
    assert "not covered by the estimates: 100 comments" in section(numbers, "sure")
    assert "100 comments that came after the sample was drawn are not covered" in render_html(numbers, "en")


def test_a_cohort_without_labels_is_not_covered_yet(checked: ReportInput) -> None:
    found = checked.audit
    assert found
    labelled = set(found.labels["id"])
    later = [name for name in found.framed["id"] if name not in labelled][:100]
    framed = found.framed.assign(stratum=found.framed["id"].isin(later).astype(int))
    two = replace(found, framed=framed, strata=[Stratum(0, "all"), Stratum(1, "all")])
    without = replace(found, framed=found.framed[~found.framed["id"].isin(later)])
    one, other = (build_numbers(replace(checked, audit=audit))["audit"] for audit in (two, without))
    assert one["uncovered"] == 100
    assert one["shares"] == other["shares"]


@pytest.mark.parametrize("n", [0, 1])
def test_before_two_labels_the_sample_is_of_what_was_drawn_from(checked: ReportInput, n: int) -> None:
    found = checked.audit
    assert found
    few = replace(found, labels=found.labels[:n], framed=found.framed[7:], agreement=None)
    few = replace(few, labels=few.labels[few.labels["id"].isin(few.framed["id"])])
    numbers = build_numbers(replace(checked, audit=few))
    audit = numbers["audit"]
    assert (audit["population"], audit["uncovered"]) == (numbers["totals"]["comments"] - 7, 7)
    assert (audit["labels"], audit["dropped"], audit["audited"]) == (len(few.labels), 0, False)


def test_what_was_drawn_from_and_what_of_it_counts_now_are_both_said(
    checked: ReportInput, numbers: dict[str, Any]
) -> None:
    found, whole = checked.audit, numbers["audit"]["population"]
    assert found
    assert numbers["audit"]["drawn_from"] == whole
    assert f"drawn at random from {whole} before anybody looked, by" in section(numbers, "sure")
    gone = set(found.framed["id"][:60])
    comments = checked.comments.assign(copied=checked.comments["copied"] | checked.comments["id"].isin(gone))
    fewer = build_numbers(replace(checked, comments=comments))
    assert (fewer["audit"]["drawn_from"], fewer["audit"]["population"]) == (whole, whole - 60)
    said = f"drawn at random from {whole} before anybody looked, of which {whole - 60} count now, by"
    assert said in section(fewer, "sure")
    assert f"抽自 {whole} 条评论（其中 {whole - 60} 条现在计入）" in page_of(fewer, "zh").text_content()


@pytest.mark.parametrize("labels", [pytest.param(120, marks=pytest.mark.slow), 30])
def test_comments_that_were_passed_over_are_said_to_bear_on_the_intervals(rich: ReportInput, labels: int) -> None:
    inp = audited(rich, labels)
    assert inp.audit
    none = build_numbers(inp)
    assert none["audit"]["passed_over"] == 0
    assert "hold only if" not in section(none, "sure")
    open_yet = inp.audit.framed["id"][~inp.audit.framed["id"].isin(inp.audit.labels["id"])].tolist()
    copied = rich.comments["id"][rich.comments["copied"]].tolist()
    numbers = build_numbers(replace(inp, audit=replace(inp.audit, passed_over=[*open_yet[:3], *copied[:1]])))
    assert numbers["audit"]["passed_over"] == 3
    assert "Passed over by those who labelled later ones of the draw: 3 comments" in section(numbers, "sure")
    claim = next(claim for claim in numbers["claims"] if claim["template"] == "passed_over")
    assert (claim["n"], claim["value"], claim["badge"]) == (3, 3, "count")
    assert "3 条。只有这些评论并不特殊，区间才成立" in page_of(numbers, "zh").text_content()


def test_strata_weigh_by_their_comments(make: Callable[..., ReportInput], frame_of: Callable[..., Any]) -> None:
    """Two strata, 900 comments of support and 100 of concern, labelled alike: nine in ten support."""
    stances = ["support"] * 900 + ["concern"] * 100
    inp = make(frame_of([{"text": f"第{i}条", "stance": "neutral"} for i in range(1000)]))
    ids = inp.comments["id"].tolist()
    chosen = [*range(30), *range(900, 930)]
    found = Audit(
        labels=labels_of([ids[i] for i in chosen], [stances[i] for i in chosen]),
        framed=pd.DataFrame({"id": ids, "stratum": [0] * 900 + [1] * 100}),
        strata=[Stratum(0, "a"), Stratum(0, "b")],
    )
    shares = build_numbers(replace(inp, audit=found))["audit"]["shares"]
    assert shares["support"]["estimate"] == pytest.approx(0.9, abs=0.001)


def test_who_comes_first_is_said_only_where_it_is_told(make: Callable[..., ReportInput], frame_of: Any) -> None:
    def lead(concern: int, support: int) -> dict[str, Any]:
        said = ["concern"] * concern + ["support"] * support + ["neutral"] * 10
        inp = make(frame_of([{"text": f"第{i}条", "stance": "neutral"} for i in range(1000)]))
        ids = inp.comments["id"].tolist()
        found = Audit(
            labels=labels_of(ids[: len(said)], said),
            framed=pd.DataFrame({"id": ids, "stratum": 0}),
            strata=[Stratum(0, "all")],
        )
        claims = build_numbers(replace(inp, audit=found))["claims"]
        return next(claim for claim in claims if claim["template"] == "leads")

    clear, level = lead(60, 30), lead(46, 44)
    assert (clear["variant"], clear["badge"], clear["slots"]["s1"]) == ("", "audited", {"stance": "concern"})
    assert (level["variant"], level["badge"]) == ("open2", "open")
    assert {level["slots"][name]["stance"] for name in ("s1", "s2")} == {"concern", "support"}


def test_how_the_coder_did_is_counted_on_the_labels(make: Callable[..., ReportInput], frame_of: Any) -> None:
    said = ["concern"] * 40 + ["support"] * 20
    coded = ["concern"] * 30 + ["support"] * 29 + [None]
    inp = make(frame_of([{"text": f"第{i}条", "stance": coded[i % 60]} for i in range(600)]))
    ids = inp.comments["id"].tolist()
    labels = labels_of(ids[:60], said)
    labels.loc[0, ["y_concern", "y_support", "coders", "disputed"]] = [0.5, 0.5, 2, True]
    found = Audit(labels=labels, framed=pd.DataFrame({"id": ids, "stratum": 0}), strata=[Stratum(0, "all")])
    audit = build_numbers(replace(inp, audit=found))["audit"]
    coder = audit["coder"]
    counts = [list(coder["stances"][name].values()) for name in ("concern", "support")]
    assert counts == [[39.5, 30, 29.5, 75, 98], [20.5, 29, 19, None, None]]
    assert list(coder["confusion"]["support"].values()) == [0.5, 19, 0, 0, 1]
    assert audit["people"]["disputed"] == 1


def test_without_a_coder_the_labels_stand_alone(rich: ReportInput) -> None:
    bare = replace(audited(rich), comments=rich.comments.assign(stance=None))
    numbers = build_numbers(bare)
    assert {share["gain"] for share in numbers["audit"]["shares"].values()} == {1.0}
    assert numbers["audit"]["coder"] is None
    for language in LANGUAGES:
        assert "None" not in render_html(numbers, language)


def test_a_source_with_labels_of_its_own_has_an_interval(checked: ReportInput, numbers: dict[str, Any]) -> None:
    found = checked.audit
    assert found
    places = checked.comments.set_index("id").loc[found.labels["id"], "platform"].value_counts()
    panels = {panel["place"]: panel["audited"] for panel in numbers["places"]["panels"]}
    assert {place for place, shares in panels.items() if shares} == set(places.index[places >= 30])
    assert panels["微博"]["concern"]["labels"] == places["微博"]
    said = section(numbers, "places")
    assert "audited in part" in said
    assert said.count("; audited, ") == sum(bool(shares) for shares in panels.values())
    adjusted = [bool(panel["adjusted"]) for panel in numbers["places"]["panels"]]
    assert said.count("; corrected") == sum(adjusted)
    assert said.count("; machine draft") == len(panels) - sum(map(bool, panels.values())) - sum(adjusted)
    begun = build_numbers(audited(checked, 49, seed=2))["places"]["panels"]
    assert not any(panel["audited"] for panel in begun)


def test_a_source_whose_comments_mostly_came_later_has_none(checked: ReportInput) -> None:
    found = checked.audit
    assert found
    place = checked.comments.set_index("id")["platform"]
    open_yet = ~found.framed["id"].isin(found.labels["id"]) & (found.framed["id"].map(place) == "微博")
    inp = replace(checked, audit=replace(found, framed=found.framed[~open_yet]))
    panels = {panel["place"]: panel["audited"] for panel in build_numbers(inp)["places"]["panels"]}
    assert panels["微博"] is None


def test_findings_of_audited_claims_have_an_interval_and_a_test(numbers: dict[str, Any]) -> None:
    whole = [claim for claim in numbers["claims"] if claim["template"] not in {"differs", "panel"}]
    estimated = [claim for claim in whole if claim["badge"] in {"audited", "open"}]
    assert [claim["template"] for claim in estimated] == ["leads", *["share"] * 4, "ahead"]
    for claim in estimated:
        assert claim["low"] < claim["value"] < claim["high"]
        assert claim["test"]
        assert (claim["n"], claim["digest"]) == (120, numbers["audit"]["digest"])
    assert all(claim["low"] is None for claim in whole if claim not in estimated and claim["test"] == "")
