"""Two reports beside each other: what moved, what changed, and why."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from minyi import manifests, reporting, rerunning, unchanged
from minyi.analysing import analyse
from minyi.differing import Difference, Figure, causes_of, difference
from minyi.differing_shown import show
from minyi.figures import changes, comparable, flat
from minyi.fingerprints import CodePrint
from minyi.manifests import Kept, kept_by
from minyi.reporting import report
from minyi.rerunning import named_run
from minyi.settings_differing import settings_differing
from minyi.workspace import open_workspace
from reports.numbers import build_numbers
from storage.errors import UsageError
from storage.responses import ResponseRecord

if TYPE_CHECKING:
    from pathlib import Path

    from minyi.console import Console
    from minyi.workspace import Workspace


def again(workspace: Workspace, more: Any) -> str:
    report(workspace, more.quiet())
    return named_run(workspace, "last")


@pytest.mark.slow
def test_a_second_report_of_the_same_differs_in_nothing_but_the_last_one(
    opened: Workspace, made: Any, more: Any
) -> None:
    found = difference(opened, made.run, again(opened, more))
    assert set(found.causes) <= {"last report"}
    assert found.moved == []
    assert all(it.name.startswith(("since", "claims.")) for it in found.figures)


@pytest.mark.slow
def test_more_comments_are_named_and_are_the_cause(opened: Workspace, made: Any, more: Any) -> None:
    more.add(opened, 500, 5)
    analyse(opened, more.quiet())
    found = difference(opened, made.run, again(opened, more))
    assert [it.what for it in found.moved] == ["came"] * 5
    stored = next(it for it in found.figures if it.name == "totals.stored")
    assert (stored.old, stored.new, stored.causes) == (160, 165, ["data"])


@pytest.mark.slow
def test_a_label_that_moved_is_told_by_comment_and_person(opened: Workspace, made: Any, more: Any) -> None:
    more.label(opened, "Ann", 60, turned=1)
    found = difference(opened, made.run, again(opened, more))
    assert "labels" in found.causes
    assert len(found.moved) == 60
    assert {it.by for it in found.moved} == {"person:Ann"}
    assert {it.what for it in found.moved} == {"relabelled"}
    shares = [it for it in found.figures if it.name.startswith("audit.shares")]
    assert shares
    assert all(it.causes == ["labels"] for it in shares)


@pytest.mark.slow
def test_another_coder_and_other_settings_are_told_apart(made: Any, more: Any) -> None:
    file = made.folder / "study.toml"
    text = file.read_text("utf-8").replace("end = 2026-03-31", "end = 2026-03-15")
    file.write_text(text, encoding="utf-8")
    with open_workspace(made.folder) as workspace:
        more.other_coder(workspace)
        found = difference(workspace, made.run, again(workspace, more))
    assert {"settings", "coder"} <= set(found.causes)
    assert ("end", "2026-03-31", "2026-03-15") in found.settings
    assert found.attributed
    by = {it.name: it.causes for it in found.figures}
    assert by["totals.comments"] == ["settings"]
    assert any("coder" in causes for causes in by.values())
    assert any("other@1" in it.by for it in found.moved)


def but(kept: Kept, part: str, **changed: Any) -> Kept:
    """What a run kept, with another manifest, snapshot or telling."""
    other = Kept(kept.folder, kept.manifest, kept.intact)
    held = {"manifest": kept.manifest, "snapshot": kept.snapshot, "told": kept.told}
    if part == "manifest":
        held[part] = kept.manifest.model_copy(update=changed)
    elif part == "snapshot":
        held[part] = replace(kept.snapshot, **changed)
    else:
        held[part] = kept.told | changed
    other.__dict__.update(held)
    return other


def test_each_cause_is_told_by_what_differs_alone(opened: Workspace, made: Any) -> None:
    kept = kept_by(opened, made.run)
    manifest, there = kept.manifest, kept.snapshot
    turned = np.append(there.stances[:-1], (there.stances[-1] + 1) % 4).astype(np.int8)
    fewer = {name: getattr(there, name)[1:] for name in ("keys", "stances", "themes", "checks")}
    asked = replace(manifest.options, audience="public")
    study, other = manifest.study.model_copy(update={"end": None}), CodePrint("0", "0" * 64)
    known = {
        "settings": [("manifest", {"study": study}), ("manifest", {"options": asked}), ("manifest", {"words": ["x"]}),
                     ("told", {"themes": "x"})],
        "answers": [("told", {"responses": "x"}), ("told", {"paraphrases": "x"})],
        "coder": [("manifest", {"coder": replace(manifest.coder, annotator="other@1")}),
                  ("snapshot", {"stances": turned})],
        "labels": [("manifest", {"labels": replace(manifest.labels, digest="x")}), ("manifest", {"cohorts": [99]}),
                   ("snapshot", {"item_keys": there.item_keys + 1})],
        "data": [("snapshot", fewer), ("snapshot", {"checks": there.checks + np.uint16(1)}), ("told", {"gaps": "x"})],
        "code": [("manifest", {"code": other}), ("manifest", {"made": replace(manifest.made, versions={})})],
        "last report": [("told", {"last": "x"})],
    }  # fmt: skip
    assert causes_of(kept, but(kept, "told")) == []
    editions = replace(manifest.options, formats=["html", "docx"])
    assert causes_of(kept, but(kept, "manifest", options=editions)) == []  # they move no figure
    for cause, changes_made in known.items():
        for part, changed in changes_made:
            assert causes_of(kept, but(kept, part, **changed)) == [cause], (part, list(changed))


@pytest.mark.slow
def test_what_another_program_counts_otherwise_is_told_apart_from_more_comments(
    opened: Workspace, made: Any, more: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def otherwise(inp: Any) -> Any:
        numbers = build_numbers(inp)
        return numbers | {"totals": numbers["totals"] | {"days": -1}}

    for module in (reporting, rerunning):
        monkeypatch.setattr(module, "build_numbers", otherwise)
    for module in (manifests, unchanged, rerunning):
        monkeypatch.setattr(module, "code_print", lambda: CodePrint("9.9", "9" * 64))
    more.add(opened, 500, 5)
    analyse(opened, more.quiet())
    found = difference(opened, made.run, again(opened, more))
    assert {"code", "data"} <= set(found.causes)
    by = {it.name: it.causes for it in found.figures}
    assert by["totals.stored"] == ["data"]
    assert by["totals.days"] == ["code"]


@pytest.mark.slow
def test_everything_goes_into_a_file(opened: Workspace, made: Any, more: Any, console: Console, tmp_path: Path) -> None:
    more.add(opened, 500, 30)
    found = difference(opened, made.run, again(opened, more))
    show(found, console, tmp_path / "d.json")
    show(found, console, tmp_path / "d.csv")
    told = json.loads((tmp_path / "d.json").read_text("utf-8"))
    assert len(told["comments"]) == 30
    rows = list(csv.DictReader((tmp_path / "d.csv").read_text("utf-8-sig").splitlines()))
    assert len(rows) == len(found.moved) + len(found.figures)
    with pytest.raises(UsageError):
        show(found, console, tmp_path / "d.txt")


def test_figures_are_matched_by_what_they_are() -> None:
    def claim(number: int, stance: str, value: int) -> dict[str, Any]:
        return {"id": f"C{number}", "template": "share", "slots": {"stance": {"stance": stance}}, "value": value}

    old = {"claims": [claim(1, "concern", 5), claim(2, "support", 6)], "rows": [{"day": "a", "n": 1}]}
    new = {
        "claims": [claim(1, "support", 7), claim(2, "concern", 5)],
        "rows": [{"day": "0", "n": 9}, {"day": "a", "n": 1}],
    }
    found = {it.name: (it.old, it.new) for it in changes(comparable(old), comparable(new))}
    assert found == {
        "claims.share(support).value": (6, 7),
        "rows[0].day": (None, "0"),
        "rows[0].n": (None, 9),
    }


def test_one_and_one_point_nought_are_not_the_same_figure() -> None:
    assert changes(dict(flat({"a": 1})), dict(flat({"a": 1.0})))


@pytest.mark.slow
def test_answers_and_new_labels_are_told_in_the_words_of_the_report(
    opened: Workspace, made: Any, more: Any, console: Console
) -> None:
    numbers = kept_by(opened, made.run).numbers
    ask = numbers["asks"]["listed"][0]
    run = opened.store.begin_run(opened.study.id, "respond", {}, "")
    answer = ResponseRecord("response", ask["key"], "said", "已答复", "Answered", date(2026, 3, 20))
    opened.store.responses.put(opened.study.id, run, [answer])
    more.label(opened, "Cay", 3)
    found = difference(opened, made.run, again(opened, more))
    assert {"answers", "labels", "last report"} <= set(found.causes)
    assert not {"settings", "coder", "data"} & set(found.causes)
    assert {it.what for it in found.moved} == {"newly labelled"}
    by = {it.name: it.causes for it in found.figures}
    assert by[f"asks.listed[{ask['id']}].response.state"] == ["answers"]
    assert {tuple(causes) for name, causes in by.items() if name.startswith("claims.since")} == {("last report",)}
    assert not [it for it in found.figures if it.old is None and it.new is None]
    show(found, console)
    said = console.out.getvalue()  # type: ignore[attr-defined]
    assert "newly labelled" in said
    assert "settings" not in said


def test_a_setting_is_named_with_both_values(opened: Workspace, made: Any, console: Console) -> None:
    kept = kept_by(opened, made.run)
    other = but(kept, "manifest", study=kept.manifest.study.model_copy(update={"end": None}))
    (setting,) = settings_differing(kept, other)
    assert setting == ("end", "2026-03-31", None)
    numbers = (kept.numbers, kept.numbers)
    show(Difference(("1", "2"), ["settings"], [], [], True, [setting], numbers), console)
    assert "setting end: 2026-03-31 → –" in console.out.getvalue()  # type: ignore[attr-defined]


def test_figures_are_called_by_their_claim_before_their_path(opened: Workspace, made: Any, console: Console) -> None:
    numbers = kept_by(opened, made.run).numbers
    claim = next(it for it in numbers["claims"] if it["template"] == "labels")
    figures = [
        Figure("claims.labels.slots.labels.int", 49, 50, ["labels"]),
        Figure("audit.people.coders", 1, 2, ["labels"]),
        Figure(f"asks.listed[{numbers['asks']['listed'][0]['id']}].response.state", None, "said", ["answers"]),
    ]
    show(Difference(("1", "2"), ["labels"], [], figures, True, [], (numbers, numbers)), console)
    said = console.out.getvalue()  # type: ignore[attr-defined]
    assert re.search(rf"{claim['id']} labels +49 +50 +labels +claims\.labels\.slots", said)
    assert re.search(r"P\d+ people coders +1 +2", said)
    assert re.search(r"request “.*”: response state +– +said", " ".join(said.split("\n")))
