"""Shares from labels drawn at random, helped by a classifier as far as it helps.

The estimand is the share of each stance over the comments that were drawn from: what people would find if they
labelled all of them. docs/estimates.md has the formulas, the assumptions, and what was measured.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from reports.design import Design
from reports.intervals import normal_quantile, student_quantile, wilson
from storage.errors import MinyiError
from storage.nouns import STANCES, Stance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

FEWEST_OF_PART = 30
"""Labels of its own that a part of the study, a source or a time, needs: a share of one half is then ±17 points."""

_MOST_LEVERAGE = 0.9
"""A label that decides the slope almost alone would else have a residual without bounds."""
_FEWEST = 2
_PLANNED_FROM = 30
_LEAST = 1e-12


class EstimateError(MinyiError):
    """The labels cannot carry an estimate."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Labels of a probability sample.

    Attributes:
        y: (n, 4) what people said, shares in the order of STANCES; a row where two disagree has halves.
        f: (n, 4) the classifier's scores for the same comments, from a model that did not learn from them. Any numbers
            will do: where a classifier has none, one and the same constant in the sample and in the population.
        stratum: int64, (n,): which stratum of the population each is from.
        author: int64, (n,): equal for comments of one author; negative where unknown, each its own.
    """

    y: Array
    f: Array
    stratum: NDArray[np.int64]
    author: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Population:
    """What was sampled from.

    Attributes:
        n: int64, (strata,): comments, the labelled ones included.
        f: (strata, 4): mean scores over them. Of a model that learned from labels of the sample: the mean of the
            scores that `Sample.f` has for the labelled comments, and of all folds' scores for the others.
        counted: (4,) shares of the classifier's codes over all strata, where they are known.
    """

    n: NDArray[np.int64]
    f: Array
    counted: Array | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its interval.

    Attributes:
        estimate, low, high: from 0 to 1; the estimates of the four stances add up to 1.
        labels: how many are behind it.
        counted: what counting the classifier's codes gives, None where the population does not say.
        gain: the width of the interval against the one of the labels alone; 1: the classifier is no help.
    """

    estimate: float
    low: float
    high: float
    labels: int
    counted: float | None
    gain: float


class Estimates(NamedTuple):
    """The four shares as arrays, (4,), in the order of STANCES.

    Attributes:
        share: estimates that add up to 1.
        low, high: ends of the intervals.
        factor: how far the scores are followed, PPI++'s lambda times N / (N - n); 0: the labels stand alone.
        error: mean square of the residuals against that of the labels alone; below 1 wherever a factor was chosen.
        design: variance of a mean in this design against that of as many independent draws: what is not labelled yet,
            stratification, authors.
        effective: how many independent draws the interval is worth.
        quantile: of the normal or of Student's distribution.
        gain: width against that of the labels alone.
    """

    share: Array
    low: Array
    high: Array
    factor: Array
    error: Array
    design: Array
    effective: Array
    quantile: Array
    gain: Array


def shares(sample: Sample, population: Population, level: float = 0.95) -> dict[Stance, Share]:
    """The share of each stance over the population, with its interval (see `estimate`).

    Raises:
        EstimateError: there are fewer than two labels.
        ValueError: the arrays do not fit together.
    """
    found = estimate(sample, population, level)
    counted = [None] * len(STANCES) if population.counted is None else population.counted.tolist()
    columns = (found.share.tolist(), found.low.tolist(), found.high.tolist(), counted, found.gain.tolist())
    return {
        stance: Share(share, low, high, len(sample.y), count, gain)
        for stance, share, low, high, count, gain in zip(STANCES, *columns, strict=True)
    }


