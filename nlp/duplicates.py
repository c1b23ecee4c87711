"""Repeated texts: which comments say the same, how many distinct texts and authors there are, and bursts of copies.

Groups are counted and labelled, never deleted. The wording is "copied posts"; who posted them, and why, is unknown.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from nlp.fold import fold
from nlp.marks import HAN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MIN_WORDS = 10
"""Han characters, or Latin words, that a text needs before its repetition is copying: many say "支持" on their own."""

MIN_DISTINCT = 7
"""Different ones among them: a long laugh is not a copied post."""

DAY_MS = 86_400_000

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


class Counts(NamedTuple):
    """The three counts that stand beside each other everywhere; authors is None where no author is known."""

    comments: int
    texts: int
    authors: int | None


class CopiedGroup(NamedTuple):
    """One long text posted by several authors within a window.

    Attributes:
        fold: the folded text that all share.
        n: posts in the burst.
        authors: distinct known authors among them.
        first_ms: time of its first post, in milliseconds since 1970.
        last_ms: time of its last post.
        example_id: id of its first post.
    """

    fold: str
    n: int
    authors: int
    first_ms: int
    last_ms: int
    example_id: str


def exact_groups(keys: NDArray[np.int64]) -> ExactGroups:
    """Comments with the same key (`nlp.fold.fold_keys`) form a group; a comment alone is a group of one."""
    group, _ = pd.factorize(keys)
    group = group.astype(np.int64)
    size = np.bincount(group) if len(group) else np.empty(0, np.int64)
    first = np.full(len(size), len(group), np.int64)
    np.minimum.at(first, group, np.arange(len(group)))
    return ExactGroups(group, size.astype(np.int64), first)


def three_counts(keys: NDArray[np.int64], authors: Sequence[str | None]) -> Counts:
    """Comments, distinct texts and distinct authors; unknown authors are not counted as one."""
    known = len(set(authors) - {None})
    return Counts(len(keys), len(pd.unique(keys)), known or None)


def long_enough(fold: str) -> bool:
    """Whether a folded text is too long and too varied to be written twice by chance."""
    units = _UNIT.findall(_MARKERS.sub(" ", fold))
    return len(units) >= MIN_WORDS and len(set(units)) >= MIN_DISTINCT


def copied_groups(
    texts: Sequence[str],
    keys: NDArray[np.int64],
    authors: Sequence[str | None],
    times_ms: Sequence[int | None],
    ids: Sequence[str],
    *,
    posts: int = 3,
    people: int = 3,
    window_ms: int = DAY_MS,
) -> list[CopiedGroup]:
    """Bursts of copied posts: a long text posted at least `posts` (2 or more) times by `people` authors in a window.

    Windows that overlap make one burst, so a burst may last longer than a window. Comments without a time are in
    none, and those without a known author count as posts only. Texts may come folded or not.

    Returns:
        The bursts by size, largest first; equal ones by time, then by text.
    """
    frame = pd.DataFrame(
        {
            "row": np.arange(len(keys)),
            "key": keys,
            "ms": pd.array(times_ms, dtype="Int64"),
            "author": np.array(authors, dtype=object),
        }
    )
    frame = _repeated(frame.dropna(subset="ms"), posts, texts)
    burst = _bursts(frame["key"].to_numpy(), frame["ms"].to_numpy(np.int64), posts, window_ms)
    groups = frame[burst >= 0].groupby(burst[burst >= 0])
    summary = zip(groups.size(), groups["author"].nunique(), groups["ms"].agg(["min", "max"]).to_numpy(), strict=True)
    found = [
        CopiedGroup(fold(texts[row]), int(n), int(known), int(first), int(last), ids[row])
        for row, (n, known, (first, last)) in zip(groups["row"].first(), summary, strict=True)
        if known >= people
    ]
    return sorted(found, key=lambda group: (-group.n, group.first_ms, group.fold))


def _repeated(frame: pd.DataFrame, posts: int, texts: Sequence[str]) -> pd.DataFrame:
    """The rows of texts seen often enough and long enough, sorted by text and time."""
    often = frame[frame.groupby("key")["key"].transform("size") >= posts]
    one_each = often.drop_duplicates("key")
    long = one_each["key"][[long_enough(fold(texts[row])) for row in one_each["row"]]]
    return often[often["key"].isin(long)].sort_values(["key", "ms", "row"], kind="stable")


def _bursts(key: NDArray[np.int64], ms: NDArray[np.int64], posts: int, window_ms: int) -> NDArray[np.int64]:
    """The number of the burst each row belongs to, or -1; rows come sorted by key and time.

    A window opens at a row when the row `posts - 1` further down is the same text and near enough in time. Two
    neighbours that some window holds are of one burst.
    """
    n, reach = len(key), posts - 1
    if n < posts:
        return np.full(n, -1, np.int64)
    opens = (key[reach:] == key[:-reach]) & (ms[reach:] - ms[:-reach] <= window_ms)
    open_windows = np.zeros(n, np.int64)
    open_windows[: len(opens)] += opens
    open_windows[reach:] -= opens
    with_next = np.cumsum(open_windows) > 0
    with_last = np.concatenate(([False], with_next[:-1]))
    return np.where(with_next | with_last, np.cumsum(~with_last) - 1, -1)
