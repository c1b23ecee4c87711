from __future__ import annotations

import asyncio
import json
import socket
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.errors import BlockedAddress, CollectorError, NotFound, SettingsError, Transient
from scrapers.guard import AllowList, GuardedBackend, check_host, checked_url, danger
from scrapers.redact import shown, without, without_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from scrapers.guard import Resolve

PUBLIC = "93.184.216.34"


def resolver(*answers: Sequence[str]) -> Resolve:
    """Answers each question with the next list, the last one again and again."""
    left = list(answers)

    async def lookup(host: str, port: int) -> Sequence[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return lookup


def addresses(host: str, *answers: Sequence[str], allow: Sequence[str] = (), port: int = 80) -> list[str]:
    backend = GuardedBackend(AllowList.of(allow), resolver(*answers))
    return asyncio.run(backend.checked_addresses(host, port))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.127.127.127",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.5.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.100.100.200",
        "192.0.0.192",
        "168.63.129.16",
        "198.18.0.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "192.88.99.1",
        "::1",
        "::",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:93.184.216.34",
        "64:ff9b::7f00:1",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::1",
        "2001:0:7f00:1::1",
        "fe80::1",
        "fec0::1",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "2001:db8::1",
    ],
)
def test_an_address_off_the_public_internet_is_refused(address: str) -> None:
    assert danger(ip_address(address))
    with pytest.raises(BlockedAddress):
        addresses("site.example", [address])


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:4700:4700::1111"])
def test_a_public_address_is_connected_to(address: str) -> None:
    assert addresses("site.example", [address]) == [address]


def test_one_bad_address_among_good_ones_refuses_the_host() -> None:
    with pytest.raises(BlockedAddress):
        addresses("site.example", [PUBLIC, "10.0.0.1"])


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "0177.0.0.1",
        "0o177.0.0.1",
        "0x7f.0.0.1",
        "0x7f000001",
        "127.1",
        "127.0.1",
        "0",
        "425.510.425.510",
        "0xA9.0xFE.0xA9.0xFE",
        "127.0.0.1.",
        "1.2.3.4.5",
        "example.1",
    ],
)
def test_an_odd_spelling_of_an_address_is_refused_without_asking_anyone(host: str) -> None:
    with pytest.raises(BlockedAddress):
        check_host(host)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.org/",
        "gopher://example.org:25/_x",
        "data:text/html,hi",
        "//example.org/",
        "example.org",
        "http://",
        "http:example.org",
        "http://user:pass@example.org/",
        "http://example.org\\@127.0.0.1/",
        "http://exa%6dple.org/",
        "http://[::1",
        "http://example.org:port/",
        "http://①②⑦.⓪.⓪.①/",
        "http://" + "a" * 9000,
        "",
    ],
)
def test_a_url_that_is_not_plainly_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(BlockedAddress):
        checked_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "https://例子.中国/路径?q=中文",
        "http://example.org:8080/a#b",
        "https://1password.example",
    ],
)
def test_an_ordinary_url_passes(url: str) -> None:
    assert checked_url(url).host


@given(st.text(max_size=80))
def test_any_string_is_a_url_or_a_typed_refusal(text: str) -> None:
    for url in (text, f"http://{text}", f"https://example.org/{text}"):
        try:
            checked_url(url)
        except BlockedAddress:
            continue


def test_the_allow_list_names_one_port_or_one_network() -> None:
    assert addresses("127.0.0.1", allow=["127.0.0.1:8080"], port=8080) == ["127.0.0.1"]
    assert addresses("archive.internal", ["10.1.2.3"], allow=["archive.internal:80"]) == ["10.1.2.3"]
    assert addresses("archive.internal", ["10.1.2.3"], allow=["10.1.0.0/16"]) == ["10.1.2.3"]
    assert addresses("::1", allow=["[::1]:80"]) == ["::1"]
    for wrong in (["127.0.0.1:8081"], ["archive.internal:80"], ["10.0.0.0/8"]):
        with pytest.raises(BlockedAddress):
            addresses("127.0.0.1", allow=wrong, port=8080)


