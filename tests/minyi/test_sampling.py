"""The audit sample: drawn from what the report counts, enlarged but never changed, the same on every machine."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from minyi.console import Console
from minyi.frames import repeats_of, with_repeats
from minyi.labels import task_of
from minyi.sampling import ChangeNotStated, NothingToDraw, Sampled, Wanted, eligible, sample, seed_of
from minyi.sampling_shown import show_sampled
from minyi.study_checks import UNTOUCHED
from minyi.workspace import open_workspace
from reports.corpus import prepare
from reports.inputs import Provenance, ReportInput
from storage.labels import digest_of
from storage.nouns import Page, Stance
from storage.records import Judgement

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from minyi.workspace import Workspace

pytestmark = pytest.mark.usefixtures("on_both")

STUDY = """\
[study]
id = "parking"
start = 2026-03-02
end = 2026-03-29

[change]
name = { zh = "临江停车收费", en = "Parking fee" }
statement = { zh = "临江市对路边停车收费", en = "The town charges for roadside parking" }
words = { zh = ["停车"], en = ["parking"] }
"""
MONDAY = 1_772_380_800_000  # 2026-03-02, 00:00 in Shanghai
HOUR, WEEK = 3_600_000, 7 * 24 * 3_600_000


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with opened(tmp_path / "study") as found:
        yield found


def opened(folder: Path) -> Any:
    folder.mkdir()
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    return open_workspace(folder)


def test_nothing_is_drawn_while_the_statement_is_the_templates(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    folder.mkdir()
    (folder / "study.toml").write_text(STUDY.replace("临江市对路边停车收费", UNTOUCHED), encoding="utf-8")
    with open_workspace(folder) as workspace, pytest.raises(ChangeNotStated, match="still the template's") as said:
        sample(workspace, Console(), Wanted(size=10))
    assert "who did what to whom" in str(said.value.remedy)


@pytest.fixture(autouse=True)
def _without_copies(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Copied posts are looked for in one test; that takes most of the time."""
    if "copies" not in request.node.name:
        monkeypatch.setattr("minyi.sampling.with_repeats", lambda comments, _: comments.assign(copied=False, near=None))
        monkeypatch.setattr("minyi.sampling.repeats_of", lambda _: None)


def said(workspace: Workspace, source: str, n: int, *, start: int = 0, order: int = 1, **row: Any) -> None:
    """n comments of a source, with ids from `start` on; without a time of their own one an hour from March 2 on."""
    rows: list[Any] = [
        {
            "ext_id": str(at),
            "text": f"{source} 第{at}条：{chr(0x4E00 + at * 7)}{chr(0x5200 + at * 5)}收费太贵",
            "published_at": MONDAY + at * HOUR,
            "published_precision": "minute",
            **row,
        }
        for at in range(start, start + n)
    ]
    store = workspace.store
    store.add_page("parking", source, Page(comments=rows[::order]), run_id=store.begin_run("parking", "import", {}, ""))


def draw(workspace: Workspace, size: int = 10, **wanted: Any) -> Sampled:
    return sample(workspace, Console(quiet=True), Wanted(size=size, **wanted))


def drawn(workspace: Workspace) -> list[str]:
    return list(workspace.store.labels.items("parking", "audit")["id"])


def told(sampled: Sampled, size: int = 10, **wanted: Any) -> list[str]:
    out = io.StringIO()
    show_sampled(sampled, Wanted(size=size, **wanted), Console(out=out))
    return out.getvalue().splitlines()


# What may be drawn


def test_the_frame_is_what_the_report_counts_without_copies(workspace: Workspace) -> None:
    said(workspace, "forum", 8)
    said(workspace, "forum", 3, start=20, published_at=MONDAY - HOUR)
    said(workspace, "forum", 2, start=30, published_at=None, published_precision=None, text="。")
    copies = "停车费太贵，请大家一起转发，让更多人看到这件事情，谢谢各位"
    for at in range(12):
        said(workspace, "app", 1, start=at, text=copies, author=f"u{at}", published_at=MONDAY + at * 1000)
    comments = workspace.store.comments("parking")
    nobody = Provenance(coder="", codebook="1", run="", command="", generated_at=0)
    whole = ReportInput(workspace.study, with_repeats(comments, repeats_of(comments)), nobody)
    corpus = prepare(whole)
    assert eligible(workspace)["id"].tolist() == corpus.rows["id"][corpus.counted].tolist()
    assert len(eligible(workspace)) == 10


def test_a_study_without_comments_says_so(workspace: Workspace) -> None:
    with pytest.raises(NothingToDraw, match="no comments"):
        draw(workspace)
    said(workspace, "forum", 3, published_at=MONDAY - WEEK)
    with pytest.raises(NothingToDraw, match="none of the study's comments counts"):
        draw(workspace)
    assert workspace.store.labels.cohorts("parking") == []


