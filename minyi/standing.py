"""Where a study stands: what it holds, what was not collected, and what ran last."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from minyi.analysing import judgement_of
from minyi.console import so_many
from minyi.coverage import coverage_of
from minyi.gaps import lost_days, reason_of, told
from minyi.jobs.job_standing import job_facts, job_standing, show_jobs
from minyi.kept_rollups import kept_glimpse
from minyi.outages import DAY_MS, killed_runs
from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from minyi.console import Console
    from minyi.coverage import Coverage, SourceStanding
    from minyi.glimpses import Came
    from minyi.jobs.job_standing import JobStanding
    from minyi.outages import Lapse
    from minyi.unattended_sections import ScheduleSection
    from minyi.workspace import Workspace
    from storage.nouns import Study
    from storage.records import RunRecord

LAST_RUNS = 5
ARTICLES = 5
PAGES = 3
HEADS = {"down": "Down", "not run": "Not asked", "ended": "Not collected"}
STATES = {
    "ok": "in order",
    "partly": "in part",
    "begun": "begun, nothing kept yet",
    "never": "never collected",
    "left out": "no longer asked",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """A study's contents by source, how its collecting and its jobs stand, its open work and its last runs."""

    study: Study
    sources: list[dict[str, Any]]
    counts: dict[str, int | None]
    coverage: Coverage
    now: int
    uncoded: int | None
    coder_missing: str
    runs: list[RunRecord]
    killed: set[str]
    reports: list[str]
    jobs: JobStanding
    schedule: ScheduleSection | None = None

    def outcome(self, run: RunRecord) -> str:
        """How a run ended; one that was killed could not write it down itself."""
        return "killed" if run.id in self.killed else run.status


def standing_of(workspace: Workspace) -> Standing:
    """Count what the store holds."""
    study, store = workspace.study, workspace.store
    uncoded, missing = _uncoded(workspace)
    coverage = coverage_of(workspace, _came(workspace))
    now, runs = round(datetime.now(UTC).timestamp() * 1000), store.runs(study.id, last=LAST_RUNS)
    return Standing(
        study=study,
        sources=_sources(workspace, coverage),
        counts=_three_counts(workspace),
        coverage=coverage,
        now=now,
        uncoded=uncoded,
        coder_missing=missing,
        runs=runs[::-1],
        killed=killed_runs(runs, now),
        reports=_files(it.path for it in store.reports(study.id)),
        jobs=job_standing(workspace, datetime.now(UTC)),
        schedule=workspace.loaded.schedule,
    )


def _files(reports: Iterable[str]) -> list[str]:
    """The report files that are there, each once, however the study's folder was named when it was written."""
    named = {report for report in reports if not report.endswith("manifest.json")}  # thousands of one path: once
    paths = {Path(report).resolve() for report in named}
    return sorted(str(path) for path in paths if os.path.isfile(path))  # noqa: PTH113  one that may not be looked at is not there


def _came(workspace: Workspace) -> Came | None:
    """How the comments came, where the last report still knows: then none of them is read."""
    try:
        glimpse = kept_glimpse(workspace)
    except MinyiError:  # what the report hangs on cannot be loaded; the coder's reason is said by _uncoded
        return None
    return glimpse.came if glimpse else None


def _uncoded(workspace: Workspace) -> tuple[int | None, str]:
    """How many comments have no stance yet; where the coder cannot be loaded that is not known, and why not is said."""
    study = workspace.study
    try:
        judgement = judgement_of(study, workspace.coder)
    except MinyiError as error:
        return None, str(error)
    return workspace.store.count_uncoded(study.id, judgement.target, judgement.annotator, judgement.codebook), ""


def _sources(workspace: Workspace, coverage: Coverage) -> list[dict[str, Any]]:
    """Each source's counts, quotes apart from comments; an item that every run refuses again is one reject."""
    refused = {(row["source"], row["where"], row["reason"]) for row in workspace.store.rejects(workspace.study.id)}
    rejects = Counter(source for source, _, _ in refused)
    found = []
    for row in workspace.store.source_counts(workspace.study.id):
        quotes = coverage.sources[row["source"]].quotes
        counts = {"comments": row["comments"] - quotes, "quotes": quotes}
        found.append(row | counts | {"rejects": rejects[row["source"]]})
    return found


def _three_counts(workspace: Workspace) -> dict[str, int | None]:
    """Comments (quotes too), different texts (equal ones as one, as they were keyed when they came), known authors."""
    counts = workspace.store.collected.three_counts(workspace.study.id)
    return {**counts, "authors": counts["authors"] or None}


