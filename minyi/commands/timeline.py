"""The policy timeline: which acts the collected texts state, and taking them into the study file."""

from __future__ import annotations

from typing import Annotated

import typer

from minyi.commands.options import HERE, Json, Place, Quiet
from minyi.console import Console


def suggest(
    place: Place = HERE,
    *,
    every: Annotated[bool, typer.Option("--all", help="Those outside the study's days too.")] = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """List dated acts found in what was collected.

    From notices and articles, and from sources that state them; what the study file has already is left out.
    """
    from minyi.timeline import suggestions
    from minyi.timeline_shown import show_suggestions
    from minyi.workspace import open_workspace

    console = Console(quiet=quiet, json=json)
    with open_workspace(place) as workspace:
        found = [one for one in suggestions(workspace) if not one.known]
        show_suggestions(workspace, found, console, every=every)


def accept(
    place: Place = HERE,
    *,
    ids: Annotated[list[str], typer.Option("--id", help="A suggestion's id; may be given again.")],
    kind: Annotated[
        str,
        typer.Option(
            help="Instead of the suggestion's kind: announced, effective, clarified, reversed, regulator or media."
        ),
    ] = "",
    title: Annotated[str, typer.Option(help="What to call it instead of the article's words.")] = "",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Write suggested acts into the study file's timeline.

    Its comments and layout stay; a file that would not load is not written.
    """
    from minyi.study_file import find_study_file
    from minyi.timeline import accept as accept_acts
    from minyi.workspace import open_workspace

    console = Console(quiet=quiet, json=json)
    seen = find_study_file(place).read_bytes()
    with open_workspace(place) as workspace:
        accepted = accept_acts(workspace, ids, seen, kind=kind, title=title)
    for event in accepted.events:
        console.say(f"Added to {workspace.loaded.path}: {event.date} {event.kind}, {event.title.zh or event.title.en}")
    for known in accepted.already:
        console.say(f"{known} is in the timeline already.")
    console.event(
        "done",
        study_file=str(workspace.loaded.path),
        accepted=[event.id for event in accepted.events],
        already=list(accepted.already),
    )
