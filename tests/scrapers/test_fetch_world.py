"""The fetch door against whole hosts, by name, with and without TLS: what they may do to it, one by one."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from scrapers.errors import (
    AuthNeeded,
    BadRedirect,
    BadResponse,
    Blocked,
    BlockedAddress,
    CollectorError,
    Deadline,
    NotFound,
    RateLimited,
    TooLarge,
    Transient,
    Truncated,
)
from scrapers.fetch import Door, FetchSettings
from scrapers.protocol import Request

if TYPE_CHECKING:
    from storage.nouns import Capture

LOOPBACK = Path(__file__).parent.parent / "loopback"
SCHEMES = ("http", "https")


@pytest.mark.parametrize("scheme", SCHEMES)
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


# -- hostile sites ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        ("silent", Deadline),
        ("slow headers", Deadline),
        ("slow body", Deadline),
        ("endless body", TooLarge),
        ("no answer", Transient),
        ("cut body", Truncated),
        ("no last chunk", Truncated),
        ("reset stream", Truncated),
        ("unframed", Truncated),
        ("cut gzip", Truncated),
        ("not gzip", BadResponse),
        ("gzip bomb", TooLarge),
        ("brotli", BadResponse),
        ("zstd", BadResponse),
        ("deflate", BadResponse),
        ("stacked encodings", BadResponse),
        ("not http", Transient),
        ("odd status", Transient),
        ("huge header", Transient),
        ("header bomb", Transient),
        ("refused stream", Transient),
        ("goaway", Transient),
        ("misdirected", Transient),
        ("redirect to itself", BadRedirect),
        ("redirect to a file", BadRedirect),
        ("redirect to loopback", BlockedAddress),
        ("redirect to metadata", BlockedAddress),
        ("redirect to an odd address", BlockedAddress),
        ("busy", Transient),
        ("busy captcha", Transient),
        ("broken", Transient),
        ("too many requests", RateLimited),
        ("too many requests for hours", RateLimited),
        ("forbidden", Blocked),
        ("for legal reasons", Blocked),
        ("login wanted", AuthNeeded),
        ("gone", NotFound),
        ("teapot", BadResponse),
    ],
)
def test_a_hostile_site_ends_in_its_error(
    world: Any, haste: FetchSettings, within: Any, scheme: str, behaviour: str, error: type[CollectorError]
) -> None:
    world.behave(f"{scheme}://hostile.example/", behaviour)
    settings = dataclasses.replace(haste, attempts=2, total_s=0.5 if error is Deadline else 10)
    network = world.network

    async def run() -> Capture:
        async with Door(settings, network=network) as door:
            return await door.fetch(Request(f"{scheme}://hostile.example/"))

    with within(10, time.monotonic), pytest.raises(error) as caught:
        asyncio.run(run())
    assert type(caught.value) is error
    assert caught.value.where
    assert caught.value.remedy or isinstance(caught.value, (BadResponse, RateLimited))
    if isinstance(caught.value, (Truncated, TooLarge)):
        assert not caught.value.capture.complete
        assert len(caught.value.capture.body) < 200_000
    assert {port for _, port in network.backend.connected} <= {80, 443}
    assert all(address.startswith("93.184.") for address, _ in network.backend.connected)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    "behaviour",
    ["early hints", "html instead", "captcha", "empty", "json cut by its author", "impossible charset", "huge number"],
)
def test_what_only_a_reader_can_judge_comes_through_whole(world: Any, visit: Any, scheme: str, behaviour: str) -> None:
    world.behave(f"{scheme}://odd.example/", behaviour)
    capture = visit(f"{scheme}://odd.example/", cap_bytes=1_000_000)
    assert capture.status == 200
    assert capture.complete


def test_redirects_to_ever_new_pages_end(world: Any, visit: Any) -> None:
    for number in range(20):
        world.serve(f"https://maze.example/{number}", "", 302, headers={"location": f"/{number + 1}"})
    with pytest.raises(BadRedirect, match="5 redirects"):
        visit("https://maze.example/0")
    assert len(world.asked) == 6


@pytest.mark.parametrize("charset", ["utf-8", "gbk"])
def test_a_redirect_may_be_written_in_raw_chinese(world: Any, visit: Any, charset: str) -> None:
    raw = "/通知?词=调价".encode(charset)
    world.serve("https://news.example/old", "", 302, headers={"location": raw.decode("latin-1")})
    world.serve(f"https://news.example/{quote(raw, safe='/?=')[1:]}", "news")
    assert visit("https://news.example/old").body == b"news"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_breaks_once_is_asked_for_again(world: Any, visit: Any, scheme: str) -> None:
    from hostile import BEHAVIOURS, says

    for trouble in (
        "no answer",
        "cut body",
        "reset stream",
        "refused stream",
        "goaway",
        "misdirected",
        "busy",
        "not http",
    ):
        url = f"{scheme}://flaky.example/{trouble.replace(' ', '-')}"
        world.behave(url, BEHAVIOURS[trouble], says(200, b'{"whole": 1}'))
        assert visit(url).body == b'{"whole": 1}', trouble
        assert world.urls().count(url) == 2, trouble


@pytest.mark.parametrize("behaviour", ["forbidden", "gone", "teapot", "login wanted", "brotli", "gzip bomb"])
def test_what_does_not_get_better_is_asked_for_once(world: Any, visit: Any, behaviour: str) -> None:
    world.behave("https://firm.example/", behaviour)
    with pytest.raises(CollectorError):
        visit("https://firm.example/")
    assert len(world.asked) == 1


CHUNKS = {
    "huge chunk": b"fffffffffffffff\r\nabc",
    "impossible chunk": b"f" * 30 + b"\r\nabc",
    "negative chunk": b"-5\r\nabc\r\n0\r\n\r\n",
    "chunk longer than said": b"3\r\nabcdef\r\n0\r\n\r\n",
    "endless chunk extension": b"3;" + b"a" * 300_000,
    "endless trailers": b"3\r\nabc\r\n0\r\n" + b"X-Trailer: a\r\n" * 20_000,
}


@pytest.mark.parametrize("chunks", CHUNKS.values(), ids=CHUNKS.keys())
def test_chunks_that_do_not_add_up_are_no_body(world: Any, visit: Any, chunks: bytes) -> None:
    async def answer(talk: Any) -> None:
        await talk.start(200, {"content-type": "application/json"})
        await talk.raw(chunks)
        talk.over = True

    world.behave("http://odd.example/", answer)
    with pytest.raises(Truncated):
        visit("http://odd.example/")


def test_a_switch_to_another_protocol_is_no_page(world: Any, visit: Any) -> None:
    async def answer(talk: Any) -> None:
        await talk.raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\nhello")
        talk.over = True

    world.behave("http://odd.example/", answer)
    with pytest.raises(Transient):
        visit("http://odd.example/")


@pytest.mark.parametrize(
    ("url", "error"), [("https://odd.example:80/", Deadline), ("http://odd.example:443/", Transient)]
)
def test_a_port_that_speaks_something_else_is_given_up_and_left(
    world: Any, haste: FetchSettings, url: str, error: type[CollectorError]
) -> None:
    async def run() -> None:
        total_s = 0.4 if error is Deadline else 10.0
        async with Door(dataclasses.replace(haste, total_s=total_s, attempts=1), network=world.network) as door:
            with pytest.raises(error):
                await door.fetch(Request(url))
            await asyncio.sleep(0.1)
            assert not world.open  # while the door is still in use

    asyncio.run(run())


def test_a_certificate_for_another_name_is_refused_before_anything_is_asked(world: Any, visit: Any) -> None:
    with pytest.raises(BadResponse, match="certificate"):
        visit("https://untrusted.example/")
    assert world.asked == []


def test_a_certificate_of_an_unknown_authority_is_refused(world: Any, haste: FetchSettings) -> None:
    from scrapers.fetch import Network

    network = Network(world.network.lookup, world.network.backend)  # trusts what the system trusts

    async def run() -> Capture:
        async with Door(haste, network=network) as door:
            return await door.fetch(Request("https://forum.example/"))

    with pytest.raises(BadResponse, match="certificate"):
        asyncio.run(run())
    assert world.asked == []


# -- addresses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("addresses", "error"),
    [
        (["127.0.0.1"], BlockedAddress),
        (["93.184.216.34", "10.0.0.1"], BlockedAddress),
        (["64:ff9b::7f00:1"], BlockedAddress),
        ([], NotFound),
    ],
)
def test_a_name_that_leads_inside_is_not_followed(world: Any, visit: Any, addresses: list[str], error: Any) -> None:
    world.names["inside.example"] = addresses
    world.serve("https://outside.example/", "", 302, headers={"location": "https://inside.example/"})
    for url in ("http://inside.example/", "https://outside.example/"):
        with pytest.raises(error):
            visit(url)
    assert [url for url, _ in world.asked] == ["https://outside.example/"]


def test_a_name_that_changes_its_address_is_checked_for_every_connection(world: Any, visit: Any) -> None:
    """DNS rebinding: public when it is asked for first, this machine for the next hop."""

    async def rebind(talk: Any) -> None:
        world.names["rebind.example"] = ["127.0.0.1"]
        await talk.reply(302, {"location": "/again"})

    world.behave("http://rebind.example/", rebind)
    world.serve("http://rebind.example/again", "secret")
    with pytest.raises(BlockedAddress):
        visit("http://rebind.example/")
    assert len(world.asked) == 1


@pytest.mark.shared
def test_a_redirect_to_any_known_attack_connects_to_no_private_address(
    shared: Path, world: Any, haste: FetchSettings
) -> None:
    """Each entry as the Location of a public page; names in the lists are taken to lead to a metadata service."""
    cases = [
        case
        for name in ("ssrf", "open_redirect")
        for case in json.loads((shared / f"suites/cases/{name}.json").read_text("utf-8"))
    ]
    answers: list[object] = []

    async def lookup(host: str, _port: int) -> list[str]:
        return ["93.184.216.34" if host == "open.example" else "169.254.169.254"]

    network = dataclasses.replace(world.network, lookup=lookup)

    async def attempt(door: Door, number: int) -> object:
        try:
            return await door.fetch(Request(f"http://open.example/{number}"))
        except CollectorError as error:
            return error

    async def run() -> None:
        async with Door(dataclasses.replace(haste, attempts=1), network=network) as door:
            answers.extend([await attempt(door, number) for number in range(len(cases))])

    for number, case in enumerate(cases):
        target = re.sub(r"[\r\n\0]", "", case).encode().decode("latin-1")
        world.serve(f"http://open.example/{number}", "", 302, headers={"location": target})
    asyncio.run(run())
    assert len(answers) == len(cases) > 250
    assert set(network.backend.connected) <= {("93.184.216.34", 80), ("93.184.216.34", 443)}


@pytest.mark.shared
def test_the_door_connects_to_no_known_attack(shared: Path, world: Any, haste: FetchSettings) -> None:
    """Every name in the list is taken to resolve to a metadata service."""
    cases = json.loads((shared / "suites/cases/ssrf.json").read_text("utf-8"))
    network = world.network

    async def metadata(_host: str, _port: int) -> list[str]:
        return ["169.254.169.254"]

    async def run() -> None:
        async with Door(haste, network=dataclasses.replace(network, lookup=metadata)) as door:
            for url in cases:
                with pytest.raises(BlockedAddress):
                    await door.fetch(Request(url))

    asyncio.run(run())
    assert network.backend.connected == []
