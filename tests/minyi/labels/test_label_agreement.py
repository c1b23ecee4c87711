"""Which judgements count for agreement: what people said of the random sample before they talked it over."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from minyi.console import Console
from minyi.label_agreement import agreement_of, agreement_words
from minyi.label_standing import how_far
from minyi.labels_shown import show_standing
from minyi.workspace import open_workspace
from storage.errors import MinyiError
from storage.nouns import Stance

if TYPE_CHECKING:
    from conftest import Bench

pytestmark = pytest.mark.usefixtures("on_both")

SUPPORT = {"stance": Stance.SUPPORT, "codes": (1, 0, 0)}
CONCERN = {"stance": Stance.CONCERN, "codes": (0, 1, 0)}
BOTH = {"stance": Stance.CONCERN, "codes": (0, 1, 1)}


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every annotation is a millisecond later than the one before."""
    from itertools import count

    from storage import writes

    times = count(1_800_000_000_000)
    monkeypatch.setattr(writes, "now", lambda: next(times))


@pytest.fixture(autouse=True)
def _no_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    """A report's estimates have tests of their own, and want the coder."""
    monkeypatch.setattr("minyi.auditing.audit_now", lambda _: None)


def told(bench: Bench) -> dict[str, Any]:
    bench.said = io.StringIO()
    return how_far(bench.workspace, Console(out=bench.said, err=bench.said))


def test_agreement_is_that_of_people_on_what_both_judged(bench: Bench) -> None:
    for at, (one, other) in enumerate([(CONCERN, CONCERN), (SUPPORT, SUPPORT), (CONCERN, BOTH), (SUPPORT, CONCERN)]):
        bench.say("person:李", at, **one)
        bench.say("person:Bo", at, **other)
    bench.say("person:李", 5, **CONCERN)
    found = agreement_of(bench.workspace)
    assert (found.coders, found.labelled, found.shared) == (("Bo", "李"), 5, 4)
    assert found.alpha().agreed == 0.75
    assert found.alpha("suggestion").agreed == 0.75
    assert found.alpha("suggestion").value == pytest.approx(0)
    assert found.confusions[0].table == ((1, 0, 0, 0), (1, 2, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0))


def test_what_is_changed_after_a_talk_is_no_evidence_of_agreement(bench: Bench) -> None:
    bench.say("person:李", 0, **SUPPORT)
    bench.say("person:Bo", 0, **SUPPORT)
    bench.say("person:Bo", 0, **CONCERN)  # put right before anybody talked
    bench.say("settled", 0, **SUPPORT)
    bench.say("person:Bo", 0, **SUPPORT)
    assert agreement_of(bench.workspace).alpha().agreed == 0
    bench.say("settled", 0, what="withdrawn")
    assert agreement_of(bench.workspace).alpha().agreed == 0


def test_comments_skipped_or_taken_back_or_not_drawn_do_not_count(bench: Bench) -> None:
    for at in (0, 1, 11):
        bench.say("person:李", at, **SUPPORT)
        bench.say("person:Bo", at, **CONCERN)
    bench.say("person:Bo", 0, what="withdrawn")
    bench.say("person:Bo", 1, what="skipped")
    found = agreement_of(bench.workspace)
    assert (found.labelled, found.shared) == (2, 0)


def test_where_nothing_was_drawn_all_labels_count(empty: Bench) -> None:
    empty.say("person:李", 11, **SUPPORT)
    empty.say("person:Bo", 11, **CONCERN)
    assert agreement_of(empty.workspace).shared == 1


def test_it_is_kept_each_time_it_is_told(bench: Bench) -> None:
    assert told(bench)["agreement"] is None
    assert bench.workspace.store.agreements.latest("fees") == []
    bench.say("person:李", 0, **SUPPORT)
    bench.say("person:Bo", 0, **CONCERN)
    first = told(bench)
    kept = bench.workspace.store.agreements.latest("fees")
    assert [(one.code, one.statistic, one.annotators, one.n) for one in kept][:1] == [
        ("primary", "alpha", ("Bo", "李"), 1)
    ]
    assert len(kept) == len(first["agreement"]["figures"]) == 8
    assert bench.workspace.store.runs("fees")[-1].command == "labels"


def test_the_sample_is_counted_apart_from_all_else(bench: Bench) -> None:
    for at in range(3):
        bench.say("person:李", at, **SUPPORT, seconds=10.0)
    bench.say("person:李", 3, what="skipped")
    bench.say("person:李", 11, **SUPPORT)
    bench.say("person:Bo", 0, **CONCERN, unsure=True)
    bench.say("person:Bo", 1, **CONCERN)
    bench.say("settled", 1, **CONCERN)
    said = told(bench)
    assert said["sample"] == {
        "drawn": 10,
        "labelled": 3,
        "skipped": 1,
        "left": 6,
        "passed_over": 0,
        "second": 4,
        "second_left": 1,
        "twice": 2,
        "disputed": 2,
        "settled": 1,
        "to_settle": 1,
        "uncounted": 0,
    }
    assert said["outside"] == 1
    assert said["coders"] == [
        {"name": "李", "judged": 4, "skipped": 1, "unsure": 0, "seconds": 10.0},
        {"name": "Bo", "judged": 2, "skipped": 0, "unsure": 1, "seconds": None},
    ]


