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
    hits = np.flatnonzero(items.category == names.index("INDIFF"))
    doc = tokens.doc[items.at[hits]]
    opening = np.full(tokens.count + 1, -1)
    words = np.flatnonzero(~tokens.breaks)[::-1]
    opening[tokens.doc[words]] = tokens.clause[words]
    first = doc[tokens.clause[items.at[hits]] == opening[doc]]
    sided = np.isin(items.category, [names.index(name) for name in _SIDES])
    return np.setdiff1d(first, tokens.doc[items.at[sided]])
