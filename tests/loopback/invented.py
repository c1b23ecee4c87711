"""Numbers of the mock-up's size, made up: changes after five events, and shares with bands."""

from __future__ import annotations

import math
from typing import Any

STANCES = ("concern", "support", "suggestion", "neutral")
# Points before, change, and verdict of each stance after each of five events.
MOVES: tuple[tuple[tuple[int, int, str], ...] | str, ...] = (
    ((36, 2, "not_passed"), (30, -1, "not_passed"), (15, 0, "not_passed"), (19, -1, "not_passed")),
    ((38, 3, "too_little"), (29, -4, "too_little"), (15, 1, "too_little"), (18, 0, "too_little")),
    ((41, 15, "passed"), (25, -8, "passed"), (16, 0, "not_passed"), (18, -7, "passed")),
    ((56, -13, "passed"), (17, 1, "not_passed"), (16, 12, "passed"), (11, 0, "not_passed")),
    "gap",
)


def share(points: float, half: float = 4) -> dict[str, float]:
    """A share with its interval, kept between 0 and 1."""
    return {
        "estimate": round(points / 100, 4),
        "low": round(max(points - half, 0) / 100, 4),
        "high": round(min(points + half, 100) / 100, 4),
    }


def change(before: int, difference: int, verdict: str) -> dict[str, Any]:
    """One stance before and after an event."""
    points = {"before": before, "after": before + difference, "difference": difference}
    return {
        "before": share(before), "after": share(before + difference),
        "difference": difference / 100, "low": (difference - 5) / 100, "high": (difference + 5) / 100,
        "points": points | {"low": difference - 5, "high": difference + 5},
        "p": 0.01, "q": 0.02, "rank": 1, "of": 94, "verdict": verdict, "basis": "audited",
    }  # fmt: skip


def changes_of(events: list[dict[str, Any]]) -> dict[str, Any]:
    """What changed after each event, in the manner of numbers.json."""
    found = []
    for i, event in enumerate(events):
        moves = MOVES[i % len(MOVES)] if event["precision"] == "day" else "day_unknown"
        told = None if isinstance(moves, str) else {s: change(*m) for s, m in zip(STANCES, moves, strict=True)}
        found.append(
            {
                "number": event["number"], "from": event["date"], "to": event["date"], "event_day": event["date"],
                "days_before": 7, "days_after": 7, "n_before": 304, "n_after": 1251, "authors_before": 280,
                "authors_after": 1100, "volume": None, "stances": told, "why_not": moves if told is None else "",
            }
        )  # fmt: skip
    return {
        "days": 7,
        "days_before": 14,
        "level": 0.05,
        "least_placebos": 60,
        "events": found,
        "spikes": [],
        "hints": [],
    }


def with_bands(timeline: dict[str, Any]) -> dict[str, Any]:
    """The timeline with a band around each of its lines."""
    points = [
        point | {"shares": {
            name: share(100 * one["estimate"], 6 + 2 * math.sin(at)) for name, one in point["shares"].items()
        }}
        for at, point in enumerate(timeline["course"]["points"])
    ]  # fmt: skip
    return timeline | {"course": timeline["course"] | {"basis": "audited", "points": points}}


def mocked(numbers: dict[str, Any]) -> dict[str, Any]:
    """Numbers of a report with what labels and events would give it."""
    timeline = numbers["timeline"]
    shown = with_bands(timeline) if timeline and timeline["course"] else timeline
    return numbers | {"timeline": shown, "changes": changes_of(numbers["events"])}
