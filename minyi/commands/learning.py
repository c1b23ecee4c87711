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
    corpus: Annotated[Path, typer.Option(help="The folder with the written corpus (comments.jsonl).")],
    out: Annotated[Path, typer.Option(help="The file to write the model to (.npz).")],
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
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSONL or CSV with text, change and primary.")],
    *,
    coder: Annotated[str, typer.Option(help="The coder to measure.")] = "embedded",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Measure a coder on labelled comments.

    Prints precision, recall and F1 per stance, macro-F1 with its interval, the confusion matrix, and the trivial
    baseline.
    """
    from minyi.learning import evaluate_coder

    evaluate_coder(Console(quiet=quiet, json=json), file, coder)
