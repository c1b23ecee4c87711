"""Training the embedded coder, and measuring any coder on labelled comments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from minyi.console import Console


def train_coder(console: Console, *, data: Path, corpus: Path, out: Path, seed: int) -> None:
    """Train and write a model with its card."""
    from nlp.train import train

    with console.progress("training"):
        report = train(data, corpus, out, seed=seed).as_dict()
    console.table("Trained", ["what", "value"], [[name, str(value)] for name, value in report.items()])
    console.event("done", **report)


def evaluate_coder(console: Console, file: Path, name: str) -> None:
    """Measure a coder and print its tables."""
    from nlp.coders import get_coder
    from nlp.evaluate import evaluate

    with console.progress("measuring"):
        measured = evaluate(file, get_coder(name)).as_dict()
    _say_scores(console, measured)
    _say_confusion(console, measured)
    changes = [[change, row["n"], _points(row["macro_f1"])] for change, row in measured["per_change"].items()]
    console.table("By change", ["change", "n", "macro-F1"], changes)
    console.say("A score on rows the coder was trained on is no score: its model card names them.")
    console.event("done", **measured)


def _say_scores(console: Console, measured: dict[str, Any]) -> None:
    low, high = measured["interval"]
    console.say(
        f"{measured['annotator']} on {measured['n']:,} comments ({measured['skipped']:,} without a label left out): "
        f"macro-F1 {_points(measured['macro_f1'])}, 95% interval {_points(low)} to {_points(high)}; "
        f"accuracy {_points(measured['accuracy'])}."
    )
    console.say(
        f"Trivial baseline (every comment {measured['baseline_stance']}): macro-F1 {_points(measured['baseline'])}."
    )
    rows = [
        [stance, row["n"], _points(row["precision"]), _points(row["recall"]), _points(row["f1"])]
        for stance, row in measured["per_class"].items()
    ]
    console.table("By stance", ["stance", "n", "precision", "recall", "F1"], rows)


def _say_confusion(console: Console, measured: dict[str, Any]) -> None:
    stances = measured["stances"]
    rows = [[stance, *counts] for stance, counts in zip(stances, measured["confusion"], strict=True)]
    console.table("People's stance down, the coder's across", ["", *stances], rows)


def _points(share: float) -> str:
    return f"{share:.3f}"
