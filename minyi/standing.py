"""Where a study stands: what it holds, what was not collected, and what ran last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from minyi.analysing import judgement_of
from minyi.frames import rows
from nlp.coders import get_coder

if TYPE_CHECKING:
    from minyi.console import Console
    from minyi.workspace import Workspace
    from storage.nouns import Study
    from storage.records import RunRecord

LAST_RUNS = 5


@dataclass(frozen=True, slots=True)
class Standing:
    """A study's contents by source, its open work and its last runs."""

    study: Study
    sources: list[dict[str, Any]]
    uncoded: int
    runs: list[RunRecord]
    reports: list[str]


def standing_of(workspace: Workspace) -> Standing:
    """Count what the store holds."""
    study, store = workspace.study, workspace.store
    judgement = judgement_of(study, get_coder(study.coder))
    return Standing(
        study=study,
        sources=_sources(workspace),
        uncoded=store.count_uncoded(study.id, judgement.target, judgement.annotator, judgement.codebook),
        runs=store.runs(study.id)[-LAST_RUNS:][::-1],
        reports=sorted({report.path for report in store.reports(study.id)}),
    )


def _sources(workspace: Workspace) -> list[dict[str, Any]]:
    """Each source's counts; an item that every run refuses again is one reject."""
    refused = workspace.store.rejects(workspace.study.id).drop_duplicates(["source", "where", "reason"])
    rejects = refused["source"].value_counts().to_dict()
    counts = rows(workspace.store.source_counts(workspace.study.id))
    return [{**row, "rejects": int(rejects.get(row["source"], 0))} for row in counts]


def show_status(standing: Standing, console: Console) -> None:
    """Say it to a person, or as one JSON object."""
    study = standing.study
    console.say(f"{study.change.name.in_language('en')} ({study.id})")
    columns = ["source", "kind", "comments", "articles", "rejects", "first", "last"]
    held = [[row[name] if name not in ("first", "last") else _day(study, row[name]) for name in columns]
            for row in standing.sources]  # fmt: skip
    console.table("What it holds", columns, held)
    if not held:
        console.say("Nothing collected yet: `minyi import FILE` or `minyi collect`.")
    if standing.uncoded:
        console.say(f"{standing.uncoded:,} comments have no stance yet: `minyi analyse`.")
    for gap in study.gaps:
        console.say(
            f"Not collected: {gap.start} to {gap.end}, {gap.source or 'all sources'}. {gap.reason.in_language('en')}"
        )
    runs = [[run.id, run.command, _time(study, run.started_at), run.status, len(run.failures)] for run in standing.runs]
    console.table("Last runs", ["run", "command", "started", "outcome", "failures"], runs)
    for failure in standing.runs[0].failures if standing.runs else []:
        console.say(f"Failed in the last run: {failure['source']}: {failure['what']} {failure['remedy']}")
    for path in standing.reports:
        console.say(f"Report: {path}")
    console.event(
        "done",
        study=study.id,
        sources=standing.sources,
        uncoded=standing.uncoded,
        gaps=[gap.model_dump(mode="json") for gap in study.gaps],
        runs=[
            {
                "run": run.id,
                "command": run.command,
                "started": _time(study, run.started_at),
                "status": run.status,
                "failures": run.failures,
            }
            for run in standing.runs
        ],
        reports=standing.reports,
    )


def _day(study: Study, ms: int | None) -> str | None:
    return None if ms is None else _local(study, ms).date().isoformat()


def _time(study: Study, ms: int) -> str:
    return _local(study, ms).isoformat(sep=" ", timespec="seconds")


def _local(study: Study, ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(study.zone)
