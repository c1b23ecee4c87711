"""Adapt the embedded coder to a study, from a file of labels."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from nlp.adapt import AdaptationError, adapt
from nlp.adapted_score import COUNTED, AdaptedScore, cross_validated
from nlp.coders.embedded import EmbeddedCoder
from nlp.coders.study import KEPT
from nlp.evaluate import read_labelled
from nlp.fold import fold_keys
from storage.files import FileWriteError
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from minyi.console import Console
    from minyi.workspace import Workspace
    from nlp.adapt import Adaptation
    from nlp.evaluate import LabelledFile
    from nlp.evaluating.labelled import Labelled

REJECTS = 5  # shown; all are counted


def adapt_study(workspace: Workspace, labels: Path, console: Console) -> Path:
    """Learn from the labels, say how well it does on labels it did not see, and write the study's coder.

    Returns:
        The file written; a coder from before is replaced.

    Raises:
        EvaluationFileError: the labels cannot be read.
        AdaptationError: there are too few.
        FileWriteError: the coder cannot be written; one from before stays.
    """
    change, base = workspace.study.change, EmbeddedCoder()
    file = read_labelled(labels, change.target)
    rows = [row for row in file.rows if row.change == change.target]
    if not rows:
        what = f'All {len(file.rows):,} labels name another change than "{change.target}".'
        remedy = "Leave the column change out, or write this study's statement there."
        raise AdaptationError(what, where=str(labels), remedy=remedy)
    texts, stances = _each_once(rows)
    unlabelled = _others(workspace, texts)
    with console.progress("adapting"):
        adaptation = adapt(base, texts, stances, change, unlabelled)
        score = cross_validated(base, texts, stances, change, unlabelled)
    path = workspace.folder / KEPT
    _keep(replace(adaptation, known=score.known), path)
    _warn(console, file, len(rows), len(texts))
    _say(console, stances, score, len(unlabelled))
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


def _each_once(rows: Sequence[Labelled]) -> tuple[list[str], np.ndarray]:
    """Texts and stances, each text once: a copy would be learned from and then scored as if it had not been seen.

    A text whose labels differ is left out.
    """
    said: dict[int, list[Labelled]] = {}
    for key, row in zip(fold_keys([row.text for row in rows]).tolist(), rows, strict=True):
        said.setdefault(key, []).append(row)
    agreed = [copies[0] for copies in said.values() if len({row.stance for row in copies}) == 1]
    return [row.text for row in agreed], np.array([row.stance for row in agreed], np.int64)


def _keep(adaptation: Adaptation, path: Path) -> None:
    """Write it whole, or leave what was there."""
    draft = path.with_name(f".{path.name}.draft")
    try:
        path.parent.mkdir(exist_ok=True)
        adaptation.save(draft)
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        remedy = "Check that the folder is writable and that the disk has room."
        what = f"The study's coder cannot be written ({error.strerror or error})."
        raise FileWriteError(what, where=str(path), remedy=remedy) from error


def _others(workspace: Workspace, texts: list[str]) -> list[str]:
    """The study's comments that are not among the labelled."""
    stored = workspace.store.comments(workspace.study.id, columns=["text", "fold"])
    other = ~np.isin(stored["fold"].fillna(0).to_numpy(np.int64), fold_keys(texts))
    return [str(text) for text in stored["text"][other]]


def _warn(console: Console, file: LabelledFile, ours: int, used: int) -> None:
    """What of the file was not learned from."""
    for reject in file.rejects[:REJECTS]:
        console.warn(f"{reject.where}: {reject.reason}")
    if (more := len(file.rejects) - REJECTS) > 0:
        console.warn(f"and {more:,} more rows were refused")
    if left := len(file.rows) - ours:
        console.warn(f"{left:,} labelled rows name another change and were left out")
    if copies := ours - used:
        console.warn(f"{copies:,} labelled rows were left out: copies of others, or texts with different labels")


def _say(console: Console, stances: np.ndarray, score: AdaptedScore, unlabelled: int) -> None:
    counts = np.bincount(stances, minlength=len(STANCES))
    shares = ", ".join(f"{stance.value} {count}" for stance, count in zip(STANCES, counts, strict=True))
    console.say(f"{score.labels:,} labels ({shares}), beside {unlabelled:,} comments of the study without one.")
    console.say(
        f"On labels it did not see: macro-F1 {score.adapted:.3f} (± {score.spread:.3f} from draw to draw); the "
        f"embedded coder {score.embedded:.3f}; always the commonest stance {score.constant:.3f}. "
        f"Counted: {', '.join(score.stances)}{f' ({COUNTED} labels or more)' if counts.max() >= COUNTED else ''}. "
        f"It agreed with {round(100 * score.agreement)} of 100 labels."
    )
    if (counts >= COUNTED).sum() < 2:  # noqa: PLR2004  one stance alone is no choice
        console.warn(f"fewer than two stances have {COUNTED} labels: these figures say little; label more comments")
    if score.adapted <= score.embedded:
        console.warn("it does no better than the embedded coder: label more comments, drawn at random")
