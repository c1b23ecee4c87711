"""The door for labels: whatever a file holds, each row is kept, known, or refused with its reason; nothing is lost."""

from __future__ import annotations

import csv
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minyi.label_files.importing import people_of
from minyi.label_files.label_studio import said_of_task
from minyi.label_files.reading import read_labels
from minyi.label_files.said import BadLabelError, Said, said_of_fields
from storage.errors import MinyiError, UsageError
from storage.nouns import STANCES, Reject, Stance

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Bench

    from storage.records import Judgement

GOOD = {"annotator": "Li", "primary": "concern"}


def rows(bench: Bench, *changed: dict[str, Any]) -> list[dict[str, Any]]:
    """A file whose rows label the comments in order."""
    return [{"id": bench.ids[at], **GOOD, **other} for at, other in enumerate(changed)]


REFUSED = [
    ({"id": "nobody"}, "no comment of this study has this id"),
    ({"id": ""}, "there is no id"),
    ({"text": "a wholly other text"}, "another text stands beside this id"),
    ({"codebook": "2"}, "it is labelled by codebook 2, the study uses 1"),
    ({"change": "关闭公园"}, "it names another change"),
    ({"primary": "angry"}, "primary is “angry”, not one of support, concern, suggestion, neutral"),
    ({"concern": 0}, "primary is concern and the code concern is 0"),
    ({"primary": "neutral", "support": "1"}, "primary is neutral and support is 1"),
    ({"support": "2"}, "support is “2”, not 0 or 1"),
    ({"support": "maybe"}, "support is “maybe”, not 0 or 1"),
    ({"unsure": "x"}, "unsure is “x”, not 0 or 1"),
    ({"primary": "", "suggestion": 1}, "there is no primary stance"),
    ({"primary": "", "what": "judged"}, "there is no primary stance"),
    ({"what": "skipped"}, "it is skipped and labelled at once"),
    ({"what": "withdrawn"}, "what is “withdrawn”, not judged or skipped"),
    ({"annotator": ""}, "it does not say whose label it is"),
    ({"annotator": "\u200b"}, "it does not say whose label it is"),
]


def test_rows_that_cannot_be_used_are_named_and_the_rest_goes_on(bench: Bench) -> None:
    wrong = [{"id": bench.ids[1], **GOOD, **changed} for changed, _ in REFUSED]
    good = [{"id": bench.ids[at], **GOOD} for at in (0, 2)]
    counts = bench.take(bench.write("labels.json", [good[0], *wrong, good[1]]))
    assert counts["new"] == 2
    (kept,) = (bench.workspace.data / "rejects").glob("*.csv")
    named = list(csv.DictReader(kept.read_text(encoding="utf-8-sig").splitlines()))
    for number, (row, (_, reason)) in enumerate(zip(named, REFUSED, strict=True), 2):
        assert row["where"] == f"labels.json row {number}"
        assert row["reason"].startswith(reason)
    assert sum(counts["rejected"].values()) == len(REFUSED)
    assert "2 × there is no primary stance" in bench.said.getvalue()


def test_a_comment_labelled_twice_by_one_person_is_labelled_by_the_first_row(bench: Bench) -> None:
    twice = [{"id": bench.ids[0], **GOOD}, {"id": bench.ids[0], **GOOD, "primary": "support"}]
    counts = bench.take(bench.write("labels.json", twice))
    assert counts["rejected"] == {"the same person labels this comment twice in this file": 1}
    assert [row[3] for row in bench.latest()] == ["concern"]


def test_where_no_row_can_be_used_it_fails_and_says_why(bench: Bench) -> None:
    with pytest.raises(MinyiError, match=r"no row can be used; 2 were refused .*row 1: no comment"):
        bench.take(bench.write("labels.json", rows(bench, {"id": "x"}, {"id": "y"})))
    assert bench.latest() == []


def test_settled_with_a_capital_letter_is_what_a_spreadsheet_makes_of_it_and_no_person(bench: Bench) -> None:
    bench.say("person:Settled", 1, stance=Stance.CONCERN, codes=(0, 1, 0))
    assert bench.take(bench.write("labels.json", rows(bench, {"annotator": "Settled"})))["by"] == {"settled": 1}
    assert bench.take(bench.export("own.csv"))["known"] == 2, "a person of that name comes back as a person"


def test_a_changed_label_is_one_more_revision(bench: Bench) -> None:
    bench.take(bench.write("one.json", rows(bench, {})))
    bench.take(bench.write("two.json", rows(bench, {"primary": "support"})))
    assert [row[3] for row in bench.latest(all_of_it=True)] == ["concern", "support"]


def test_an_old_file_brings_no_old_label_back(bench: Bench) -> None:
    old = bench.write("one.json", rows(bench, {}))
    bench.take(old)
    bench.take(bench.write("two.json", rows(bench, {"primary": "support"})))
    counts = bench.take(old)
    assert (counts["new"], counts["known"], counts["older"]) == (0, 0, 1)
    assert [row[3] for row in bench.latest()] == ["support"]
    assert "has changed since; the later labels stay" in bench.said.getvalue()


def test_labels_of_comments_that_were_not_drawn_are_kept_and_said_to_be_outside(bench: Bench) -> None:
    file = [{"id": bench.ids[11], **GOOD}]
    assert bench.take(bench.write("labels.json", file))["outside_the_sample"] == 1
    assert "never enter an estimate" in bench.said.getvalue()


