"""The settling page's application, behind the same gate as the labelling page."""

from __future__ import annotations

from html import escape
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from minyi.labelling.answers import Answer, problems
from minyi.labelling.errors_said import errors_said
from minyi.labelling.gate import OPEN, Gate, Keys, refusal, same
from minyi.settling.page import content_policy, settling_page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from minyi.settling.board import Board
    from storage.nouns import Language

# A page of our own leads on, so that the browser takes what follows for a step inside the page.
_DOOR = (
    '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={url}"><title>minyi</title>'
    '<a href="{url}">minyi</a>'
)


class Settled(Answer):
    """A request to keep what was settled: with the revision of it that the page knew of."""

    seen: int | None


def settling_app(board: Board, keys: Keys, port: int, *, language: Language | None = None) -> ASGIApp:
    """The application behind its gate.

    Args:
        board: the disagreements, and where what is settled goes.
        keys: the secrets of this run.
        port: where it is served on 127.0.0.1.
        language: the language the page begins in; None for the browser's.
    """
    page = _Page(board, keys, language)
    routes = [
        Route(OPEN, page.open),
        Route("/", page.show),
        Route("/api/work", page.work),
        Route("/api/settle", page.settle, methods=["POST"]),
    ]
    app = Starlette(routes=routes, exception_handlers=errors_said("dispute"))
    page.gate = Gate(app, keys, port, content_policy())
    return page.gate


class _Page:
    """The page's endpoints."""

    gate: Gate

    def __init__(self, board: Board, keys: Keys, language: Language | None) -> None:
        self._board, self._keys, self._language = board, keys, language

    async def open(self, request: Request) -> Response:
        asked = dict(request.query_params)
        if not same(asked.pop("token", None), self._keys.address):
            return refusal(HTTPStatus.FORBIDDEN, "this address is out of date", "Start `minyi labels settle` again.")
        answer = HTMLResponse(_DOOR.format(url=escape(f"/?{urlencode(asked)}")))
        answer.set_cookie(self.gate.cookie_name, self._keys.cookie, httponly=True, samesite="strict")
        return answer

    async def show(self, _request: Request) -> Response:
        return HTMLResponse(settling_page(self._keys.page, self._language))

    async def work(self, _request: Request) -> Response:
        return JSONResponse(self._board.work())

    async def settle(self, request: Request) -> Response:
        try:
            said = Settled.model_validate_json(await request.body())
        except ValidationError as error:
            return refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "; ".join(problems(error)), "Load the page again.")
        return JSONResponse({"dispute": self._board.settle(said, said.seen)})
