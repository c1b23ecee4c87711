"""How much of one answer is read: what no service gives at once is left out, and said."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from storage.nouns import Reject

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_IN_A_THREAD = 20_000
"""Comments of one answer, where services give threads whole; the longest known have some five thousand."""

Item = TypeVar("Item")


def first_of(items: Sequence[Item], most: int) -> tuple[list[Item], tuple[str, ...]]:
    """The first items of a list, and where it holds more than `most` the sentence that says so."""
    left = len(items) - most
    said = f"The answer holds {len(items)} items, more than the service gives at once; the last {left} were left out."
    return [*items[:most]], (said,) if left > 0 else ()


def left_out(where: str, count: int) -> tuple[Reject, ...]:
    """The one reject that stands for this many items beyond the bound; none for none."""
    return (Reject(where, f"{count} more than the service gives at once"),) if count > 0 else ()
