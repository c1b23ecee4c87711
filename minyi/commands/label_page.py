"""People label the sample, in a browser on this machine or in an offline file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from minyi.commands.options import HERE, Json, Place, Quiet
from minyi.console import Console


def label(
    place: Place = HERE,
    *,
    as_: Annotated[
        str, typer.Option("--as", metavar="NAME", help="Who labels. Without it, the page asks for the name once.")
    ] = "",
    kit: Annotated[
        Path | None, typer.Option(help="Write one offline HTML page for a colleague to this file; needs --as.")
    ] = None,
    training: Annotated[bool, typer.Option("--training", help="Only the comments of `minyi suggest`.")] = False,
    port: Annotated[int, typer.Option(help="The port on 127.0.0.1; by default a free one.", min=0, max=65535)] = 0,
    open_: Annotated[bool, typer.Option("--open", help="Open the page in your browser.")] = False,
    lang: Annotated[str, typer.Option(help="Language of the page: zh or en. By default the browser's.")] = "",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Label the sample in a browser, by keyboard.

    The page is served on this machine alone, until Ctrl-C. Every answer is kept at once: go on whenever you like.
    No machine label is shown. With --kit, a file is written that needs neither minyi nor a network; its result is
    imported with `minyi labels import`.
    """
    from minyi.labelling.sitting import PageChoice, label_in_browser, label_in_kit
    from minyi.workspace import open_workspace

    console = Console(quiet=quiet, json=json)
    choice = PageChoice.of(name=as_, language=lang, training=training)
    with open_workspace(place) as workspace:
        if kit is not None:
            label_in_kit(workspace, console, choice, kit)
        else:
            label_in_browser(workspace, console, choice, port=port, open_browser=open_)
