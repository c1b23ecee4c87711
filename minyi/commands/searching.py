"""Finding comments by their words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from minyi.commands.options import Json, Quiet
from minyi.console import Console


def search(
    place: Annotated[Path, typer.Argument(metavar="STUDY", help="The study's folder, or its study.toml.")],
    words: Annotated[
        list[str], typer.Argument(metavar="WORD...", help='Words that must all occur, or "several in a row".')
    ],
    *,
    without: Annotated[list[str] | None, typer.Option(help="A word that must not occur; may be given again.")] = None,
    source: Annotated[str, typer.Option(help="Only comments of this source.")] = "",
    stance: Annotated[str, typer.Option(help="Only support, concern, suggestion or neutral.")] = "",
    since: Annotated[str, typer.Option(help="Published on this day or later: 2026-03-09.")] = "",
    until: Annotated[str, typer.Option(help="Published on this day or before.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many comments to show, the newest first.")] = 20,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Find comments by their words, and say how many there are by stance.

    Two characters are enough; Traditional and Simplified characters find each other. -WORD leaves a word out, inside
    quotes: 'fee -coffee'.
    """
    from minyi.searching import among, query_of, show_found
    from minyi.searching import search as search_study
    from minyi.workspace import open_workspace

    console = Console(quiet=quiet, json=json)
    with open_workspace(place) as workspace:
        asked = among(workspace.study, source=source, stance=stance, since=since, until=until)
        found = search_study(workspace, query_of(words, without or ()), asked, limit)
        show_found(found, workspace.study, console)
