"""Training picks: the comments whose labels would teach the study's coder most. They never enter an estimate."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from minyi.labels import standing, task_of
from minyi.receipts import recorded_run
from minyi.sampling import eligible
from nlp.adaptation import Adaptation, AdaptationError
from nlp.coders.embedded import EmbeddedCoder
from nlp.coders.protocol import annotator
from nlp.coders.study import KEPT, StudyCoder
from nlp.duplicates import near_groups
from nlp.fold import fold_keys
from nlp.next_labels import spread, usefulness, vectors
from storage.nouns import STANCES

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from minyi.console import Console
    from minyi.workspace import Workspace

LOOKED_AT = 20_000
"""Different texts that are coded; where there are more, some by their content, the same at every run."""
COMPARED = 500
"""Of these, the most useful, which are set beside each other and beside what is labelled."""
_MIXED = np.uint64(0x9E3779B97F4A7C15)
_Y = [f"y_{stance}" for stance in STANCES]


class Suggested(NamedTuple):
    """What came of it.

    Attributes:
        suggested: comments suggested now.
        waiting: suggestions without a label, these included.
        looked_at: different texts that they were chosen from.
        coder: who was unsure of them.
    """

    suggested: int
    waiting: int
    looked_at: int
    coder: str


def suggest_comments(workspace: Workspace, console: Console, size: int) -> Suggested:
    """Suggest until so many are waiting for a label; the same comments and labels give the same suggestions.

    None is labelled, drawn already, or nearly the same text as one that is.
    """
    labels, study, task = workspace.store.labels, workspace.study, task_of(workspace.study)
    with recorded_run(workspace, "suggest", console, shared=True) as receipt:
        with console.progress("looking for comments to label"):
            said = labels.latest(study.id, *task)
            answered = said[said["what"] != "withdrawn"]["key"]
            drawn = labels.items(study.id, None, task)
            picks = labels.items(study.id, "training", task)["key"]
            waiting = int((~picks.isin(answered)).sum())
            coder, free = _coder(workspace), _candidates(workspace, {*drawn["key"], *answered})
            keys = _chosen(workspace, coder, *free, size - waiting) if waiting < size else []
        if keys:
            labels.add_training(study.id, receipt.run, *task, keys)
        made = Suggested(len(keys), waiting + len(keys), len(free[0]), annotator(coder))
        receipt.counts = made._asdict()
    return made


def show_suggested(made: Suggested, folder: Path, console: Console) -> None:
    """Say it to a person, or as one JSON object."""
    if made.suggested:
        console.say(
            f"Suggested: {made.suggested:,} of {made.looked_at:,} different texts, of which {made.coder} is unsure."
        )
    else:
        console.say("Nothing new is suggested.")
    console.say(f"Waiting for a label: {made.waiting:,}. They teach the coder, and enter no estimate.")
    if made.waiting:
        console.say(f"Next: minyi label {folder} --training")
    console.event("done", exit=0, **made._asdict())


def _coder(workspace: Workspace) -> StudyCoder | EmbeddedCoder:
    """The coder that would learn: the study's own where there is one by now."""
    try:
        adaptation = Adaptation.load(workspace.folder / KEPT)
        if adaptation.target == workspace.study.change.target:
            return StudyCoder(adaptation)
    except AdaptationError:
        pass
    return EmbeddedCoder()


def _candidates(workspace: Workspace, known: set[int]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The comments that may be suggested, each text once, and those that are known: labelled, or drawn to be."""
    read = ["key", "id", "text", "evidence"]
    comments = workspace.store.comments(workspace.study.id, columns=read).sort_values("id", ignore_index=True)
    comments["fold"] = fold_keys(comments["text"].tolist())
    drawn = comments["key"].isin(known)
    there = comments["key"].isin(eligible(workspace)["key"])
    free = comments[there & ~comments["fold"].isin(comments["fold"][drawn])].drop_duplicates("fold")
    order = np.argsort(free["fold"].to_numpy(np.int64).view(np.uint64) * _MIXED, kind="stable")[:LOOKED_AT]
    return free.iloc[np.sort(order)].reset_index(drop=True), comments[drawn].reset_index(drop=True)


def _chosen(
    workspace: Workspace, coder: StudyCoder | EmbeddedCoder, free: pd.DataFrame, known: pd.DataFrame, size: int
) -> list[int]:
    """Keys of the suggestions, the most useful first."""
    change = workspace.study.change
    evidence = free["evidence"].astype(object).where(free["evidence"].notna(), None).tolist()
    counts = standing(workspace)[_Y].to_numpy(np.float64).sum(0)
    value = usefulness(coder.code(free["text"].tolist(), change, evidence).scores, counts)
    best = np.argsort(-value, kind="stable")[: max(COMPARED, size)]
    best = best[_unlike(free.iloc[best], known)]
    if not len(best):
        return []
    texts = [*known["text"], *free["text"].iloc[best]]
    found = vectors(texts, change)
    turn = spread(value[best], found[len(known) :], found[: len(known)], size)
    return [int(key) for key in free["key"].iloc[best[turn]]]


def _unlike(free: pd.DataFrame, known: pd.DataFrame) -> NDArray[np.int64]:
    """Which are not nearly the same text as a known one or as one before."""
    texts = [*known["text"], *free["text"]]
    groups = near_groups(texts, np.array([*known["fold"], *free["fold"]], np.int64)).key
    _, first = np.unique(groups, return_index=True)
    return np.sort(first[first >= len(known)]) - len(known)
