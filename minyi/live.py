"""How collecting goes, while it goes: a live table for a person, one event a change for a job."""

from __future__ import annotations

import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from rich.table import Table

    from minyi.console import Console
    from scrapers.results import SourceResult

    Show: TypeAlias = Callable[[SourceResult], None]

_EVERY_S = 0.5
_COLUMNS = ("source", "asked", "fetched", "new", "known", "failed", "waiting", "next allowed")


@contextmanager
def showing(console: Console) -> Iterator[Show]:
    """Gives what is to be told of every change of a source; at most two events a second for each source."""
    if console.json:
        yield _Events(console)
    elif console.quiet or not console.err.isatty():
        yield lambda _result: None
    else:
        yield from _live(console)


class _Events:
    """One `progress` event for each source that changed, not more often than people can use; its end always."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console, self._clock = console, clock
        self._last: dict[str, float] = {}

    def __call__(self, result: SourceResult) -> None:
        now = self._clock()
        if not result.finished and now - self._last.get(result.name, -_EVERY_S) < _EVERY_S:
            return
        self._last[result.name] = now
        self._console.event("progress", **facts_of(result))


def facts_of(result: SourceResult) -> dict[str, Any]:
    """Where a source stands at this moment."""
    return {
        "source": result.name,
        "asked": result.asked,
        "fetched": result.fetched,
        "new": result.new,
        "known": result.known,
        "failed": len(result.failures),
        "waiting": result.waiting,
        "next_allowed": result.next_at.isoformat(timespec="seconds") if result.next_at else None,
        "finished": result.finished,
    }


def _live(console: Console) -> Iterator[Show]:
    from rich.console import Console as RichConsole
    from rich.live import Live

    results: dict[str, SourceResult] = {}

    def table() -> Table:
        return table_of(list(results.values()), datetime.now(UTC))

    screen = RichConsole(file=console.err, markup=False)
    with Live(get_renderable=table, console=screen, refresh_per_second=4, transient=True):
        yield lambda result: results.update({result.name: result})


def table_of(results: list[SourceResult], now: datetime) -> Table:
    """The sources as a table: counts right, and how long until the next request is allowed."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in _COLUMNS:
        table.add_column(column, justify="left" if column in {"source", "next allowed"} else "right", no_wrap=True)
    for result in results:
        numbers = (result.asked, result.fetched, result.new, result.known, len(result.failures), result.waiting)
        table.add_row(result.name, *(f"{number:,}" for number in numbers), _next(result, now))
    return table


def _next(result: SourceResult, now: datetime) -> str:
    if result.finished:
        return "failed" if result.error else "done"
    if result.next_at is None:
        return "now"
    seconds = (result.next_at - now).total_seconds()
    return f"in {seconds:.0f} s" if seconds >= 1 else "now"