def estimate(
    sample: Sample, population: Population, level: float = 0.95, *, factor: float | None = None, whole: bool = True
) -> Estimates:
    """The shares by regression on the scores, which for a finite population is PPI++, with Wilson's intervals.

    A stance follows the scores only where they foretell left-out labels better than the labels' own mean does, errors
    that nobody saw added; else it is the labels' mean, with the classical interval.

    Args:
        sample: the labels.
        population: what they were drawn from, without replacement, within strata.
        level: of the intervals.
        factor: follow the scores so far, in all stances and untried, instead of as far as they help.
        whole: whether the estimand is the share over the population. If not, it is the one of an endless stream of
            which the population is a draw, as in the papers on PPI: wider by the population's own chance.

    Raises:
        EstimateError: there are fewer than two labels.
        ValueError: the arrays do not fit together.

    `Sample.y` and `Sample.f` may have axes in front, for many samples of one design at once; so has what is returned.
    """
    design, unseen = _design(sample, population), normal_quantile(level) ** 2 / 2
    line = _tuned(design, sample, level, unseen) if factor is None else _given(design, sample, level, factor)
    mean = design.weight @ sample.y
    scored = population.n @ population.f / design.population
    share = mean + line.factor * (scored - design.weight @ sample.f)
    spread = design.spread(sample.y, unseen)
    alone = spread * design.voices(sample.author, line.y)
    wide = np.where(line.factor > 0, spread * design.voices(sample.author, line.residuals), alone)
    if factor is None:
        share = _adding_up(share, line.error * wide * (design.weight @ (sample.y - mean[..., None, :]) ** 2))
    n = len(design.group)
    stream = 0.0 if whole else n / design.population
    counts = [_worth(n, part + stream) for part in (line.error * wide, alone)]
    coarse = _half_comment(n, design.population) if whole else 0.0
    low, high = _interval(share, counts[0], line.quantile, coarse)
    least, most = _interval(share, counts[1], normal_quantile(level), coarse)
    gain = np.divide(high - low, most - least, out=np.ones_like(share), where=most > least)
    return Estimates(share, low, high, line.factor, line.error, wide, counts[0], line.quantile, gain)


class _Line(NamedTuple):
    """How the labels go with the scores.

    Attributes:
        y: (n, 4) labels less the means of their strata.
        residuals: (n, 4) what the scores leave of them.
        factor, error, quantile: as in Estimates.
    """

    y: Array
    residuals: Array
    factor: Array
    error: Array
    quantile: Array


def _design(sample: Sample, population: Population) -> Design:
    n, stances = len(sample.stratum), len(STANCES)
    shapes = (sample.y.shape[-2:], sample.f.shape[-2:], sample.author.shape, population.f.shape)
    if shapes != ((n, stances), (n, stances), (n,), (len(population.n), stances)):
        raise ValueError(f"labels, scores, strata and authors do not fit together: {shapes}")
    if not (np.isfinite(sample.f).all() and np.isfinite(population.f).all()):
        raise ValueError("where a classifier has no score, give one and the same constant")
    if not np.allclose(sample.y.sum(-1), 1):
        raise ValueError("what people said of a comment does not add up to 1")
    if n < _FEWEST:
        raise EstimateError(
            f"{n} labels are too few for an estimate.", remedy="Label at least 50 comments of the sample."
        )
    return Design.of(sample.stratum, population.n)


def _tuned(design: Design, sample: Sample, level: float, unseen: float) -> _Line:
    """Least squares, stance by stance, used where it foretells labels that it was not told.

    Residuals are those of each label left out (PRESS: Allen 1974). To both sums of squares z²/2 labels are added that
    the scores missed entirely, as Wilson's interval adds z²/2 of either kind: a classifier that errs once in fifty
    would else have an interval from no error at all.
    """
    y, f = design.centred(sample.y), design.centred(sample.f)
    square = design.scale @ f**2
    usable = square > _LEAST * design.scale.mean()
    slope = np.divide(design.scale @ (y * f), square, out=np.zeros_like(square), where=usable).clip(min=0)
    own = 1 / design.labels[design.group][:, None]
    pulled = design.scale[:, None] * f**2 / np.where(usable, square, np.inf)[..., None, :]
    residuals = y - slope[..., None, :] * f
    added = unseen * design.scale.mean()
    missed = design.scale @ (residuals / (1 - (own + pulled).clip(max=_MOST_LEVERAGE))) ** 2 + added
    alone = design.scale @ (y / (1 - own)) ** 2 + added
    used = (slope > 0) & (missed < alone)
    freedom = len(own) - len(design.size) - 1
    used &= freedom > 0
    quantile = np.where(used, student_quantile(level, max(freedom, 1)), normal_quantile(level))
    error = np.where(used, missed / np.where(used, alone, 1.0), 1.0)
    return _Line(y, residuals, np.where(used, slope, 0.0), error, quantile)


