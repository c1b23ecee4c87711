"""From stored labels to what the report is told: only what was drawn at random, and what stands of it."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from minyi.auditing import audit_now, audit_of
from minyi.console import Console
from minyi.exports import export_study
from minyi.labels import task_of
from minyi.reporting import report
from minyi.sampling import Wanted, sample
from minyi.workspace import open_workspace
from storage.nouns import Page, Stance
from storage.records import Judgement

pytestmark = pytest.mark.usefixtures("on_both")

CODES = {Stance.SUPPORT: (1, 0, 0), Stance.CONCERN: (0, 1, 0), Stance.NEUTRAL: (0, 0, 0)}
QUIET = Console(quiet=True)


def judge(bench: Any, who: str, at: int, stance: Stance, seconds: float = 8.0) -> None:
    bench.say(who, at, stance=stance, codes=CODES[stance], seconds=seconds)


def add(workspace: Any, n: int) -> None:
    rows: Any = [
        {"ext_id": f"n{at}", "text": f"后来的第{at}条：{chr(0x4E00 + at * 7)}{chr(0x5200 + at * 5)}"} for at in range(n)
    ]
    study, store = workspace.study, workspace.store
    store.add_page(study.id, "forum", Page(comments=rows), run_id=store.begin_run(study.id, "import", {}, ""))


def test_nothing_is_told_where_nothing_was_drawn(empty: Any) -> None:
    assert audit_of(empty.workspace) is None
    assert audit_now(empty.workspace) is None


def test_the_sample_alone_is_told(bench: Any) -> None:
    judge(bench, "person:a", 0, Stance.SUPPORT)
    judge(bench, "person:a", 11, Stance.CONCERN)  # the last two of twelve are not drawn
    found = audit_of(bench.workspace)
    assert found
    assert found.labels["id"].tolist() == [bench.ids[0]]
    assert sorted(found.framed["id"]) == sorted(bench.ids)
    assert [(draw.population, draw.drawn, draw.method) for draw in found.draws] == [(12, 10, "simple")]
    assert (found.coders, found.seconds) == (1, 8.0)


def test_what_people_differ_on_is_shared_until_it_is_settled(bench: Any) -> None:
    judge(bench, "person:a", 0, Stance.SUPPORT, seconds=4)
    judge(bench, "person:b", 0, Stance.CONCERN, seconds=20)
    found = audit_of(bench.workspace)
    assert found
    row = found.labels.iloc[0]
    assert (row["y_support"], row["y_concern"], row["coders"], row["disputed"]) == (0.5, 0.5, 2, True)
    assert (found.coders, found.seconds) == (2, 12.0)
    judge(bench, "settled", 0, Stance.CONCERN)
    settled = audit_of(bench.workspace)
    assert settled
    row = settled.labels.iloc[0]
    assert (row["y_concern"], row["coders"], row["settled"]) == (1.0, 2, True)
    assert settled.coders == 2


def test_what_was_passed_over_is_told_until_somebody_judges_it(bench: Any) -> None:
    bench.say("person:a", 0, what="skipped")
    bench.say("person:a", 1, what="skipped")
    judge(bench, "person:b", 1, Stance.NEUTRAL)
    found = audit_of(bench.workspace)
    assert found
    assert list(found.skipped) == [bench.ids[0]]


def test_who_picks_what_to_label_is_told_and_warned_of(bench: Any) -> None:
    for at in (0, 4, 6, 9):
        judge(bench, "person:a", at, Stance.CONCERN)
    bench.say("person:a", 5, what="skipped")
    found, said = audit_of(bench.workspace), io.StringIO()
    assert found
    assert sorted(found.passed_over) == sorted(bench.ids[at] for at in (7, 8)), "the first four are the second coder's"
    report(bench.workspace, Console(out=said, err=said))
    assert "2 comments were passed over" in said.getvalue()
    now = audit_now(bench.workspace)
    assert now
    assert now["passed_over"] == 2


def test_a_report_warns_of_nothing_where_labels_are_in_the_order_of_the_draw(bench: Any) -> None:
    judge(bench, "person:a", 4, Stance.CONCERN)
    judge(bench, "person:a", 5, Stance.CONCERN)
    said = io.StringIO()
    report(bench.workspace, Console(out=said, err=said))
    assert "passed over" not in said.getvalue()
    assert "labelled for" not in said.getvalue()


def test_a_report_warns_of_labels_for_another_wording(bench: Any) -> None:
    judge(bench, "person:a", 0, Stance.CONCERN)
    judge(bench, "person:a", 1, Stance.CONCERN)
    path, said = bench.folder / "study.toml", io.StringIO()
    path.write_text(path.read_text("utf-8").replace("收取手续费", "收百元手续费"), "utf-8")
    with open_workspace(bench.folder) as renamed:
        report(renamed, Console(out=said, err=said))
    assert "2 comments are labelled for “平台对提现收取手续费”" in said.getvalue()


def test_strata_are_numbered_through_all_cohorts(bench: Any) -> None:
    workspace = bench.workspace
    study, task = workspace.study, task_of(workspace.study)
    add(workspace, 5)
    sample(workspace, QUIET, Wanted(size=14))
    found = audit_of(workspace)
    assert found
    assert [stratum.draw for stratum in found.strata] == [0, 1]
    assert found.framed.groupby("stratum").size().tolist() == [12, 5]
    assert sum(draw.drawn for draw in found.draws) == len(workspace.store.labels.items(study.id, "audit", task))


def test_reports_and_exports_keep_what_is_estimated_with_its_interval_and_test(empty: Any) -> None:
    workspace = empty.workspace
    add(workspace, 60)
    sample(workspace, QUIET, Wanted(size=55))
    study = workspace.study
    items = workspace.store.labels.items(study.id, "audit", task_of(study))
    run = workspace.store.begin_run(study.id, "label", {}, "")
    stances = [Stance.CONCERN] * 40 + [Stance.SUPPORT] * 15
    said = [Judgement(key, stance=it, codes=CODES[it]) for key, it in zip(items["key"].tolist(), stances, strict=True)]
    workspace.store.labels.put(study.id, *task_of(study), "person:a", run, said)
    report(workspace, QUIET)
    export_study(workspace.folder, ["csv"], None)
    last = workspace.store.runs(study.id)[-1].id
    kept = {
        it.evidence["stance"]: it
        for it in workspace.store.findings(study.id, last)
        if it.evidence["template"] == "share"
    }
    assert set(kept) == {"support", "concern", "suggestion", "neutral"}
    concern = kept["concern"]
    assert concern.low < 40 / 55 < concern.high
    assert (concern.n, concern.test) == (55, "95 % interval")
    now = audit_now(workspace)
    assert now
    with (workspace.folder / "export" / "shares.csv").open(encoding="utf-8-sig", newline="") as file:
        exported = {row["stance"]: row for row in csv.DictReader(file)}
    assert float(exported["concern"]["low"]) == concern.low
    assert [exported["concern"][name] for name in ("labels", "population", "uncovered")] == ["55", "72", "0"]
    assert (now["shares"]["concern"]["low"], now["shares"]["concern"]["high"]) == (concern.low, concern.high)
