"""What the store promises of annotations, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from storage.nouns import STANCES, Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.store import Store

STUDY = "ebikes"
WHO = (STUDY, "城区限行电动自行车", "embedded@1", "1")
WHOSE: dict[str, Any] = dict(zip(("target", "annotator", "codebook"), WHO[1:], strict=True))


def annotate(store: Store, run: str, keys: list[int], stances: list[int], **more: Any) -> int:
    scores = np.full((len(keys), 4), 0.1, np.float32)
    scores[np.arange(len(keys)), stances] = 0.7
    return store.add_annotations(*WHO, run, keys, stances, scores, **more)


def test_annotations_stand_beside_their_comments(store: Store, run: str, page: Callable[..., Page]) -> None:
    store.add_page(STUDY, "forum", page(3), run_id=run)
    keys = store.comments(STUDY)["key"].tolist()
    assert annotate(store, run, keys[:2], [1, 2]) == 2
    frame = store.comments(STUDY, **WHOSE)
    assert frame["stance"].astype(object).where(frame["stance"].notna(), None).tolist() == [
        "concern",
        "suggestion",
        None,
    ]
    assert list(frame["stance"].cat.categories) == [str(stance) for stance in STANCES]
    assert frame["concern"].dtype == np.float32
    assert frame["concern"].tolist()[:2] == [np.float32(0.7), np.float32(0.1)]
    assert frame["neutral"].isna().tolist() == [False, False, True]


def test_a_classifier_that_runs_again_adds_nothing(store: Store, run: str, page: Callable[..., Page]) -> None:
    store.add_page(STUDY, "forum", page(2), run_id=run)
    keys = store.comments(STUDY)["key"].tolist()
    annotate(store, run, keys, [0, 0])
    assert annotate(store, run, keys, [3, 3]) == 0
    assert store.comments(STUDY, **WHOSE)["stance"].tolist() == ["support", "support"]


def test_of_a_persons_judgements_the_last_counts(store: Store, run: str, page: Callable[..., Page]) -> None:
    store.add_page(STUDY, "forum", page(2), run_id=run)
    keys = store.comments(STUDY)["key"].tolist()
    annotate(store, run, keys, [0, 1], kind="person")
    assert annotate(store, run, keys[:1], [3], kind="person") == 1
    assert store.comments(STUDY, **WHOSE)["stance"].tolist() == ["neutral", "concern"]
    with pytest.raises(ValueError, match="another kind of annotator"):
        annotate(store, run, keys, [0, 0])


def test_abstaining_is_remembered_without_a_stance(store: Store, run: str, page: Callable[..., Page]) -> None:
    store.add_page(STUDY, "forum", page(1), run_id=run)
    key = store.comments(STUDY)["key"].tolist()
    assert store.add_annotations(*WHO, run, key, [-1], np.full((1, 4), np.nan)) == 1
    assert store.comments(STUDY, **WHOSE)[["stance", "support"]].isna().all(axis=None)
    assert list(store.uncoded(*WHO)) == []


@pytest.mark.parametrize(
    ("primary", "scores", "message"),
    [
        ([4], [[0, 0, 0, 1]], "none of the four"),
        ([0], [[0, 0, 0, 1.5]], "between 0 and 1"),
        ([0], [[0, 0, 0, float("nan")]], "between 0 and 1"),
        ([0], [[0, 0, 1]], "shapes do not match"),
    ],
)
def test_annotations_out_of_range_are_refused(
    store: Store, run: str, primary: list[int], scores: list[list[float]], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        store.add_annotations(*WHO, run, [1], primary, scores)


def test_uncoded_gives_every_comment_once_while_others_are_coded(
    store: Store, run: str, page: Callable[..., Page]
) -> None:
    store.add_page(STUDY, "forum", page(5, evidence="网友表示支持", lang="zh"), run_id=run)
    keys: list[int] = []
    for stretch in store.uncoded(*WHO, chunk=2):
        assert list(stretch.columns) == ["key", "text", "evidence", "lang"]
        keys += stretch["key"].tolist()
        annotate(store, run, stretch["key"].tolist()[:1], [0])
    assert keys == store.comments(STUDY)["key"].tolist()
    assert [key for stretch in store.uncoded(*WHO) for key in stretch["key"]] == [keys[1], keys[3]]
    assert store.count_uncoded(*WHO) == 2
    assert sum(map(len, store.uncoded(STUDY, "another target", "embedded@1", "1"))) == 5
