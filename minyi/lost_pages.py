"""Pages that could not be had: asked for in some run, refused or unreadable there, and not had in any other.

A page that is gone is not asked for again, so the runs after it go well and say nothing of it. Pure functions over
plain data.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from storage.records import RunRecord

Failed = dict[str, dict[str, set[str]]]
"""By source and address: the runs in which the page failed."""

LASTING = frozenset(
    {
        "BadRedirect",
        "BadResponse",
        "Blocked",
        "BlockedAddress",
        "CollectorFault",
        "NotFound",
        "SchemaDrift",
        "TooLarge",
        "Truncated",
    }
)
"""Failures of the page itself; a silent server or a missing key says nothing about a page."""


def failed_pages(runs: Iterable[RunRecord]) -> Failed:
    """The pages that failed in a collect run for a reason of their own."""
    found: Failed = defaultdict(lambda: defaultdict(set))
    for run in runs:
        for failure in run.failures if run.command == "collect" else ():
            if failure["type"] in LASTING and failure["where"].startswith(("http://", "https://")):
                found[failure["source"]][failure["where"]].add(run.id)
    return {source: dict(pages) for source, pages in found.items()}


def pages_lost(failed: Failed, had: Mapping[str, Mapping[str, set[str]]]) -> dict[str, Sequence[str]]:
    """By source: the addresses of failed pages that no run had in which they did not fail.

    Args:
        failed: what `failed_pages` found.
        had: by source and address, the runs that kept what came from there; a page that could not be read is kept too.
    """
    lost = {
        source: sorted(where for where, runs in pages.items() if not had.get(source, {}).get(where, set()) - runs)
        for source, pages in failed.items()
    }
    return {source: pages for source, pages in lost.items() if pages}
