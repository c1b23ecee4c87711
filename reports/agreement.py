"""How far people agree who judged the same comments: Krippendorff's alpha, Cohen's kappa, and where they differ.

Alpha is nominal, for any number of coders and with missing values, as in Krippendorff, "Computing Krippendorff's
Alpha-Reliability" (2011); kappa, for each two coders, is that of Cohen (1960). Intervals are the percentiles (95 %) of
a bootstrap over comments, which Zapf et al., BMC Medical Research Methodology 16:93 (2016), found to hold for nominal
data. A figure that is not defined is None: where everybody gave the same value there was nothing to agree about.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from storage.nouns import STANCES, Stance

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

MISSING = -1
"""The value of a coder who did not judge a comment."""
DRAWS = 2_000
PRIMARY = "primary"
YES_NO = (Stance.SUPPORT, Stance.CONCERN, Stance.SUGGESTION)
CATEGORIES: dict[str, tuple[str, ...]] = {
    PRIMARY: tuple(stance.value for stance in STANCES),
    **{code.value: ("no", "yes") for code in YES_NO},
}
"""What is judged, and its values by number."""

_DEFINED = 0.95  # of the draws; below that, what is left of them is no fair sample
_LEVEL = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Figure:
    """How far coders agree on one code.

    Attributes:
        code: primary, support, concern or suggestion.
        statistic: alpha over all coders, or kappa of two.
        coders: whose.
        units: comments that two or more of them judged.
        agreed: share of pairs of judgements of one comment that are equal; None without such pairs.
        value: the statistic; None where it is not defined.
        low: lower end of its 95 % interval; None where there is none, as where nobody disagreed even once.
        high: upper end.
    """

    code: str
    statistic: Literal["alpha", "kappa"]
    coders: tuple[str, ...]
    units: int
    agreed: float | None
    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Confusion:
    """Two coders' primary stances of the same comments: the first one's down, the second one's across, as STANCES."""

    coders: tuple[str, str]
    table: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Everything about the agreement of a study's coders.

    Attributes:
        coders: who judged anything, by name.
        labelled: comments that anybody judged.
        shared: those that two people or more judged.
        figures: alpha for each code, then kappa for each two coders with comments in common and each code.
        confusions: for each two coders with comments in common.
        draws: resamples of the intervals.
        seed: of the resampling.
    """

    coders: tuple[str, ...]
    labelled: int
    shared: int
    figures: tuple[Figure, ...]
    confusions: tuple[Confusion, ...]
    draws: int
    seed: int

    @property
    def share(self) -> float | None:
        """The share of labelled comments that two people or more judged; None where nothing is labelled."""
        return self.shared / self.labelled if self.labelled else None

    def alpha(self, code: str = PRIMARY) -> Figure:
        """Alpha of one code."""
        return next(one for one in self.figures if (one.statistic, one.code) == ("alpha", code))

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self) | {"share": self.share}


def agreement(
    units: ArrayLike, coders: Sequence[str], codes: Mapping[str, ArrayLike], *, draws: int = DRAWS, seed: int = 0
) -> Agreement:
    """How far coders agree, on each code.

    Args:
        units: (n,) integers: which comment each judgement is of.
        coders: (n,) who judged.
        codes: for each of CATEGORIES, (n,) the number of the value, or MISSING.
        draws: bootstrap resamples.
        seed: of the resampling: the same seed gives the same intervals.

    Raises:
        ValueError: shapes differ, a value is none of its code's, or a coder judges a comment twice.
    """
    comments, rows = np.unique(np.asarray(units, np.int64), return_inverse=True)
    names, columns = np.unique(np.asarray(coders, object).astype(str), return_inverse=True)
    places = np.stack([rows.reshape(-1), columns.reshape(-1)])
    if len(np.unique(places, axis=1).T) != len(rows):
        raise ValueError("a coder judges a comment twice")
    grids = {code: _grid(places, (len(comments), len(names)), codes[code], code) for code in CATEGORIES}
    judged = (grids[PRIMARY] != MISSING).sum(1)
    pairs = _pairs(grids[PRIMARY])
    people = tuple(map(str, names))
    return Agreement(
        coders=people,
        labelled=int((judged > 0).sum()),
        shared=int((judged > 1).sum()),
        figures=tuple(_figures(grids, people, pairs, draws, seed)),
        confusions=tuple(_confusion(grids[PRIMARY], people, pair) for pair in pairs),
        draws=draws,
        seed=seed,
    )


def nominal_alpha(values: ArrayLike, categories: int) -> float | None:
    """Krippendorff's nominal alpha of (units, coders) values, each below `categories` or MISSING; None if undefined."""
    return _number(_alpha(_unit_sums(np.asarray(values, np.int64), categories).sum(0)))


def cohen_kappa(table: ArrayLike) -> float | None:
    """Cohen's kappa of a square crosstab of counts; None where both coders used one value only, or of nothing."""
    return _number(_kappa(np.asarray(table, np.float64)))


def _grid(places: Whole, shape: tuple[int, int], values: ArrayLike, code: str) -> Whole:
    given = np.asarray(values, np.int64)
    if given.shape != places.shape[1:] or ((given < MISSING) | (given >= len(CATEGORIES[code]))).any():
        raise ValueError(f"{code}: one value for each judgement is needed, below {len(CATEGORIES[code])}")
    grid = np.full(shape, MISSING, np.int64)
    grid[places[0], places[1]] = given
    return grid


