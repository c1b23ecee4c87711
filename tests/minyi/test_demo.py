"""The demo's folder and its loopback server."""

from __future__ import annotations

import http.client
import socket
import tomllib
from typing import TYPE_CHECKING

import pytest

from minyi.demo import DATA, PORT, earlier_port, prepare
from minyi.demo.server import PAGES, serve
from storage.errors import MinyiError

if TYPE_CHECKING:
    from pathlib import Path


def ask(port: int, path: str, method: str = "GET") -> tuple[int, str, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request(method, path)
        response = connection.getresponse()
        return response.status, response.getheader("Content-Type", ""), response.read()
    finally:
        connection.close()


# The server


def test_every_page_comes_whole_and_with_its_type() -> None:
    with serve(DATA) as port:
        for path, (name, content_type) in PAGES.items():
            assert ask(port, path) == (200, content_type, (DATA / name).read_bytes())


def test_robots_may_fetch_everything() -> None:
    with serve(DATA) as port:
        status, _, body = ask(port, "/robots.txt")
    assert status == 200
    assert b"Disallow" not in body
    assert b"Allow: /" in body


def test_a_head_request_gets_no_body() -> None:
    with serve(DATA) as port:
        assert ask(port, "/comments.jsonl", "HEAD") == (200, "application/x-ndjson; charset=utf-8", b"")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/labels.csv",
        "/labels-second.csv",
        "/study.toml",
        "/server.py",
        "/../labels.csv",
        "/news/../labels.csv",
        "/..%2flabels.csv",
        "/%2e%2e/%2e%2e/storage/nouns.py",
        "//etc/passwd",
        "/comments.jsonl/../labels.csv",
        "/comments.jsonl%00",
        "http://example.com/comments.jsonl",
    ],
)
def test_nothing_but_the_known_pages_is_served(path: str) -> None:
    with serve(DATA) as port:
        assert ask(port, path)[0] == 404


def test_other_methods_are_refused() -> None:
    with serve(DATA) as port:
        assert ask(port, "/comments.jsonl", "POST")[0] == 501


def test_it_listens_on_loopback_alone_and_stops_with_its_block() -> None:
    with serve(DATA) as port, socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        assert connection.getpeername()[0] == "127.0.0.1"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_a_wanted_port_is_used_and_a_taken_one_replaced() -> None:
    with serve(DATA) as first, serve(DATA, first) as second:
        assert second != first
        assert ask(second, "/robots.txt")[0] == 200
    with serve(DATA, second) as third:
        assert third == second


def test_a_number_that_is_no_port_is_replaced_too() -> None:
    with serve(DATA, 99999) as port:
        assert ask(port, "/robots.txt")[0] == 200


def test_it_is_quiet(capfd: pytest.CaptureFixture[str]) -> None:
    with serve(DATA) as port:
        ask(port, "/comments.jsonl")
        ask(port, "/nothing")
    assert capfd.readouterr() == ("", "")


# The folder


def test_a_new_folder_gets_a_study_file_with_the_port(tmp_path: Path) -> None:
    path = prepare(tmp_path / "a" / "demo", 4321)
    study = tomllib.loads(path.read_text(encoding="utf-8"))
    article, comments = study["sources"]
    assert comments["url"] == "http://127.0.0.1:4321/comments.jsonl"
    assert {url.removeprefix("http://127.0.0.1:4321") for url in article["urls"]} <= set(PAGES)
    assert "{port}" not in path.read_text(encoding="utf-8")


def test_the_labels_stay_behind(tmp_path: Path) -> None:
    prepare(tmp_path, 4321)
    assert [path.name for path in tmp_path.iterdir()] == ["study.toml"]


def test_an_earlier_demo_is_used_again_and_keeps_what_a_person_changed(tmp_path: Path) -> None:
    path = prepare(tmp_path, 4321)
    path.write_text(path.read_text(encoding="utf-8").replace("Public comments", "Voices"), encoding="utf-8-sig")
    (tmp_path / "minyi.db").write_bytes(b"")
    assert earlier_port(tmp_path) == 4321
    again = prepare(tmp_path, 8765).read_text(encoding="utf-8")
    assert "Voices" in again
    assert "127.0.0.1:8765/comments.jsonl" in again
    assert "4321" not in again
    assert earlier_port(tmp_path) == 8765


def test_an_earlier_demo_keeps_its_encoding_and_line_ends(tmp_path: Path) -> None:
    path = prepare(tmp_path, 4321)
    path.write_bytes(path.read_text(encoding="utf-8").replace("\n", "\r\n").encode("gb18030"))
    before = path.read_bytes()
    assert earlier_port(tmp_path) == 4321
    assert prepare(tmp_path, 8765).read_bytes() == before.replace(b":4321/", b":8765/")


def test_a_new_demo_asks_for_the_same_port_everywhere(tmp_path: Path) -> None:
    assert earlier_port(tmp_path) == PORT
    (tmp_path / "study.toml").write_text('[study]\nid = "mine"\n', encoding="utf-8")
    assert earlier_port(tmp_path) == PORT


@pytest.mark.parametrize("name", ["notes.txt", "study.toml"])
def test_a_foreign_folder_is_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine", encoding="utf-8")
    with pytest.raises(MinyiError, match="not the demo"):
        prepare(tmp_path, 4321)
    assert [(path.name, path.read_text(encoding="utf-8")) for path in tmp_path.iterdir()] == [(name, "mine")]


def test_a_file_in_place_of_the_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("mine", encoding="utf-8")
    with pytest.raises(MinyiError, match="not the demo"):
        prepare(tmp_path / "demo", 4321)


def test_an_unwritable_place_is_said_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(MinyiError) as raised:
        prepare(tmp_path / "file" / "demo", 4321)
    assert raised.value.remedy
