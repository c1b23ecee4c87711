"""The adjusted count: shares of any part of the comments, from the coder's codes put right by its errors on labels.

People's labels say how often each stance is coded as which (a row of the table for each stance). The shares of a part
are those under which the codes found there are likeliest, were each stance coded as the table says (Forman 2008; the
maximum is found by EM: Saerens, Latinne and Decaestecker 2002). It holds as far as the coder errs alike in all parts
(docs/changes.md, docs/estimates.md). Seeded: the same comments and labels give the same figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING, Any

import numpy as np

from reports.corpus import DRAWN, MIN_SHARE_N
from storage.nouns import STANCES

if TYPE_CHECKING:
    import numpy.typing as npt

    from reports.audit import Labelled
    from reports.corpus import Corpus, Mask

    Floats = npt.NDArray[np.float64]
    Whole = npt.NDArray[np.int64]

DRAWS = 300
WIDEST = 0.45
"""Where the 95 % interval of a stance is wider, the labels cannot carry an adjusted count: none is given."""
_SEED = 20_240_607
_STEPS = 80
_PRIOR = 1.0  # labels of each stance that are taken to be coded at random
_STANCES = len(DRAWN)
_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd, its bits well mixed (Knuth 1998, 6.4)


@dataclass(frozen=True)
class Adjustment:
    """What the labels say of the coder, made once and used for every part.

    Attributes:
        code: (N,) the coder's code of each comment as its place in DRAWN, -1 where it does not count or has none.
        author: (N,) equal for comments of one author, -1 where unknown.
        table: (4, 4) how often each stance (row) is given each code (column), in the order of DRAWN.
        tables: (DRAWS, 4, 4) the same, as it may be with other labels.
    """

    code: Whole
    author: Whole
    table: Floats
    tables: Floats

    @classmethod
    def of(cls, sample: Labelled | None, corpus: Corpus) -> Adjustment | None:
        """From the labels of a sample; None where there are too few for any estimate."""
        if sample is None or not sample.enough:
            return None
        code = codes_of(corpus)
        return cls.learned(_pairs(sample, code), code, sample.author)

    @classmethod
    def learned(cls, pairs: Floats, code: Whole, author: Whole) -> Adjustment:
        """From (4, 4) labelled comments by stance (row) and code; a draw is a Bayesian bootstrap of each row."""
        prior = _PRIOR * (pairs.sum(0) + 0.25) / (pairs.sum() + 1)
        drawn = np.random.default_rng(_SEED).gamma(pairs + prior, size=(DRAWS, _STANCES, _STANCES))
        return cls(code, author, _rows(pairs + prior), _rows(drawn + 1e-12))

    def shares(self, mask: Mask) -> dict[str, dict[str, Any]] | None:
        """The shares of the coded comments under a mask by stance, each with its 95 % interval.

        Returns:
            `estimate`, `low`, `high` (fractions, 4 digits) and `points` (whole, the ends rounded outwards); None where
            there are fewer than MIN_SHARE_N coded comments, or an interval is wider than WIDEST.
        """
        rows = np.flatnonzero(mask & (self.code >= 0))
        if rows.size < MIN_SHARE_N:
            return None
        counts = compositions(self.author[rows], self.code[rows], _STANCES)
        estimate, drawn = self.estimates(counts)
        return None if too_wide(drawn) else {
            stance.value: interval(estimate[0, at], *np.quantile(drawn[:, 0, at], (0.025, 0.975)))
            for at, stance in enumerate(DRAWN)
        }  # fmt: skip

    def estimates(self, counts: Floats) -> tuple[Floats, Floats]:
        """Adjusted shares of some parts, and what they may be with other labels and other authors.

        Args:
            counts: (authors, parts × 4) comments of each author in each part by code.

        Returns:
            (parts, 4) and (DRAWS, parts, 4).
        """
        whole = counts.sum(0).reshape(-1, _STANCES)
        random = np.random.default_rng([_SEED, *whole.astype(np.int64).ravel().tolist()])
        kinds, many = _kinds(counts)
        weights = random.gamma(many, size=(DRAWS, many.size))
        drawn = np.einsum("bg,gk->bk", weights, kinds).reshape(DRAWS, -1, _STANCES)
        return likeliest(whole, self.table), likeliest(drawn, self.tables[:, None])


def adjusted(sample: Labelled | None, corpus: Corpus, mask: Mask) -> dict[str, dict[str, Any]] | None:
    """The shares under one mask; for several, make an `Adjustment` once and ask it for each."""
    made = Adjustment.of(sample, corpus)
    return made.shares(mask) if made else None


def codes_of(corpus: Corpus) -> Whole:
    """(N,) the place in DRAWN of each counted comment's code, -1 where it does not count or has none."""
    return np.where(corpus.counted, corpus.stance, -1)


