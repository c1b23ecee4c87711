"""Words that no dictionary has, found in what a route leaves as single characters: jieba's hidden Markov model.

Each character begins a word (B), ends one (E), stands within (M) or alone (S); Viterbi's algorithm finds the most
probable row of these for each stretch. The same sums in the same order as jieba's, ties as there.
"""

from __future__ import annotations

import warnings
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nlp.han.lexicon import FIRST, KINDS
from nlp.han.runs import steps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nlp.han.runs import Indices, Steps

_STATES = "BEMS"  # in the order that decides ties: the later one wins
_BEFORE = {"B": "ES", "E": "BM", "M": "BM", "S": "ES"}
_NEVER = -3.14e100
_DIGITS = 6  # to which rjieba's copy of the model is rounded; they decide between ways that are equally probable
_EARLIER = np.array([[_STATES.index(state) for state in _BEFORE[later]] for later in _STATES], np.uint8)


class _Model(NamedTuple):
    """Logarithms of probabilities.

    Attributes:
        start: float64, by state.
        change: float64, shape (states, 2): from each of the two states that may stand before.
        emit: float64, shape (characters from FIRST, states).
    """

    start: NDArray[np.float64]
    change: NDArray[np.float64]
    emit: NDArray[np.float64]


@cache
def _model() -> _Model:
    """The model that comes with jieba."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba 0.42.1 is older than today's warnings about its syntax
        from jieba.finalseg import prob_emit, prob_start, prob_trans

    start = np.array([prob_start.P[state] for state in _STATES])
    change = np.array([[prob_trans.P[state].get(later, _NEVER) for state in _BEFORE[later]] for later in _STATES])
    emit = np.full((KINDS, len(_STATES)), _NEVER)
    for number, state in enumerate(_STATES):
        for char, weight in prob_emit.P[state].items():
            if 0 <= ord(char) - FIRST < KINDS:
                emit[ord(char) - FIRST, number] = round(weight, _DIGITS)
    return _Model(start, change, emit)


def word_begins(kinds: NDArray[np.uint32], first: Indices, length: Indices) -> tuple[Indices, NDArray[np.bool_]]:
    """The places of these stretches, and at which of them a word begins.

    Args:
        kinds: the characters of the text, counted from FIRST.
        first: the place each stretch begins at.
        length: its characters, 2 to 255.
    """
    way = steps(first, length, 1)
    states = _backwards(way, *_forwards(way, _model(), kinds[way.at]))
    return way.at, (states == _STATES.index("B")) | (states == _STATES.index("S"))


def _forwards(way: Steps, model: _Model, kinds: NDArray[np.uint32]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which of the two states before each was the better, shape (states, places); and whether S ends each run."""
    emit = model.emit[kinds].T
    later = np.zeros(emit.shape, bool)
    ends_alone = np.empty(int(way.many[0]), bool)
    likely = model.start[:, None] + emit[:, : way.many[0]]
    for begin, end in zip(way.begins[1:-1].tolist(), way.begins[2:].tolist(), strict=True):
        ends_alone[end - begin : likely.shape[1]] = _alone(likely[:, end - begin :])
        likely, now = likely[:, : end - begin], slice(begin, end)
        here = np.ascontiguousarray(emit[:, now])
        one, two = ((likely[_EARLIER[:, side]] + model.change[:, side, None]) + here for side in range(2))
        later[:, now] = two >= one
        likely = np.maximum(one, two)
    ends_alone[: likely.shape[1]] = _alone(likely)
    return later, ends_alone


def _alone(likely: NDArray[np.float64]) -> NDArray[np.bool_]:
    alone: NDArray[np.bool_] = likely[_STATES.index("S")] >= likely[_STATES.index("E")]
    return alone


def _backwards(way: Steps, later: NDArray[np.bool_], ends_alone: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The state of each place."""
    state = np.where(ends_alone, _STATES.index("S"), _STATES.index("E")).astype(np.uint8)
    states = np.empty(later.shape[1], np.uint8)
    for begin, end in zip(way.begins[-2::-1].tolist(), way.begins[:0:-1].tolist(), strict=True):
        now = state[: end - begin]
        states[begin:end] = now
        state[: end - begin] = _EARLIER[now, later[now, np.arange(begin, end)].view(np.uint8)]
    return states
