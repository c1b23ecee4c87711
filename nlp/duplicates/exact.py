"""Comments grouped by equal keys, and which texts are long enough for repetition to mean copying."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from nlp.marks import HAN

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_WORDS = 10
"""Han characters, or Latin words, that a text needs before its repetition is copying: many say "支持" on their own."""

MIN_DISTINCT = 7
"""Different ones among them: a long laugh is not a copied post."""

_UNIT = re.compile(rf"[{HAN}]|[^\W\d_{HAN}]+")
_MARKERS = re.compile(r"\[(?:url|at)\]")


class ExactGroups(NamedTuple):
    """Comments grouped by equal keys.

    Attributes:
        group: int64, one per comment: the number of its group, counted from 0 in order of first appearance.
        size: int64, one per group: its comments.
        first: int64, one per group: the row of its first comment.
    """

    group: NDArray[np.int64]
    size: NDArray[np.int64]
    first: NDArray[np.int64]


def exact_groups(keys: NDArray[np.int64]) -> ExactGroups:
    """Comments with the same key (`nlp.fold.fold_keys`) form a group; a comment alone is a group of one."""
    group, _ = pd.factorize(keys)
    group = group.astype(np.int64)
    size = np.bincount(group) if len(group) else np.empty(0, np.int64)
    first = np.full(len(size), len(group), np.int64)
    np.minimum.at(first, group, np.arange(len(group)))
    return ExactGroups(group, size.astype(np.int64), first)


def long_enough(fold: str) -> bool:
    """Whether a folded text is too long and too varied to be written twice by chance."""
    units = _UNIT.findall(_MARKERS.sub(" ", fold))
    return len(units) >= MIN_WORDS and len(set(units)) >= MIN_DISTINCT
