"""The claim ledger: everything the report says, as numbers with the comments behind them.

A claim carries no sentence. Report text exists only by rendering a claim through a locale's wording, so a number that
is in no slot cannot be printed, and Chinese and English cannot differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.ask_claims import about_asks
from reports.census_claims import people_counted, people_order
from reports.change_claims import about_changes
from reports.coder_claims import about_coder
from reports.count_claims import busiest, first_seen, thin, totals
from reports.estimated import about_labels, concern_or_support, estimated_order, estimated_shares
from reports.limit_claims import coverage, fallen_back, gaps, shortfalls
from reports.panel_claims import about_panels
from reports.place_claims import differing
from reports.repeats import copied_posts, once, posting_together
from reports.sections import SHAPES
from reports.since_claims import since_last
from reports.stance_claims import drafted_shares, order, stable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reports.corpus import Corpus
    from reports.ledger import Claim, Known

    Family = Callable[[Known], Iterator[Claim]]

LEAST_HEADLINES, OF_ONE_GROUP, NOT_PASSED = 3, 3, 2
"""How many headlines are wanted at least (at most there are as many as the sort of report has), how many of one group
are taken, and how many of the changes that did not pass their test."""

GROUPS: tuple[tuple[str, tuple[Family, ...]], ...] = (
    ("stances", (people_order, estimated_order, order, concern_or_support, thin)),
    ("changes", (about_changes,)),
    ("asks", (about_asks,)),
    ("copies", (copied_posts, posting_together, once)),
    ("counting", (stable,)),
    ("counts", (totals, busiest, first_seen)),
    ("since", (since_last,)),
    ("places", (differing,)),
    ("shares", (people_counted, estimated_shares, drafted_shares)),
    ("labels", (about_labels, about_coder)),
    ("limits", (gaps, shortfalls, fallen_back, coverage)),
)
"""Families of claims, those that decide first; changes that did not pass their test come before the counts only."""


def build_claims(known: Known) -> list[dict[str, Any]]:
    """The ledger in printing order, ids C1, C2 …: the headlines, the tiles, what is new, the rest."""
    claims = {name: [claim for family in families for claim in family(known)] for name, families in GROUPS}
    headlines = _headlines(claims, SHAPES[known.inp.options.preset].headlines)
    others = [claim for group in claims.values() for claim in group if not any(claim is one for one in headlines)]
    ledger = [(claim, "happened") for claim in headlines]
    for section in ("tiles", "since", "places"):
        ledger += [(claim, section) for claim in others if claim.section == section]
    ledger += [(claim, "sure") for claim in others if claim.section in {"happened", "sure"}]
    return [_written(f"C{i}", claim, section, known.corpus) for i, (claim, section) in enumerate(ledger, start=1)]


def _headlines(claims: dict[str, list[Claim]], most: int) -> Sequence[Claim]:
    """What stands at the top, in the order of GROUPS; where that is too little, what is missing stands there too."""
    taken: list[Claim] = []
    later: list[Claim] = []
    counts: list[Claim] = []
    for name, group in claims.items():
        wanted = [claim for claim in group if claim.section == "happened"]
        held = [claim for claim in wanted if name == "changes" and claim.verdict != "passed"]
        passed = [claim for claim in wanted if not any(claim is one for one in held)][:OF_ONE_GROUP]
        later += held[: min(OF_ONE_GROUP - len(passed), NOT_PASSED)]
        (counts if name == "counts" else taken).extend(passed)
    found = [*taken, *later, *counts][:most]
    return [*found, *claims["limits"][: max(LEAST_HEADLINES - len(found), 0)]]


def panel_claims(known: Known) -> list[dict[str, Any]]:
    """The end of the ledger: the claims on tables, charts and lists, their figures not filled in yet."""
    return [_written(name, claim, claim.section, known.corpus) for name, claim in about_panels(known)]


def _written(claim_id: str, claim: Claim, section: str, corpus: Corpus) -> dict[str, Any]:
    return {
        "id": claim_id,
        "template": claim.template,
        "verdict": claim.verdict,
        "variant": claim.variant,
        "badge": claim.badge,
        "section": section,
        "slots": claim.slots,
        "estimand": claim.estimand,
        "value": claim.value,
        "low": claim.low,
        "high": claim.high,
        "test": claim.test,
        "figures": dict(claim.figures),
        "n": int(claim.mask.sum()) if claim.rows is None else claim.rows,
        "query": claim.query,
        "digest": corpus.digest(claim.mask) if claim.mask.any() else "",
    }
