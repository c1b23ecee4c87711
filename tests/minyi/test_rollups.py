"""Rollups: a report counted from a kept one is the same to the byte, and nothing stale is ever counted from."""

from __future__ import annotations

import random
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from minyi import kept_rollups
from minyi.analysing import judgement_of
from minyi.frames import COUNTED, comments_of
from minyi.gathering import count, gather, glimpse_of
from minyi.kept_rollups import folder_of, kept_glimpse, rollup_now
from minyi.rollups import rollup_of, work_out
from minyi.snapshots import data_digest
from minyi.workspace import open_workspace
from reports.numbers import build_numbers, dump_numbers
from storage.nouns import Page, Stance
from storage.records import Judgement

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from minyi.workspace import Workspace

on_both = pytest.mark.usefixtures("on_both")

STUDY = """\
[study]
id = "parking"
start = 2026-03-01
end = 2026-03-31
[change]
name = { zh = "临江停车收费" }
statement = { zh = "临江市对路边停车收费" }
words = { zh = ["停车"] }
"""
START_MS, DAY_MS, N = 1_772_294_400_000, 86_400_000, 240
PIECES = (
    "希望公布明细",
    "收费太贵了",
    "支持规范停车",
    "先给一个月通知",
    "路过看看",
    "老人怎么办",
    "钱花到哪里去了",
    "早该管管",
)


def page(start: int, n: int, *, gone: tuple[str, ...] = ()) -> Page:
    draw = random.Random(start)
    rows: list[Any] = [
        {
            "ext_id": f"n{at}",
            "text": "，".join(draw.choices(PIECES, k=draw.randint(1, 4))) + ("" if at % 3 else f"，第{at}条"),
            "platform": draw.choice(["论坛", "视频", None]),
            "author": f"u{draw.randrange(90)}" if at % 11 else None,
            "published_at": START_MS + draw.randrange(25 * DAY_MS),
            "published_precision": draw.choice(["second", "minute", "month"]),
            "likes": draw.randrange(40) if at % 7 else None,
            "direct": False if at % 13 == 0 else None,
            "lang": "zh",
            "url": f"https://forum.example/{at}",
        }
        for at in range(start, start + n)
    ]
    return Page(comments=rows, gone=gone)


def add(workspace: Workspace, start: int, n: int) -> str:
    """Comments, each with a stance, and the run that brought them."""
    store, study, judgement = workspace.store, workspace.study, judgement_of(workspace.study, workspace.coder)
    run = store.begin_run(study.id, "import", {}, "")
    store.add_page(study.id, "forum", page(start, n), run_id=run)
    keys = store.comments(study.id, columns=["key"])["key"].to_numpy()[-n:]
    scores = np.random.default_rng(start).dirichlet((1.0, 2.0, 1.0, 1.0), n).astype(np.float32)
    store.add_annotations(
        study.id, judgement.target, judgement.annotator, judgement.codebook, run, keys, scores.argmax(1), scores
    )
    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    with open_workspace(tmp_path) as workspace:
        add(workspace, 0, N)
    return tmp_path


@pytest.fixture
def workspace(folder: Path) -> Iterator[Workspace]:
    with open_workspace(folder) as opened:
        yield opened


