"""Repeats among a study's comments: which columns they come from, and what is left aside."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from minyi.frames import repeats_of, with_repeats
from nlp.fold import fold_keys

FIRST = "平台说停就停，客服电话打了三天也没有人接，请给我们普通用户一个交代"
SECOND = "我觉得这样的收费规定应该先征求大家的意见，再定什么时候开始实行"
DAY_MS = 86_400_000


def comments(rows: list[dict[str, Any]]) -> pd.DataFrame:
    given = {"author": None, "kind": "comment", "published_at": None, "published_precision": "second"}
    frame = pd.DataFrame([given | {"id": f"c{at}"} | row for at, row in enumerate(rows)])
    frame["published_at"] = frame["published_at"].astype("Int64")
    return frame.assign(fold=pd.array(fold_keys(frame["text"].tolist()), dtype="Int64"))


def pair(**changes: Any) -> pd.DataFrame:
    """Two accounts that post two texts within a second of each other."""
    moments = [(FIRST, 0), (SECOND, DAY_MS)]
    return comments(
        [
            {"text": text, "author": author, "published_at": ms + late} | changes
            for text, ms in moments
            for author, late in (("a", 0), ("b", 1_000))
        ]
    )


def test_near_copies_are_one_text_and_one_burst() -> None:
    texts = [FIRST, FIRST.replace("三天", "五天"), FIRST + "😡", SECOND]
    frame = comments([{"text": text, "author": f"a{at}", "published_at": at} for at, text in enumerate(texts)])
    found = with_repeats(frame, repeats_of(frame))
    assert found["near"].nunique() == 2
    assert found["copied"].tolist() == [True, True, True, False]


def test_accounts_that_post_together_are_found() -> None:
    found = repeats_of(pair()).together
    assert (found.pairs, found.accounts, int(found.posts.sum())) == (1, 2, 4)


@pytest.mark.parametrize(
    "changes", [{"kind": "quote"}, {"author": None}, {"published_precision": "day"}, {"published_at": None}], ids=str
)
def test_quotes_and_what_is_not_known_are_left_aside(changes: dict[str, Any]) -> None:
    assert repeats_of(pair(**changes)).together.pairs == 0


def test_a_month_is_no_time_of_a_burst() -> None:
    rows = [{"text": FIRST, "author": f"a{at}", "published_at": 0, "published_precision": "month"} for at in range(5)]
    assert not repeats_of(comments(rows)).copied.any()
    assert repeats_of(comments([row | {"published_precision": "day"} for row in rows])).copied.all()


def test_comments_without_a_stored_key_are_told_apart_by_their_text() -> None:
    frame = comments([{"text": FIRST}, {"text": SECOND}, {"text": FIRST}]).assign(
        fold=pd.array([None] * 3, dtype="Int64")
    )
    near = repeats_of(frame).near
    assert near[0] == near[2] != near[1]


def test_no_comments_no_repeats() -> None:
    found = repeats_of(comments([{"text": FIRST}]).head(0))
    assert (len(found.near), found.bursts, found.together.pairs) == (0, [], 0)
