"""Labels of people: how far they are, in and out of files, and what to do where people disagree."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from minyi.commands.options import HERE, Json, Place, Quiet, Study
from minyi.console import Console, so_many

_StudyAndFile = Annotated[
    list[Path], typer.Argument(metavar="[STUDY] FILE", help="The study (or --study; by default here), and the file.")
]


def show(place: Place = HERE, *, quiet: Quiet = False, json: Json = False) -> None:
    """Say how far the labelling is: who labelled what, how far people agree, and what to do next.

    The agreement is also kept, with the date.
    """
    from minyi.label_standing import how_far
    from minyi.labels_shown import show_standing
    from minyi.workspace import open_workspace

    console = Console(quiet=quiet, json=json)
    with open_workspace(place) as workspace:
        show_standing(console, how_far(workspace, console))


def import_(
    words: _StudyAndFile,
    *,
    study: Study = HERE,
    as_: Annotated[
        list[str] | None,
        typer.Option(
            "--as",
            metavar="NAME",
            help="Whose labels they are, where the file does not say; 1=NAME names whom the file calls 1. settled: "
            "what is to stand after a talk.",
        ),
    ] = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Take labels from a file.

    CSV, XLSX or JSONL as `minyi labels export` writes them, the JSON of Label Studio, the JSONL of doccano, or the
    result of a kit. Comments are matched by id. A row that cannot be used is named and counted; the rest goes on.
    """
    from minyi.label_files.importing import import_labels, people_of
    from minyi.workspace import open_workspace

    place, file = _parted(words, study)
    people = people_of(as_ or ())
    with open_workspace(place) as workspace:
        import_labels(workspace, file, people, Console(quiet=quiet, json=json))


def export(
    words: _StudyAndFile,
    *,
    study: Study = HERE,
    as_: Annotated[
        str,
        typer.Option(
            "--as", metavar="FORM", help="csv, xlsx, jsonl, labelstudio or doccano; by default the name says."
        ),
    ] = "",
    blank: Annotated[bool, typer.Option("--blank", help="The drawn comments without labels, to be filled in.")] = False,
    second: Annotated[bool, typer.Option("--second", help="Only comments that go to a second coder.")] = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Write labels, or comments to label elsewhere, to a file.

    A sheet or JSONL holds every label with its comment; `minyi adapt` and `minyi evaluate` read it too. For Label
    Studio and doccano the comments are written without any label, and what those need to be told once beside them.
    """
    from minyi.label_files.exporting import export_labels, form_of
    from minyi.workspace import open_workspace

    console = Console(quiet=quiet, json=json)
    place, file = _parted(words, study)
    form = form_of(file, as_)
    with open_workspace(place) as workspace:
        written = export_labels(workspace, file, form, blank=blank, second=second)
    console.say(
        f"Wrote {written.files[0]}: {so_many(written.comments, 'comment')}, {so_many(written.judgements, 'label')}."
    )
    for path in written.files[1:]:
        console.say(f"Wrote {path}")
    facts = {"comments": written.comments, "labels": written.judgements}
    console.event("done", files=[str(path) for path in written.files], **facts)


def settle(
    place: Place = HERE,
    *,
    sheet: Annotated[
        Path | None, typer.Option(help="Write the disagreements to this .csv or .xlsx file instead, to be imported.")
    ] = None,
    port: Annotated[int, typer.Option(help="The port on 127.0.0.1; by default a free one.", min=0, max=65535)] = 0,
    open_: Annotated[bool, typer.Option("--open", help="Open the page in your browser.")] = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Settle what people labelled differently, in a page on this machine.

    What is settled stands in every estimate; what each person said stays stored, and counts for their agreement.
    """
    from minyi.workspace import open_workspace

    console = Console(quiet=quiet, json=json)
    with open_workspace(place) as workspace:
        if sheet is None:
            from minyi.settling.sitting import settle_in_browser

            settle_in_browser(workspace, console, port=port, open_browser=open_)
        else:
            from minyi.settling.sheet import settle_sheet

            settle_sheet(workspace, sheet, console)


def _parted(words: list[Path], study: Path) -> tuple[Path, Path]:
    """The study and the file of a command line."""
    from storage.errors import UsageError

    if len(words) > 2 or (len(words) == 2 and study != HERE):  # noqa: PLR2004  a study and a file
        raise UsageError("one study and one file are needed", remedy="Write: minyi labels import my-study labels.csv")
    return (words[0] if len(words) > 1 else study), words[-1]