# The first draw


def test_the_first_draw_is_recorded_with_what_it_was_drawn_from_before_anyone_labels(workspace: Workspace) -> None:
    said(workspace, "forum", 40)
    sampled = draw(workspace)
    (cohort,) = workspace.store.labels.cohorts("parking")
    ids = workspace.store.comments("parking")["id"]
    assert (cohort.kind, cohort.method, cohort.population, cohort.digest) == ("audit", "simple", 40, digest_of(ids))
    assert (cohort.seed, cohort.target, cohort.codebook) == (seed_of("parking", 1), *task_of(workspace.study))
    assert (sampled.size, sampled.drawn, sampled.population, sampled.second) == (10, 10, 40, 2)
    items = workspace.store.labels.items("parking", "audit")
    assert items["place"].tolist() == items["turn"].tolist() == list(range(10))
    assert int(items["second"].sum()) == 2
    (file,) = (workspace.data / "receipts").glob("*-sample.json")
    counts = json.loads(file.read_bytes())["counts"]
    facts = {"cohort": 1, "method": "simple", "seed": cohort.seed, "population": 40, "strata": 1}
    assert counts["cohorts"] == [facts | {"sha256": cohort.digest, "new": True}]
    assert (counts["size"], counts["drawn"], counts["second"], counts["labelled"]) == (10, 10, 2, 0)
    assert told(sampled)[-1] == "Recorded before anyone labelled any of them."


def test_two_machines_draw_the_same_from_the_same_comments(workspace: Workspace, tmp_path: Path) -> None:
    said(workspace, "forum", 40)
    said(workspace, "app", 30)
    draw(workspace, 20, method="stratified")
    with opened(tmp_path / "other") as other:
        said(other, "app", 30, order=-1)
        said(other, "forum", 40, order=-1)
        draw(other, 20, method="stratified")
        columns = ["id", "stratum", "place", "turn", "second"]
        first, second = (it.store.labels.items("parking")[columns].to_dict("records") for it in (workspace, other))
    assert first == second


def test_a_seed_of_ones_own_draws_others(workspace: Workspace, tmp_path: Path) -> None:
    said(workspace, "forum", 40)
    draw(workspace)
    with opened(tmp_path / "other") as other:
        said(other, "forum", 40)
        draw(other, seed=7)
        assert other.store.labels.cohorts("parking")[0].seed == 7
        assert set(drawn(other)) != set(drawn(workspace))


def test_more_than_there_are_draws_all(workspace: Workspace) -> None:
    said(workspace, "forum", 6)
    sampled = draw(workspace)
    assert (sampled.size, sampled.population) == (6, 6)
    assert "All are drawn: there are no 10 comments that the report counts." in told(sampled)
    assert draw(workspace).drawn == 0


def test_strata_are_kept_with_their_populations(workspace: Workspace) -> None:
    said(workspace, "forum", 168 * 2)  # an hour apart: two weeks
    said(workspace, "app", 60)
    said(workspace, "app", 20, start=100, published_at=MONDAY, published_precision="month")
    draw(workspace, 52, method="stratified")
    (cohort,) = workspace.store.labels.cohorts("parking")
    strata = (("app 2026-W10", 60), ("app undated", 20), ("forum 2026-W10", 168), ("forum 2026-W11", 168))
    assert cohort.strata == strata
    items = workspace.store.labels.items("parking")
    assert np.bincount(items["stratum"]).tolist() == [8, 2, 21, 21]
    assert set(items["source"][items["stratum"] < 2]) == {"app"}


# Again


def test_again_with_the_same_size_changes_nothing(workspace: Workspace) -> None:
    said(workspace, "forum", 40)
    draw(workspace)
    before = drawn(workspace)
    for size in (10, 5):
        sampled = draw(workspace, size, seed=7, method="stratified")
        assert (sampled.drawn, sampled.size, sampled.cohort) == (0, 10, None)
        assert told(sampled, size)[0].startswith("Nothing was drawn: the sample holds 10 comments already")
    assert told(sampled, seed=7)[-1].startswith("The seed was not used")
    assert told(sampled, method="stratified")[-1] == "What was drawn before stays simple random."
    assert drawn(workspace) == before
    assert len(workspace.store.labels.cohorts("parking")) == 1


def test_a_larger_sample_goes_on_where_the_smaller_one_ended(workspace: Workspace) -> None:
    said(workspace, "forum", 60)
    draw(workspace)
    before = drawn(workspace)
    sampled = draw(workspace, 25)
    assert (sampled.drawn, sampled.size, sampled.second) == (15, 25, 5)
    assert drawn(workspace)[:10] == before
    items = workspace.store.labels.items("parking")
    assert items["place"].tolist() == items["turn"].tolist() == list(range(25))


