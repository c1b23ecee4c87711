"""The most probable way to cut runs of Han into words of a dictionary, many runs at once.

As jieba does: every dictionary word that stands in a run is one step of a way through it, a character that begins none
is a step too, and of all ways the one with the greatest product of probabilities is taken (of equal ones, at each place
the longest word). The same sums in the same order as jieba's, so the same ways come out to the last bit.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from nlp.han.runs import steps

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from nlp.han.lexicon import Words
    from nlp.han.runs import Indices, Steps

    Weights = NDArray[np.float64]

_FREQUENT = 3  # characters of words that stand nearly everywhere


def routes(first: Indices, length: Indices, single: Weights, words: Iterable[Words]) -> NDArray[np.uint8]:
    """The length of the best word at each place that a run holds, 1 elsewhere.

    Args:
        first: the place each run begins at.
        length: its characters, 255 at most.
        single: the weight of each place's character as a word; longer words that begin there are tried as well.
        words: the longer words that stand in the text, shorter ones first.
    """
    way = steps(first + length - 1, length, -1)
    place = np.empty(len(single), np.int64)
    place[way.at] = np.arange(len(way.at))
    levels = [(_Many if word.length <= _FREQUENT else _Few)(word, place, way) for word in words]
    # Behind the last character of a run there is nothing, which is certain: a step more, of zeros.
    ahead = int(way.many[0])
    best, chosen = np.append(np.zeros(ahead), single.take(way.at)), np.ones(ahead + len(way.at), np.uint8)
    rows = [0, *(way.begins + ahead).tolist()]
    for step, (begin, end) in enumerate(pairwise(rows[1:])):
        here, count = slice(begin, end), end - begin
        best[here] += best[rows[step] : rows[step] + count]
        for level in levels:
            if level.begins[step] < level.begins[step + 1]:
                after = rows[step + 1 - level.length]
                level.take(step, best[here], best[after : after + count], chosen[here])
    found = np.ones(len(single), np.uint8)
    found[way.at] = chosen[ahead:]
    return found


class _Many:
    """Words of one length, as a weight for every place."""

    def __init__(self, words: Words, place: Indices, way: Steps) -> None:
        self.length = words.length
        self._weight = np.full(len(way.at), -np.inf)
        self._weight[place.take(words.at)] = words.weight
        self.begins = np.maximum(way.begins, way.begins[min(self.length - 1, len(way.many))]).tolist()

    def take(self, step: int, best: Weights, after: Weights, chosen: NDArray[np.uint8]) -> None:
        """Take a word that begins at that step where this is as good as the best so far."""
        through = self._weight[self.begins[step] : self.begins[step + 1]]
        through += after
        chosen[through >= best] = self.length
        np.maximum(best, through, out=best)


class _Few:
    """Words of one length, step by step."""

    def __init__(self, words: Words, place: Indices, way: Steps) -> None:
        self.length = words.length
        at = place.take(words.at)
        step = way.step.take(at)
        order = np.argsort(step, kind="stable")
        self._at, self._weight = (at - way.begins.take(step))[order], words.weight[order]
        self.begins = np.append(0, np.cumsum(np.bincount(step, minlength=len(way.many)))).tolist()

    def take(self, step: int, best: Weights, after: Weights, chosen: NDArray[np.uint8]) -> None:
        """Take a word that begins at that step where this is as good as the best so far."""
        part = slice(self.begins[step], self.begins[step + 1])
        at = self._at[part]
        if len(at):
            through = self._weight[part] + after.take(at)
            won = np.flatnonzero(through >= best.take(at))
            best[at[won]] = through[won]
            chosen[at[won]] = self.length
