"""What each part of the page shows: numbers.json brought into one language, still as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.audit_view import audit_view, audited_tile, beside, draft_flag, is_audited
from reports.charts.frame import audited_periods
from reports.charts.panels import draw_bar, draw_rule, draw_shape
from reports.charts.timeline import column_names, draw_timeline, no_share
from reports.corpus import DRAWN, MIN_SHARE_N
from reports.coverage_view import coverage_view
from reports.links import web_link
from reports.numbers import numbers_digest
from reports.places_view import places_view
from reports.voices import LONGEST, SHORTEST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.wording import Locale

_STANCES = tuple(stance.value for stance in DRAWN)
_VOICES = {"text": "n_texts", "author": "n_authors"}


def page_view(numbers: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """Every name the template uses."""
    return {
        **_head(numbers, locale),
        **_tiles(numbers, locale),
        "claims": [_claim(claim, locale) for claim in numbers["claims"]],
        "timeline": _timeline(numbers, locale),
        "events": [_event(event, locale) for event in numbers["events"]],
        "number_head": locale.word("column", "number"),
        **_asks(numbers, locale),
        "voices": [_voice(voice, locale) for voice in numbers["voices"]],
        "voices_rule": locale.ui("voices_rule", low=SHORTEST, high=LONGEST),
        **places_view(numbers, locale),
        **_counting(numbers, locale),
        "keywords": _keywords(numbers, locale),
        **_method(numbers, locale),
        **audit_view(numbers, locale),
    }


def _head(numbers: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    study, totals = numbers["study"], numbers["totals"]
    dates = (study["start"] or totals["first"], study["end"] or totals["last"])
    parts = (
        [locale.ui("range", first=locale.day(dates[0], year=True), last=locale.day(dates[1], year=True))]
        if all(dates)
        else []
    )
    owner = locale.name(study["owner"]).text
    sections = ["happened", "timeline", "asks", "voices", "places", "counting", "keywords", "sure", "method"]
    if not totals["comments"]:
        sections = [key for key in sections if key not in {"places", "counting"}]
    if not any(numbers["keywords"].values()):
        sections.remove("keywords")
    return {
        "title": locale.ui("title", name=locale.name(study["name"]).text or study["id"]),
        "statement": locale.name(study["statement"]),
        "when": " · ".join([*([owner] if owner else []), *parts, study["time_zone"]]),
        "sections": sections,
    }


def _tiles(numbers: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    totals, stances = numbers["totals"], numbers["stances"]
    tiles = []
    for stance in _STANCES:
        n, share = stances["counts"][stance], stances["shares"][stance]
        tile = {
            "stance": stance,
            "name": locale.word("stance", stance),
            "value": locale.number(n) if share is None else f"{share}%",
            "span": "",
            "bar": "" if share is None else draw_bar(n, stances["coded"], stance),
            "of": locale.ui("of_coded", n=n, coded=stances["coded"]),
            "counted": "",
            "three": _texts_authors(stances["three"][stance], locale) if n else "",
            "flag": locale.ui("no_share", floor=MIN_SHARE_N) if share is None else draft_flag(numbers, locale),
            "claim": "",
        }
        tiles.append(tile | (audited_tile(numbers, stance, locale) if is_audited(numbers) else {}))
    return {"tiles": tiles, "facts": _facts(numbers, locale), "count_words": _counted(totals["comments"], locale)}


def _texts_authors(three: Mapping[str, Any], locale: Locale) -> str:
    """The other two of the three counts, the authors where any is known."""
    return locale.ui("texts_authors", **{key: three[key] for key in ("texts", "authors") if three[key] is not None})


def _with_texts(comments: int, texts: int, locale: Locale) -> str:
    """Comments, and how many texts they are where that is fewer."""
    return locale.ui("comments_texts", comments=comments, texts=texts) if texts < comments else locale.number(comments)


def _counted(n: int, locale: Locale) -> str:
    return locale.ui("comments_one" if n == 1 else "comments")


def _facts(numbers: Mapping[str, Any], locale: Locale) -> list[str]:
    totals, coverage = numbers["totals"], numbers["coverage"]
    days = {"days": totals["days"]} if totals["days"] else {}
    lines = [
        locale.ui("texts", n=totals["texts"]),
        locale.ui("authors", n=totals["authors"]) if totals["authors"] else locale.ui("no_authors"),
        locale.ui("places_days", places=totals["places"], **days),
    ]
    if totals["copied"]:
        lines.append(locale.ui("set_aside", n=totals["copied"]))
    if coverage["declared"] is not None:
        lines.append(locale.ui("declared", collected=coverage["collected_of_declared"], declared=coverage["declared"]))
    return lines if totals["comments"] else lines[3:]


def _claim(claim: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    return {
        **claim,
        "pieces": locale.sentence(claim),
        "standing": locale.word("badge", claim["badge"]),
        "measures": locale.word("estimand", claim["estimand"]),
    }


def _timeline(numbers: Mapping[str, Any], locale: Locale) -> dict[str, Any] | None:
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


def _event(event: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
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


def _asks(numbers: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    asks = numbers["asks"]
    highest = max((ask["voices"] for ask in asks["listed"]), default=0)
    others = asks["others"]
    return {
        "asks": [_ask(ask, highest, locale) for ask in asks["listed"]],
        "asks_others": locale.ui("asks_others", n=others["requests"], comments=others["comments"])
        if others["requests"]
        else "",
        "shared_words": _shared_words(numbers, locale),
    }


def _shared_words(numbers: Mapping[str, Any], locale: Locale) -> list[dict[str, Any]]:
    highest = max((word["authors"] for word in numbers["shared_words"]), default=0)
    return [
        {
            **word,
            "url": web_link(word["url"]),
            "bar": draw_bar(word["authors"], highest, "suggestion"),
            "authors": locale.number(word["authors"]),
            "comments": _with_texts(word["comments"], word["texts"], locale),
        }
        for word in numbers["shared_words"]
    ]


def _ask(ask: Mapping[str, Any], highest: int, locale: Locale) -> dict[str, Any]:
    return {
        **ask,
        "url": web_link(ask["url"]),
        "other": {**ask["other"], "url": web_link(ask["other"]["url"])} if ask["other"] else None,
        "bar": draw_bar(ask["voices"], highest, "suggestion") if highest > 1 else "",
        "authors": locale.number(ask["authors"]) if ask["authors"] else locale.ui("unknown"),
        "comments": _with_texts(ask["comments"], ask["texts"], locale),
        "likes": locale.ui("unknown") if ask["likes"] is None else locale.number(ask["likes"]),
        "first": locale.day(ask["first"]) if ask["first"] else locale.ui("unknown"),
    }


def _voice(voice: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    parts = [locale.place(voice["place"])]
    if voice["day"]:
        parts.append(locale.day(voice["day"]))
    if voice["likes"] is not None:
        parts.append(locale.ui("likes", n=voice["likes"]))
    if voice["similar"]:
        parts.append(locale.ui("similar", n=voice["similar"]))
    return {
        **voice,
        "url": web_link(voice["url"]),
        "name": locale.word("stance", voice["stance"]),
        "why": locale.ui(f"rule_{voice['rule']}"),
        "parts": parts,
    }


def _counting(numbers: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    return {
        "stance_names": [locale.word("stance", key) for key in _STANCES],
        "rules": [_rule(rule, locale) for rule in numbers["counting"]],
    }


def _rule(rule: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    possible = rule["n"] is not None
    n = locale.ui("not_possible") if not possible else locale.number(rule["n"])
    few = locale.ui("below_floor", floor=MIN_SHARE_N)
    counts = rule["counts"] or {}
    cells = [
        f"{rule['shares'][key]}%" if rule["shares"] else locale.number(counts[key]) if key in counts else "–"
        for key in _STANCES
    ]
    return {
        "name": locale.word("rule", rule["rule"]),
        "own": rule["rule"] == "apart",
        "drawing": draw_rule(rule, locale) if rule["shares"] else few if possible else "–",
        "cells": cells,
        "n": locale.ui(_VOICES[rule["rule"]], n=rule["n"]) if possible and rule["rule"] in _VOICES else n,
    }


def _keywords(numbers: Mapping[str, Any], locale: Locale) -> list[dict[str, Any]]:
    found = numbers["keywords"]
    if not any(found.values()):
        return []
    return [
        {
            "stance": key,
            "name": locale.word("stance", key),
            "words": [(word["word"], _held(word, locale)) for word in found[key]],
        }
        for key in _STANCES
    ]


def _held(word: Mapping[str, Any], locale: Locale) -> str:
    """The different texts that hold a word, and their authors where any is known."""
    counts = (word.get("texts", word["n"]), word.get("authors"))
    return " · ".join(locale.number(count) for count in counts if count is not None)


def _method(numbers: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    made, study = numbers["provenance"], numbers["study"]
    versions = " · ".join(f"{name} {version}" for name, version in made["versions"].items())
    rows = [
        (locale.ui("made_with"), " · ".join(part for part in (made["coder"], versions) if part)),
        (locale.ui("run"), made["run"]),
        (locale.ui("data_digest"), made["data_digest"]),
        (locale.ui("numbers_digest"), numbers_digest(dict(numbers))),
    ]
    return {
        "sure_draft": locale.ui(
            "sure_codes" if is_audited(numbers) else "sure_draft", coder=made["coder"], codebook=made["codebook"]
        ),
        "sure_known": _known(numbers, locale),
        "coverage": coverage_view(numbers["coverage"], locale, (numbers["totals"]["first"] or "")[:4]),
        "method_note": locale.ui("method_note", zone=study["time_zone"]),
        "provenance": [(head, value) for head, value in rows if value],
    }


def _known(numbers: Mapping[str, Any], locale: Locale) -> list[str]:
    """How far the coder agrees with people: on this study's labels, or else what is known from elsewhere."""
    audit, elsewhere = numbers["audit"], _agreement(numbers["provenance"]["known"], locale)
    if is_audited(numbers):
        agreed = audit["coder"] and {"hits": locale.number(audit["coder"]["agreed"]), "n": audit["labels"]}
        return [locale.ui("sure_agreed", **agreed)] if agreed else []
    if audit and audit["labels"]:
        return [*elsewhere[:-1], locale.ui("sure_begun")]
    return elsewhere or [locale.ui("sure_unknown")]


def _agreement(known: Mapping[str, Mapping[str, float]], locale: Locale) -> list[str]:
    """How far the coder agrees with a person, one sentence a language, and what that does not tell."""
    own = any("folds" in figures for figures in known.values())  # cross-validated on labels of this very study
    said = [
        locale.ui(
            "sure_adapted" if own else "sure_known",
            of=locale.word("language", language) if language in locale.catalogue["language"] else language,
            hits=round(100 * figures["agreement"]),
            n=int(figures["n"]),
        )
        for language, figures in known.items()
    ]
    return [*said, locale.ui("sure_own_labels" if own else "sure_no_sample")] if said else []