def test_new_comments_become_a_cohort_and_get_their_part_where_there_is_room(workspace: Workspace) -> None:
    said(workspace, "forum", 60)
    draw(workspace, 30)
    said(workspace, "forum", 40, start=60)
    sampled = draw(workspace, 30)
    assert (sampled.drawn, sampled.uncovered, len(sampled.cohorts)) == (0, 40, 1)
    assert (
        told(sampled, 30)[-1] == "40 comments came since and are not covered by the sample; to cover them: --size 50."
    )
    sampled = draw(workspace, 40)
    first, second = workspace.store.labels.cohorts("parking")
    assert sampled.cohort == second
    assert (second.population, second.seed) == (40, seed_of("parking", 2))
    counts = workspace.store.labels.items("parking")["cohort"].value_counts().to_dict()
    assert counts == {first.key: 30, second.key: 10}
    draw(workspace, 50)
    counts = workspace.store.labels.items("parking")["cohort"].value_counts().to_dict()
    assert counts == {first.key: 30, second.key: 20}
    assert len(workspace.store.labels.cohorts("parking")) == 2


def test_the_sample_of_a_stratum_is_the_beginning_of_its_permutation(workspace: Workspace) -> None:
    said(workspace, "forum", 100)
    said(workspace, "app", 50)
    draw(workspace, 20, method="stratified")
    said(workspace, "app", 50, start=50)
    draw(workspace, 40, method="stratified")
    draw(workspace, 55)
    items = workspace.store.labels.items("parking", "audit")
    for _, cell in items.groupby(["cohort", "stratum"]):
        assert sorted(cell["place"]) == list(range(len(cell)))
    assert items["turn"].tolist() == list(range(55))
    assert items["key"].is_unique


def test_a_forgotten_comment_makes_room_for_the_next_place(workspace: Workspace) -> None:
    said(workspace, "forum", 30)
    draw(workspace)
    store, first = workspace.store, drawn(workspace)[0]
    names = store.comments("parking", columns=["id", "ext_id"]).set_index("id")["ext_id"]
    store.add_page("parking", "forum", Page(gone=(names[first],)), run_id=store.begin_run("parking", "collect", {}, ""))
    assert draw(workspace).drawn == 1
    assert sorted(workspace.store.labels.items("parking")["place"]) == list(range(1, 11))


def test_what_no_longer_counts_stays_drawn_and_is_made_up_for(workspace: Workspace) -> None:
    said(workspace, "forum", 100)
    draw(workspace, 20)
    path = workspace.loaded.path
    path.write_text(STUDY.replace("2026-03-29", "2026-03-03"), encoding="utf-8")  # 48 of them are left
    with open_workspace(path) as narrower:
        sampled = draw(narrower, 20)
        items = narrower.store.labels.items("parking")
        assert sampled.size == 20
        assert sampled.uncounted == len(items) - 20 > 0
        assert sorted(items["place"]) == list(range(len(items)))
    path.write_text(STUDY, encoding="utf-8")
    with open_workspace(path) as wider:
        assert draw(wider, 20).size == len(items)


def test_a_change_that_is_stated_otherwise_is_drawn_for_anew(workspace: Workspace) -> None:
    said(workspace, "forum", 40)
    draw(workspace)
    path = workspace.loaded.path
    path.write_text(STUDY.replace('收费", en', '不收费", en'), encoding="utf-8")
    with open_workspace(path) as other:
        assert draw(other).drawn == 10
        assert len(other.store.labels.cohorts("parking", "audit", task_of(other.study))) == 1


# What is told


def test_labels_that_were_there_before_are_told_of(workspace: Workspace) -> None:
    said(workspace, "forum", 10)
    store = workspace.store
    keys = [int(key) for key in store.comments("parking")["key"]]
    run = store.begin_run("parking", "label", {}, "")
    store.labels.put("parking", *task_of(workspace.study), "person:a", run, [Judgement(keys[0], stance=Stance.NEUTRAL)])
    assert told(draw(workspace))[-1] == "Recorded; 1 of those drawn now had a label from before."


def test_a_job_is_told_the_same_in_numbers(workspace: Workspace) -> None:
    said(workspace, "forum", 40)
    out = io.StringIO()
    show_sampled(draw(workspace), Wanted(size=10), Console(json=True, out=out))
    (line,) = out.getvalue().splitlines()
    done = json.loads(line)
    assert (done["event"], done["size"], done["uncovered"]) == ("done", 10, 0)
