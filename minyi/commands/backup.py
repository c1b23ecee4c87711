"""A copy of the database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from minyi.commands.options import HERE, Json, Place, Quiet
from minyi.console import Console


def backup(
    place: Place = HERE,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="The copy; by default in STUDY/data/backups.")
    ] = None,
    *,
    taken: Annotated[
        bool, typer.Option("--taken", help="PostgreSQL: there is a copy; bring the database up to date.")
    ] = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Copy the database into one file, while others may go on working.

    The copy is whole, checked, and holds nothing that was deleted. Captures and the key of the pseudonyms are files in
    STUDY/data: keep them beside it.
    """
    from minyi.study_file import load_study
    from minyi.workspace import must_not_be_lost
    from storage.backups import back_up
    from storage.migrations import bring_up_to_date

    console = Console(quiet=quiet, json=json)
    loaded = load_study(place, to_collect=False)
    if taken:
        bring_up_to_date(loaded.database)
        console.say("The database is up to date.")
        console.event("done", file=None)
        return
    must_not_be_lost(loaded)
    written = back_up(loaded.database, file)
    console.say(f"Wrote {written}")
    console.event("done", file=str(written), bytes=written.stat().st_size)
