"""Which sections each sort of report has, in their order, and how much of the long ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_FULL = (
    "advisories", "happened", "timeline", "events", "since", "asks", "voices", "places", "counting", "keywords", "sure",
    "method",
)  # fmt: skip


class Shape(NamedTuple):
    """What a report shows.

    Attributes:
        sections: in order; what is not named is not shown, but stays in numbers.json.
        headlines: claims of the first section.
        asks: requests that are listed.
        voices: places for each stance among the quotes, where there are comments enough.
        paper: what print leaves out: nothing (whole), the ledger (short), or what does not fit one page (page).
    """

    sections: tuple[str, ...]
    headlines: int = 7
    asks: int = 10
    voices: int = 4
    paper: Literal["whole", "short", "page"] = "whole"


_WEEK = ("advisories", "happened", "timeline", "events", "period", "asks", "voices", "places", "sure", "method")
_SPECIAL = (
    "advisories", "happened", "timeline", "events", "period", "asks", "voices", "places", "counting", "sure", "method",
)  # fmt: skip

SHAPES: Mapping[str, Shape] = {
    "full": Shape(_FULL),
    "daily": Shape(
        ("advisories", "happened", "timeline", "period", "asks", "voices", "sure", "method"), 5, 3, 1, "page"
    ),
    "weekly": Shape(_WEEK, 7, 5, 2, "short"),
    "special": Shape(_SPECIAL, paper="short"),
}
"""By preset. A day is one page; a week has what was asked for and where; a special one is full but for the words."""


def shape_of(numbers: Mapping[str, Any]) -> Shape:
    """How much this report shows."""
    return SHAPES[numbers["options"]["preset"]]


def sections_of(numbers: Mapping[str, Any]) -> list[str]:
    """The sections that have something to say, in order."""
    empty = {
        "advisories": not numbers["advisories"],
        "since": not numbers["since"],
        "period": not numbers["period"],
        "places": not numbers["totals"]["comments"],
        "counting": not any(rule["n"] for rule in numbers["counting"]),
        "keywords": not any(numbers["keywords"].values()),
    }
    return [name for name in shape_of(numbers).sections if not empty.get(name)]
