"""When a source that could be reached fell silent: nothing new for far longer than is usual there.

The rule needs no model of how people write. Pauses between comments follow the night, the weekend and the news, so a
source is held against its own pauses: the longest is a silence when it is more than TIMES as long as the second
longest, and lasts three days at least. Among n pauses as chance makes them (exponential ones) the longest is four
times the second with probability 24 / ((n+1)(n+2)(n+3)), which is 0.2 % for n = 20; the tests measure it for sources
with nights and weekends, with bursts, and for threads that die away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from minyi.outages import DAY_MS, Lapse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

MIN_COMMENTS = 20
MIN_DAYS = 15
MIN_SILENCE_MS = 3 * DAY_MS
TIMES = 4


def silence(published: NDArray[np.int64], watched: tuple[int, int], lapses: Iterable[Lapse] = ()) -> Lapse | None:
    """The one stretch in which a source fell silent, None where it did not or where its rhythm is not known.

    Args:
        published: (n,) times of its comments.
        watched: its first and its last good run; only time in between counts as silence, and a source that was silent
            before the first is none that fell silent.
        lapses: when it was down or not asked; that time is taken out of the pauses.
    """
    times = np.unique(published)
    times = times[times < watched[1]]
    if (published < watched[1]).sum() < MIN_COMMENTS or len(np.unique(times // DAY_MS)) < MIN_DAYS:
        return None
    edges = np.append(times, watched[1])
    missed = [(lapse.start, watched[1] if lapse.end is None else lapse.end) for lapse in lapses]
    pauses = np.diff(edges) - _within(edges, missed)
    longest, second = (int(at) for at in np.argsort(pauses)[::-1][:2])
    usual = int(pauses[second])
    least = max(MIN_SILENCE_MS, TIMES * usual)
    unseen = _within(edges, [*missed, (int(edges[0]), watched[0])])[longest] - _within(edges, missed)[longest]
    if unseen > least or pauses[longest] - unseen <= least:
        return None
    end = None if longest == len(times) - 1 else int(edges[longest + 1])
    return Lapse("silent", int(edges[longest]), end, usual_ms=usual)


def _within(edges: NDArray[np.int64], stretches: Iterable[tuple[int, int]]) -> NDArray[np.int64]:
    """How much of each pause lies in these stretches, which do not overlap."""
    found = np.zeros(len(edges) - 1, np.int64)
    for start, end in _merged(stretches):
        found += np.clip(np.minimum(edges[1:], end) - np.maximum(edges[:-1], start), 0, None)
    return found


def _merged(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(stretches):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged
