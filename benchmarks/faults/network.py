"""Collecting while the network fails at random: nothing is lost, doubled or taken half, and every error has a type.

    python benchmarks/faults/network.py [--quick] [--json FILE] [--plant NAME | --plants]

Five kinds of sources on a loopback internet (tests/loopback/growing.py) grow from run to run. Every request may meet
one of some forty faults (tests/loopback/faulty.py), on the way, in the answer or in the middle of it, until enough were
met; then the sites are well, and what is stored is held against what they gave.
"""

# ruff: noqa: E402  the tests' own internet is found first

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, redirect_stderr
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

ROOT = Path(__file__).parents[2]
sys.path += [str(Path(__file__).parent), str(ROOT / "tests" / "loopback")]

from everything import study_file
from faulty import Faulty
from figures import Figure, none_of, told
from growing import SOURCES, Growing
from soak_clock import Clock
from world import World

from minyi.collecting import collect_sources
from minyi.console import Console
from minyi.workspace import open_workspace
from scrapers.errors import CollectorError, CollectorFault, Truncated
from scrapers.fetch import FetchSettings
from scrapers.runner import collect

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from storage.errors import MinyiError

BEGAN = datetime(2026, 9, 1, 8, tzinfo=UTC)
BUDGET_S = 6.0
SETTINGS = FetchSettings(min_interval_s=0.0, total_s=1.5, backoff_s=0.01, max_wait_s=0.2, cap_bytes=1 << 20)
DEADLINE_S = BUDGET_S + SETTINGS.attempts * (SETTINGS.total_s + SETTINGS.max_wait_s)
"""A source stops between two asks; the one it is at may take its own deadline, and its waits."""
PATIENT = replace(SETTINGS, total_s=20.0)
"""Once the sites are well, a busy machine is no failure."""
SLACK_S = 2.0
"""For what a run does besides asking; as many times longer as the machine is busy with other things."""
_PLAIN = frozenset({"feed", "forum"})
"""Two of the five speak HTTP/1.1, without TLS."""
_WELL = 2
_NUMBER = re.compile(r"\((\w+) (\d+)\)")


def _sources() -> list[tuple[str, str, dict[str, Any]]]:
    """The five, as in a study file."""
    return [
        (name, kind, {key: _unsecured(value) if name in _PLAIN else value for key, value in options.items()})
        for name, kind, options in SOURCES
    ]


def _unsecured(value: Any) -> Any:
    if isinstance(value, list):
        return [_unsecured(each) for each in value]
    return value.replace("https://", "http://") if isinstance(value, str) else value


def _busy() -> float:
    """How many times longer than its processor time something takes now."""
    begun, used = time.monotonic(), time.process_time()
    sum(range(2_000_000))
    return max(1.0, (time.monotonic() - begun) / (time.process_time() - used))


@dataclass
class Seen:
    """What happened in all runs.

    Attributes:
        errors: failures by class.
        untyped: those that no collector foresaw, and what came out of a run as no failure at all.
        runs: how many there were.
        late_s: by how many seconds each was over its deadline and its slack; negative for in time.
    """

    errors: Counter[str] = field(default_factory=Counter)
    untyped: list[str] = field(default_factory=list)
    runs: int = 0
    late_s: list[float] = field(default_factory=list)

    def note(self, failure: MinyiError) -> None:
        """Count a failure of a source."""
        self.errors[type(failure).__name__] += 1
        if isinstance(failure, CollectorFault) or not isinstance(failure, CollectorError):
            self.untyped.append(f"{type(failure).__name__}: {failure}")


