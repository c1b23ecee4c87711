"""The gate before a report: is the coder good enough to publish what it coded?

It is judged by the part of the sample that no coder of the study learns from (`minyi.labels.held_back`), on the very
stances that the report would count.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from minyi.labels import standing
from reports.inputs import Gate
from storage.errors import MinyiError
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from minyi.console import Console
    from minyi.receipts import Receipt
    from minyi.workspace import Workspace

HELD = "held"
"""The folder, among the reports, of a report that may not go out."""
COUNTED = 5
"""Labels kept back that a stance needs to count in macro-F1: of fewer, F1 is chance."""
_Y = [f"y_{stance}" for stance in STANCES]


class ReportHeld(MinyiError):  # noqa: N818  says what happened
    """The coder is below the study's floor, so the report is not published."""


def gate_of(workspace: Workspace, comments: pd.DataFrame) -> Gate | None:
    """How the coder stands to the study's floor; None where the study file has none.

    Args:
        workspace: the study.
        comments: its comments, with the stance that its coder gave each.
    """
    asked = workspace.loaded.publish
    if asked is None:
        return None
    people, coded = _both(standing(workspace), comments)
    gate = Gate("unjudged", asked.measure, asked.floor, len(people))
    if len(people) < gate.least:
        return gate
    value = float((people == coded).mean()) if asked.measure == "agreement" else macro_f1(people, coded)
    return Gate("passed" if value >= asked.floor else "held", asked.measure, asked.floor, len(people), value)


def _both(known: pd.DataFrame, comments: pd.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What people and the coder say of the comments kept back on which people agree, and which the coder coded."""
    y = known[_Y].to_numpy(np.float64)
    chosen = known["held_back"].to_numpy(bool) & (y.max(1, initial=0) == 1)
    names = comments.set_index("id")["stance"].reindex(known["id"][chosen]).astype(object)
    coded = names.notna().to_numpy()
    places = [[str(stance) for stance in STANCES].index(str(name)) for name in names[coded]]
    return y[chosen][coded].argmax(1).astype(np.int64), np.array(places, np.int64)


def macro_f1(people: NDArray[np.int64], coded: NDArray[np.int64]) -> float:
    """Mean F1 of the stances with COUNTED labels or more; of the commonest alone where none has so many.

    Args:
        people: (n,) what people say, as indices into STANCES; n > 0.
        coded: (n,) what the coder says.
    """
    counts, given = (np.bincount(which, minlength=len(STANCES)) for which in (people, coded))
    both = np.bincount(people[people == coded], minlength=len(STANCES))
    f1 = 2 * both / np.maximum(counts + given, 1)
    counted = counts >= COUNTED
    return float(f1[counted].mean() if counted.any() else f1[counts.argmax()])


def through_the_gate(
    workspace: Workspace, coded: Callable[[], pd.DataFrame], receipt: Receipt, console: Console, *, held: bool
) -> tuple[Gate | None, Path]:
    """Judge the coder, say it, put it into the receipt, and tell where the report is to be written.

    A report that may not go out never takes the place of one that did.

    Args:
        workspace: the study.
        coded: gives its comments, with the stance that its coder gave each; asked only where there is a floor.
        receipt: of the run.
        console: where to say it.
        held: whether a report that may not go out is to be written all the same, marked, to look at.

    Raises:
        ReportHeld: it may not go out, and is not wanted marked.
    """
    gate = gate_of(workspace, coded()) if workspace.loaded.publish else None
    if gate is None:
        return None, workspace.reports
    receipt.counts["gate"] = asdict(gate)
    if gate.state == "held":
        if not held:
            raise _held(gate, workspace.reports)
        console.warn(f"the report is held, and is marked so: {_below(gate)}")
        return gate, workspace.reports / HELD
    if gate.state == "unjudged":
        what = f"of the {gate.least} labels it needs, {gate.labels} are kept back and coded"
        console.warn(f"the gate cannot be judged yet: {what}; the report says so")
    else:
        console.say(f"Gate passed: {_measured(gate)}; [publish] asks for {gate.floor:.2f}.")
    return gate, workspace.reports


def put_away_held(workspace: Workspace) -> None:
    """Remove what was once written marked as held: a report that may go out has taken its place.

    What minyi did not write there stays.
    """
    folder = workspace.reports / HELD
    if not folder.is_dir():
        return
    for report in workspace.store.reports(workspace.study.id):
        place, _, name = report.path.replace(os.sep, "/").rpartition(f"/{HELD}/")
        if place:
            with suppress(OSError):  # gone already, or open elsewhere; the next report removes it
                (folder / name).unlink()
    for inner in sorted(folder.rglob("*"), reverse=True):
        with suppress(OSError):  # a file, or a folder that holds one
            inner.rmdir()
    with suppress(OSError):
        folder.rmdir()


def _measured(gate: Gate) -> str:
    return f"{gate.measure} {gate.value:.3f} on {gate.labels} labels that no coder learned from"


def _below(gate: Gate) -> str:
    return f"the coder has {_measured(gate)}; [publish] asks for {gate.floor:.2f}"


def _held(gate: Gate, reports: Path) -> ReportHeld:
    remedy = (
        "Label more comments and run `minyi adapt`, or take a better coder; then analyse and report again. "
        f"`minyi report --held` writes it to {reports / HELD}, marked, to look at. What was published stays."
    )
    return ReportHeld(f"the report is held: {_below(gate)}", where=str(reports), remedy=remedy)