def compositions(author: Whole, column: Whole, columns: int) -> Floats:
    """(authors, columns) how many comments each author has in each column; one without a known author is its own."""
    unknown = author < 0
    number = np.where(unknown, author.max(initial=-1) + 1 + np.cumsum(unknown), author)
    number = np.unique(number, return_inverse=True)[1]
    authors = int(number.max(initial=-1)) + 1
    counts = np.bincount(number * columns + column, minlength=authors * columns)
    return counts.reshape(authors, columns).astype(np.float64)


def _kinds(counts: Floats) -> tuple[Floats, Whole]:
    """The different rows, in an order of their own, and how often each is there; rows are told apart by a hash."""
    factors = np.cumprod(np.full(counts.shape[1], _FACTOR), dtype=np.uint64)
    key = (counts.astype(np.uint64) * factors).sum(1, dtype=np.uint64)
    _, first, many = np.unique(key, return_index=True, return_counts=True)
    return counts[first], many


def likeliest(counts: Floats, table: Floats) -> Floats:
    """(…, 4) the shares of stances under which these codes, (…, 4), are likeliest, by EM from equal shares.

    Args:
        counts: comments by code; not all nought.
        table: (…, 4, 4) how often each stance (row) is given each code.
    """
    seen = counts / counts.sum(-1, keepdims=True)
    share = np.full(np.broadcast_shapes(seen.shape, table.shape[:-1]), 1 / _STANCES)
    for _ in range(_STEPS):
        expected = (share[..., :, None] * table).sum(-2)
        share = share * (table * (seen / expected)[..., None, :]).sum(-1)
    return np.asarray(share / share.sum(-1, keepdims=True))


def too_wide(drawn: Floats) -> bool:
    """Whether the labels cannot carry these estimates, (DRAWS, parts, 4)."""
    low, high = np.quantile(drawn, (0.025, 0.975), axis=0)
    return bool((high - low).max() > WIDEST)


def interval(estimate: float, low: float, high: float) -> dict[str, Any]:
    """A share in its interval as numbers.json holds it, the ends in points rounded outwards."""
    estimate, low, high = (round(float(value), 4) for value in (estimate, min(low, estimate), max(high, estimate)))
    points = {"estimate": int(100 * estimate + 0.5), "low": outwards(low, -1), "high": outwards(high, 1)}
    return {"estimate": estimate, "low": low, "high": high, "points": points}


def outwards(end: float, side: int) -> int:
    """An end in whole points, the lower (-1) rounded down and the upper (1) up; four digits are taken as exact."""
    return floor(round(100 * end, 2)) if side < 0 else ceil(round(100 * end, 2))


def _rows(table: Floats) -> Floats:
    return np.asarray(table / table.sum(-1, keepdims=True))


def _pairs(sample: Labelled, code: Whole) -> Floats:
    """(4, 4) labelled comments by stance (row) and code, weighted as drawn, worth as many as their authors are."""
    coded = code[sample.rows]
    kept = coded >= 0
    y = sample.y[kept][:, [STANCES.index(stance) for stance in DRAWN]] * _weights(sample)[kept, None]
    pairs = np.stack([np.bincount(coded[kept], column, _STANCES) for column in y.T])
    author = sample.author[sample.rows[kept]]
    each = np.append(np.unique(author[author >= 0], return_counts=True)[1], np.ones(int((author < 0).sum())))
    return np.asarray(pairs * (each.sum() / max((each**2).sum(), 1.0)))


def _weights(sample: Labelled) -> Floats:
    """(n,) comments that each label stands for in its stratum; 1 on average."""
    strata = len(sample.draws)
    size = np.bincount(sample.stratum[sample.stratum >= 0], minlength=strata)
    labels = np.bincount(sample.stratum[sample.rows], minlength=strata)
    weight = (size / np.maximum(labels, 1))[sample.stratum[sample.rows]]
    return np.asarray(weight / weight.mean())
