"""Make a report again, check one against the store, and set two beside each other."""

from __future__ import annotations

from typing import Annotated

import typer

from minyi.commands.options import HERE, Json, Place, Quiet
from minyi.console import Console, Exit

Run = Annotated[str, typer.Argument(metavar="RUN", help='The run\'s id, "last", or a file of its report.')]


def rerun(run: Run, place: Place = HERE, *, quiet: Quiet = False, json: Json = False) -> None:
    """Make a report again from the store as it was then, into reports/rerun-RUN.

    Says whether numbers.json and every page are the same to the byte, and ends with 1 where they are not. Comments,
    labels, coders and settings that came later change nothing; what was deleted or changed since is counted.
    """
    from minyi.rerunning import named_run
    from minyi.rerunning import rerun as rerun_study
    from minyi.workspace import open_workspace

    console = Console(quiet=quiet, json=json)
    with open_workspace(place) as workspace:
        same = rerun_study(workspace, named_run(workspace, run), console)
    raise typer.Exit(Exit.OK if same else Exit.FAILED)
