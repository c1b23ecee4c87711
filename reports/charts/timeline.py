"""The hero: policy events above, comments by stance below, and how the shares went, on one time axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.charts.frame import SUB, USUAL_HEIGHT, Frame
from reports.charts.marks import Box, draw_hints, draw_spikes
from reports.charts.palette import BLACK, FILL, GREY, OUTLINE, RULE, SAND, SAND_INK, SAND_LINE
from reports.charts.policy import draw_events, draw_rules
from reports.charts.scale import fitted, text_width
from reports.charts.strips import draw_strip_words, draw_strips
from reports.charts.svg import Drawing
from reports.charts.ticks import ticks
from reports.corpus import DRAWN
from storage.nouns import Stance

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

    from reports.wording import Locale

_WIDEST_COLUMN = 44.0
_DARK, _TOLD = 10.0, 2.0  # times the usual from which ink is white, and from which a number is printed
_SHADES = ((2.0, "#EEF0F2"), (5.0, "#C9CED3"), (_DARK, "#9AA2AA"), (30.0, "#59626B"), (float("inf"), "#20262C"))


def draw_timeline(
    timeline: Mapping[str, Any],
    events: Sequence[Mapping[str, Any]],
    locale: Locale,
    *,
    changes: Mapping[str, Any] | None = None,
    wide: bool = True,
) -> Markup:
    """The timeline as one SVG: 1060 pixels wide, or 360 for phones, with the events in a list above the chart.

    On the wide one they stand in a list under it where they are too many for whole labels.

    `timeline`, `events` and `changes` are those of numbers.json.
    """
    frame = Frame(timeline, events, locale, wide, changes)
    drawing = Drawing(
        "tl" if wide else "tn",
        frame.width,
        frame.height,
        title=locale.ui("tl_title"),
        desc=_desc(frame),
        css="chart wide" if wide else "chart narrow",
    )
    for layer in (_gaps, _grid, _columns, _axis, _usual, draw_strips, draw_rules, *_OVER_RULES):
        layer(drawing, frame)
    return drawing.done()


def _desc(frame: Frame) -> str:
    timeline, locale = frame.timeline, frame.locale
    told = locale.ui(
        "tl_desc",
        events=sum(event["drawn"] for event in frame.events),
        unit=locale.ui(f"unit_{timeline['unit']}"),
        n=timeline["placed"],
        peak=max(timeline["total"]),
    )
    return told + (locale.ui(f"tl_desc_{frame.course['basis']}") if frame.course else "")


def _titles(drawing: Drawing, frame: Frame) -> None:
    """Of the comments and of what is usual."""
    locale, usual, room = frame.locale, frame.timeline["usual"], 6 if frame.wide else 8
    title = locale.ui(f"lane_comments_{frame.timeline['unit']}")
    _lane_title(drawing, frame, frame.top + room, title, locale.ui("lane_by_stance"))
    if usual:
        said = locale.ui("lane_usual_sub", n=usual["median"])
        _lane_title(drawing, frame, frame.usual_top + 4, locale.ui("lane_usual"), said)


def _lane_title(drawing: Drawing, frame: Frame, y: float, title: str, sub: str) -> None:
    """In the left gutter, or on phones in one line above the lane, where it interrupts the rules of events."""
    if not frame.wide:
        drawing.on_white(2, y - 12, title, 11.5, BLACK, None, 600)
        drawing.on_white(8 + text_width(title, 11.5), y - 12, sub, 10.5, GREY)
        return
    drawing.text(0, y + 5, fitted(title, 12.5, frame.left - 6), 12.5, BLACK, weight=600)
    drawing.text(0, y + 19, fitted(sub, SUB, frame.left - 6), SUB, GREY)


def _gaps(drawing: Drawing, frame: Frame) -> None:
    """Where a collector was down, through every lane: no data is not zero."""
    gaps = frame.timeline["gaps"]
    if not gaps:
        return
    fill = drawing.hatch("gap-w" if frame.wide else "gap-n", SAND, SAND_LINE)
    for low, high in sorted({(gap["from"], gap["to"]) for gap in gaps}):
        x, (last, width) = frame.column(low)[0], frame.column(high)
        drawing.rect(x, frame.top, last + width - x, frame.bottom - frame.top, fill)


def _grid(drawing: Drawing, frame: Frame) -> None:
    top, step = frame.axis
    values = range(step, top + 1, step)
    drawing.lines([(frame.left, frame.y(value), frame.right, frame.y(value)) for value in values], RULE)
    for value in values:
        drawing.text(frame.left - 6, frame.y(value) + 4, frame.locale.number(value), SUB, GREY, "end")


def _columns(drawing: Drawing, frame: Frame) -> None:
    """One path per stance; copies stand on top as empty boxes, what is not coded in white with an outline."""
    heights = [0.0] * len(frame.timeline["starts"])
    for name in (*DRAWN, "uncoded", "copied"):
        boxes = []
        for i, n in enumerate(frame.timeline["series"][str(name)]):
            if n:
                low, high = frame.y(heights[i]), frame.y(heights[i] + n)
                x, width = _bar(frame, i)
                boxes.append((x, high, width, low - high))
                heights[i] += n
        if isinstance(name, Stance):
            outline = OUTLINE if name is Stance.NEUTRAL else "#FFFFFF"
            drawing.bars(boxes, FILL[name], stroke=outline, stroke_width=0.6)
        else:
            dash = "2 2" if name == "copied" else None
            drawing.bars(boxes, "#FFFFFF", stroke=OUTLINE, stroke_width=1, stroke_dasharray=dash)


def _bar(frame: Frame, i: int) -> tuple[float, float]:
    """Where a column is painted: not as wide as it could be where there are few."""
    x, width = frame.column(i)
    painted = min(width - min(width * 0.16, 4), _WIDEST_COLUMN)
    return x + (width - painted) / 2, painted


def _axis(drawing: Drawing, frame: Frame) -> None:
    """Zero of the comments, and the axis of time below the last lane."""
    drawing.line(frame.left, frame.base, frame.right, frame.base, BLACK, 1.2)
    size = SUB if frame.wide else 10.5
    marks = ticks(frame.timeline, frame.locale, frame.right - frame.left, size)
    feet = sorted({frame.base, frame.bottom})
    drawing.lines([(frame.x(at), y, frame.x(at), y + 5) for y in feet for at, _ in marks], BLACK)
    end = 0.0
    for at, label in marks:
        x, half = frame.x(at), text_width(label, size) / 2
        anchor = "start" if x - half < frame.left - 6 else "end" if x + half > frame.width else "middle"
        left = x - {"start": 0, "middle": half, "end": 2 * half}[anchor]
        if left >= end:  # the last one, moved to the left of its tick, may run into its neighbour
            drawing.text(x, frame.bottom + 18, label, size, GREY, anchor)
            end = left + 2 * half + 2


def _usual(drawing: Drawing, frame: Frame) -> None:
    """Each column over the median one, the darker the higher."""
    usual, y, timeline = frame.timeline["usual"], frame.usual_top, frame.timeline
    if not usual:
        return
    shown = [i for i in range(len(timeline["total"])) if i not in set(timeline["missing"])]
    ratios = {i: timeline["total"][i] / usual["median"] for i in shown}
    low = 0.0
    for limit, shade in _SHADES:
        cells = [frame.column(i) for i in shown if low <= ratios[i] < limit]
        drawing.bars([(x + 0.5, y, width - min(1.0, width / 4), USUAL_HEIGHT) for x, width in cells], shade)
        low = limit
    for i, ratio in sorted(ratios.items(), key=lambda found: found[1] >= _DARK):
        x, width = frame.column(i)
        label = f"{int(ratio + 0.5)}"
        if ratio >= _TOLD and text_width(label, 10.5) + 2 <= width:
            drawing.text(x + width / 2, y + 13, label, 10.5, "#FFFFFF" if ratio >= _DARK else BLACK, "middle", 600)


def _notes(drawing: Drawing, frame: Frame) -> None:
    """What the columns cannot say: the peak, and where nothing was collected."""
    taken = _peak(drawing, frame)
    for gap in frame.timeline["gaps"]:
        key = "gap_source" if gap["source"] else "gap_all"
        source = {"source": frame.locale.place(gap["source"])} if gap["source"] else {}
        label = fitted(frame.locale.ui(key, **source), SUB, 180)
        x, (last, width) = frame.column(gap["from"])[0], frame.column(gap["to"])
        half = text_width(label, SUB) / 2 + 3
        middle = min(max((x + last + width) / 2, frame.left + half), frame.right - half)
        box = (middle - half, frame.top + 2, middle + half, frame.top + 16)
        if all(box[2] <= one[0] or box[0] >= one[2] or one[1] >= box[3] for one in taken):
            drawing.on_white(middle, frame.top + 12, label, SUB, SAND_INK, "middle", 600)
            taken.append(box)
    draw_spikes(drawing, frame, taken)


def _peak(drawing: Drawing, frame: Frame) -> list[Box]:
    """Labels the highest column and gives the room that takes, if there is one."""
    total, copied = frame.timeline["total"], frame.timeline["series"]["copied"]
    locale = frame.locale
    if not any(total):
        return []  # nothing but copies, which stand apart
    at = max(range(len(total)), key=lambda i: (total[i], -i))
    day, unit = frame.timeline["bins"][at], frame.timeline["unit"]
    n = locale.number(total[at])
    label = locale.ui(
        f"peak_{unit}", n=n, day=locale.day(day[:10], style="short", precision=_PRECISION.get(unit, "day"))
    )
    half = text_width(label, 11.5) / 2 + 3
    x = min(max(frame.middle(at), frame.left + half), frame.right - half)
    y = frame.y(total[at] + copied[at]) - 5
    drawing.on_white(x, y, label, 11.5, BLACK, "middle", 600)
    return [(x - half, y - 12, x + half, y + 3)]


_PRECISION = {"month": "short_month"}
_OVER_RULES = (_titles, draw_strip_words, draw_events, draw_hints, _notes)
"""Layers with words: the rules of events lie under them and cut none."""


def column_names(timeline: Mapping[str, Any], locale: Locale) -> list[str]:
    """What each column is called in tables and tips."""
    unit = timeline["unit"]
    if unit == "hour":
        return [f"{locale.day(name[:10], style='short')} {name[11:13]}:00" for name in timeline["bins"]]
    return [locale.day(name, style="short", precision=_PRECISION.get(unit, "day")) for name in timeline["bins"]]
