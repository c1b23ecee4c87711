"""Beginning a study, checking its file, seeing where it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from minyi.commands.options import HERE, Json, Place, Quiet
from minyi.console import Console, Exit, so_many


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to begin the study in.")],
    *,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Begin a study: write a commented study.toml."""
    from minyi.beginning import begin_study

    console = Console(quiet=quiet, json=json)
    path = begin_study(folder)
    console.say(f"Wrote {path}")
    console.say(f"Next: say in it what changed, then  minyi check {folder}")
    console.event("done", study_file=str(path))


def check(place: Place = HERE, *, quiet: Quiet = False, json: Json = False) -> None:
    """Say what is wrong in a study file, by line.

    Each problem is named by key and line, with what to write instead.
    """
    from minyi.study_checks import coder_not_ready
    from minyi.study_file import load_study

    console = Console(quiet=quiet, json=json)
    loaded = load_study(place)
    coder = coder_not_ready(loaded.study, loaded.text, loaded.path.parent)
    warnings = [*loaded.warnings, *([coder] if coder else [])]
    for problem in warnings:
        console.warn(str(problem))
    study = loaded.study
    console.say(
        f"{loaded.path} is in order: {study.change.name.in_language('en')}; {len(study.events)} events, "
        f"{so_many(len(study.sources), 'source')}, reports in {', '.join(study.report_languages)}."
    )
    console.event("done", study=study.id, warnings=[str(problem) for problem in warnings])


def status(place: Place = HERE, *, quiet: Quiet = False, json: Json = False) -> None:
    """Show what a study holds, how its jobs stand, and what ran last."""
    from minyi.when_used import when_used

    when_used("pandas")  # with nothing new since the last report no comment is read
    from minyi.standing import show_status, standing_of
    from minyi.workspace import open_workspace

    console = Console(quiet=quiet, json=json)
    with open_workspace(place) as workspace:
        standing = standing_of(workspace)
    show_status(standing, console)
    raise typer.Exit(Exit.OK)
