"""What a command says: to a person (text, progress bars) or to a job (`--json` lines, `--quiet`)."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, TextIO

from storage.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from storage.errors import MinyiError


class Exit(IntEnum):
    """Exit codes that jobs rely on."""

    OK = 0
    FAILED = 1
    USAGE = 2
    PARTIAL = 3
    BUSY = 75
    """Another job works in the same workspace: EX_TEMPFAIL of sysexits.h, "try again later"."""
    INTERRUPTED = 130


class Unheard(OSError):  # noqa: N818  says what happened
    """Standard output takes no more: its reader is gone, or a disk is full. No fault of what is being worked on."""


def so_many(n: int, one: str, many: str = "") -> str:
    """A number with its noun: 1 comment, 814 comments; `many` where the plural takes more than an s."""
    return f"{n:,} {one if n == 1 else many or f'{one}s'}"


@contextmanager
def _heard() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unheard(error.errno, error.strerror) from error


@dataclass
class Console:
    """Where a command speaks.

    Results go to standard output; progress, warnings and errors to standard error. With `json`, standard output
    carries one JSON object a line, the last of them with `"event": "done"` or `"event": "error"`. With `quiet`, only
    warnings and errors are said.
    """

    quiet: bool = False
    json: bool = False
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)

    def say(self, text: str = "") -> None:
        """A line for a person."""
        if not self.quiet and not self.json:
            with _heard():
                print(_plain(text), file=self.out)

    def warn(self, text: str) -> None:
        """Something to look at; the work goes on."""
        if self.json:
            self.event("warning", message=text)
        else:
            print(f"warning: {_plain(text)}", file=self.err)

    def event(self, name: str, **facts: Any) -> None:  # noqa: ANN401  whatever JSON holds
        """A line for a job; people do not see it."""
        if self.json:
            with _heard():
                print(json.dumps({"event": name, **facts}, ensure_ascii=False, default=str), file=self.out, flush=True)

    def error(self, error: MinyiError) -> None:
        """What happened, where, what to do."""
        if self.json:
            self.event("error", type=type(error).__name__, what=error.what, where=error.where, remedy=error.remedy)
            return
        where = f"{error.where}: " if error.where else ""
        print(_plain(f"error: {where}{error.what}"), file=self.err)
        if error.remedy:
            print(_plain(f"  what to do: {error.remedy}"), file=self.err)

    def table(self, title: str, columns: list[str], rows: list[list[Any]]) -> None:
        """A table for a person; numbers stand right."""
        if self.quiet or self.json or not rows:
            return
        from rich.console import Console as RichConsole
        from rich.table import Table

        self.say(f"\n{title}")
        table = Table(box=None, pad_edge=False)
        for index, column in enumerate(columns):
            numeric = all(isinstance(row[index], int | float | None) for row in rows)
            table.add_column(column, justify="right" if numeric else "left", overflow="fold")
        for row in rows:
            table.add_row(*(_cell(value) for value in row))
        with _heard():
            RichConsole(file=self.out, width=self._width, markup=False, highlight=False).print(table)

    def passage(self, text: str, indent: int) -> None:
        """A longer text for a person, broken where the terminal ends; Chinese characters are two columns wide."""
        if self.quiet or self.json:
            return
        from rich.console import Console as RichConsole
        from rich.text import Text

        screen = RichConsole(file=self.out, width=self._width)
        for line in Text(_plain(text)).wrap(screen, max(20, screen.width - indent)):
            self.say(" " * indent + line.plain.rstrip())

    @property
    def _width(self) -> int | None:
        """A pipe has no width of its own: its lines are not broken at 80."""
        return None if self.out.isatty() else 200

    @contextmanager
    def progress(self, title: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """A progress bar on a terminal, nothing elsewhere; call what it gives with the number of items done since."""
        if self.quiet or self.json or not self.err.isatty():
            yield lambda _done: None
            return
        from rich.console import Console as RichConsole
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=RichConsole(file=self.err), transient=True) as bars:
            task = bars.add_task(title, total=total)
            yield lambda done: bars.advance(task, done)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else _plain(str(value))


def _plain(text: str) -> str:
    """Without the control characters by which foreign text could steer a terminal."""
    return clean(text, limit=100_000)
