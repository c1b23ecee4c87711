"""Learning from few labels: directions of variation, softmax regression beside known scores, and shares of classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nlp.optimise import minimise
from storage.nouns import STANCES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float32]

_RIDGE, _LIFT, _ROUNDS = 1.0, 10.0, 60
_EVENED, _MATCHINGS = 0.5, 8
_POWER_STEPS, _SPARE = 2, 10
_FLOOR = 1e-3


def directions(rows: Array, most: int) -> Array:
    """The leading right singular vectors, (m, k), by subspace iteration (Halko, Martinsson & Tropp, 2011)."""
    count = min(most, *rows.shape)
    if not count:
        return np.zeros((rows.shape[1], 0), np.float32)
    start = np.random.default_rng(0).standard_normal((rows.shape[1], count + _SPARE)).astype(np.float32)
    basis, _ = np.linalg.qr(start)
    for _ in range(_POWER_STEPS):
        basis, _ = np.linalg.qr(rows.T @ (rows @ basis))
    _, _, turn = np.linalg.svd(rows @ basis, full_matrices=False)
    return np.asarray(basis @ turn.T[:, :count], np.float32)


def lifts(stances: NDArray[np.int64]) -> Array:
    """How much a label of each stance counts: together each stance as much as another, a label at most _LIFT-fold."""
    counts = np.bincount(stances, minlength=len(STANCES))
    return np.minimum(len(stances) / (np.count_nonzero(counts) * np.maximum(counts, 1)), _LIFT).astype(np.float32)


def matched(logits: Array, stances: NDArray[np.int64]) -> Array:
    """What to add to the logits of other comments, (4,).

    First so much that each stance's mean probability is its share among the labels (one of each added, so that a rare
    stance is not shut out), as Saerens, Latinne & Decaestecker (2002) do for shares that are known; then less for
    common stances: log-shares times _EVENED are taken off (logit adjustment; Menon et al., 2021). A stance that nobody
    labelled gets nothing of that.
    """
    counts = np.bincount(stances, minlength=len(STANCES))
    share = (counts + 1) / (counts.sum() + len(STANCES))
    shift = np.zeros(len(STANCES))
    for _ in range(_MATCHINGS):
        chance = np.exp(logits + shift - (logits + shift).max(1, keepdims=True))
        chance /= chance.sum(1, keepdims=True)
        shift += np.log(share / np.maximum(chance.mean(0), _FLOOR))
    return np.asarray(shift - _EVENED * np.where(counts > 0, np.log(share), 0), np.float32)


def corrected(rows: Array, scores: Array, stances: NDArray[np.int64], lift: Array) -> tuple[Array, Array]:
    """Softmax regression beside fixed scores, each stance's labels weighted, with an L2 penalty: weights and bias.

    The weights are a sum of rows, so they are sought in the coordinates of the rows' span, which are few.
    """
    inner = rows.astype(np.float64) @ rows.T
    lengths, turn = np.linalg.eigh(inner)
    spans = lengths > _FLOOR
    stretch = np.sqrt(lengths[spans])
    table, bias = _softmax((turn[:, spans] * stretch).astype(np.float32), scores, stances, lift)
    return np.asarray(rows.T @ ((turn[:, spans] / stretch) @ table), np.float32), bias


def _softmax(rows: Array, scores: Array, stances: NDArray[np.int64], lift: Array) -> tuple[Array, Array]:
    classes, size = len(STANCES), rows.shape[1] * len(STANCES)
    each, target = lift[stances][:, None], np.eye(len(STANCES), dtype=np.float32)[stances]

    def loss(flat: Array) -> tuple[float, Array]:
        table, bias = flat[:size].reshape(-1, classes), flat[size:]
        logits = (rows @ table + bias + scores).astype(np.float64)
        logits -= logits.max(1, keepdims=True)
        chance = np.exp(logits)
        chance /= chance.sum(1, keepdims=True)
        surprise = -(each * target * np.log(chance + _FLOOR**4)).sum()
        error = (each * (chance - target)).astype(np.float32)
        slope = np.concatenate([(rows.T @ error + _RIDGE * table).ravel(), error.sum(0) + np.float32(0.1) * bias])
        penalty = _RIDGE / 2 * float(np.dot(flat[:size], flat[:size])) + 0.05 * float(np.dot(bias, bias))
        return float(surprise) + penalty, np.asarray(slope, np.float32)

    best = minimise(loss, np.zeros(size + classes, np.float32), _ROUNDS)
    return best[:size].reshape(-1, classes), best[size:]
