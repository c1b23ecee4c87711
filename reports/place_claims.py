"""Claims on where people spoke otherwise: a source whose interval leaves out the share of all sources together."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

from reports.changes_tests import LEVEL, false_discovery
from reports.corpus import DRAWN
from reports.estimated import is_audited
from reports.ledger import Claim, number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reports.corpus import Mask
    from reports.ledger import Known

MOST = 3
TEST = "95 % interval leaves out the share of all sources, false discovery rate 5 %"
_HALF = 1.96  # half a 95 % interval in standard errors


def differing(known: Known) -> Iterator[Claim]:
    """At most MOST sources and stances, those furthest from the whole first; else that none differs, or can be told.

    Intervals and shares are compared in whole points, as they are printed, the ends of intervals rounded outwards; and
    of all sources and stances that are told to differ, one in twenty may be wrong (Benjamini and Hochberg 1995).
    """
    panels = [panel for panel in known.facts["places"]["panels"] if panel["place"]]
    if not is_audited(known) or len(panels) < 2:  # noqa: PLR2004  one source differs from nobody
        return
    whole = {name: share["points"]["estimate"] for name, share in known.facts["audit"]["shares"].items()}
    told = [panel for panel in panels if _shares(panel)]
    pairs = [(panel, stance.value) for panel in told for stance in DRAWN]
    p = [
        _p_value(_shares(panel)[stance], known.facts["audit"]["shares"][stance]["estimate"]) for panel, stance in pairs
    ]
    found = [
        (
            _distance(_shares(panel)[stance]["points"], whole[stance]),
            panel,
            stance,
            {"p": one, "q": q},
        )
        for (panel, stance), one, q in zip(pairs, p, false_discovery(np.array(p)).tolist(), strict=True)
    ]
    far = sorted((one for one in found if one[0] > 0 and one[3]["q"] <= LEVEL), key=lambda one: -one[0])
    for _, panel, stance, tested in far[:MOST]:
        yield _differs(known, panel, stance, whole[stance], tested)
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


def _p_value(share: Mapping[str, float], whole: float) -> float:
    """How likely an estimate so far from the whole is where there is no difference: two-sided, normal.

    Its standard error is that of the side of the interval that faces the whole.
    """
    far = share["estimate"] - whole
    half = share["estimate"] - share["low"] if far > 0 else share["high"] - share["estimate"]
    return 2 * NormalDist().cdf(-abs(far) * _HALF / half) if half > 0 else float(far == 0)


def _differs(known: Known, panel: Mapping[str, Any], stance: str, whole: int, tested: Mapping[str, float]) -> Claim:
    share, place = _shares(panel)[stance], panel["place"]
    ends = {end: {"percent": share["points"][end]} for end in ("low", "high")}
    mask: Mask = known.corpus.counted & np.asarray(known.corpus.rows["place"].to_numpy() == place, dtype=bool)
    return Claim(
        "differs", "audited", "places",
        {"place": {"place": place}, "stance": {"stance": stance}, "share": {"percent": share["points"]["estimate"]},
         "pooled": {"percent": whole}, **ends},
        "share", share["estimate"], mask, f"counted & place={place}", variant="" if panel["audited"] else "corrected",
        low=share["low"], high=share["high"], test=TEST, figures={name: round(one, 4) for name, one in tested.items()},
    )  # fmt: skip
