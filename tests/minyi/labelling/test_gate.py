"""The door of the labelling page: one browser, one page, one machine."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import signal
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest

from minyi import stopping
from minyi.labelling.gate import BODY_LIMIT
from minyi.labelling.serving import PortTaken, listen, serve
from minyi.stopping import stoppable

if TYPE_CHECKING:
    from collections.abc import Iterator

PATHS = ("/", "/api/people", "/api/work?as=Ann", "/api/agreement?as=Ann")


class BareDesk:
    """A desk with nothing on it."""

    agreement = None

    def __init__(self) -> None:
        self.judged = 0

    def people(self) -> list[str]:
        return []

    def work(self, name: str) -> dict[str, Any]:
        return {"coder": name}

    def is_done(self, _name: str) -> bool:
        return False

    def judge(self, *_: object) -> None:
        self.judged += 1


@pytest.fixture(scope="module")
def served(running: Any) -> Iterator[Any]:
    with running(BareDesk()) as page:
        yield page


def test_the_first_address_lets_the_browser_in_and_leads_on_without_the_token(served: Any) -> None:
    reply = served.ask(f"/open?token={served.keys.address}&as=A%26n%22", Cookie=None)

    cookie = reply.headers["set-cookie"]
    assert reply.status == 200
    assert f"minyi-label-{served.port}={served.keys.cookie};" in cookie
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert b"url=/?as=A%26n%22" in reply.body
    assert served.keys.address.encode() not in reply.body


def test_the_three_secrets_are_long_and_differ(served: Any) -> None:
    keys = {served.keys.address, served.keys.cookie, served.keys.page}
    assert len(keys) == 3
    assert min(map(len, keys)) >= 40


@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong", "?token=%ff"])
def test_another_first_address_lets_nobody_in(served: Any, query: str) -> None:
    reply = served.ask(f"/open{query}", Cookie=None)
    assert (reply.status, "set-cookie" in reply.headers) == (403, False)
    assert "minyi label" in reply.json["error"]["remedy"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Cookie": None}, 403),
        ({"Cookie": "minyi-label=x"}, 403),
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1"}, 421),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": None, "Sec_Fetch_Site": "same-origin"}, 200),
        ({"Origin": None, "Sec_Fetch_Site": "cross-site"}, 403),
        ({"Origin": None, "Sec_Fetch_Site": "same-site"}, 403),
    ],
)
def test_only_the_page_itself_may_read(served: Any, headers: dict[str, Any], status: int) -> None:
    replies = [served.ask(path, **headers) for path in PATHS]
    assert {reply.status for reply in replies} == {status}
    assert status == 200 or all(reply.json["error"]["what"] for reply in replies)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"X_Minyi_Token": None}, 403),
        ({"X_Minyi_Token": "wrong"}, 403),
        ({"Origin": None}, 403),
        ({"Origin": "http://localhost:1"}, 403),
        ({"Host": "rebound.example"}, 421),
        ({"Cookie": None}, 403),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content_Length": None, "Transfer_Encoding": "chunked"}, 411),
    ],
)
def test_only_the_page_itself_may_write(served: Any, headers: dict[str, Any], status: int) -> None:
    answer = {"as": "Ann", "seen": None, "item": "c", "what": "skipped", "stance": None, "codes": [0, 0, 0]}
    whole = {**answer, "unsure": False, "note": "", "seconds": None}
    judged = served.desk.judged
    assert served.ask("/api/judge", b"0\r\n\r\n" if status == 411 else whole, **headers).status == status
    assert served.desk.judged == judged + (status == 200)


def test_an_answer_that_is_too_long_is_not_even_read(served: Any) -> None:
    assert served.ask("/api/judge", b" " * (BODY_LIMIT + 1)).status == 413
    assert served.ask("/api/judge", b" " * BODY_LIMIT).status == 422


def test_every_answer_is_shut_in(served: Any) -> None:
    for path in (*PATHS, "/open", "/nowhere", "/api/judge", "/../study.toml"):
        shut_in(served.ask(path).headers)


def shut_in(headers: dict[str, str]) -> None:
    assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")
    assert (headers["referrer-policy"], headers["x-frame-options"]) == ("no-referrer", "DENY")
    policy = headers["content-security-policy"]
    for wanted in ("default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"):
        assert wanted in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "server" not in headers


def test_the_policy_names_the_pages_own_style_and_script(served: Any) -> None:
    reply = served.ask("/")
    page = reply.body.decode()
    own = {
        "style": re.findall(r"<style>(.*?)</style>", page, re.DOTALL),
        "script": re.findall(r"<script>(.*?)</script>", page, re.DOTALL),
    }
    for kind, (text,) in own.items():
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in reply.headers["content-security-policy"]
    assert not re.search(
        r"\son\w+=|\sstyle=|javascript:|src=", page.replace(own["script"][0], "").split('id="setup"')[0]
    )


@pytest.mark.parametrize(
    ("path", "body", "status"), [("/nowhere", None, 404), ("/api/judge", None, 405), ("/", {}, 405)]
)
def test_what_is_not_there_is_said_in_words(served: Any, path: str, body: Any, status: int) -> None:
    reply = served.ask(path, body)
    assert (reply.status, reply.json["error"]["what"]) == (status, "there is no such page here")


def test_the_page_is_served_to_this_machine_alone() -> None:
    with listen() as door:
        assert door.getsockname()[0] == "127.0.0.1"


def test_a_port_that_is_taken_is_refused_in_words() -> None:
    with listen() as door, pytest.raises(PortTaken, match="cannot be had"):
        listen(door.getsockname()[1])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_order(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "GRACE_S", 60.0)  # on a busy machine this very process would be ended

    async def empty(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    def stop(port: int) -> None:
        urlopen(f"http://127.0.0.1:{port}").close()
        os.kill(os.getpid(), number)

    with listen() as door, stoppable():
        thread = Thread(target=stop, args=[door.getsockname()[1]])
        thread.start()
        serve(empty, door)
        thread.join()
