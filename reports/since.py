"""What is new since the last report that counted in the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.inputs import ReportInput


def build_since(inp: ReportInput, facts: Mapping[str, Any]) -> dict[str, Any] | None:
    """Comments counted now and not in the last report; None where there is none to compare with."""
    if inp.last is None:
        return None
    return {"run": inp.last["provenance"]["run"], "new": facts["totals"]["comments"] - inp.last["totals"]["comments"]}
