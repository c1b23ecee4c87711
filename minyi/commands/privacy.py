"""What a study holds of people, and how long it stays."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from minyi.commands.options import HERE, Json, Place, Quiet
from minyi.console import Console


def privacy(
    place: Place = HERE,
    *,
    language: Annotated[Literal["zh", "en"], typer.Option("--in", help="The language of the record.")] = "en",
    apply: Annotated[
        bool, typer.Option("--apply", help="Let go of what is older than [privacy] in study.toml allows.")
    ] = False,
    rotate_key: Annotated[
        bool, typer.Option("--rotate-key", help="Give every author another pseudonym, under another key.")
    ] = False,
    cut: Annotated[
        bool, typer.Option("--cut", help="With --rotate-key: nobody can link earlier pseudonyms with the new ones.")
    ] = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Show what a study holds of people, why, where and how long: a record of processing, as Markdown."""
    from minyi.privacy.key_rotation import rotate_key as exchange
    from minyi.privacy.record import as_markdown, record_of
    from minyi.privacy.retention import apply as let_go
    from minyi.workspace import open_workspace
    from storage.errors import UsageError

    if cut and not rotate_key:
        raise UsageError("--cut goes with --rotate-key")
    console = Console(quiet=quiet, json=json)
    with open_workspace(place) as workspace:
        if rotate_key:
            raise typer.Exit(exchange(workspace, console, cut=cut))
        if apply:
            let_go(workspace, console)
        record = record_of(workspace)
    console.say(as_markdown(record, language))
    console.event("done", **record)
