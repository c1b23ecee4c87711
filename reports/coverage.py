"""What the sources held and what came of it: nothing that was asked for vanishes without a count."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from reports.corpus import local_day
from reports.masking import masked

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from reports.coverage_inputs import Lapse, Shortfall, SourceCoverage
    from reports.inputs import ReportInput


def build_coverage(inp: ReportInput) -> dict[str, Any]:
    """Per source and in sum: declared (None when no source says), collected, duplicates, rejected rows by reason.

    `collected_of_declared` counts only what belongs to what was declared, of sources that give comments. `lapses` say
    when sources gave nothing: days where a person states them, else times of the study's zone to the minute.
    `lapses_more` counts those that are shorter than all of these.
    """
    zone = inp.study.zone
    sources = [_source(source, zone) for source in inp.coverage]
    declaring = [source for source in sources if source["declared"] is not None and source["gives_comments"]]
    return {
        "declared": sum(source["declared"] for source in declaring) if declaring else None,
        "collected_of_declared": sum(source["of_declared"] for source in declaring),
        "collected": sum(source.collected for source in inp.coverage),
        "duplicates": sum(source.duplicates for source in inp.coverage),
        "rejected": sum(sum(source.rejected.values()) for source in inp.coverage),
        "sources": sources,
        "lapses": [_lapse(lapse, zone) for lapse in inp.lapses],
        "lapses_more": inp.lapses_more,
    }


def _source(source: SourceCoverage, zone: ZoneInfo) -> dict[str, Any]:
    of_declared = source.collected if source.of_declared is None else source.of_declared
    return {
        "name": source.name,
        "title": source.title.model_dump(),
        "kind": source.kind,
        "declared": source.declared,
        "gives_comments": source.gives_comments,
        "of_declared": None if source.declared is None else of_declared,
        "collected": source.collected,
        "duplicates": source.duplicates,
        "rejected": [
            [reason, n] for reason, n in sorted(source.rejected.items(), key=lambda pair: (-pair[1], pair[0]))
        ],
        "error": source.error,
        "first": local_day(source.first_ms, zone).isoformat() if source.first_ms is not None else None,
        "last": local_day(source.last_ms, zone).isoformat() if source.last_ms is not None else None,
        "state": source.state,
        "since": _moment(source.since_ms, zone),
        "last_good": _moment(source.last_good_ms, zone),
        "waiting": source.waiting,
        "not_had": source.not_had,
        "shortfalls": [_shortfall(article) for article in source.shortfalls],
        "short_articles": source.short_articles,
    }


def _shortfall(article: Shortfall) -> dict[str, Any]:
    return {
        "title": masked(article.title),
        "declared": article.declared,
        "collected": article.collected,
        "missing": max(0, article.declared - article.collected),
    }


def _lapse(lapse: Lapse, zone: ZoneInfo) -> dict[str, Any]:
    stated = lapse.kind == "stated"
    last = None if lapse.end_ms is None else lapse.end_ms - 1
    return {
        "kind": lapse.kind,
        "source": lapse.source,
        "start": local_day(lapse.start_ms, zone).isoformat() if stated else _moment(lapse.start_ms, zone),
        "end": local_day(last, zone).isoformat() if stated and last is not None else _moment(lapse.end_ms, zone),
        "reason": lapse.reason.model_dump(),
        "what": lapse.what,
        "tries": lapse.tries,
        "later": lapse.later,
        "lost": [day.isoformat() for day in lapse.lost] if lapse.lost else None,
        "usual_days": None if lapse.usual_days is None else round(lapse.usual_days, 1),
    }


def _moment(ms: int | None, zone: ZoneInfo) -> str | None:
    if ms is None:
        return None
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone).isoformat(timespec="minutes")
