"""The labelling page's application: one page, what it reads, and the one thing it writes."""

from __future__ import annotations

from html import escape
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from pydantic import Field, ValidationError
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from minyi.labelling.answers import Answer, problems
from minyi.labelling.desk import coder_name
from minyi.labelling.errors_said import errors_said
from minyi.labelling.gate import OPEN, Gate, Keys, refusal, same
from minyi.labelling.page import content_policy, label_page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from minyi.labelling.desk import Desk
    from storage.nouns import Language

# A page of our own leads on, so that the browser takes what follows for a step inside the page, wherever the link was.
_DOOR = (
    '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={url}"><title>minyi</title>'
    '<a href="{url}">minyi</a>'
)


class Said(Answer):
    """A request to keep an answer: who says it, and the revision of their own answer that their page knew of."""

    as_: str = Field(alias="as")
    seen: int | None


def label_app(desk: Desk, keys: Keys, port: int, *, place: str = "", language: Language | None = None) -> ASGIApp:
    """The application behind its gate.

    Args:
        desk: the sample, and where answers go.
        keys: the secrets of this run.
        port: where it is served on 127.0.0.1.
        place: the study as a command names it, for the page's last words.
        language: the language the page begins in; None for the browser's.
    """
    page = _Page(desk, keys, {"token": keys.page, "place": place}, language)
    routes = [
        Route(OPEN, page.open),
        Route("/", page.show),
        Route("/api/people", page.people),
        Route("/api/work", page.work),
        Route("/api/agreement", page.agreement),
        Route("/api/judge", page.judge, methods=["POST"]),
    ]
    app = Starlette(routes=routes, exception_handlers=errors_said("judgement"))
    page.gate = Gate(app, keys, port, content_policy())
    return page.gate


class _Page:
    """The page's endpoints. The store is asked in the loop itself: one person's answers come one at a time."""

    gate: Gate

    def __init__(self, desk: Desk, keys: Keys, setup: dict[str, str], language: Language | None) -> None:
        self._desk, self._keys = desk, keys
        self._setup, self._language = setup, language

    async def open(self, request: Request) -> Response:
        asked = dict(request.query_params)
        if not same(asked.pop("token", None), self._keys.address):
            return refusal(HTTPStatus.FORBIDDEN, "this address is out of date", "Start `minyi label` again.")
        answer = HTMLResponse(_DOOR.format(url=escape(f"/?{urlencode(asked)}")))
        answer.set_cookie(self.gate.cookie_name, self._keys.cookie, httponly=True, samesite="strict")
        return answer

    async def show(self, _request: Request) -> Response:
        return HTMLResponse(label_page(self._setup, language=self._language))

    async def people(self, _request: Request) -> Response:
        return JSONResponse({"people": self._desk.people()})

    async def work(self, request: Request) -> Response:
        return JSONResponse(self._desk.work(_name(request)))

    async def agreement(self, request: Request) -> Response:
        """Told only to those who are done: it would tell of the others' answers."""
        words = self._desk.agreement() if self._desk.is_done(_name(request)) else None
        return JSONResponse({"words": words and words.model_dump()})

    async def judge(self, request: Request) -> Response:
        try:
            said = Said.model_validate_json(await request.body())
        except ValidationError as error:
            return refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "; ".join(problems(error)), "Load the page again.")
        return JSONResponse({"judgement": self._desk.judge(coder_name(said.as_), said, said.seen)})


def _name(request: Request) -> str:
    return coder_name(request.query_params.get("as", ""))
