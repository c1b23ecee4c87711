"""Training the embedded coder, and measuring any coder on labelled comments."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from minyi.console import Console


def train_coder(console: Console, *, data: Path, corpus: Path, out: Path, seed: int) -> None:
    """Train and write a model with its card."""
    from nlp.train import train

    report = train(data, corpus, out, seed=seed)
    console.say(str(report))
    console.event("done", **report.as_dict())


def evaluate_coder(console: Console, file: Path, name: str) -> None:
    """Measure a coder and print its table."""
    from nlp.coders import get_coder
    from nlp.evaluate import evaluate

    evaluation = evaluate(file, get_coder(name))
    console.say(str(evaluation))
    console.event("done", **evaluation.as_dict())
