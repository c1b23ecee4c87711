"""Claims that count: how much there is, on which day, from when on."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from reports.corpus import MIN_SHARE_N
from reports.estimated import is_audited
from reports.ledger import Claim, day_slot, number, present
from reports.timeline import day_counts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.ledger import Known, Slot, Verdict


def totals(known: Known) -> Iterator[Claim]:
    """How many comments count, in which time; or that none does."""
    found = known.facts["totals"]
    days, undated = found["first"] and found["last"], found["undated"] + found["coarse"]
    one_day = found["first"] == found["last"]
    slots = present(
        comments=number(found["comments"]),
        texts=number(found["texts"]) if found["comments"] else None,
        authors=number(found["authors"]) if found["authors"] else None,
        places=number(found["places"]) if found["comments"] else None,
        first=day_slot(found["first"]) if days and not one_day else None,
        last=day_slot(found["last"]) if days and not one_day else None,
        day=day_slot(found["first"]) if days and one_day else None,
        undated=number(undated) if undated else None,
        stored=number(found["stored"]) if found["stored"] and not found["comments"] else None,
    )
    verdict: Verdict = "passed" if found["comments"] else "not_passed" if found["stored"] else "too_little"
    yield Claim(
        "totals", "count" if found["comments"] else "thin", "happened", slots, "count", found["comments"],
        known.corpus.counted, "counted", verdict=verdict,
    )  # fmt: skip


def thin(known: Known) -> Iterator[Claim]:
    """That too few comments are coded for shares."""
    coded = known.facts["stances"]["coded"]
    if coded < MIN_SHARE_N and not is_audited(known):
        slots = {"n": number(coded), "floor": number(MIN_SHARE_N)}
        mask = known.corpus.counted & known.corpus.coded
        yield Claim(
            "thin", "thin", "happened", slots, "count", coded, mask, "counted & coded", verdict="too_little"
        )  # fmt: skip


def busiest(known: Known) -> Iterator[Claim]:
    """The day with the highest number of comments, beside the usual one and the last event; or that several have it."""
    counts = day_counts(known.corpus)
    if counts is None or len(counts[1]) < 2:  # noqa: PLR2004  one day is no busiest day
        return
    peak = int(np.argmax(counts[1]))
    day = date.fromordinal(counts[0].toordinal() + peak)
    n = counts[1][peak]
    if (level := counts[1].count(n)) > 1:
        yield _level_days(known, n, level)
        return
    usual = _usual_day(known.facts)
    slots = present(
        day=day_slot(day.isoformat()),
        n=number(n),
        usual={"decimal": usual} if usual else None,
        times={"times": _times(n, usual)} if usual else None,
        **_beside_event(day, known.facts["events"]),
    )
    mask = known.corpus.counted & known.corpus.on_days(day, day)
    yield Claim("busiest", "count", "happened", slots, "count", n, mask, f"counted & day={day}")


def _level_days(known: Known, n: int, level: int) -> Claim:
    slots = {"n": number(n), "level": number(level)}
    mask = known.corpus.counted & known.corpus.dated
    return Claim(
        "busiest", "count", "sure", slots, "count", n, mask, "counted & dated", verdict="not_passed"
    )  # fmt: skip


def _usual_day(facts: dict[str, Any]) -> float | None:
    timeline = facts["timeline"]
    return timeline["usual"]["median"] if timeline and timeline["unit"] == "day" and timeline["usual"] else None


def _times(n: int, usual: float) -> float | int:
    """A ratio: whole from 10 on, one decimal below."""
    ratio = n / usual
    return int(ratio + 0.5) if ratio >= 10 else round(ratio, 1)  # noqa: PLR2004  the rule above


def _beside_event(day: date, events: list[dict[str, Any]]) -> dict[str, Slot | None]:
    """Slots that name the last event on or before a day."""
    known = [event for event in events if event["precision"] == "day" and date.fromisoformat(event["date"]) <= day]
    if not known:
        return {}
    event = known[-1]
    days = (day - date.fromisoformat(event["date"])).days
    if days == 0:
        return {"event_on": number(event["number"]), "title_on": {"name": event["title"]}}
    return {"days": number(days), "event": number(event["number"]), "title": {"name": event["title"]}}


def first_seen(known: Known) -> Iterator[Claim]:
    """The earliest comment; where an earlier one does not count, only that it is the earliest of those that do."""
    mask = known.corpus.counted & known.corpus.dated
    if not mask.any():
        return
    positions = np.flatnonzero(mask)
    position = int(positions[np.argmin(known.corpus.local[positions])])
    edge = bool((known.corpus.local[known.corpus.dated] < known.corpus.local[position]).any())
    day = date.fromisoformat(str(np.datetime64(int(known.corpus.local[position]), "ms").astype("datetime64[D]")))
    place = known.corpus.rows["place"].iloc[position]
    slots = present(
        day=day_slot(day.isoformat()), place={"place": place} if place else None, **_before_event(day, known.facts)
    )
    yield Claim(
        "first", "count", "sure" if edge else "happened", slots, "first", 1, known.corpus.of_rows([position]),
        "counted & earliest time", verdict="not_passed" if edge else "passed",
    )  # fmt: skip


def _before_event(day: date, facts: dict[str, Any]) -> dict[str, Slot | None]:
    """How far the first event is from a day."""
    event = next((e for e in facts["events"] if e["precision"] == "day"), None)
    distance = (date.fromisoformat(event["date"]) - day).days if event else 0
    if not event or not distance:
        return {}
    names = ("days_before", "event_before") if distance > 0 else ("days_after", "event_after")
    return {names[0]: number(abs(distance)), names[1]: number(event["number"])}
