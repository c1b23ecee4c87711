"""Whether the intervals of a share hold, and how wide they are, by drawing labels again and again from real ones.

    python benchmarks/intervals.py           # every table: about five minutes of one core
    python benchmarks/intervals.py --quick   # four populations, and the floors: some seconds
    python benchmarks/intervals.py --gold    # the open gold studies alone, with no more comments than they have

A population is a set of labelled comments on one change. In the large tables its rows are repeated to 3,000 comments,
the same shares and scores, so that 300 labels are a sample; each cell is one population, stance, number of labels and
coder. Needs the extra `train` and the data folder beside the repository. Exit code 1 when a floor is missed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from labelled_sets import DATA, Labelled, add_embedded, changes, coded, gold, nlpcc, score

from reports.estimate import Population, Sample, estimate
from reports.intervals import normal_quantile, wilson

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    Array = NDArray[Any]

FLOORS = Path(__file__).resolve().parent / "intervals_floors.json"
LABELS, QUICK_LABELS = (50, 100, 200, 300), (100, 200)
SIZE, DRAWS, AGAIN, CHUNK = 3000, 2000, 60_000, 500
FEW, FEWEST = 10, 5  # labels of a stance, or without it, that are expected: with fewer a cell is rare and stands apart
DOUBTFUL = 0.945  # cells below it are drawn again, thirty times as often: some of so many are low by chance
SMALL = (69, 100, 210, 400, 1000)
GOLD_DRAWS, GOLD_STUDIES = 500, ("campus", "sz-ebike", "au-u16")
QUICK = ("NLPCC 深圳禁摩限电", "深圳禁摩限电", "高校继续全封闭", "The city changes")
Z = normal_quantile(0.95)


@dataclass(frozen=True)
class Cell:
    """What many draws came to: coverage of the interval and its width against Wilson's, and Wilson's own coverage."""

    population: str
    coder: str
    labels: int
    stance: int
    share: float
    covered: float
    width: float
    classical: float

    @property
    def rare(self) -> bool:
        """Whether fewer than ten labels of the stance, or of the others, are expected."""
        return min(self.share, 1 - self.share) * self.labels < FEW


def enlarged(population: Labelled, size: int = SIZE) -> Labelled:
    """The population with its rows repeated, as often as each other, to at least this size."""
    rows = np.tile(np.arange(len(population)), -(-size // len(population)))
    scores = {name: values[rows] for name, values in population.scores.items()}
    texts, change = ([values[row] for row in rows] for values in (population.texts, population.change))
    return Labelled(population.name, texts, population.y[rows], change, scores)


def drawn(random: np.random.Generator, total: int, labels: int, count: int) -> Iterator[Array]:
    """Samples without replacement, (CHUNK, labels) at a time."""
    for begin in range(0, count, CHUNK):
        keys = random.random((min(CHUNK, count - begin), total), dtype=np.float32)
        yield np.argpartition(keys, labels - 1, axis=1)[:, :labels] if labels < total else np.argsort(keys, axis=1)


def cells(population: Labelled, labels: int, coders: Iterable[str], count: int, seed: int) -> list[Cell]:
    """The cells of one population and number of labels; all coders see the same draws."""
    random, truth, whole = np.random.default_rng([seed, labels]), population.y.mean(0), len(population)
    sums = {coder: np.zeros((4, 4)) for coder in coders}
    for rows in drawn(random, whole, labels, count):
        mean = population.y[rows].mean(1)
        plain = wilson(mean, labels / max(1 - labels / whole, 1e-12), Z)
        for coder, total in sums.items():
            found = interval(population, coder, rows)
            for place, (low, high) in enumerate((found, plain)):
                total[2 * place] += _inside(low, truth, high).sum(0)
                total[2 * place + 1] += (high - low).sum(0)
    return [
        Cell(
            population.name,
            coder,
            labels,
            at,
            truth[at],
            total[0, at] / count,
            _ratio(*total[[1, 3], at]),
            total[2, at] / count,
        )
        for coder, total in sums.items()
        for at in range(4)
    ]


def interval(population: Labelled, coder: str, rows: Array) -> tuple[Array, Array]:
    """The ends of the intervals from the labels of some rows, (draws, 4) each."""
    f, n = population.scores[coder], rows.shape[1]
    sample = Sample(population.y[rows], f[rows], np.zeros(n, np.int64), np.full(n, -1))
    found = estimate(sample, Population(np.array([len(population)]), f.mean(0)[None]))
    return found.low, found.high


def _inside(low: Array, truth: Array, high: Array) -> Array:
    return (low <= truth + 1e-9) & (truth <= high + 1e-9)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 1.0


def again(found: Sequence[Cell], populations: Sequence[Labelled]) -> list[Cell]:
    """The cells, those with a doubtful coverage drawn anew with another seed and many more draws."""
    doubtful = {
        (cell.population, cell.labels, cell.coder) for cell in found if cell.covered < DOUBTFUL and not cell.rare
    }
    named = {population.name: population for population in populations}
    renewed = {
        (cell.population, cell.labels, cell.coder, cell.stance): cell
        for name, labels, coder in doubtful
        for cell in cells(named[name], labels, [coder], AGAIN, seed=1)
    }
    return [renewed.get((cell.population, cell.labels, cell.coder, cell.stance), cell) for cell in found]


def print_cells(found: Sequence[Cell]) -> None:
    print("coder     labels cells  covered  worst  width   max | Wilson worst | rare: cells covered  worst")
    for coder in dict.fromkeys(cell.coder for cell in found):
        for labels in (*dict.fromkeys(cell.labels for cell in found), None):
            line = [cell for cell in found if cell.coder == coder and labels in (None, cell.labels) and cell.share > 0]
            print(f"{coder:10} {labels or 'all':>5} {_line(line)}")


def _line(found: Sequence[Cell]) -> str:
    common, rare = [cell for cell in found if not cell.rare], [cell for cell in found if cell.rare]
    covered, width, plain = (
        np.array([getattr(cell, name) for cell in common]) for name in ("covered", "width", "classical")
    )
    text = f"{len(common):5}   {covered.mean():.4f}  {covered.min():.3f}  {width.mean():.3f} {width.max():.3f}"
    text += f" | {plain.mean():.4f} {plain.min():.3f} | "
    if rare:
        text += (
            f"{len(rare):10}  {np.mean([cell.covered for cell in rare]):.4f}  {min(cell.covered for cell in rare):.3f}"
        )
    return text


def print_counting(populations: Sequence[Labelled], coders: Sequence[str]) -> None:
    """The usual report: the coder's codes counted, with the interval of so many answers."""
    print("\ncounting the coder's codes: shares whose truth is in the interval, error in points (mean, worst)")
    for coder in coders:
        truth = np.stack([one.y.mean(0) for one in populations])
        share = np.stack([np.eye(4)[one.scores[coder].argmax(1)].mean(0) for one in populations])
        low, high = wilson(share, np.array([[len(one)] for one in populations]), Z)
        there, error = truth > 0, 100 * np.abs(share - truth)
        inside = _inside(low, truth, high)[there]
        print(f"{coder:10} {inside.mean():6.1%} of {there.sum()}   {error[there].mean():5.1f} {error.max():5.1f}")


