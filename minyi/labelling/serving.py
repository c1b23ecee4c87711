"""The labelling page served to this machine's own browser, until somebody stops it."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import TYPE_CHECKING

from storage.errors import UsageError

if TYPE_CHECKING:
    from starlette.types import ASGIApp
    from uvicorn import Server

HERE = "127.0.0.1"
_PATIENCE_S = 2  # for answers under way when the program is stopped


class PortTaken(UsageError):  # noqa: N818  says what happened
    """The port that was asked for cannot be had."""


def listen(port: int = 0) -> socket.socket:
    """A socket on 127.0.0.1 alone, listening; 0 takes any free port.

    Raises:
        PortTaken: another program has this port, or it may not be used.
    """
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        door.bind((HERE, port))
        door.listen()
    except (OSError, OverflowError) as error:
        door.close()
        remedy = "Leave --port out: a free one is taken."
        raise PortTaken(f"port {port} cannot be had ({error})", where=HERE, remedy=remedy) from error
    return door


def serve(app: ASGIApp, door: socket.socket) -> None:
    """Answer until Ctrl-C or SIGTERM, which end it in order: the answers under way are kept and sent."""
    with suppress(KeyboardInterrupt):  # uvicorn raises the signal again once it has ended
        server(app).run(sockets=[door])


def server(app: ASGIApp) -> Server:
    """A server that says nothing of itself, and nothing on the terminal but what went wrong."""
    from uvicorn import Config, Server

    config = Config(
        app,
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=64,
        timeout_graceful_shutdown=_PATIENCE_S,
    )
    return Server(config)
