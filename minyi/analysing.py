"""Stances for the comments that have none: load them in stretches, code them, save the annotations."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from minyi.console import so_many
from minyi.receipts import recorded_run
from nlp.coders.protocol import KeepsAccount, Plans, annotator
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from minyi.console import Console, Exit
    from minyi.receipts import Receipt
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


def analyse(workspace: Workspace, console: Console) -> Exit:
    """Code every comment of the study that its coder has not coded yet.

    Returns:
        OK; PARTIAL where the coder failed on some comments, FAILED where it failed and coded none.
    """
    coder = workspace.coder
    judgement = judgement_of(workspace.study, coder)
    with recorded_run(workspace, "analyse", console) as receipt:
        receipt.coder = asdict(judgement)
        counts, abstained = np.zeros(len(STANCES), dtype=np.int64), 0
        try:
            if isinstance(coder, Plans):
                with console.progress("reading all comments") as advance:
                    stretches = _told(_uncoded(workspace, judgement), advance)
                    coder.plan(map(_said, stretches), workspace.study.change)
            with console.progress("saying the stance", _total(workspace, coder, judgement)) as advance:
                for stretch in _uncoded(workspace, judgement):
                    with _moving(workspace, advance, len(stretch)):
                        found, left = _code(workspace, coder, judgement, receipt.run, stretch)
                    counts, abstained = counts + found, abstained + left
        finally:
            receipt.counts = {
                "coded": int(counts.sum()),
                **dict(zip(STANCES, counts.tolist(), strict=True)),
                "abstained": abstained,
            }
            _account(coder, judgement, receipt, console)
    _say(console, judgement, receipt.counts)
    return receipt.exit


def _uncoded(workspace: Workspace, judgement: Judgement) -> Iterator[pd.DataFrame]:
    return workspace.store.uncoded(
        workspace.study.id, judgement.target, judgement.annotator, judgement.codebook, chunk=STRETCH
    )


def _told(stretches: Iterator[pd.DataFrame], advance: Callable[[int], None]) -> Iterator[pd.DataFrame]:
    for stretch in stretches:
        yield stretch
        advance(len(stretch))


def _total(workspace: Workspace, coder: Coder, judgement: Judgement) -> int | None:
    """How many comments there are to judge, where it may take long; else it is not worth counting them."""
    if not isinstance(coder, KeepsAccount):
        return None
    said = judgement.target, judgement.annotator, judgement.codebook
    return workspace.store.count_uncoded(workspace.study.id, *said)


@contextmanager
def _moving(workspace: Workspace, advance: Callable[[int], None], size: int) -> Iterator[None]:
    """Progress through a stretch: by the answers of a slow coder as they come, to its end when it is saved."""
    done = 0

    def heard(answers: int) -> None:
        nonlocal done
        step = min(answers, size - done)
        done += step
        advance(step)

    workspace.answers.listener = heard
    try:
        yield
    finally:
        workspace.answers.listener = None
    advance(size - done)


def _said(stretch: pd.DataFrame) -> tuple[Sequence[str], Sequence[str | None]]:
    """The comments of a stretch, and the words that introduce those that are quotes."""
    return stretch["text"].tolist(), [value if isinstance(value, str) else None for value in stretch["evidence"]]


def _account(coder: Coder, judgement: Judgement, receipt: Receipt, console: Console) -> None:
    """Put into the receipt what the coder did besides: a run whose model gave out is partial, not ok."""
    if not isinstance(coder, KeepsAccount):
        return
    account = coder.account()
    receipt.counts["coder"] = {"annotator": judgement.annotator, **account.counts}
    receipt.succeeded = receipt.counts["coded"] > 0
    for failure in account.failures:
        receipt.fail(failure, source=coder.name)
        console.warn(str(failure))
    for note in account.notes:
        console.say(note)


def _code(
    workspace: Workspace, coder: Coder, judgement: Judgement, run: str, stretch: pd.DataFrame
) -> tuple[NDArray[np.int64], int]:
    """Code and save one stretch: comments by stance, and those the coder left without one, which stay uncoded."""
    texts, evidence = _said(stretch)
    codes = coder.code(texts, workspace.study.change, evidence)
    given = ~codes.abstained
    workspace.store.add_annotations(
        workspace.study.id,
        judgement.target,
        judgement.annotator,
        judgement.codebook,
        run_id=run,
        keys=stretch["key"].to_numpy()[given],
        primary=codes.primary[given],
        scores=codes.scores[given],
    )
    return np.bincount(codes.primary[given], minlength=len(STANCES)), int((~given).sum())


def _say(console: Console, judgement: Judgement, counts: dict[str, int]) -> None:
    if counts["abstained"]:
        console.say(
            f"{so_many(counts['abstained'], 'comment was', 'comments were')} left without a stance; "
            "the next run asks again."
        )
    if not counts["coded"] + counts["abstained"]:
        console.say("Nothing new to judge: every comment has its stance already.")
        return
    shares = ", ".join(f"{stance.value} {counts[stance]:,}" for stance in STANCES)
    console.say(f"{so_many(counts['coded'], 'comment')} judged by {judgement.annotator}: {shares}.")
