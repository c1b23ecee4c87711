"""What is written is read back equal: minyi's own table in every form, and tasks that other programs filled in."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pytest
from python_calamine import CalamineWorkbook

from nlp.evaluate import read_labelled
from storage.errors import UsageError
from storage.nouns import Stance

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Bench

pytestmark = pytest.mark.usefixtures("on_both")

SUGGESTION = {"stance": Stance.SUGGESTION, "codes": (0, 1, 1), "unsure": True, "note": "=反语？\n'quoted', 12"}
OWN = ["labels.csv", "labels.xlsx", "labels.jsonl"]


def filled(bench: Bench) -> None:
    bench.say("person:李", 0, **SUGGESTION, seconds=8.125)
    bench.say("person:Bo", 0, stance=Stance.CONCERN, codes=(0, 1, 0))
    bench.say("settled", 0, stance=Stance.CONCERN, codes=(0, 1, 1))
    bench.say("person:李", 1, stance=Stance.NEUTRAL)
    bench.say("person:settled", 2, what="skipped", note="picture only")
    bench.say("person:李", 11, stance=Stance.SUPPORT, codes=(1, 0, 0))
    bench.say("person:Bo", 3, stance=Stance.SUPPORT, codes=(1, 0, 0))
    bench.say("person:Bo", 3, what="withdrawn")


@pytest.mark.parametrize("name", OWN)
def test_what_one_study_exports_another_takes_equal(bench: Bench, other: Bench, name: str) -> None:
    filled(bench)
    counts = other.take(bench.export(name))
    assert counts["new"] == 6
    assert counts["rejected"] == {}
    assert other.latest() == [row for row in bench.latest() if row[2] != "withdrawn"]


@pytest.mark.parametrize("name", OWN)
def test_the_own_export_adds_nothing(bench: Bench, name: str) -> None:
    filled(bench)
    before = bench.latest(all_of_it=True)
    counts = bench.take(bench.export(name))
    assert (counts["new"], counts["known"], counts["unlabelled"]) == (0, 6, 7)
    assert bench.latest(all_of_it=True) == before
    assert "Nothing was added." in bench.said.getvalue()


def test_a_sheet_offers_the_drawn_comments_and_is_filled_in_by_hand(bench: Bench) -> None:
    path = bench.export("sheet.csv", blank=True)
    rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines(keepends=True)))
    assert [row["id"] for row in rows] == bench.ids[:10]
    assert {row["annotator"] + row["primary"] + row["support"] for row in rows} == {""}
    rows[0] |= {"primary": "Suggestion", "concern": "1"}
    rows[1] |= {"primary": "支持", "unsure": "yes"}
    rows[2] |= {"what": "skipped"}
    out = bench.folder / "filled.csv"
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    counts = bench.take(out, "李")
    assert (counts["new"], counts["unlabelled"]) == (3, 7)
    assert bench.latest() == [
        (bench.ids[0], "person:李", "judged", "suggestion", 0, 1, 1, False, ""),
        (bench.ids[1], "person:李", "judged", "support", 1, 0, 0, True, ""),
        (bench.ids[2], "person:李", "skipped", None, None, None, None, False, ""),
    ]


def test_a_blank_sheet_shows_nobodys_labels_and_one_for_the_second_coder_only_theirs(bench: Bench) -> None:
    filled(bench)
    blank = bench.export("blank.jsonl", blank=True, second=True).read_text()
    rows = [json.loads(line) for line in blank.splitlines()]
    assert [row["id"] for row in rows] == bench.ids[:4]
    assert {(row["annotator"], row["primary"], row["note"], row["support"]) for row in rows} == {("", "", "", "")}
    assert {row["second"] for row in rows} == {1}


def test_no_text_of_a_comment_is_run_by_a_spreadsheet(bench: Bench) -> None:
    sheet = CalamineWorkbook.from_path(bench.export("labels.xlsx")).get_sheet_by_name("labels").to_python()
    assert sheet[1][1] == bench.workspace.store.comments("fees")["text"][0]
    text = bench.export("labels.csv").read_text("utf-8-sig")
    assert "\"'=第0条" in text


def test_an_export_is_a_file_that_adapt_and_evaluate_read(bench: Bench) -> None:
    filled(bench)
    for name in ("labels.csv", "labels.jsonl"):
        found = read_labelled(bench.export(name), "")
        assert [row.id for row in found.rows] == [bench.ids[0], bench.ids[1], bench.ids[11]]
        assert found.rejects == []
        assert {row.change for row in found.rows} == {bench.workspace.study.change.target}
        assert found.rows[0].people == (2, 1, 1) or sorted(found.rows[0].people) == [1, 1, 2]
        assert found.rows[1].codes == frozenset({3})


def annotated(tasks: Path, **answers: Any) -> list[dict[str, Any]]:
    """What Label Studio exports once people have worked on the tasks: its own ids, numbers and bookkeeping."""
    done = json.loads(tasks.read_text(encoding="utf-8"))
    return [
        {**task, "id": 900 + at, "annotations": answers.get(f"at{at}", []), "predictions": [], "project": 7}
        for at, task in enumerate(done)
    ]


def choice(block: str, *names: str) -> dict[str, Any]:
    return {"type": "choices", "from_name": block, "to_name": "text", "value": {"choices": list(names)}, "id": "x"}


def answer(person: Any, *results: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": 5, "completed_by": person, "result": list(results), "was_cancelled": False, "lead_time": 4.25} | more


def test_label_studio_there_and_back(bench: Bench) -> None:
    tasks = bench.export("tasks.json", form="labelstudio")
    note = {"type": "textarea", "from_name": "note", "to_name": "text", "value": {"text": ["反语", "?"]}}
    li, bo = {"id": 1, "email": "li@example.org", "first_name": "L"}, 2
    exported = annotated(
        tasks,
        at0=[answer(li, choice("primary", "suggestion"), choice("also", "concern", "unsure"), note)],
        at1=[answer(li, choice("primary", "neutral")), answer(bo, choice("primary", "concern"))],
        at2=[answer(bo, was_cancelled=True)],
    )
    counts = bench.take(bench.write("export.json", exported), "2=Bo")
    assert (counts["new"], counts["unlabelled"], counts["rejected"]) == (4, 7, {})
    assert bench.latest() == [
        (bench.ids[0], "person:li@example.org", "judged", "suggestion", 0, 1, 1, True, "反语\n?"),
        (bench.ids[1], "person:Bo", "judged", "concern", 0, 1, 0, False, ""),
        (bench.ids[1], "person:li@example.org", "judged", "neutral", 0, 0, 0, False, ""),
        (bench.ids[2], "person:Bo", "skipped", None, None, None, None, False, ""),
    ]
    again = bench.take(bench.folder / "export.json", "2=Bo")
    assert (again["new"], again["known"]) == (0, 4)


def test_what_goes_to_other_programs_holds_no_label_and_what_they_need_beside_it(bench: Bench) -> None:
    filled(bench)
    tasks = json.loads(bench.export("ls.json", form="labelstudio").read_text(encoding="utf-8"))
    assert len(tasks) == 10
    assert {*tasks[0]["data"]} == {"minyi_id", "text", "evidence", "change", "codebook"}
    assert '<Choices name="primary"' in (bench.folder / "ls.interface.xml").read_text()
    lines = bench.export("dc.jsonl", form="doccano").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["label"] for line in lines] == [[]] * 10
    labels = json.loads((bench.folder / "dc.labels.json").read_text())
    assert [label["text"] for label in labels][:5] == ["support", "concern", "suggestion", "neutral", "also support"]


def test_the_interface_asks_for_what_the_reader_reads(bench: Bench) -> None:
    from defusedxml.ElementTree import fromstring

    bench.export("ls.json", form="labelstudio")
    interface = fromstring((bench.folder / "ls.interface.xml").read_text())
    blocks = {one.get("name"): [it.get("value") for it in one] for one in interface.iter("Choices")}
    assert blocks == {
        "primary": ["support", "concern", "suggestion", "neutral"],
        "also": ["support", "concern", "suggestion", "unsure"],
    }
    shown = {one.get("value") for one in interface.iter() if (one.get("value") or "").startswith("$")}
    task = json.loads((bench.folder / "ls.json").read_text(encoding="utf-8"))[0]["data"]
    assert {name.removeprefix("$") for name in shown} <= {*task}


def test_label_studios_lighter_export_is_read_too(bench: Bench) -> None:
    rows = [
        {
            "id": 4,
            "minyi_id": bench.ids[0],
            "primary": "concern",
            "also": {"choices": ["suggestion", "unsure"]},
            "annotator": 3,
        },
        {"id": 5, "minyi_id": bench.ids[1], "primary": "neutral", "annotator": 3, "lead_time": 2.5},
    ]
    bench.take(bench.write("min.json", rows))
    assert bench.latest() == [
        (bench.ids[0], "person:3", "judged", "concern", 0, 1, 1, True, ""),
        (bench.ids[1], "person:3", "judged", "neutral", 0, 0, 0, False, ""),
    ]


def test_an_interface_of_anothers_making_is_read_by_its_choices(bench: Bench) -> None:
    exported = annotated(bench.export("t.json", form="labelstudio"), at0=[answer("Li", choice("haltung", "Concern"))])
    bench.take(bench.write("e.json", exported))
    assert [row[:4] for row in bench.latest()] == [(bench.ids[0], "person:Li", "judged", "concern")]


def test_doccano_there_and_back(bench: Bench) -> None:
    lines = [json.loads(line) for line in bench.export("d.jsonl", form="doccano").read_text("utf-8").splitlines()]
    for number, line in enumerate(lines):
        line["id"] = 31 + number  # doccano's own
    lines[0] |= {"label": ["suggestion", "also concern", "unsure"], "Comments": ["反语"]}
    lines[1] |= {"label": ["neutral"]}
    done = bench.write("all.jsonl", "\n".join(json.dumps(line) for line in lines))
    counts = bench.take(done, "李")
    assert (counts["new"], counts["unlabelled"], counts["rejected"]) == (2, 8, {})
    assert bench.latest() == [
        (bench.ids[0], "person:李", "judged", "suggestion", 0, 1, 1, True, "反语"),
        (bench.ids[1], "person:李", "judged", "neutral", 0, 0, 0, False, ""),
    ]


def test_a_kits_result_is_one_more_file(bench: Bench, kit_result: Callable[..., dict[str, Any]]) -> None:
    path = bench.write("minyi-labels-Li-fees.json", kit_result(bench.ids[:10], "Li"))
    assert bench.take(path)["new"] == 1
    assert bench.latest() == [(bench.ids[2], "person:Li", "judged", "concern", 0, 1, 0, False, "")]
    assert bench.take(path)["known"] == 1


@pytest.mark.parametrize(("name", "form"), [("labels.txt", ""), ("labels", ""), ("x.csv", "conll")])
def test_a_form_nobody_knows_is_refused_with_those_there_are(bench: Bench, name: str, form: str) -> None:
    with pytest.raises(UsageError, match="no form of labels") as refused:
        bench.export(name, form=form)
    assert "labelstudio" in refused.value.remedy


def test_where_nothing_is_drawn_the_export_says_what_to_do(empty: Bench) -> None:
    with pytest.raises(UsageError, match="nothing is drawn") as refused:
        empty.export("labels.csv")
    assert "minyi sample" in refused.value.remedy
