"""What inflates without end is left at the cap, in little memory: measured in a process that holds nothing else."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hostile import encoded, zipped

if TYPE_CHECKING:
    from world import World

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="measures as POSIX does")]

ROOT = Path(__file__).parents[2]
FETCH = """
import asyncio, json, resource, sys
sys.path.append("tests/loopback")
from world import Facts, network
from scrapers.errors import CollectorError
from scrapers.fetch import Door, FetchSettings
from scrapers.protocol import Request

def held():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

async def fetch(url):
    settings = FetchSettings(min_interval_s=0.0, backoff_s=0.01, total_s=60.0, obey_robots=False)
    async with Door(settings, network=network(Facts(*json.loads(sys.argv[1])))) as door:
        return await door.fetch(Request(url))

asyncio.run(fetch("https://bombs.example/fine"))
before, found = held(), {}
for name in json.loads(sys.argv[2]):
    try:
        ended = f"{len(asyncio.run(fetch(f'https://bombs.example/{name}')).body)} bytes"
    except CollectorError as error:
        ended = type(error).__name__
    found[name] = [ended, held() - before]
print(json.dumps(found))
"""
BOMBS: dict[str, Any] = {
    "gzip": zipped(1, 512),
    "gzip-of-gzip": zipped(2, 512),
    "stacked": encoded(", ".join(["gzip"] * 500), gzip.compress(bytes(1 << 20))),
    "br": encoded("br", b"\\x00" * 405),
    "zstd": encoded("zstd", b"\\x28\\xb5\\x2f\\xfd" + b"\\x00" * 8_000),
}
MOST = 64 << 20


def test_a_bomb_takes_little_memory(world: World) -> None:
    world.serve("https://bombs.example/fine", "{}")
    for name, bomb in BOMBS.items():
        world.behave(f"https://bombs.example/{name}", bomb)
    call = [sys.executable, "-c", FETCH, json.dumps(world.facts), json.dumps(list(BOMBS))]
    done = subprocess.run(call, capture_output=True, text=True, cwd=ROOT, check=False, timeout=200)
    assert done.returncode == 0, done.stderr
    found: dict[str, list[Any]] = json.loads(done.stdout)
    said = ", ".join(f"{name}: {ended}, {grown >> 20} MiB more" for name, (ended, grown) in found.items())
    print(said)  # noqa: T201  a figure
    assert found.keys() == BOMBS.keys()
    assert all(grown < MOST for _, grown in found.values()), said
    assert not any(ended.endswith("bytes") for name, (ended, _) in found.items() if name != "gzip-of-gzip"), said
