"""The fetch door against one site: what a capture holds, bodies, time, and redirects."""

from __future__ import annotations

import asyncio
import gzip
import time
from typing import Any

import pytest

from scrapers.errors import (
    BadRedirect,
    BadResponse,
    BlockedAddress,
    Deadline,
    NotFound,
    SettingsError,
    TooLarge,
    Transient,
    Truncated,
)
from scrapers.fetch import FetchSettings
from scrapers.protocol import Request

TEXT = "Residents write: 支持！".encode() * 50


def test_a_page_comes_back_whole_with_what_a_later_reading_needs(site: Any, fetch: Any, say: Any) -> None:
    site.pages["/a"] = say(TEXT, media="text/plain; charset=utf-8", ETag='"1"', Set_Cookie="id=1")
    before = time.time() * 1000
    capture = fetch(f"{site.url}/a")
    assert (capture.status, capture.body, capture.complete) == (200, TEXT, True)
    assert capture.url == capture.final_url == f"{site.url}/a"
    assert capture.headers["content-type"] == "text/plain; charset=utf-8"
    assert capture.headers["etag"] == '"1"'
    assert "set-cookie" not in capture.headers
    assert before - 1 <= capture.fetched_at <= time.time() * 1000 + 1


def test_the_door_says_who_asks_and_takes_gzip_only(site: Any, fetch: Any, say: Any) -> None:
    site.pages["/"] = say()
    fetch(Request(f"{site.url}/", headers={"Accept-Encoding": "br", "Accept": "text/html"}))
    head = site.seen[0].lower()
    assert "(+press@example.org)" in head
    assert "accept-encoding: gzip\r\n" in head
    assert "accept: text/html" in head


def test_a_contact_cannot_smuggle_in_a_header() -> None:
    with pytest.raises(SettingsError):
        FetchSettings(contact="me\r\nCookie: a=b")


# -- bodies -----------------------------------------------------------------------------------------------------------


def test_a_gzip_body_is_inflated(site: Any, fetch: Any, say: Any) -> None:
    site.pages["/"] = say(gzip.compress(TEXT), Content_Encoding="gzip")
    assert fetch(f"{site.url}/").body == TEXT


def test_gzip_of_several_members_and_padding_is_one_body(site: Any, fetch: Any, say: Any) -> None:
    site.pages["/"] = say(gzip.compress(TEXT) + gzip.compress(TEXT) + bytes(20), Content_Encoding="gzip")
    assert fetch(f"{site.url}/").body == TEXT * 2


def test_an_empty_body_is_complete(site: Any, fetch: Any, say: Any) -> None:
    site.pages["/"] = say(b"", Content_Encoding="gzip")
    assert fetch(f"{site.url}/").body == b""


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip", ", ".join(["gzip"] * 500), "x"])
def test_an_encoding_that_was_not_asked_for_is_refused(site: Any, fetch: Any, say: Any, encoding: str) -> None:
    site.pages["/"] = say(b"anything", Content_Encoding=encoding)
    with pytest.raises(BadResponse, match="not asked for"):
        fetch(f"{site.url}/")


def test_a_gzip_bomb_stops_at_the_cap(site: Any, fetch: Any, say: Any) -> None:
    bomb = gzip.compress(bytes(16 << 20), compresslevel=9)
    site.pages["/"] = say(bomb, Content_Encoding="gzip")
    with pytest.raises(TooLarge) as caught:
        fetch(f"{site.url}/")
    assert len(caught.value.capture.body) <= 100_001
    assert not caught.value.capture.complete


def test_gzip_in_gzip_is_inflated_once(site: Any, fetch: Any, say: Any) -> None:
    inner = gzip.compress(bytes(16 << 20), compresslevel=9)
    site.pages["/"] = say(gzip.compress(inner), Content_Encoding="gzip")
    assert fetch(f"{site.url}/").body == inner


