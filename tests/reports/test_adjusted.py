"""The adjusted count: a coder's known errors are put right, and the interval says how far that can be trusted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.adjusted import Adjustment, adjusted, interval, likeliest
from reports.audit import Labelled
from reports.corpus import DRAWN, prepare
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Callable

    from reports.corpus import Corpus
    from reports.inputs import ReportInput

ERRS = np.array([[0.7, 0.1, 0.1, 0.1], [0.1, 0.75, 0.05, 0.1], [0.3, 0.05, 0.55, 0.1], [0.1, 0.1, 0.05, 0.75]])
TRUE = np.array([0.2, 0.45, 0.15, 0.2])  # in the order of DRAWN, as ERRS


def coded(
    make: Callable[..., ReportInput], truth: Any, labels: int, seed: int = 0, authors: int | None = None
) -> tuple[Corpus, Labelled]:
    """Comments of such stances, coded with the errors above, and a random sample that people labelled."""
    random = np.random.default_rng(seed)
    stance = np.asarray(truth)
    code = (random.random(len(stance))[:, None] > ERRS[stance].cumsum(1)).sum(1)
    names = np.array([one.value for one in DRAWN])
    frame = pd.DataFrame(
        {
            "id": [f"c{at:06d}" for at in range(len(stance))],
            "text": "x",
            "stance": names[code],
            "author": [f"a{at % authors}" if authors else f"a{at}" for at in range(len(stance))],
        }
    )
    corpus = prepare(make(frame))
    rows = np.sort(random.choice(len(stance), labels, replace=False))
    y = np.eye(4)[[STANCES.index(DRAWN[at]) for at in stance[rows]]]
    none, every = np.zeros(labels, bool), np.zeros(len(stance), np.int64)
    author = pd.factorize(corpus.rows["author"])[0].astype(np.int64)
    sample = Labelled(
        rows, y, np.ones(labels, np.int64), none, none, every, np.zeros(1, np.int64), np.eye(4)[code], author, 0
    )
    return corpus, sample


def drawn(shares: Any, n: int, seed: int = 1) -> Any:
    return np.random.default_rng(seed).choice(4, n, p=shares)


def test_the_true_shares_are_found_where_the_codes_are_far_off(make: Callable[..., ReportInput]) -> None:
    truth = drawn(TRUE, 6000)
    corpus, sample = coded(make, truth, 600)
    found = adjusted(sample, corpus, corpus.counted)
    assert found
    counts = corpus.count(corpus.counted)
    true = np.bincount(truth, minlength=4) / 6000
    for at, stance in enumerate(DRAWN):
        share = found[stance.value]
        assert share["low"] <= true[at] <= share["high"]
        assert share["low"] < share["estimate"] < share["high"]
    assert abs(counts["support"] / 6000 - true[1]) > 0.06
    assert abs(found["support"]["estimate"] - true[1]) < 0.05
    assert sum(share["estimate"] for share in found.values()) == pytest.approx(1, abs=0.001)


def test_a_part_unlike_the_whole_is_put_right_with_the_labels_of_the_whole(make: Callable[..., ReportInput]) -> None:
    truth = np.concatenate([drawn(TRUE, 5000), drawn([0.7, 0.1, 0.1, 0.1], 1000, seed=2)])
    corpus, sample = coded(make, truth, 500)
    part = np.arange(6000) >= 5000
    found = adjusted(sample, corpus, part)
    assert found
    assert found["concern"]["low"] <= (truth[part] == 0).mean() <= found["concern"]["high"]
    assert found["concern"]["low"] > 0.5


def test_few_labels_few_comments_or_a_coder_that_guesses_give_no_share(make: Callable[..., ReportInput]) -> None:
    corpus, sample = coded(make, drawn(TRUE, 600), 49)
    assert adjusted(sample, corpus, corpus.counted) is None
    assert adjusted(None, corpus, corpus.counted) is None
    corpus, sample = coded(make, drawn(TRUE, 600), 200)
    assert adjusted(sample, corpus, np.arange(600) < 29) is None
    assert adjusted(sample, corpus, np.arange(600) < 300)
    shuffled = np.random.default_rng(0).permutation(sample.y)
    guessing = replace(sample, y=shuffled)
    assert adjusted(guessing, corpus, corpus.counted) is None


def test_the_interval_holds_where_the_coder_errs_alike_everywhere(make: Callable[..., ReportInput]) -> None:
    inside = []
    for seed in range(24):
        truth = drawn(TRUE, 1500, seed=seed)
        corpus, sample = coded(make, truth, 200, seed=seed)
        part = np.arange(1500) < 400
        found = adjusted(sample, corpus, part)
        if found is None:
            continue
        true = np.bincount(truth[part], minlength=4) / 400
        inside += [
            found[stance.value]["low"] <= true[at] <= found[stance.value]["high"] for at, stance in enumerate(DRAWN)
        ]
    assert np.mean(inside) > 0.93


def test_few_authors_of_many_comments_make_it_wider(make: Callable[..., ReportInput]) -> None:
    truth = np.sort(drawn(TRUE, 1200))
    width = []
    for authors in (None, 12):
        order = np.arange(1200) if authors is None else np.argsort(np.arange(1200) % 100, kind="stable")
        corpus, sample = coded(make, truth[order], 300, authors=authors)
        found = adjusted(sample, corpus, corpus.counted)
        width.append(found["concern"]["high"] - found["concern"]["low"] if found else 1.0)
    assert width[0] < 0.3
    assert width[1] > width[0]


def test_the_same_labels_give_the_same_figures(make: Callable[..., ReportInput]) -> None:
    corpus, sample = coded(make, drawn(TRUE, 800), 150)
    once, again = Adjustment.of(sample, corpus), Adjustment.of(sample, corpus)
    assert once
    assert again
    part = np.arange(800) < 500
    assert once.shares(part) == again.shares(part) == adjusted(sample, corpus, part)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 60), min_size=4, max_size=4), st.integers(0, 10**6))
def test_codes_that_the_table_explains_are_explained(counts: list[int], seed: int) -> None:
    share = np.array(counts) / sum(counts)
    table = np.eye(4) * 0.6 + 0.4 * np.random.default_rng(seed).dirichlet(np.ones(4), 4)
    found = likeliest(1000 * share @ table, table)
    assert np.abs(found - share).max() < 0.03
    assert found.sum() == pytest.approx(1)


@given(*[st.floats(0, 1)] * 3)
def test_points_are_rounded_outwards(low: float, estimate: float, high: float) -> None:
    low, estimate, high = sorted((low, estimate, high))
    points = interval(estimate, low, high)["points"]
    assert points["low"] <= 100 * low + 0.01
    assert points["high"] >= 100 * high - 0.01
    assert points["low"] <= points["estimate"] <= points["high"]
