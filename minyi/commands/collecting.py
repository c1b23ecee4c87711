"""Bringing text in: files a person has, and sources the study file names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from minyi.commands.options import HERE, Json, Place, Quiet, Study
from minyi.console import Console


def import_(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="CSV, TSV, JSON, JSONL, XLSX, SQLite, or a saved page.")
    ],
    *,
    study: Study = HERE,
    source: Annotated[str, typer.Option(help="Name of the source in the study; by default the file's name.")] = "",
    column: Annotated[
        list[str] | None,
        typer.Option(
            help="MEANING=COLUMN where the guess is wrong, as text=内容. Meanings: text, time, author, likes, id, url, "
            "parent, source (the platform)."
        ),
    ] = None,
    where: Annotated[list[str] | None, typer.Option(help="COLUMN=VALUE: only rows that have this value.")] = None,
    platform: Annotated[str, typer.Option(help="Where the comments were written, if no column says so.")] = "",
    preset: Annotated[
        str,
        typer.Option(
            help="Whose export it is, if the columns leave that open: mediacrawler, weibo-crawler, 4cat, bilibili, "
            "weibo-json, tieba, weibo-cn or generic."
        ),
    ] = "",
    table: Annotated[str, typer.Option(help="The table or view of an SQLite database.")] = "",
    saved: Annotated[
        str,
        typer.Option(
            metavar="DATE",
            help="When the file was saved, from which “昨天” and “06月17日” count; else when it was last written.",
        ),
    ] = "",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Import comments from files.

    The columns are guessed and the guess is shown. Rows that cannot be used are counted and written to a rejects file.
    The same file twice adds nothing; with other options it puts right what the first ones got wrong.
    """
    from minyi.importing import file_options, import_files
    from minyi.workspace import open_workspace

    console = Console(quiet=quiet, json=json)
    options = file_options(
        columns=column or [], where=where or [], platform=platform, preset=preset, table=table, saved=saved
    )
    with open_workspace(study) as workspace:
        code = import_files(workspace, files, options, console, source=source)
    raise typer.Exit(code)


def collect(
    place: Place = HERE,
    *,
    only: Annotated[list[str] | None, typer.Option(help="Collect only this source; may be given again.")] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(help="Let this HOST:PORT through the address guard, although it is not on the public internet."),
    ] = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Collect from the sources of the study file.

    A source that fails stops none of the others; the exit code is then 3.
    """
    from minyi.collecting import collect_sources
    from minyi.workspace import open_workspace

    console = Console(quiet=quiet, json=json)
    with open_workspace(place) as workspace:
        code = collect_sources(workspace, console, only=only, allow=allow or ())
    raise typer.Exit(code)
