"""No key, password or private address comes out: not in a file, a log, an error, a report or the database."""

from __future__ import annotations

import gzip
import json
import re
import sqlite3
import threading
import zipfile
import zlib
from base64 import b64decode, b64encode
from http.server import BaseHTTPRequestHandler
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from chat import Reply
from everything import lay_out, study_file
from listening import listened
from quiet import QuietServer

from scrapers.sites import kinds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from chat import Asked, ChatServer
    from talk import Talk
    from world import World

pytestmark = pytest.mark.slow

CANARIES = {
    name: f"canary-{name}-7e1f9c"
    for name in (
        *("llm", "notify", "notifyword", "beat", "youtube", "reddit", "mastodon", "proxy", "database", "url"),
        *("cookie", "httpproxy", "httpsproxy", "allproxy"),
    )
}
COOKIE = f"session={CANARIES['cookie']}; Path=/; HttpOnly"
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
COMMANDS = (
    *(["check"], ["collect", "--json"], ["analyse"], ["report"], ["status"], ["doctor"]),
    *(["export", "--format", "jsonl"], ["notify"], ["notify", "--test"], ["run", "--again"], ["privacy"], ["backup"]),
)
FAILING = (["run", "--again"], ["analyse"], ["notify", "--test"], ["doctor", "--json"], ["status", "--json"])


_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"


class Taking(BaseHTTPRequestHandler):
    """Takes what is sent, and says it back as an error."""

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.server.taken.append(f"{self.path} {self.headers} {body.decode()}")  # type: ignore[attr-defined]
        self.send_response(500 if self.server.failing else 200, self.path)  # type: ignore[attr-defined]
        self.end_headers()
        self.wfile.write(self.path.encode())

    do_GET = do_POST = _answer  # noqa: N815  the names are the base's

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def receiver() -> Iterator[Any]:
    """Whom notices and heartbeats go to."""
    server: Any = QuietServer(("127.0.0.1", 0), Taking)
    server.taken, server.failing = [], False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def secrets(port: int, **more: str) -> dict[str, str]:
    """An environment in which every secret is a canary."""
    c = CANARIES
    return {
        "MINYI_LLM_KEY": c["llm"],
        "MINYI_NOTIFY_TEAM": f"json://bot:{c['notify']}@127.0.0.1:{port}/{c['notifyword']}",
        "MINYI_BEAT": f"http://127.0.0.1:{port}/{c['beat']}",
        "MINYI_YOUTUBE_KEY": c["youtube"],
        "MINYI_REDDIT_KEY": f"app:{c['reddit']}",
        "MINYI_MASTODON_TOKEN": f"social.larkmouth.example:{c['mastodon']}",
        "FTP_PROXY": f"http://me:{c['proxy']}@127.0.0.1:9",
        **proxies(),
        "NO_PROXY": "127.0.0.1",
        **more,
    }


def proxies() -> dict[str, str]:
    """Addresses of proxies that nobody listens at, in both spellings, each with a password."""
    where = {name: f"http://me:{CANARIES[name.lower().replace('_', '')]}@127.0.0.1:9" for name in PROXIES}
    return where | {name.lower(): address for name, address in where.items()}


def study(folder: Path, world: World, chat: ChatServer) -> Path:
    """A study of every kind of source, coded by a model's server, that tells a team how its runs went."""
    folder.mkdir()
    serve = world.serve
    with pytest.MonkeyPatch.context() as patch:  # every page sets a cookie
        patch.setattr(world, "serve", lambda *page: serve(*page[:4], {**page[4], "set-cookie": COOKIE}))
        sources = [(kind, kind, lay_out(world, kind, folder).options) for kind in kinds()]
    text = study_file(sources).replace('id = "harbour"\n', 'id = "harbour"\ncoder = "llm:judge"\n')
    text += f'\n[coder]\nendpoint = "{chat.url}"\nbudget = {{ requests = 60 }}\n'
    text += '\n[notify]\nvariables = ["MINYI_NOTIFY_TEAM"]\nheartbeat = "MINYI_BEAT"\nmetrics = "data/minyi.prom"\n'
    (folder / "study.toml").write_text(text, "utf-8")
    return folder


def spelled() -> re.Pattern[bytes]:
    """Every canary, as it is and as addresses and headers spell it."""
    ways = [way for value in CANARIES.values() for way in (value, quote(value, safe=""), value[::-1])]
    coded = [
        b64encode(b"x" * shift + value.encode())[4:-4].decode() for value in CANARIES.values() for shift in range(3)
    ]
    return re.compile("|".join(map(re.escape, [*ways, *coded])).encode())


def inside(path: Path) -> Iterator[tuple[str, bytes]]:
    """What a file holds: its bytes, what they inflate to, and every value of a database."""
    body = path.read_bytes()
    yield str(path), body
    if body.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(body)) as parts:
            yield from ((f"{path} {name}", parts.read(name)) for name in parts.namelist())
    if body.startswith(b"SQLite format 3"):
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            for (table,) in database.execute(_TABLES).fetchall():
                for row in database.execute(f'SELECT * FROM "{table}"'):
                    for value in row:
                        yield f"{path} {table}", _inflated(value)
        database.close()


