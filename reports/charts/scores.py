"""Charts of an evaluation: estimates with their intervals on one line each, and how often scores are right."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reports.charts.palette import BLACK, GREY, RULE
from reports.charts.svg import Drawing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

_BLUE = "#12436D"
_LEFT, _RIGHT, _ROW = 42, 132, 34
_SIDE, _EDGE, _TOP = 200, 30, 28


class Interval(NamedTuple):
    """An estimate between 0 and 1 with what is said beside it; the lesser ones are drawn in grey."""

    key: str
    value: float
    low: float | None
    high: float | None
    said: str
    lesser: bool = False


def draw_intervals(key: str, rows: Sequence[Interval], width: float, *, title: str, desc: str) -> Markup:
    """One line for each estimate: a dot, its interval, and the figures in words at the right."""
    bottom = 6 + _ROW * len(rows)
    drawing = Drawing(key, width, bottom + 22, title=title, desc=desc, css=f"chart {key}")
    room = width - _LEFT - _RIGHT
    for tenths in range(0, 11, 2):
        x = _LEFT + room * tenths / 10
        drawing.line(x, 4, x, bottom, RULE)
        drawing.text(x, bottom + 16, f"{tenths / 10:.1f}", 12, GREY, "middle")
    for index, row in enumerate(rows):
        y, ink = 4 + _ROW * (index + 0.5), GREY if row.lesser else _BLUE
        drawing.text(0, y + 5, row.key, 14, ink, weight=700)
        if row.low is not None and row.high is not None:
            drawing.line(_LEFT + room * row.low, y, _LEFT + room * row.high, y, ink, 3)
        if row.lesser:
            drawing.rect(_LEFT + room * row.value - 5, y - 5, 10, 10, "#FFFFFF", stroke=ink, stroke_width=2)
        else:
            drawing.add("circle", cx=_LEFT + room * row.value, cy=y, r=6, fill=ink)
        drawing.text(width, y + 5, row.said, 13, BLACK, "end")
    return drawing.done()


def draw_reliability(
    key: str, bins: Sequence[tuple[float, float, int]], *, title: str, desc: str, across: str, up: str
) -> Markup:
    """Mean score across, share coded right up, one dot a bin, its area by the rows in it; the line is honesty."""
    drawing = Drawing(key, _SIDE + _EDGE + 12, _TOP + _SIDE + 38, title=title, desc=desc)
    for tenths in (0, 5, 10):
        at = _SIDE * tenths / 10
        drawing.line(_EDGE, _TOP + at, _EDGE + _SIDE, _TOP + at, RULE)
        drawing.line(_EDGE + at, _TOP, _EDGE + at, _TOP + _SIDE, RULE)
        drawing.text(_EDGE - 6, _TOP + 4 + _SIDE - at, f"{tenths / 10:.1f}", 11, GREY, "end")
        drawing.text(_EDGE + at, _TOP + _SIDE + 17, f"{tenths / 10:.1f}", 11, GREY, "middle")
    drawing.line(_EDGE, _TOP + _SIDE, _EDGE + _SIDE, _TOP, GREY, 1.2, "4 3")
    most = max((n for _, _, n in bins), default=1)
    for score, accuracy, n in bins:
        x, y = _EDGE + _SIDE * score, _TOP + _SIDE * (1 - accuracy)
        drawing.add("circle", cx=x, cy=y, r=2.5 + 6.5 * (n / most) ** 0.5, fill=_BLUE, fill_opacity="0.75")
    drawing.text(_EDGE + _SIDE, _TOP + _SIDE + 33, across, 12, GREY, "end")
    drawing.text(0, 12, up, 12, GREY)
    return drawing.done()
