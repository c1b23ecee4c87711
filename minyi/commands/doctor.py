"""What is wrong here, and what to do about it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from minyi.commands.options import Json, Quiet
from minyi.console import Console


def doctor(
    place: Annotated[
        Path | None,
        typer.Argument(metavar="[STUDY]", help="The study's folder, or its study.toml; by default the one here."),
    ] = None,
    *,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Look at the installation, the machine and a study, and say what to do where something is wrong.

    Nothing is changed, and nothing is sent. It ends with 0 where all is in order, 3 where somebody should look, and 1
    where commands fail.
    """
    from minyi.doctor.examining import findings_of
    from minyi.doctor.patient import patient_of
    from minyi.doctor.shown import show_findings

    raise typer.Exit(show_findings(findings_of(patient_of(place)), Console(quiet=quiet, json=json)))
