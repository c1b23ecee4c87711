"""A small forum on loopback, in a process of its own: two pages of topics, each with its posts."""

from __future__ import annotations

import json
import os
import signal
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOPICS, ON_A_PAGE = 4, 2
SAID = (
    "The charge is too high for people who cross every day.",
    "希望多设几个免费时段，早晚高峰别收费。",
    "Please publish how the money is spent before you raise the charge.",
    "支持收费，路上终于不堵了。",
    "收费太贵了，每天来回要多花二十块。",
    "Could there be a monthly pass for commuters?",
    "I support the charge, the bridge needs repair.",
    "什么时候开始收费？",
)


class _Forum(BaseHTTPRequestHandler):
    posts: ClassVar[Path]

    def do_GET(self) -> None:  # the server's own name
        parts = urlsplit(self.path)
        page = self._answer(parts.path, parts.query)
        body = b"" if page is None else json.dumps(page).encode()
        self.send_response_only(404 if page is None else 200)  # without the date, which would tell two runs apart
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, path: str, query: str) -> dict[str, Any] | None:
        n = int(self.posts.read_text())
        if path == "/latest.json":
            return _listed(int(query.partition("page=")[2] or 0), n)
        name = path.removeprefix("/t/").removesuffix(".json")
        return _topic(int(name), n) if name.isdigit() else None

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


def _listed(page: int, posts: int) -> dict[str, Any]:
    numbers = range(page * ON_A_PAGE + 1, page * ON_A_PAGE + ON_A_PAGE + 1)
    more = {"more_topics_url": f"/latest?page={page + 1}"} if numbers.stop <= TOPICS else {}
    return {"topic_list": {"topics": [_head(number, posts) for number in numbers], **more}}


def _head(number: int, posts: int) -> dict[str, Any]:
    bumped = f"2026-03-{20 - number:02}T10:00:{posts:02}.000Z"
    return {
        "id": number,
        "title": f"Topic {number}",
        "slug": "t",
        "posts_count": posts + 1,
        "bumped_at": bumped,
        "last_posted_at": bumped,
    }


def _topic(number: int, n: int) -> dict[str, Any]:
    posts = [
        {
            "id": number * 1000 + place,
            "post_number": place + 1,
            "post_type": 1,
            "username": f"user{(place * number) % 7}",
            "created_at": f"2026-03-{number + 1:02}T1{place % 10}:00:00.000Z",
            "cooked": f"<p>{SAID[(place + number) % len(SAID)]} ({number}.{place})</p>",
            "reply_to_post_number": None,
        }
        for place in range(n + 1)
    ]
    stream = {"posts": posts, "stream": [post["id"] for post in posts]}
    return {**_head(number, n), "created_at": "2026-03-02T10:00:00.000Z", "post_stream": stream}


class _Server(HTTPServer):
    """Ends with the process that began it, however that ended."""

    begun_by = 0

    def service_actions(self) -> None:
        if os.getppid() != self.begun_by:
            os._exit(0)


@contextmanager
def forum(posts: Path) -> Iterator[int]:
    """Serves it while the block runs, and gives the port; `posts` holds how many posts each topic has by now."""
    _Forum.posts = posts
    server = _Server(("127.0.0.1", 0), _Forum)
    server.begun_by = os.getpid()
    child = os.fork()
    if child == 0:
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            server.serve_forever()
        finally:
            os._exit(0)
    port = server.server_port
    server.server_close()
    try:
        yield port
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
