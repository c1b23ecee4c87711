"""The number of a study's last change: every transaction that moves what its reports stand on raises it once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from storage import writes
from storage.database import writing
from storage.intake import Origin
from storage.labels import Frame
from storage.nouns import Article, Page, Stance
from storage.queries import SETTING
from storage.records import Item, Judgement

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.store import Store

STUDY, FORUM, TASK = "ebikes", "forum", ("ebikes", "1")
ONES = np.ones((1, 4)) / 4


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What the clock says; it stands still, so that changes count from one."""
    says = [0]
    monkeypatch.setattr(writes, "now", lambda: says[0])
    return says


@pytest.fixture
def stored(store: Store, run: str, page: Callable[..., Page]) -> Store:
    """A store with three comments: one change."""
    store.add_page(STUDY, FORUM, page(3), run_id=run)
    return store


def _keys(store: Store) -> list[int]:
    return [int(key) for key in store.comments(STUDY, columns=["key"])["key"]]


def test_a_new_study_is_at_none_and_a_page_counts_one(store: Store, run: str, page: Callable[..., Page]) -> None:
    assert store.changes(STUDY) == 0
    store.add_page(STUDY, FORUM, page(3), run_id=run)
    assert store.changes(STUDY) == 1
    store.add_page(STUDY, FORUM, page(4), run_id=run)
    assert store.changes(STUDY) == 2


def test_a_change_is_numbered_by_the_time_and_never_falls_back(
    store: Store, run: str, page: Callable[..., Page], clock: list[int]
) -> None:
    for at, (now, number) in enumerate([(1_000, 1_000), (1_000, 1_001), (5_000, 5_000), (4_000, 5_001)]):
        clock[0] = now
        store.add_page(STUDY, FORUM, page(1, start=at), run_id=run)
        assert store.changes(STUDY) == store.changes(STUDY, labels=False) == number


def test_before_anything_but_labels_was_numbered_apart_the_last_change_is_meant(stored: Store, run: str) -> None:
    with writing(stored._engine) as connection:
        connection.execute(SETTING.delete().where(SETTING.c.name == f"{writes.DATA_CHANGE}{STUDY}"))
    assert stored.changes(STUDY, labels=False) == stored.changes(STUDY) == 1


def test_what_changes_nothing_does_not_count(stored: Store, run: str, page: Callable[..., Page]) -> None:
    stored.add_page(STUDY, FORUM, page(3), run_id=run)
    stored.add_page(STUDY, FORUM, Page(gone=("never seen",)), run_id=run)
    stored.begin_run(STUDY, "report", {}, "digest")
    stored.labels.put(STUDY, *TASK, "person:an", run, [])
    assert stored.changes(STUDY) == 1


def test_what_is_forgotten_counts(stored: Store, run: str) -> None:
    stored.add_page(STUDY, FORUM, Page(gone=("1",)), run_id=run)
    assert (stored.changes(STUDY), len(_keys(stored))) == (2, 2)


def test_articles_count(store: Store, run: str) -> None:
    store.add_page(STUDY, FORUM, Page(articles=(Article(id="a", title="公告", text="全文"),)), run_id=run)
    assert store.changes(STUDY) == 1


def test_annotations_count_when_they_are_new(stored: Store, run: str) -> None:
    for _ in range(2):
        stored.add_annotations(STUDY, *TASK[:1], "words@1", TASK[1], run, _keys(stored)[:1], [0], ONES)
    assert stored.changes(STUDY) == 2


def test_samples_and_labels_count(stored: Store, run: str) -> None:
    keys = np.array(_keys(stored))
    frame = Frame(keys, np.zeros_like(keys), np.arange(len(keys)))
    named = {"target": TASK[0], "codebook": TASK[1], "digest": "0" * 64, "strata": [("", 3)]}
    cohort = stored.labels.add_cohort(STUDY, run, kind="audit", method="simple", seed=1, frame=frame, **named)  # type: ignore[arg-type]
    assert stored.changes(STUDY) == 2
    for _ in range(2):
        stored.labels.add_items(cohort, run, [Item(key=int(keys[0]))])
    assert stored.changes(STUDY) == 3
    stored.labels.put(STUDY, *TASK, "person:an", run, [Judgement(int(keys[0]), stance=Stance.CONCERN, codes=(0, 1, 0))])
    assert stored.changes(STUDY) == 4
    assert stored.changes(STUDY, labels=False) == 1


@pytest.mark.parametrize(("apply", "changes"), [(True, 2), (False, 1)])
def test_a_new_parse_counts_where_it_puts_anything_right(
    stored: Store, run: str, page: Callable[..., Page], apply: bool, changes: int
) -> None:
    origin = Origin(STUDY, FORUM, int(run), None)
    again = stored.reparse(apply=apply)
    again.capture(origin, [page(3)])
    assert stored.changes(STUDY) == 1, "nothing differs"
    again.capture(origin, [page(1, start=3)])
    assert stored.changes(STUDY) == changes


def test_studies_count_apart(stored: Store, run: str) -> None:
    assert stored.changes("another") == 0


def test_a_transaction_that_fails_counts_nothing(
    stored: Store, run: str, page: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("storage.store.collected.take_step", crash)
    with pytest.raises(RuntimeError):
        stored.add_page(STUDY, FORUM, page(1, start=9), run_id=run, step=object())  # type: ignore[arg-type]
    assert stored.changes(STUDY) == 1