def test_a_sheet_of_anothers_making_may_name_the_change_as_the_study_does(bench: Bench) -> None:
    change = bench.workspace.study.change
    names = [change.statement.zh, change.statement.en.upper(), change.name.zh, ""]
    assert bench.take(bench.write("labels.json", rows(bench, *({"change": name} for name in names))))["new"] == 4


def test_a_text_that_a_program_cut_or_spaced_otherwise_is_the_same_text(bench: Bench) -> None:
    texts = bench.workspace.store.comments("fees")["text"].tolist()
    changed = [{"text": texts[0].replace("\n", " ")}, {"text": f" {texts[1]}"}, {"text": texts[2].replace("“", '"')}]
    assert bench.take(bench.write("labels.json", rows(bench, *changed)))["new"] == 3


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("", "no labels in it"),
        ("id,text\n1,x\n", "no labels in it; its columns are: id, text"),
        ('[{"id": 1, "text": "x"}]', "no labels in it; its columns are: id, text"),
        ("{", "not valid JSON"),
        ('{"format": "minyi-labels"}', "not a labelling result that can be used"),
    ],
)
def test_a_file_without_labels_is_refused_with_what_there_is(tmp_path: Path, content: str, what: str) -> None:
    (tmp_path / "labels").write_text(content)
    with pytest.raises(MinyiError, match=what):
        list(read_labels(tmp_path / "labels"))


def test_what_the_study_has_of_labels_is_not_touched_by_a_file_that_breaks_off(bench: Bench) -> None:
    good = json.dumps(rows(bench, {}, {}))
    counts = bench.take(bench.write("labels.json", good[:-5]))
    assert counts["new"] == 1
    assert len(counts["rejected"]) == 1


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        (["no object"], "the answer is no object"),
        ([{"result": "x"}], "the answer has no list of results"),
        ([{"result": [], "was_cancelled": False, "completed_by": 1}], None),
        (
            [{"result": [{"type": "choices", "from_name": "primary", "value": {"choices": ["a", "b"]}}]}],
            "several primary",
        ),
    ],
)
def test_answers_of_label_studio_that_say_nothing_useful(answers: list[Any], reason: str | None) -> None:
    (row,) = said_of_task({"data": {"minyi_id": "x"}, "annotations": answers}, "row 1")
    if reason is None:
        assert isinstance(row, Said)
        assert row.judgement is None
    else:
        assert isinstance(row, Reject)
        assert row.reason.startswith(reason)


def test_machine_labels_in_an_export_are_no_labels(bench: Bench) -> None:
    machine = {"result": [{"type": "choices", "from_name": "primary", "value": {"choices": ["concern"]}}]}
    tasks = [{"data": {"minyi_id": bench.ids[0]}, "annotations": [], "predictions": [machine]}]
    counts = bench.take(bench.write("export.json", tasks), "Li")
    assert (counts["new"], counts["unlabelled"]) == (0, 1)


def test_spans_of_doccano_are_no_stances(bench: Bench) -> None:
    lines = [{"minyi_id": bench.ids[0], "label": [[0, 2, "concern"]]}, {"minyi_id": bench.ids[1], "label": ["concern"]}]
    counts = bench.take(bench.write("all.jsonl", "\n".join(map(json.dumps, lines))), "Li")
    assert counts["new"] == 1
    assert list(counts["rejected"]) == ["its labels mark parts of the text; a text classification project is needed"]


@pytest.mark.parametrize("named", [["Li", "Bo"], [" "], ["1="]])
def test_people_that_cannot_be_meant_are_refused(named: list[str]) -> None:
    with pytest.raises(UsageError, match="cannot be meant"):
        people_of(named)


def test_rows_that_name_nobody_are_those_of_the_one_named_and_others_may_be_renamed() -> None:
    people = people_of(["Li", "1=Bo"])
    assert [people.of(who) for who in ("", "1", "settled", "An  n")] == [
        "person:Li",
        "person:Bo",
        "settled",
        "person:An n",
    ]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(["support", "concern", "suggestion", "neutral", "中立", "", "unsure"])
FIELDS = ("primary", "support", "concern", "suggestion", "also", "unsure", "what", "note", "seconds", "id", "annotator")


@settings(max_examples=60)
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, names | st.sampled_from([0, 1, "1"]) | anything)))
def test_whatever_a_row_holds_it_is_a_label_by_the_codebook_or_a_reason(fields: dict[str, Any]) -> None:
    with suppress(BadLabelError):
        assert by_the_codebook(said_of_fields(fields, "row 1").judgement)


@pytest.mark.parametrize("name", ["labels.csv", "labels.json", "labels.jsonl"])
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f'[{{"id": "{text}", "primary":'.encode())
)
def test_whatever_bytes_a_file_holds_each_row_is_read_or_refused(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with suppress(MinyiError):
        for row in read_labels(path):
            assert isinstance(row, Reject) or by_the_codebook(row.judgement)


def by_the_codebook(made: Judgement | None) -> bool:
    """Whether a judgement is one that the store takes."""
    if made is None or made.what == "skipped" or made.stance == Stance.NEUTRAL:
        return made is None or made.codes == (0, 0, 0)
    return made.stance is not None and made.codes[STANCES.index(made.stance)] == 1
