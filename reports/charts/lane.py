"""Where the labels of events stand so that none covers another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

RADIUS = 9.5
_GAP = 4.0
_TEXT_AT = 14.0
_STAIRS = 3
LABEL_ROWS = 6
"""Rows that may carry words; markers below them carry their number only, and the table says the rest."""


@dataclass(frozen=True)
class Place:
    """Where one marker and its label stand.

    Attributes:
        x: centre of the marker.
        row: 0 is the top row.
        side: on which side the label stands; None where only the number fits.
        left, right: what marker and label take up in their row.
    """

    x: float
    row: int
    side: Literal["right", "left"] | None
    left: float
    right: float

    @property
    def text_x(self) -> float:
        """Where the label's text starts (side right) or ends (side left)."""
        return self.x - _TEXT_AT if self.side == "left" else self.x + _TEXT_AT


def place_labels(
    xs: Sequence[float], widths: Sequence[float], left: float, right: float, *, rows: int = LABEL_ROWS
) -> list[Place]:
    """Places for markers at `xs` (ascending) with labels of these widths, within left and right.

    A marker first tries the rows below every label that covers its x, so that its dashed rule crosses no words, as long
    as that takes few rows; then any row. No two places in a row overlap, whatever is handed in.
    """
    placed: list[Place] = []
    for x, width in zip(xs, widths, strict=True):
        covered = [place.row for place in placed if place.left < x < place.right]
        below = max(covered) + 1 if covered else 0
        order = [*range(below, min(_STAIRS, rows)), *range(rows)]
        placed.append(_labelled(x, width, order, placed, (left, right)) or _bare(x, placed, rows))
    return placed


def _labelled(
    x: float, width: float, order: Sequence[int], placed: list[Place], bounds: tuple[float, float]
) -> Place | None:
    room = _TEXT_AT + width + _GAP
    for row in order:
        for place in (
            Place(x, row, "right", x - RADIUS - _GAP, x + room),
            Place(x, row, "left", x - room, x + RADIUS + _GAP),
        ):
            if place.left >= bounds[0] and place.right <= bounds[1] and _free(place, placed):
                return place
    return None


def _bare(x: float, placed: list[Place], rows: int) -> Place:
    row = 0 if rows == 0 else rows - 1
    while True:
        place = Place(x, row, None, x - RADIUS - _GAP / 2, x + RADIUS + _GAP / 2)
        if _free(place, placed):
            return place
        row += 1


def _free(place: Place, placed: list[Place]) -> bool:
    return all(other.row != place.row or other.right <= place.left or other.left >= place.right for other in placed)
