"""The command line: every command imports the rooms it needs when it runs, so that help is quick."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from minyi.console import Console, Exit
from storage.errors import MinyiError

if TYPE_CHECKING:
    from minyi.stopping import Stop

app = typer.Typer(
    name="minyi",
    help="minyi (民意): collect what people say about a change, say which stance each comment takes, and report it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        from minyi import __version__

        typer.echo(f"minyi {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    del version


def main() -> None:
    """Run a command; end with 0 ok, 1 failed, 2 usage, 3 partial, 75 busy, 130 by Ctrl-C, 143 by SIGTERM."""
    from minyi.commands import register
    from minyi.stopping import stoppable

    _one_thread()
    register(app)
    _open_streams()
    with stoppable() as stop:
        try:
            _run(Console(json="--json" in sys.argv), stop)
        except KeyboardInterrupt:  # between two lines: before the command began, or after all was done and said
            sys.exit(stop.code)


def _run(console: Console, stop: Stop) -> None:
    try:
        _ended(console, stop)
    except MemoryError:
        Console().warn("could not go on: there is not enough memory; what was stored before is kept")
        sys.exit(Exit.FAILED)
    except OSError as error:
        _say_nothing_more()
        if error.errno != errno.EPIPE:  # whoever closed the pipe has read enough
            where = f"{error.filename}: " if error.filename else ""
            Console().warn(f"could not go on: {where}{error.strerror or error}")
        sys.exit(Exit.FAILED)


def _ended(console: Console, stop: Stop) -> None:
    """Run the command, and say why where it does not end as it should."""
    try:
        app()
        sys.stdout.flush()
    except MinyiError as error:
        console.error(error)
        sys.exit(_code(error))
    except (KeyboardInterrupt, SystemExit) as end:  # Typer makes an exit code of the first
        if isinstance(end, SystemExit) and end.code != Exit.INTERRUPTED:
            raise
        from minyi.stopping import Interrupted

        console.error(Interrupted())
        sys.exit(stop.code)


def _code(error: MinyiError) -> Exit:
    from minyi.lock import Busy

    if isinstance(error, Busy):
        return Exit.BUSY
    return Exit.USAGE if error.usage else Exit.FAILED


def _one_thread() -> None:
    """NumPy's matrix products on one thread: how many there are changes the last digits, and here several are slower.

    torch brings its own, and goes on with as many threads as there are cores.
    """
    for library in ("OPENBLAS", "VECLIB_MAXIMUM"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")


def _open_streams() -> None:
    """Streams that take every character, whatever the locale, and are there even where a job closed them."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115  lives as long as we do
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _say_nothing_more() -> None:
    """After a pipe was closed or a disk filled, the rest of standard output goes nowhere."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
