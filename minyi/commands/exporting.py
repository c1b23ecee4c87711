"""A study as tables, or packed for others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from minyi.commands.options import HERE, Json, Place, Quiet
from minyi.console import Console


def export(
    place: Place = HERE,
    *,
    format: Annotated[  # noqa: A002  it is what people call it
        list[str] | None, typer.Option(help="csv, jsonl, xlsx or parquet; may be given again. Default: csv and jsonl.")
    ] = None,
    pack: Annotated[
        bool, typer.Option("--pack", help="One zip file for others: tables, codebook, labels, checksums, a notebook.")
    ] = False,
    texts: Annotated[str, typer.Option(help="With --pack: masked, full or none.")] = "masked",
    out: Annotated[
        Path | None, typer.Option(help="The folder, or with --pack the file, to write; by default in STUDY/export.")
    ] = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Write the comments with their stances as tables, and the audited shares where there are any.

    A data dictionary says what each column means. With --pack, everything others need to check the study is put into
    one file.
    """
    console = Console(quiet=quiet, json=json)
    if pack:
        written = [_packed(place, texts, out)]
    else:
        from minyi.exports import export_study

        written = export_study(place, format or ["csv", "jsonl"], out)
    for path in written:
        console.say(f"Wrote {path}")
    console.event("done", files=[str(path) for path in written])


def _packed(place: Path, texts: str, out: Path | None) -> Path:
    from minyi.packing.pack import pack_study, texts_of
    from minyi.workspace import open_workspace

    with open_workspace(place) as workspace:
        path = out or workspace.folder / "export" / f"{workspace.study.id}-pack.zip"
        pack_study(workspace, path, texts=texts_of(texts))
    return path