def print_gold(populations: Sequence[Labelled], coders: Sequence[str], count: int = GOLD_DRAWS) -> list[Cell]:
    """The gold studies as they are, labels drawn from the comments they have."""
    print(f"\nopen gold studies, {count} redraws: coverage by stance of the share over all labels of the study; width")
    kept = []
    for population in populations:
        for labels in (50, 100, 200):
            if labels > len(population):
                continue
            for coder in coders:
                found = cells(population, labels, [coder], count, seed=2)
                kept += found
                each = " ".join(f"{cell.covered:.3f}" for cell in found)
                mean, width = (np.mean([getattr(cell, name) for cell in found]) for name in ("covered", "width"))
                name = f"{population.name:10} {len(population):4} labels {labels:4} {coder:9}"
                print(f"{name} {mean:.3f}  {each}  {width:.3f}")
    return kept


def print_small() -> None:
    """Few comments, most of them labelled, no coder: the chances of all samples, worked out and not drawn."""
    from scipy.stats import hypergeom  # the extra `train`

    print("\nmost comments labelled, exact: comments, labelled, covered over all common shares (mean, worst)")
    for size in SMALL:
        for part in (0.25, 0.5, 0.75, 0.9, 0.95):
            labels = round(part * size)
            seen = np.arange(labels + 1)
            y = np.zeros((labels + 1, labels, 4))
            y[..., 1] = np.arange(labels) < seen[:, None]
            y[..., 3] = 1 - y[..., 1]
            sample = Sample(y, np.zeros_like(y), np.zeros(labels, np.int64), np.full(labels, -1))
            found = estimate(sample, Population(np.array([size]), np.zeros((1, 4))))
            true = np.arange(-(-FEWEST * size // labels), size // 2 + 1)
            inside = _inside(found.low[:, [1]], true / size, found.high[:, [1]])
            covered = (inside * hypergeom.pmf(seen[:, None], size, true, labels)).sum(0)
            print(f"{size:5} {labels:5}  {covered.mean():.4f} {covered.min():.4f}")


def print_strata(populations: Sequence[Labelled], coder: str) -> None:
    """All populations as one, each cut into parts of chance sizes, labels drawn from each part by its size."""
    print(f"\nstrata, coder {coder}: strata, labels, covered (mean, worst), width against Wilson's (mean, widest)")
    y, f = (
        np.concatenate(parts) for parts in ([one.y for one in populations], [one.scores[coder] for one in populations])
    )
    of, random = np.repeat(np.arange(len(populations)), [len(one) for one in populations]), np.random.default_rng(0)
    for cuts in (1, 2, 4):
        stratum = np.unique(of * cuts + (random.random(len(of)) ** 2 * cuts).astype(int), return_inverse=True)[1]
        size = np.bincount(stratum)
        means = np.stack([np.bincount(stratum, column) for column in f.T], axis=1) / size[:, None]
        for labels in LABELS[:3]:
            rows = _proportional(random, stratum, size, labels)
            sample = Sample(y[rows], f[rows], stratum[rows[0]], np.full(labels, -1))
            found = estimate(sample, Population(size, means))
            low, high = wilson(y[rows].mean(1), labels / (1 - labels / len(y)), Z)
            covered = _inside(found.low, y.mean(0), found.high).mean(0)
            width = (found.high - found.low).sum(0) / (high - low).sum(0)
            figures = f"{covered.mean():.4f} {covered.min():.3f}  {width.mean():.3f} {width.max():.3f}"
            print(f"{len(size):5} {labels:5}  {figures}")


def _proportional(random: np.random.Generator, stratum: Array, size: Array, labels: int) -> Array:
    """(DRAWS, labels) rows, those of each stratum in the same columns; the rest goes to the largest remainders."""
    due = size * labels / size.sum()
    count = np.floor(due).astype(int)
    count[np.argsort(count - due, kind="stable")[: labels - count.sum()]] += 1
    parts = [np.flatnonzero(stratum == at) for at in range(len(size))]
    drawn_from = [
        part[np.argsort(random.random((DRAWS, len(part))))[:, :n]] for part, n in zip(parts, count, strict=True)
    ]
    return np.concatenate(drawn_from, axis=1)


def gold_studies() -> list[Labelled]:
    """The studies of the open gold set with 50 comments or more."""
    return [coded(name, gold(name)) for name in GOLD_STUDIES]


def quick() -> int:
    """The floors."""
    populations = [one for one in (*nlpcc(), *changes()) if one.name.startswith(QUICK)]
    for one in populations:
        score(one)
    large = [enlarged(one) for one in populations]
    found = [cell for one in large for n in QUICK_LABELS for cell in cells(one, n, one.scores, 2000, seed=0)]
    print_cells(found)
    return check(measured(found))


def measured(found: Sequence[Cell]) -> dict[str, float]:
    """The figures that have floors; those with a ceiling are turned round."""
    common = [cell for cell in found if cell.share > 0 and not cell.rare]
    own = float(np.mean([cell.covered for cell in common if cell.coder != "oracle"]))
    width = {
        coder: float(np.mean([cell.width for cell in common if cell.coder == coder]))
        for coder in ("useless", "study", "oracle")
    }
    return {
        "covered": own,
        "not_covered": 1 - own,
        "worst": min(cell.covered for cell in common),
        "useless_not_wider": 1 / width["useless"],
        "study_narrower": 1 / width["study"],
        "oracle_narrower": 1 / width["oracle"],
    }


def check(found: dict[str, float]) -> int:
    """Print each figure beside its floor; 1 when one is below."""
    floors = json.loads(FLOORS.read_text(encoding="utf-8"))
    missed = [name for name, floor in floors.items() if found[name] < floor]
    for name, floor in floors.items():
        print(f"{name:24} {found[name]:8.4f}  floor {floor:8.4f}  {'MISSED' if name in missed else 'ok'}")
    return 1 if missed else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="four populations, and the floors")
    parser.add_argument("--gold", action="store_true", help="the open gold studies alone")
    given = parser.parse_args()
    if not DATA.is_dir():
        print("The data folder beside the repository is absent: nothing measured.")
        return 0
    if given.quick:
        return quick()
    began, studies = time.process_time(), gold_studies()
    populations = [] if given.gold else [*nlpcc(), *changes()]
    for one in (*populations, *studies):
        score(one)
    add_embedded([*populations, *studies])
    coders = list(studies[0].scores)
    if populations:
        large = [enlarged(one) for one in populations]
        found = [cell for one in large for n in LABELS for cell in cells(one, n, coders, DRAWS, seed=0)]
        print_cells(again(found, large))
        for coder in ("useless", "study"):
            print_strata(populations, coder)
        print_counting(populations, [coder for coder in coders if coder != "useless"])
    print_gold(studies, coders)
    print_small()
    print(f"\n{time.process_time() - began:.0f} CPU-seconds")
    return 0


if __name__ == "__main__":
    sys.exit(main())
