"""Claims that rest on people's labels: the share of each stance, which comes first, and what the labels cover."""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING, Any

from reports.audit import MIN_LABELS
from reports.census_claims import is_census
from reports.corpus import DRAWN
from reports.leading import TEST, ahead
from reports.ledger import Claim, number, present
from storage.nouns import Stance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.corpus import Mask
    from reports.ledger import Badge, Known, Slot, Verdict

_QUERY = "counted & labelled, drawn at random"
_SIDES = (Stance.CONCERN, Stance.SUPPORT)
"""The pair whose order is asked for, whatever the labels say."""


def is_audited(known: Known) -> bool:
    """Whether there are enough labels for shares with intervals."""
    audit = known.facts["audit"]
    return bool(audit and audit["audited"])


def estimated_shares(known: Known) -> Iterator[Claim]:
    """The share of each stance among the comments that were drawn from; printed in the tiles."""
    if not is_audited(known) or is_census(known):
        return
    audit, counted = known.facts["audit"], known.facts["stances"]["shares"]
    for stance in DRAWN:
        share, raw = audit["shares"][stance.value], counted[stance.value]
        slots = present(
            stance={"stance": stance.value},
            **_interval(share, "p", "low", "high"),
            **_behind(audit),
            counted=None if raw is None else {"percent": raw},
        )
        yield Claim(
            "share", "audited", "tiles", slots, "share", share["estimate"], _mask(known), _QUERY,
            low=share["low"], high=share["high"], test="95 % interval",
        )  # fmt: skip


def estimated_order(known: Known) -> Iterator[Claim]:
    """Which stance comes first, where it is told from all others; elsewhere those are named that may."""
    if not is_audited(known) or is_census(known):
        return
    audit = known.facts["audit"]
    shares = audit["shares"]
    lead = audit["leading"]
    others = [stance.value for stance in DRAWN if stance.value not in lead]
    first = shares[lead[0]]
    slots: dict[str, Slot] = _behind(audit)
    for i, stance in enumerate([*lead, *sorted(others, key=lambda name: -shares[name]["estimate"])], start=1):
        slots |= {f"s{i}": {"stance": stance}} | _interval(shares[stance], f"p{i}", f"l{i}", f"h{i}")
    badge: Badge = "audited" if len(lead) == 1 else "open"
    yield Claim(
        "leads", badge, "happened", slots, "leads", first["estimate"], _mask(known), _QUERY,
        variant=f"open{len(lead)}" if 1 < len(lead) < len(DRAWN) else "", low=first["low"], high=first["high"],
        test=TEST, verdict="passed" if len(lead) == 1 else "not_passed",
    )  # fmt: skip


def concern_or_support(known: Known) -> Iterator[Claim]:
    """Which of the two sides leads; the pair is fixed beforehand. A headline where neither comes first of all."""
    if not is_audited(known) or is_census(known) or known.sample is None:
        return
    audit = known.facts["audit"]
    found = ahead(*known.sample.given(known.corpus.counted), *_SIDES)
    low, high = (round(end, 4) for end in (found.low, found.high))
    told = low > 0 or high < 0
    sides = _SIDES if found.difference >= 0 else _SIDES[::-1]
    if found.difference < 0:
        low, high = -high, -low
    points = [audit["shares"][side.value]["points"]["estimate"] for side in sides]
    slots: dict[str, Slot] = {
        **{f"s{i}": {"stance": side.value} for i, side in enumerate(sides, start=1)},
        **{f"p{i}": {"percent": value} for i, value in enumerate(points, start=1)},
        "d": number(int(100 * abs(found.difference) + 0.5)), "low": number(floor(100 * low)),
        "high": number(ceil(100 * high)), **_behind(audit),
    }  # fmt: skip
    first = audit["leading"] in ([side.value] for side in _SIDES)
    yield Claim(
        "ahead", "audited" if told else "open", "sure" if first else "happened", slots, "ahead",
        round(abs(found.difference), 4), _mask(known), _QUERY, low=low, high=high,
        test="95 % interval of the difference leaves out 0", verdict="passed" if told else "not_passed",
    )  # fmt: skip


def about_labels(known: Known) -> Iterator[Claim]:
    """How many comments people labelled, and which ones the estimates leave out."""
    audit = known.facts["audit"]
    if not audit or not audit["labels"]:
        return
    labels, people = audit["labels"], audit["people"]
    slots = present(
        labels=number(labels),
        drawn_from=number(audit["drawn_from"]),
        population=number(audit["population"]) if audit["population"] < audit["drawn_from"] else None,
        people=number(people["coders"]),
        shared=_some(people["shared"]),
        disputed=_some(people["disputed"]),
        settled=_some(people["settled"]),
        seconds=_some(round(people["seconds"] or 0)),
    )
    told = audit["audited"] or is_census(known)
    verdict: Verdict = "too_little" if not told else "passed" if people["shared"] else "not_passed"
    yield Claim(
        "labels", "count", "sure", slots, "labels", labels, _mask(known), _QUERY,
        "census" if is_census(known) else "", test="some comments are judged by two people or more", verdict=verdict,
    )  # fmt: skip
    if not told:
        slots = {"labels": number(labels), "least": number(audit["least"])}
        yield Claim(
            "begun", "thin", "sure", slots, "labels", labels, _mask(known), _QUERY,
            "every" if audit["least"] < MIN_LABELS else "", verdict="too_little",
        )  # fmt: skip
    yield from _left_of(known, audit)


def _left_of(known: Known, audit: dict[str, Any]) -> Iterator[Claim]:
    """What the estimates leave out."""
    counted = known.corpus.counted
    uncovered = counted & (known.sample.stratum < 0) if known.sample else counted
    if uncovered.any():
        yield _left_out("uncovered", audit["uncovered"], uncovered, "counted & not drawn from")
    skipped = known.corpus.of(known.inp.audit.skipped if known.inp.audit else ()) & counted
    if skipped.any():
        yield _left_out("skipped", audit["skipped"], skipped, "counted & drawn & skipped")
    over = known.corpus.of(known.inp.audit.passed_over if known.inp.audit else ()) & counted
    if over.any():
        yield _left_out("passed_over", audit["passed_over"], over, "counted & drawn & passed over")
    for template in ("waiting", "dropped"):
        if audit[template]:
            yield _left_out(template, audit[template], counted & ~counted, f"drawn & {template}", audit[template])


def _left_out(template: str, n: int, mask: Mask, query: str, rows: int | None = None) -> Claim:
    return Claim(template, "count", "sure", {"n": number(n)}, "count", n, mask, query, rows=rows)


def _mask(known: Known) -> Mask:
    return known.corpus.of_rows(known.sample.rows.tolist() if known.sample else ())


def _behind(audit: dict[str, Any]) -> dict[str, Slot]:
    return {"labels": number(audit["labels"]), "population": number(audit["population"])}


def _interval(share: dict[str, Any], *names: str) -> dict[str, Slot]:
    points = (share["points"][end] for end in ("estimate", "low", "high"))
    return {name: {"percent": value} for name, value in zip(names, points, strict=True)}


def _some(n: int) -> Slot | None:
    return number(n) if n else None
