"""How often the tests of change cry wolf, and how often they see a change that is there, on series made for it.

    python benchmarks/changes.py           # every table: some minutes of one core
    python benchmarks/changes.py --quick   # fewer series, and the floors: under 40 CPU-seconds

A series is 120 days before an event and a week from it on, comment by comment. The logits of the four stances wander
(autocorrelated days, a slow drift, a weekly rhythm), the number of comments swings, and few authors write much: half
of what an author writes says the same. In a quiet series nothing happens at the event. Exit code 1 when a floor is
missed.
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

from reports.adjusted import Adjustment
from reports.changes import compare
from reports.changes_days import Days
from reports.changes_tests import LEVEL
from reports.corpus import DRAWN, day_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[Any]

FLOORS = Path(__file__).resolve().parent / "changes_floors.json"
FIRST, HISTORY, AFTER = date(2025, 1, 6), 120, 7
SHARES = np.array([0.4, 0.25, 0.15, 0.2])
AUTHORS, TAIL, LOYAL = 20_000, 1.3, 0.5
ERRS = np.array(
    [[0.72, 0.08, 0.10, 0.10], [0.12, 0.70, 0.06, 0.12], [0.25, 0.05, 0.60, 0.10], [0.12, 0.12, 0.04, 0.72]]
)
LABELS, EFFECT, TURN, QUICK_SERIES = 200, 0.8, 1.6, 160
EVENTS = [{"number": 1, "date": (FIRST + timedelta(days=HISTORY)).isoformat(), "precision": "day"}]
MANY = [
    {"number": i, "date": (FIRST + timedelta(days=at)).isoformat(), "precision": "day"}
    for i, at in enumerate((84, 95, 100, 120), start=1)
]


class World(NamedTuple):
    """How a series is made: comments on a usual day, how much days differ and hang together, how far shares drift.

    Attributes:
        comments: on a usual day.
        swing: standard deviation of the logarithm of a day's comments.
        noise, memory: of the autocorrelated days, in logits: spread of what is new each day, and what stays.
        drift: of the daily step of a random walk, in logits.
        week: of the weekly rhythm, in logits.
        burst: times as many comments at the event, dying away.
        events: how many stand in the calendar.
        coded: by a coder that errs, corrected from labels.
    """

    comments: int = 230
    swing: float = 0.4
    noise: float = 0.2
    memory: float = 0.5
    drift: float = 0.01
    week: float = 0.1
    burst: float = 1.0
    events: Sequence[dict[str, Any]] = EVENTS
    coded: bool = False


WORLDS = {
    "usual": World(),
    "few comments": World(comments=30),
    "many comments": World(comments=1500),
    "sticky days": World(noise=0.15, memory=0.8),
    "fast drift": World(drift=0.03),
    "only sampling": World(noise=0.0, drift=0.0, week=0.0),
    "burst at the event": World(burst=8.0),
    "four events": World(events=MANY),
    "erring coder": World(coded=True),
}
QUICK = ("usual", "sticky days", "burst at the event", "erring coder")


def made(world: World, random: np.random.Generator, effect: float = 0, stance: int = 0, turn: int = -1) -> Days:
    """A calendar of such a series; the stance's logit moves by the effect at the event, or on the day `turn`."""
    days = HISTORY + AFTER
    logits = np.log(SHARES) + _wander(world, random, days)
    logits[HISTORY if turn < 0 else turn :, stance] += effect
    share = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    swing = _remembered(random.normal(0, 1, days), 0.6) * world.swing
    swing += 0.15 * np.sin(2 * np.pi * np.arange(days) / 7)
    since = np.arange(days) - HISTORY
    level = world.comments * (1 + np.where(since >= 0, (world.burst - 1) * np.exp(-np.maximum(since, 0) / 2), 0))
    n = random.poisson(level * np.exp(swing - world.swing**2 / 2))
    day = np.repeat(np.arange(days), n)
    author, said = _voices(share[day], random)
    if world.coded:
        said = (random.random(len(said))[:, None] > ERRS[said].cumsum(1)[:, :3]).sum(1)
    return calendar(day, said, author, days)


def _wander(world: World, random: np.random.Generator, days: int) -> Array:
    noise = _remembered(random.normal(0, 1, (days, 4)), world.memory) * world.noise / np.sqrt(1 - world.memory**2)
    rhythm = np.sin(2 * np.pi * (np.arange(days)[:, None] + 7 * random.random(4)) / 7)
    wander: Array = noise + random.normal(0, world.drift, (days, 4)).cumsum(0) + np.sqrt(2) * world.week * rhythm
    return wander


def _remembered(fresh: Array, memory: float) -> Array:
    """An autoregression of unit variance."""
    out = fresh.copy()
    for at in range(1, len(out)):
        out[at] = memory * out[at - 1] + np.sqrt(1 - memory**2) * fresh[at]
    return out


def _voices(share: Array, random: np.random.Generator) -> tuple[Array, Array]:
    """Authors by a Pareto law, and what they say: half of the time the same place of the day's shares, else any."""
    weight = (random.pareto(TAIL, AUTHORS) + 1).cumsum()
    author = np.searchsorted(weight, random.random(len(share)) * weight[-1])
    loyal = random.random(len(share)) < LOYAL
    place = np.where(loyal, random.random(AUTHORS)[author], random.random(len(share)))
    return author, (place[:, None] > share.cumsum(1)[:, :3]).sum(1)


