"""Claims on what is new since the last report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.ledger import Claim, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.ledger import Known


def since_last(known: Known) -> Iterator[Claim]:
    """How many comments came since the last report that counted in the same way."""
    since = known.facts["since"]
    if not since:
        return
    nothing = known.corpus.counted & ~known.corpus.counted
    yield Claim("since", "count", "since", {"n": number(since["new"])}, "count", since["new"], nothing, "counted & new")