def test_a_body_over_the_cap_ends_at_the_cap(site: Any, fetch: Any, say: Any) -> None:
    site.pages["/"] = say(bytes(300_000))
    with pytest.raises(TooLarge) as caught:
        fetch(f"{site.url}/")
    assert 100_000 < len(caught.value.capture.body) < 200_000


def test_a_request_may_have_its_own_cap(site: Any, fetch: Any, say: Any) -> None:
    site.pages["/"] = say(bytes(200_000))
    assert len(fetch(Request(f"{site.url}/", cap_bytes=200_000)).body) == 200_000
    with pytest.raises(TooLarge):
        fetch(Request(f"{site.url}/", cap_bytes=199_999))


@pytest.mark.parametrize(
    "page",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nX-Cut: 1\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\nabc",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Encoding: gzip\r\n\r\n"
        + gzip.compress(TEXT * 9, mtime=0)[:40],
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(TEXT, mtime=0)[:-4],
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/html\r\n\r\n<html><p>abc</p>",
        b'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n\r\n{"a": 1',
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/csv\r\n\r\ntext,time\nab",
    ],
    ids=["length", "chunked", "gzip", "gzip trailer", "html", "json", "csv"],
)
def test_a_body_cut_short_is_never_passed_off_as_complete(site: Any, fetch: Any, page: bytes) -> None:
    site.pages["/"] = page
    with pytest.raises(Truncated) as caught:
        fetch(f"{site.url}/", attempts=1)
    assert not caught.value.capture.complete


@pytest.mark.parametrize(
    ("media", "body"),
    [("text/html", b"<p>abc</body></html>\n"), ("application/json", b'{"a": 1}\n'), ("text/csv", b"text\nab\n")],
)
def test_a_body_without_a_length_is_complete_when_it_has_an_end_of_its_own(
    site: Any, fetch: Any, media: str, body: bytes
) -> None:
    site.pages["/"] = f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: {media}\r\n\r\n".encode() + body
    assert fetch(f"{site.url}/").body == body


def test_what_is_not_gzip_is_refused(site: Any, fetch: Any, say: Any) -> None:
    site.pages["/"] = say(b"not gzip at all", Content_Encoding="gzip")
    with pytest.raises(BadResponse, match="not the gzip"):
        fetch(f"{site.url}/")


def test_a_reset_in_the_body_is_a_truncation(site: Any, fetch: Any, behaviours: Any) -> None:
    site.pages["/"] = behaviours["reset"]
    with pytest.raises(Truncated):
        fetch(f"{site.url}/")


def test_an_endless_body_ends_at_the_cap(site: Any, fetch: Any, behaviours: Any) -> None:
    site.pages["/"] = behaviours["endless body"]
    with pytest.raises(TooLarge):
        fetch(f"{site.url}/")


@pytest.mark.parametrize(
    "head",
    [b"X-Long: " + b"a" * (5 << 20), b"".join(b"X%d: a\r\n" % number for number in range(200_000))],
    ids=["long", "many"],
)
def test_a_huge_header_is_refused(site: Any, fetch: Any, head: bytes) -> None:
    site.pages["/"] = b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n"
    with pytest.raises(Transient, match="keep to HTTP"):
        fetch(f"{site.url}/", attempts=1)


def test_thousands_of_early_hints_do_not_hide_the_answer_or_hang(site: Any, fetch: Any, say: Any) -> None:
    site.pages["/"] = b"HTTP/1.1 103 Early Hints\r\n\r\n" * 3000 + say(TEXT)
    assert fetch(f"{site.url}/").body == TEXT


# -- time -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("behaviour", ["silent", "slow headers", "slow body"])
def test_a_server_that_takes_its_time_is_given_up(
    site: Any, fetch: Any, within: Any, behaviours: Any, behaviour: str
) -> None:
    site.pages["/"] = behaviours[behaviour]
    with within(10, time.monotonic), pytest.raises(Deadline):
        fetch(f"{site.url}/", total_s=0.3)


