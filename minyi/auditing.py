"""What the report is told of the audit sample: the frames, the labels that stand, and the people who gave them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from minyi.frames import comments_of, repeats_of, with_repeats
from minyi.label_agreement import agreement_of
from minyi.labels import passed_over, standing, task_of
from reports.audit import build_audit, labelled
from reports.corpus import prepare
from reports.inputs import Audit, Draw, Provenance, ReportInput, Stratum
from storage.judgements import PERSON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from minyi.workspace import Workspace
    from storage.records import Cohort

_LABELS = ["id", "y_support", "y_concern", "y_suggestion", "y_neutral", "coders", "disputed", "settled"]


def audit_of(workspace: Workspace) -> Audit | None:
    """The study's sample, for its change as it is stated now; None where nothing was drawn.

    Only comments that were drawn at random are in it, whatever else people labelled.
    """
    store, study, task = workspace.store.labels, workspace.study, task_of(workspace.study)
    cohorts = store.cohorts(study.id, "audit", task)
    if not cohorts:
        return None
    items, known = store.items(study.id, "audit", task), standing(workspace)
    said = store.latest(study.id, *task)
    said = said[said["key"].isin(items["key"])]
    judged = said[(said["what"] == "judged") & said["annotator"].str.startswith(PERSON)]
    skipped = said[(said["what"] == "skipped") & ~said["key"].isin(known["key"])]
    seconds = judged["seconds"].median()
    return Audit(
        labels=known.loc[known["in_sample"], _LABELS].reset_index(drop=True),
        framed=_framed(store.framed(study.id, "audit", task), cohorts),
        strata=[Stratum(at, name) for at, cohort in enumerate(cohorts) for name, _ in cohort.strata],
        draws=_draws(cohorts, items),
        skipped=sorted(set(skipped["id"])),
        passed_over=passed_over(items, set(known["key"]), set(skipped["key"]))["id"].tolist(),
        coders=int(judged["annotator"].nunique()),
        seconds=None if pd.isna(seconds) else round(float(seconds), 1),
        agreement=agreement_of(workspace),
    )


def _framed(framed: pd.DataFrame, cohorts: Sequence[Cohort]) -> pd.DataFrame:
    """Every comment that was drawn from, its stratum numbered through all cohorts."""
    sizes = [len(cohort.strata) for cohort in cohorts]
    before = dict(zip((cohort.key for cohort in cohorts), np.cumsum([0, *sizes[:-1]]).tolist(), strict=True))
    return pd.DataFrame({"id": framed["id"], "stratum": framed["cohort"].map(before) + framed["stratum"]})


def _draws(cohorts: Sequence[Cohort], items: pd.DataFrame) -> list[Draw]:
    drawn = items["cohort"].value_counts()
    return [
        Draw(
            drawn_at=cohort.created_at,
            method=cohort.method,
            seed=cohort.seed,
            population=cohort.population,
            digest=cohort.digest,
            drawn=int(drawn.get(cohort.key, 0)),
        )
        for cohort in cohorts
    ]


def audit_now(workspace: Workspace, comments: pd.DataFrame | None = None) -> dict[str, Any] | None:
    """What a report would say of the sample now, as numbers.json holds it; None where nothing was drawn.

    `comments` are the study's, with stances and repeats, where the caller has them.
    """
    found = audit_of(workspace)
    if found is None:
        return None
    if comments is None:
        comments = comments_of(workspace)
        comments = with_repeats(comments, repeats_of(comments))
    nobody = Provenance(coder="", codebook=workspace.study.codebook, run="", command="", generated_at=0)
    inp = ReportInput(study=workspace.study, comments=comments, provenance=nobody, audit=found)
    corpus = prepare(inp)
    return build_audit(inp, corpus, labelled(inp, corpus))
