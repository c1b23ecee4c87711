"""The quotes of a public edition, as one language prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.public import QUOTING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.wording import Locale


def told(numbers: Mapping[str, Any], locale: Locale) -> Mapping[str, Any]:
    """The numbers with each paraphrase in this language where a quote stood, and a word where one was left out.

    Those of an internal edition stay as they are.
    """
    if numbers["options"]["audience"] != "public":
        return numbers
    return dict(numbers) | {name: _told(numbers[name], locale) for name in QUOTING}


def _told(part: Any, locale: Locale) -> Any:  # noqa: ANN401  a part of numbers.json
    if isinstance(part, list):
        return [_told(one, locale) for one in part]
    if not isinstance(part, dict):
        return part
    new = {name: _told(value, locale) for name, value in part.items()}
    if {"id", "text", "paraphrase"} <= part.keys() and not part["id"]:
        new |= _words(part, locale)
    return new


def _words(quote: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    if quote["paraphrase"]:
        said = locale.name(quote["paraphrase"])
        return {"text": locale.ui("in_our_words", said=said.text), "lang": said.lang}
    return {} if quote["text"] else {"text": locale.ui("not_quoted"), "lang": None}
