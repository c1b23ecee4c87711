"""Models that a person brings: fetched from a hub, and written for ONNX Runtime."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from minyi.commands.options import Json, Quiet
from minyi.console import Console


def fetch(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The model's name on the hub, as OWNER/NAME.")],
    *,
    revision: Annotated[str, typer.Option(help="Branch, tag or commit; by default the newest.")] = "",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Download a model for an hf: coder to this machine.

    Configuration, tokenizer and safetensors only: no code, no pickles. Nothing else of minyi downloads models.
    """
    from minyi.models import fetch_model

    fetch_model(Console(quiet=quiet, json=json), name, revision)


def export(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model's folder, or a hub name that was fetched.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The folder to write; it must not be there yet.")],
    *,
    int8: Annotated[bool, typer.Option("--int8", help="8-bit numbers: a quarter of the size, and faster.")] = False,
    sample: Annotated[
        Path | None, typer.Option(help="Comments to compare on, one a line; by default texts of minyi's own.")
    ] = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Write a model for ONNX Runtime.

    Runs faster on a processor, and without torch. What is written is compared with torch, and refused if it differs.
    """
    from minyi.models import export_model

    export_model(Console(quiet=quiet, json=json), model, out, int8=int8, sample=sample)
