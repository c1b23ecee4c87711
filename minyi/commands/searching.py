"""Finding comments by their words."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Annotated

import typer

from minyi.commands.options import Json, Quiet
from minyi.console import Console


def search(
    place: Annotated[Path, typer.Argument(metavar="STUDY", help="The study's folder, or its study.toml.")],
    words: Annotated[
        list[str], typer.Argument(metavar="WORD...", help='Words that must all occur, or "several in a row".')
    ],
    *,
    without: Annotated[list[str] | None, typer.Option(help="A word that must not occur; may be given again.")] = None,
    source: Annotated[str, typer.Option(help="Only comments of this source.")] = "",
    stance: Annotated[str, typer.Option(help="Only support, concern, suggestion or neutral.")] = "",
    since: Annotated[str, typer.Option(help="Published on this day or later: 2026-03-09.")] = "",
    until: Annotated[str, typer.Option(help="Published on this day or before.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many comments to show, the newest first.")] = 20,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Find comments by their words, and say how many there are by stance.

    Two characters are enough; Traditional and Simplified characters find each other. -WORD leaves a word out, inside
    quotes: 'fee -coffee'.
    """
    from minyi.searching import among, query_of, show_found
    from minyi.searching import search as search_study
    from minyi.study_file import find_study_file
    from minyi.workspace import open_workspace

    console = Console(quiet=quiet, json=json)
    with open_workspace(find_study_file(place, _order(place, words))) as workspace:
        asked = among(workspace.study, source=source, stance=stance, since=since, until=until)
        found = search_study(workspace, query_of(words, without or ()), asked, limit)
        show_found(found, workspace.study, console)


def _order(place: Path, words: list[str]) -> str:
    """What to say where the first word names no study: in which order they go."""
    study = next((word for word in words if _is_study(word)), "STUDY")
    others = [word for word in (str(place), *words) if word != study]
    said = (word if word.isalnum() else shlex.quote(word) for word in others)  # shlex would quote every Chinese word
    return f"the study comes first: `minyi search {study} {' '.join(said)}`"


def _is_study(word: str) -> bool:
    from minyi.study_file import FILE_NAME

    # unlike Path.is_file, it takes names too long for the file system
    return os.path.isfile(os.path.join(word, FILE_NAME))  # noqa: PTH113, PTH118
