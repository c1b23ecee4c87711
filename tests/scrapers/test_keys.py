"""Keys go where they belong, at the last moment, and are shown to nobody."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from scrapers.errors import (
    AuthNeeded,
    BadResponse,
    Blocked,
    CollectorError,
    CollectorFault,
    SettingsError,
    Transient,
    Truncated,
)
from scrapers.keys import Keyring
from scrapers.protocol import Collector, Key, Options, Request
from storage.nouns import Capture

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapers.fetch import FetchSettings

SECRET = "s3cr3t-0123456789"
GET_ONE = "Make one at https://example.org/keys."


def collector_with(key: Key | None, *hosts: str) -> Collector:
    class Keyed(Collector):
        name: ClassVar[str] = "keyed"
        summary: ClassVar[str] = "Wants a key."
        options: ClassVar[type[Options]] = Options

    Keyed.key, Keyed.hosts = key, hosts
    return Keyed()


PARAMETER = Key("MINYI_P", GET_ONE, parameter="key")
BEARER = Key("MINYI_B", GET_ONE, required=False)
EXCHANGE = Key("MINYI_X", GET_ONE, exchange="https://login.example.org/token")
API = "https://api.example.org/v1/items?page=2"


class Endpoint:
    """A token endpoint that hands out token-1, token-2 …"""

    def __init__(self, *answers: object) -> None:
        self.asked: list[Request] = []
        self.answers = list(answers)

    async def __call__(self, request: Request) -> Capture:
        self.asked.append(request)
        await asyncio.sleep(0)
        default = {"access_token": f"token-{len(self.asked)}", "expires_in": 3600}
        answer = self.answers.pop(0) if self.answers else default
        if isinstance(answer, Exception):
            raise answer
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return Capture(request.url, request.url, 200, {}, body, 0)


def dress(
    ring: Keyring, collector: Collector, request: Request | None = None, fetch: Endpoint | None = None
) -> Request:
    asked = request or Request(API, keyed=True)
    return asyncio.run(ring.dress(asked, collector, fetch or Endpoint(AssertionError("nothing may be asked"))))


def test_a_key_goes_into_its_parameter_or_into_a_bearer_header() -> None:
    ring = Keyring({"MINYI_P": SECRET, "MINYI_B": SECRET})
    assert dress(ring, collector_with(PARAMETER)).secret_params == {"key": SECRET}
    assert dress(ring, collector_with(BEARER)).secrets == {"Authorization": f"Bearer {SECRET}"}


def test_a_request_that_needs_no_key_stays_as_it_is() -> None:
    ring = Keyring({"MINYI_P": SECRET})
    plain = Request(API)
    assert dress(ring, collector_with(PARAMETER), plain) is plain
    keyed = Request(API, keyed=True)
    assert dress(ring, collector_with(None), keyed) is keyed


@pytest.mark.parametrize("environment", [{}, {"MINYI_P": ""}, {"MINYI_P": " \n"}])
def test_a_required_key_that_is_not_set_is_named_before_anything_is_asked(environment: dict[str, str]) -> None:
    with pytest.raises(AuthNeeded, match="MINYI_P") as caught:
        dress(Keyring(environment), collector_with(PARAMETER))
    assert caught.value.remedy == GET_ONE


def test_an_optional_key_that_is_not_set_is_done_without() -> None:
    undressed = dress(Keyring({}), collector_with(BEARER))
    assert (undressed.secrets, undressed.keyed) == ({}, False), "robots.txt speaks to who asks without a key"


@pytest.mark.parametrize(
    "dirt", [f"{SECRET}\n", f"a\r\nX-Evil: {SECRET}", f"{SECRET}é", f"{SECRET}\x00", f"a {SECRET}"]
)
def test_a_key_with_odd_characters_is_refused_without_being_shown(dirt: str) -> None:
    with pytest.raises(SettingsError, match="MINYI_P") as caught:
        dress(Keyring({"MINYI_P": dirt}), collector_with(PARAMETER))
    assert SECRET not in repr(caught.value) + str(caught.value)


@pytest.mark.parametrize("half", ["id", "id:", ":secret"])
def test_an_exchange_needs_an_id_and_a_secret(half: str) -> None:
    with pytest.raises(SettingsError, match="colon"):
        dress(Keyring({"MINYI_X": half}), collector_with(EXCHANGE))


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example.org/v1",
        "https://api.example.org.evil.example/",
        "http://api.example.org/v1",
        "file:x",
    ],
)
def test_a_key_never_goes_to_a_foreign_host_nor_in_the_open(url: str) -> None:
    ring = Keyring({"MINYI_P": SECRET})
    with pytest.raises(CollectorFault):
        dress(ring, collector_with(PARAMETER, "api.example.org"), Request(url, keyed=True))


def test_where_the_options_name_the_host_the_key_goes_there() -> None:
    ring = Keyring({"MINYI_B": SECRET})
    assert dress(ring, collector_with(BEARER), Request("https://any.example.org/", keyed=True)).secrets
    with pytest.raises(CollectorFault, match="open"):
        dress(ring, collector_with(BEARER), Request("http://any.example.org/", keyed=True))


def test_an_exchange_is_made_once_for_all_requests_of_a_run() -> None:
    ring, endpoint, collector = Keyring({"MINYI_X": f"app:{SECRET}"}), Endpoint(), collector_with(EXCHANGE)

    async def three() -> list[Request]:
        return await asyncio.gather(*(ring.dress(Request(API, keyed=True), collector, endpoint) for _ in range(3)))

    assert [request.secrets for request in asyncio.run(three())] == [{"Authorization": "Bearer token-1"}] * 3
    (asked,) = endpoint.asked
    assert (asked.url, asked.method, asked.body) == (EXCHANGE.exchange, "POST", b"grant_type=client_credentials")
    assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"
    login = asked.secrets["Authorization"].removeprefix("Basic ")
    assert base64.b64decode(login).decode() == f"app:{SECRET}"


def test_a_token_is_renewed_when_its_time_is_over() -> None:
    now = [1000.0]
    ring = Keyring({"MINYI_X": "app:secret"}, clock=lambda: now[0])
    endpoint, collector = Endpoint(), collector_with(EXCHANGE)
    tokens = []
    for later in (0, 3000, 600):
        now[0] += later
        tokens.append(dress(ring, collector, fetch=endpoint).secrets["Authorization"])
    assert tokens == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]


def test_a_token_without_an_end_lasts_until_it_is_forgotten() -> None:
    ring, collector = Keyring({"MINYI_X": "app:secret"}), collector_with(EXCHANGE)
    endpoint = Endpoint({"access_token": "first"}, {"access_token": "second", "expires_in": None})
    assert ring.forget(collector) is False
    first = [dress(ring, collector, fetch=endpoint).secrets["Authorization"] for _ in range(2)]
    assert ring.forget(collector) is True
    assert [*first, dress(ring, collector, fetch=endpoint).secrets["Authorization"]] == [
        "Bearer first",
        "Bearer first",
        "Bearer second",
    ]


def test_there_is_nothing_to_forget_without_an_exchange() -> None:
    ring = Keyring({"MINYI_P": SECRET})
    dress(ring, collector_with(PARAMETER))
    assert ring.forget(collector_with(PARAMETER)) is False
    assert ring.forget(collector_with(None)) is False


@pytest.mark.parametrize(
    "answer",
    [
        b"<html>tok3n</html>",
        b"[" * 100_000,
        b'{"access_token": "tok3n',
        ["tok3n"],
        {"token": "tok3n"},
        {"access_token": None},
        {"access_token": "tok3n\r\nX: y"},
        AuthNeeded("The site answered 401."),
        BadResponse("The site answered 400.", capture=Capture("u", "u", 400, {}, b"tok3n", 0)),
    ],
)
def test_an_answer_without_a_token_says_so_and_repeats_nothing_of_it(answer: object) -> None:
    with pytest.raises(AuthNeeded, match="no token for the key in MINYI_X") as caught:
        dress(Keyring({"MINYI_X": "app:secret"}), collector_with(EXCHANGE), fetch=Endpoint(answer))
    error: BaseException | None = caught.value
    while error is not None:
        assert "tok3n" not in repr(vars(error)) + str(error)
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize(
    "failure",
    [
        Truncated("The body broke off.", capture=Capture("u", "u", 200, {}, b'{"access_token": "tok3n", ', 0)),
        Blocked("The site answered 403."),
        Transient("The connection failed."),
    ],
)
def test_a_token_endpoint_that_fails_is_its_own_error_without_what_came(failure: CollectorError) -> None:
    with pytest.raises(type(failure)) as caught:
        dress(Keyring({"MINYI_X": "app:secret"}), collector_with(EXCHANGE), fetch=Endpoint(failure))
    assert caught.value is failure
    assert failure.capture is None


def test_a_failed_exchange_is_tried_again_by_the_next_request() -> None:
    ring, endpoint = Keyring({"MINYI_X": "app:secret"}), Endpoint(Transient("The connection failed."))
    with pytest.raises(Transient):
        dress(ring, collector_with(EXCHANGE), fetch=endpoint)
    assert dress(ring, collector_with(EXCHANGE), fetch=endpoint).secrets == {"Authorization": "Bearer token-2"}


def test_no_key_or_token_is_in_any_repr_or_log(caplog: pytest.LogCaptureFixture) -> None:
    ring = Keyring({"MINYI_X": f"app:{SECRET}", "MINYI_P": SECRET})
    endpoint = Endpoint({"access_token": "tok3n", "expires_in": 60})
    with caplog.at_level(logging.DEBUG):
        dressed = [dress(ring, collector_with(EXCHANGE), fetch=endpoint), dress(ring, collector_with(PARAMETER))]
    seen = repr([ring, dressed, endpoint.asked, list(ring._tokens.values())]) + caplog.text
    encoded = base64.b64encode(f"app:{SECRET}".encode()).decode()
    assert not [secret for secret in (SECRET, "tok3n", encoded) if secret in seen]


def test_the_door_hides_what_the_keyring_put_in(
    site: Any, say: Callable[..., bytes], quick: FetchSettings, caplog: pytest.LogCaptureFixture
) -> None:
    """A server that repeats the key in its answers' headers and errors finds it hidden in captures, errors and logs."""
    from scrapers.fetch import Door

    path = f"/v1?page=1&key={SECRET}"
    site.pages[path] = [
        say(X_Echo=f"your key {SECRET}"),
        say(b"no", status="403 Forbidden", X_Echo=SECRET),
    ]
    ring, collector = Keyring({"MINYI_P": SECRET}), collector_with(PARAMETER)

    async def run() -> tuple[Capture, CollectorError]:
        async with Door(quick) as door:
            dressed = await ring.dress(Request(f"{site.url}/v1?page=1", keyed=True), collector, door.fetch)
            kept = await door.fetch(dressed)
            with pytest.raises(Blocked) as caught:
                await door.fetch(dressed)
            return kept, caught.value

    with caplog.at_level(logging.DEBUG):
        kept, error = asyncio.run(run())
    assert site.asked == [path, path], "the key must have been sent"
    assert SECRET not in repr(kept) + repr(vars(error)) + str(error) + caplog.text


