"""Warnings about data and reports that were found to be faulty, as numbers.json holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reports.inputs import ReportInput


def build_advisories(inp: ReportInput) -> list[dict[str, Any]]:
    """Each warning with what it is about, and the earlier reports that rest on it."""
    return [
        {
            "key": one.key,
            "reason": one.reason.model_dump(),
            "start": one.start.isoformat() if one.start else None,
            "end": one.end.isoformat() if one.end else None,
            "source": one.source,
            "versions": list(one.versions),
            "reports": list(one.reports),
        }
        for one in inp.advisories
    ]
