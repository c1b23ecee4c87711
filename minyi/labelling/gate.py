"""Who may speak to the labelling page: this machine's own browser, from the page itself, with its tokens."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_LIMIT = 64 * 1024
OPEN = "/open"
TOKEN_HEADER = "x-minyi-token"  # noqa: S105  a header's name
_LOST = "Open the address that `minyi label` printed."


@dataclass(frozen=True)
class Keys:
    """The secrets of one run; they end with it.

    Attributes:
        address: in the first URL, exchanged for the cookie.
        cookie: what the browser sends by itself, to this page alone.
        page: in the page, and sent by its script with every request.
    """

    address: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    cookie: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    page: str = field(default_factory=lambda: secrets.token_urlsafe(32))


def same(given: str | None, wanted: str) -> bool:
    """Whether a secret is the right one, in a time that tells nothing of it."""
    return secrets.compare_digest((given or "").encode(errors="replace"), wanted.encode())


def refusal(status: int, what: str, remedy: str = "", **more: Any) -> JSONResponse:  # noqa: ANN401  whatever JSON holds
    """An error in words."""
    return JSONResponse({"error": {"what": what, "remedy": remedy}, **more}, status)


class Gate:
    """Stands before the page: checks who asks, and sends every answer with the headers that keep it in.

    Host is checked against DNS rebinding, Origin and Sec-Fetch-Site against other pages, the cookie and the page's
    token against other programs and other users of this machine.
    """

    def __init__(self, app: ASGIApp, keys: Keys, port: int, policy: str) -> None:
        self._app, self._keys = app, keys
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self.cookie_name = f"minyi-label-{port}"
        headers = {
            "content-security-policy": policy,
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "x-frame-options": "DENY",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
        }
        self._headers = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return

        async def sheltered(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._headers]
            await send(message)

        answer = self._refused(Request(scope)) or self._app
        await answer(scope, receive, sheltered)

    def _refused(self, request: Request) -> JSONResponse | None:
        asked = request.headers
        if asked.get("host") not in self._hosts:
            return refusal(HTTPStatus.MISDIRECTED_REQUEST, "this address is not the page's own", _LOST)
        if request.url.path == OPEN:
            return None  # it checks its own token, and a link in another page may lead to it
        if asked.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
            return refusal(HTTPStatus.FORBIDDEN, "another page may not ask", _LOST)
        if not same(request.cookies.get(self.cookie_name), self._keys.cookie):
            return refusal(HTTPStatus.FORBIDDEN, "this browser has not been let in", _LOST)
        if "origin" in asked and asked["origin"] != f"http://{asked['host']}":
            return refusal(HTTPStatus.FORBIDDEN, "another page may not ask", _LOST)
        return self._refused_write(request) if request.method not in {"GET", "HEAD"} else None

    def _refused_write(self, request: Request) -> JSONResponse | None:
        asked = request.headers
        if "origin" not in asked or not same(asked.get(TOKEN_HEADER), self._keys.page):
            return refusal(HTTPStatus.FORBIDDEN, "only the page itself may write", _LOST)
        if asked.get("content-type", "").partition(";")[0].strip() != "application/json":
            return refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "an answer comes as JSON")
        size = asked.get("content-length", "")
        if not size.isdecimal():
            return refusal(HTTPStatus.LENGTH_REQUIRED, "an answer says how long it is")
        if len(size) > len(str(BODY_LIMIT)) or int(size) > BODY_LIMIT:
            return refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"an answer has at most {BODY_LIMIT} bytes")
        return None
