"""Where the labels of events stand so that none covers another, each with a line that leads down to its day."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

RADIUS = 9.5
LABELLED = 15
"""Events whose labels always have room; where there are more, markers carry their numbers only."""
_GAP = 6.0
_TEXT_AT = 14.0
_EDGE = RADIUS + _GAP / 2
_APART, _BESIDE = 2 * RADIUS + 2, 2 * _EDGE  # bare markers, and markers with labels
_MOVED, _PER_PIXEL = 1.0, 0.006  # what moved markers cost, in rows
_BEAM = 4


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

    No two places overlap and no leading line runs through a label, whatever is handed in. Markers keep the order of
    their events; they stand at their x where that takes few rows, and are moved apart otherwise. A label wider than
    half the room may find none; its events then carry their numbers only, and so does a crowd of more than LABELLED.
    """
    best: list[Place] | None = None
    labels = [_Label(x, width) for x, width in zip(xs, widths, strict=True)]
    for rows in range(fewest_rows(widths, right - left), len(xs) + 1) if len(xs) <= LABELLED else ():
        if best and rows > _rows(best) + trouble(best):
            break  # more rows cost more than all that could be put right
        best = min((one for one in (best, _tents(labels, rows, (left, right))) if one), key=_cost, default=None)
    return best or place_markers(xs, left, right)


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


def fewest_rows(widths: Sequence[float], room: float) -> int:
    """How many rows labels of these widths take if they stand without any room between them."""
    return max(ceil(sum(_TEXT_AT + width + _GAP for width in widths) / room), 1)


class _Label(NamedTuple):
    x: float
    width: float

    @property
    def room(self) -> float:
        """From the marker's middle to the end of the label and a gap."""
        return _TEXT_AT + self.width + _GAP


class _Tent(NamedTuple):
    """Events in a row: labels of the first `split` stand left of their markers, the others right of them.

    Whoever stands further out stands lower, so that no line that leads down meets a label.
    """

    first: int
    split: int
    end: int

    def at_left(self, i: int) -> bool:
        """On which side of its marker a label stands."""
        return i < self.first + self.split

    def row(self, i: int) -> int:
        """0 for the innermost."""
        middle = self.first + self.split
        return middle - 1 - i if i < middle else i - middle


class _Try(NamedTuple):
    """Tents that hold the first events: what they cost, where they end, and where the markers stand."""

    cost: float
    edge: float
    at: tuple[float, ...]
    tents: tuple[_Tent, ...]


def _tents(labels: Sequence[_Label], rows: int, bounds: tuple[float, float]) -> list[Place] | None:
    """The cheapest row of tents no higher than `rows`: a beam search from the first event on, then pushed back in."""
    open_: list[list[_Try]] = [[] for _ in range(len(labels) + 1)]
    open_[0] = [_Try(0.0, bounds[0], (), ())]
    beam = _BEAM if len(labels) <= LABELLED // 2 else _BEAM // 2
    for begin in range(len(labels)):
        for end in range(begin + 1, min(begin + 2 * rows, len(labels)) + 1):
            size = end - begin
            splits = {max(size - rows, 0), size // 2, min(size, rows)}
            tents = [_Tent(begin, split, end) for split in sorted(splits)]
            open_[end] += [_pitched(labels, tent, before) for tent in tents for before in open_[begin]]
        for end in range(begin + 1, len(labels) + 1):
            found = open_[end]
            if len(found) > 2 * beam:
                open_[end] = list(dict.fromkeys([*sorted(found)[:beam], *sorted(found, key=_edge)[:beam]]))
    inside = [_pushed_in(labels, one, bounds) for one in open_[-1]]
    return min((places for places in inside if places), key=_cost, default=None)


def _edge(one: _Try) -> float:
    return one.edge


def _pitched(labels: Sequence[_Label], tent: _Tent, before: _Try) -> _Try:
    """The tent set up behind those that stand, its markers as near to their events as that leaves."""
    at, edge = list(before.at), before.edge
    for i in range(tent.first, tent.end):
        label = labels[i]
        at.append(max(label.x, before.edge + (label.room if tent.at_left(i) else _EDGE), at[-1] + _BESIDE if at else 0))
        edge = max(edge, at[i] + (_EDGE if tent.at_left(i) else label.room))
    moved = sum(at[i] - labels[i].x for i in range(tent.first, tent.end))
    return _Try(before.cost + moved, edge, tuple(at), (*before.tents, tent))


def _pushed_in(labels: Sequence[_Label], found: _Try, bounds: tuple[float, float]) -> list[Place] | None:
    """The same tents, moved left as far as the right bound makes them; None where they are too wide together."""
    latest, wall = [0.0] * len(labels), bounds[1]
    for tent in reversed(found.tents):
        edge = wall
        for i in range(tent.end - 1, tent.first - 1, -1):
            after = latest[i + 1] - _BESIDE if i + 1 < len(labels) else wall
            latest[i] = min(edge - (_EDGE if tent.at_left(i) else labels[i].room), after)
            wall = min(wall, latest[i] - (labels[i].room if tent.at_left(i) else _EDGE))
    if wall < bounds[0]:
        return None
    at, edge = list[float](), bounds[0]
    for tent in found.tents:
        inner = edge
        for i in range(tent.first, tent.end):
            least = max(inner + (labels[i].room if tent.at_left(i) else _EDGE), at[-1] + _BESIDE if at else 0)
            at.append(max(least, min(labels[i].x, latest[i])))
            edge = max(edge, at[i] + (_EDGE if tent.at_left(i) else labels[i].room))
    return [_placed(labels[i], at[i], tent, i) for tent in found.tents for i in range(tent.first, tent.end)]


def _placed(label: _Label, at: float, tent: _Tent, i: int) -> Place:
    if tent.at_left(i):
        return Place(label.x, at, tent.row(i), "left", at - label.room, at + _EDGE)
    return Place(label.x, at, tent.row(i), "right", at - _EDGE, at + label.room)


def _bare(x: float, at: float, row: int) -> Place:
    return Place(x, at, row, None, at - RADIUS - 0.5, at + RADIUS + 0.5)


def _free(place: Place, placed: Sequence[Place]) -> bool:
    return all(other.row != place.row or other.right <= place.left or other.left >= place.right for other in placed)


def trouble(places: Sequence[Place]) -> float:
    """How untidy places are, in rows: markers away from their events."""
    if not places:
        return 0.0
    moved = sum(abs(place.at - place.x) for place in places) / len(places)
    return (_MOVED if moved > 1 else 0) + _PER_PIXEL * moved


def _rows(places: Sequence[Place]) -> int:
    return max(place.row for place in places) + 1


def _cost(places: Sequence[Place]) -> float:
    return _rows(places) + trouble(places)