def calendar(day: Array, code: Array, author: Array, days: int, events: Sequence[int] = (HISTORY,)) -> Days:
    """The calendar of comments in order of day."""
    stances = np.bincount(day * 4 + code, minlength=days * 4).reshape(days, 4).astype(np.float64)
    after = np.zeros(days, bool)
    for at in events:
        after[at : at + 7] = True
    ends = np.append(0, stances.sum(1).cumsum()).astype(np.int64)
    gap = np.zeros(days, bool)
    return Days(day_number(FIRST), gap, after, stances.sum(1), stances, np.arange(len(day)), code, ends, author)


def adjustment(random: np.random.Generator) -> Adjustment:
    """What so many labels teach of the coder's errors."""
    truth = random.choice(4, LABELS, p=SHARES)
    code = (random.random(LABELS)[:, None] > ERRS[truth].cumsum(1)[:, :3]).sum(1)
    pairs = np.bincount(truth * 4 + code, minlength=16).reshape(4, 4).astype(float)
    return Adjustment.learned(pairs, np.zeros(0, np.int64), np.zeros(0, np.int64))


class Tally(NamedTuple):
    """What came of many series of one kind, as parts of them.

    Attributes:
        series: with a finding at the last event.
        any_event: with a finding at any event.
        tests: tests passed, over stances and events.
        stance: series in which the stance that was moved passed.
        naive: series whose author-clustered difference alone would have passed.
        volume: series whose number of comments passed at the last event.
        spikes: days called spikes.
        hints: series with a hint.
    """

    series: float
    any_event: float
    tests: float
    stance: float
    naive: float
    volume: float
    spikes: float
    hints: float


def tally(world: World, count: int, seed: int, effect: float = 0, stance: int = 0) -> Tally:
    """Of so many series."""
    rows = []
    for number in range(count):
        random = np.random.default_rng([seed, number])
        days = made(world, random, effect, stance)
        days = days if len(world.events) == 1 else _with_events(days, world.events)
        found = compare(days, world.events, adjustment(random) if world.coded else None)
        passed = [
            [one["verdict"] == "passed" for one in (event["stances"] or {}).values()] for event in found["events"]
        ]
        last = found["events"][-1]
        naive = any(one["q"] <= LEVEL for one in (last["stances"] or {}).values())
        quiet = [spike for spike in found["spikes"] if spike["day"] < EVENTS[0]["date"]]
        rows.append((
            any(passed[-1]), any(map(any, passed)), np.mean([one for each in passed for one in each] or [0]),
            bool(passed[-1]) and passed[-1][stance], naive, last["volume"]["verdict"] == "passed",
            len(quiet) / (HISTORY - 21), bool(found["hints"]),
        ))  # fmt: skip
    return Tally(*np.mean(np.array(rows, float), axis=0).tolist())


def _with_events(days: Days, events: Sequence[dict[str, Any]]) -> Days:
    day = np.repeat(np.arange(len(days)), days.stances.sum(1).astype(int))
    places = [days.place(event["date"]) for event in events]
    return calendar(day, days.code, days.author, len(days), places)


def hinted(count: int, seed: int) -> float:
    """Part of series with an unannounced turn on day 60 of which a hint tells within three days."""
    hits = 0
    for number in range(count):
        days = made(WORLDS["usual"], np.random.default_rng([seed, number]), TURN, turn=60)
        found = compare(days, EVENTS, None)["hints"]
        hits += any(abs(days.place(hint["day"]) - 60) <= 3 for hint in found)  # noqa: PLR2004  as said above
    return hits / count


def print_tally(name: str, found: Tally) -> None:
    print(
        f"{name:34} {found.series:7.3f} {found.any_event:7.3f} {found.tests:7.4f} {found.stance:7.3f}"
        f" {found.naive:7.3f} {found.volume:7.3f} {found.spikes:8.4f} {found.hints:7.3f}"
    )


def measured(names: Sequence[str], count: int) -> dict[str, float]:
    """Prints a table; the figures that have floors, those with a ceiling turned round."""
    print(f"{count} series a row                   finding any ev. a test  moved   naive  volume  spikes  hints")
    quiet = {}
    for seed, name in enumerate(names):
        quiet[name] = tally(WORLDS[name], count, seed)
        print_tally(f"quiet: {name}", quiet[name])
    moved = {}
    for stance in (0,) if count <= QUICK_SERIES else (0, 2):
        for seed, name in enumerate(("usual", "erring coder")):
            moved[name, stance] = tally(WORLDS[name], count, 100 + seed, EFFECT, stance)
            print_tally(f"{EFFECT} logit {DRAWN[stance].value}: {name}", moved[name, stance])
    worst = max(quiet.values(), key=lambda one: one.series)
    return {
        "quiet": 1 - float(np.mean([one.series for one in quiet.values()])),
        "quiet_worst": 1 - worst.series,
        "quiet_tests": 1 - float(np.mean([one.tests for one in quiet.values()])),
        "power": moved["usual", 0].series,
        "power_audited": moved["erring coder", 0].series,
        "volume_quiet": 1 - float(np.mean([one.volume for name, one in quiet.items() if "burst" not in name])),
        "spikes_quiet": 1 - float(np.mean([one.spikes for one in quiet.values()])),
        "hints_quiet": 1 - float(np.mean([one.hints for one in quiet.values()])),
        "hints_seen": hinted(count, 300),
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
    parser.add_argument("--quick", action="store_true", help="fewer series, and the floors")
    parser.add_argument("--series", type=int, default=1000, help="series a row, where all are wanted")
    given = parser.parse_args()
    began = time.process_time()
    found = measured(QUICK, QUICK_SERIES) if given.quick else measured(tuple(WORLDS), given.series)
    print(f"{time.process_time() - began:.0f} CPU-seconds")
    return check(found)


if __name__ == "__main__":
    sys.exit(main())