def _pairs(grid: Whole) -> list[tuple[int, int]]:
    """The coders, two and two, who judged at least one comment in common."""
    judged = grid != MISSING
    return [
        (one, other)
        for one, other in combinations(range(grid.shape[1]), 2)
        if (judged[:, one] & judged[:, other]).any()
    ]


def _figures(
    grids: Mapping[str, Whole], names: Sequence[str], pairs: Sequence[tuple[int, int]], draws: int, seed: int
) -> Iterator[Figure]:
    for number, (code, grid) in enumerate(grids.items()):
        yield _alpha_figure(code, grid, names, np.random.default_rng([seed, number]), draws)
    for place, pair in enumerate(pairs):
        for number, (code, grid) in enumerate(grids.items()):
            rng = np.random.default_rng([seed, len(CATEGORIES) * (place + 1) + number])
            yield _kappa_figure(code, grid, (names[pair[0]], names[pair[1]]), pair, rng, draws)


def _alpha_figure(code: str, grid: Whole, names: Sequence[str], rng: np.random.Generator, draws: int) -> Figure:
    sums = _unit_sums(grid, len(CATEGORIES[code]))
    sums = sums[sums[:, :-1].any(1)]
    whole = sums.sum(0)
    values = whole[:-1].sum()
    agreed = _number(_ratio(whole[-1], values))
    if not len(sums):
        return Figure(code, "alpha", tuple(names), 0, None, None)
    kinds, counts = np.unique(sums, axis=0, return_counts=True)
    drawn = _alpha(_resampled(counts, rng, draws) @ kinds)
    return Figure(code, "alpha", tuple(names), len(sums), agreed, _number(_alpha(whole)), *_interval(agreed, drawn))


def _kappa_figure(
    code: str, grid: Whole, names: tuple[str, str], pair: tuple[int, int], rng: np.random.Generator, draws: int
) -> Figure:
    table = _crosstab(grid, pair, len(CATEGORIES[code]))
    n = int(table.sum())
    agreed = _number(_ratio(np.trace(table), n))
    drawn = _kappa(_resampled(table.reshape(-1), rng, draws).reshape(draws, *table.shape))
    return Figure(code, "kappa", names, n, agreed, cohen_kappa(table), *_interval(agreed, drawn))


def _confusion(grid: Whole, names: Sequence[str], pair: tuple[int, int]) -> Confusion:
    table = _crosstab(grid, pair, len(STANCES))
    return Confusion((names[pair[0]], names[pair[1]]), tuple(tuple(map(int, row)) for row in table))


def _unit_sums(grid: Whole, categories: int) -> Floats:
    """What each unit adds to alpha, (units, categories + 1): its values by category, and how far they agree.

    The last column is the diagonal of the unit's coincidences. A unit with fewer than two values adds nothing.
    """
    votes = (grid[..., None] == np.arange(categories)).sum(1).astype(np.float64)
    values = votes.sum(1, keepdims=True)
    votes = np.where(values > 1, votes, 0.0)
    alike = (votes * (votes - 1)).sum(1, keepdims=True) / np.maximum(values - 1, 1)
    return np.concatenate([votes, alike], axis=1)


def _alpha(sums: Floats) -> Floats:
    """1 - observed / expected disagreement, of sums over units (…, categories + 1)."""
    votes, alike = sums[..., :-1], sums[..., -1]
    n = votes.sum(-1)
    return 1 - _ratio((n - alike) * (n - 1), n**2 - (votes**2).sum(-1))


def _kappa(tables: Floats) -> Floats:
    """(observed - chance) / (1 - chance), of crosstabs (…, k, k)."""
    n = tables.sum((-1, -2))
    observed = _ratio(np.trace(tables, axis1=-2, axis2=-1), n)
    chance = _ratio((tables.sum(-1) * tables.sum(-2)).sum(-1), n**2)
    return _ratio(observed - chance, 1 - chance)


def _crosstab(grid: Whole, pair: tuple[int, int], categories: int) -> Floats:
    first, second = grid[:, pair[0]], grid[:, pair[1]]
    both = (first != MISSING) & (second != MISSING)
    cells = np.bincount(first[both] * categories + second[both], minlength=categories**2)
    return cells.reshape(categories, categories).astype(np.float64)


def _resampled(counts: NDArray[Any], rng: np.random.Generator, draws: int) -> Floats:
    """As many units again, drawn with replacement: how many of each kind, (draws, kinds)."""
    total = int(counts.sum())
    return rng.multinomial(total, counts / max(total, 1), draws).astype(np.float64)


def _interval(agreed: float | None, drawn: Floats) -> tuple[float | None, float | None]:
    """None where nobody disagreed: every resample would say so too, which is no knowledge about other comments."""
    known = drawn[np.isfinite(drawn)]
    if agreed is None or agreed == 1.0 or not len(drawn) or len(known) < _DEFINED * len(drawn):
        return None, None
    low, high = np.percentile(known, _LEVEL)
    return float(low), float(high)


def _ratio(part: ArrayLike, whole: ArrayLike) -> Floats:
    """The quotient; NaN where the whole is nothing, or so near it that only rounding is left."""
    above, below = np.broadcast_arrays(np.asarray(part, np.float64), np.asarray(whole, np.float64))
    ratio = np.full(above.shape, np.nan)
    np.divide(above, below, out=ratio, where=np.abs(below) > 1e-12)  # noqa: PLR2004
    return ratio


def _number(value: ArrayLike) -> float | None:
    number = float(np.asarray(value))
    return number if np.isfinite(number) else None
