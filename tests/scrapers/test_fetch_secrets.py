"""Keys travel to their own host alone, and what has not changed is not fetched again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from scrapers.errors import (
    BadResponse,
    CollectorError,
)
from scrapers.fetch import Door, FetchSettings
from scrapers.protocol import Request

if TYPE_CHECKING:
    from storage.nouns import Capture

SCHEMES = ("http", "https")


def keyed(url: str) -> Request:
    return Request(
        url,
        headers={"X-Custom": "CANARY-custom"},
        secrets={"Authorization": "Bearer CANARY-auth", "Cookie": "id=CANARY-cookie", "X-API-Key": "CANARY-header"},
        secret_params={"key": "CANARY/param 1"},
    )


@pytest.mark.parametrize(
    ("origin", "elsewhere"),
    [
        ("https://api.example", "https://other.example"),
        ("https://api.example", "http://api.example"),
        ("http://api.example", "https://api.example"),
        ("https://api.example", "https://api.example:8443"),
        ("https://api.example", "https://sub.api.example"),
    ],
    ids=["host", "to http", "to https", "port", "subdomain"],
)
def test_secrets_never_travel_to_another_host_scheme_or_port(
    world: Any, visit: Any, origin: str, elsewhere: str
) -> None:
    world.secret_params = {"key", "echo"}
    there = f"{elsewhere}/there?echo=CANARY%2Fparam%201&echo=CANARY/param+1"
    world.serve(f"{origin}/a", "", 302, headers={"location": there})
    world.serve(f"{elsewhere}/there", "", 302, headers={"location": f"{origin}/back"})
    world.serve(f"{origin}/back", "{}")
    assert visit(keyed(f"{origin}/a")).status == 200
    assert "CANARY-auth" in str(world.asked[0])
    assert "CANARY%2Fparam" in str(world.asked[0])
    assert "CANARY" not in str(world.asked[1:])


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_log_capture_or_message_holds_a_secret(
    world: Any, visit: Any, scheme: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    echo = "CANARY-auth CANARY/param 1 CANARY%2Fparam%201 CANARY-header"
    world.serve(f"{scheme}://api.example/a", f'{{"you sent": "{echo}"}}', headers={"x-echo": echo})
    told = [repr(visit(keyed(f"{scheme}://api.example/a")))]
    for behaviour in (
        "forbidden",
        "busy",
        "cut body",
        "redirect to loopback",
        "too many requests for hours",
        "not gzip",
    ):
        world.behave(f"{scheme}://api.example/b", behaviour)
        with pytest.raises(CollectorError) as caught:
            visit(keyed(f"{scheme}://api.example/b"))
        told.append(f"{caught.value!r} {caught.value} {getattr(caught.value, 'capture', '')!r}")
    assert "CANARY" not in " ".join([*told, caplog.text])
    assert "GET" in caplog.text  # something is logged


def test_cookies_are_neither_kept_nor_sent_back(world: Any, haste: FetchSettings) -> None:
    world.serve("https://shop.example/a", "{}", headers={"set-cookie": "id=tracked"})
    world.serve("https://shop.example/b", "", 302, headers={"set-cookie": "id=tracked", "location": "/a"})

    async def run() -> list[Capture]:
        async with Door(haste, network=world.network) as door:
            return [await door.fetch(Request(f"https://shop.example/{page}")) for page in "aba"]

    captures = asyncio.run(run())
    assert "tracked" not in f"{world.asked} {captures}"
    assert len(world.asked) == 4


# -- conditional requests ---------------------------------------------------------------------------------------------

KNOWN = {"If-None-Match": '"é7"', "If-Modified-Since": "Wed, 21 Oct 2015 07:28:00 GMT"}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_has_not_changed_comes_back_as_304_and_the_connection_is_used_again(
    world: Any, haste: FetchSettings, scheme: str
) -> None:
    for number in range(3):
        world.serve(f"{scheme}://news.example/{number}", "news", headers={"ETag": '"é7"'})

    async def run() -> list[Capture]:
        async with Door(haste, network=world.network) as door:
            pages = [f"{scheme}://news.example/{number}" for number in range(3)]
            return [await door.fetch(Request(page, headers=KNOWN)) for page in pages]

    captures = asyncio.run(run())
    assert [(one.status, one.body, one.complete) for one in captures] == [(304, b"", True)] * 3
    assert captures[0].headers["etag"] == '"é7"'
    assert world.connections == 1


def test_conditions_stay_with_the_origin_they_are_from(world: Any, visit: Any) -> None:
    world.serve("https://news.example/old", "", 301, headers={"location": "/new"})
    world.serve("https://news.example/new", "", 301, headers={"location": "https://mirror.example/new"})
    world.serve("https://mirror.example/new", "news", headers={"ETag": '"é7"'})
    assert visit(Request("https://news.example/old", headers=KNOWN)).status == 200
    assert ["if-none-match" in headers for _, headers in world.asked] == [True, True, False]


@pytest.mark.parametrize("status", [304, 206])
def test_an_answer_that_was_not_asked_for_is_no_page(world: Any, visit: Any, status: int) -> None:
    """Unasked, 304 would look like a page that has not changed, and 206 like the whole of one."""
    world.serve("https://news.example/", "" if status == 304 else "a part", status)
    with pytest.raises(BadResponse, match="not asked for"):
        visit("https://news.example/")


def test_a_header_out_of_order_is_made_harmless(world: Any, visit: Any) -> None:
    async def answer(talk: Any) -> None:
        fields = [(":status", "200"), ("etag", '"a\r\nb\0"'), ("bad name\n", "x"), ("content-type", "text/plain")]
        talk.link.config.validate_outbound_headers = False
        talk.link.config.normalize_outbound_headers = False
        talk.link.send_headers(talk.stream, fields)
        await talk.send(b"text")
        await talk.end()

    world.behave("https://news.example/", answer)
    capture = visit("https://news.example/")
    assert capture.headers == {"etag": '"a  b "', "content-type": "text/plain"}
