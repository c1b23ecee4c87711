"""What surrounds a study in a soak: the loopback internet, somebody to tell, a disk that may be full."""

from __future__ import annotations

import errno
import json
import os
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import typer.main

from minyi.jobs.notices import Teller
from scrapers.fetch import FetchSettings
from scrapers.runner import collect
from storage import database

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from scrapers.fetch import Network

ADDRESS = "MINYI_SOAK_ADDRESS"
SETTINGS = FetchSettings(min_interval_s=0.0, total_s=2.0, backoff_s=0.01, max_wait_s=0.2, cap_bytes=1 << 20)
_PAGE_BYTES = 4096


@contextmanager
def surroundings(network: Callable[[], Network], messages: Path, url: str = "") -> Iterator[None]:
    """Let every run use this network and tell its causes to a file, one message a line."""

    def over_there(*what: Any, **how: Any) -> Any:
        return collect(*what, **how | {"network": network()})

    def noted(_teller: Teller, _address: Any, new: Sequence[Any], over: Sequence[Any], *, again: bool) -> bool:
        ended = [one for one in (*new, *over) if one.over is not None]
        keys = {name: [one.alert.key for one in found] for name, found in (("new", new), ("over", ended))}
        with messages.open("a") as file:
            file.write(json.dumps(keys | {"again": again}) + "\n")
        return True

    with ExitStack() as stack:
        named = {ADDRESS: "json://127.0.0.1/"} | ({"MINYI_DATABASE_URL": url} if url else {})
        stack.enter_context(patch.dict(os.environ, named))
        stack.enter_context(patch("minyi.collecting.collect_pages", over_there))
        stack.enter_context(patch("minyi.collecting._settings", lambda *_: SETTINGS))
        stack.enter_context(patch.object(Teller, "_send", noted))
        stack.enter_context(patch("os.fsync", lambda _: None))  # nobody cuts the power
        stack.enter_context(_also_pragma("PRAGMA synchronous = OFF"))
        stack.enter_context(_as_if_started_once())
        yield


@contextmanager
def disk_full(file: Path | None, dice: random.Random) -> Iterator[None]:
    """From the nth file on nothing can be written any more; or the database cannot grow, where it is a file."""
    if file is None or dice.randrange(2):
        left = dice.randrange(6)

        def settle(_descriptor: int) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with patch("os.fsync", settle):
            yield
    else:
        pages = file.stat().st_size // _PAGE_BYTES + dice.randrange(4)
        with _also_pragma(f"PRAGMA max_page_count = {pages}"):
            yield


@contextmanager
def _as_if_started_once() -> Iterator[None]:
    """What each start of the program works out anew stays: its commands, and the text of its statements."""
    made, first = database.create_engine, list[Any]()

    def create(url: Any, **how: Any) -> Any:
        engine = made(url, **how)
        first.append(engine) if not first else None
        engine.dialect = engine.pool._dialect = first[0].dialect  # noqa: SLF001  the library has no way to say so
        engine._compiled_cache = first[0]._compiled_cache  # noqa: SLF001  likewise
        return engine

    with (
        patch.object(database, "create_engine", create),
        patch.object(typer.main, "get_command", cache(typer.main.get_command)),
    ):
        yield


@contextmanager
def _also_pragma(statement: str) -> Iterator[None]:
    with patch.object(database, "_PRAGMAS", (*database._PRAGMAS, statement)):  # noqa: SLF001  how it is opened
        yield
