"""The command line: every command imports the rooms it needs when it runs, so that help is quick."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from minyi.console import Console, Exit
from storage.errors import MinyiError

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
    """Run a command; end with 0 ok, 1 failed, 2 usage, 3 partial, 130 interrupted."""
    from minyi.commands import register

    register(app)
    console = Console(json="--json" in sys.argv)
    try:
        app()
    except MinyiError as error:
        console.error(error)
        sys.exit(Exit.USAGE if error.usage else Exit.FAILED)
    except KeyboardInterrupt:
        console.warn("stopped; what was stored is kept, and the same command goes on from there")
        sys.exit(Exit.INTERRUPTED)
