"""A server that speaks the chat-completions API on loopback, and has every fault one may have.

with ChatServer() as server:
    server.script = [status(429, {"retry-after": "3"}), saying("not JSON")]   # then `server.otherwise`
    …
    assert server.asked[0].comments == ["支持"]
"""

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, Self

from quiet import QuietServer

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Mapping

MOST = 64 << 20
"""Bytes of an endless body, after which a reader without a limit is shown to be one."""


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    raw: bytes

    @property
    def given(self) -> dict[str, Any]:
        """The user message: the change and the comments."""
        return json.loads(self.body["messages"][-1]["content"])

    @property
    def comments(self) -> list[str]:
        return [comment["text"] for comment in self.given["comments"]]

    @property
    def format(self) -> str:
        return self.body.get("response_format", {}).get("type", "none")


@dataclass
class Reply:
    """What is sent back, after a wait, byte by byte, over and over, or less than its length says."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float = 0.0
    drip: float = 0.0
    length: int | None = None
    endless: bool = False


def entry(n: int, primary: str = "concern", span: str = "", **others: Any) -> dict[str, Any]:
    """One answer that fits the schema."""
    codes = {code: int(code == primary) for code in ("support", "concern", "suggestion")}
    return {"n": n, **codes, "span": span, "primary": primary, **others}


def stance_of(text: str) -> str:
    """What this server thinks: it looks for one word."""
    words = {"支持": "support", "建议": "suggestion", "反对": "concern"}
    return next((stance for word, stance in words.items() if word in text), "neutral")


def completion(content: Any, usage: Any = None) -> Reply:
    """A chat completion with this content."""
    said = {"choices": [{"index": 0, "message": {"role": "assistant", "content": content}}]}
    return Reply(json.dumps(said | ({} if usage is None else {"usage": usage})).encode())


def saying(content: Any) -> Callable[[Asked], Reply]:
    return lambda _: completion(content)


def answering(*entries: dict[str, Any], **others: Any) -> Callable[[Asked], Reply]:
    return saying(json.dumps({"answers": entries, **others}, ensure_ascii=False))


def status(code: int, headers: Mapping[str, str] | None = None, body: bytes = b"{}") -> Callable[[Asked], Reply]:
    return lambda _: Reply(body, code, headers or {})


def honest(asked: Asked) -> Reply:
    """Judges every comment by its words."""
    entries = [entry(comment["n"], stance_of(comment["text"])) for comment in asked.given["comments"]]
    return completion(
        json.dumps({"answers": entries}), {"prompt_tokens": 80, "completion_tokens": 20, "total_tokens": 100}
    )


class ChatServer:
    """The server, in threads of its own.

    Attributes:
        script: how the next requests are answered, one each.
        otherwise: how those after them are.
        asked: every request.
        sent: bytes of bodies that the other side took.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.script: list[Callable[[Asked], Reply]] = []
        self.otherwise: Callable[[Asked], Reply] = honest
        self.asked: list[Asked] = []
        self.most_at_once = self._at_once = self.sent = 0
        self._lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # head and body leave together: apart, each answer would wait 40 ms for an acknowledgement

            def do_POST(self) -> None:
                server._answer(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = QuietServer(("127.0.0.1", 0), Handler)
        self._scheme = "https" if tls else "http"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}/v1"

    @property
    def texts(self) -> list[str]:
        """Every comment that was sent, in order."""
        return [text for asked in self.asked for text in asked.comments]

    def clear(self) -> None:
        self.script, self.otherwise, self.asked = [], honest, []
        self.most_at_once = self.sent = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        raw = handler.rfile.read(int(handler.headers["content-length"]))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        asked = Asked(handler.path, headers, json.loads(raw), raw)
        with self._lock:
            self.asked.append(asked)
            behave = self.script.pop(0) if self.script else self.otherwise
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            reply = behave(asked)
            if reply.wait:
                time.sleep(reply.wait)
        finally:
            with self._lock:
                self._at_once -= 1
        with suppress(OSError):
            self._send(handler, reply)

    def _send(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        handler.send_response(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.send_header("content-length", str(len(reply.body) if reply.length is None else reply.length))
        handler.end_headers()
        for part in _parts(reply):
            handler.wfile.write(part)
            handler.wfile.flush()
            self.sent += len(part)
        handler.close_connection |= reply.length is not None


def _parts(reply: Reply) -> Iterator[bytes]:
    if reply.endless:
        yield from (bytes(1 << 16) for _ in range(MOST >> 16))
    elif reply.drip:
        for byte in reply.body:
            yield bytes([byte])
            time.sleep(reply.drip)
    else:
        yield reply.body