def steps(said: dict[str, Any]) -> list[str]:
    return [
        step["command"].split()[1:3][0] + (" settle" if "settle" in step["command"] else "") for step in said["next"]
    ]


def test_the_next_step_follows_from_what_is_done(bench: Bench, empty: Bench) -> None:
    assert steps(told(empty)) == ["sample"]
    assert steps(told(bench)) == ["label"]
    for at in range(10):
        bench.say("person:李", at, **SUPPORT, seconds=30.0)
    said = told(bench)
    assert [step["why"] for step in said["next"]] == [
        "4 comments for a second person to label too, about 2 minutes at the pace so far",
        "label every one of the 12 comments that count, and the report has people's own count",
    ]
    bench.say("person:Bo", 0, **CONCERN)
    assert "labels settle" in steps(told(bench))


def test_the_planner_says_how_far_to_enlarge_the_sample(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for at in range(10):
        for who in ("person:李", "person:Bo"):
            bench.say(who, at, **SUPPORT)
    point = {"points": {"estimate": 40, "low": 31, "high": 52}}
    told_by_report = {"audited": True, "census": None, "labels": 80, "population": 900, "shares": {"support": point}}
    monkeypatch.setattr("minyi.label_standing.LEAST", 5)
    monkeypatch.setattr("minyi.auditing.audit_now", lambda _: told_by_report | {"planner": {"points": 5, "more": 2}})
    said = told(bench)
    assert said["next"] == [
        {
            "why": "for ±5 points: about 2 more labels",
            "command": f"minyi sample {bench.workspace.folder} --size 12",
        }
    ]
    show_standing(Console(out=bench.said, err=bench.said), said)
    assert "For ±5 points: about 2 more labels." in bench.said.getvalue()
    assert "31 to 52" in bench.said.getvalue()
    monkeypatch.setattr("minyi.auditing.audit_now", lambda _: told_by_report | {"planner": None})
    assert told(bench)["next"] == [
        {"why": "the labels are complete", "command": f"minyi report {bench.workspace.folder}"}
    ]


def test_a_coder_that_cannot_be_had_costs_the_shares_alone(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_: object) -> None:
        raise MinyiError("the study's coder is gone")

    monkeypatch.setattr("minyi.auditing.audit_now", gone)
    said = told(bench)
    assert said["audit"] is None
    assert said["sample"]["drawn"] == 10
    assert "no share is estimated: the study's coder is gone" in bench.said.getvalue()


def test_a_coder_is_told_of_the_agreement_in_both_languages(bench: Bench) -> None:
    assert agreement_words(bench.workspace) is None
    for at in range(8):
        bench.say("person:李", at, **SUPPORT)
        bench.say("person:Bo", at, **SUPPORT)
    same = agreement_words(bench.workspace)
    assert same is not None
    assert "no alpha is defined" in same.en
    assert "无从计算" in same.zh
    for at in range(5):
        bench.say("person:李", at, **CONCERN)
    for at in range(4):
        bench.say("person:Bo", at, **CONCERN)
    told = agreement_words(bench.workspace)
    assert told is not None
    assert told.en.startswith("Comments that two or more people labelled: 8; 88% of pairs of labels agree; alpha 0.7")
    assert "88% 归类相同；alpha 0.7" in told.zh


def test_labels_for_another_wording_of_the_change_are_said_to_wait_for_it(bench: Bench) -> None:
    bench.say("person:Li", 0, **CONCERN)
    bench.say("person:Li", 1, **CONCERN)
    bench.say("person:Li", 1, what="withdrawn")
    assert told(bench)["elsewhere"] == []
    path = bench.folder / "study.toml"
    path.write_text(path.read_text("utf-8").replace("收取手续费", "收百元手续费"), "utf-8")
    with open_workspace(bench.folder) as renamed:
        said = how_far(renamed, Console(out=bench.said, err=bench.said))
        show_standing(Console(out=bench.said, err=bench.said), said)
    assert said["elsewhere"] == [{"change": "平台对提现收取手续费", "codebook": "1", "labelled": 1}]
    assert "1 comment is labelled for “平台对提现收取手续费”" in bench.said.getvalue()


def test_comments_left_out_between_labelled_ones_are_said_to_spoil_the_draw(bench: Bench) -> None:
    for at in (0, 1, 4, 6):
        bench.say("person:Li", at, **CONCERN)
    bench.say("person:Li", 5, what="skipped")
    said = told(bench)
    assert said["sample"]["passed_over"] == 0, "the first four are the second coder's, who may begin with them"
    bench.say("person:Li", 9, **CONCERN)
    said = told(bench)
    show_standing(Console(out=bench.said, err=bench.said), said)
    assert said["sample"]["passed_over"] == 2
    assert "2 comments were passed over" in bench.said.getvalue()


def test_only_comments_that_the_report_counts_are_left_to_label(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.say("person:Li", 0, **CONCERN)
    bench.say("person:Li", 5, **CONCERN)
    monkeypatch.setattr("minyi.label_standing.eligible", lambda _: pd.DataFrame({"key": bench.keys[:5]}))
    said = told(bench)
    assert {name: said["sample"][name] for name in ("drawn", "labelled", "left", "uncounted")} == {
        "drawn": 5,
        "labelled": 1,
        "left": 4,
        "uncounted": 5,
    }
    show_standing(Console(out=bench.said, err=bench.said), said)
    assert "5 more were drawn, and the report does not count them now" in bench.said.getvalue()
