"""Everything a report is made of, gathered from the store for the reports room."""

from __future__ import annotations

import shlex
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from minyi.analysing import judgement_of
from minyi.coverage import coverage_of
from minyi.gaps import lost_days, reason_of, told
from minyi.glimpses import GLIMPSED, Glimpse, came_of
from minyi.outages import DAY_MS
from minyi.receipts import versions
from minyi.responses import paraphrases_of, responses_of
from minyi.rollups import Rollup, rollup_of
from reports.coverage_inputs import Lapse, Shortfall, SourceCoverage
from reports.inputs import AskedCoder, Provenance, ReportInput
from storage.nouns import Wording

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    import pandas as pd

    from minyi.coverage import Coverage, SourceStanding
    from minyi.glimpses import Came
    from minyi.outages import Lapse as Found
    from minyi.workspace import Workspace
    from reports.inputs import Gate
    from storage.nouns import Gap, Study
    from storage.records import RunRecord

SHORTFALLS = 5
NOT_YET: Any = None
"""In the place of comments that are given only where they are counted."""


def gather(workspace: Workspace, comments: pd.DataFrame | Rollup, run: str, gate: Gate | None = None) -> ReportInput:
    """Everything a report is made of, as it stands now."""
    from minyi.themes import themed

    rollup = comments if isinstance(comments, Rollup) else rollup_of(workspace, *themed(workspace, comments))
    return with_counted(workspace, foreseen(workspace, glimpse_of(workspace, rollup), run, gate), rollup)


def glimpse_of(workspace: Workspace, rollup: Rollup) -> Glimpse:
    """What is seen of the comments of a rollup before they are counted."""
    comments = rollup.comments
    came = came_of(comments if "run" in comments else workspace.store.comments(workspace.study.id, columns=GLIMPSED))
    uncoded = int(comments["stance"].isna().sum())
    return Glimpse(len(comments), uncoded, came, lambda: comments, rollup.digest, rollup.themes)


def foreseen(workspace: Workspace, seen: Glimpse, run: str, gate: Gate | None = None) -> ReportInput:
    """What a report is made of, but for its comments and what is counted from their texts and labels."""
    made, held = _provenance(workspace, seen, run), _held(workspace, seen.came)
    coverage = coverage_of(workspace, seen.came, held)
    gaps = (*workspace.study.gaps, *coverage.gaps)
    lapses, more = told(coverage.lapses, workspace.study.zone, made.generated_at, workspace.loaded.schedule)
    return ReportInput(
        study=workspace.study.model_copy(update={"gaps": gaps}),
        comments=NOT_YET,
        provenance=made,
        gate=gate,
        coverage=_coverage(workspace, coverage, held),
        lapses=_lapses(workspace.study, lapses, made.generated_at),
        lapses_more=more,
        asked=_asked(workspace, made.coder),
        themes=seen.themes,
        responses=responses_of(workspace),
        paraphrases=paraphrases_of(workspace),
    )


def count(workspace: Workspace, comments: pd.DataFrame | Rollup, made: Provenance, gate: Gate | None) -> ReportInput:
    """What follows from the study, its comments and its labels, and from nothing else."""
    rollup = rollup_of(workspace, comments)
    inp = ReportInput(study=workspace.study, comments=rollup.comments, provenance=made, gate=gate)
    return with_counted(workspace, inp, rollup)


def with_counted(workspace: Workspace, inp: ReportInput, rollup: Rollup) -> ReportInput:
    """The input with its comments and what is counted from texts and labels."""
    from minyi.auditing import audit_of
    from minyi.labels import judged_of

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
        judged=judged_of(workspace),
    )


def _held(workspace: Workspace, came: Came) -> list[dict[str, Any]]:
    """The rows of `Store.source_counts`, the comments counted among these."""
    counts, spans = came.counts(came.source.code >= 0), came.spans()
    rows = []
    for row in workspace.store.source_counts(workspace.study.id, comments=False):
        first, last = spans.get(row["source"], (None, None))
        rows.append(row | {"comments": counts.get(row["source"], 0), "first": first, "last": last})
    return rows


def _coverage(workspace: Workspace, coverage: Coverage, held: Sequence[Mapping[str, Any]]) -> list[SourceCoverage]:
    """What each source held and what came of it, with the failure of its last run where there was one."""
    store, study = workspace.store, workspace.study
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    for source, _, reason in dict.fromkeys(map(itemgetter("source", "where", "reason"), store.rejects(study.id))):
        reasons[source][reason] += 1  # once, though each run meets the same rows
    failed = _last_failures(coverage.runs)
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


def _asked(workspace: Workspace, annotator: str) -> AskedCoder | None:
    """What came of asking the second coder of a cascade, in all runs whose stances count now."""
    kind, _, heavy = annotator.rpartition("@")[0].partition(":")
    if kind != "cascade":
        return None
    runs = workspace.store.runs(workspace.study.id, command="analyse")
    found = [run.counts["coder"] for run in runs if run.counts.get("coder", {}).get("annotator") == annotator]
    return AskedCoder(heavy, *(sum(counts[name] for counts in found) for name in ("asked", "answered")))


def _last_failures(runs: Sequence[RunRecord]) -> dict[str, str]:
    """By source: what went wrong when it was last collected."""
    failed: dict[str, str] = {}
    for run in runs:
        if run.command == "collect":
            for name in run.counts:
                failed.pop(name, None)
            failed |= {failure["source"]: failure["what"] for failure in run.failures}
    return failed


def _lapses(study: Study, found: Sequence[Found], now: int) -> list[Lapse]:
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
        for lapse in found
    ]


def _stated(gap: Gap, zone: ZoneInfo) -> Lapse:
    start, end = (
        round(datetime.combine(day, time(), zone).timestamp() * 1000)
        for day in (gap.start, gap.end + timedelta(days=1))
    )
    return Lapse(kind="stated", start_ms=start, end_ms=end, source=gap.source, reason=gap.reason)


def _provenance(workspace: Workspace, seen: Glimpse, run: str) -> Provenance:
    coder = workspace.coder
    judgement = judgement_of(workspace.study, coder)
    return Provenance(
        coder=judgement.annotator,
        codebook=judgement.codebook,
        run=str(run),
        command=shlex.join(["minyi", "report", workspace.folder.resolve().name]),
        generated_at=round(datetime.now(UTC).timestamp() * 1000),
        versions=versions(),
        data_digest=seen.digest,
        known=coder.held_out,
    )
