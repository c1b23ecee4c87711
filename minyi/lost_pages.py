"""Pages that could not be had: asked for in some run, refused or unreadable there, and not had in any other.

A page that is gone is not asked for again, so the runs after it go well and say nothing of it. Pure functions over
plain data.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from scrapers.redact import HIDDEN, LONGEST, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from storage.records import RunRecord

Failed = dict[str, dict[str, set[str]]]
"""By source and address: the runs in which the page failed."""

_BEGINNING = re.compile(rf"[^?&;#]{{0,{LONGEST}}}")

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


def forms_among(failed: AbstractSet[str], urls: Iterable[str]) -> dict[str, set[str]]:
    """By address: itself, and the way messages show it, where a page of that name failed; others are left out.

    There are as many as there were requests: only those are looked at closely that begin as a failed one of which
    something is hidden.
    """
    hidden = {_beginning(where) for where in failed if HIDDEN in where or where.endswith("…")}
    close = [url for url in urls if url in failed or "@" in url or (hidden and _beginning(url) in hidden)]
    return {url: found for url in close if (found := {url, shown(url)}.intersection(failed))}


def _beginning(url: str) -> str:
    """What an address has in common with the way it is shown, where it holds no login."""
    found = _BEGINNING.match(url)
    return found[0] if found else ""


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