def test_the_deadline_covers_all_hops_and_attempts(
    site: Any, fetch: Any, behaviours: Any, say: Any, send_to: Any
) -> None:
    async def halting(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.2)
        writer.write(send_to("/"))
        await writer.drain()

    site.pages["/"] = halting
    with pytest.raises(Deadline):
        fetch(f"{site.url}/", total_s=0.5)
    assert len(site.seen) <= 3


# -- redirects --------------------------------------------------------------------------------------------------------


def test_a_redirect_is_followed_and_both_ends_are_kept(
    site: Any, other: Any, fetch: Any, say: Any, send_to: Any
) -> None:
    site.pages["/old"] = send_to(f"{other.url}/new#part")
    other.pages["/new"] = say(TEXT)
    capture = fetch(f"{site.url}/old")
    assert (capture.url, capture.final_url) == (f"{site.url}/old", f"{other.url}/new")
    assert capture.body == TEXT


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.1:{port}/secret", "http://2130706433:{port}/", "http://[::1]:{port}/", "http://169.254.169.254/"],
)
def test_a_redirect_to_a_private_address_opens_no_connection(
    site: Any, other: Any, fetch: Any, send_to: Any, target: str
) -> None:
    site.pages["/"] = send_to(target.format(port=other.port))
    with pytest.raises(BlockedAddress):
        fetch(f"{site.url}/", allow=(site.endpoint,))
    assert not other.seen
    assert other.busiest == 0


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://example.org/", "data:text/html,x", "gopher://x/"])
def test_a_redirect_out_of_the_web_is_refused(site: Any, fetch: Any, send_to: Any, target: str) -> None:
    site.pages["/"] = send_to(target)
    with pytest.raises(BadRedirect):
        fetch(f"{site.url}/")


def test_a_redirect_loop_ends_after_five_hops(site: Any, fetch: Any, send_to: Any) -> None:
    site.pages["/"] = send_to("/")
    with pytest.raises(BadRedirect, match="5 redirects"):
        fetch(f"{site.url}/")
    assert len(site.seen) == 6


def _with_secrets(url: str) -> Request:
    return Request(
        url,
        headers={"X-Custom": "CANARY-custom"},
        secrets={"Authorization": "Bearer CANARY-auth", "Cookie": "id=CANARY-cookie", "X-API-Key": "CANARY-key"},
        secret_params={"key": "CANARY-param"},
    )


def test_secrets_go_to_the_origin_they_are_for(site: Any, fetch: Any, say: Any, send_to: Any) -> None:
    site.pages["/?key=CANARY-param"] = send_to("/here")
    site.pages["/here?key=CANARY-param"] = say()
    fetch(_with_secrets(f"{site.url}/"))
    assert all("CANARY-auth" in head and "CANARY-param" in head for head in site.seen)


def test_secrets_never_travel_to_another_origin(site: Any, other: Any, fetch: Any, say: Any, send_to: Any) -> None:
    site.pages["/?key=CANARY-param"] = send_to(f"{other.url}/there")
    other.pages["/there"] = send_to(f"{site.url}/back")
    site.pages["/back"] = say()
    fetch(_with_secrets(f"{site.url}/"))
    assert "CANARY" not in other.seen[0]
    assert "CANARY" not in site.seen[1]


def test_secrets_stay_out_of_captures_and_messages(
    site: Any, fetch: Any, say: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    site.pages["/?key=CANARY-param"] = say(X_Echo="CANARY-auth and CANARY-param")
    capture = fetch(_with_secrets(f"{site.url}/"))
    with pytest.raises(NotFound) as caught:
        fetch(_with_secrets(f"{site.url}/missing"))
    told = f"{capture!r} {caught.value} {_with_secrets('http://a/')!r} {caplog.text}"
    assert not [secret for secret in ("auth", "cookie", "key", "param") if f"CANARY-{secret}" in told]
