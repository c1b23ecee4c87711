"""Bursts of copied posts: one long text, or nearly the same one, by several authors within a short time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from nlp.duplicates.exact import long_enough
from nlp.fold import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

COPY = 0.8
"""Similarity to a group's representative from which a text counts as its copy.

Stricter than a near-duplicate: someone's own words behind a quoted headline three times as long are no copy (0.6).
"""

DAY_MS = 86_400_000


class CopiedGroup(NamedTuple):
    """One long text posted by several authors within a window.

    Attributes:
        fold: the folded text of its first post; the others have the same one or nearly the same.
        n: posts in the burst.
        texts: distinct texts among them; 1 where all are exact copies.
        authors: distinct known authors among them.
        first_ms: time of its first post, in milliseconds since 1970.
        last_ms: time of its last post.
        example_id: id of its first post.
    """

    fold: str
    n: int
    texts: int
    authors: int
    first_ms: int
    last_ms: int
    example_id: str


class Bursts(NamedTuple):
    """Bursts of copied posts.

    Attributes:
        groups: by size, largest first; equal ones by time, then by text.
        number: int64, one per comment: which of them it belongs to, -1 for none.
    """

    groups: list[CopiedGroup]
    number: NDArray[np.int64]


def copied_groups(
    texts: Sequence[str],
    keys: NDArray[np.int64],
    authors: Sequence[str | None],
    times_ms: Sequence[int | None],
    ids: Sequence[str],
    *,
    copies: NDArray[np.int64] | None = None,
    posts: int = 3,
    people: int = 3,
    window_ms: int = DAY_MS,
) -> Bursts:
    """Bursts of copied posts: a long text posted at least `posts` (2 or more) times by `people` authors in a window.

    Windows that overlap make one burst, so a burst may last longer than a window. Comments without a time are in
    none, and those without a known author count as posts only. Texts may come folded or not.

    Args:
        texts: the comments' texts.
        keys: equal for exact duplicates (`nlp.fold.fold_keys`).
        authors: who wrote each, None where unknown.
        times_ms: when, None where unknown.
        ids: the comments' ids; they decide between posts of the same moment.
        copies: equal for texts that count as copies of each other (`NearGroups.at_least(COPY, keys)`); the keys where
            not given, so that only exact copies count.
        posts: posts a window needs.
        people: known authors a burst needs.
        window_ms: how long a window is.
    """
    frame = _rows(keys, keys if copies is None else copies, authors, times_ms, ids)
    frame = _repeated(frame.dropna(subset="ms"), posts, texts)
    burst = _bursts(frame["key"].to_numpy(), frame["ms"].to_numpy(np.int64), posts, window_ms)
    frame, burst = frame[burst >= 0], burst[burst >= 0]
    found = _groups(frame, burst, texts, people)
    ranked = sorted(found, key=lambda at: (-found[at].n, found[at].first_ms, found[at].fold))
    number = np.full(len(keys), -1, np.int64)
    number[frame["row"]] = pd.Series(range(len(ranked)), index=ranked, dtype=np.int64).reindex(burst, fill_value=-1)
    return Bursts([found[at] for at in ranked], number)


def _rows(
    keys: NDArray[np.int64],
    copies: NDArray[np.int64],
    authors: Sequence[str | None],
    times_ms: Sequence[int | None],
    ids: Sequence[str],
) -> pd.DataFrame:
    """One row a comment."""
    return pd.DataFrame(
        {
            "row": np.arange(len(keys)),
            "key": copies,
            "text": keys,
            "ms": pd.array(times_ms, dtype="Int64"),
            "author": np.array(authors, dtype=object),
            "id": np.array(ids, dtype=object),
        }
    )


def _repeated(frame: pd.DataFrame, posts: int, texts: Sequence[str]) -> pd.DataFrame:
    """The rows of texts seen often enough and long enough, sorted by text, time and id."""
    often = frame[frame.groupby("key")["key"].transform("size") >= posts].sort_values(["key", "ms", "id"])
    first = often.drop_duplicates("key")
    long = first["key"][[long_enough(fold(texts[row])) for row in first["row"]]]
    return often[often["key"].isin(long)]


def _groups(frame: pd.DataFrame, burst: NDArray[np.int64], texts: Sequence[str], people: int) -> dict[int, CopiedGroup]:
    """The bursts of enough people, by their numbers."""
    summary = frame.groupby(burst).agg(
        row=("row", "first"), n=("row", "size"), texts=("text", "nunique"), authors=("author", "nunique"),
        first=("ms", "min"), last=("ms", "max"), id=("id", "first"),
    )  # fmt: skip
    return {
        at: CopiedGroup(fold(texts[row]), int(n), int(distinct), int(known), int(first), int(last), name)
        for at, row, n, distinct, known, first, last, name in summary[summary["authors"] >= people].itertuples()
    }


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
