"""What the section of requests shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.charts.panels import draw_bar
from reports.counts_view import with_texts
from reports.judged import told
from reports.links import web_link
from reports.public import FEWEST_AUTHORS
from reports.sections import shape_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.wording import Locale, Piece


def asks_view(numbers: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """The requests, and the words that suggestions share."""
    asks, own = numbers["asks"], is_own(numbers)
    highest = max((ask["voices"] for ask in asks["listed"]), default=0)
    listed, first = [_ask(ask, highest, numbers, locale) for ask in asks["listed"]], shape_of(numbers).asks
    return {
        "asks": listed[:first],
        "more_asks": listed[first:],
        "asks_made": asks["comments"] > 0,
        "more_caption": _more_caption(asks["listed"][first:], asks["floor"], locale),
        "asks_lead": _lead(numbers, locale),
        "asks_caption": locale.ui("asks_caption_people" if _by_people(numbers) else "asks_caption"),
        "asks_fill": own,
        "asks_notes": _notes(numbers, locale),
        # Where people named themes, words that only point to subjects are no more needed.
        "shared_words": [] if asks["themes"] else _shared_words(numbers, locale),
    }


def is_own(numbers: Mapping[str, Any]) -> bool:
    """Whether the report is for those who answer the requests."""
    return bool(numbers["options"]["audience"] == "internal")


def _by_people(numbers: Mapping[str, Any]) -> bool:
    """Whether people said of every comment what it is, and no program put any under a theme."""
    return bool(numbers["asks"]["judged"] == numbers["totals"]["comments"] and not numbers["asks"]["themes"])


def _lead(numbers: Mapping[str, Any], locale: Locale) -> str:
    """What one request is, and why these are listed."""
    asks = numbers["asks"]
    themes = {"themes": len(asks["themes"])} if asks["themes"] else {}
    judged = told(asks["judged"], numbers["totals"]["comments"])
    parts = [
        locale.ui("asks_lead", **themes, **judged),
        locale.ui("asks_listed", shown=shape_of(numbers).asks, floor=asks["floor"]),
        locale.ui("asks_fill") if is_own(numbers) else locale.ui("asks_few_counted", fewest=FEWEST_AUTHORS),
    ]
    parts += [locale.ui("asks_themes_draft")] if themes else []
    return locale.ui("between").join(parts)


def _more_caption(more: Sequence[Mapping[str, Any]], floor: int, locale: Locale) -> str:
    """What the further requests have in common: enough authors, or an answer."""
    few = any(ask["voices"] < floor for ask in more)
    return locale.ui("asks_more_answered" if few else "asks_more", floor=floor)


def _notes(numbers: Mapping[str, Any], locale: Locale) -> list[str]:
    asks, notes = numbers["asks"], []
    others, floor = asks["others"], asks["floor"] if is_own(numbers) else max(asks["floor"], FEWEST_AUTHORS)
    if others["requests"]:
        slots = {"n": others["requests"], "comments": others["comments"], "floor": floor}
        notes.append(locale.ui("asks_others", **slots))
    if asks["unplaced"]:
        notes.append(locale.ui("asks_unplaced", n=asks["unplaced"]))
    return notes


def _shared_words(numbers: Mapping[str, Any], locale: Locale) -> list[dict[str, Any]]:
    highest = max((word["authors"] or 0 for word in numbers["shared_words"]), default=0)
    return [
        {
            **word,
            "url": web_link(word["url"]),
            "bar": draw_bar(word["authors"], highest, "suggestion") if word["authors"] else "",
            "authors": locale.number(word["authors"]) if word["authors"] else locale.ui("unknown"),
            "comments": with_texts(word["comments"], word["texts"], locale),
        }
        for word in numbers["shared_words"]
    ]


def _ask(ask: Mapping[str, Any], highest: int, numbers: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    return {
        **ask,
        "title": locale.name(ask["theme"]) if ask["theme"] else None,
        "url": web_link(ask["url"]),
        "others": [{**other, "url": web_link(other["url"])} for other in ask["others"]],
        "bar": draw_bar(ask["voices"], highest, "suggestion") if highest > 1 else "",
        "authors": locale.number(ask["authors"]) if ask["authors"] else locale.ui("unknown"),
        # What one person asks is level with all that others ask alone: that says nothing.
        "level": locale.ui("ask_level", n=ask["level"] - 1) if ask["level"] > 1 and ask["voices"] > 1 else "",
        "comments": with_texts(ask["comments"], ask["texts"], locale),
        "likes": locale.ui("unknown") if ask["likes"] is None else locale.number(ask["likes"]),
        "first": locale.day(ask["first"]) if ask["first"] else locale.ui("unknown"),
        "answer": _answer(ask, numbers, locale) if ask["response"] else None,
    }


def _answer(ask: Mapping[str, Any], numbers: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """The answer as it is shown: what was said when, and the claim on what came after."""
    response = ask["response"]
    state = locale.word("response_state", response["state"])
    text: Piece | None = locale.name(response["text"]) if any(response["text"].values()) else None
    query = f"ask={ask['key']}"
    claim = next((one for one in numbers["claims"] if (one["template"], one["query"]) == ("answered", query)), None)
    return {
        "state": response["state"],
        "standing": locale.ui("answer_of", state=state, day=locale.day(response["day"])) if response["day"] else state,
        "text": text,
        "claim": {"id": claim["id"], "pieces": locale.sentence(claim)} if claim else None,
    }
