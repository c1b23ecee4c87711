"""What the section of requests shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.charts.panels import draw_bar
from reports.counts_view import with_texts
from reports.links import web_link

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.wording import Locale


def asks_view(numbers: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """The requests, and the words that suggestions share."""
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
            "comments": with_texts(word["comments"], word["texts"], locale),
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
        "comments": with_texts(ask["comments"], ask["texts"], locale),
        "likes": locale.ui("unknown") if ask["likes"] is None else locale.number(ask["likes"]),
        "first": locale.day(ask["first"]) if ask["first"] else locale.ui("unknown"),
    }
