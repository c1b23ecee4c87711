"""A coder of the study's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from minyi.commands.options import HERE, Json, Place, Quiet
from minyi.console import Console


def adapt(
    words: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[STUDY] [LABELS]",
            help="The study (by default here), and a CSV or JSONL file, plain or .gz, of text and primary (a stance). "
            "Without a file: the stored labels.",
        ),
    ] = None,
    *,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Adapt the embedded coder to a study, from 50 to 300 labelled comments.

    Afterwards `coder = "study"` in the study file uses it. The labels are best given to comments drawn at random; those
    that are kept back to judge the coder by are not learned from.
    """
    from minyi.adapting import adapt_study
    from minyi.workspace import open_workspace

    place, labels = _parted(words or [])
    with open_workspace(place) as workspace:
        adapt_study(workspace, labels, Console(quiet=quiet, json=json))


def suggest(
    place: Place = HERE,
    *,
    size: Annotated[
        int, typer.Option(min=1, max=1000, help="How many suggestions are to be waiting for a label.")
    ] = 20,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Suggest the comments whose labels would teach the study's coder most.

    They are labelled with `minyi label --training` and never enter an estimate: they are chosen, not drawn at random.
    """
    from minyi.suggesting import show_suggested, suggest_comments
    from minyi.workspace import open_workspace

    console = Console(quiet=quiet, json=json)
    with open_workspace(place) as workspace:
        show_suggested(suggest_comments(workspace, console, size), workspace.folder, console)


def _parted(words: list[Path]) -> tuple[Path, Path | None]:
    """The study and the file of a command line, in either order."""
    from storage.errors import UsageError

    studies = [word for word in words if word.is_dir() or word.suffix in {"", ".toml"}]
    files = [word for word in words if word not in studies]
    if len(studies) > 1 or len(files) > 1:
        raise UsageError("one study and at most one file are needed", remedy="Write: minyi adapt my-study labels.csv")
    return studies[0] if studies else HERE, files[0] if files else None
