"""What a report sees of the comments before it counts them: how they came, and which have no stance yet.

Nothing here needs pandas, which takes half a second to import: a report with nothing new does without.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from reports.inputs import Theme

GLIMPSED = ("source", "kind", "published_at", "published_precision", "run")
"""Columns that tell how collecting went and which days there are."""


class Labels(NamedTuple):
    """A column of strings that recur: which each comment has, -1 for none, and what they are."""

    code: NDArray[np.int32]
    known: Sequence[str]

    def among(self, labels: Sequence[str]) -> NDArray[np.bool_]:
        """Which comments have one of these."""
        wanted = [*(label in labels for label in self.known), False]
        return np.array(wanted, np.bool_)[self.code]


@dataclass(frozen=True)
class Came:
    """How the comments came: where, as what, when, and by which run.

    Attributes:
        source, kind, precision, run: a label each.
        published: UTC milliseconds, anything where that is not known.
        timed: whether it is known.
    """

    source: Labels
    kind: Labels
    precision: Labels
    run: Labels
    published: NDArray[np.int64]
    timed: NDArray[np.bool_]

    @property
    def dated(self) -> NDArray[np.bool_]:
        """Those whose day is known."""
        return self.timed & ~self.precision.among(("month", "year"))

    def by_source(self, chosen: NDArray[np.bool_]) -> Iterator[tuple[str, NDArray[np.int64]]]:
        """The positions of those chosen, ascending, source by source; a source without any is left out."""
        at = np.flatnonzero(chosen & (self.source.code >= 0))
        codes = self.source.code[at].astype(np.min_scalar_type(len(self.source.known)))  # few bytes sort fast
        at = at[np.argsort(codes, kind="stable")]
        ends = np.cumsum(np.bincount(codes, minlength=len(self.source.known)))
        for name, part in zip(self.source.known, np.split(at, ends)[:-1], strict=True):
            if len(part):
                yield name, part

    def counts(self, chosen: NDArray[np.bool_]) -> dict[str, int]:
        """By source, how many are chosen; a source without any is left out."""
        codes = self.source.code[chosen & (self.source.code >= 0)]
        counted = np.bincount(codes, minlength=len(self.source.known)).tolist()
        return {name: n for name, n in zip(self.source.known, counted, strict=True) if n}

    def spans(self) -> dict[str, tuple[int, int]]:
        """By source, the first and the last known time."""
        return {
            name: (int(self.published[at].min()), int(self.published[at].max()))
            for name, at in self.by_source(self.timed)
        }


@dataclass(frozen=True)
class Glimpse:
    """What is seen of the comments.

    Attributes:
        n: how many there are.
        uncoded: how many have no stance yet.
        came: how they came.
        coded: gives their ids and stances, as a frame.
        digest: of the data.
        themes: that people named.
    """

    n: int
    uncoded: int
    came: Came
    coded: Callable[[], pd.DataFrame]
    digest: str
    themes: Sequence[Theme]


def came_of(comments: pd.DataFrame) -> Came:
    """How the comments of a frame came, which has the columns GLIMPSED."""
    source, kind, precision, run = (_labels(comments[name]) for name in _NAMED)
    times = comments["published_at"]
    published = times.astype("Int64").fillna(0).to_numpy()
    return Came(source, kind, precision, run, published.astype(np.int64), times.notna().to_numpy(bool))


_NAMED = tuple(name for name in GLIMPSED if name != "published_at")


def _labels(column: pd.Series[Any]) -> Labels:
    labels = column if column.dtype == "category" else column.astype(object).astype("category")
    return Labels(labels.cat.codes.to_numpy().astype(np.int32), labels.cat.categories.tolist())
