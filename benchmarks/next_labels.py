"""What a study's coder loses by being five corrections, and what labels gain by being suggested.

    python benchmarks/next_labels.py          # five corrections beside one: some three minutes
    python benchmarks/next_labels.py --next   # 50 random labels, then 50 more: drawn, or suggested

The embedded coder under the corrections never saw the topic; scores are macro-F1 on labelled rows that a draw leaves.
Needs the extra `train` and the data folder beside the repository.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from stance import Bench
from study import DRAWS, FEWEST, LABELS, LEFT, STUDIES, unlabelled, unseen

from nlp.adapt import POOL, Space, learned, sampled
from nlp.adaptation import FOLDS
from nlp.adapted_score import counted_f1
from nlp.coders.embedded import probabilities
from nlp.examples import change_of
from nlp.next_labels import spread, usefulness

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nlp.adapt import Seen

    Whole = NDArray[np.int64]

FIRST, BEGUN, TESTED = 200, 50, 0.4  # the first draw; labels before any is suggested; share of the rows that is asked


@dataclass(frozen=True)
class Study:
    """A study's labelled rows, and what all draws share."""

    space: Space
    known: Seen
    stances: Whole
    others: Seen
    counted: list[int]

    def after(self, seen: Whole, asked: Whole) -> NDArray[Any]:
        """Probabilities of some rows after the labels of others."""
        made = learned(self.space, self.known.only(seen), self.stances[seen], self.others)
        return probabilities(self.known.only(asked).after(made).astype(np.float64))

    def f1(self, asked: Whole, scores: NDArray[Any]) -> float:
        """Macro-F1 on some rows."""
        return counted_f1(self.stances[asked], scores.argmax(1), self.counted)

    def five(self, labels: int, seed: int) -> tuple[float, float, float]:
        """One correction, the mean of five, and by how many points the mean of their log-scores moves a share."""
        order = np.random.default_rng(seed).permutation(len(self.stances))
        seen, asked = order[:labels], order[labels:]
        each = [self.after(seen[np.arange(labels) % FOLDS != left], asked) for left in range(FOLDS)]
        mean, of_logs = np.mean(each, axis=0), probabilities(np.log(each).mean(0))
        moved = 100 * float(np.abs(of_logs.mean(0) - mean.mean(0)).max())
        return self.f1(asked, self.after(seen, asked)), self.f1(asked, mean), moved

    def suggested(self, seed: int) -> tuple[float, float, float]:
        """After BEGUN random labels, after as many random ones more, and after as many suggested ones instead."""
        order = np.random.default_rng(seed).permutation(len(self.stances))
        asked, free = np.split(order, [int(TESTED * len(order))])
        begun, rest = free[:BEGUN], free[BEGUN:]
        rows = self.known.rows[:, : self.space.grams.words] @ self.space.directions
        rows = (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)).astype(np.float64)
        counts = np.bincount(self.stances[begun], minlength=4).astype(np.float64)
        value = usefulness(self.after(begun, rest), counts)
        more = (rest[:0], rest[:BEGUN], rest[spread(value, rows[rest], rows[begun], BEGUN)])
        first, drawn, chosen = (self.f1(asked, self.after(np.append(begun, some), asked)) for some in more)
        return first, drawn, chosen


def study_of(bench: Bench, begins: tuple[str, ...], targets: tuple[str, ...]) -> Study:
    """A study of the benchmark of study coders."""
    rows = [row for row in np.flatnonzero(bench.real) if bench.examples[row].change.startswith(begins)]
    texts, act = [bench.examples[row].text for row in rows], max((bench.examples[row].change for row in rows), key=len)
    base, others = unseen(bench, act), sampled(unlabelled(targets))
    space = Space([*texts, *others], change_of(act))
    stances = bench.labels[rows]
    counted = np.flatnonzero(np.bincount(stances, minlength=4) >= FEWEST).tolist()
    return Study(space, space.seen(base, texts), stances, space.seen(base, others[:POOL]), counted)


def told(name: str, found: list[Any]) -> NDArray[Any]:
    """Print the means over draws, and give them by draw."""
    table = np.array(found)
    print(name, table.mean(0).round(3).tolist(), flush=True)
    return table


def summed(name: str, tables: list[NDArray[Any]]) -> None:
    """The mean over changes, and of the difference of the two last scores with its interval over the draws."""
    scores = np.mean(tables, axis=0)
    gain = scores[:, -1] - scores[:, -2]
    half = 1.96 * gain.std(ddof=1) / len(gain) ** 0.5
    print(f"{name}, {len(tables)} changes: {scores.mean(0).round(4).tolist()}, {gain.mean():+.4f} ± {half:.4f}")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--next", action="store_true", help="labels that are drawn, and that are suggested")
    chosen, bench, draws = parser.parse_args(), Bench(), range(FIRST, FIRST + DRAWS)
    tables: dict[str, list[NDArray[Any]]] = {}
    for name, places in STUDIES.items():
        one = study_of(bench, *places)
        if chosen.next and len(one.stances) * (1 - TESTED) > 2 * BEGUN + LEFT:
            tables.setdefault("begun, drawn, suggested", []).append(told(name, [one.suggested(seed) for seed in draws]))
        for labels in () if chosen.next else LABELS[1:]:
            if len(one.stances) >= labels + LEFT:
                found = told(f"{name}, {labels}", [one.five(labels, seed) for seed in draws])
                print("  share moved by the mean of log-scores, points:", found[:, 2].mean().round(2))
                tables.setdefault(f"{labels} labels: one, five", []).append(found[:, :2])
    for name, found_all in tables.items():
        summed(name, found_all)


if __name__ == "__main__":
    main()
