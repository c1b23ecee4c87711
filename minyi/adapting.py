"""Adapt the embedded coder to a study, from the labels that are stored or from a file of labels."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from minyi.adapting_kept import keep_adapted
from minyi.adapting_labels import Used, from_file, from_store
from minyi.analysing import analyse
from minyi.console import so_many
from minyi.receipts import recorded_run
from nlp.adapt import FEWEST, lesson, taught
from nlp.adaptation import Adaptation, AdaptationError
from nlp.adapted_score import COUNTED, AdaptedScore, cross_validated
from nlp.coders.embedded import EmbeddedCoder
from nlp.coders.study import KEPT
from nlp.fold import fold_keys
from storage.errors import MinyiError
from storage.files import FileWriteError
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from minyi.console import Console
    from minyi.receipts import Receipt
    from minyi.workspace import Workspace


COMMAND = "adapt"
REJECTS = 5  # shown; all are counted
_ANEW = "`minyi adapt` without a file learns from the stored labels."


def adapt_study(workspace: Workspace, labels: Path | None, console: Console) -> Path:
    """Learn from the labels, say how well it does on labels it did not see, and write the study's coder.

    The run is recorded like any other, and keeps what the coder follows from (`minyi.adapting_kept`).

    Args:
        workspace: the study.
        labels: a file of labels; None for those that are stored.
        console: where to say it.

    Returns:
        The file written; a coder from before is replaced.

    Raises:
        EvaluationFileError: the labels cannot be read.
        AdaptationError: there are too few.
        FileWriteError: the coder cannot be written; one from before stays.
    """
    with recorded_run(workspace, COMMAND, console) as receipt:
        used = from_store(workspace) if labels is None else from_file(workspace, labels)
        with console.progress("adapting"):
            learned = _learned(workspace, used)
        path = _keep(workspace, receipt, used, learned)
    adaptation, score, others = learned
    _warn(console, used)
    _say(console, used, score, len(others))
    console.say(f'Wrote {path}. It codes where the study file says: coder = "study" under [study].')
    console.event(
        "done",
        run=receipt.run,
        file=str(path),
        version=adaptation.version,
        unlabelled=len(others),
        rejects=len(used.rejects),
        **score.as_dict(),
    )
    return path


def refit_if_due(workspace: Workspace, console: Console) -> bool:
    """After labels came: learn them and judge all comments anew, where the study's coder is its own.

    One that was made from a file stays. What stands in the way is said, and stops nothing: the labels are stored.

    Returns:
        Whether the study's coder was made anew.
    """
    if not _is_own(workspace):
        return False
    try:
        used = from_store(workspace)
        before = _kept(workspace.folder / KEPT)
        if before is not None and before.taught in {"", _source(workspace, used)}:
            if not before.taught:
                console.say(f"The study's coder stays as it is: it was adapted from a file. {_ANEW}")
            return False
        if len(used.texts) < FEWEST:
            console.say(f"The study's coder waits for labels: {len(used.texts):,} of the {FEWEST} it needs.")
            return False
        with recorded_run(workspace, COMMAND, console) as receipt:
            learned = _learned(workspace, used)
            _keep(workspace, receipt, used, learned)
        adaptation, score, _ = learned
        workspace.forget_coder()
    except MinyiError as error:
        console.warn(f"the study's coder was not adapted: {error}")
        return False
    console.say(
        f"The study's coder learned from {score.labels:,} labels: macro-F1 {score.adapted:.3f} on labels left out "
        f"(always the commonest stance: {score.constant:.3f})."
    )
    console.event("adapted", version=adaptation.version, **score.as_dict())
    analyse(workspace, console)
    return True


def _is_own(workspace: Workspace) -> bool:
    """Whether the study is coded by the file that is written here."""
    study = workspace.study
    options = study.coder_options.get("heavy", {}) if study.coder == "cascade:study" else study.coder_options
    return study.coder in {"study", "cascade:study"} and Path(options.get("model", KEPT)) == KEPT


def _kept(path: Path) -> Adaptation | None:
    """What was learned before, if that can still be read."""
    try:
        return Adaptation.load(path)
    except AdaptationError:
        return None


def _source(workspace: Workspace, used: Used) -> str:
    """What says from which labels of the store, for which change, and on which embedded coder it was learned."""
    keys = fold_keys(used.texts)
    order = np.argsort(keys)
    said = keys[order].tobytes() + used.stances[order].tobytes()
    beside = f"{EmbeddedCoder().version}\0{workspace.study.change.target}\0".encode()
    return hashlib.sha256(beside + said).hexdigest()[:16]


class _Learned(NamedTuple):
    """What labels taught, how well it does on labels left out, and the comments beside them."""

    adaptation: Adaptation
    score: AdaptedScore
    others: list[str]


def _learned(workspace: Workspace, used: Used) -> _Learned:
    """What the labels teach."""
    others = _others(workspace, used.texts)
    given = lesson(EmbeddedCoder(), used.texts, used.stances, workspace.study.change, others, used.evidence)
    score = cross_validated(given)
    source = _source(workspace, used) if used.stored else ""
    return _Learned(replace(taught(given), known=score.known, curve=score.curve, taught=source), score, others)


def _keep(workspace: Workspace, receipt: Receipt, used: Used, learned: _Learned) -> Path:
    """Write what the coder follows from, and then the coder, which so is never without it; gives the coder's path."""
    keep_adapted(workspace, receipt, used, learned.others, learned.adaptation, learned.score)
    return _written(learned.adaptation, workspace.folder / KEPT)