def show_status(standing: Standing, console: Console) -> None:
    """Say it to a person, or as one JSON object."""
    study = standing.study
    console.say(f"{study.change.name.in_language('en')} ({study.id})")
    _show_sources(standing, console)
    _show_articles(standing, console)
    if not any(row["comments"] or row["quotes"] or row["articles"] for row in standing.sources):
        console.say("Nothing collected yet: `minyi import FILE` or `minyi collect`.")
    else:
        console.say(f"\nIn all {_counted(standing.counts)}.")
    if standing.uncoded:
        have = "1 comment has" if standing.uncoded == 1 else f"{standing.uncoded:,} comments have"
        console.say(f"{have} no stance yet: `minyi analyse`.")
    if standing.coder_missing:
        console.warn(f"the study's coder cannot be loaded: {standing.coder_missing}")
    lapses, more = told(standing.coverage.lapses, study.zone, standing.now, standing.schedule)
    if study.gaps or lapses:
        console.say("\nWhen sources gave nothing")
    for gap in study.gaps:
        reason = gap.reason.in_language("en")
        console.say(f"Not collected: {gap.start} to {gap.end}, {gap.source or 'all sources'}. {reason}")
    for line in lapse_lines(lapses, study, standing.now):
        console.say(line)
    if more:
        console.say(f"And {so_many(more, 'shorter one')}, not listed here; --json lists all.")
    _show_runs(standing, console)
    show_jobs(standing.jobs, study, console, standing.now)
    for path in standing.reports:
        console.say(f"Report: {path}")
    console.event("done", **_facts(standing))


def _show_sources(standing: Standing, console: Console) -> None:
    """What each source holds, and how its collecting stands."""
    study, columns = standing.study, ["source", "kind", "comments", "quotes", "articles", "rejects"]
    held, stands = [], []
    for row in standing.sources:
        source = standing.coverage.sources[row["source"]]
        held.append([*(row[name] for name in columns), _day(study, row["first"]), _day(study, row["last"])])
        good = None if source.last_good is None else _minute(study, source.last_good)
        stands.append(
            [row["source"], _state(study, source), _of_declared(source), source.waiting, len(source.lost), good]
        )
    console.table("What it holds", [*columns, "first", "last"], held)
    heads = ["source", "state", "of declared", "left to ask", "not to be had", "last reached"]
    if not any(source.lost for source in standing.coverage.sources.values()):
        heads.remove("not to be had")
        stands = [[*row[:4], row[5]] for row in stands]
    console.table("How collecting stands", heads, stands)
    for name, source in standing.coverage.sources.items():
        if source.lost:
            pages = "1 page" if len(source.lost) == 1 else f"{len(source.lost):,} pages"
            console.say(f"{name}: {pages} could not be had: {', '.join(source.lost[:PAGES])}")


def _state(study: Study, source: SourceStanding) -> str:
    words = STATES.get(source.state, source.state)
    return words if source.since is None else f"{words} since {_minute(study, source.since)}"


def _of_declared(source: SourceStanding) -> str | None:
    declared = source.declared
    if declared is not None and not source.gives_comments:
        return f"none of {declared.total:,}: articles only"
    return None if declared is None else f"{declared.collected:,} of {declared.total:,}"


def _counted(counts: dict[str, int | None]) -> str:
    """The three counts in words; authors whom no source names are not known, which is not none."""
    said = [
        f"{n:,} {one if n == 1 else many}"
        for n, one, many in (
            (counts["comments"] or 0, "comment", "comments"),
            (counts["texts"] or 0, "different text", "different texts"),
        )
    ]
    authors = counts["authors"]
    known = "authors not known" if authors is None else f"{authors:,} known author{'s' * (authors != 1)}"
    return ", ".join([*said, known])


def _show_articles(standing: Standing, console: Console) -> None:
    """By source, the articles of which the largest part of what was declared is missing."""
    shown = [
        [source, article.title or article.id, f"{article.collected:,} of {article.declared:,}"]
        for source, stands in standing.coverage.sources.items()
        for article in (stands.declared.articles[:ARTICLES] if stands.declared and stands.gives_comments else ())
        if article.missing
    ]
    console.table("Articles with the largest shortfall", ["source", "article", "of declared"], shown)


def lapse_lines(lapses: Iterable[Lapse], study: Study, now: int) -> list[str]:
    """Each lapse in one line; the same reason over the same time for several sources is one."""
    alike: dict[Lapse, list[Lapse]] = {}
    for lapse in lapses:
        alike.setdefault(replace(lapse, source=None, what=""), []).append(lapse)
    return [_lapse_line(group, study, now) for group in alike.values()]


