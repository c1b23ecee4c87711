"""The pages on which people label and settle: nobody else speaks to them, and what others wrote is text on them."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from http.client import HTTPConnection
from importlib import resources
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from odd_words import MARK, OWN

from minyi.labelling.app import label_app
from minyi.labelling.gate import Keys
from minyi.labelling.serving import listen, server
from minyi.settling.app import settling_app
from storage.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SAID = {
    "item": "c",
    "what": "skipped",
    "stance": None,
    "codes": [0, 0, 0],
    "unsure": False,
    "note": "",
    "seconds": None,
}
KEPT = clean(" ".join(OWN))
EVIL = "https://evil.example"


class Nothing:
    """A desk, or a board, that counts what is kept; the texts on it attack whoever reads them as HTML."""

    agreement = None

    def __init__(self) -> None:
        self.kept = 0

    def people(self) -> list[str]:
        return [KEPT]

    def work(self, name: str = "") -> dict[str, Any]:
        return {"coder": name, "items": [{"id": "c", "text": KEPT, "evidence": KEPT}]}

    def is_done(self, _name: str) -> bool:
        return False

    def judge(self, *_: object) -> dict[str, Any]:
        self.kept += 1
        return {}

    settle = judge


class Place(NamedTuple):
    """Which of the two pages, how it is made, where it is read and where it is written to."""

    folder: str
    made: Callable[..., Any]
    reads: tuple[str, ...]
    writes: str


PLACES = {
    "label": Place("labelling", label_app, ("/", "/api/people", "/api/work?as=Ann"), "/api/judge"),
    "settle": Place("settling", settling_app, ("/", "/api/work"), "/api/settle"),
}


class Reply(NamedTuple):
    """An answer."""

    status: int
    headers: dict[str, str]
    body: bytes


class Served(NamedTuple):
    """A page that is served, and what its browser sends."""

    place: Place
    desk: Nothing
    keys: Keys
    port: int

    def ask(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str | None) -> Reply:
        """As the page itself, but for these headers; None leaves one out."""
        own: dict[str, str | None] = {"Host": f"127.0.0.1:{self.port}", "Origin": f"http://127.0.0.1:{self.port}"}
        own |= {"Cookie": f"minyi-label-{self.port}={self.keys.cookie}", "X-Minyi-Token": self.keys.page}
        own |= {"Content-Type": "application/json"} | {name.replace("_", "-"): said for name, said in headers.items()}
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, body, {name: said for name, said in own.items() if said is not None})
        answer = connection.getresponse()
        reply = Reply(answer.status, {name.lower(): said for name, said in answer.getheaders()}, answer.read())
        connection.close()
        return reply

    def write(self, **headers: str | None) -> int:
        """The status of an answer to the comment."""
        said = SAID | {"seen": None} | ({"as": "Ann"} if self.place.folder == "labelling" else {})
        return self.ask(self.place.writes, "POST", json.dumps(said).encode(), **headers).status


@contextmanager
def serving(place: Place) -> Iterator[Served]:
    with listen() as door:
        keys, port, desk = Keys(), door.getsockname()[1], Nothing()
        more = {"place": "fees"} if place.folder == "labelling" else {}
        program = server(place.made(desk, keys, port, **more))
        thread = Thread(target=program.run, kwargs={"sockets": [door]})
        thread.start()
        try:
            yield Served(place, desk, keys, port)
        finally:
            program.should_exit = True
            thread.join()


@pytest.fixture(scope="module", params=PLACES)
def served(request: pytest.FixtureRequest) -> Iterator[Served]:
    with serving(PLACES[request.param]) as page:
        yield page


FOREIGN: list[tuple[dict[str, str | None], int]] = [
    ({"Origin": EVIL}, 403),
    ({"Origin": "null"}, 403),
    ({"Origin": "http://localhost:1"}, 403),
    ({"Host": "evil.example"}, 421),
    ({"Host": "127.0.0.1"}, 421),
    ({"Host": "127.0.0.1.evil.example:80"}, 421),
    ({"Cookie": None}, 403),
    ({"Cookie": "minyi-label=x"}, 403),
    ({"Sec_Fetch_Site": "cross-site"}, 403),
    ({"Sec_Fetch_Site": "same-site", "Sec_Fetch_Dest": "iframe"}, 403),
]


@pytest.mark.parametrize(("headers", "status"), FOREIGN)
def test_nobody_else_reads_or_writes(served: Served, headers: dict[str, str | None], status: int) -> None:
    before = served.desk.kept
    assert {served.ask(path, **headers).status for path in served.place.reads} == {status}
    assert served.write(**headers) == status
    assert served.desk.kept == before


@pytest.mark.parametrize("headers", [{"X_Minyi_Token": None}, {"X_Minyi_Token": "x" * 43}, {"Origin": None}])
def test_without_its_token_or_origin_nobody_writes(served: Served, headers: dict[str, str | None]) -> None:
    before = served.desk.kept
    assert served.write(**headers) == 403
    assert served.desk.kept == before
    assert served.write() == 200
    assert served.desk.kept == before + 1


def test_nothing_but_an_answer_changes_anything(served: Served) -> None:
    before = served.desk.kept
    query = f"{served.place.writes}?{'&'.join(f'{name}={said}' for name, said in SAID.items() if said)}"
    query = query.replace(" ", "")
    assert {served.ask(query, method).status for method in ("GET", "HEAD")} == {405}
    assert {served.ask(query, method, b"{}").status for method in ("OPTIONS", "PUT", "DELETE", "PATCH")} == {405}
    form = b"item=c&what=skipped"
    assert served.ask(served.place.writes, "POST", form, Content_Type="application/x-www-form-urlencoded").status == 415
    assert served.ask(served.place.writes, "POST", b"{}", Content_Type="text/plain").status == 415
    assert served.desk.kept == before


def test_no_frame_holds_it_and_nothing_of_others_runs_in_it(served: Served) -> None:
    for path in (*served.place.reads, "/open", "/nowhere", served.place.writes):
        headers = served.ask(path).headers
        policy = headers["content-security-policy"]
        for part in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "trusted-types 'none'"):
            assert part in policy, path
        assert "require-trusted-types-for 'script'" in policy
        assert "unsafe" not in policy
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"


def test_what_others_wrote_comes_as_json_and_never_as_html(served: Served) -> None:
    odd = f"/open?token={served.keys.address}&as=%22%3E%3C{MARK}%3E&lang=%3C{MARK}%3E&%3C{MARK}%3E=1"
    replies = {path: served.ask(path) for path in (*served.place.reads, odd, f"/?as=<{MARK}>", f"/%3C{MARK}%3E")}
    pages = {path for path, reply in replies.items() if reply.headers["content-type"].startswith("text/html")}
    assert pages == {"/", odd, f"/?as=<{MARK}>"}
    assert all(f"<{MARK}".encode() not in replies[path].body for path in pages)
    others = [reply for path, reply in replies.items() if path not in pages]
    assert {reply.headers["content-type"] for reply in others} == {"application/json"}
    (work,) = [reply for path, reply in replies.items() if path.startswith("/api/work")]
    assert json.loads(work.body)["items"][0]["text"] == KEPT


@pytest.mark.parametrize("path", ["/data/minyi.db", "/data/captures/aa/bb", "/../study.toml", "/%2e%2e/study.toml"])
def test_no_kept_page_or_file_is_served(served: Served, path: str) -> None:
    assert served.ask(path).status == 404


MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|DOMParser|\beval\(|new Function|\$\{.*<\w"
)


@pytest.mark.parametrize("folder", [place.folder for place in PLACES.values()])
def test_its_script_has_no_way_to_make_markup_of_a_text(folder: str) -> None:
    scripts = [
        file for file in resources.files(f"minyi.{folder}").joinpath("templates").iterdir() if ".js" in file.name
    ]
    assert scripts
    for file in scripts:
        assert MARKUP.findall(file.read_text("utf-8")) == [], file.name
