"""The label that stands for each comment: what people said of it, put together."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from storage.labels import CODES, SETTLED
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd

    from minyi.workspace import Workspace
    from storage.labels import Task
    from storage.nouns import Stance, Study

HELD_BACK = 4  # one in so many comments of the sample
_Y = [f"y_{stance}" for stance in STANCES]
_CODES = [f"code_{stance}" for stance in CODES]


def task_of(study: Study) -> Task:
    """What samples and labels of a study belong to: its change as it is stated now, and its codebook."""
    return study.change.target, study.codebook


def standing(workspace: Workspace) -> pd.DataFrame:
    """One row for each comment that somebody judged, in order of their ids.

    What was settled stands. Elsewhere each person's last judgement counts alike: of two who disagree, each primary
    stance has a half. Comments that were skipped, or whose label was taken back, have no label.

    Returns:
        key, id; y_support, y_concern, y_suggestion, y_neutral (shares that sum to 1); code_support, code_concern,
        code_suggestion (shares of yes, 0 to 1); coders (people who judged it); disputed (they named different
        primaries, settled or not); settled; in_sample (drawn at random); cohort and stratum (-1 outside the sample);
        held_back (see `held_back`).
    """
    labels, study = workspace.store.labels, workspace.study
    said = labels.latest(study.id, *task_of(study))
    said = said[said["what"] == "judged"]
    own = said["annotator"] == SETTLED
    people = said[~own].groupby("key")
    table = _shares(said[own | ~said["key"].isin(said["key"][own])])
    table["coders"] = people.size().reindex(table.index, fill_value=0)
    primaries = people["stance"].nunique()
    table["disputed"] = (primaries > 1).reindex(table.index, fill_value=False)
    table["settled"] = table.index.isin(said["key"][own])
    drawn = labels.items(study.id, "audit", task_of(study)).set_index("key")
    table["in_sample"] = table.index.isin(drawn.index)
    for name in ("cohort", "stratum"):
        table[name] = drawn[name].reindex(table.index, fill_value=-1)
    table["held_back"] = table["in_sample"] & np.fromiter(map(held_back, table["id"]), np.bool_, len(table))
    return table.reset_index().sort_values("id", ignore_index=True)


def judged_of(workspace: Workspace) -> dict[str, Stance]:
    """By id: the stance of each comment on which all who judged it agree, or that was settled; drawn or not."""
    known = standing(workspace)
    shares = known[_Y].to_numpy(float)
    agreed = shares.max(axis=1, initial=0.0) == 1.0
    return {str(name): STANCES[at] for name, at in zip(known["id"][agreed], shares[agreed].argmax(1), strict=True)}


def _shares(said: pd.DataFrame) -> pd.DataFrame:
    """By comment: the share of each primary stance, and of yes for each code."""
    primaries = {f"y_{stance}": (said["stance"] == stance).astype(float) for stance in STANCES}
    codes = {f"code_{stance}": said[str(stance)].astype(float) for stance in CODES}
    voices = said[["key", "id"]].assign(**primaries, **codes)
    return voices.groupby("key").agg({"id": "first"} | dict.fromkeys((*_Y, *_CODES), "mean"))


def passed_over(items: pd.DataFrame, labelled: Collection[int], skipped: Collection[int]) -> pd.DataFrame:
    """Those of a sample without an answer before the last labelled one: whoever picks what to label spoils the draw.

    Those of the second coder do not count: they may be labelled first, and are drawn at random themselves.

    Args:
        items: of the random sample, in the order in which to label them: key, second, and more.
        labelled: keys of comments that have a label.
        skipped: keys of comments that somebody skipped and nobody judged.
    """
    first = items[~items["second"].astype(bool)]
    reached = first["key"].isin(labelled)
    before = reached[::-1].cummax()[::-1]
    return first[before & ~reached & ~first["key"].isin(skipped)]


def elsewhere(workspace: Workspace) -> list[dict[str, Any]]:
    """Labels for what the study stated once: a word changed in the study file, and none of them counts any more.

    Returns:
        change, codebook and labelled (how many comments) of each, in this order; only where somebody labelled.
    """
    labels, study = workspace.store.labels, workspace.study
    tasks = {(cohort.target, cohort.codebook) for cohort in labels.cohorts(study.id)}
    found = []
    for change, codebook in sorted(tasks - {task_of(study)}):
        latest = labels.latest(study.id, change, codebook)
        labelled = int(latest["key"][latest["what"] == "judged"].nunique())
        found.append({"change": change, "codebook": codebook, "labelled": labelled})
    return [one for one in found if one["labelled"]]


def held_back(comment_id: str) -> bool:
    """Whether a comment belongs to the part of the sample that no model may learn from: one in four, by its id.

    The gate rescores the study's coder on it.
    """
    return int(hashlib.sha256(comment_id.encode("utf-8", "surrogatepass")).hexdigest(), 16) % HELD_BACK == 0
