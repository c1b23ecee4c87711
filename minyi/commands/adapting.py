"""A coder of the study's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from minyi.commands.options import HERE, Json, Place, Quiet
from minyi.console import Console


def adapt(
    labels: Annotated[
        Path, typer.Argument(metavar="LABELS", help="CSV or JSONL, plain or .gz, with text and primary (a stance).")
    ],
    place: Place = HERE,
    *,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Adapt the embedded coder to a study, from 50 to 300 labelled comments.

    The labels are best given to comments drawn at random. Afterwards `coder = "study"` in the study file uses it.
    """
    from minyi.adapting import adapt_study
    from minyi.workspace import open_workspace

    with open_workspace(place) as workspace:
        adapt_study(workspace, labels, Console(quiet=quiet, json=json))
