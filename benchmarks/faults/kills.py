"""Processes killed by SIGKILL at every kind of point of every step, and what is left when the step is repeated.

Without options: some 350 points on SQLite, and 100 on PostgreSQL where its programs are installed. `--quick`: 48
points. `--plant torn`: with a fault in the program; has to end with 1.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import kill_points
import kill_steps
from figures import Figure, none_of, told
from kill_plants import PLANTS
from kill_rounds import Found, Study, all_killed
from kill_server import server
from kill_site import forum

if TYPE_CHECKING:
    from collections.abc import Sequence

QUICK, FULL, FULL_SERVER, PLANTED = 48, 352, 112, 16
PROMISES = {
    "whole": "files half written, reports of two runs, or locks left, after a kill",
    "lost": "rows lost, once the step is repeated",
    "doubled": "rows twice, once the step is repeated",
    "report": "reports that say something else than undisturbed",
    "repeat": "steps that cannot be repeated, or are not sound then",
    "left": "temporary files left an hour later",
    "told": "messages lost or told a third time, or runs that nobody knows were killed",
}


@dataclass
class Tally:
    """What was found on one database."""

    kills: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)

    def add(self, step: str, found: Found) -> None:
        """One point more; what is wrong is said at once."""
        self.kills[step] += 1
        for kind, lines in found.wrong.items():
            self.wrong[kind] += bool(lines)
            for line in lines:
                print(f"{step} at {found.at} ({found.point}): {kind}: {line}", file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Kills, counts and says."""
    wanted = _options().parse_args(arguments)
    if wanted.plants:
        print("\n".join(f"{name}\t{plant.breaks}" for name, plant in PLANTS.items()))
        return 0
    os.environ |= {"KILLS_TEAM": "json://localhost", "KILLS_ME": "json://localhost"}
    os.environ.pop("MINYI_DATABASE_URL", None)
    kill_points.install()
    kill_steps.settle_in(setattr)
    steps, points, on_server = wanted.steps, *_asked(wanted)
    if wanted.plant:
        plant = PLANTS[wanted.plant]
        plant.put(setattr)
        steps, points, on_server = plant.steps, PLANTED, 0
    tallies = kill_all(steps, points, on_server)
    return told(_figures(tallies), wanted.json)


def _asked(wanted: argparse.Namespace) -> tuple[int, int]:
    """How many points on SQLite, and how many on PostgreSQL."""
    default = (QUICK, 0) if wanted.quick or wanted.points is not None else (FULL, FULL_SERVER)
    given = (wanted.points, wanted.on_server)
    return default[0] if given[0] is None else given[0], default[1] if given[1] is None else given[1]


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few points, on SQLite alone")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    parser.add_argument("--plant", choices=PLANTS, help="put a fault into the program")
    parser.add_argument("--plants", action="store_true", help="say which faults there are")
    parser.add_argument("--steps", nargs="*", help="only these")
    parser.add_argument("--points", type=int, help="so many points on SQLite")
    parser.add_argument("--on-server", type=int, help="so many points on PostgreSQL")
    return parser


def kill_all(steps: Sequence[str] | None, points: int, on_server: int) -> dict[str, Tally]:
    """Kills at so many points, evenly drawn over the steps, on each database."""
    tallies: dict[str, Tally] = {}
    with ExitStack() as stack:
        root = Path(tempfile.mkdtemp(prefix="minyi-kills-"))
        stack.callback(shutil.rmtree, root, ignore_errors=True)
        posts = root / "posts"
        posts.write_text("0")
        port = stack.enter_context(forum(posts))
        if points:
            tallies["SQLite"] = _killed(Study(root / "sqlite", port, posts), steps, points)
        if on_server and (there := stack.enter_context(server())) is not None:
            tallies["PostgreSQL"] = _killed(Study(root / "server", port, posts, there), steps, on_server)
    return tallies


def _killed(study: Study, steps: Sequence[str] | None, points: int) -> Tally:
    tally = Tally()
    for step, found in all_killed(study, steps, points):
        tally.add(step, found)
    return tally


def _figures(tallies: dict[str, Tally]) -> list[Figure]:
    figures = []
    for database, tally in tallies.items():
        killed = tally.kills.total()
        print(f"{database}: {killed} kills: " + ", ".join(f"{step} {n}" for step, n in tally.kills.items()))
        figures += [none_of(f"{promise} ({database})", tally.wrong[kind], killed) for kind, promise in PROMISES.items()]
    return figures


if __name__ == "__main__":
    raise SystemExit(main())
