"""How labels were drawn, and what that makes of the spread of a mean: strata, their weights, authors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]
    Whole = NDArray[np.int64]

_IN_STRATUM = 2
"""Labels without which a stratum says nothing of how much its comments differ."""


@dataclass(frozen=True)
class Design:
    """A sample drawn without replacement within strata.

    Attributes:
        group: (n,) the stratum of each label, strata with fewer than two labels joined to their neighbours.
        size: (groups,) comments in each.
        labels: (groups,) labels in each.
    """

    group: Whole
    size: Whole
    labels: Whole

    @classmethod
    def of(cls, stratum: Whole, size: Whole) -> Design:
        """The design of labels from these strata, (n,), of so many comments, (strata,).

        Neighbours are joined until each group has two labels (collapsed strata: Cochran 1977, 5A.12). That is right as
        far as neighbours are labelled at like rates; where they differ, the spread is taken too wide, not too narrow.

        Raises:
            ValueError: a label is from a stratum that is not there, or one has more labels than comments.
        """
        if stratum.size and not 0 <= stratum.min() <= stratum.max() < len(size):
            raise ValueError("a label is from a stratum that the population does not have")
        labels = np.bincount(stratum, minlength=len(size))
        if (labels > size).any():
            raise ValueError("a stratum has more labels than comments")
        joined = _joined(labels)
        return cls(joined[stratum], _sums(joined, size), _sums(joined, labels))

    @property
    def population(self) -> int:
        """Comments in all."""
        return int(self.size.sum())

    @cached_property
    def weight(self) -> Array:
        """(n,) what each label counts for in a mean over the population; they add up to 1."""
        return np.asarray((self.size / (self.labels * self.population))[self.group])

    @cached_property
    def scale(self) -> Array:
        """(n,) what each squared residual adds to the variance of a mean: W² (1 - n/N) / (n (n - 1)), by stratum."""
        left = 1 - self.labels / self.size
        share = self.size / self.population
        return np.asarray((share**2 * left / (self.labels * (self.labels - 1)))[self.group])

    def centred(self, values: Array) -> Array:
        """Values of the labels, (..., n, k), less the means of their groups."""
        if len(self.size) == 1:
            return np.asarray(values - values.mean(-2, keepdims=True))
        means = _member(self.group, len(self.size)) / self.labels[:, None] @ values
        return np.asarray(values - means[..., self.group, :])

    def spread(self, values: Array, unseen: float) -> Array:
        """(..., k) the variance of a mean of values against that of as many independent draws from all comments.

        So many labels nobody saw are added, which strata do not tell apart: of a stance that few comments have, all
        labels may lie in one stratum by chance.
        """
        n = len(self.group)
        about = values - (self.weight @ values)[..., None, :]
        even = n * (self.scale * (1 - 1 / self.labels)[self.group]).sum()
        added = unseen / (n * (n - 1))
        inside = self.scale @ self.centred(values) ** 2
        return np.asarray((inside + added * even) / (self.weight @ about**2 / (n - 1) + added))

    def voices(self, author: Whole, residuals: Array) -> Array:
        """(..., k) how much wider a mean spreads because comments of one author resemble each other, never below 1.

        The squared sums of an author's residuals against the sum of squares (Liang and Zeger 1986). A draw of comments
        from those that are there needs none of it; what they say of their authors does.
        """
        same = np.unique(np.where(author < 0, -1 - np.arange(len(author)), author), return_inverse=True)[1]
        weighed = residuals * np.sqrt(self.scale)[:, None]
        alone = (weighed**2).sum(-2)
        if same.max() + 1 == len(author):
            return np.ones_like(alone)
        together = ((_member(same, same.max() + 1) @ weighed) ** 2).sum(-2)
        return np.asarray(np.divide(together, alone, out=np.ones_like(alone), where=alone > 0).clip(min=1))


def _member(number: Whole, count: int) -> Array:
    """(count, n) 1 where a label has the number, else 0."""
    return np.asarray(np.arange(count)[:, None] == number, np.float64)


def _joined(labels: Whole) -> Whole:
    """(strata,) the group of each stratum: neighbours until there are enough labels; the rest joins the last."""
    group, joined, seen = 0, np.zeros(len(labels), np.int64), 0
    for at, count in enumerate(labels.tolist()):
        if seen >= _IN_STRATUM:
            group, seen = group + 1, 0
        joined[at] = group
        seen += count
    if seen < _IN_STRATUM and group:
        joined[joined == group] = group - 1
    return joined


def _sums(joined: Whole, values: Whole) -> Whole:
    return np.bincount(joined, values).astype(np.int64)
