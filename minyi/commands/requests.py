"""What people ask for: its themes, and our answers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from minyi.commands.options import HERE, Json, Place, Quiet
from minyi.console import Console


def themes(place: Place = HERE, *, quiet: Quiet = False, json: Json = False) -> None:
    """Say how many suggestions each theme of themes.toml holds, and how well they are found.

    A theme with five examples or more is filled by a program that learned from them; F1 is measured on examples it had
    not seen.
    """
    from minyi.themes_shown import show_themes
    from minyi.workspace import open_workspace

    with open_workspace(place) as workspace:
        show_themes(workspace, Console(quiet=quiet, json=json))


def suggest(place: Place = HERE, *, quiet: Quiet = False, json: Json = False) -> None:
    """Propose themes by words that several people's suggestions share, in a new themes.toml for people to correct."""
    from minyi.themes_shown import suggest_themes
    from minyi.workspace import open_workspace

    with open_workspace(place) as workspace:
        suggest_themes(workspace, Console(quiet=quiet, json=json))


def respond(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="The XLSX, CSV or DOCX edition, filled in.")
    ] = None,
    place: Place = HERE,
    *,
    template: Annotated[
        Path | None, typer.Option(metavar="OUT.csv", help="Write a form of the last report's requests instead.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be kept, and keep nothing.")] = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Read our answers to requests, and paraphrases of quotes, back from a file that was filled in.

    All rows are taken or none; reading the same file twice adds nothing. The next report shows each answer with its
    day, and how many people asked before and after it.
    """
    from minyi.responses import respond as read_answers
    from minyi.study_file import find_study_file
    from minyi.workspace import open_workspace

    console = Console(quiet=quiet, json=json)
    if template is not None:
        # With --template there is no file to read: a single word is the study.
        place = file if file is not None and place == HERE else place
        remedy = f"name the study last: `minyi respond --template {template} STUDY`"
        with open_workspace(find_study_file(place, remedy)) as workspace:
            from minyi.response_form import write_form

            write_form(workspace, template, console)
        return
    if file is None:
        from storage.errors import UsageError

        raise UsageError("no file is named", remedy="minyi respond FILE [STUDY], or minyi respond --template OUT.csv")
    with open_workspace(find_study_file(place, f"name the study last: `minyi respond {file} STUDY`")) as workspace:
        read_answers(workspace, file, console, dry_run=dry_run)
