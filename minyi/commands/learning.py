"""Training and measuring coders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from minyi.commands.options import Json, Quiet
from minyi.console import Console


def train(
    *,
    data: Annotated[Path, typer.Option(help="The folder with the labelled sets.")],
    out: Annotated[Path, typer.Option(help="The file to write the model to (.npz).")],
    corpus: Annotated[
        Path | None, typer.Option(help="A folder to take for nlp/corpus: written comments, and codes of real ones.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of everything that is drawn.")] = 0,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Train the embedded coder from labelled comments.

    Needs the extra minyi[train].
    """
    from minyi.learning import train_coder

    train_coder(Console(quiet=quiet, json=json), data=data, corpus=corpus, out=out, seed=seed)


def evaluate(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="JSONL or CSV, plain or .gz, with text, change and primary.")
    ],
    *,
    coder: Annotated[
        list[str] | None,
        typer.Option(help="A coder to measure, or a study file for the coder it names; may be given again."),
    ] = None,
    study: Annotated[
        Path | None,
        typer.Option("--study", "-s", help="A study: its coder's options, and the change of rows that name none."),
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="Write every figure to this CSV file.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page to this file.")] = None,
    lang: Annotated[str, typer.Option(help="Language of the page: zh or en.")] = "",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Compare coders on labelled comments.

    Says macro-F1 and accuracy with intervals, scores by stance, language and change, agreement with people,
    calibration, speed and cost, and the trivial baseline beside them. Without --coder it measures the study's coder,
    or the embedded one.
    """
    from minyi.learning import Outputs, evaluate_coders

    outputs = Outputs(csv, html, lang)
    if code := evaluate_coders(Console(quiet=quiet, json=json), file, coder or [], study, outputs):
        raise typer.Exit(code)