@pytest.fixture
def worked_out(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry each time a rollup is worked out."""
    times: list[int] = []

    def noted(*given: Any) -> Any:
        times.append(1)
        return work_out(*given)

    monkeypatch.setattr(kept_rollups, "work_out", noted)
    return times


def numbers(workspace: Workspace, comments: Any) -> bytes:
    """numbers.json, but for the minute at which it was made."""
    made = build_numbers(gather(workspace, comments, "1"))
    made["provenance"]["generated_at"] = ""
    return dump_numbers(made)


@on_both
def test_numbers_from_a_kept_rollup_are_the_same_to_the_byte(workspace: Workspace, worked_out: list[int]) -> None:
    plain = numbers(workspace, comments_of(workspace))
    first, kept = numbers(workspace, rollup_now(workspace)), numbers(workspace, rollup_now(workspace))
    assert len(worked_out) == 1
    assert first == kept == plain
    assert b'"keywords"' in plain


@on_both
def test_its_digest_is_that_of_the_data(workspace: Workspace) -> None:
    assert rollup_now(workspace).digest == rollup_now(workspace).digest == data_digest(comments_of(workspace))


@on_both
def test_a_kept_rollup_holds_no_text_of_a_comment(workspace: Workspace) -> None:
    assert {"text", "url"}.isdisjoint(rollup_now(workspace).comments)
    held = next(folder_of(workspace).glob("*.npz")).read_bytes()
    assert not any(str(text).encode() in held for text in comments_of(workspace)["text"] if len(text) > 20)


@on_both
def test_a_glimpse_of_a_kept_rollup_is_that_of_the_comments(workspace: Workspace) -> None:
    assert kept_glimpse(workspace) is None
    whole = glimpse_of(workspace, rollup_now(workspace))
    kept = kept_glimpse(workspace)
    assert kept is not None
    assert (kept.n, kept.uncoded, kept.digest) == (whole.n, whole.uncoded, whole.digest)
    for name in ("source", "kind", "precision", "run"):
        one, other = getattr(kept.came, name), getattr(whole.came, name)
        assert [one.known[code] for code in one.code] == [other.known[code] for code in other.code]
    for name in ("timed", "dated"):
        assert getattr(kept.came, name).tolist() == getattr(whole.came, name).tolist()
    assert kept.came.published[kept.came.timed].tolist() == whole.came.published[whole.came.timed].tolist()


@on_both
def test_any_choice_of_comments_has_a_rollup_of_its_own(workspace: Workspace, worked_out: list[int]) -> None:
    some = comments_of(workspace, COUNTED).iloc[10:90].reset_index(drop=True)
    found = rollup_of(workspace, some)
    made = count(workspace, some, gather(workspace, some, "1").provenance, None)
    assert sorted(found.comments["id"]) == sorted(some["id"])
    assert found.texts(some["id"].tolist()[:3]) == some["text"].tolist()[:3]
    assert build_numbers(made)["totals"]["stored"] == len(some)
    assert not worked_out
    assert not folder_of(workspace).exists()


def _comment(workspace: Workspace) -> None:
    add(workspace, N, 1)


def _deletion(workspace: Workspace) -> None:
    run = workspace.store.begin_run(workspace.study.id, "collect", {}, "")
    workspace.store.add_page(workspace.study.id, "forum", page(0, 0, gone=("n3",)), run_id=run)


def _label(workspace: Workspace) -> None:
    key = int(workspace.store.comments(workspace.study.id, columns=["key"])["key"].iloc[0])
    said = Judgement(key, stance=Stance.CONCERN, codes=(0, 1, 0))
    study = workspace.study
    workspace.store.labels.put(study.id, study.change.target, study.codebook, "person:an", "1", [said])


def _words(workspace: Workspace) -> None:
    (workspace.folder / "words.txt").write_text("公布明细\n", encoding="utf-8")


@pytest.mark.parametrize("change", [_comment, _deletion, _words])
@on_both
def test_what_changes_makes_it_stale(folder: Path, worked_out: list[int], change: Any) -> None:
    for times in (1, 1):
        with open_workspace(folder) as workspace:
            rollup_now(workspace)
            assert len(worked_out) == times
    with open_workspace(folder) as workspace:
        change(workspace)
    with open_workspace(folder) as workspace:
        anew = rollup_now(workspace)
        assert len(worked_out) == 2
        assert anew.digest == data_digest(comments_of(workspace))
        assert len(list(folder_of(workspace).iterdir())) == 1


@on_both
def test_a_label_is_no_text(folder: Path, worked_out: list[int]) -> None:
    for change in (_label, _label, _comment):
        with open_workspace(folder) as workspace:
            rollup_now(workspace)
            assert len(worked_out) == 1
            change(workspace)
    with open_workspace(folder) as workspace:
        assert rollup_now(workspace).digest == data_digest(comments_of(workspace))
        assert len(worked_out) == 2


@on_both
def test_another_coder_makes_it_stale(
    workspace: Workspace, worked_out: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rollup_now(workspace).comments["stance"].notna().all()
    monkeypatch.setattr("minyi.analysing.annotator", lambda _: "another@2")
    assert rollup_now(workspace).comments["stance"].isna().all()
    assert len(worked_out) == 2


@on_both
def test_a_rollup_of_what_was_deleted_does_not_outlive_the_command(folder: Path) -> None:
    with open_workspace(folder) as workspace:
        rollup_now(workspace)
        _deletion(workspace)
    assert not list(folder_of(workspace).iterdir())


def test_a_rollup_of_what_a_restored_backup_has_not_is_left_aside(folder: Path, worked_out: list[int]) -> None:
    database, backup = folder / "data" / "minyi.db", folder / "backup.db"
    shutil.copyfile(database, backup)
    with open_workspace(folder) as workspace:
        add(workspace, N, 1)
        rollup_now(workspace)
    shutil.copyfile(backup, database)
    with open_workspace(folder) as workspace:
        add(workspace, N + 1, 1)
        assert rollup_now(workspace).digest == data_digest(comments_of(workspace))
        assert len(worked_out) == 2


@pytest.mark.parametrize("damage", ["cut", "flipped", "foreign", "empty"])
@on_both
def test_a_damaged_rollup_is_made_anew(workspace: Workspace, worked_out: list[int], damage: str) -> None:
    plain = rollup_now(workspace)
    file = next(folder_of(workspace).glob("*.npz"))
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    if damage == "foreign":
        np.savez(file, id=np.arange(3))
    else:
        damaged: dict[str, bytes] = {"cut": bytes(content[:-300]), "flipped": bytes(content), "empty": b""}
        file.write_bytes(damaged[damage])
    anew = rollup_now(workspace)
    pd.testing.assert_frame_equal(anew.comments, plain.comments)
    assert (anew.digest, anew.shared_words) == (plain.digest, plain.shared_words)
    assert len(worked_out) == 2


@on_both
def test_where_none_can_be_kept_there_is_a_report_all_the_same(workspace: Workspace) -> None:
    workspace.data.joinpath("rollups").write_text("in the way", encoding="utf-8")
    assert rollup_now(workspace).digest == data_digest(comments_of(workspace))
