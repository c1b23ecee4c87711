"""Where the labels of events stand so that none covers another, each with a line that leads down to its day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

RADIUS = 9.5
LABELLED = 15
"""Events whose labels always have room; where there are more, the widest rows decide."""
_GAP = 6.0
_TEXT_AT = 14.0
_EDGE = RADIUS + _GAP / 2
_APART = 2 * RADIUS + 2
_ROWS_AT_EASE, _ROWS_OF_CROWD = 3, 10
_PER_CROSSING, _MOVED, _PER_PIXEL = 2.0, 1.5, 0.008  # what crossed labels and moved markers cost, in rows


@dataclass(frozen=True)
class Place:
    """Where one marker and its label stand.

    Attributes:
        x: where on the axis the event is.
        at: centre of the marker; a line leads from it to x.
        row: 0 is the top row.
        side: on which side the label stands; None where only the number fits.
        left, right: what marker and label take up in their row.
    """

    x: float
    at: float
    row: int
    side: Literal["right", "left"] | None
    left: float
    right: float

    @property
    def text_x(self) -> float:
        """Where the label's text starts (side right) or ends (side left)."""
        return self.at - _TEXT_AT if self.side == "left" else self.at + _TEXT_AT

    def holds(self, x: float) -> bool:
        """Whether a line straight down at x would cross this place."""
        return self.left < x < self.right


def place_labels(xs: Sequence[float], widths: Sequence[float], left: float, right: float) -> list[Place]:
    """Places for events at `xs` (ascending) with labels of these widths, within left and right.

    Markers keep the order of their events, so no two leading lines cross. They stand at their x where that takes few
    rows, and are moved apart as far as it takes otherwise. No two places overlap, whatever is handed in. A label wider
    than half the room may find none; its events then carry their numbers only, and so does a crowd of more than
    LABELLED events.
    """
    best: list[Place] | None = None
    for apart in _distances(len(xs), right - left) if len(xs) <= 2 * LABELLED else ():
        at = spread(xs, apart, left + _EDGE, right - _EDGE)
        tried = [_filled(split, xs, at, widths, (left, right)) for split in _splits(len(xs))]
        best = min((places for places in (best, *tried) if places), key=_cost, default=None)
        if best and _cost(best) <= _ROWS_AT_EASE + 1:
            break
    if best is None or (len(xs) > LABELLED and _rows(best) > _ROWS_OF_CROWD):
        return place_markers(xs, left, right)
    return best


def place_markers(xs: Sequence[float], left: float, right: float) -> list[Place]:
    """Places for markers that carry their number only, in as few rows as it takes."""
    at = spread(xs, min(_APART, (right - left - 2 * _EDGE) / max(len(xs) - 1, 1)), left + _EDGE, right - _EDGE)
    placed: list[Place] = []
    for x, middle in zip(xs, at, strict=True):
        row = 0
        while not _free(place := _bare(x, middle, row), placed):
            row += 1
        placed.append(place)
    return placed


def spread(xs: Sequence[float], apart: float, low: float, high: float) -> list[float]:
    """The nearest places to `xs` (least squares), in their order, at least `apart` from each other, within bounds.

    Pool adjacent violators (Barlow et al. 1972) on x minus the room that its predecessors need.
    """
    pools: list[tuple[float, int]] = []
    for i, x in enumerate(xs):
        pools.append((x - i * apart, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (b, m), (a, n) = pools.pop(), pools.pop()
            pools.append(((a * n + b * m) / (n + m), n + m))
    flat = [mean for mean, n in pools for _ in range(n)]
    top = max(high - (len(xs) - 1) * apart, low)
    return [min(max(value, low), top) + i * apart for i, value in enumerate(flat)]


def _distances(n: int, room: float) -> Iterator[float]:
    """Distances between markers that are tried, from none to an even spread over all the room."""
    widest = (room - 2 * _EDGE) / max(n - 1, 1)
    yield min(_APART, widest)
    for part in (0.3, 0.45, 0.6, 0.8, 1.0):
        if widest * part > _APART:
            yield widest * part


def _splits(n: int) -> list[int]:
    """How many labels stand left of their markers: none, all, or about a part of them."""
    return sorted({0, n // 4, n // 3, n // 2, 2 * n // 3, 3 * n // 4, n})


def _outward(split: int, n: int) -> list[int]:
    """Numbers from the split to both ends: whoever stands further out goes lower, so that its line crosses nobody."""
    pairs = ((split - 1 - step, split + step) for step in range(n))
    return [i for pair in pairs for i in pair if 0 <= i < n]


def _filled(
    split: int, xs: Sequence[float], at: Sequence[float], widths: Sequence[float], bounds: tuple[float, float]
) -> list[Place] | None:
    """Each label in the cheapest row that is left, those before the split rather to the left of their markers."""
    placed: dict[int, Place] = {}
    for i in _outward(split, len(xs)):
        others = list(placed.values())
        candidates = [
            (
                row + _PER_CROSSING * _crossings(place, others) + 0.5 * ((place.side == "left") != (i < split)),
                nth,
                place,
            )
            for row in range(max((other.row for other in others), default=-1) + 2)
            for nth, place in enumerate(_both_sides(xs[i], at[i], row, widths[i]))
            if place.left >= bounds[0] and place.right <= bounds[1] and _free(place, others)
        ]
        if not candidates:
            return None
        placed[i] = min(candidates, key=lambda found: found[:2])[2]
    return [placed[i] for i in range(len(xs))]


def _both_sides(x: float, at: float, row: int, width: float) -> tuple[Place, Place]:
    room = _TEXT_AT + width + _GAP
    return Place(x, at, row, "right", at - _EDGE, at + room), Place(x, at, row, "left", at - room, at + _EDGE)


def _bare(x: float, at: float, row: int) -> Place:
    return Place(x, at, row, None, at - RADIUS - 0.5, at + RADIUS + 0.5)


def _crossings(place: Place, others: Sequence[Place]) -> int:
    """How many labels the line down from this marker crosses, and how many lines would cross this label."""
    return sum(
        other.holds(place.at) if other.row > place.row else place.holds(other.at) and other.row < place.row
        for other in others
    )


def _free(place: Place, placed: Sequence[Place]) -> bool:
    return all(other.row != place.row or other.right <= place.left or other.left >= place.right for other in placed)


def trouble(places: Sequence[Place]) -> float:
    """How untidy places are, in rows: labels crossed by lines, and markers far from their events."""
    if not places:
        return 0.0
    crossed = sum(_crossings(place, places[:i]) for i, place in enumerate(places))
    moved = sum(abs(place.at - place.x) for place in places) / len(places)
    return _PER_CROSSING * crossed + (_MOVED if moved > 1 else 0) + _PER_PIXEL * moved


def _rows(places: Sequence[Place]) -> int:
    return max(place.row for place in places) + 1


def _cost(places: Sequence[Place]) -> float:
    return max(_rows(places), _ROWS_AT_EASE) + trouble(places)
