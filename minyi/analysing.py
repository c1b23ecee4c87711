"""Stances for the comments that have none: load them in stretches, code them, save the annotations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from minyi.receipts import recorded_run
from nlp.coders import get_coder
from nlp.coders.protocol import annotator
from storage.nouns import STANCES

if TYPE_CHECKING:
    import pandas as pd

    from minyi.console import Console
    from minyi.workspace import Workspace
    from nlp.coders.protocol import Coder
    from storage.nouns import Study

STRETCH = 50_000  # comments coded and saved at a time: bounds memory, and what a killed run does again


@dataclass(frozen=True, slots=True)
class Judgement:
    """Who judges, and towards what: the key under which annotations are kept and found again."""

    target: str
    annotator: str
    codebook: str


def judgement_of(study: Study, coder: Coder) -> Judgement:
    """The key of this study's machine annotations."""
    return Judgement(target=study.change.target, annotator=annotator(coder), codebook=study.codebook)


def analyse(workspace: Workspace, console: Console) -> dict[str, int]:
    """Code every comment of the study that its coder has not coded yet.

    Returns:
        How many comments were coded now, per stance and in all.
    """
    coder = get_coder(workspace.study.coder)
    judgement = judgement_of(workspace.study, coder)
    with recorded_run(workspace, "analyse", console) as receipt:
        counts = np.zeros(len(STANCES), dtype=np.int64)
        with console.progress("saying the stance") as advance:
            for stretch in workspace.store.uncoded(
                workspace.study.id, judgement.target, judgement.annotator, judgement.codebook, chunk=STRETCH
            ):
                counts += _code(workspace, coder, judgement, receipt.run, stretch)
                advance(len(stretch))
        receipt.counts = {"coded": int(counts.sum()), **dict(zip(STANCES, counts.tolist(), strict=True))}
    _say(console, judgement, receipt.counts)
    return receipt.counts


def _code(workspace: Workspace, coder: Coder, judgement: Judgement, run: str, stretch: pd.DataFrame) -> np.ndarray:
    evidence = [value if isinstance(value, str) else None for value in stretch["evidence"]]
    codes = coder.code(stretch["text"].tolist(), workspace.study.change, evidence)
    workspace.store.add_annotations(
        workspace.study.id,
        judgement.target,
        judgement.annotator,
        judgement.codebook,
        run_id=run,
        keys=stretch["key"].to_numpy(),
        primary=codes.primary,
        scores=codes.scores,
    )
    return np.bincount(codes.primary, minlength=len(STANCES))


def _say(console: Console, judgement: Judgement, counts: dict[str, int]) -> None:
    if not counts["coded"]:
        console.say("Nothing new to judge: every comment has its stance already.")
        return
    shares = ", ".join(f"{stance.value} {counts[stance]:,}" for stance in STANCES)
    console.say(f"{counts['coded']:,} comments judged by {judgement.annotator}: {shares}.")
