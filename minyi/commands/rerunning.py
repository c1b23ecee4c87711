"""Make a report again, check one against the store, and set two beside each other."""

from __future__ import annotations

from pathlib import Path
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
    from minyi.study_file import find_study_file
    from minyi.workspace import open_workspace

    console = Console(quiet=quiet, json=json)
    with open_workspace(find_study_file(place, f"name the study last: `minyi rerun {run} STUDY`")) as workspace:
        same = rerun_study(workspace, named_run(workspace, run), console)
    raise typer.Exit(Exit.OK if same else Exit.FAILED)


def verify(
    reports: Annotated[
        list[Path], typer.Argument(metavar="REPORT...", help="numbers.json, or any file of a report; several at once.")
    ],
    study: Annotated[
        Path | None, typer.Option("--study", "-s", help="The study's folder; by default the one the file lies in.")
    ] = None,
    *,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Check a report against the store: count every claim and figure again, and find every quote and event.

    Ends with 1 where anything is not borne out, and names it. Several files of one run are counted again once.
    """
    from minyi.verdicts_shown import verify_all

    verified = verify_all(reports, study, Console(quiet=quiet, json=json))
    raise typer.Exit(Exit.OK if verified else Exit.FAILED)


def diff(
    old: Annotated[str, typer.Argument(metavar="RUN", help='A run\'s id, "last", or a file of its report.')],
    new: Annotated[str, typer.Argument(metavar="RUN", help="The run to set beside it.")],
    place: Place = HERE,
    *,
    out: Annotated[Path | None, typer.Option(help="Write everything to this .csv or .json.")] = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Set two reports beside each other: the comments whose label moved, and each figure that changed, with its cause.

    A cause is data, labels, answers, coder, code, settings or the last report; where several differ, the report is
    counted anew for each.
    """
    from minyi.differing import difference
    from minyi.differing_shown import show
    from minyi.rerunning import named_run
    from minyi.study_file import find_study_file
    from minyi.workspace import open_workspace

    console = Console(quiet=quiet, json=json)
    with open_workspace(find_study_file(place, f"name the study last: `minyi diff {old} {new} STUDY`")) as workspace:
        show(difference(workspace, named_run(workspace, old), named_run(workspace, new)), console, out)
