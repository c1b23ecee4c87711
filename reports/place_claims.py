"""Claims on where people spoke otherwise: a source whose interval leaves out the share of all sources together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from reports.corpus import DRAWN
from reports.estimated import is_audited
from reports.ledger import Claim, number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reports.corpus import Mask
    from reports.ledger import Known

MOST = 3
TEST = "95 % interval leaves out the share of all sources"


def differing(known: Known) -> Iterator[Claim]:
    """At most MOST sources and stances, those furthest from the whole first; else that none differs, or can be told.

    Intervals and shares are compared in whole points, as they are printed, the ends of intervals rounded outwards.
    """
    panels = [panel for panel in known.facts["places"]["panels"] if panel["place"]]
    if not is_audited(known) or len(panels) < 2:  # noqa: PLR2004  one source differs from nobody
        return
    whole = {name: share["points"]["estimate"] for name, share in known.facts["audit"]["shares"].items()}
    told = [panel for panel in panels if _shares(panel)]
    found = [
        (_distance(_shares(panel)[s.value]["points"], whole[s.value]), panel, s.value) for panel in told for s in DRAWN
    ]
    far = sorted((one for one in found if one[0] > 0), key=lambda one: -one[0])
    for _, panel, stance in far[:MOST]:
        yield _differs(known, panel, stance, whole[stance])
    if far:
        return
    mask = known.corpus.counted & np.isin(known.corpus.rows["place"].to_numpy(), [panel["place"] for panel in told])
    yield Claim(
        "differs", "open", "places", {"sources": number(len(told))}, "share", len(told),
        mask, "counted", test=TEST, verdict="not_passed" if told else "too_little",
    )  # fmt: skip


def _shares(panel: Mapping[str, Any]) -> Mapping[str, Any]:
    return panel["audited"] or panel["adjusted"] or {}


def _distance(points: Mapping[str, int], whole: int) -> int:
    """Points between the interval and the share of all; 0 or less where the interval holds it."""
    return max(points["low"] - whole, whole - points["high"])


def _differs(known: Known, panel: Mapping[str, Any], stance: str, whole: int) -> Claim:
    share, place = _shares(panel)[stance], panel["place"]
    ends = {end: {"percent": share["points"][end]} for end in ("low", "high")}
    mask: Mask = known.corpus.counted & np.asarray(known.corpus.rows["place"].to_numpy() == place, dtype=bool)
    return Claim(
        "differs", "audited", "places",
        {"place": {"place": place}, "stance": {"stance": stance}, "share": {"percent": share["points"]["estimate"]},
         "pooled": {"percent": whole}, **ends},
        "share", share["estimate"], mask, f"counted & place={place}", variant="" if panel["audited"] else "corrected",
        low=share["low"], high=share["high"], test=TEST,
    )  # fmt: skip
