"""What is new since the last report that counted in the same way, and whether the two can be compared at all."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from math import ceil, floor, sqrt
from typing import TYPE_CHECKING, Any

from reports.corpus import DRAWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reports.inputs import ReportInput

CODE_FORMAT = 1
"""Counted up when a report counts otherwise than the one before it would have."""

_NORMAL = 1.959964  # half the width of a 95 % interval in standard errors
_FOUR = 2.497705  # the same where four stances are compared at once (Bonferroni, 1 − 0.05 / 8)


def method_of(inp: ReportInput) -> dict[str, str]:
    """What two reports must share to be compared, by name, and `hash` over all of it."""
    parts = {
        "coder": inp.provenance.coder,
        "codebook": inp.provenance.codebook,
        "change": _short(inp.study.change.target),
        "start": inp.study.start.isoformat() if inp.study.start else "",
        "aside": " ".join(sorted(one.key for one in inp.advisories if one.exclude)),
        "format": str(CODE_FORMAT),
    }
    return {**parts, "hash": _short("\n".join(parts.values()))}


def build_since(inp: ReportInput, facts: Mapping[str, Any]) -> dict[str, Any] | None:
    """What came since the last report; None where there is none, or this one is of some days only.

    `differs` names what the two do not share; then nothing is compared. `basis` says of what the shares are: both
    audited, audited by the same labels (`same`), or both drafts (`draft`), or the one then or now. `stances` holds for
    each stance what it was and is: counted, or estimated with the difference and its interval, wide enough for four
    comparisons at once.
    The two estimates are taken as independent: the later sample holds the earlier one, which makes the true interval
    narrower, never wider. Where no label was added, nothing is compared.
    """
    last = inp.last
    if last is None or inp.options.preset != "full":
        return None
    mine, theirs = method_of(inp), last["method"]
    differs = [name for name, value in mine.items() if name != "hash" and theirs.get(name) != value]
    day = datetime.fromisoformat(last["generated_at"]).date()
    found = {"run": last["run"], "day": day.isoformat(), "differs": differs}
    if differs:
        return found
    known = {ask["key"]: ask["state"] for ask in last["asks"]}
    listed, public = facts["asks"]["listed"], inp.options.audience == "public"  # whose requests have no lasting keys
    return found | {
        "new": facts["totals"]["comments"] - last["comments"],
        "before": last["comments"],
        "basis": _basis(last, facts),
        "stances": {stance.value: _stance(stance.value, last, facts) for stance in DRAWN},
        "asks": None if public else sum(ask["key"] not in known for ask in listed),
        "events": [event["number"] for event in facts["events"] if event["id"] not in last["events"]],
        "responses": None
        if public
        else sum(bool(ask["response"]) and known.get(ask["key"]) != ask["response"]["state"] for ask in listed),
        "gap_days": sum(_days_after(inp, day)),
    }


def last_facts(numbers: Mapping[str, Any]) -> dict[str, Any]:
    """What a later report needs of an earlier one's numbers, and no more: no words of any comment."""
    audit = numbers["audit"] or {}
    return {
        "run": numbers["provenance"]["run"],
        "generated_at": numbers["provenance"]["generated_at"],
        "method": numbers["provenance"].get("method", {}),
        "comments": numbers["totals"]["comments"],
        "coded": numbers["stances"]["coded"],
        "counts": numbers["stances"]["counts"],
        "labels": audit.get("labels", 0),
        "audited": _estimates(audit) or {},
        "asks": [
            {"key": ask["key"], "state": (ask["response"] or {}).get("state")} for ask in numbers["asks"]["listed"]
        ],
        "events": [event["id"] for event in numbers["events"]],
    }


def _basis(last: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """Audited, where both are and labels were added; `same` where none were; else which of the two is a draft."""
    audit = facts["audit"] or {}
    if _estimates(audit) and last["audited"]:
        return "audited" if audit["labels"] > last["labels"] else "same"
    if last["audited"]:
        return "draft_now"
    return "draft_then" if _estimates(audit) else "draft"


def _stance(stance: str, last: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        "counted": [last["counts"][stance], facts["stances"]["counts"][stance]],
        "coded": [last["coded"], facts["stances"]["coded"]],
        "audited": None,
    }
    if _basis(last, facts) != "audited":
        return found
    was, now = last["audited"][stance], (_estimates(facts["audit"]) or {})[stance]
    difference = now["estimate"] - was["estimate"]
    error = sqrt(sum(((one["high"] - one["low"]) / 2 / _NORMAL) ** 2 for one in (was, now)))
    low, high = difference - _FOUR * error, difference + _FOUR * error
    points = {"before": round(100 * was["estimate"]), "after": round(100 * now["estimate"])}
    ends = {"difference": round(100 * difference), "low": floor(100 * low), "high": ceil(100 * high)}
    return found | {"audited": {**points, **ends, "moved": low > 0 or high < 0}}


def _estimates(audit: Mapping[str, Any]) -> dict[str, dict[str, float]] | None:
    """By stance: estimate, low, high; None where shares are not estimated."""
    shares = audit.get("shares")
    if not shares:
        return None
    return {name: {key: share[key] for key in ("estimate", "low", "high")} for name, share in shares.items()}


def _days_after(inp: ReportInput, day: date) -> Iterator[int]:
    """Days of each gap that lie after a day and before now."""
    today = datetime.fromtimestamp(inp.provenance.generated_at / 1000, inp.study.zone).date()
    for gap in inp.study.gaps:
        yield max(0, (min(gap.end, today) - max(gap.start, day)).days + 1)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
