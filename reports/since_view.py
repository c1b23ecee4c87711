"""What is new since the last report, what the days before held, and what was found to be faulty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.corpus import DRAWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reports.wording import Locale

_STANCES = tuple(stance.value for stance in DRAWN)


def since_view(numbers: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """The tables of the two comparisons, and the warnings."""
    return {
        "since_table": _since(numbers["since"], locale),
        "period": _period(numbers["period"], locale),
        "advisories": list(_advisories(numbers, locale)),
    }


def _since(since: Mapping[str, Any] | None, locale: Locale) -> dict[str, Any] | None:
    if not since or since["differs"]:
        return None
    rows = [
        [
            locale.word("stance", stance),
            *(
                locale.ui("since_cell", n=n, of=of)
                for n, of in zip(since["stances"][stance]["counted"], since["stances"][stance]["coded"], strict=True)
            ),
        ]
        for stance in _STANCES
    ]
    heads = [locale.ui(key) for key in ("audit_head", "since_then", "since_now")]
    return {"caption": locale.ui("since_caption"), "head": heads, "rows": rows}


def _period(period: Mapping[str, Any] | None, locale: Locale) -> dict[str, Any] | None:
    if not period:
        return None
    notes = [locale.ui("period_undated", n=period["undated"])] if period["undated"] else []
    if not period["before"]:
        return {"table": None, "notes": [locale.ui("period_none"), *notes]}
    sides = [period["before"], period["now"]]
    spans = [("before_first", "before_last"), ("first", "last")]
    heads = [locale.ui("period_days", first=locale.day(period[a]), last=locale.day(period[b])) for a, b in spans]
    rows = [[locale.word("column", "total"), *(locale.number(side["comments"]) for side in sides)]]
    rows += [[locale.word("stance", stance), *(_side(side, stance, locale) for side in sides)] for stance in _STANCES]
    caption = locale.ui("period_caption", days=period["days"])
    return {"table": {"caption": caption, "head": [locale.ui("audit_head"), *heads], "rows": rows}, "notes": notes}


def _side(side: Mapping[str, Any], stance: str, locale: Locale) -> str:
    n, share = side["counts"][stance], side["shares"][stance]
    return locale.number(n) if share is None else f"{locale.number(n)} ({share}%)"


def _advisories(numbers: Mapping[str, Any], locale: Locale) -> Iterator[dict[str, Any]]:
    """Each warning that this report touches: what it is about, in our words, and why."""
    for one in numbers["advisories"]:
        days = {key: locale.day(one[key], year=True) for key in ("start", "end") if one[key]}
        source = {"source": locale.place(one["source"])} if one["source"] else {}
        lines = []
        if one["superseded"]:
            lines.append(locale.ui("advisory_superseded"))
        if one["touched"]:
            lines.append(locale.ui("advisory_version", versions=locale.ui("and").join(one["touched"])))
        if one["comments"]:
            key = "advisory_excluded" if one["exclude"] else "advisory_data"
            lines.append(locale.ui(key, n=one["comments"], **days, **source))
        if lines:
            yield {"lines": lines, "reason": locale.name(one["reason"])}