@pytest.mark.parametrize("entry", ["127.0.0.1", "10.0.0.1/8", ":80", "host:", "host:x", "a/b"])
def test_an_entry_that_allows_nothing_clear_is_an_error(entry: str) -> None:
    with pytest.raises(SettingsError):
        AllowList.of([entry])


def test_the_address_checked_is_the_address_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: the second answer, to this machine, is never asked for."""
    connected: list[str] = []

    async def connect(_self: object, host: str, *_args: object, **_named: object) -> httpcore.AsyncNetworkStream:
        connected.append(host)
        return httpcore.AsyncMockStream([])

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect)
    backend = GuardedBackend(AllowList(), resolver([PUBLIC], ["127.0.0.1"]))
    asyncio.run(backend.connect_tcp("rebind.example", 80))
    assert connected == [PUBLIC]
    with pytest.raises(BlockedAddress):
        asyncio.run(backend.connect_tcp("rebind.example", 80))
    assert connected == [PUBLIC]


def test_an_address_that_does_not_answer_leaves_time_for_the_next() -> None:
    waited: dict[str, float | None] = {}

    class Half(httpcore.AsyncNetworkBackend):
        async def connect_tcp(self, host: str, _port: int, timeout: float | None = None, *_: object) -> Any:  # noqa: ASYNC109  httpcore's interface
            waited[host] = timeout
            if ":" in host:
                raise httpcore.ConnectTimeout
            return httpcore.AsyncMockStream([])

    backend = GuardedBackend(AllowList(), resolver(["2606:4700:4700::1111", PUBLIC]), Half())
    asyncio.run(backend.connect_tcp("site.example", 443))
    assert waited == {"2606:4700:4700::1111": 5.0, PUBLIC: None}


@pytest.mark.parametrize(("number", "error"), [(socket.EAI_NONAME, NotFound), (socket.EAI_AGAIN, Transient)])
def test_a_name_nobody_has_is_not_a_name_service_that_is_down(number: int, error: type[CollectorError]) -> None:
    async def lookup(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(number, "no")

    with pytest.raises(error):
        asyncio.run(GuardedBackend(AllowList(), lookup).checked_addresses("nobody.example", 80))


@pytest.mark.shared
def test_every_known_attack_is_refused_before_a_connection(shared: Path) -> None:
    """Names in the list are taken to resolve to where an attacker would send them."""
    connected: list[str] = []

    async def attempt(url: str) -> None:
        checked = checked_url(url)
        backend = GuardedBackend(AllowList(), resolver(["169.254.169.254"]))
        await backend.connect_tcp(checked.host, checked.port or 80)
        connected.append(url)

    cases = json.loads((shared / "suites/cases/ssrf.json").read_text("utf-8"))
    for url in cases:
        with pytest.raises(BlockedAddress):
            asyncio.run(attempt(url))
    assert len(cases) > 80
    assert not connected


def test_a_url_is_shown_without_its_secrets() -> None:
    url = "https://me:pw@example.org/a?q=tax&api_key=CANARY&access_token=CANARY&page=2#token=CANARY"
    assert "CANARY" not in shown(url)
    assert "pw" not in shown(url)
    assert "q=tax" in shown(url)
    assert "page=2" in shown(url)
    assert len(shown("http://a/" + "x" * 10_000)) < 400


def test_secrets_are_hidden_wherever_they_stand() -> None:
    assert without("key=abcdef and abc", ["abc", "abcdef", ""]) == "key=*** and ***"
    assert without("say abc", ["Bearer abc"]) == "say ***"
    assert without("1 a", ["key 1 1", "key 2"]) == "1 a"  # only what follows a scheme's name is a token


@pytest.mark.parametrize("spelling", ["a/b c=é", "a%2Fb%20c%3D%C3%A9", "a%2fb+c=%c3%a9", "a/b%20c=é"])
def test_a_secret_is_found_as_a_url_writes_it(spelling: str) -> None:
    assert without(f"?k={spelling}&n=1", ["a/b c=é"]) == "?k=***&n=1"


def test_a_body_loses_only_what_is_long_enough_to_be_a_key() -> None:
    assert without_in(b"ab CANARY-key", ["ab", "Bearer CANARY-key"]) == b"ab ***"
