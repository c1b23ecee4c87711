"""How the fetch door fares against hostile sites: what becomes of each, and what it costs in time and memory.

Every site runs on loopback, over HTTP/1.1 and HTTP/2, and is asked through the real door in a process of its own, so
that its peak memory is its own. Run: python benchmarks/door.py [--cap-mb 10] [--total-s 3]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "tests" / "loopback"))

from hostile import BEHAVIOURS  # noqa: E402
from world import Facts, World, network  # noqa: E402

from scrapers.errors import CollectorError  # noqa: E402
from scrapers.fetch import Door, FetchSettings  # noqa: E402
from scrapers.protocol import Request  # noqa: E402

MB = 1 << 20


def ask(url: str, facts: Facts, settings: FetchSettings) -> dict[str, Any]:
    """Fetch one URL, here and now."""

    async def fetch() -> str:
        async with Door(settings, network=network(facts)) as door:
            capture = await door.fetch(Request(url))
            return f"{capture.status}, {len(capture.body):,} bytes"

    before, began, cpu = _peak_mb(), time.monotonic(), time.process_time()
    try:
        outcome = asyncio.run(fetch())
    except CollectorError as error:
        outcome = type(error).__name__
    return {
        "outcome": outcome,
        "seconds": time.monotonic() - began,
        "cpu": time.process_time() - cpu,
        "mb": _peak_mb() - before,
    }


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def in_a_process_of_its_own(url: str, facts: Facts, settings: dict[str, Any]) -> dict[str, Any]:
    given = json.dumps([url, list(facts), settings])
    done = subprocess.run([sys.executable, __file__, "--ask", given], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cap-mb", type=int, default=10)
    parser.add_argument("--total-s", type=float, default=3.0)
    parser.add_argument("--ask", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.ask:
        url, facts, given = json.loads(arguments.ask)
        print(json.dumps(ask(url, Facts(*facts), FetchSettings(**given))))
        return
    settings = {
        "cap_bytes": arguments.cap_mb * MB,
        "total_s": arguments.total_s,
        "min_interval_s": 0.0,
        "backoff_s": 0.05,
        "max_wait_s": 2.0,
        "obey_robots": False,
    }
    world = World(Path(tempfile.mkdtemp()))
    world.start()
    worst = {"seconds": 0.0, "cpu": 0.0, "mb": 0.0}
    print(f"cap {arguments.cap_mb} MB, total {arguments.total_s} s; what one fetch costs beyond an idle process")
    print(f"{'site':28} {'scheme':6} {'outcome':28} {'s':>6} {'CPU s':>6} {'peak MB':>8}")
    for name in sorted(BEHAVIOURS):
        for scheme in ("http", "https"):
            url = f"{scheme}://{scheme}-{name.replace(' ', '-')}.example/"
            world.behave(url, name)
            seen = in_a_process_of_its_own(url, world.facts, settings)
            print(
                f"{name:28} {scheme:6} {seen['outcome']:28} {seen['seconds']:6.2f} {seen['cpu']:6.2f} {seen['mb']:8.1f}"
            )
            worst = {what: max(value, seen[what]) for what, value in worst.items()}
    print(f"worst: {worst['seconds']:.2f} s, {worst['cpu']:.2f} CPU-s, {worst['mb']:.1f} MB")
    world.stop()


if __name__ == "__main__":
    main()
