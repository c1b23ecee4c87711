"""What the sources held and what came of it: nothing that was asked for vanishes without a count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.corpus import local_day

if TYPE_CHECKING:
    from reports.inputs import ReportInput, SourceCoverage


def build_coverage(inp: ReportInput) -> dict[str, Any]:
    """Per source and in sum: declared (None when no source says), collected, duplicates, rejected rows by reason."""
    declaring = [source for source in inp.coverage if source.declared is not None]
    return {
        "declared": sum(source.declared or 0 for source in declaring) if declaring else None,
        "collected_of_declared": sum(source.collected for source in declaring),
        "collected": sum(source.collected for source in inp.coverage),
        "duplicates": sum(source.duplicates for source in inp.coverage),
        "rejected": sum(sum(source.rejected.values()) for source in inp.coverage),
        "sources": [_source(source, inp) for source in inp.coverage],
    }


def _source(source: SourceCoverage, inp: ReportInput) -> dict[str, Any]:
    zone = inp.study.zone
    return {
        "name": source.name,
        "title": source.title.model_dump(),
        "kind": source.kind,
        "declared": source.declared,
        "collected": source.collected,
        "duplicates": source.duplicates,
        "rejected": [
            [reason, n] for reason, n in sorted(source.rejected.items(), key=lambda pair: (-pair[1], pair[0]))
        ],
        "error": source.error,
        "first": local_day(source.first_ms, zone).isoformat() if source.first_ms is not None else None,
        "last": local_day(source.last_ms, zone).isoformat() if source.last_ms is not None else None,
    }
