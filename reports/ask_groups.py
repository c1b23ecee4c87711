"""Suggestions put together into asks, counted and ranked: arrays throughout, for there may be hundreds of thousands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from reports.shingles import merge_alike

if TYPE_CHECKING:
    import numpy.typing as npt

    from reports.corpus import Corpus, Mask

    Whole = npt.NDArray[np.int64]

_LATE = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Counts:
    """Numbers of groups, one entry each.

    Attributes:
        authors: distinct known authors.
        voices: the same, and one more for every comment without a known author.
        comments: comments.
        likes: their likes, NaN where no number is known.
        first: wall-clock milliseconds of the first dated one, the largest int64 where none is dated.
        earliest: position of the first dated comment, of the smallest id where none is dated.
    """

    authors: Whole
    voices: Whole
    comments: Whole
    likes: npt.NDArray[np.float64]
    first: Whole
    earliest: Whole

    def order(self) -> Whole:
        """By people, then comments, then likes, then by which was there first."""
        likes = np.nan_to_num(self.likes)
        return np.lexsort((self.earliest, self.first, -likes, -self.comments, -self.voices))


@dataclass(frozen=True)
class Asks:
    """All asks, by rank.

    Attributes:
        at: positions of the suggestions, ask by ask, ascending within each.
        starts: where each ask's suggestions begin in `at`, and the end of the last.
        counts: their numbers.
        themes: key of each ask's theme, None where it is a group of nearly equal texts.
    """

    at: Whole
    starts: Whole
    counts: Counts
    themes: list[str | None]

    def __len__(self) -> int:
        return len(self.themes)

    def members(self, rank: int) -> Whole:
        """Positions of one ask's suggestions."""
        return self.at[self.starts[rank] : self.starts[rank + 1]]

    def rank_of(self, position: int | None) -> int | None:
        """The rank of the ask that holds the comment at this position, None where none does."""
        if position is None or not (place := np.flatnonzero(self.at == position)).size:
            return None
        return int(np.searchsorted(self.starts, place[0], side="right")) - 1

    def dated(self, rank: int) -> bool:
        """Whether the day of any of its suggestions is known."""
        return bool(self.counts.first[rank] != _LATE)


def asks_of(corpus: Corpus, chosen: Mask) -> Asks:
    """The suggestions of each theme, and those of no theme by nearly equal texts, ranked."""
    at = np.flatnonzero(chosen)
    theme, keys = pd.factorize(corpus.rows["theme"].to_numpy(dtype=object)[at])
    unit, _ = pd.factorize(_units(corpus, at))
    group, found = pd.factorize(np.where(theme >= 0, theme, unit + len(keys)))
    counts = counted(corpus, at, group, len(found))
    order = counts.order()
    place = np.empty(len(found), np.int64)
    place[order] = np.arange(len(found))
    rank = place[group]
    sizes = np.bincount(rank, minlength=len(found))
    return Asks(
        at=at[np.argsort(rank, kind="stable")],
        starts=np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
        counts=_taken(counts, order),
        themes=[str(keys[one]) if one < len(keys) else None for one in np.asarray(found)[order].tolist()],
    )


def counted(corpus: Corpus, at: Whole, group: Whole, n: int) -> Counts:
    """The numbers of `n` groups of comments: `at` their positions, ascending, `group` the group of each."""
    author, span = corpus.author[at], np.int64(len(corpus.author) + 1)
    known = author >= 0
    authors = np.bincount(pd.unique(group[known] * span + author[known]) // span, minlength=n)
    likes = corpus.likes[at]
    told = ~np.isnan(likes)
    liked = np.bincount(group[told], weights=likes[told], minlength=n)
    local = np.where(corpus.dated[at], corpus.local[at], _LATE)
    by_time = np.lexsort((at, local, group))
    leads = by_time[np.searchsorted(group[by_time], np.arange(n))]
    return Counts(
        authors=authors,
        voices=authors + np.bincount(group[~known], minlength=n),
        comments=np.bincount(group, minlength=n),
        likes=np.where(np.bincount(group[told], minlength=n) > 0, liked, np.nan),
        first=local[leads],
        earliest=at[leads],
    )


def _taken(counts: Counts, order: Whole) -> Counts:
    columns: dict[str, Any] = {name: getattr(counts, name)[order] for name in Counts.__dataclass_fields__}
    return Counts(**columns)


def _units(corpus: Corpus, at: Whole) -> Whole:
    """The text of each comment, nearly equal ones as one: by the corpus where it knows, else compared here."""
    unit = corpus.text[at].copy()
    alone = np.flatnonzero(corpus.rows["near"].isna().to_numpy()[at])
    if not alone.size:
        return unit
    number, texts = pd.factorize(unit[alone])
    counts = counted(corpus, at[alone], number, len(texts))
    order = counts.order()  # the commonest lead their group
    leaders = merge_alike(corpus.said(counts.earliest[order].tolist()))
    leads = np.empty(len(texts), np.int64)
    leads[order] = np.asarray(texts)[order[leaders]]
    unit[alone] = leads[number]
    return unit
