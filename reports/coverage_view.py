"""The part of the page that says what was collected and what was not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.wording import Locale

_CSS = {
    "col_state": "l state",
    "col_rejected": "l",
    "col_good": "l",
    "col_problem": "l",
    "col_declared": "nw",
    "col_span": "nw",
}


def coverage_view(coverage: Mapping[str, Any], locale: Locale, year: str = "") -> dict[str, Any] | None:
    """The table of sources, the articles with the largest shortfall, and when sources gave nothing.

    Args:
        coverage: the part of numbers.json.
        locale: the language.
        year: the year a date without one falls into; empty where there is none.
    """
    if not coverage["sources"] and not coverage["lapses"]:
        return None
    rows = [(source, _cells(source, locale, year)) for source in coverage["sources"]]
    optional = {
        "col_duplicates": coverage["duplicates"],
        "col_problem": any(source["error"] for source in coverage["sources"]),
    }
    shown = [key for key in rows[0][1] if optional.get(key, True)] if rows else []
    return {
        "head": [(locale.ui(key), _CSS.get(key, "")) for key in shown],
        "rows": [
            {"name": locale.place(source["name"]), "kind": source["kind"], "cells": [cells[key] for key in shown]}
            for source, cells in rows
        ],
        "articles": [
            _article(source, article, locale) for source in coverage["sources"] for article in source["shortfalls"]
        ],
        "articles_note": _others(coverage, locale),
        "lapses": [_lapse(group, locale) for group in _alike(coverage["lapses"])],
        "lapses_note": locale.ui("lapses_others", n=more) if (more := coverage.get("lapses_more", 0)) else "",
        "silent": any(lapse["kind"] == "silent" for lapse in coverage["lapses"]),
    }


def _cells(source: Mapping[str, Any], locale: Locale, year: str) -> dict[str, str]:
    span, days = "", {end: source[end] for end in ("first", "last")}
    if all(days.values()):
        with_year = locale.with_year or {day[:4] for day in days.values()} != {year}
        span = locale.ui("range", **{end: locale.day(day, style="short", year=with_year) for end, day in days.items()})
    return {
        "col_state": _state(source, locale),
        "col_declared": _declared(source, locale),
        "col_collected": locale.number(source["collected"]),
        "col_duplicates": locale.number(source["duplicates"]),
        "col_rejected": "; ".join(f"{locale.number(n)} {locale.reason(reason)}" for reason, n in source["rejected"])
        or "0",
        "col_span": span or locale.ui("unknown"),
        "col_good": locale.moment(source["last_good"]) if source["last_good"] else "–",
        "col_problem": locale.reason(source["error"]) or "–",
    }


def _state(source: Mapping[str, Any], locale: Locale) -> str:
    if not source["state"]:
        return "–"
    words = locale.word("state", source["state"].replace(" ", "_"))
    if source["since"]:
        words = locale.ui("state_since", state=words, at=locale.moment(source["since"]))
    if source["not_had"]:
        words = locale.ui("state_not_had", state=words, n=source["not_had"])
    return locale.ui("state_waiting", state=words, n=source["waiting"]) if source["waiting"] else words


def _declared(source: Mapping[str, Any], locale: Locale) -> str:
    if source["declared"] is None:
        return locale.ui("unknown")
    if not source["gives_comments"]:
        return locale.ui("of_declared_none", declared=source["declared"])
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


def _alike(lapses: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """The same reason over the same time for several sources stands together."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for lapse in lapses:
        found.setdefault(repr({**lapse, "source": None, "what": ""}), []).append(lapse)
    return list(found.values())


def _lapse(group: Sequence[Mapping[str, Any]], locale: Locale) -> dict[str, Any]:
    lapse = group[0]
    names = [locale.place(one["source"]) if one["source"] else locale.ui("all_sources") for one in group]
    reason, kind = locale.name(lapse["reason"]), lapse["kind"].replace(" ", "_")
    return {
        "source": locale.ui("and").join(names),
        "start": _at(lapse["start"], locale),
        "end": _at(lapse["end"], locale) if lapse["end"] else locale.ui(f"lasting_{kind}"),
        "lasts": not lapse["end"],
        "kind": locale.word("lapse", kind),
        "reason": reason if reason.text else None,
        "what": lapse["what"] if len({one["what"] for one in group}) == 1 else "",
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
