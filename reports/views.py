"""What each part of the page shows: numbers.json brought into one language, still as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.asks_view import asks_view
from reports.audit_view import audit_view, audited_tile, draft_flag, is_audited, is_census, people_tile
from reports.changes_view import changes_view
from reports.charts.panels import draw_bar
from reports.corpus import DRAWN, MIN_SHARE_N
from reports.counting_view import counting_view
from reports.counts_view import counted, texts_authors
from reports.coverage_view import coverage_view
from reports.ledger_view import ledger_view, share_claim
from reports.numbers import numbers_digest
from reports.places_view import places_view
from reports.public_view import told
from reports.sections import sections_of, shape_of
from reports.since_view import since_view
from reports.tested_view import after_is_not_because
from reports.timeline_view import event_view, timeline_view
from reports.voices_view import voices_view

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.wording import Locale

_STANCES = tuple(stance.value for stance in DRAWN)


def page_view(numbers: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """Every name the template uses."""
    return {
        **_head(numbers, locale),
        **_tiles(numbers, locale),
        "timeline": timeline_view(numbers, locale),
        "events": [event_view(event, locale) for event in numbers["events"]],
        **changes_view(numbers, locale),
        "number_head": locale.word("column", "number"),
        **asks_view(told(numbers, locale), locale),
        **voices_view(told(numbers, locale), locale),
        **since_view(numbers, locale),
        **places_view(numbers, locale),
        **counting_view(numbers, locale),
        "keywords": _keywords(numbers, locale),
        **_method(numbers, locale),
        **audit_view(numbers, locale),
        **ledger_view(numbers, locale),
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
    sections, paper = sections_of(numbers), shape_of(numbers).paper
    return {
        "paper": paper,
        "paper_note": "" if paper == "whole" else locale.ui(f"paper_{paper}", n=len(numbers["claims"])),
        "title": locale.ui("title", name=locale.name(study["name"]).text or study["id"]),
        "statement": locale.name(study["statement"]),
        "when": " · ".join([*([owner] if owner else []), *parts, study["time_zone"]]),
        "sections": sections,
        "nav_keys": [key for key in sections if key != "advisories" and (key != "events" or numbers["events"])],
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
            "three": texts_authors(stances["three"][stance], locale) if n else "",
            "flag": locale.ui("no_share", floor=MIN_SHARE_N) if share is None else draft_flag(numbers, locale),
            "claim": share_claim(numbers, stance),
        }
        tiles.append(tile | _by_people(numbers, stance, locale))
    return {"tiles": tiles, "facts": _facts(numbers, locale), "count_words": counted(totals["comments"], locale)}


def _by_people(numbers: Mapping[str, Any], stance: str, locale: Locale) -> dict[str, Any]:
    """What a tile says instead where it rests on people's labels."""
    if is_census(numbers):
        return people_tile(numbers, stance, locale)
    return audited_tile(numbers, stance, locale) if is_audited(numbers) else {}


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
            "sure_codes_census" if is_census(numbers) else "sure_codes" if is_audited(numbers) else "sure_draft",
            coder=made["coder"],
            codebook=made["codebook"],
        ),
        "sure_known": _known(numbers, locale),
        "sure_after": after_is_not_because(numbers, locale),
        "coverage": coverage_view(numbers["coverage"], locale, (numbers["totals"]["first"] or "")[:4]),
        "method_note": locale.ui("method_note", zone=study["time_zone"]),
        "provenance": [(head, value) for head, value in rows if value],
    }


def _known(numbers: Mapping[str, Any], locale: Locale) -> list[str]:
    """How far the coder agrees with people: on this study's labels, or else what is known from elsewhere."""
    audit, elsewhere = numbers["audit"], _agreement(numbers["provenance"]["known"], locale)
    if is_audited(numbers) or is_census(numbers):
        return []  # the ledger says it
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
