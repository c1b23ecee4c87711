"""HTTP/2: spoken where a site offers it, and no way round any rule of the door."""

from __future__ import annotations

import asyncio
import dataclasses
import gzip
from typing import TYPE_CHECKING, Any

import pytest

from scrapers.errors import CollectorError, Deadline, TooLarge, Truncated
from scrapers.fetch import Door, FetchSettings
from scrapers.protocol import Request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.nouns import Capture

SITE = "https://forum.example"


def fetched(settings: FetchSettings, world: Any, asked: Sequence[str | Request]) -> list[Capture | CollectorError]:
    """One after the other, through one door."""

    async def run() -> list[Capture | CollectorError]:
        answers: list[Capture | CollectorError] = []
        async with Door(settings, network=world.network) as door:
            for one in asked:
                try:
                    answers.append(await door.fetch(Request(one) if isinstance(one, str) else one))
                except CollectorError as error:
                    answers.append(error)
        return answers

    return asyncio.run(run())


def test_it_is_spoken_where_it_is_offered(world: Any, haste: FetchSettings) -> None:
    for url in (f"{SITE}/", "http://plain.example/"):
        world.serve(url, "[]")
    fetched(haste, world, [f"{SITE}/", "http://plain.example/"])
    assert world.protocols == ["h2", "http/1.1"]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_host_has_one_connection_however_many_ask(world: Any, haste: FetchSettings, scheme: str) -> None:
    busy = []

    async def alone(talk: Any) -> None:
        busy.append(talk.url)
        await asyncio.sleep(0.01)
        assert busy == [talk.url]  # one request at a time
        busy.clear()
        await talk.reply(200, {"content-type": "text/plain"}, b"fine")

    urls = [f"{scheme}://forum.example/{number}" for number in range(10)]
    for url in urls:
        world.behave(url, alone)

    async def run() -> list[Capture]:
        async with Door(haste, network=world.network) as door:
            return await asyncio.gather(*(door.fetch(Request(url)) for url in urls))

    assert [one.body for one in asyncio.run(run())] == [b"fine"] * 10
    assert world.connections == 1


def test_several_hosts_are_asked_at_once(world: Any, haste: FetchSettings) -> None:
    """Each answers only when all of them have been asked."""
    asked = []

    async def together(talk: Any) -> None:
        asked.append(talk.url)
        while len(asked) < 30:  # noqa: ASYNC110  the world's loop, not the test's
            await asyncio.sleep(0.005)
        await talk.reply(200, {}, b"fine")

    urls = [f"http://host{number}.example/" for number in range(30)]
    for url in urls:
        world.behave(url, together)

    async def run() -> list[Capture]:
        async with Door(dataclasses.replace(haste, total_s=8), network=world.network) as door:
            return await asyncio.gather(*(door.fetch(Request(url)) for url in urls))

    assert len(asyncio.run(run())) == 30


@pytest.mark.parametrize(
    ("trouble", "error"), [("endless body", TooLarge), ("gzip bomb", TooLarge), ("slow body", Deadline)]
)
def test_an_answer_given_up_does_not_hold_up_the_next(
    world: Any, haste: FetchSettings, trouble: str, error: type[CollectorError]
) -> None:
    """What is left of it would fill the connection, or come after all: the next request gets a new connection."""
    world.behave(f"{SITE}/bad", trouble)
    world.serve(f"{SITE}/good", bytes(50_000))
    settings = dataclasses.replace(haste, total_s=20, attempts=1)
    bad = Request(f"{SITE}/bad", total_s=0.4 if error is Deadline else None)  # a good one may take its time
    answers = fetched(settings, world, [bad, f"{SITE}/good"] * 3)
    assert [type(one) for one in answers[::2]] == [error] * 3
    assert [len(one.body) for one in answers[1::2]] == [50_000] * 3  # type: ignore[union-attr]
    assert world.connections == 4


def test_a_body_shorter_than_its_length_is_cut(world: Any, haste: FetchSettings) -> None:
    async def short(talk: Any) -> None:
        await talk.start(200, {"content-type": "application/json", "content-length": "100"})
        await talk.send(b'{"items": []}')
        talk.link.config.validate_outbound_headers = False
        await talk.end()

    world.behave(f"{SITE}/", short)
    (error,) = fetched(haste, world, [f"{SITE}/"])
    assert isinstance(error, Truncated)


