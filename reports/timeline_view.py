"""What the timeline's section shows."""

from __future__ import annotations

from itertools import pairwise
from math import ceil, floor
from typing import TYPE_CHECKING, Any

from reports.charts.marks import spike_columns
from reports.charts.panels import draw_shape
from reports.charts.timeline import column_names, draw_timeline
from reports.corpus import DRAWN, MIN_SHARE_N
from reports.links import web_link

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.wording import Locale

_STANCES = tuple(stance.value for stance in DRAWN)


def timeline_view(numbers: Mapping[str, Any], locale: Locale) -> dict[str, Any] | None:
    """The chart, its legend and the tables behind it; None where no comment carries a usable day."""
    timeline, events = numbers["timeline"], numbers["events"]
    if not timeline:
        return None
    names = column_names(timeline, locale)
    extra = [key for key in ("uncoded", "copied") if any(timeline["series"][key])]
    legend = [(key, locale.word("stance", key)) for key in (*_STANCES, *extra)]
    if timeline["gaps"]:
        legend.append(("gap", locale.ui("gap_all")))
    if timeline["course"] and timeline["course"]["basis"] == "audited":
        legend.append(("interval", locale.ui("audited_band")))
    if spike_columns(timeline, numbers["changes"]):
        legend.append(("spike", locale.ui("spike_legend")))
    hints = numbers["changes"]["hints"] if numbers["changes"] and timeline["course"] else []
    if hints:
        legend.append(("hint", locale.ui("hint_legend")))
    speakers = {event["speaker"] for event in events if event["drawn"]}
    return {
        "wide": draw_timeline(timeline, events, locale, changes=numbers["changes"]),
        "narrow": draw_timeline(timeline, events, locale, changes=numbers["changes"], wide=False),
        "legend": legend,
        "shapes": [
            (draw_shape(key), locale.word("speaker", key))
            for key in ("official", "regulator", "media")
            if key in speakers
        ],
        "table": _timeline_table(numbers, names, extra, locale),
        "hints": [_hint(hint, locale) for hint in hints],
        "course": _course_table(timeline, names, locale) if timeline["course"] else None,
        "note": _course_note(numbers, locale),
    }


def _hint(hint: Mapping[str, Any], locale: Locale) -> str:
    """A turn without a known event, in words."""
    told = {key: hint[key] for key in ("before", "after", "n")}
    return locale.ui("hint", day=locale.day(hint["day"]), stance=locale.word("stance", hint["stance"]), **told)


def _timeline_table(numbers: Mapping[str, Any], names: list[str], extra: list[str], locale: Locale) -> dict[str, Any]:
    timeline, shown = numbers["timeline"], (*_STANCES, *extra)
    spikes = spike_columns(timeline, numbers["changes"])
    total = [
        locale.ui("spike", n=n, limit=spikes[i]["limit"]) if i in spikes else locale.number(n)
        for i, n in enumerate(timeline["total"])
    ]
    columns = [total, *([locale.number(n) for n in timeline["series"][key]] for key in shown)]
    return {
        "caption": locale.ui("tl_table"),
        "head": [
            locale.word("column", timeline["unit"]),
            locale.word("column", "total"),
            *(locale.word("stance", key) for key in shown),
        ],
        "rows": [
            [name, locale.ui("gap_all"), *("–" for _ in shown)]
            if i in timeline["missing"]
            else [name, *(column[i] for column in columns)]
            for i, name in enumerate(names)
        ],
    }


def _course_note(numbers: Mapping[str, Any], locale: Locale) -> str:
    """What the lines are and what the triangles mean; that the columns are drafts, in a report that was audited."""
    timeline = numbers["timeline"]
    said = [locale.ui("course_note_columns")] if numbers["audit"] and numbers["audit"]["audited"] else []
    if timeline["course"]:
        said.append(locale.ui(f"course_note_{timeline['course']['basis']}"))
    if timeline["course"] and _passed(numbers["changes"]):
        said.append(locale.ui("course_note_passed"))
    return locale.ui("between").join(said)


def _passed(changes: Mapping[str, Any] | None) -> bool:
    """Whether any change passed its test: only then are triangles drawn."""
    found = [change for event in (changes["events"] if changes else []) for change in (event["stances"] or {}).values()]
    return any(change["verdict"] == "passed" for change in found)


def _course_table(timeline: Mapping[str, Any], names: list[str], locale: Locale) -> dict[str, Any]:
    """The points of the lines; a column without one says why."""
    course = timeline["course"]
    points, last = {point["column"]: point for point in course["points"]}, len(names) - 1
    step = min(b - a for a, b in pairwise(points))
    rows = []
    for i, name in enumerate(names):
        if i in points:
            rows.append(
                [name, *(_share(points[i]["shares"][key], locale) for key in _STANCES), locale.number(points[i]["n"])]
            )
        elif i in timeline["missing"]:
            rows.append([name, *[locale.ui("gap_all")] * len(_STANCES), "–"])
        elif (i - next(iter(points))) % step == 0 and i <= last:
            rows.append([name, *[locale.ui("below_floor", floor=MIN_SHARE_N)] * len(_STANCES), "–"])
    span = locale.ui(f"span_{timeline['unit']}", n=course["columns"])
    head = [locale.ui("date"), *(locale.word("stance", key) for key in _STANCES), locale.ui("n")]
    caption = locale.ui(f"course_{course['basis']}", span=span)
    return {"caption": f"{locale.ui('lane_strip')}{locale.ui('colon')}{caption}", "head": head, "rows": rows}


def _share(share: Mapping[str, float | None], locale: Locale) -> str:
    """A share in whole points, with its interval, the ends rounded outwards, where there is one."""
    estimate = f"{floor(100 * (share['estimate'] or 0) + 0.5)}%"
    if share["low"] is None or share["high"] is None:
        return estimate
    low, high = floor(100 * share["low"] + 1e-9), ceil(100 * share["high"] - 1e-9)
    return locale.ui("share_in_span", share=estimate, low=low, high=high)


def event_view(event: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """One policy event, for the table of them."""
    window, who = event["window"], locale.name(event["who"]).text
    compared = {key: window[key] for key in ("before", "after", "days")} if window else {}
    kind = locale.word("kind", event["kind"])
    return {
        "number": event["number"],
        "day": locale.day(event["date"], precision=event["precision"]),
        "title": locale.name(event["title"]),
        "who": f"{who} · {kind}" if who and who != kind else kind,
        "url": web_link(event["url"]),
        "drawn": event["drawn"],
        "window": locale.ui("window", **compared) if compared else locale.ui("no_window"),
    }
