"""The part of the page that says what was collected and what was not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.wording import Locale

_HEAD = (
    "kind", "col_state", "col_declared", "col_collected", "col_duplicates", "col_rejected", "col_span", "col_good",
    "col_problem",
)  # fmt: skip
_WORDS = ("kind", "col_state", "col_good", "col_problem")


def coverage_view(coverage: Mapping[str, Any], locale: Locale) -> dict[str, Any] | None:
    """The table of sources, the articles with the largest shortfall, and when sources gave nothing."""
    if not coverage["sources"] and not coverage["lapses"]:
        return None
    return {
        "head": [(locale.ui(key), key in _WORDS) for key in _HEAD],
        "rows": [_source(source, locale) for source in coverage["sources"]],
        "articles": [
            _article(source, article, locale) for source in coverage["sources"] for article in source["shortfalls"]
        ],
        "articles_note": _others(coverage, locale),
        "lapses": [_lapse(lapse, locale) for lapse in coverage["lapses"]],
    }


def _source(source: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    span = ""
    if source["first"] and source["last"]:
        days = {"first": locale.day(source["first"], style="short"), "last": locale.day(source["last"], style="short")}
        span = locale.ui("range", **days)
    rejected = "; ".join(f"{locale.number(n)} {reason}" for reason, n in source["rejected"])
    cells = [
        source["kind"],
        _state(source, locale),
        _declared(source, locale),
        locale.number(source["collected"]),
        locale.number(source["duplicates"]),
        rejected or "0",
        span or locale.ui("unknown"),
        locale.moment(source["last_good"]) if source["last_good"] else "–",
        source["error"] or "–",
    ]
    return {"name": locale.place(source["name"]), "cells": cells}


def _state(source: Mapping[str, Any], locale: Locale) -> str:
    if not source["state"]:
        return "–"
    words = locale.word("state", source["state"].replace(" ", "_"))
    if source["since"]:
        words = locale.ui("state_since", state=words, at=locale.moment(source["since"]))
    return locale.ui("state_waiting", state=words, n=source["waiting"]) if source["waiting"] else words


def _declared(source: Mapping[str, Any], locale: Locale) -> str:
    if source["declared"] is None:
        return locale.ui("unknown")
    return locale.ui("of_declared", collected=source["of_declared"], declared=source["declared"])


def _article(source: Mapping[str, Any], article: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    counts = [locale.number(article[key]) for key in ("declared", "collected", "missing")]
    return {
        "source": locale.place(source["name"]),
        "title": article["title"] or locale.ui("untitled"),
        "counts": counts,
    }


def _others(coverage: Mapping[str, Any], locale: Locale) -> str:
    n = sum(source["short_articles"] - len(source["shortfalls"]) for source in coverage["sources"])
    return locale.ui("shortfalls_others", n=n) if n > 0 else ""


def _lapse(lapse: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    reason = locale.name(lapse["reason"])
    return {
        "source": locale.place(lapse["source"]) if lapse["source"] else locale.ui("all_sources"),
        "start": _at(lapse["start"], locale),
        "end": _at(lapse["end"], locale) if lapse["end"] else locale.ui("lasting"),
        "kind": locale.word("lapse", lapse["kind"].replace(" ", "_")),
        "reason": reason if reason.text else None,
        "what": lapse["what"],
        "came": _came(lapse, locale),
    }


def _at(iso: str, locale: Locale) -> str:
    return locale.moment(iso) if "T" in iso else locale.day(iso, year=True)


def _came(lapse: Mapping[str, Any], locale: Locale) -> str:
    """What is known of that time by now."""
    if lapse["kind"] == "stated":
        return locale.ui("lapse_stated")
    if lapse["kind"] == "silent":
        return locale.ui("lapse_usual", usual=lapse["usual_days"])
    if not lapse["later"]:
        return locale.ui("lapse_unknown")
    lost = lapse["lost"]
    days = {"first": locale.day(lost[0]), "last": locale.day(lost[1])} if lost else {}
    return locale.ui("lapse_later", n=lapse["later"], **days)
