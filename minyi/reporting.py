"""From stored comments to the report's files: gather what the reports room needs, and keep what it wrote."""

from __future__ import annotations

import hashlib
import shlex
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from minyi.analysing import judgement_of
from minyi.auditing import audit_of
from minyi.coverage import coverage_of
from minyi.frames import comments_of, repeats_of, rows, values, with_repeats
from minyi.gaps import lost_days, reason_of, worth_telling
from minyi.labels import elsewhere
from minyi.labels_shown import warn_of_labels
from minyi.outages import DAY_MS
from minyi.publishing import through_the_gate
from minyi.receipts import recorded_run, versions
from nlp.asks import CANDIDATES, MIN_Z, shared_words
from nlp.keywords import holders, keywords
from nlp.segment import segmenter
from reports.inputs import (
    CopiedGroup,
    Keyword,
    Lapse,
    Provenance,
    ReportInput,
    SharedWord,
    Shortfall,
    SourceCoverage,
    Together,
)
from reports.numbers import build_numbers
from reports.write import write_report
from storage.nouns import Stance, Wording
from storage.records import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from minyi.console import Console
    from minyi.coverage import Coverage, SourceStanding
    from minyi.workspace import Workspace
    from nlp.duplicates import CopiedGroup as Burst
    from storage.nouns import Gap, Study
    from storage.records import RunRecord

SHORTFALLS = 5
KEYWORD_Z = 1.96  # standard deviations by which a keyword stands above the other stances


def report(workspace: Workspace, console: Console, *, held: bool = False) -> list[Path]:
    """Write numbers.json and the report in each language of the study.

    Args:
        workspace: the study.
        console: where to say it.
        held: where the coder is below the study's floor, write the report all the same: marked, and in a folder apart.

    Returns:
        The files written.

    Raises:
        ReportHeld: the coder is below the study's floor; nothing is written.
    """
    study = workspace.study
    with recorded_run(workspace, "report", console) as receipt:
        with console.progress("counting") as advance:
            comments = comments_of(workspace)
            advance(len(comments))
            if uncoded := int(comments["stance"].isna().sum()):
                console.warn(f"{uncoded:,} comments have no stance yet: run `minyi analyse` first, then report again")
            gate, folder = through_the_gate(workspace, comments, receipt, console, held=held)
            numbers = build_numbers(replace(gather(workspace, comments, receipt.run), gate=gate))
            warn_of_labels(console, (numbers["audit"] or {}).get("passed_over", 0), elsewhere(workspace))
        written = write_report(numbers, folder, study.report_languages)
        totals = numbers["totals"]
        counted = {"counted": totals["comments"], "texts": totals["texts"], "authors": totals["authors"]}
        receipt.counts |= {"comments": len(comments), **counted, "files": [path.name for path in written]}
        workspace.store.add_findings(study.id, receipt.run, [_finding(claim) for claim in numbers["claims"]])
        for path in written:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            language = path.suffixes[0].strip(".") if path.suffix == ".html" else ""
            workspace.store.add_report(study.id, receipt.run, language, str(path), digest)
    authors = "authors not known" if totals["authors"] is None else f"{totals['authors']:,} known authors"
    apart = f"; {totals['copied']:,} copied posts set aside" if totals["copied"] else ""
    console.say(f"Counted: {totals['comments']:,} comments, {totals['texts']:,} different texts, {authors}{apart}.")
    for path in written:
        console.say(f"Wrote {path}")
    return written


def _finding(claim: Mapping[str, Any]) -> Finding:
    """A claim of the report as the store keeps it: its number, and how to find the comments behind it."""
    evidence = {name: claim[name] for name in ("template", "estimand", "query", "digest")}
    stance = claim["slots"].get("stance", claim["slots"].get("s1")) if claim["badge"] in {"audited", "open"} else None
    return Finding(
        name=claim["id"],
        estimate=float(claim["value"]),
        low=claim["low"],
        high=claim["high"],
        n=claim["n"],
        test=claim["test"],
        evidence=evidence | (stance or {}),
    )


