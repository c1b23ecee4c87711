"""What a page of ours is answered where something goes wrong: in words, as JSON."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

from minyi.labelling.desk import Elsewhere, Refused
from minyi.labelling.gate import refusal
from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    Answered = Callable[[Request, Exception], Awaitable[Response]]


def errors_said(newer: str) -> dict[type[Exception], Answered]:
    """The answers to errors, by their kind.

    Args:
        newer: the name under which the page is given what was said elsewhere meanwhile.
    """

    async def said(_request: Request, error: Exception) -> Response:
        status = error.status if isinstance(error, Refused) else HTTPStatus.SERVICE_UNAVAILABLE
        more = {newer: error.judgement} if isinstance(error, Elsewhere) else {}
        what, remedy = (error.what, error.remedy) if isinstance(error, MinyiError) else (str(error), "")
        return refusal(status, what, remedy, **more)

    return {MinyiError: said, HTTPException: _unknown, Exception: _failed}


async def _unknown(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.NOT_FOUND
    return refusal(status, "there is no such page here")


async def _failed(_request: Request, error: Exception) -> Response:
    what = f"the program failed ({type(error).__name__}); this answer was not kept"
    return refusal(HTTPStatus.INTERNAL_SERVER_ERROR, what, "The terminal says more.")
