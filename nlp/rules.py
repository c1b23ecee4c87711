"""Rules of the codebook that learning from few examples does not settle, as log-odds beside the learned score.

They are few on purpose, and each is one the codebook states outright.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from storage.nouns import STANCES, Stance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nlp.features import Features

INDIFFERENCE = 2.5
"""Log-odds for neutral when a comment opens with indifference: the codebook files "无所谓" as neutral."""

_SIDES = (
    *("PRO", "EARLY", "FINALLY", "THANK", "ANTI", "BAD", "HARM", "WORRY", "SARC", "RHET", "SHOULD", "SUGGEST"),
    *("CONTRAST", "QUIT", "EMO_NEG", "question"),
)


def rule_shift(features: Features) -> NDArray[np.float64]:
    """What the rules add to the log-score of each stance, shape (texts, 4)."""
    shift = np.zeros((features.stream.count, len(STANCES)))
    shift[_opens_indifferent(features), STANCES.index(Stance.NEUTRAL)] = INDIFFERENCE
    return shift


def _opens_indifferent(features: Features) -> NDArray[np.int64]:
    """Texts whose first clause holds indifference, and which take no side, ask and propose nothing after it."""
    tokens, items, names = features.stream, features.items, features.names
    hits = np.asarray(items.at[items.category == names.index("INDIFF")])
    if not len(hits):
        return hits
    doc = tokens.doc[hits]
    words = np.flatnonzero(~tokens.breaks)
    opening = tokens.clause[words[np.searchsorted(words, tokens.begins[doc])]]
    first = doc[tokens.clause[hits] == opening]
    sided = np.zeros(len(names), np.bool_)
    sided[[names.index(name) for name in _SIDES]] = True
    chosen = np.zeros(tokens.count, np.bool_)
    chosen[first] = True
    chosen[tokens.doc[items.at[sided[items.category]]]] = False
    return np.flatnonzero(chosen)
