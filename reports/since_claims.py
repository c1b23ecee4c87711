"""Claims on what is new since the last report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.ledger import Claim, day_slot, number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reports.ledger import Known, Slot

_TEST = "95 % interval of the difference, for four comparisons at once, leaves out zero"


def since_last(known: Known) -> Iterator[Claim]:
    """What came, what moved, and what was done; or why this report is not set beside the last one."""
    since = known.facts["since"]
    if not since:
        return
    day = {"day": day_slot(since["day"]), "run": {"plain": since["run"]}}
    if since["differs"]:
        yield _claim(known, "since", "thin", day, 0, verdict="too_little", variant=since["differs"][0])
        return
    if since["new"] > 0:
        yield _claim(known, "since", "count", day | {"n": number(since["new"])}, since["new"])
    else:
        fewer = {"n": number(-since["new"])} if since["new"] else {}
        yield _claim(known, "since", "count", day | fewer, since["new"], verdict="not_passed")
    yield from _shares(known, since, day)
    counts = {
        "since_asks": since["asks"],
        "since_events": len(since["events"]),
        "since_responses": since["responses"],
        "since_gap": since["gap_days"],
    }
    for template, n in counts.items():
        if n:
            yield _claim(known, template, "count", day | {"n": number(n)}, n)


def _shares(known: Known, since: Mapping[str, Any], day: dict[str, Slot]) -> Iterator[Claim]:
    """Each stance whose share differs by more than its uncertainty; or that none does, or that none can be told."""
    if since["basis"] != "audited":
        yield _claim(known, "since_share", "thin", day, 0, verdict="too_little", variant=since["basis"])
        return
    moved = [(name, one["audited"]) for name, one in since["stances"].items() if one["audited"]["moved"]]
    if not moved:
        yield _claim(known, "since_share", "no_change", day, 0, verdict="not_passed", test=_TEST)
    for stance, audited in moved:
        yield _claim(
            known, "since_share", "passed", {**day, "stance": {"stance": stance}, **_difference(audited)},
            audited["difference"] / 100, test=_TEST, low=audited["low"] / 100, high=audited["high"] / 100,
            variant="fell" if audited["high"] <= 0 else "",
        )  # fmt: skip


def _difference(audited: Mapping[str, Any]) -> dict[str, Slot]:
    """The difference as a size, with the ends of its interval in the same direction."""
    ends = [abs(audited["low"]), abs(audited["high"])]
    return {
        "was": {"percent": audited["before"]},
        "now": {"percent": audited["after"]},
        "points": number(abs(audited["difference"])),
        "low": number(min(ends)),
        "high": number(max(ends)),
    }


def _claim(known: Known, template: str, badge: Any, slots: dict[str, Slot], value: float, **more: Any) -> Claim:  # noqa: ANN401  fields of a claim
    nothing = known.corpus.counted & ~known.corpus.counted
    estimand = "share" if template == "since_share" else "days" if template == "since_gap" else "count"
    return Claim(
        template, badge, "since", slots, estimand, value, nothing, f"since run {slots['run']['plain']}", **more
    )
