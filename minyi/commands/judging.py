"""From stored comments to stances, a report, and tables."""

from __future__ import annotations

from typing import Annotated

import typer

from minyi.commands.options import HERE, Json, Place, Quiet
from minyi.console import Console, Exit


def analyse(place: Place = HERE, *, quiet: Quiet = False, json: Json = False) -> None:
    """Say the stance of every comment that has none.

    Ends with 3 where the coder failed on some comments, with 1 where it failed and judged none.
    """
    from minyi.analysing import analyse as analyse_study
    from minyi.workspace import open_workspace

    console = Console(quiet=quiet, json=json)
    with open_workspace(place) as workspace:
        code = analyse_study(workspace, console)
    raise typer.Exit(code)


def report(
    place: Place = HERE,
    *,
    held: Annotated[
        bool, typer.Option("--held", help="Where the coder is below the floor: write it to reports/held, marked.")
    ] = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Write the report in each language of the study.

    Every page is written from one numbers.json, which lies beside it. Where the study file has a floor ([publish]) and
    the coder is below it, nothing is written, and the command ends with 1.
    """
    from minyi.reporting import report as report_study
    from minyi.workspace import open_workspace

    console = Console(quiet=quiet, json=json)
    with open_workspace(place) as workspace:
        report_study(workspace, console, held=held)


def run(
    place: Place = HERE,
    *,
    allow: Annotated[
        list[str] | None,
        typer.Option(help="Let this HOST:PORT through the address guard, although it is not on the public internet."),
    ] = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Collect, analyse and report: for scheduled jobs."""
    from minyi.analysing import analyse as analyse_study
    from minyi.collecting import collect_sources
    from minyi.reporting import report as report_study
    from minyi.workspace import open_workspace

    console = Console(quiet=quiet, json=json)
    with open_workspace(place) as workspace:
        collected = collect_sources(workspace, console, allow=allow or ()) if workspace.study.sources else Exit.OK
        judged = analyse_study(workspace, console)
        written = report_study(workspace, console)
    code = collected or (Exit.PARTIAL if judged else Exit.OK)  # a report came of it, whatever was left unjudged
    console.event("done", exit=int(code), reports=[str(path) for path in written])
    raise typer.Exit(code)
