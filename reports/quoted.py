"""The ids of every comment that a report quotes, so that each quote can be found in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reports.inputs import Options

WHERE = ("voices", "asks", "shared_words")
"""The parts of numbers.json that quote."""


def build_quoted(facts: Mapping[str, Any], options: Options) -> list[dict[str, Any]]:
    """Each quoted comment once a part, in printing order: its id, and where it is quoted.

    A public report names no comment, so its list is empty.
    """
    if options.audience == "public":
        return []
    found = [(name, where) for where in WHERE for name in _ids(facts[where])]
    return [{"id": name, "where": where} for name, where in dict.fromkeys(found)]


def _ids(part: Any) -> Iterator[str]:  # noqa: ANN401  whatever a part of numbers.json holds
    """The ids that stand beside a text, however deep."""
    if isinstance(part, list):
        for one in part:
            yield from _ids(one)
    elif isinstance(part, dict):
        if isinstance(part.get("id"), str) and isinstance(part.get("text"), str):
            yield part["id"]
        for one in part.values():
            if isinstance(one, (dict, list)):
                yield from _ids(one)
