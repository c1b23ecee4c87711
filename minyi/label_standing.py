"""How far the labelling of a study is: what is labelled and by whom, how far people agree, and what to do next."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

import pandas as pd

from minyi.label_agreement import agreement_of, keep_agreement
from minyi.label_files.exporting import items_of
from minyi.labels import elsewhere, passed_over, standing, task_of
from minyi.receipts import recorded_run
from minyi.sampling import eligible
from storage.errors import MinyiError
from storage.judgements import PERSON, SETTLED

if TYPE_CHECKING:
    from minyi.console import Console
    from minyi.workspace import Workspace

LEAST = 50
"""Below so many labels nothing is estimated."""
COMMAND = "labels"


def how_far(workspace: Workspace, console: Console) -> dict[str, Any]:
    """Everything that `minyi labels` says, as plain values; the agreement is kept in the store.

    Returns:
        sample, counted (comments that the report counts now), training, outside (comments labelled that were drawn for
        neither), elsewhere (comments labelled for another wording of the change, or by another codebook), coders,
        agreement (None where no two people judged the same comment), audit (as the report has it, or None), next.
    """
    with recorded_run(workspace, COMMAND, console, shared=True) as receipt:
        found = agreement_of(workspace)
        kept = keep_agreement(workspace, receipt.run, found)
        said = _said(workspace) | {"agreement": found.as_dict() if found.shared else None}
        said["audit"] = shares_now(workspace, console)
        said["next"] = next_steps(workspace, said)
        receipt.counts = {**said["sample"], "figures": kept}
    return said


def _said(workspace: Workspace) -> dict[str, Any]:
    study = workspace.study
    latest = workspace.store.labels.latest(study.id, *task_of(study))
    known = standing(workspace)
    items = items_of(workspace)
    audit, training = items[items["sample"] == "audit"], items[items["sample"] == "training"]
    there = eligible(workspace)
    counted = audit[audit["key"].isin(there["key"])]
    return {
        "sample": _sample(audit, counted, known, latest),
        "counted": len(there),
        "training": {"drawn": len(training), "labelled": int(training["key"].isin(known["key"]).sum())},
        "outside": int((~known["key"].isin(items["key"])).sum()),
        "elsewhere": elsewhere(workspace),
        "coders": _coders(latest),
    }


def _sample(drawn: pd.DataFrame, counted: pd.DataFrame, known: pd.DataFrame, latest: pd.DataFrame) -> dict[str, int]:
    """The random sample, in comments that the report counts now; of others, how many were drawn."""
    ours = known[known["key"].isin(counted["key"])]
    passed = set(latest[latest["what"] == "skipped"]["key"]) - set(known["key"])
    skipped = int(counted["key"].isin(passed).sum())
    over = passed_over(drawn, set(known["key"]), passed)
    twice = ours[ours["coders"] > 1]
    second = set(counted[counted["second"]]["key"])
    return {
        "drawn": len(counted),
        "labelled": len(ours),
        "skipped": skipped,
        "left": len(counted) - len(ours) - skipped,
        "passed_over": int(over["key"].isin(counted["key"]).sum()),
        "second": len(second),
        "second_left": len(second - set(twice["key"]) - passed),
        "twice": len(twice),
        "disputed": int(ours["disputed"].sum()),
        "settled": int(ours["settled"].sum()),
        "to_settle": int((ours["disputed"] & ~ours["settled"]).sum()),
        "uncounted": len(drawn) - len(counted),
    }


def _coders(latest: pd.DataFrame) -> list[dict[str, Any]]:
    """What each person did, whoever did most first."""
    people = latest[latest["annotator"].str.startswith(PERSON) & (latest["annotator"] != SETTLED)]
    found = []
    for annotator, said in people.groupby("annotator"):
        judged = said[said["what"] == "judged"]
        seconds = judged["seconds"].median()
        found.append(
            {
                "name": str(annotator).removeprefix(PERSON),
                "judged": len(judged),
                "skipped": int((said["what"] == "skipped").sum()),
                "unsure": int(judged["unsure"].sum()),
                "seconds": None if pd.isna(seconds) else round(float(seconds), 1),
            }
        )
    return sorted(found, key=lambda one: (-one["judged"], one["name"]))


def shares_now(workspace: Workspace, console: Console) -> dict[str, Any] | None:
    """The shares with their intervals and how many more labels they want, as a report would print them now.

    None where nothing was drawn, or where the study's coder cannot be had: that is said, and stops nothing else.
    """
    from minyi.auditing import audit_now

    try:
        return audit_now(workspace)
    except MinyiError as error:
        console.warn(f"no share is estimated: {error}")
        return None


def next_steps(workspace: Workspace, said: dict[str, Any]) -> list[dict[str, Any]]:
    """What to do now, the most pressing first: each why, and the command."""
    sample, place = said["sample"], str(workspace.folder)
    pace = next((one["seconds"] for one in said["coders"] if one["seconds"]), None)
    steps = []
    if not sample["drawn"]:
        steps.append(_step("no comment is drawn at random yet", f"minyi sample {place}"))
    if sample["left"]:
        steps.append(
            _step(
                f"{_some(sample['left'])} of the sample to label{_time(sample['left'], pace)}", f"minyi label {place}"
            )
        )
    if sample["second_left"] and not sample["left"]:
        why = f"{_some(sample['second_left'])} for a second person to label too{_time(sample['second_left'], pace)}"
        steps.append(_step(why, f"minyi label {place} --as ANOTHER"))
    if sample["to_settle"]:
        steps.append(_step(f"{_some(sample['to_settle'])} on which people disagree", f"minyi labels settle {place}"))
    if sample["drawn"] and not sample["left"]:
        steps += _enlarge(said, place)
    return steps or [_step("the labels are complete", f"minyi report {place}")]


def _enlarge(said: dict[str, Any], place: str) -> list[dict[str, Any]]:
    """What to draw or label besides, as far as there are comments to draw."""
    sample, planner, draw = said["sample"], (said["audit"] or {}).get("planner"), f"minyi sample {place} --size"
    all_of = said["counted"]
    if sample["drawn"] >= all_of:
        return []
    if sample["labelled"] < LEAST:
        size = min(sample["drawn"] + max(LEAST - sample["labelled"], 10), all_of)
        few = f"label every one of the {all_of} comments that count, and the report has people's own count"
        why = few if all_of < LEAST else f"below {LEAST} labels nothing is estimated"
        return [_step(why, f"{draw} {size}")]
    if planner:
        why = f"for ±{planner['points']} points: about {planner['more']:,} more labels"
        return [_step(why, f"{draw} {min(sample['drawn'] + planner['more'], all_of)}")]
    return []


def _step(why: str, command: str) -> dict[str, Any]:
    return {"why": why, "command": command}


def _some(n: int) -> str:
    return f"{n:,} comment{'s' * (n != 1)}"


def _time(n: int, seconds: float | None) -> str:
    return f", about {ceil(n * seconds / 60):,} minutes at the pace so far" if seconds else ""
