"""Reasons for a decision of a model that cannot be looked into: leave a part of the comment out, and ask again."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from nlp.coders.protocol import Reason
from nlp.segment import is_word, segmenter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

MOST_PARTS = 12
"""Parts left out in each of the two rounds: the model is asked 25 times at most."""
_CLAUSE = re.compile(r"[^。！？!?；;，,、…\n]+[。！？!?；;，,、…\n]*")
_LEAST = 1e-6  # of a probability, so that its logarithm stays finite

Span = tuple[int, int]


def occluded(text: str, score: Callable[[Sequence[str]], NDArray[np.float32]]) -> tuple[Reason, ...]:
    """What the comment's clauses, and the words of the one that counts most, add to each stance.

    A part's weight is how much the logarithm of a stance's score falls without it, centred over the four.

    Args:
        text: the comment.
        score: gives the scores of texts, (n, 4); NaN where it abstains, which says nothing of the part.

    Returns:
        The parts that moved anything, those that moved most first.
    """
    whole = (0, len(text))
    clauses = _merged([found.span() for found in _CLAUSE.finditer(text) if found[0].strip()])
    reasons = _left_out(text, clauses, score) if len(clauses) > 1 else []
    widest = max(reasons, key=_moved, default=None)
    words = _merged(_words(text, widest.spans[0] if widest else whole))
    reasons += _left_out(text, words, score) if len(words) > 1 or not reasons else []
    return tuple(sorted((reason for reason in reasons if _moved(reason)), key=_moved, reverse=True))


def _left_out(text: str, spans: list[Span], score: Callable[[Sequence[str]], NDArray[np.float32]]) -> list[Reason]:
    if not spans:
        return []
    scores = score([text, *(text[:start] + text[end:] for start, end in spans)])
    logs = np.log(np.maximum(scores.astype(np.float64), _LEAST))
    falls = np.nan_to_num(logs[0] - logs[1:])
    falls -= falls.mean(1, keepdims=True)
    return [
        Reason("wording", text[slice(*span)].strip(), (span,), tuple(fall))
        for span, fall in zip(spans, falls.tolist(), strict=True)
    ]


def _words(text: str, span: Span) -> list[Span]:
    """Where the words of a clause stand."""
    spans, at = [], span[0]
    for word in segmenter().cut(text[slice(*span)]):
        start = text.find(word, at, span[1])
        if start >= 0:
            at = start + len(word)
            spans += [(start, at)] if is_word(word) else []
    return spans


def _merged(spans: list[Span]) -> list[Span]:
    """Neighbours as one until there are few enough."""
    if len(spans) <= MOST_PARTS:
        return spans
    bounds = [round(part * len(spans) / MOST_PARTS) for part in range(MOST_PARTS + 1)]
    return [(spans[first][0], spans[after - 1][1]) for first, after in pairwise(bounds)]


def _moved(reason: Reason) -> float:
    return max(abs(weight) for weight in reason.weights)
