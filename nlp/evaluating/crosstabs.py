"""Crosstabs of people's stances and a coder's, and every figure that is a function of one.

A crosstab has the shape (…, 4, 5): rows by people's stance and columns by the coder's, in the order of STANCES; the
last column is for comments that the coder abstained from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nlp.coders.protocol import ABSTAINED
from storage.nouns import STANCES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CLASSES = len(STANCES)
COLUMNS = CLASSES + 1


def confusion(people: NDArray[Any], coded: NDArray[Any]) -> NDArray[np.int64]:
    """The crosstab of two codings, each as indexes into STANCES; the coder's may hold ABSTAINED."""
    column = np.where(coded == ABSTAINED, CLASSES, coded).astype(np.int64)
    cells = np.bincount(people.astype(np.int64) * COLUMNS + column, minlength=CLASSES * COLUMNS)
    return cells.reshape(CLASSES, COLUMNS)


def given(table: NDArray[Any]) -> NDArray[Any]:
    """The part of a crosstab where the coder gave a stance, (…, 4, 4)."""
    return table[..., :CLASSES]


def right(table: NDArray[Any]) -> NDArray[Any]:
    """Comments coded as people did, by stance, (…, 4)."""
    return np.diagonal(given(table), axis1=-2, axis2=-1)


def class_f1(table: NDArray[Any]) -> Floats:
    """F1 of each stance, (…, 4); an abstention counts as missed. A stance nobody found or gave has 0."""
    return np.asarray(2 * right(table) / np.maximum(table.sum(-1) + given(table).sum(-2), 1), np.float64)


def precision(table: NDArray[Any]) -> Floats:
    """Of the comments the coder filed under each stance, the share that people did, (…, 4)."""
    return np.asarray(right(table) / np.maximum(given(table).sum(-2), 1), np.float64)


def recall(table: NDArray[Any]) -> Floats:
    """Of the comments people filed under each stance, the share that the coder did, (…, 4)."""
    return np.asarray(right(table) / np.maximum(table.sum(-1), 1), np.float64)


def accuracy(table: NDArray[Any]) -> Floats:
    """Share of comments coded as people did; an abstention counts as wrong. NaN for an empty crosstab."""
    return _share(right(table).sum(-1), table.sum((-1, -2)))


def cohen_kappa(table: NDArray[Any]) -> Floats:
    """Cohen's kappa (1960) of people and coder, over the comments the coder gave a stance.

    NaN where both used one stance only.
    """
    both = given(table)
    n = both.sum((-1, -2))
    agreed = _share(right(table).sum(-1), n)
    chance = _share((both.sum(-1) * both.sum(-2)).sum(-1), n.astype(np.float64) ** 2)
    return _share(agreed - chance, 1 - chance)


def coder_alpha(table: NDArray[Any]) -> Floats:
    """Krippendorff's nominal alpha of people and coder; an abstention is a missing value."""
    both = given(table)
    return nominal_alpha(both + np.swapaxes(both, -1, -2))


def nominal_alpha(coincidences: NDArray[Any]) -> Floats:
    """Krippendorff's alpha for nominal data from coincidence matrices (…, 4, 4).

    As in "Computing Krippendorff's Alpha-Reliability" (2011): 1 - observed / expected disagreement. NaN where all
    values are one stance, or there are none.
    """
    values = coincidences.sum(-1).astype(np.float64)
    n = values.sum(-1)
    differ = n - np.trace(coincidences, axis1=-2, axis2=-1)
    return 1 - _share(differ * (n - 1), n**2 - (values**2).sum(-1))


def _share(part: NDArray[Any], whole: NDArray[Any]) -> Floats:
    part, whole = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    shares = np.full(np.broadcast(part, whole).shape, np.nan)
    np.divide(part, whole, out=shares, where=whole != 0)
    return shares
