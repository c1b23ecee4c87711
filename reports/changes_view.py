"""What the section on events shows: shares before and after each, and the policy events themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.charts.dumbbells import Row, draw_dumbbells
from reports.corpus import DRAWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.wording import Locale

_STANCES = tuple(stance.value for stance in DRAWN)


def changes_view(numbers: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """The drawings and the table behind them; None where no event can be compared."""
    changes = numbers["changes"]
    if not changes or not changes["events"]:
        return {"changes": None}
    events = {event["number"]: event for event in numbers["events"]}
    rows = [_row(events[change["number"]], change, locale) for change in changes["events"]]
    drafts = {one["basis"] for change in changes["events"] for one in (change["stances"] or {}).values()}
    return {
        "changes": {
            "wide": draw_dumbbells(rows, locale, wide=True),
            "narrow": draw_dumbbells(rows, locale, wide=False),
            "note": locale.ui("changes_note", before=changes["days_before"], days=changes["days"]),
            "draft": "draft" in drafts,
            "table": _table(rows, locale),
        }
    }


def _row(event: Mapping[str, Any], change: Mapping[str, Any], locale: Locale) -> Row:
    day = locale.day(event["date"], style="short", precision=event["precision"])
    counts = {"before": change["n_before"], "after": change["n_after"]}
    compared = locale.ui("changes_n", **counts) if change["stances"] else ""
    why = locale.word("why_not", change["why_not"]) if change["why_not"] else ""
    sub = " · ".join(part for part in (day, compared) if part)
    return Row(event, change, locale.name(event["title"]).text, sub, why)


def _table(rows: list[Row], locale: Locale) -> dict[str, Any]:
    """One row for each event and stance; an event that cannot be compared says why."""
    cells: list[list[str]] = []
    for row in rows:
        name = f"{row.event['number']} {row.title}"
        if row.change["stances"] is None:
            cells.append([name, "–", "–", "–", "–", row.why_not])
            continue
        cells += [[name, locale.word("stance", key), *_figures(row.change["stances"][key], locale)] for key in _STANCES]
    head = ("event", "audit_head", "change_before", "change_after", "change_difference", "change_result")
    return {"caption": locale.ui("changes_title"), "head": [locale.ui(key) for key in head], "rows": cells}


def _figures(change: Mapping[str, Any], locale: Locale) -> list[str]:
    points = change["points"]
    return [
        _share(change["before"], points["before"], locale),
        _share(change["after"], points["after"], locale),
        locale.ui(
            "change_points", n=_signed(points["difference"]), low=_signed(points["low"]), high=_signed(points["high"])
        ),
        locale.word("tested", change["verdict"]),
    ]


def _share(share: Mapping[str, float], points: int, locale: Locale) -> str:
    low, high = int(100 * share["low"] + 1e-9), -int(-(100 * share["high"] - 1e-9) // 1)
    return locale.ui("share_in_span", share=f"{points}%", low=low, high=high)


def _signed(points: int) -> str:
    return f"+{points}" if points > 0 else f"−{-points}" if points < 0 else "0"
