"""Who is told how runs went, and whether telling them works."""

from __future__ import annotations

from typing import Annotated

import typer

from minyi.commands.options import HERE, Json, Place, Quiet
from minyi.console import Console


def notify(
    place: Place = HERE,
    *,
    test: Annotated[bool, typer.Option("--test", help="Send a test message to every address.")] = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Say who is told how runs went; with --test, send each address a message.

    Ends with 0 where every message went, 3 where some did, and 1 where none did. An address is never shown: it is named
    by its environment variable and its kind of service.
    """
    from minyi.jobs.notices_shown import show_addresses, test_addresses
    from minyi.study_file import load_study

    console = Console(quiet=quiet, json=json)
    loaded = load_study(place, to_collect=False)
    raise typer.Exit(test_addresses(loaded, console) if test else show_addresses(loaded, console))
