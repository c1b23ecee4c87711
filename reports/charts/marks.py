"""Marks on days: more comments than usual days let one expect, and turns of a stance without a known event."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from reports.charts.palette import BLACK, INK
from reports.charts.scale import text_width
from reports.corpus import DAY_MS, DRAWN, day_number

if TYPE_CHECKING:
    from reports.charts.frame import Frame
    from reports.charts.svg import Drawing

Box = tuple[float, float, float, float]
"""Left, top, right and bottom."""
_SIZE, _LETTER = 4.5, 10.5


def spike_columns(timeline: object, changes: object) -> dict[int, dict[str, float]]:
    """The spikes by number of their column; none where a column is not a day."""
    if not isinstance(timeline, dict) or not isinstance(changes, dict) or timeline["unit"] != "day":
        return {}
    at = {day[:10]: i for i, day in enumerate(timeline["bins"])}
    return {at[spike["day"]]: spike for spike in changes["spikes"] if spike["day"] in at}


def draw_spikes(drawing: Drawing, frame: Frame, taken: list[Box]) -> None:
    """A diamond above the column and the count above it; the count is left out where it would cover another word.

    `taken` is where words stand above the columns; the marks are added to it.
    """
    total, copied = frame.timeline["total"], frame.timeline["series"]["copied"]
    for i, spike in sorted(spike_columns(frame.timeline, frame.changes).items()):
        x, y = frame.middle(i), frame.y(total[i] + copied[i]) - 2 - _SIZE
        under = [top for left, top, right, bottom in taken if left < x < right and bottom > y - _SIZE]
        y = min([y, *(top - _SIZE for top in under)])  # above the word that names the peak
        drawing.add("path", d=_diamond(x, y), fill=BLACK)
        label = frame.locale.number(int(spike["n"]))
        half = text_width(label, _LETTER) / 2
        box = (x - half, y - _SIZE - 11, x + half, y + _SIZE)
        if not under and frame.left <= box[0] and box[2] <= frame.right and not any(_meet(box, one) for one in taken):
            drawing.text(x, y - _SIZE - 2, label, _LETTER, BLACK, "middle", 600)
            taken.append(box)


def draw_hints(drawing: Drawing, frame: Frame) -> None:
    """A dotted tick with a question mark in the strip of the stance."""
    for hint in frame.changes["hints"] if frame.changes and frame.course else []:
        nth = next(i for i, stance in enumerate(DRAWN) if stance.value == hint["stance"])
        ink, base = INK[DRAWN[nth]], frame.strip_base(nth)
        x = frame.x(day_number(date.fromisoformat(hint["day"])) * DAY_MS)
        top = base - frame.strip_height - frame.strip_head
        drawing.line(x, top + 12, x, base, ink, 1.6, "1.5 2.5")
        drawing.on_white(x, top + 9, "?", 11.5, ink, "middle", 700)


def _diamond(x: float, y: float) -> str:
    return f"M{x:.1f} {y - _SIZE:.1f}l{_SIZE} {_SIZE}l{-_SIZE} {_SIZE}l{-_SIZE} {-_SIZE}z"


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