def _lapse_line(group: Sequence[Lapse], study: Study, now: int) -> str:
    """Who, when, why, and what is known of that time by now."""
    lapse, source = group[0], ", ".join(each.source or "all sources" for each in group)
    start = _minute(study, lapse.start)
    lasting = "until now" if lapse.kind in {"not run", "ended"} else "and still so when last asked"
    until = lasting if lapse.end is None else f"to {_minute(study, lapse.end)}"
    if lapse.kind == "silent":
        usual = f"its longest other pause: {(lapse.usual_ms or 0) / DAY_MS:.1f} days"
        return f"Silent: {source}, {start} {until}; {reason_of(lapse, study.zone).en} ({usual})."
    head = HEADS[lapse.kind]
    what = f": {lapse.what.rstrip('.')}" if len({each.what for each in group}) == 1 else ""
    failed = f" ({lapse.error}{what}; {_runs(lapse.tries)})" if lapse.error else ""
    return f"{head}: {source}, {start} {until}; {reason_of(lapse, study.zone).en}{failed}. {_later(lapse, study, now)}"


def _runs(n: int) -> str:
    return "1 run failed" if n == 1 else f"{n:,} runs failed"


def _later(lapse: Lapse, study: Study, now: int) -> str:
    if not lapse.later:
        return "What was said then is not known."
    lost = lost_days(lapse, study.zone, now)
    none = f", none from {lost[0]} to {lost[1]}" if lost else ""
    return f"{lapse.later:,} {'comment' if lapse.later == 1 else 'comments'} of that time came later{none}."


def _show_runs(standing: Standing, console: Console) -> None:
    study = standing.study
    runs = [
        [run.id, run.command, _time(study, run.started_at), standing.outcome(run), len(run.failures)]
        for run in standing.runs
    ]
    console.table("Last runs", ["run", "command", "started", "outcome", "failures"], runs)
    for failure in standing.runs[0].failures if standing.runs else []:
        console.say(f"Failed in the last run: {failure['source']}: {failure['what']} {failure['remedy']}")


def _facts(standing: Standing) -> dict[str, Any]:
    """The same as JSON holds it."""
    study, coverage = standing.study, standing.coverage
    return {
        "study": study.id,
        "sources": [
            row
            | {end: None if row[end] is None else _iso(study, row[end]) for end in ("first", "last")}
            | _source_facts(study, coverage.sources[row["source"]])
            for row in standing.sources
        ],
        "counts": standing.counts,
        "uncoded": standing.uncoded,
        "coder_missing": standing.coder_missing,
        "gaps": [gap.model_dump(mode="json") for gap in study.gaps],
        "lapses": [_lapse_facts(lapse, study, standing.now) for lapse in coverage.lapses],
        "detected_gaps": [gap.model_dump(mode="json") for gap in coverage.gaps],
        "runs": [
            {
                "run": run.id,
                "command": run.command,
                "started": _iso(study, run.started_at),
                "status": standing.outcome(run),
                "failures": run.failures,
            }
            for run in standing.runs
        ],
        "jobs": job_facts(standing.jobs),
        "reports": standing.reports,
    }


def _source_facts(study: Study, source: SourceStanding) -> dict[str, Any]:
    declared = source.declared
    return {
        "state": source.state,
        "since": None if source.since is None else _iso(study, source.since),
        "last_good": None if source.last_good is None else _iso(study, source.last_good),
        "waiting": source.waiting,
        "not_had": list(source.lost),
        "declared": declared.total if declared else None,
        "gives_comments": source.gives_comments,
        "collected_of_declared": declared.collected if declared else None,
        "declared_articles": [
            {
                "article": it.id,
                "title": it.title,
                "declared": it.declared,
                "collected": it.collected,
                "missing": it.missing,
            }
            for it in (declared.articles if declared else ())
        ],
    }


def _lapse_facts(lapse: Lapse, study: Study, now: int) -> dict[str, Any]:
    lost = lost_days(lapse, study.zone, now)
    return {
        "kind": lapse.kind,
        "source": lapse.source,
        "start": _iso(study, lapse.start),
        "end": None if lapse.end is None else _iso(study, lapse.end),
        "reason": reason_of(lapse, study.zone).model_dump(),
        "error": lapse.error,
        "what": lapse.what,
        "tries": lapse.tries,
        "came_later": None if lapse.kind == "silent" else lapse.later,
        "lost_days": None if lost is None else [day.isoformat() for day in lost],
    }


def _day(study: Study, ms: int | None) -> str | None:
    return None if ms is None else _local(study, ms).date().isoformat()


def _time(study: Study, ms: int) -> str:
    return f"{_local(study, ms):%Y-%m-%d %H:%M:%S}"


def _iso(study: Study, ms: int) -> str:
    """ISO 8601 with the offset of the study's zone, as JSON holds every time."""
    return _local(study, ms).isoformat(timespec="seconds")


def _minute(study: Study, ms: int) -> str:
    return f"{_local(study, ms):%Y-%m-%d %H:%M}"


def _local(study: Study, ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(study.zone)
