"""The fetch door against whole hosts: names, TLS and HTTP/2, on loopback."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from scrapers.errors import NotFound
from scrapers.fetch import Door, FetchSettings
from scrapers.protocol import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.nouns import Capture

LOOPBACK = Path(__file__).parent.parent / "loopback"
QUICK = FetchSettings(total_s=2.0, cap_bytes=100_000, min_interval_s=0.0, backoff_s=0.01, obey_robots=False)


@pytest.fixture
def visit(world: Any, replaced: Any) -> Callable[..., Capture]:
    def visit_one(asked: str | Request, **changed: Any) -> Capture:
        async def run() -> Capture:
            async with Door(replaced(QUICK, **changed), network=world.network) as door:
                return await door.fetch(Request(asked) if isinstance(asked, str) else asked)

        return asyncio.run(run())

    return visit_one


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_any_host_answers(world: Any, visit: Any, scheme: str) -> None:
    world.serve(f"{scheme}://forum.example/latest.json?page=1&order=new", '{"a": 1}')
    capture = visit(f"{scheme}://forum.example/latest.json?order=new&page=1")
    assert (capture.status, capture.body) == (200, b'{"a": 1}')
    assert world.urls("forum.example") == [f"{scheme}://forum.example/latest.json?order=new&page=1"]


def test_a_child_process_reaches_the_same_internet(world: Any) -> None:
    world.serve("https://forum.example/", "from far away")
    code = (
        "import asyncio, json, sys; sys.path.append(sys.argv[1])\n"
        "from world import Facts, network\n"
        "from scrapers.fetch import Door, FetchSettings; from scrapers.protocol import Request\n"
        "async def run():\n"
        "    async with Door(FetchSettings(), network=network(Facts(*json.loads(sys.argv[2])))) as door:\n"
        "        return await door.fetch(Request('https://forum.example/'))\n"
        "print(asyncio.run(run()).body.decode())\n"
    )
    command = [sys.executable, "-c", code, str(LOOPBACK), json.dumps(world.facts)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "from far away\n"
    assert [url for url, _ in world.asked] == ["https://forum.example/robots.txt", "https://forum.example/"]


def test_a_page_is_found_whatever_the_order_of_its_parameters_and_its_key(world: Any, visit: Any) -> None:
    world.serve("https://api.example/list?a=1&b=2", "[]", headers={"ETag": '"7"'})
    asked = Request("https://api.example/list?b=2&a=1", secret_params={"key": "CANARY"})
    assert visit(asked).body == b"[]"
    assert world.asked[0][0].endswith("key=CANARY")
    with pytest.raises(NotFound):
        visit("https://api.example/list?a=1")
    known = Request("https://api.example/list?a=1&b=2", headers={"if-none-match": '"7"'})
    assert (visit(known).status, visit(known).body) == (304, b"")
