"""Cutting the runs of Han of a text: the best route through the dictionary, then the words that it does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nlp.han.lexicon import FIRST, KINDS, Lexicon
from nlp.han.route import routes
from nlp.han.unknown import word_begins

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from nlp.han.lexicon import Codes, Words
    from nlp.han.runs import Indices

    Flags = NDArray[np.bool_]

LONGEST_RUN = 200
"""Characters of a run that is cut here: every step costs calls, and few runs are longer."""


class Cut(NamedTuple):
    """A text with its runs cut.

    Attributes:
        begins: bool, one per character: whether a word begins there. What is not Han is a word for itself.
        nodes: int64, one per character: where a dictionary word begins, its number, equal for equal words; else -1.
        left: the runs that are not cut, as places (first, after the last): long ones, and those with rare characters.
    """

    begins: Flags
    nodes: Indices
    left: list[tuple[int, int]]


class HanCutter:
    """Cuts as jieba does with its own dictionary and these words.

    Args:
        words: further words with their frequencies.
    """

    def __init__(self, words: Mapping[str, int]) -> None:
        self._lexicon = Lexicon(words)

    @property
    def nodes(self) -> int:
        """All numbers of dictionary words are below."""
        return self._lexicon.nodes

    def cut(self, codes: Codes, lowest: int) -> Cut:
        """Where words begin in a text of runs of Han between marks.

        Args:
            codes: the characters, in Simplified form; the last is a mark.
            lowest: characters below are marks.
        """
        first, length = _stretches(codes >= lowest)
        kinds = np.minimum(codes - np.uint32(FIRST), np.uint32(KINDS))  # what lies below wraps to far above
        rare = np.flatnonzero((kinds == KINDS) & (codes >= lowest))
        plain = length <= LONGEST_RUN
        plain[np.searchsorted(first, rare, "right") - 1] = False
        left = list(zip(first[~plain].tolist(), (first + length)[~plain].tolist(), strict=True))
        for begin, end in left:
            kinds[begin:end] = KINDS
        return Cut(*self._cut(kinds, first[plain], length[plain]), left)

    def _cut(self, kinds: Codes, first: Indices, length: Indices) -> tuple[Flags, Indices]:
        """Where words begin: in these runs, and everywhere else at every place; and their nodes."""
        begins = kinds == KINDS
        nodes = np.where(begins, -1, kinds.astype(np.int64))
        if not len(first):
            return begins, nodes
        words = list(self._lexicon.words(kinds))
        chosen = routes(first, length, self._singles(kinds, words), words)
        chosen[begins] = 0
        at = first
        while len(at):
            begins[at] = True
            at = at + chosen.take(at)
            at = at[chosen.take(at) > 0]
        for level in words:
            taken = np.flatnonzero(chosen.take(level.at) == level.length)
            nodes[level.at.take(taken)] = level.node.take(taken)
        alone, many = _stretches(begins & (chosen == 1))
        unknown = (many > 1) & ~_among(words, alone, many)
        if unknown.any():
            places, found = word_begins(kinds, alone[unknown], many[unknown])
            begins[places] = found
            nodes[places[~found] - 1] = -1  # what goes on is no single character
        return begins, nodes

    def _singles(self, kinds: Codes, words: Sequence[Words]) -> NDArray[np.float64]:
        """The weight of each character as a word; one that is none is passed over alone only where no word begins."""
        weight = self._lexicon.single.take(kinds)
        none = weight == -np.inf
        for level in words:
            none[level.at] = False
        weight[none] = self._lexicon.unknown
        return weight


def _stretches(flags: Flags) -> tuple[Indices, Indices]:
    """Where stretches of set flags begin, and how long they are; the last flag is not set."""
    edges = np.flatnonzero(np.diff(flags, prepend=False))
    return edges[::2], edges[1::2] - edges[::2]


def _among(words: Sequence[Words], first: Indices, length: Indices) -> Flags:
    """Which of the stretches are words."""
    found = np.zeros(len(first), bool)
    for level in words:
        same = np.flatnonzero(length == level.length)
        place = np.searchsorted(level.at, first[same])
        found[same] = level.at.take(place, mode="clip") == first[same] if len(level.at) else False
    return found
