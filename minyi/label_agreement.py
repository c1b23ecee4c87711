"""How far the study's people agree: on the random sample, and as they judged before they talked to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from minyi.labels import task_of
from reports.agreement import PRIMARY, YES_NO, agreement
from storage.agreements import AgreementRecord
from storage.judgements import PERSON, SETTLED
from storage.nouns import STANCES, Wording

if TYPE_CHECKING:
    import pandas as pd

    from minyi.workspace import Workspace
    from reports.agreement import Agreement

_WORDS = {
    "zh": {
        "alpha": "{n} 条评论有两人或更多人标注，成对的判断有 {points}% 归类相同；alpha {value}。",
        "nothing": "{n} 条评论有两人或更多人标注，全都归为同一类，无从计算一致性系数。",
    },
    "en": {
        "alpha": "Comments that two or more people labelled: {n}; {points}% of pairs of labels agree; alpha {value}.",
        "nothing": "Comments that two or more people labelled: {n}, all as one stance, so that no alpha is defined.",
    },
}


def agreement_of(workspace: Workspace) -> Agreement:
    """The agreement of the study's people on the comments that were drawn at random; on all, where none was drawn."""
    labels, study = workspace.store.labels, workspace.study
    said = judged_apart(labels.history(study.id, *task_of(study)))
    drawn = labels.items(study.id, "audit", task_of(study))["key"]
    if len(drawn):
        said = said[said["key"].isin(drawn)]
    names = [annotator.removeprefix(PERSON) for annotator in said["annotator"]]
    primary = said["stance"].astype(object).map({str(stance): at for at, stance in enumerate(STANCES)})
    codes = {code.value: said[code.value].to_numpy(np.int64) for code in YES_NO}
    return agreement(said["key"].to_numpy(np.int64), names, {PRIMARY: primary.to_numpy(np.int64), **codes})


def judged_apart(history: pd.DataFrame) -> pd.DataFrame:
    """Each person's last judgement of a comment before it was settled; what is changed after a talk is no evidence."""
    settled = history[history["annotator"] == SETTLED].groupby("key")["created_at"].min()
    people = history[history["annotator"] != SETTLED]
    before = people["created_at"] <= people["key"].map(settled).fillna(np.inf)
    last = people[before].sort_values("revision").drop_duplicates(["key", "annotator"], keep="last")
    return last[last["what"] == "judged"].sort_values(["key", "annotator"])


def keep_agreement(workspace: Workspace, run: str, found: Agreement) -> int:
    """Append to the store what was found where two people judged the same comments; gives the number of figures."""
    records = [
        AgreementRecord(one.code, one.statistic, one.coders, one.value, one.low, one.high, one.units)
        for one in found.figures
        if one.units
    ]
    return workspace.store.agreements.put(workspace.study.id, run, records)


def agreement_words(workspace: Workspace) -> Wording | None:
    """What a coder who is done may be told of the agreement; None where nobody judged the same comments."""
    found = agreement_of(workspace)
    alpha = found.alpha()
    if alpha.agreed is None:
        return None
    facts = {"n": f"{found.shared:,}", "points": round(100 * alpha.agreed), "value": ""}
    if alpha.value is not None:
        ends = "" if alpha.low is None or alpha.high is None else f" [{alpha.low:.2f}, {alpha.high:.2f}]"
        facts["value"] = f"{alpha.value:.2f}{ends}"
    kind = "nothing" if alpha.value is None else "alpha"
    return Wording(zh=_WORDS["zh"][kind].format(**facts), en=_WORDS["en"][kind].format(**facts))
