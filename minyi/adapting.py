"""Adapt the embedded coder to a study, from a file of labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nlp.adapt import adapt
from nlp.adapted_score import COUNTED, AdaptedScore, cross_validated
from nlp.coders.embedded import EmbeddedCoder
from nlp.coders.study import KEPT
from nlp.evaluate import read_labelled
from nlp.fold import fold_keys
from storage.nouns import STANCES

if TYPE_CHECKING:
    from pathlib import Path

    from minyi.console import Console
    from minyi.workspace import Workspace
    from nlp.evaluate import LabelledFile


def adapt_study(workspace: Workspace, labels: Path, console: Console) -> Path:
    """Learn from the labels, say how well it does on labels it did not see, and write the study's coder.

    Returns:
        The file written; a coder from before is replaced.

    Raises:
        EvaluationFileError: the labels cannot be read.
        AdaptationError: there are too few.
    """
    change, base = workspace.study.change, EmbeddedCoder()
    file = read_labelled(labels, change.target)
    texts, stances = _for_this_change(file, change.target)
    unlabelled = _others(workspace, texts)
    with console.progress("adapting"):
        adaptation = adapt(base, texts, stances, change, unlabelled)
        score = cross_validated(base, texts, stances, change, unlabelled)
    path = workspace.folder / KEPT
    path.parent.mkdir(exist_ok=True)
    adaptation.save(path)
    _say(console, file, stances, score, len(unlabelled))
    console.say(f'Wrote {path}. It codes where the study file says: coder = "study" under [study].')
    console.event(
        "done",
        file=str(path),
        version=f"1-{adaptation.digest}",
        unlabelled=len(unlabelled),
        rejects=len(file.rejects),
        **score.as_dict(),
    )
    return path


def _for_this_change(file: LabelledFile, target: str) -> tuple[list[str], np.ndarray]:
    """Labels of another change teach nothing here."""
    rows = [row for row in file.rows if row.change == target]
    return [row.text for row in rows], np.array([row.stance for row in rows], np.int64)


def _others(workspace: Workspace, texts: list[str]) -> list[str]:
    """The study's comments that are not among the labelled."""
    stored = workspace.store.comments(workspace.study.id, columns=["text", "fold"])
    other = ~np.isin(stored["fold"].fillna(0).to_numpy(np.int64), fold_keys(texts))
    return [str(text) for text in stored["text"][other]]


def _say(console: Console, file: LabelledFile, stances: np.ndarray, score: AdaptedScore, unlabelled: int) -> None:
    for reject in file.rejects[:5]:
        console.warn(f"{reject.where}: {reject.reason}")
    left = len(file.rows) - len(stances)
    if left:
        console.warn(f"{left:,} labelled rows name another change and were left out")
    counts = np.bincount(stances, minlength=len(STANCES))
    shares = ", ".join(f"{stance.value} {count}" for stance, count in zip(STANCES, counts, strict=True))
    console.say(f"{score.labels:,} labels ({shares}), beside {unlabelled:,} comments of the study without one.")
    console.say(
        f"On labels it did not see: macro-F1 {score.adapted:.3f} (± {score.spread:.3f} from draw to draw); the "
        f"embedded coder {score.embedded:.3f}; always the commonest stance {score.constant:.3f}. "
        f"Counted: {', '.join(score.stances)} ({COUNTED} labels or more)."
    )
    if score.adapted <= score.embedded:
        console.warn("it does no better than the embedded coder: label more comments, drawn at random")
