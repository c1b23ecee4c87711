"""Reports of a study in whose files one bit turned over: refused with a reason, or the same to the byte; never another.

    python benchmarks/faults/damage.py [--quick] [--json FILE] [--plant NAME | --plants]

Bits turn over anywhere in the database, where its tables and indices keep what they hold, in SQLite's log, and in the
files that reports read: rollups and what earlier runs kept. A report is then made of the study as it stands, of one in
which nothing is kept, and of one whose labels are new.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import warnings
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest.mock import patch

sys.path.append(str(Path(__file__).parent))

from damaged_study import (
    TRIAL,
    State,
    anywhere,
    flip,
    in_authors,
    in_cells,
    in_order,
    in_titles,
    reported,
    standing,
    states,
)
from figures import Figure, none_of, told

from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = 20_261_126
FULL, QUICK, PLANTED = 420, 40, 12
COMMENTS, FEW = 400, 120
SAME, HASH, REFUSED, OTHER, UNTYPED = (
    "the same report",
    "found by a hash",
    "found by SQLite, or by what was kept",
    "ANOTHER REPORT",
    "an error without a type",
)
VALUES, TITLES, INDEX = "a value of a comment", "the title of an article", "an index of comments"
LOG, ROLLUP = "SQLite's log", "rollup"
PROMISE = "a bit that turned over changes no report"
BY_HASH = "what was written is otherwise"
PLANTS = {
    "no-hash": (VALUES, ["storage.integrity.soundness._refuse_rows"], lambda *_: None),
    "no-articles": (TITLES, ["storage.integrity.soundness.Soundness.collected"], lambda _: None),
    # Where platforms declare how many there are, comments are compared once more, by SQLite itself.
    "no-walk": (
        INDEX,
        ["storage.integrity.soundness._none_is_hidden", "storage.integrity.soundness.Soundness.collected"],
        lambda *_: None,
    ),
    "no-digest": (ROLLUP, ["zipfile.ZipExtFile._update_crc"], lambda *_: None),
    "no-mark": (LOG, ["storage.log_mark.cut_short"], lambda _: False),
}
"""By name: where bits turn over then, what is broken, and what takes its place."""
NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)


class Trial(NamedTuple):
    """One bit that turned over, and what became of the report.

    Attributes:
        place: in which kind of file, and how it was chosen.
        state: in which state of the study.
        outcome: what became of the report.
        said: the error, where there was one.
    """

    place: str
    state: str
    outcome: str
    said: str


class _Still(datetime):
    """A clock that stands, so that reports are the same to the byte."""

    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        return NOW.astimezone(tz)


def still() -> ExitStack:
    """The time in reports stands."""
    stack = ExitStack()
    for module in ("minyi.gathering", "minyi.coverage", "minyi.workspace"):
        stack.enter_context(patch(f"{module}.datetime", _Still))
    return stack


def trials(made: list[State], place: Path, n: int, only: str = "") -> Iterator[Trial]:
    """Turns over so many bits, everywhere or in one kind of place, each in a copy of its own, and reports."""
    draw = random.Random(SEED)
    ways = [way for way in _ways({state.name: state for state in made}) if only in {"", way[0]}]
    for at in range(n):
        name, state, where = ways[at % len(ways)]
        folder = shutil.copytree(state.folder, place / TRIAL)
        file, (byte, bit) = where(folder, draw)
        flip(file, byte, bit)
        outcome, said = _outcome(state, folder)
        yield Trial(name, state.name, outcome, f"{said} [{file.relative_to(folder)} {byte}:{bit}]")
        shutil.rmtree(folder)


def _ways(state: dict[str, State]) -> Iterator[tuple[str, State, Any]]:
    """Where a bit may turn over, in which state."""
    for name in ("again", "anew", "labelled"):
        yield "database, anywhere", state[name], _in("minyi.db", anywhere)
        yield "database, in rows and indices", state[name], _in("minyi.db", in_cells)
    yield VALUES, state["anew"], _in("minyi.db", in_authors)
    yield TITLES, state["labelled"], _in("minyi.db", in_titles)
    yield INDEX, state["anew"], _in("minyi.db", in_order)
    yield LOG, state["log"], _in("minyi.db-wal", anywhere)
    yield ROLLUP, state["labelled"], _in("rollups/*", anywhere)
    yield "what runs kept", state["again"], _in("runs/*/*", anywhere)
    yield "what runs kept", state["labelled"], _in("runs/*/*", anywhere)


def _in(pattern: str, choose: Any) -> Any:
    def where(folder: Path, draw: random.Random) -> tuple[Path, tuple[int, int]]:
        file = draw.choice(sorted(path for path in (folder / "data").glob(pattern) if path.is_file()))
        return file, choose(file, draw)

    return where


def _outcome(state: State, folder: Path) -> tuple[str, str]:
    before = standing(folder)
    try:
        found = reported(folder)
    except MinyiError as error:
        if standing(folder) != before:
            return OTHER, f"the old report is gone: {error}"
        return HASH if BY_HASH in str(error) else REFUSED, str(error)
    except Exception as error:  # noqa: BLE001  that there is none is what is measured
        return UNTYPED, f"{type(error).__name__}: {error}"
    if found == state.sound:
        return SAME, ""
    return OTHER, ", ".join(name for name in state.sound if found.get(name) != state.sound[name])


def figures_of(found: list[Trial]) -> list[Figure]:
    """What has to hold of them."""
    outcomes = Counter(trial.outcome for trial in found)
    refused = sum(outcomes[one] for one in (HASH, REFUSED))
    return [
        none_of(f"{PROMISE}: reports that say something else", outcomes[OTHER], len(found)),
        none_of(f"{PROMISE}: errors that no person can act on", outcomes[UNTYPED], len(found)),
        Figure(f"{PROMISE}: refused with a reason", f"{refused} of {len(found)}", "some", refused > 0),
    ]


def shown(found: list[Trial]) -> None:
    """The outcomes, by where the bit was."""
    for place in dict.fromkeys(trial.place for trial in found):
        mine = Counter(trial.outcome for trial in found if trial.place == place)
        print(f"{place}: {', '.join(f'{n} {outcome}' for outcome, n in mine.most_common())}")
    for trial in found:
        if trial.outcome in {OTHER, UNTYPED}:
            print(f"  {trial.outcome} ({trial.place}, {trial.state}): {trial.said}")


def main() -> int:
    """Turn bits over, report, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} bits instead of {FULL}")
    parser.add_argument("--json", type=Path, help="write the figures to a file")
    parser.add_argument("--plant", choices=PLANTS, help="break this in the program first")
    parser.add_argument("--plants", action="store_true", help="print what can be broken")
    parser.add_argument("--bits", type=int, help="so many bits")
    given = parser.parse_args()
    if given.plants:
        print("\n".join(f"{name}\t{PROMISE}: {place}" for name, (place, _, _) in PLANTS.items()))
        return 0
    warnings.simplefilter("ignore")  # of files that are left open behind an error
    with tempfile.TemporaryDirectory() as temporary, still() as stack:
        made = states(Path(temporary) / "made", FEW if given.quick else COMMENTS)
        only, n = "", given.bits or (QUICK if given.quick else FULL)
        if given.plant:
            only, targets, broken = PLANTS[given.plant]
            for target in targets:
                stack.enter_context(patch(target, broken))
            n = min(n, PLANTED)
        found = list(trials(made, Path(temporary), n, only))
    shown(found)
    return told(figures_of(found), given.json)


if __name__ == "__main__":
    raise SystemExit(main())