def _inflated(value: object) -> bytes:
    raw = value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
    for inflate in (gzip.decompress, zlib.decompress):
        try:
            return inflate(raw)
        except (OSError, zlib.error, EOFError):
            continue
    return raw


def leaks(folder: Path, ended: list[dict[str, Any]]) -> list[str]:
    """Where a canary is: in what was said or logged, or in a file."""
    canary = spelled()
    found = [
        f"{one['words']} {kind}: {match[0]!r} in {one[kind][max(0, match.start() - 60) : match.end() + 20]!r}"
        for one in ended
        for kind in ("said", "logged")
        if (match := canary.search(one[kind].encode()))
    ]
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 1
    return found + [
        f"{name}: {match[0]!r}" for path in files for name, body in inside(path) if (match := canary.search(body))
    ]


def with_study(folder: Path, commands: Any = COMMANDS) -> list[list[str]]:
    """The commands, for this study."""
    return [[*words, str(folder)] for words in commands]


def echoing(asked: Asked) -> Reply:
    """A server that repeats the key it was sent."""
    return Reply(json.dumps({"error": {"message": f"bad key {asked.headers['authorization']}"}}).encode(), 401)


async def shouting(talk: Talk) -> None:
    """A site that repeats everything it was sent."""
    await talk.reply(
        403,
        {"x-asked": str(talk.headers), "content-type": "text/plain", "set-cookie": COOKIE},
        f"{talk.url} {talk.headers}".encode(),
    )


def test_no_secret_comes_out_of_a_study(world: World, chat_server: ChatServer, receiver: Any, tmp_path: Path) -> None:
    folder = study(tmp_path / "study", world, chat_server)
    ended = listened(tmp_path, with_study(folder), world.facts, **secrets(receiver.server_port))
    codes = {" ".join(one["words"][:-1]): (one["code"], round(one["seconds"])) for one in ended}
    sent = [str(world.asked), str([asked.headers for asked in chat_server.asked]), str(receiver.taken)]
    assert leaks(folder, ended) == []
    assert {one["code"] for one in ended} <= {0, 1, 3}, codes
    went = {name for name, value in CANARIES.items() if any(value in one for one in sent)}
    coded = b64decode(re.search(r"Basic ([\w+/=]+)", sent[2])[1]).decode()  # type: ignore[index]
    assert {"llm", "notifyword", "beat", "youtube"} <= went, codes
    assert went.isdisjoint({"cookie", "httpproxy", "httpsproxy", "allproxy"})
    assert CANARIES["notify"] in coded
    ports = {
        str(port) for port in (*world.facts[:2], receiver.server_port, chat_server.url.split(":")[2].split("/")[0])
    }
    asked = {where for one in ended for where in one["asked"]}
    assert {
        where for where in asked if "127.0.0.1" not in where or not any(f" {port}" in where for port in ports)
    } == set()


@pytest.mark.parametrize("reached", ["127.0.0.1", ""], ids=["past the proxies", "through proxies that are not there"])
def test_no_secret_comes_out_where_everything_fails(
    world: World, chat_server: ChatServer, receiver: Any, tmp_path: Path, reached: str
) -> None:
    folder = study(tmp_path / "study", world, chat_server)
    first = listened(tmp_path, with_study(folder, (["collect"],)), world.facts, **secrets(receiver.server_port))
    world.clear()
    world.otherwise, chat_server.otherwise, receiver.failing = shouting, echoing, True
    given = secrets(receiver.server_port, NO_PROXY=reached)
    ended = listened(tmp_path, with_study(folder, FAILING), world.facts, **given)
    receiver.failing = False
    assert leaks(folder, first + ended) == []
    assert {one["code"] for one in ended} & {1, 3}


@pytest.mark.parametrize(
    "words", [(["doctor", "--json"], ["run", "--again"]), pytest.param(FAILING, marks=pytest.mark.thorough)]
)  # a command waits half a minute for a server that is away
def test_no_password_of_a_database_comes_out(world: World, tmp_path: Path, words: tuple[list[str], ...]) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "data.csv").write_text("text\nfine\n", "utf-8")
    (folder / "study.toml").write_text(study_file([("a", "files", {"path": "data.csv"})]), "utf-8")
    database = f"postgresql://minyi:{CANARIES['database']}@127.0.0.1:9/minyi"
    ended = listened(tmp_path, with_study(folder, words), None, **secrets(9, MINYI_DATABASE_URL=database))
    assert leaks(folder, ended) == []
    assert {one["code"] for one in ended} & {1, 2}


def test_no_password_in_an_address_is_taken_in(tmp_path: Path) -> None:
    address = f"https://me:{CANARIES['url']}@news.example/feed"
    (tmp_path / "study.toml").write_text(study_file([("a", "feed", {"urls": [address]})]), "utf-8")
    ended = listened(tmp_path, with_study(tmp_path, (["check"], ["collect"], ["run"], ["status"])))
    (tmp_path / "study.toml").write_text("", "utf-8")  # it stands where the person wrote it
    (tmp_path / "other.txt").write_text("", "utf-8")
    assert leaks(tmp_path, ended) == []
    assert {one["code"] for one in ended} <= {1, 2}
    assert "an address holds a user name or password" in ended[0]["said"]
