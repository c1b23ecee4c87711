"""The policy side: each dated act, where it stands on the calendar, and how many comments lie before and after it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from reports.timeline import event_days

if TYPE_CHECKING:
    from reports.corpus import Corpus
    from reports.inputs import ReportInput
    from storage.nouns import PolicyEvent

WINDOW_DAYS = 3
SPEAKER = {"regulator": "regulator", "media": "media"}


def build_events(inp: ReportInput, corpus: Corpus, calendar: tuple[date, date] | None) -> list[dict[str, Any]]:
    """Events in order of date, numbered from 1.

    `window` holds the days compared (at most WINDOW_DAYS, cut where a neighbouring event stands), the comments before
    and after, and their stances; None where the calendar does not cover both sides, a gap lies in between, or the
    day of the event is not known.
    """
    events = sorted(inp.study.events, key=lambda event: (event.date, event.id))
    return [
        {
            "number": number,
            "id": event.id,
            "date": event.date.isoformat(),
            "precision": event.precision,
            "kind": event.kind,
            "speaker": SPEAKER.get(event.kind, "official"),
            "who": event.who.model_dump(),
            "title": event.title.model_dump(),
            "url": event.url,
            "drawn": _drawn(event, calendar),
            "window": _window(event, events, inp, corpus),
        }
        for number, event in enumerate(events, start=1)
    ]


def _drawn(event: PolicyEvent, calendar: tuple[date, date] | None) -> bool:
    first, last = event_days(event)
    return calendar is not None and first >= calendar[0] and last <= calendar[1]


def _window(event: PolicyEvent, events: list[PolicyEvent], inp: ReportInput, corpus: Corpus) -> dict[str, Any] | None:
    span = corpus.span()
    if event.precision != "day" or span is None:
        return None
    others = [abs((other.date - event.date).days) for other in events if other.date != event.date]
    days = min([WINDOW_DAYS, *others])
    first, last = event.date - timedelta(days=days), event.date + timedelta(days=days - 1)
    in_gap = any(gap.start <= last and gap.end >= first for gap in inp.study.gaps)
    if first < (inp.study.start or span[0]) or last > span[1] or in_gap:
        return None
    before = corpus.counted & corpus.on_days(first, event.date - timedelta(days=1))
    after = corpus.counted & corpus.on_days(event.date, last)
    return {
        "days": days,
        "from": first.isoformat(),
        "to": last.isoformat(),
        "before": int(before.sum()),
        "after": int(after.sum()),
        "coded_before": int((before & corpus.coded).sum()),
        "coded_after": int((after & corpus.coded).sum()),
        "stances_before": corpus.count(before),
        "stances_after": corpus.count(after),
    }
