"""Forgetting people who ask for it."""

from __future__ import annotations

from typing import Annotated

import typer

from minyi.commands.options import HERE, Json, Place, Quiet
from minyi.console import Console


def forget(
    place: Place = HERE,
    *,
    comment: Annotated[list[str] | None, typer.Option("--comment", metavar="ID", help="A comment's id.")] = None,
    author: Annotated[
        list[str] | None, typer.Option("--author", metavar="PSEUDONYM", help="An author, as exports name them.")
    ] = None,
    author_name: Annotated[
        list[str] | None, typer.Option("--author-name", metavar="NAME", help="An author, as the platform names them.")
    ] = None,
    source: Annotated[str, typer.Option(metavar="SOURCE", help="The source in which --author-name is known.")] = "",
    files: Annotated[bool, typer.Option("--files", help="Remove your own files in the folder that hold it.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Forget comments, or everything of an author, for good.

    Text, labels, search index, fetched pages and reports that show it go, and nothing brings it back. It cannot be
    undone: look at it first with --dry-run.
    """
    from minyi.privacy.forgetting import Wanted
    from minyi.privacy.forgetting import forget as forget_them
    from minyi.workspace import open_workspace
    from storage.errors import UsageError

    if not (comment or author or author_name):
        remedy = "name --comment ID, --author PSEUDONYM, or --author-name NAME with --source SOURCE"
        raise UsageError("nothing is named that is to be forgotten", remedy=remedy)
    if author_name and not source:
        raise UsageError("--author-name goes with --source: a name means somebody else on every platform")
    wanted = Wanted(tuple(comment or ()), tuple(author or ()), tuple(author_name or ()), source, files)
    with open_workspace(place) as workspace:
        code = forget_them(workspace, Console(quiet=quiet, json=json), wanted, dry_run=dry_run)
    raise typer.Exit(code)
