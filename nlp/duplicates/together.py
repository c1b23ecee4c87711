"""Accounts that post the same text together: again and again within a minute of each other.

That is all it says. People who pass on the same headline, or press the same button to share it, do so too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from nlp.duplicates.exact import long_enough
from nlp.fold import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

APART_MS = 60_000
"""Two posts at most so far apart are together."""

TIMES = 2
"""Moments, or texts, that a pair of accounts must share: once may be chance."""

_NEIGHBOURS = 16  # posts of a text that each is set beside: a crowd of one minute says nothing about any two in it


class Together(NamedTuple):
    """Accounts that post the same text together.

    Attributes:
        pairs: pairs of accounts that did so at least TIMES times.
        accounts: distinct accounts in them.
        posts: bool, one per comment: the posts by which they did.
    """

    pairs: int
    accounts: int
    posts: NDArray[np.bool_]


def posted_together(
    texts: Sequence[str],
    copies: NDArray[np.int64],
    authors: Sequence[str | None],
    times_ms: Sequence[int | None],
    within_ms: NDArray[np.int64] | None = None,
) -> Together:
    """Pairs of accounts that post the same long text within APART_MS of each other, at least TIMES times.

    Times of the same text that follow on one another within APART_MS are one moment and count once. Each post is set
    beside the 16 that follow it at most, so that a crowd costs no more than others.

    Args:
        texts: the comments' texts, folded or not.
        copies: equal for texts that count as copies of each other (`NearGroups.at_least(COPY, keys)`).
        authors: who wrote each; None where unknown, and for comments to be left aside, such as quotes.
        times_ms: when; None where unknown, or known only to the day.
        within_ms: how much later than stated each may have been: 0 where the second is known, 59,999 where only the
            minute is. Posts that may have been further apart than APART_MS are not together.
    """
    code, names = pd.factorize(np.array(authors, dtype=object))
    ms = pd.array(times_ms, dtype="Int64")
    known = np.flatnonzero((code >= 0) & ~np.asarray(ms.isna()))
    when = np.asarray(ms[known], np.int64)
    order = np.lexsort((_name_rank(names)[code[known]], when, copies[known]))
    row, when = known[order], when[order]
    late = np.zeros(len(row), np.int64) if within_ms is None else within_ms[row]
    one, other = _near_in_time(copies[row], when, late, code[row])
    long = _long(texts, copies[row], row, one)
    one, other = one[long], other[long]
    low, high = np.minimum(code[row[one]], code[row[other]]), np.maximum(code[row[one]], code[row[other]])
    pair = low.astype(np.int64) * len(names) + high
    again = _again(pair, copies[row[one]], when[one])
    posts = np.zeros(len(texts), bool)
    posts[row[one[again]]] = posts[row[other[again]]] = True
    accounts = np.unique(np.concatenate((low[again], high[again])))
    return Together(len(np.unique(pair[again])), len(accounts), posts)


def _name_rank(names: NDArray[np.object_]) -> NDArray[np.int64]:
    """The place of each name in the alphabet, which does not depend on the order of the comments."""
    rank = np.empty(len(names), np.int64)
    rank[np.argsort(names.astype(str), kind="stable")] = np.arange(len(names))
    return rank


def _near_in_time(
    key: NDArray[np.int64], ms: NDArray[np.int64], late: NDArray[np.int64], author: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of posts of one text by two authors, surely near in time; rows come sorted by key and time."""
    ones, others = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for step in range(1, _NEIGHBOURS + 1):
        same = key[step:] == key[:-step]
        apart = ms[step:] - ms[:-step]
        widest = np.maximum(apart + late[step:], late[:-step] - apart)
        found = np.flatnonzero(same & (widest <= APART_MS) & (author[step:] != author[:-step]))
        ones.append(found)
        others.append(found + step)
    return np.concatenate(ones), np.concatenate(others)


def _long(
    texts: Sequence[str], key: NDArray[np.int64], row: NDArray[np.int64], one: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Which pairs are of a text that two people hardly write by chance; the first post of a text stands for it."""
    groups, which = np.unique(key[one], return_inverse=True)
    first = row[np.searchsorted(key, groups)]
    long = np.array([long_enough(fold(texts[at])) for at in first.tolist()], dtype=bool)
    return long[which] if len(groups) else np.zeros(0, bool)


def _again(pair: NDArray[np.int64], key: NDArray[np.int64], ms: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which meetings are of a pair that met in at least TIMES moments or texts."""
    order = np.lexsort((ms, key, pair))
    pair, key, ms = pair[order], key[order], ms[order]
    met_before = (np.diff(pair, prepend=-1) == 0) & (np.diff(key, prepend=0) == 0)
    moment = ~(met_before & (np.diff(ms, prepend=0) <= APART_MS))
    begins = np.flatnonzero(np.diff(pair, prepend=-1) != 0)
    moments = np.add.reduceat(moment.astype(np.int64), begins) if len(begins) else np.empty(0, np.int64)
    again = np.empty(len(pair), bool)
    again[order] = np.repeat(moments >= TIMES, np.diff(np.append(begins, len(pair))))
    return again
