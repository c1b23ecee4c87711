"""What an answer's status means, and how gently the fetch door asks."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from scrapers.errors import (
    AuthNeeded,
    BadResponse,
    Blocked,
    CollectorError,
    NotFound,
    RateLimited,
    Transient,
)
from scrapers.fetch import Door, FetchSettings, Network
from scrapers.protocol import Request

if TYPE_CHECKING:
    from storage.nouns import Capture

TEXT = "Residents write: 支持！".encode() * 50


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("401 Unauthorized", AuthNeeded),
        ("403 Forbidden", Blocked),
        ("451 Unavailable For Legal Reasons", Blocked),
        ("404 Not Found", NotFound),
        ("410 Gone", NotFound),
        ("429 Too Many Requests", RateLimited),
        ("500 Internal Server Error", Transient),
        ("418 I'm a teapot", BadResponse),
        ("999 Odd", CollectorError),
    ],
)
def test_each_status_has_its_error(site: Any, fetch: Any, say: Any, status: str, error: type[CollectorError]) -> None:
    site.pages["/"] = say(status=status)
    with pytest.raises(error) as caught:
        fetch(f"{site.url}/")
    assert status[:3] in caught.value.what
    assert caught.value.where
    assert caught.value.remedy


@pytest.mark.parametrize("headers", [{"Content_Encoding": "br"}, {"Content_Encoding": "gzip"}])
def test_an_unreadable_error_page_does_not_hide_its_status(site: Any, fetch: Any, say: Any, headers: Any) -> None:
    site.pages["/"] = say(status="404 Not Found", **headers)
    with pytest.raises(NotFound):
        fetch(f"{site.url}/")


def test_too_many_requests_says_when_to_come_back(site: Any, fetch: Any, say: Any) -> None:
    site.pages["/"] = say(status="429 Slow", Retry_After="0")
    with pytest.raises(RateLimited) as caught:
        fetch(f"{site.url}/")
    assert abs(caught.value.retry_at.timestamp() - time.time()) < 5
    assert len(site.seen) == 3


def test_a_host_with_a_chinese_name_and_path_is_asked_in_ascii(site: Any, say: Any) -> None:
    async def lookup(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    site.pages["/%E8%B7%AF?q=%E4%B8%AD"] = say(TEXT)
    settings = FetchSettings(allow=(site.endpoint,), obey_robots=False)

    async def run() -> Capture:
        async with Door(settings, network=Network(lookup=lookup)) as door:
            return await door.fetch(Request(f"http://例子.中国:{site.port}/路?q=中"))

    assert asyncio.run(run()).body == TEXT
    assert "host: xn--fsqu00a.xn--fiqs8s" in site.seen[0].lower()


def test_not_modified_is_an_answer(site: Any, fetch: Any) -> None:
    site.pages["/"] = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'
    assert fetch(Request(f"{site.url}/", headers={"If-None-Match": '"1"'})).status == 304


def test_a_server_that_recovers_is_asked_again(site: Any, fetch: Any, say: Any) -> None:
    site.pages["/"] = [say(status="503 Busy"), say(status="429 Slow", Retry_After="0"), say(TEXT)]
    assert fetch(f"{site.url}/").body == TEXT
    assert len(site.seen) == 3


def test_what_will_not_get_better_is_asked_once(site: Any, fetch: Any) -> None:
    with pytest.raises(NotFound):
        fetch(f"{site.url}/missing")
    assert len(site.seen) == 1


def test_a_dead_port_is_transient(site: Any, fetch: Any, free_port: int) -> None:
    with pytest.raises(Transient):
        fetch(f"http://127.0.0.1:{free_port}/", allow=("127.0.0.0/8",))


def test_a_long_retry_after_ends_the_source_and_says_when_to_come_back(site: Any, fetch: Any, say: Any) -> None:
    site.pages["/"] = say(status="429 Slow", Retry_After="7200")
    with pytest.raises(RateLimited) as caught:
        fetch(f"{site.url}/")
    wait = caught.value.retry_at.timestamp() - time.time()
    assert 7100 < wait < 7300
    assert len(site.seen) == 1


def _many(settings: FetchSettings, urls: list[str]) -> list[Capture]:
    async def run() -> list[Capture]:
        async with Door(settings) as door:
            return await asyncio.gather(*(door.fetch(Request(url)) for url in urls))

    return asyncio.run(run())


def test_a_host_gets_one_request_at_a_time_with_a_pause_between(
    site: Any, other: Any, quick: FetchSettings, say: Any, replaced: Any
) -> None:
    site.pages["/"] = other.pages["/"] = say()
    _many(replaced(quick, min_interval_s=0.15), [f"{site.url}/"] * 3 + [f"{other.url}/"] * 3)
    for one in (site, other):
        assert all(later - sooner >= 0.15 for sooner, later in pairwise(one.times))
    assert max(site.times[0], other.times[0]) < min(site.times[-1], other.times[-1])  # both hosts at once
    assert site.busiest == other.busiest == 1


def test_a_crawl_delay_is_kept(site: Any, quick: FetchSettings, say: Any, replaced: Any) -> None:
    site.pages["/robots.txt"] = say(b"User-agent: *\nCrawl-delay: 0.2\n", media="text/plain")
    site.pages["/"] = say()
    _many(replaced(quick, obey_robots=True), [f"{site.url}/"] * 2)
    assert site.times[-1] - site.times[-2] >= 0.2


def test_a_dead_host_does_not_hold_up_another(
    site: Any, other: Any, quick: FetchSettings, say: Any, replaced: Any, behaviours: Any
) -> None:
    site.pages["/"] = behaviours["silent"]
    other.pages["/"] = say()
    done: list[str] = []

    async def run() -> None:
        async with Door(replaced(quick, total_s=1.5)) as door:

            async def one(url: str) -> None:
                try:
                    await door.fetch(Request(url))
                finally:
                    done.append(url)

            await asyncio.gather(one(f"{site.url}/"), one(f"{other.url}/"), return_exceptions=True)

    asyncio.run(run())
    assert done == [f"{other.url}/", f"{site.url}/"]


def test_proxies_of_the_environment_are_not_used(
    site: Any, fetch: Any, say: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    site.pages["/"] = say(TEXT)
    assert fetch(f"{site.url}/").body == TEXT


def test_a_post_carries_its_body_and_becomes_a_get_when_redirected(
    site: Any, fetch: Any, say: Any, send_to: Any
) -> None:
    async def reading(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(3) == b"a=1"
        writer.write(send_to("/done"))
        await writer.drain()

    site.pages["/"] = reading
    site.pages["/done"] = say(TEXT)
    assert fetch(Request(f"{site.url}/", method="POST", body=b"a=1")).body == TEXT
    assert [head.split(" ")[0] for head in site.seen] == ["POST", "GET"]