def _written(adaptation: Adaptation, path: Path) -> Path:
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
    return path


def _others(workspace: Workspace, texts: Sequence[str]) -> list[str]:
    """The study's comments that are not among the labelled."""
    stored = workspace.store.comments(workspace.study.id, columns=["text", "fold"])
    other = ~np.isin(stored["fold"].fillna(0).to_numpy(np.int64), fold_keys(texts))
    return [str(text) for text in stored["text"][other]]


def _warn(console: Console, used: Used) -> None:
    """What was not learned from."""
    for reject in used.rejects[:REJECTS]:
        console.warn(f"{reject.where}: {reject.reason}")
    if (more := len(used.rejects) - REJECTS) > 0:
        console.warn(f"and {more:,} more rows were refused")
    for why, n in used.left.items():
        if n:
            console.warn(f"left out: labelled rows that {why}: {n:,}")
    for why, n in used.apart.items():
        if n:
            console.say(f"{why}: {n:,}.")


def _say(console: Console, used: Used, score: AdaptedScore, others: int) -> None:
    counts = np.bincount(used.stances, minlength=len(STANCES))
    shares = ", ".join(f"{stance.value} {count}" for stance, count in zip(STANCES, counts, strict=True))
    console.say(
        f"{so_many(score.labels, 'label')} ({shares}), beside {so_many(others, 'comment')} of the study without one."
    )
    console.say(
        f"On labels it did not see: macro-F1 {score.adapted:.3f} (± {score.spread:.3f} from draw to draw); the "
        f"embedded coder {score.embedded:.3f}; always the commonest stance {score.constant:.3f}. "
        f"Counted: {', '.join(score.stances)}{f' ({COUNTED} labels or more)' if counts.max() >= COUNTED else ''}. "
        f"It agreed with {round(100 * score.agreement)} of 100 labels."
    )
    console.say("Macro-F1 by how many labels it learns from:")
    for labels, found in score.curve.points:
        console.say(f"  {labels:>5,}  {found:.3f}")
    console.say(f"  {'none':>5}  {score.constant:.3f}  always the commonest stance")
    if (counts >= COUNTED).sum() < 2:  # noqa: PLR2004  one stance alone is no choice
        console.warn(f"fewer than two stances have {COUNTED} labels: these figures say little; label more comments")
    if score.adapted <= score.embedded:
        console.warn("it does no better than the embedded coder: label more comments, drawn at random")