def test_the_end_of_a_stream_is_the_end_of_a_body_without_length(world: Any, haste: FetchSettings) -> None:
    async def answer(talk: Any) -> None:
        await talk.start(200, {"content-type": "text/plain"})
        await talk.send(b"no end mark")
        await talk.end()

    world.behave(f"{SITE}/", answer)
    (capture,) = fetched(haste, world, [f"{SITE}/"])
    assert isinstance(capture, CollectorError) is False
    assert capture.body == b"no end mark"  # type: ignore[union-attr]


def test_gzip_is_inflated_whatever_the_frames(world: Any, haste: FetchSettings) -> None:
    text = "支持！".encode() * 9_000
    packed = gzip.compress(text)

    async def answer(talk: Any) -> None:
        await talk.start(200, {"content-type": "text/plain", "content-encoding": "gzip"})
        for start in range(0, len(packed), 7):
            await talk.send(packed[start : start + 7])
        await talk.end()

    world.behave(f"{SITE}/", answer)
    (capture,) = fetched(haste, world, [f"{SITE}/"])
    assert capture.body == text  # type: ignore[union-attr]


def test_a_connection_that_ends_between_two_requests_costs_neither(world: Any, haste: FetchSettings) -> None:
    async def last_one(talk: Any) -> None:
        from h2.errors import ErrorCodes

        await talk.reply(200, {"content-type": "text/plain"}, b"first")
        await asyncio.sleep(0.05)
        await talk.goaway(ErrorCodes.NO_ERROR, last=talk.stream)
        talk.writer.close()

    world.behave(f"{SITE}/first", last_one)
    world.serve(f"{SITE}/second", "second")

    async def run() -> list[bytes]:
        async with Door(haste, network=world.network) as door:
            first = await door.fetch(Request(f"{SITE}/first"))
            await asyncio.sleep(0.1)
            return [first.body, (await door.fetch(Request(f"{SITE}/second"))).body]

    assert asyncio.run(run()) == [b"first", b"second"]
    assert world.urls().count(f"{SITE}/second") == 1


def test_a_connection_that_ends_within_an_answer_costs_a_second_request(world: Any, haste: FetchSettings) -> None:
    """Even where the server says, by its last stream, that it never looked at the request it is answering."""
    from h2.errors import ErrorCodes
    from hostile import says

    async def leaving(talk: Any) -> None:
        await talk.start(200, {"content-type": "application/json"})
        await talk.send(b'{"items": [')
        await talk.goaway(ErrorCodes.NO_ERROR, last=1)

    world.serve(f"{SITE}/first", "first")
    world.behave(f"{SITE}/second", leaving, says(200, b"second"))
    first, second = fetched(haste, world, [f"{SITE}/first", f"{SITE}/second"])
    assert (first.body, second.body) == (b"first", b"second")  # type: ignore[union-attr]


def test_a_misdirected_request_is_made_again_on_a_new_connection(world: Any, haste: FetchSettings) -> None:
    from hostile import says

    world.behave(f"{SITE}/", says(421), says(200, b"found"))
    (capture,) = fetched(haste, world, [f"{SITE}/"])
    assert capture.body == b"found"  # type: ignore[union-attr]
    assert world.connections == 2


def test_broken_encryption_is_a_truncation(world: Any, haste: FetchSettings) -> None:
    async def garbled(talk: Any) -> None:
        await talk.start(200, {"content-type": "application/json"})
        await talk.send(b'{"items": [')
        await asyncio.sleep(0.05)
        talk.writer.transport._ssl_protocol._transport.write(b"\x17\x03\x03\x00\x20" + bytes(32))

    world.behave(f"{SITE}/", garbled)
    (error,) = fetched(haste, world, [f"{SITE}/"])
    assert isinstance(error, Truncated)


def test_a_post_carries_its_body(world: Any, haste: FetchSettings) -> None:
    async def echo(talk: Any) -> None:
        await talk.reply(200, {"content-type": "text/plain"}, talk.method.encode() + b" " + talk.body)

    world.behave(f"{SITE}/", echo)

    async def run() -> Capture:
        async with Door(haste, network=world.network) as door:
            return await door.fetch(Request(f"{SITE}/", method="POST", body=b"a=1"))

    assert asyncio.run(run()).body == b"POST a=1"