def _given(design: Design, sample: Sample, level: float, factor: float) -> _Line:
    """The scores followed as far as one is told."""
    y = design.centred(sample.y)
    residuals = y - factor * design.centred(sample.f)
    alone = design.scale @ y**2
    error = np.divide(design.scale @ residuals**2, alone, out=np.ones_like(alone), where=alone > 0)
    every = np.ones_like(alone)
    return _Line(y, residuals, factor * every, error, normal_quantile(level) * every)


def _adding_up(share: Array, variance: Array) -> Array:
    """Shares that add up to 1: what is too much is taken from each by its variance, the least certain giving most.

    Least squares under the constraint (Stone, Champernowne and Meade 1942), the four taken as independent.
    """
    whole = variance.sum(-1, keepdims=True)
    share = (share - (share.sum(-1, keepdims=True) - 1) * variance / np.where(whole > 0, whole, 1.0)).clip(0, 1)
    return np.asarray(share / share.sum(-1, keepdims=True))


def _worth(labels: int, variance: Array) -> Array:
    """How many independent draws so many labels are worth, less the one that the mean takes (Cochran 1977, 3.4)."""
    return np.divide(labels - 1, variance, out=np.full_like(variance, np.inf), where=variance > 0)


def _half_comment(labels: int, population: int) -> float:
    """What is added at both ends because a share moves by whole comments once most of them are labelled.

    Half a comment, times the square of the labelled part. Worked out exactly for 69 to 1,000 comments with three
    quarters or more labelled: the share that is covered worst is covered 93.6 % of the time, without it 88.6 %. With
    half of them labelled it is one or two hundredths of the width (benchmarks/intervals.py).
    """
    return 0.5 * (labels / population) ** 2 / population if labels < population else 0.0


def _interval(share: Array, labels: Array, quantile: Array | float, coarse: float) -> tuple[Array, Array]:
    low, high = wilson(share, labels, quantile)
    return np.minimum(low - coarse, share).clip(0, 1), np.maximum(high + coarse, share).clip(0, 1)


def labels_needed(sample: Sample | None, population: Population, half_width: float = 0.05, level: float = 0.95) -> int:
    """How many labels drawn at random, those that are there included, bring every share within this half width.

    From the shares, the classifier's help and the design as the labels show them; before there are 30 of them from
    shares of one half and no help. What the classifier will learn from more labels is not counted on.
    """
    population_size = int(population.n.sum())
    known = sample is not None and len(sample.stratum) >= _PLANNED_FROM
    share, error, wide = np.array([0.5]), np.ones(1), np.ones(1)
    if sample is not None and known:
        if len(sample.stratum) == population_size:
            return population_size
        found = estimate(sample, population, level)
        share, error, wide = found.share, found.error, found.design / (1 - len(sample.stratum) / population_size)

    def reached(labels: int) -> bool:
        effective = _worth(labels, error * wide * (1 - labels / population_size))
        quantile = np.where(error < 1, student_quantile(level, max(labels - 2, 1)), normal_quantile(level))
        low, high = _interval(share, effective, quantile, _half_comment(labels, population_size))
        return bool((high - low).max() <= 2 * half_width)

    counts = range(_FEWEST, population_size)
    return _FEWEST + bisect_left(counts, True, key=reached) if population_size > _FEWEST else population_size
