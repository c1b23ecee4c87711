"""A web server for the demo's own pages, on loopback alone, so that the real collector has something to fetch."""

from __future__ import annotations

import os
import socketserver
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

ROBOTS = b"User-agent: *\nAllow: /\n"

PAGES: Mapping[str, tuple[str, str]] = {
    "/news/2026/0318/yunwu-advance.html": ("article.zh.html", "text/html; charset=utf-8"),
    "/en/2026/0319/yunwu-advance.html": ("article.en.html", "text/html; charset=utf-8"),
    "/comments.jsonl": ("comments.jsonl", "application/x-ndjson; charset=utf-8"),
}
"""Every path that is served, with its file and content type. There is no other path to a file."""


@contextmanager
def serve(folder: Path, port: int = 0) -> Iterator[int]:
    """The demo's pages from `folder`, served on 127.0.0.1 until the block ends; gives the port.

    A wanted `port` that is taken is replaced by a free one; 0 takes any free one.
    """
    server = _listen(folder, port)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _listen(folder: Path, port: int) -> _Server:
    try:
        return _Server(folder, port)
    except (OSError, OverflowError):  # taken, not allowed, or no port number at all
        if port == 0:
            raise
        return _Server(folder, 0)


class _Server(ThreadingHTTPServer):
    # A port just left may be taken again at once; on Windows the same setting would let two servers share one.
    allow_reuse_address = os.name == "posix"
    daemon_threads = True

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        super().__init__(("127.0.0.1", port), _Pages)

    def server_bind(self) -> None:
        # HTTPServer looks its own name up here, which can take seconds on a machine without DNS.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]


class _Pages(BaseHTTPRequestHandler):
    server: _Server
    timeout = 10

    def do_GET(self) -> None:
        body = self._head()
        if body is not None:
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        self._head()

    def _head(self) -> bytes | None:
        """Sends status and headers, and gives the body; None when the path is not one of ours."""
        found = self._find(self.path.partition("?")[0])
        if found is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        body, content_type = found
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return body

    def _find(self, path: str) -> tuple[bytes, str] | None:
        if path == "/robots.txt":
            return ROBOTS, "text/plain; charset=utf-8"
        if path not in PAGES:
            return None
        name, content_type = PAGES[path]
        return (self.server.folder / name).read_bytes(), content_type

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is http.server's
        """Quiet: the demo's own progress is what its reader should see."""