class Rounds:
    """Run after run on one study."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._chance = random.Random(f"network {seed}")
        self.growing, self.seen = Growing(seed), Seen()
        self.faulty = Faulty(self.growing, seed, rate=0.45)
        self.world = World(folder)
        self.study = folder / "study"
        self.study.mkdir()
        (self.study / "study.toml").write_text(study_file(_sources()), encoding="utf-8")
        self.clock = Clock(BEGAN)

    def collect(self) -> bool:
        """One run, three hours after the last; whether every source came to its end."""
        self.clock.set(self.clock.now + timedelta(hours=3))
        self.world.asked.clear()
        self.growing.write(self.clock.now, self._chance.randrange(12))
        results = list[Any]()

        def asked(*what: Any, **how: Any) -> None:
            begun = time.monotonic()
            results.extend(collect(*what, **how))
            self.seen.late_s.append(time.monotonic() - begun - DEADLINE_S - SLACK_S * _busy())

        with patch("minyi.collecting.collect_pages", asked):
            try:
                with open_workspace(self.study) as workspace:
                    network = self.faulty.network(self.world)
                    settings = SETTINGS if self.faulty.rate else PATIENT
                    how: dict[str, Any] = {"settings": settings, "network": network, "budget_s": BUDGET_S}
                    collect_sources(workspace, Console(quiet=True), **how)
            except Exception as error:  # noqa: BLE001  whatever comes out of a run is what is counted here
                self.seen.untyped.append(f"{type(error).__name__}: {error}")
        self.seen.runs += 1
        for result in results:
            for failure in result.failures:
                self.seen.note(failure)
        return bool(results) and not any(result.failures for result in results)

    def go(self, faults: int) -> None:
        """Meet so many faults, and then none until every source came to its end twice in a row."""
        self.world.start()
        self.world.otherwise = self.faulty.answer
        self.growing.write(self.clock.now, 1_200, every_s=4_000)
        with self.clock.shown(), redirect_stderr(StringIO()):  # what each run warns of is counted instead
            while self.faulty.met.total() < faults and self.seen.runs < faults:
                self.collect()
            self.faulty.rate = 0.0
            well = 0
            for _ in range(8):
                well = well + 1 if self.collect() else 0
                if well == _WELL:
                    break
        self.world.stop()

    def figures(self) -> list[Figure]:
        """What is stored, held against what was given."""
        offered, met = self.growing.offered, self.faulty.met.total()
        with open_workspace(self.study) as workspace:
            study = workspace.study.id
            found = workspace.store.comments(study, columns=["source", "ext_id", "text"])
            captures = workspace.store.collected.captures(study)
        stored = Counter(zip(found["source"].astype(str), found["ext_id"].astype(str), strict=True))
        said = Counter(match.groups() for text in found["text"] if (match := _NUMBER.search(text)))
        whole = captures["sha256"][captures["complete"].astype(bool)]
        half = [sha256 for sha256 in whole if sha256 in self.faulty.halves]
        late = [seconds for seconds in self.seen.late_s if seconds > 0]
        errors = ", ".join(f"{count} {name}" for name, count in self.seen.errors.most_common())
        print(f"{self.seen.runs} runs, {met} faults of {len(self.faulty.met)} kinds; {errors}")
        for line in self.seen.untyped[:5]:
            print(f"  untyped: {line}")
        return [
            Figure("faults met", f"{met} of {len(self.faulty.met)} kinds", "> 0", met > 0),
            none_of("items not stored in the end", len(offered - stored.keys()), len(offered)),
            none_of("items stored twice", sum(n - 1 for n in said.values()), len(found)),
            none_of("answers kept as complete that broke off", len(half), len(self.faulty.halves)),
            none_of("failures without a type", len(self.seen.untyped), self.seen.errors.total()),
            none_of(f"runs over their deadline of {DEADLINE_S:.1f} s", len(late), len(self.seen.late_s)),
        ]


# -- planted faults ---------------------------------------------------------------------------------------------------


def _half_taken(stack: ExitStack) -> None:
    from scrapers.body import Body

    read = Body.read

    async def lenient(self: Body, chunks: Any) -> None:
        try:
            await read(self, chunks)
        except Truncated:
            return

    stack.enter_context(patch.object(Body, "read", lenient))


def _moved_on(stack: ExitStack) -> None:
    stack.enter_context(patch("scrapers.source_run.lasts", lambda _error: True))
    stack.enter_context(patch("scrapers.source_run.reverts", lambda _ask: False))


def _stored_anew(stack: ExitStack) -> None:
    import minyi.pipeline

    made, calls = minyi.pipeline.read_language, iter(range(1 << 30))

    def renumbered(page: Any, **how: Any) -> Any:
        number = next(calls)
        found = made(page, **how)
        for row in found.comments:
            row["ext_id"] = f"{row['ext_id']}.{number}"
        return found

    stack.enter_context(patch("minyi.pipeline.read_language", renumbered))


def _without_a_type(stack: ExitStack) -> None:
    import json

    stack.enter_context(patch("scrapers.answers._parsed", lambda text, _capture: json.loads(text)))


def _no_deadline(stack: ExitStack) -> None:
    import asyncio

    within = asyncio.timeout
    stack.enter_context(patch("scrapers.fetch.asyncio.timeout", lambda seconds: within(30 * seconds)))


PLANTS: Mapping[str, tuple[str, Callable[[ExitStack], None]]] = {
    "half-taken": ("answers kept as complete that broke off", _half_taken),
    "moved-on": ("items not stored in the end", _moved_on),
    "stored-anew": ("items stored twice", _stored_anew),
    "without-a-type": ("failures without a type", _without_a_type),
    "no-deadline": ("runs over their deadline", _no_deadline),
}


def measured(faults: int, plant: str = "", seed: int = 1) -> list[Figure]:
    """The figures after so many faults, with a line of the program broken where one is named."""
    with tempfile.TemporaryDirectory(prefix="minyi-network-") as folder, ExitStack() as stack:
        if plant:
            PLANTS[plant][1](stack)
        rounds = Rounds(Path(folder), seed)
        rounds.go(faults)
        return rounds.figures()


def main() -> int:
    """Run it as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plant", choices=PLANTS)
    parser.add_argument("--plants", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.plants:
        for name, (promise, _) in PLANTS.items():
            print(f"{name}\t{promise}")
        return 0
    return told(measured(100 if given.quick else 250, given.plant or "", given.seed), given.json)


if __name__ == "__main__":
    sys.exit(main())
