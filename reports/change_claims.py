"""Claims on what changed after an event."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from reports.corpus import DRAWN, percent
from reports.ledger import Claim, day_slot, number, present, share

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.ledger import Badge, Known, Slot

_MIN_MOVED = 10


def moved(known: Known) -> Iterator[Claim]:
    """The event with the largest change in the number of comments; said to have moved, never to have been tested."""
    windows = [event for event in known.facts["events"] if event["window"]]
    large = [event for event in windows if event["window"]["before"] + event["window"]["after"] >= _MIN_MOVED]
    if not large:
        return
    event = max(large, key=lambda e: (abs(e["window"]["after"] - e["window"]["before"]), -e["number"]))
    window = event["window"]
    mask = known.corpus.counted & known.corpus.on_days(
        date.fromisoformat(window["from"]), date.fromisoformat(window["to"])
    )
    slots = present(
        days=number(window["days"]),
        date=day_slot(event["date"]),
        event=number(event["number"]),
        title={"name": event["title"]},
        before=number(window["before"]),
        after=number(window["after"]),
        **_moved_stance(window),
    )
    badge: Badge = "moved_draft" if "stance" in slots else "moved"
    yield Claim(
        "moved", badge, "happened", slots, "difference", window["after"] - window["before"], mask,
        f"counted & day={window['from']}..{window['to']}, before and from {event['date']}",
    )  # fmt: skip


def _moved_stance(window: dict[str, Any]) -> dict[str, Slot | None]:
    """The stance whose share moved furthest, where both sides carry a share."""
    before, after = window["coded_before"], window["coded_after"]
    if percent(0, min(before, after)) is None:
        return {}
    shift = {
        stance.value: window["stances_after"][stance.value] / after - window["stances_before"][stance.value] / before
        for stance in DRAWN
    }
    stance = max(shift, key=lambda name: abs(shift[name]))
    was, became = window["stances_before"][stance], window["stances_after"][stance]
    return {
        "stance": {"stance": stance},
        "was": number(was), "of_before": number(before), "was_share": share(was, before),
        "became": number(became), "of_after": number(after), "became_share": share(became, after),
    }  # fmt: skip
