"""Drawing the comments that people label."""

from __future__ import annotations

from typing import Annotated

import typer

from minyi.commands.options import HERE, Json, Place, Quiet
from minyi.console import Console


def sample(
    place: Place = HERE,
    *,
    size: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many comments the sample is to hold.")] = 100,
    stratified: Annotated[bool, typer.Option("--stratified", help="Draw by source and week, in proportion.")] = False,
    second: Annotated[int, typer.Option(min=0, max=100, help="Percent that also go to a second coder.")] = 20,
    seed: Annotated[
        int | None, typer.Option(min=0, max=2**53 - 1, help="Seed of what is drawn; by default the study's own.")
    ] = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Draw comments at random for people to label, before anyone looks.

    Again with a larger size, or after new comments came, it draws what is missing; what was drawn stays.
    """
    from minyi.sampling import Wanted
    from minyi.sampling import sample as sample_study
    from minyi.sampling_shown import show_sampled
    from minyi.workspace import open_workspace

    console = Console(quiet=quiet, json=json)
    wanted = Wanted(size=size, method="stratified" if stratified else "simple", second=second, seed=seed)
    with open_workspace(place) as workspace:
        show_sampled(sample_study(workspace, console, wanted), wanted, console)
