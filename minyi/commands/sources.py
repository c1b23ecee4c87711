"""What can be collected from, and reading again what was collected."""

from __future__ import annotations

from typing import Annotated

import typer

from minyi.commands.options import HERE, Json, Place, Quiet
from minyi.console import Console


def sources(
    kind: Annotated[str, typer.Argument(metavar="[KIND]", help="Show one kind with its options.")] = "",
    *,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """List every kind of source, those that other packages bring too.

    Each with what it gives, whom it asks, and whether it needs a key of your own.
    """
    from minyi.sources import show_kind, show_kinds

    console = Console(quiet=quiet, json=json)
    if kind:
        show_kind(kind, console)
    else:
        show_kinds(console)


def reparse(
    place: Place = HERE,
    *,
    only: Annotated[list[str] | None, typer.Option(help="Parse only this source again; may be given again.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Parse every kept capture again, without a network, and say what that changes.

    After minyi learned to read a source better. Each capture is read with the options it was fetched with.
    """
    from minyi.reparsing import reparse as parse_again
    from minyi.workspace import open_workspace

    console = Console(quiet=quiet, json=json)
    with open_workspace(place) as workspace:
        code = parse_again(workspace, console, only=only, dry_run=dry_run)
    raise typer.Exit(code)
