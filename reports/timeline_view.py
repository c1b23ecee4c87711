"""What the timeline's section shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.audit_view import beside
from reports.charts.frame import audited_periods
from reports.charts.panels import draw_shape
from reports.charts.timeline import column_names, draw_timeline, no_share
from reports.corpus import DRAWN
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
    if audited_periods(timeline):
        legend.append(("interval", locale.ui("audited_band")))
    speakers = {event["speaker"] for event in events if event["drawn"]}
    return {
        "wide": draw_timeline(timeline, events, locale),
        "narrow": draw_timeline(timeline, events, locale, wide=False),
        "legend": legend,
        "shapes": [
            (draw_shape(key), locale.word("speaker", key))
            for key in ("official", "regulator", "media")
            if key in speakers
        ],
        "table": _timeline_table(timeline, names, extra, locale),
        "strip": _strip_table(timeline, names, locale) if timeline["strip"] else None,
    }


def _timeline_table(timeline: Mapping[str, Any], names: list[str], extra: list[str], locale: Locale) -> dict[str, Any]:
    shown = (*_STANCES, *extra)
    columns = [timeline["total"], *(timeline["series"][key] for key in shown)]
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
            else [name, *(locale.number(column[i]) for column in columns)]
            for i, name in enumerate(names)
        ],
    }


def _strip_table(timeline: Mapping[str, Any], names: list[str], locale: Locale) -> dict[str, Any]:
    rows = []
    for period in timeline["strip"]["periods"]:
        few = no_share(period, timeline, locale)
        span = locale.ui("range", first=names[period["from"]], last=names[period["to"]])
        shares = [_of_period(period, key, few, locale) for key in _STANCES]
        rows.append([span, *shares, "–" if few == locale.ui("gap_all") else locale.number(period["n"])])
    head = [locale.ui("date"), *(locale.word("stance", key) for key in _STANCES), locale.ui("n")]
    return {"caption": locale.ui("strip_caption"), "head": head, "rows": rows}


def _of_period(period: Mapping[str, Any], key: str, few: str, locale: Locale) -> str:
    """The coder's share, and the audited one where the period has enough labels of its own."""
    counted = f"{period['shares'][key]}%" if period["shares"] else few
    return beside(counted, period["audited"], key, locale)


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
