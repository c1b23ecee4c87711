"""The label that stands: who disagrees has half a voice, what was settled counts, what was taken back does not."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from minyi.console import Console
from minyi.labels import held_back, judged_of, standing, task_of
from minyi.sampling import Wanted, sample
from minyi.workspace import open_workspace
from storage.labels import SETTLED
from storage.nouns import STANCES, Page, Stance
from storage.records import Judgement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from minyi.workspace import Workspace

pytestmark = pytest.mark.usefixtures("on_both")

STUDY = """\
[study]
id = "parking"

[change]
name = { zh = "临江停车收费", en = "Parking fee" }
statement = { zh = "临江市对路边停车收费", en = "The town charges for roadside parking" }
words = { zh = ["停车"], en = ["parking"] }
"""
Said = dict[str, Any]
N = 40
SUPPORT: Said = {"stance": Stance.SUPPORT, "codes": (1, 0, 0)}
CONCERN: Said = {"stance": Stance.CONCERN, "codes": (0, 1, 0)}
CONCERN_AND_MORE: Said = {"stance": Stance.CONCERN, "codes": (0, 1, 1)}
NEUTRAL: Said = {"stance": Stance.NEUTRAL}
SKIPPED: Said = {"what": "skipped"}
WITHDRAWN: Said = {"what": "withdrawn"}
COMMENTS: list[Any] = [{"ext_id": str(at), "text": f"第{at}条：停车太贵"} for at in range(N)]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    with open_workspace(tmp_path) as opened:
        opened.store.add_page("parking", "forum", Page(comments=COMMENTS), run_id=run_of(opened))
        yield opened


def run_of(workspace: Workspace) -> str:
    return workspace.store.begin_run("parking", "label", {}, "")


def say(workspace: Workspace, who: str, at: int, said: Said) -> str:
    """Who says what of which comment; returns the comment's id."""
    comment = workspace.store.comments("parking").iloc[at]
    judgement = Judgement(int(comment["key"]), **said)
    workspace.store.labels.put("parking", *task_of(workspace.study), who, run_of(workspace), [judgement])
    return str(comment["id"])


def shares(row: Mapping[Any, Any]) -> list[float]:
    return [float(row[f"y_{stance}"]) for stance in STANCES]


def test_nobody_said_anything(workspace: Workspace) -> None:
    table = standing(workspace)
    assert table.empty
    assert {"y_support", "code_concern", "coders", "held_back"} <= set(table.columns)


def test_one_person_one_label(workspace: Workspace) -> None:
    name = say(workspace, "person:a", 0, CONCERN_AND_MORE)
    (row,) = standing(workspace).to_dict("records")
    assert row["id"] == name
    assert shares(row) == [0, 1, 0, 0]
    assert [row[f"code_{code}"] for code in STANCES[:3]] == [0, 1, 1]
    assert (row["coders"], row["disputed"], row["settled"], row["in_sample"]) == (1, False, False, False)
    assert (row["cohort"], row["stratum"], row["held_back"]) == (-1, -1, False)


def test_two_who_disagree_have_half_a_voice_each(workspace: Workspace) -> None:
    say(workspace, "person:a", 0, CONCERN_AND_MORE)
    say(workspace, "person:b", 0, SUPPORT)
    (row,) = standing(workspace).to_dict("records")
    assert shares(row) == [0.5, 0.5, 0, 0]
    assert row["code_suggestion"] == 0.5
    assert (row["coders"], row["disputed"]) == (2, True)


def test_two_who_agree_on_the_primary_do_not_dispute(workspace: Workspace) -> None:
    say(workspace, "person:a", 0, CONCERN_AND_MORE)
    say(workspace, "person:b", 0, CONCERN)
    (row,) = standing(workspace).to_dict("records")
    assert (shares(row), row["disputed"], row["code_suggestion"]) == ([0, 1, 0, 0], False, 0.5)


def test_what_was_settled_stands(workspace: Workspace) -> None:
    say(workspace, "person:a", 0, CONCERN)
    say(workspace, "person:b", 0, SUPPORT)
    say(workspace, "settled", 0, NEUTRAL)
    (row,) = standing(workspace).to_dict("records")
    assert (shares(row), row["settled"], row["disputed"], row["coders"]) == ([0, 0, 0, 1], True, True, 2)
    say(workspace, "settled", 0, WITHDRAWN)
    (row,) = standing(workspace).to_dict("records")
    assert (shares(row), row["settled"]) == ([0.5, 0.5, 0, 0], False)


def test_the_last_word_of_each_person_counts(workspace: Workspace) -> None:
    say(workspace, "person:a", 0, CONCERN)
    say(workspace, "person:a", 0, SUPPORT)
    (row,) = standing(workspace).to_dict("records")
    assert (shares(row), row["coders"]) == ([1, 0, 0, 0], 1)


@pytest.mark.parametrize("last", [SKIPPED, WITHDRAWN])
def test_skipped_and_taken_back_is_no_label(workspace: Workspace, last: Said) -> None:
    say(workspace, "person:a", 0, CONCERN)
    say(workspace, "person:b", 0, SUPPORT)
    say(workspace, "person:a", 0, last)
    say(workspace, "person:a", 1, last)
    (row,) = standing(workspace).to_dict("records")
    assert (shares(row), row["coders"], row["disputed"]) == ([1, 0, 0, 0], 1, False)


def test_the_sample_is_told_apart_and_a_quarter_of_it_held_back(workspace: Workspace) -> None:
    sample(workspace, Console(quiet=True), Wanted(size=30))
    for at in range(N):
        say(workspace, "person:a", at, NEUTRAL)
    table, items = standing(workspace), workspace.store.labels.items("parking", "audit")
    assert set(table["id"][table["in_sample"]]) == set(items["id"])
    assert set(table["cohort"][table["in_sample"]]) == set(items["cohort"])
    assert (table["cohort"][~table["in_sample"]] == -1).all()
    fourth = [int(hashlib.sha256(name.encode()).hexdigest(), 16) % 4 == 0 for name in table["id"]]
    assert table["held_back"].tolist() == [a and b for a, b in zip(fourth, table["in_sample"], strict=True)]
    assert 0 < table["held_back"].sum() < 30
    assert table["id"].is_monotonic_increasing


def test_labels_for_another_change_do_not_count(workspace: Workspace) -> None:
    key = int(workspace.store.comments("parking")["key"][0])
    labels, judgement = workspace.store.labels, Judgement(key, stance=Stance.NEUTRAL)
    labels.put("parking", "another change", "1", "person:a", run_of(workspace), [judgement])
    assert standing(workspace).empty


def test_about_a_quarter_of_all_ids_is_held_back() -> None:
    assert 900 < sum(held_back(f"comment-{at}") for at in range(4_000)) < 1_100


def test_what_a_comment_is_shown_as_is_told_where_all_agree_or_it_was_settled(workspace: Workspace) -> None:
    assert judged_of(workspace) == {}
    alone, agreed, settled = (say(workspace, "person:a", at, CONCERN) for at in range(3))
    for who, at, said in (("person:b", 1, CONCERN_AND_MORE), ("person:b", 2, SUPPORT), (SETTLED, 2, SUPPORT)):
        say(workspace, who, at, said)
    for who, said in (("person:a", CONCERN), ("person:b", SUPPORT)):
        say(workspace, who, 3, said)  # nobody settled this one
    say(workspace, "person:a", 4, SKIPPED)
    assert judged_of(workspace) == {alone: Stance.CONCERN, agreed: Stance.CONCERN, settled: Stance.SUPPORT}
