"""Audited shares under the strip: for each period with labels of its own, an interval per stance on one axis.

A stacked column cannot carry intervals: each part of it stands on the others. So they stand side by side below it.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any, NamedTuple

from reports.charts.frame import BANDS_HEIGHT
from reports.charts.palette import BLACK, GREY, INK, RULE, TINT
from reports.charts.scale import text_width
from reports.corpus import DRAWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.charts.frame import Frame
    from reports.charts.svg import Drawing
    from storage.nouns import Stance

_THICK, _INSET, _STEP, _NUMBER = 12.0, 0.05, 0.25, 10.5


class _Band(NamedTuple):
    """One interval in pixels."""

    x: float
    width: float
    low: float
    middle: float
    high: float
    label: str
    label_y: float


def draw_bands(drawing: Drawing, frame: Frame) -> None:
    """The axis, and the bands of the periods that have them; the other periods stay empty."""
    top = _axis_top(frame)
    _axis(drawing, frame, top)
    for i, stance in enumerate(DRAWN):
        _bands(drawing, [_band(frame, period, i, top) for period in frame.audited], stance)


def _axis(drawing: Drawing, frame: Frame, top: float) -> None:
    """Rules at every quarter; the zero line is cut where the columns of the strip are, so that bands are told apart."""
    for at in range(int(top / _STEP) + 1):
        y = _y(frame, at * _STEP, top)
        if at:
            drawing.line(frame.left, y, frame.right, y, RULE)
        if at % 2 == 0:
            drawing.text(frame.left - 6, y + 4, f"{round(100 * at * _STEP)}%", 11, GREY, "end")
    for period in frame.timeline["strip"]["periods"]:
        left, width = _extent(frame, period)
        drawing.line(left + 1, frame.bottom, left + width - 1, frame.bottom, BLACK, 1.2)


def _extent(frame: Frame, period: Mapping[str, Any]) -> tuple[float, float]:
    """Left edge and width of a period."""
    left, (last, width) = frame.column(period["from"])[0], frame.column(period["to"])
    return left, last + width - left


def _axis_top(frame: Frame) -> float:
    """The first quarter from one half on that no interval goes beyond."""
    highest: float = max(share["high"] for period in frame.audited for share in period["audited"].values())
    return max(ceil(highest / _STEP) * _STEP, 0.5)


def _y(frame: Frame, share: float, top: float) -> float:
    return frame.bands_top + BANDS_HEIGHT * (1 - share / top)


def _band(frame: Frame, period: Mapping[str, Any], i: int, top: float) -> _Band:
    """Where the band of the i-th stance stands: beside its number where there is room for both, else in the middle."""
    left, width = _extent(frame, period)
    inset = width * _INSET
    slot = (width - 2 * inset) / len(DRAWN)
    share, thick = period["audited"][DRAWN[i].value], min(_THICK, slot * 0.7)
    label = str(share["points"]["estimate"])
    roomy = slot >= thick + text_width(label, _NUMBER) + 7
    x = left + inset + slot * i + (3 if roomy else (slot - thick) / 2)
    low, middle, high = (_y(frame, share[end], top) for end in ("low", "estimate", "high"))
    return _Band(x, thick, low, middle, high, label if roomy else "", min(middle, frame.bottom - 7))


def _bands(drawing: Drawing, bands: list[_Band], stance: Stance) -> None:
    """From the low to the high end, the estimate as a line across, and its points on a white ground."""
    told = [band for band in bands if band.label]
    grounds = [(at.x + at.width + 1.5, at.label_y - 6, text_width(at.label, _NUMBER) + 3, 12.0) for at in told]
    drawing.bars(grounds, "#FFFFFF", opacity=0.86)
    boxes = [(at.x, at.high, at.width, at.low - at.high) for at in bands]
    drawing.bars(boxes, TINT[stance], stroke=INK[stance], stroke_width=0.6)
    drawing.bars([(at.x - 1, at.middle - 1.3, at.width + 2, 2.6) for at in bands], INK[stance])
    for at in told:
        drawing.text(at.x + at.width + 3, at.label_y + 3.8, at.label, _NUMBER, INK[stance], weight=700)
