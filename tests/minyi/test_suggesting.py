"""Suggestions: what teaches most, never what is labelled or drawn, and never part of an estimate."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from minyi.auditing import audit_of
from minyi.console import Console
from minyi.labelling.desk import Desk
from minyi.labelling.sitting import PageChoice
from minyi.labels import standing, task_of
from minyi.sampling import Wanted, sample
from minyi.suggesting import Suggested, show_suggested, suggest_comments
from minyi.workspace import open_workspace
from nlp.duplicates import near_groups
from nlp.fold import fold_keys
from nlp.next_labels import spread, usefulness
from storage.nouns import Page, Stance
from storage.records import Judgement

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from minyi.workspace import Workspace

pytestmark = pytest.mark.usefixtures("on_both")

STUDY = """\
[study]
id = "fees"

[change]
name = { zh = "提现收费", en = "Withdrawal fee" }
statement = { zh = "平台对提现收取手续费", en = "The platform charges a fee for withdrawals" }
"""
SAYINGS = ("强烈反对收手续费", "支持，早该收手续费了", "建议手续费按次数收", "今天天气不错", "又要收费？行吧")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A hundred comments, twenty of them drawn at random, and five suggested."""
    with begun(tmp_path_factory.mktemp("study")) as workspace:
        sample(workspace, Console(quiet=True), Wanted(size=20))
        suggest(workspace, 5)
        yield workspace


def begun(folder: Path) -> Any:
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    with open_workspace(folder) as workspace:
        rows: list[Any] = [
            {"ext_id": str(n), "text": f"{SAYINGS[n % 5]}，{chr(0x4E00 + 7 * n)}{chr(0x5200 + 5 * n)}"}
            for n in range(95)
        ]
        rows += [{"ext_id": str(95 + n), "text": f"这事儿嘛，我说不好，先看看再说吧{'。' * (n % 2)}"} for n in range(5)]
        run = workspace.store.begin_run("fees", "import", {}, "")
        workspace.store.add_page("fees", "forum", Page(comments=rows), run_id=run)
    return open_workspace(folder)


def suggest(workspace: Workspace, size: int) -> Suggested:
    return suggest_comments(workspace, Console(quiet=True), size)


def picks(workspace: Workspace) -> list[str]:
    return list(workspace.store.labels.items("fees", "training")["id"])


def say(workspace: Workspace, ids: list[str], stance: Stance) -> None:
    keys = workspace.store.comments("fees", columns=["id", "key"]).set_index("id")["key"]
    codes = {"support": (1, 0, 0), "concern": (0, 1, 0), "suggestion": (0, 0, 1), "neutral": (0, 0, 0)}[stance]
    said = [Judgement(int(keys[one]), stance=stance, codes=codes) for one in ids]
    run = workspace.store.begin_run("fees", "label", {}, "")
    workspace.store.labels.put("fees", *task_of(workspace.study), "person:Ann", run, said)


def test_none_is_drawn_already_and_none_is_like_another(made: Workspace) -> None:
    drawn = made.store.labels.items("fees", "audit")
    chosen = made.store.labels.items("fees", "training")
    assert len(chosen) == 5
    assert not set(chosen["id"]) & set(drawn["id"])
    texts = [*drawn["text"], *chosen["text"]]
    near = near_groups(texts, fold_keys(texts)).key
    assert len(set(near[20:])) == 5
    assert not set(near[20:]) & set(near[:20])


def test_the_same_study_gets_the_same_suggestions(made: Workspace, tmp_path: Path) -> None:
    with begun(tmp_path) as other:
        sample(other, Console(quiet=True), Wanted(size=20))
        suggest(other, 5)
        assert picks(other) == picks(made)


def test_again_it_only_makes_up_for_what_was_labelled(made: Workspace) -> None:
    before = picks(made)
    assert suggest(made, 5)[:2] == (0, 5)
    say(made, before[:2], Stance.CONCERN)
    assert suggest(made, 5)[:2] == (2, 5)
    assert set(before) <= set(picks(made))
    assert len(set(picks(made))) == 7


def test_labels_of_suggestions_change_no_estimate(made: Workspace) -> None:
    drawn = list(made.store.labels.items("fees", "audit")["id"])
    say(made, drawn[:10], Stance.CONCERN)
    before = audit_of(made)
    say(made, picks(made), Stance.SUPPORT)
    after = audit_of(made)
    assert before is not None
    assert after is not None
    assert before.labels.equals(after.labels)
    assert before.framed.equals(after.framed)
    assert before.coders == after.coders
    known = standing(made).set_index("id")
    assert not known.loc[picks(made), "in_sample"].any()
    assert not known.loc[picks(made), "held_back"].any()  # and the coder may learn from each


def test_the_page_shows_them_alone_where_that_is_wanted(made: Workspace) -> None:
    chosen = PageChoice.of(name="", language="", training=True)
    desk = Desk(made.store.labels, made.study, "1", chosen.kinds)
    assert [item["id"] for item in desk.items()] == picks(made)


def test_what_it_did_is_said(made: Workspace, tmp_path: Path) -> None:
    out = io.StringIO()
    show_suggested(Suggested(5, 5, 76, "embedded@1"), tmp_path, Console(out=out))
    assert "Suggested: 5 of 76 different texts" in out.getvalue()
    assert f"minyi label {tmp_path} --training" in out.getvalue()


def test_unsure_comments_and_those_of_rare_stances_teach_most() -> None:
    scores = np.array([[0.5, 0.5, 0, 0], [0.05, 0.95, 0, 0], [0.95, 0.05, 0, 0]], np.float32)
    value = usefulness(scores, np.array([2.0, 50, 0, 0]))
    assert value.argsort()[::-1].tolist() == [0, 2, 1]


def test_one_of_each_kind_comes_before_the_second_of_any() -> None:
    of = np.array([[1, 0], [1, 0.01], [0, 1], [0.7, 0.7]])
    of /= np.linalg.norm(of, axis=1, keepdims=True)
    nothing = np.empty((0, 2))
    assert spread(np.array([0.9, 0.89, 0.5, 0.1]), of, nothing, 3) == [0, 2, 3]
    assert spread(np.array([0.9, 0.89, 0.5, 0.1]), of, np.array([[1.0, 0]]), 2) == [2, 3]
    assert spread(np.zeros(4), of, nothing, 9)[:1] == [0]
