"""Everything a report is made of, gathered from the store for the reports room."""

from __future__ import annotations

import shlex
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from minyi.analysing import judgement_of
from minyi.auditing import audit_of
from minyi.coverage import coverage_of
from minyi.frames import rows
from minyi.gaps import lost_days, reason_of, worth_telling
from minyi.outages import DAY_MS
from minyi.receipts import versions
from minyi.responses import paraphrases_of, responses_of
from minyi.rollups import Rollup, rollup_of
from minyi.themes import themed
from reports.inputs import (
    Lapse,
    Provenance,
    ReportInput,
    Shortfall,
    SourceCoverage,
)
from storage.nouns import Wording

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    import pandas as pd

    from minyi.coverage import Coverage, SourceStanding
    from minyi.workspace import Workspace
    from reports.inputs import Gate
    from storage.nouns import Gap, Study
    from storage.records import RunRecord

SHORTFALLS = 5


def gather(workspace: Workspace, comments: pd.DataFrame | Rollup, run: str, gate: Gate | None = None) -> ReportInput:
    """Everything a report is made of, as it stands now."""
    rollup = comments if isinstance(comments, Rollup) else rollup_of(workspace, *themed(workspace, comments))
    return with_counted(workspace, foreseen(workspace, rollup, run, gate), rollup)


def foreseen(workspace: Workspace, rollup: Rollup, run: str, gate: Gate | None = None) -> ReportInput:
    """What a report is made of, but for what is counted from texts and labels.

    Of the rollup's comments only the columns of `minyi.coverage` are needed.
    """
    made, held = _provenance(workspace, rollup, run), _held(workspace, rollup.comments)
    coverage = coverage_of(workspace, rollup.comments if "run" in rollup.comments else None, held)
    gaps = (*workspace.study.gaps, *coverage.gaps)
    return ReportInput(
        study=workspace.study.model_copy(update={"gaps": gaps}),
        comments=rollup.comments,
        provenance=made,
        gate=gate,
        coverage=_coverage(workspace, coverage, held),
        lapses=_lapses(workspace.study, coverage, made.generated_at),
        themes=rollup.themes,
        responses=responses_of(workspace),
        paraphrases=paraphrases_of(workspace),
    )


def count(workspace: Workspace, comments: pd.DataFrame | Rollup, made: Provenance, gate: Gate | None) -> ReportInput:
    """What follows from the study, its comments and its labels, and from nothing else."""
    rollup = rollup_of(workspace, comments)
    inp = ReportInput(study=workspace.study, comments=rollup.comments, provenance=made, gate=gate)
    return with_counted(workspace, inp, rollup)


def with_counted(workspace: Workspace, inp: ReportInput, rollup: Rollup) -> ReportInput:
    """The input with what is counted from texts and labels."""
    return replace(
        inp,
        comments=rollup.comments,
        copied_groups=rollup.copied_groups,
        together=rollup.together,
        keywords=rollup.keywords,
        shared_words=rollup.shared_words,
        texts=rollup.texts,
        urls=rollup.urls,
        audit=audit_of(workspace),
    )


def _held(workspace: Workspace, comments: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of `Store.source_counts`, the first and last time of comments found among these."""
    known = comments[["source", "published_at"]].dropna()
    times = known["published_at"].astype("int64").groupby(known["source"].astype("category"), observed=True)
    first, last = times.min().to_dict(), times.max().to_dict()
    counted = rows(workspace.store.source_counts(workspace.study.id, spans=False))
    return [{**row, "first": first.get(row["source"]), "last": last.get(row["source"])} for row in counted]


def _coverage(workspace: Workspace, coverage: Coverage, held: Sequence[Mapping[str, Any]]) -> list[SourceCoverage]:
    """What each source held and what came of it, with the failure of its last run where there was one."""
    store, study = workspace.store, workspace.study
    refused = store.rejects(study.id).drop_duplicates(["source", "where", "reason"])  # each run meets the same rows
    reasons = {str(source): Counter(group["reason"]) for source, group in refused.groupby("source")}
    failed = _last_failures(store.runs(study.id))
    return [
        SourceCoverage(
            name=row["source"],
            title=Wording(zh=row["title_zh"], en=row["title_en"]),
            kind=row["kind"],
            collected=row["comments"],
            rejected=dict(reasons.get(row["source"], {})),
            error=failed.get(row["source"], ""),
            first_ms=row["first"],
            last_ms=row["last"],
            **_stands(coverage.sources[row["source"]]),
        )
        for row in held
    ]


def _stands(standing: SourceStanding) -> dict[str, Any]:
    """How a source stands, in the report's terms."""
    declared = standing.declared
    short = (
        [article for article in declared.articles if article.missing] if declared and standing.gives_comments else []
    )
    return {
        "declared": declared.total if declared else None,
        "gives_comments": standing.gives_comments,
        "of_declared": declared.collected if declared else None,
        "state": standing.state,
        "since_ms": standing.since,
        "last_good_ms": standing.last_good,
        "waiting": standing.waiting,
        "not_had": len(standing.lost),
        "shortfalls": [Shortfall(it.title, it.declared, it.collected) for it in short[:SHORTFALLS]],
        "short_articles": len(short),
    }


def _last_failures(runs: Sequence[RunRecord]) -> dict[str, str]:
    """By source: what went wrong when it was last collected."""
    failed: dict[str, str] = {}
    for run in runs:
        if run.command == "collect":
            for name in run.counts:
                failed.pop(name, None)
            failed |= {failure["source"]: failure["what"] for failure in run.failures}
    return failed


def _lapses(study: Study, coverage: Coverage, now: int) -> list[Lapse]:
    """When sources gave nothing: first what a person states, then what the runs and the comments show."""
    stated = [_stated(gap, study.zone) for gap in study.gaps]
    return stated + [
        Lapse(
            kind=lapse.kind,
            start_ms=lapse.start,
            end_ms=lapse.end,
            source=lapse.source,
            reason=reason_of(lapse, study.zone),
            what=lapse.what,
            tries=lapse.tries,
            later=lapse.later,
            lost=lost_days(lapse, study.zone, now),
            usual_days=None if lapse.usual_ms is None else lapse.usual_ms / DAY_MS,
        )
        for lapse in coverage.lapses
        if worth_telling(lapse, study.zone, now)
    ]


def _stated(gap: Gap, zone: ZoneInfo) -> Lapse:
    start, end = (
        round(datetime.combine(day, time(), zone).timestamp() * 1000)
        for day in (gap.start, gap.end + timedelta(days=1))
    )
    return Lapse(kind="stated", start_ms=start, end_ms=end, source=gap.source, reason=gap.reason)


def _provenance(workspace: Workspace, rollup: Rollup, run: str) -> Provenance:
    coder = workspace.coder
    judgement = judgement_of(workspace.study, coder)
    return Provenance(
        coder=judgement.annotator,
        codebook=judgement.codebook,
        run=str(run),
        command=shlex.join(["minyi", "report", workspace.folder.resolve().name]),
        generated_at=round(datetime.now(UTC).timestamp() * 1000),
        versions=versions(),
        data_digest=rollup.digest,
        known=coder.held_out,
    )
