from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from scrapers.errors import Blocked, RateLimited, Transient
from scrapers.fetch import Door, FetchSettings
from scrapers.pace import retry_after
from scrapers.protocol import Request

if TYPE_CHECKING:
    from collections.abc import Callable

RULES = (
    b"User-agent: *\nDisallow: /\n\nUser-agent: minyi\nDisallow: /private/\nDisallow: /search?\nAllow: /private/open\n"
)


@pytest.fixture
def obeying(fetch: Callable[..., object]) -> Callable[..., object]:
    return lambda asked, **changed: fetch(asked, obey_robots=True, **changed)


def test_what_robots_txt_forbids_is_not_asked_for(site: Any, obeying: Any, say: Any) -> None:
    site.pages["/robots.txt"] = say(RULES, media="text/plain")
    with pytest.raises(Blocked, match="robots"):
        obeying(f"{site.url}/private/a")
    with pytest.raises(Blocked, match="robots"):
        obeying(f"{site.url}/search?q=a")
    assert set(site.asked) == {"/robots.txt"}


def test_what_robots_txt_allows_is(site: Any, obeying: Any, say: Any) -> None:
    site.pages |= {"/robots.txt": say(RULES, media="text/plain"), "/private/open": say()}
    assert obeying(f"{site.url}/private/open").status == 200


@pytest.mark.parametrize("status", ["404 Not Found", "401 Unauthorized", "403 Forbidden"])
def test_a_site_without_rules_allows_everything(site: Any, obeying: Any, say: Any, status: str) -> None:
    site.pages |= {"/robots.txt": say(b"User-agent: *\nDisallow: /\n", status=status), "/": say()}
    assert obeying(f"{site.url}/").status == 200


@pytest.mark.parametrize("status", ["503 Busy", "500 Oops", "429 Slow", "408 Timeout", "304 Known", "206 Part"])
def test_rules_that_cannot_be_read_mean_stop(site: Any, obeying: Any, say: Any, status: str) -> None:
    site.pages |= {"/robots.txt": say(status=status), "/": say()}
    with pytest.raises(Blocked, match="cannot be read"):
        obeying(f"{site.url}/")
    assert "/" not in site.asked


def test_rules_cut_short_mean_stop(site: Any, obeying: Any, say: Any) -> None:
    site.pages |= {"/robots.txt": b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nX-Cut: 1\r\n\r\nUser-agent", "/": say()}
    with pytest.raises(Blocked, match="broke off"):
        obeying(f"{site.url}/")


def test_silence_means_stop(site: Any, obeying: Any, say: Any, behaviours: Any) -> None:
    site.pages |= {"/robots.txt": behaviours["silent"], "/": say()}
    with pytest.raises(Transient):
        obeying(f"{site.url}/", total_s=0.3)
    assert "/" not in site.asked


def test_rules_of_any_length_and_any_bytes_are_read(site: Any, obeying: Any, say: Any) -> None:
    rules = b"User-agent: *\nDisallow: /private/\n" + b"# \xff\xfe\n" * 200_000
    site.pages |= {"/robots.txt": say(rules, media="text/plain"), "/": say()}
    assert obeying(f"{site.url}/").status == 200
    with pytest.raises(Blocked):
        obeying(f"{site.url}/private/")


def test_rules_may_begin_with_a_byte_order_mark(site: Any, obeying: Any, say: Any) -> None:
    site.pages["/robots.txt"] = say(b"\xef\xbb\xbfUser-agent: *\nDisallow: /\n", media="text/plain")
    with pytest.raises(Blocked):
        obeying(f"{site.url}/")


def test_a_page_where_rules_should_be_forbids_nothing(site: Any, obeying: Any, say: Any) -> None:
    site.pages |= {"/robots.txt": say(), "/": say()}
    assert obeying(f"{site.url}/").status == 200


@pytest.mark.parametrize("delay", ["inf", "nan", "-5", "1e999", "soon", ""])
def test_a_delay_that_is_none_is_not_kept(site: Any, obeying: Any, say: Any, delay: str) -> None:
    site.pages |= {"/robots.txt": say(f"User-agent: *\nCrawl-delay: {delay}\n".encode()), "/": say()}
    assert obeying(f"{site.url}/").status == 200


def test_a_delay_longer_than_the_run_waits_says_when_to_come_back(
    site: Any, quick: FetchSettings, say: Any, replaced: Any
) -> None:
    site.pages |= {"/robots.txt": say(b"User-agent: *\nCrawl-delay: 1e300\n"), "/": say()}

    async def run() -> None:
        async with Door(replaced(quick, obey_robots=True)) as door:
            assert (await door.fetch(Request(f"{site.url}/"))).status == 200
            await door.fetch(Request(f"{site.url}/"))

    with pytest.raises(RateLimited) as caught:
        asyncio.run(run())
    assert caught.value.retry_at is not None


def test_rules_may_live_behind_a_redirect(site: Any, other: Any, obeying: Any, say: Any, send_to: Any) -> None:
    site.pages["/robots.txt"] = send_to(f"{other.url}/rules")
    other.pages["/rules"] = say(b"User-agent: *\nDisallow: /\n", media="text/plain")
    with pytest.raises(Blocked):
        obeying(f"{site.url}/")


def test_a_redirect_is_checked_by_the_rules_of_the_site_it_leads_to(
    site: Any, other: Any, obeying: Any, say: Any, send_to: Any
) -> None:
    site.pages["/"] = send_to(f"{other.url}/private/a")
    other.pages |= {"/robots.txt": say(RULES, media="text/plain"), "/private/a": say()}
    with pytest.raises(Blocked):
        obeying(f"{site.url}/")
    assert "/private/a" not in other.asked


def test_a_site_is_asked_for_its_rules_once_a_run(site: Any, quick: FetchSettings, say: Any, replaced: Any) -> None:
    site.pages["/"] = say()

    async def run() -> None:
        async with Door(replaced(quick, obey_robots=True)) as door:
            await asyncio.gather(*(door.fetch(Request(f"{site.url}/")) for _ in range(3)))

    asyncio.run(run())
    assert site.asked.count("/robots.txt") == 1


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("5", 5.0),
        (" 5 ", 5.0),
        ("Wed, 21 Oct 2099 07:28:00 GMT", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("9" * 400, 365 * 86_400.0),
        ("soon", "unknown"),
        ("-5", "unknown"),
        ("٣", "unknown"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str | None, seconds: float | str | None) -> None:
    wait = retry_after(value)
    if seconds is None:
        assert wait > 1e9
    else:
        assert wait == (None if seconds == "unknown" else seconds)


def test_robots_txt_speaks_to_crawlers_not_to_who_asks_with_a_key_of_their_own(site: Any, say: Any, fetch: Any) -> None:
    site.pages |= {"/robots.txt": say(b"User-agent: *\nDisallow: /\n"), "/api": say(b"{}")}
    with pytest.raises(Blocked):
        fetch(Request(f"{site.url}/api"), obey_robots=True)
    assert fetch(Request(f"{site.url}/api", keyed=True), obey_robots=True).status == 200
