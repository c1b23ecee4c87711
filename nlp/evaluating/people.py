"""How far people agree with each other, and a coder with one person at a time: the ceiling, and how near it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp.coders.protocol import ABSTAINED
from nlp.evaluating.crosstabs import CLASSES, nominal_alpha
from nlp.evaluating.draws import DRAWS, Figure, figure, units_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from nlp.evaluating.crosstabs import Floats
    from nlp.evaluating.labelled import Labelled


@dataclass(frozen=True, slots=True)
class Agreement:
    """Krippendorff's nominal alpha over comments that two people or more have labelled.

    Attributes:
        n: those comments, with the ones on which people do not agree.
        people: among people: what a coder can hardly pass.
        coders: of each coder with one person drawn at random from those of a comment. An abstention is a missing value.
    """

    n: int
    people: Figure
    coders: tuple[Figure, ...]


def agreement(
    rows: Sequence[Labelled], codings: Sequence[NDArray[Any]], draws: int = DRAWS, seed: int = 0
) -> Agreement | None:
    """Agreement among people and of coders with people; None where no comment has two labels.

    Args:
        rows: labelled comments; those with fewer than two labels are left out.
        codings: the coders' stances of all rows.
        draws: bootstrap resamples.
        seed: of the resampling.
    """
    shared = [index for index, row in enumerate(rows) if len(row.people) > 1]
    if not shared:
        return None
    votes = np.stack([np.bincount(rows[index].people, minlength=CLASSES) for index in shared]).astype(np.float64)
    coded = [np.asarray(coding)[shared] for coding in codings]
    kinds, which = np.unique(np.column_stack([votes, *coded]), axis=0, return_inverse=True)
    tables = np.stack([_coincidences(kind[:CLASSES], kind[CLASSES:].astype(int)) for kind in kinds])
    units = units_of(which.reshape(-1), tables, [rows[index].change for index in shared])
    whole, drawn = nominal_alpha(units.whole), nominal_alpha(units.draws(draws, seed))
    figures = [figure(float(value), drawn[:, index]) for index, value in enumerate(whole)]
    return Agreement(len(shared), figures[0], tuple(figures[1:]))


def _coincidences(votes: Floats, coded: NDArray[Any]) -> Floats:
    """What one comment adds to the coincidence matrices: of people first, then of each coder with them."""
    n = votes.sum()
    among = (np.outer(votes, votes) - np.diag(votes)) / (n - 1)
    return np.stack([among, *(_with(votes / n, stance) for stance in coded)])


def _with(shares: Floats, stance: int) -> Floats:
    table = np.zeros((CLASSES, CLASSES))
    if stance != ABSTAINED:
        table[stance] = shares
    return table + table.T