PER_HOST = Key("MINYI_S", GET_ONE, required=False, per_host=True)
TWO = f"one.example:{SECRET} , Two.example:8443:t:2"


@pytest.mark.parametrize(
    ("server", "key"),
    [
        ("https://one.example/a", SECRET),
        ("https://two.example:8443/a", "t:2"),
        ("https://two.example/a", ""),
        ("https://one.example.evil.example/a", ""),
        ("https://evil.example/one.example", ""),
    ],
)
def test_a_key_that_belongs_to_a_server_goes_to_no_other(server: str, key: str) -> None:
    sent = dress(Keyring({"MINYI_S": TWO}), collector_with(PER_HOST), Request(server, keyed=True)).secrets
    assert sent == ({"Authorization": f"Bearer {key}"} if key else {})


@pytest.mark.parametrize("bare", [SECRET, f":{SECRET}", "one.example:", f"one.example:{SECRET} {SECRET}"])
def test_a_key_that_does_not_say_its_server_is_sent_nowhere(bare: str) -> None:
    with pytest.raises(SettingsError, match="MINYI_S") as caught:
        dress(Keyring({"MINYI_S": bare}), collector_with(PER_HOST), Request("https://one.example/", keyed=True))
    assert "mastodon.example:" in caught.value.remedy
    assert SECRET not in repr(caught.value) + str(caught.value)
