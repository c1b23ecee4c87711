"""Adapt the embedded coder to a study, from a file of labels."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from minyi.learning import spellings
from nlp.adapt import AdaptationError, adapt
from nlp.adapted_score import COUNTED, AdaptedScore, cross_validated
from nlp.coders.embedded import EmbeddedCoder
from nlp.coders.study import KEPT
from nlp.evaluate import read_labelled
from nlp.fold import fold_keys
from storage.files import FileWriteError
from storage.nouns import STANCES
from storage.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from minyi.console import Console
    from minyi.workspace import Workspace
    from nlp.adapt import Adaptation
    from nlp.evaluate import LabelledFile
    from nlp.evaluating.labelled import Labelled
    from storage.nouns import Change

REJECTS = 5  # shown; all are counted
NAMES, NAME = 3, 60  # other changes that are named, and characters of each


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
    used = _each_once(_ours(file.rows, change, labels))
    texts, stances = used.texts, used.stances
    unlabelled = _others(workspace, texts)
    with console.progress("adapting"):
        adaptation = adapt(base, texts, stances, change, unlabelled)
        score = cross_validated(base, texts, stances, change, unlabelled)
    path = workspace.folder / KEPT
    _keep(replace(adaptation, known=score.known), path)
    _warn(console, file, used)
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


class Used(NamedTuple):
    """The labels that are learned from, each text once, and how many were left out for what reason."""

    texts: list[str]
    stances: NDArray[np.int64]
    left: dict[str, int]


class Ours(NamedTuple):
    """The rows on the study's change, and the other changes that rows name, with how many do."""

    rows: list[Labelled]
    others: Counter[str]


def _ours(rows: Sequence[Labelled], change: Change, labels: Path) -> Ours:
    """The rows on the study's change, by whichever of its names they call it."""
    names = {name.casefold() for name in spellings(change)}
    ours = [row for row in rows if row.change.casefold() in names]
    others = Counter(row.change for row in rows if row.change.casefold() not in names)
    if not ours:
        what = f'All {len(rows):,} labels name another change ({_named(others)}) than "{change.target}".'
        remedy = "Leave the column change empty, or write there the statement, the name or an alias of the study file."
        raise AdaptationError(what, where=str(labels), remedy=remedy)
    return Ours(ours, others)


def _named(changes: Counter[str]) -> str:
    """The commonest of them."""
    shown = ", ".join(f'"{clean_line(name, NAME)}"' for name, _ in changes.most_common(NAMES))
    return f"{shown} and {len(changes) - NAMES:,} more" if len(changes) > NAMES else shown


def _each_once(ours: Ours) -> Used:
    """Each text once: a copy would be learned from and then scored as if it had not been seen.

    A text whose labels differ is left out.
    """
    said: dict[int, list[Labelled]] = {}
    for key, row in zip(fold_keys([row.text for row in ours.rows]).tolist(), ours.rows, strict=True):
        said.setdefault(key, []).append(row)
    alike = [copies for copies in said.values() if len({row.stance for row in copies}) == 1]
    left = {
        f"name another change ({_named(ours.others)})": ours.others.total(),
        "are copies of others": sum(len(copies) - 1 for copies in alike),
        "give one text different labels": len(ours.rows) - sum(map(len, alike)),
    }
    stances = np.array([copies[0].stance for copies in alike], np.int64)
    return Used([copies[0].text for copies in alike], stances, left)


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


def _warn(console: Console, file: LabelledFile, used: Used) -> None:
    """What of the file was not learned from."""
    for reject in file.rejects[:REJECTS]:
        console.warn(f"{reject.where}: {reject.reason}")
    if (more := len(file.rejects) - REJECTS) > 0:
        console.warn(f"and {more:,} more rows were refused")
    left = used.left | {"have labels of several people who do not agree": len(file.disputed)}
    for why, n in left.items():
        if n:
            console.warn(f"left out: labelled rows that {why}: {n:,}")
    if file.unlabelled:
        console.say(f"Rows without a label: {file.unlabelled:,}.")


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
