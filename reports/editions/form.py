"""The forms a reader fills in and `minyi respond` reads back: our responses to requests, and paraphrases of quotes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.asks import PARAPHRASE_COLUMNS, RESPONSE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reports.wording import Locale


def response_form(numbers: Mapping[str, Any], locale: Locale) -> tuple[list[str], list[list[str]]]:
    """Headings and one row a listed request; what was answered already stands in it."""
    heads = [locale.word("response_columns", key) for key in RESPONSE_COLUMNS]
    rows = []
    for ask in numbers["asks"]["listed"]:
        answer = ask["response"] or {"text": {}, "state": "", "day": ""}
        row = {
            "key": ask["key"],
            "request": locale.name(ask["theme"]).text if ask["theme"] else ask["text"],
            "authors": "" if ask["authors"] is None else str(ask["authors"]),
            "response_zh": answer["text"].get("zh", ""),
            "response_en": answer["text"].get("en", ""),
            "state": answer["state"],
            "day": answer["day"] or "",
        }
        rows.append([row[key] for key in RESPONSE_COLUMNS])
    return heads, rows


def paraphrase_form(numbers: Mapping[str, Any], locale: Locale) -> tuple[list[str], list[list[str]]]:
    """Headings and one row a quote."""
    heads = [locale.word("response_columns", key) for key in PARAPHRASE_COLUMNS]
    rows = []
    for quote in every_quote(numbers):
        said = quote.get("paraphrase") or {}
        row = {
            "id": quote["id"] or "",
            "quote": quote["text"],
            "paraphrase_zh": said.get("zh", ""),
            "paraphrase_en": said.get("en", ""),
        }
        rows.append([row[key] for key in PARAPHRASE_COLUMNS])
    return heads, rows


def every_quote(numbers: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Each comment quoted among the voices and the requests, once."""
    found = [*quotes_in(numbers["voices"]), *quotes_in(numbers["asks"]["listed"])]
    return list({quote["id"] or f"\n{at}": quote for at, quote in reversed(list(enumerate(found)))}.values())[::-1]


def quotes_in(part: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401  a part of numbers.json
    """The quotes anywhere in a part of numbers.json, in its order."""
    if isinstance(part, dict):
        if {"id", "text"} <= part.keys() and isinstance(part["text"], str):
            yield part
        for inside in part.values():
            yield from quotes_in(inside)
    elif isinstance(part, list):
        for inside in part:
            yield from quotes_in(inside)