def gather(workspace: Workspace, comments: pd.DataFrame, run: str) -> ReportInput:
    """Everything a report is made of."""
    repeats = repeats_of(comments)
    comments = with_repeats(comments, repeats)
    found, shared = _words(workspace, comments)
    made, coverage = _provenance(workspace, comments, run), coverage_of(workspace)
    gaps = (*workspace.study.gaps, *coverage.gaps)
    return ReportInput(
        study=workspace.study.model_copy(update={"gaps": gaps}),
        comments=comments,
        provenance=made,
        copied_groups=_copied(comments, repeats.bursts),
        together=Together(pairs=repeats.together.pairs, accounts=repeats.together.accounts),
        keywords=found,
        shared_words=shared,
        coverage=_coverage(workspace, coverage),
        lapses=_lapses(workspace.study, coverage, made.generated_at),
        audit=audit_of(workspace),
    )


def _copied(comments: pd.DataFrame, bursts: Sequence[Burst]) -> list[CopiedGroup]:
    texts = comments.set_index("id")["text"]
    return [
        CopiedGroup(
            n=burst.n,
            texts=burst.texts,
            authors=burst.authors,
            first_ms=burst.first_ms,
            last_ms=burst.last_ms,
            example=burst.example_id,
            text=texts[burst.example_id],
        )
        for burst in bursts
    ]


def _words(
    workspace: Workspace, comments: pd.DataFrame
) -> tuple[Mapping[Stance, Sequence[Keyword]], Sequence[SharedWord]]:
    """What marks each stance, and what several people's suggestions share; copied posts are left aside.

    For what marks a stance each text counts once, near-duplicates as one; what is told of a word are its comments.
    """
    coded = comments[comments["stance"].notna() & ~comments["copied"]].sort_values("id", ignore_index=True)
    change = workspace.study.change
    own = (*change.words, *(text for said in (change.name, change.statement) for text in (said.zh, said.en) if text))
    place, distinct = pd.factorize(coded["text"])
    cut = segmenter(workspace.words).cut_many(distinct.tolist())
    tokens, stances = [cut[at] for at in place.tolist()], coded["stance"].astype(str).tolist()
    once = np.flatnonzero(~coded["near"].duplicated()).tolist()
    found = keywords([tokens[at] for at in once], [stances[at] for at in once], CANDIDATES, leave_out=own, min_z=MIN_Z)
    strong = {stance: [word for word in words if word.z >= KEYWORD_Z] for stance, words in found.items()}
    held = holders(tokens, stances, {stance: [word.word for word in words] for stance, words in strong.items()})
    ids = coded["id"].to_numpy(dtype=object)
    marked = {
        stance: [
            Keyword(word=word.word, count=word.count, z=word.z, members=ids[held[stance][word.word]].tolist())
            for word in words
        ]
        for stance, words in strong.items()
    }
    shared = [
        SharedWord(word=word.word, authors=word.authors, members=ids[list(word.members)].tolist())
        for word in shared_words(found[Stance.SUGGESTION], tokens, stances, values(coded["author"]))
    ]
    return marked, shared


def _coverage(workspace: Workspace, coverage: Coverage) -> list[SourceCoverage]:
    """What each source held and what came of it, with the failure of its last run where there was one."""
    store, study = workspace.store, workspace.study
    refused = store.rejects(study.id).drop_duplicates(["source", "where", "reason"])  # each run meets the same rows
    reasons = {str(source): Counter(group["reason"]) for source, group in refused.groupby("source")}
    failed, held = _last_failures(store.runs(study.id)), rows(store.source_counts(study.id))
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


def _provenance(workspace: Workspace, comments: pd.DataFrame, run: str) -> Provenance:
    coder = workspace.coder
    judgement = judgement_of(workspace.study, coder)
    return Provenance(
        coder=judgement.annotator,
        codebook=judgement.codebook,
        run=str(run),
        command=shlex.join(["minyi", "report", workspace.folder.resolve().name]),
        generated_at=round(datetime.now(UTC).timestamp() * 1000),
        versions=versions(),
        data_digest=_digest(comments),
        known=coder.held_out,
    )


def _digest(comments: pd.DataFrame) -> str:
    """SHA-256 over every comment's id, text and stance, in order of id: equal data give equal digests."""
    ordered = comments.sort_values("id")
    stance = ordered["stance"].astype(object).where(ordered["stance"].notna(), "")
    digest = hashlib.sha256()
    for row in zip(ordered["id"], ordered["text"], stance, strict=True):
        digest.update("\x1f".join(row).encode() + b"\x1e")
    return digest.hexdigest()
