"""Few labels: what the shares among them decide, and a fit in the span of the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from nlp.few_labels import corrected, directions, lifts, matched

if TYPE_CHECKING:
    from numpy.typing import NDArray


def chances(logits: NDArray[Any]) -> NDArray[Any]:
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True))


def labels(*counts: int) -> NDArray[np.int64]:
    return np.repeat(np.arange(4), counts)


def test_over_other_comments_a_stance_lies_halfway_between_its_share_of_the_labels_and_alike() -> None:
    """The fit gives nearly all of them to one stance; the labels say 16 : 64 : 4 : 16."""
    logits = np.random.default_rng(0).normal(0, 0.01, (400, 4)).astype(np.float32)
    logits[:, 0] += 9
    given = chances(logits + matched(logits, labels(16, 64, 4, 16))).mean(0)
    np.testing.assert_allclose(given, np.array([4, 8, 2, 4]) / 18, atol=0.02)


def test_a_stance_that_nobody_labelled_is_hardly_given() -> None:
    logits = np.zeros((50, 4), np.float32)
    assert chances(logits + matched(logits, labels(50, 50, 0, 0))).mean(0)[2:].max() < 0.01


@pytest.mark.parametrize("count", [30, 200])
def test_weights_are_where_the_penalised_loss_is_flat(count: int) -> None:
    """At the least loss each weight is what the errors pull it to: rows' transpose times errors, negative."""
    random = np.random.default_rng(1)
    rows, scores = random.normal(size=(count, 60)).astype(np.float32), random.normal(size=(count, 4)).astype(np.float32)
    stances = random.integers(0, 4, count)
    lift = lifts(stances)
    weights, bias = corrected(rows, scores, stances, lift)
    errors = lift[stances][:, None] * (np.eye(4)[stances] - chances(rows @ weights + bias + scores))
    np.testing.assert_allclose(weights, rows.T @ errors, atol=0.05)


def test_directions_are_those_in_which_rows_differ_most() -> None:
    random = np.random.default_rng(2)
    rows = (random.normal(size=(80, 3)) * [9, 5, 3] @ random.normal(size=(3, 40))).astype(np.float32)
    found = directions(rows, 3)
    np.testing.assert_allclose(rows @ found @ found.T, rows, atol=1e-2)
    assert directions(rows[:, :0], 3).shape == (0, 0)
