"""From lapses to gaps: whole days of which nothing is known, with the reason in both languages."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from minyi import outcomes
from minyi.outages import HOUR_MS
from storage.nouns import Gap, Wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from zoneinfo import ZoneInfo

    from minyi.outages import Lapse
    from minyi.unattended_sections import ScheduleSection
    from storage.nouns import Study

BRIEF_HOURLY_MS = HOUR_MS * 5 // 2
"""From one good run of an hourly job to the next but one, whatever minute each begins."""
MOST = 40
"""Lapses that are told, the longest; the others are counted."""
NOT_RUN = Wording(zh="没有运行采集", en="collecting did not run")
SILENT = Wording(zh="可以访问，但没有新评论", en="it could be reached, but held nothing new")
FAILED = Wording(zh="采集失败", en="collecting failed")
REASONS = outcomes.REASONS


def reason_of(lapse: Lapse, zone: ZoneInfo) -> Wording:
    """Why nothing was collected, in both languages."""
    if lapse.kind == "ended":
        day = _local(lapse.start, zone).date()
        until = f"{day.year}年{day.month}月{day.day}日"
        return Wording(zh=f"收集到{until}为止", en=f"collected until {day.day} {day:%B %Y}")
    if lapse.kind == "down":
        return REASONS.get(lapse.error, FAILED)
    return NOT_RUN if lapse.kind == "not run" else SILENT


def gaps_of(lapses: Iterable[Lapse], study: Study, now: int) -> list[Gap]:
    """The days within the study's window that these lapses cost, save those in a gap that the study file states.

    A silence costs none: what was said is there, namely nothing. Where collecting ended
    before the window, its days to come are not collected either.
    """
    gaps: list[Gap] = []
    for lapse in lapses:
        days = lost_days(lapse, study.zone, (study.window_ms[1] or now) if lapse.kind == "ended" else now)
        if days is None:
            continue
        first, last = max(days[0], study.start or days[0]), min(days[1], study.end or days[1])
        if first <= last and not _stated(study, lapse.source, first, last):
            gaps.append(Gap(start=first, end=last, source=lapse.source, reason=reason_of(lapse, study.zone)))
    return [gap for gap in gaps if not any(_within(gap, other) for other in gaps if other.source is None)]


def _within(gap: Gap, other: Gap) -> bool:
    return gap.source is not None and other.start <= gap.start and gap.end <= other.end


def worth_telling(lapse: Lapse, zone: ZoneInfo, now: int, brief_ms: int = HOUR_MS) -> bool:
    """Whether a person needs to hear of it: one that was brief and cost no whole day is for the JSON."""
    brief = lapse.end is not None and lapse.end - lapse.start < brief_ms
    return not brief or lost_days(lapse, zone, now) is not None


def told(
    lapses: Sequence[Lapse], zone: ZoneInfo, now: int, schedule: ScheduleSection | None = None
) -> tuple[list[Lapse], int]:
    """The lapses that a person needs to hear of, in their order, and how many shorter ones there are beyond MOST.

    Of an hourly job, one run that failed between two that went well is brief. What several sources met at the same time
    counts as one.
    """
    brief_ms = BRIEF_HOURLY_MS if schedule is not None and schedule.every == "hour" else HOUR_MS
    worth = [lapse for lapse in lapses if worth_telling(lapse, zone, now, brief_ms)]
    times = {(lapse.kind, lapse.start, lapse.end) for lapse in worth}
    longest = sorted(times, key=lambda time: (time[2] is None, (time[2] or now) - time[1], time), reverse=True)[:MOST]
    listed = set(longest)
    shown = [lapse for lapse in worth if (lapse.kind, lapse.start, lapse.end) in listed]
    return shown, len(times) - len(longest)


def lost_days(lapse: Lapse, zone: ZoneInfo, now: int) -> tuple[date, date] | None:
    """The first and last whole day of a lapse before the earliest comment of that time which came later, if any.

    A day of which a part was collected is not lost: that part is there, and says what it says.
    """
    if lapse.kind == "silent":
        return None
    end = now if lapse.end is None else lapse.end
    first, last = _first_whole(lapse.start, zone), _local(min(end, lapse.back_to or end), zone).date()
    return (first, last - timedelta(days=1)) if first < last else None


def _first_whole(at: int, zone: ZoneInfo) -> date:
    local = _local(at, zone)
    return local.date() if local.time() == time() else local.date() + timedelta(days=1)


def _local(at: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(zone)


def _stated(study: Study, source: str | None, first: date, last: date) -> bool:
    return any(gap.source in {None, source} and gap.start <= first and gap.end >= last for gap in study.gaps)
