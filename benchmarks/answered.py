"""How often a change after an answer is called where there is none, and how often one that is there, on series made so.

    python benchmarks/answered.py           # 300 series a row
    python benchmarks/answered.py --quick   # fewer series, and the floors: under 20 CPU-seconds

A series is 120 days before an answer and four weeks from it on: a few people a day ask for one thing, many write
something else, and the levels of both drift (autocorrelated days of their logarithm). In a quiet series nothing happens
at the answer; in the others fewer people ask from the next day on. Exit code 1 when a floor is missed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from reports.answered import LEVEL, changes_after
from reports.corpus import DAY_MS, day_number, prepare
from reports.inputs import Provenance, ReportInput, Response
from storage.nouns import Change, Stance, Study, Wording

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reports.answered import Change as Found

    Array = NDArray[Any]

FLOORS = Path(__file__).resolve().parent / "answered_floors.json"
FIRST, ANSWER, DAYS = date(2025, 1, 6), 121, 150
OTHERS, OTHERS_SWING, MEMORY = 25.0, 0.4, 0.9
QUICK_SERIES = 120
STUDY = Study(
    id="made",
    change=Change(name=Wording(en="A fee"), statement=Wording(en="A fee is charged")),
    time_zone="UTC",
    start=FIRST,
    end=FIRST + timedelta(days=DAYS - 1),
)


class World(NamedTuple):
    """How a series is made.

    Attributes:
        swing: standard deviation of the logarithm of the level of those who ask; it hangs together over days.
        effect: times as many people ask after the answer.
        asking: people a day who ask before it.
    """

    swing: float = 0.6
    effect: float = 1.0
    asking: float = 3.0


WORLDS = {
    "quiet: a drifting level": World(),
    "quiet: a steady level": World(swing=0.01),
    "0.3 times: a drifting level": World(effect=0.3),
    "0.3 times: half the drift": World(swing=0.3, effect=0.3),
}


def found(world: World, random: np.random.Generator) -> Found:
    """What is said of one series."""
    rate = _level(random, world.swing, world.asking)
    rate[ANSWER + 1 :] *= world.effect
    asking, others = (random.poisson(level) for level in (rate, _level(random, OTHERS_SWING, OTHERS)))
    inp = _input(np.repeat(np.arange(DAYS), asking), np.repeat(np.arange(DAYS), others), random)
    answer = Response("text:c000000", "said", Wording(en="We will"), FIRST + timedelta(days=ANSWER))
    (change,) = changes_after(inp, prepare(inp), [(answer, range(int(asking.sum())))])
    return change


def _level(random: np.random.Generator, swing: float, mean: float) -> Array:
    """The expected number of each day: an autoregression of the logarithm."""
    drift = random.normal(0, 1, DAYS)
    for day in range(1, DAYS):
        drift[day] = MEMORY * drift[day - 1] + np.sqrt(1 - MEMORY**2) * drift[day]
    level: Array = mean * np.exp(swing * drift - swing**2 / 2)
    return level


def _input(asking: Array, others: Array, random: np.random.Generator) -> ReportInput:
    """The comments of a series, those that ask first, by authors of whom few write twice."""
    day = np.concatenate([asking, others])
    n = len(day)
    stance = np.where(np.arange(n) < len(asking), Stance.SUGGESTION.value, Stance.NEUTRAL.value)
    rows = pd.DataFrame({
        "id": [f"c{at:06d}" for at in range(n)],
        "text": "x",
        "author": random.integers(0, 2 * n, n).astype(str),
        "stance": stance,
        "published_at": (day_number(FIRST) + day) * DAY_MS + DAY_MS // 2,
        "published_precision": "minute",
    })  # fmt: skip
    return ReportInput(STUDY, rows, Provenance("made", "1", "1", "", 0))


def tally(world: World, count: int, seed: int) -> tuple[float, float, float]:
    """Parts of so many series: called a change, called one by the exact test alone, and not tested."""
    said = [found(world, np.random.default_rng([seed, number])) for number in range(count)]
    return (
        sum(one.verdict == "passed" for one in said) / count,
        sum(one.p is not None and one.p <= LEVEL for one in said) / count,
        sum(one.verdict == "too_little" for one in said) / count,
    )


def measured(count: int) -> dict[str, float]:
    """Prints a table; the figures that have floors, those with a ceiling turned round."""
    print(f"{count} series a row             called  exact test alone  not tested")
    rows = {}
    for seed, (name, world) in enumerate(WORLDS.items()):
        rows[name] = tally(world, count, seed)
        print(f"{name:28} {rows[name][0]:9.3f} {rows[name][1]:17.3f} {rows[name][2]:11.3f}")
    drifting, steady, fall, clear = (rows[name][0] for name in WORLDS)
    return {"quiet": 1 - drifting, "quiet_steady": 1 - steady, "power": fall, "power_half_drift": clear}


def check(figures: dict[str, float]) -> int:
    """Print each figure beside its floor; 1 when one is below."""
    floors = json.loads(FLOORS.read_text(encoding="utf-8"))
    missed = [name for name, floor in floors.items() if figures[name] < floor]
    for name, floor in floors.items():
        print(f"{name:24} {figures[name]:8.4f}  floor {floor:8.4f}  {'MISSED' if name in missed else 'ok'}")
    return 1 if missed else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer series, and the floors")
    parser.add_argument("--series", type=int, default=300, help="series a row, where all are wanted")
    given = parser.parse_args()
    began = time.process_time()
    figures = measured(QUICK_SERIES if given.quick else given.series)
    print(f"{time.process_time() - began:.0f} CPU-seconds")
    return check(figures)


if __name__ == "__main__":
    sys.exit(main())
