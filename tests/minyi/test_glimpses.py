"""What is seen of the comments before they are counted: where, as what, when, and by which run they came."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from minyi.glimpses import Came, came_of

ROWS = [
    ("forum", "comment", 30, "second", "1"),
    ("news", "quote", 10, "minute", "1"),
    ("forum", "comment", None, None, "2"),
    ("forum", "review", 20, "month", "2"),
    ("news", "comment", 40, "day", "2"),
]


def frame(rows: list[Any]) -> pd.DataFrame:
    found = pd.DataFrame(rows, columns=["source", "kind", "published_at", "published_precision", "run"], dtype=object)
    return found.astype({"published_at": "Int64", "source": "category"})


@pytest.fixture
def came() -> Came:
    return came_of(frame(ROWS))


def test_labels_and_times_are_those_of_the_comments(came: Came) -> None:
    assert [came.kind.known[code] for code in came.kind.code] == [row[1] for row in ROWS]
    assert came.precision.code.tolist().count(-1) == 1
    assert came.published[came.timed].tolist() == [30, 10, 20, 40]


def test_a_month_is_no_day(came: Came) -> None:
    assert came.dated.tolist() == [True, True, False, False, True]


def test_comments_are_chosen_by_labels(came: Came) -> None:
    assert came.kind.among(("quote", "review")).tolist() == [False, True, False, True, False]
    assert not came.precision.among(("hour",)).any()


def test_comments_come_source_by_source_in_their_order(came: Came) -> None:
    found = {source: at.tolist() for source, at in came.by_source(came.timed)}
    assert found == {"forum": [0, 3], "news": [1, 4]}
    assert [source for source, _ in came.by_source(came.kind.among(("quote",)))] == ["news"]
    assert came.counts(~came.kind.among(("quote",))) == {"forum": 3, "news": 1}
    assert came.spans() == {"forum": (20, 30), "news": (10, 40)}


def test_of_no_comments_nothing_is_said() -> None:
    nothing = came_of(frame([]))
    assert list(nothing.by_source(nothing.timed)) == []
    assert nothing.counts(nothing.timed) == nothing.spans() == {}


def test_many_sources_keep_their_order() -> None:
    sources = [f"s{at * 7 % 400:03}" for at in range(1_000)]
    came = came_of(frame([(source, "comment", at, "second", "1") for at, source in enumerate(sources)]))
    for source, at in came.by_source(came.timed):
        assert at.tolist() == np.flatnonzero(np.array(sources) == source).tolist()
