"""The hero: policy events above, comments by stance below, on one time axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.charts.bands import draw_bands
from reports.charts.frame import STRIP_HEIGHT, USUAL_HEIGHT, Frame
from reports.charts.lane import RADIUS
from reports.charts.palette import BLACK, FILL, GREY, ON_FILL, OUTLINE, RULE, SAND, SAND_INK, SAND_LINE
from reports.charts.scale import fitted, text_width
from reports.charts.svg import Drawing
from reports.charts.ticks import ticks
from reports.corpus import DRAWN, MIN_SHARE_N
from storage.nouns import Stance

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

    from reports.wording import Locale

_TIPS = 130
_SHADES = ((2.0, "#EEF0F2"), (5.0, "#C9CED3"), (10.0, "#9AA2AA"), (30.0, "#59626B"), (float("inf"), "#20262C"))


def draw_timeline(
    timeline: Mapping[str, Any], events: Sequence[Mapping[str, Any]], locale: Locale, *, wide: bool = True
) -> Markup:
    """The timeline as one SVG, 1060 pixels wide with labels, or 360 with numbers only (the table names the events)."""
    frame = Frame(timeline, events, locale, wide)
    height = frame.bottom + (8 if frame.bottom > frame.base else 26)
    desc = locale.ui(
        "tl_desc",
        events=sum(event["drawn"] for event in events),
        unit=locale.ui(f"unit_{timeline['unit']}"),
        n=timeline["placed"],
        peak=max(timeline["total"]),
    )
    drawing = Drawing(
        "tl" if wide else "tn",
        frame.width,
        height,
        title=locale.ui("tl_title"),
        desc=desc + (locale.ui("tl_desc_audited", n=len(frame.audited)) if frame.audited else ""),
        css="chart wide" if wide else "chart narrow",
    )
    for layer in (
        _grid,
        _gaps,
        _columns,
        _axis,
        _usual,
        _strip,
        _rules,
        _strip_labels,
        _audited,
        _events,
        _notes,
        _tips,
    ):
        layer(drawing, frame)
    return drawing.done()


def _lane_title(drawing: Drawing, frame: Frame, y: float, *lines: str) -> None:
    """In the left gutter, or on phones in one line above the lane."""
    if not frame.wide:
        drawing.text(2, y - 12, lines[0], 11.5, BLACK, weight=600)
        drawing.text(8 + text_width(lines[0], 11.5), y - 12, " ".join(lines[1:]), 10.5, GREY)
        return
    drawing.text(0, y + 5, fitted(lines[0], 12.5, frame.left - 8), 12.5, BLACK, weight=600)
    for i, line in enumerate(lines[1:]):
        drawing.text(0, y + 20 + 14 * i, fitted(line, 11, frame.left - 8), 11, GREY)


def _grid(drawing: Drawing, frame: Frame) -> None:
    locale, unit = frame.locale, frame.timeline["unit"]
    if frame.wide and frame.marks:
        _lane_title(drawing, frame, 20, locale.ui("lane_events"))
        drawing.line(frame.left, frame.lane_bottom, frame.right, frame.lane_bottom, BLACK, 1.2)
    _lane_title(
        drawing,
        frame,
        frame.top + (10 if frame.wide else 8),
        locale.ui(f"lane_comments_{unit}"),
        locale.ui("lane_by_stance"),
    )
    top, step = frame.axis
    for value in range(step, top + 1, step):
        y = frame.y(value)
        drawing.line(frame.left, y, frame.right, y, RULE)
        drawing.text(frame.left - 6, y + 4, locale.number(value), 11, GREY, "end")


def _gaps(drawing: Drawing, frame: Frame) -> None:
    gaps = frame.timeline["gaps"]
    if not gaps:
        return
    fill = drawing.hatch("gap-w" if frame.wide else "gap-n", SAND, SAND_LINE)
    for low, high in {(gap["from"], gap["to"]) for gap in gaps}:
        x, (last, width) = frame.column(low)[0], frame.column(high)
        drawing.rect(x, frame.top, last + width - x, frame.base - frame.top, fill)


def _columns(drawing: Drawing, frame: Frame) -> None:
    """One path per stance; copies stand on top as empty boxes, what is not coded in white with an outline."""
    heights = [0.0] * len(frame.timeline["starts"])
    for name in (*DRAWN, "uncoded", "copied"):
        boxes = []
        for i, n in enumerate(frame.timeline["series"][str(name)]):
            if n:
                x, width = frame.column(i)
                gap = min(width * 0.16, 4)
                low, high = frame.y(heights[i]), frame.y(heights[i] + n)
                boxes.append((x + gap / 2, high, width - gap, low - high))
                heights[i] += n
        if isinstance(name, Stance):
            outline = OUTLINE if name is Stance.NEUTRAL else "#FFFFFF"
            drawing.bars(boxes, FILL[name], stroke=outline, stroke_width=0.6)
        else:
            drawing.bars(
                boxes, "#FFFFFF", stroke=OUTLINE, stroke_width=1, stroke_dasharray="2 2" if name == "copied" else None
            )


def _axis(drawing: Drawing, frame: Frame) -> None:
    drawing.line(frame.left, frame.base, frame.right, frame.base, BLACK, 1.2)
    size = 11 if frame.wide else 10.5
    for at, label in ticks(frame.timeline, frame.locale, frame.right - frame.left, size):
        x = frame.x(at)
        drawing.line(x, frame.base, x, frame.base + 5, BLACK)
        half = text_width(label, size) / 2
        anchor = "start" if x - half < frame.left - 6 else "end" if x + half > frame.width else "middle"
        drawing.text(x, frame.base + 18, label, size, GREY, anchor)


def _usual(drawing: Drawing, frame: Frame) -> None:
    usual, y = frame.timeline["usual"], frame.usual_top
    if not usual:
        return
    locale = frame.locale
    _lane_title(
        drawing,
        frame,
        y + 4,
        locale.ui("lane_usual"),
        locale.ui("lane_usual_sub", n=usual["median"]),
    )
    for i, total in enumerate(frame.timeline["total"]):
        if i in frame.timeline["missing"]:
            continue
        ratio, (x, width) = total / usual["median"], frame.column(i)
        shade = next(colour for limit, colour in _SHADES if ratio < limit)
        drawing.rect(x + 0.5, y, width - min(1.0, width / 4), USUAL_HEIGHT, shade)
        if ratio >= 2 and width >= 16:  # noqa: PLR2004  below twice the usual a number says little
            ink = "#FFFFFF" if ratio >= 10 else BLACK  # noqa: PLR2004  the shade turns dark at ten
            drawing.text(x + width / 2, y + 13, f"{int(ratio + 0.5)}", 10.5, ink, "middle", 600)


def _strip(drawing: Drawing, frame: Frame) -> None:
    strip, y = frame.timeline["strip"], frame.strip_top
    if not strip:
        return
    locale = frame.locale
    _lane_title(
        drawing,
        frame,
        y + (8 if frame.wide else 4),
        locale.ui("lane_strip"),
        locale.ui("lane_strip_sub"),
        locale.ui("lane_strip_sub2"),
    )
    for period in strip["periods"]:
        x, (last, width) = frame.column(period["from"])[0] + 1, frame.column(period["to"])
        if period["n"] < MIN_SHARE_N:
            _too_few(drawing, frame, period, x, last + width - 1 - x)
        else:
            _stack(drawing, frame, period, x, last + width - 1 - x)


def _too_few(drawing: Drawing, frame: Frame, period: Mapping[str, Any], x: float, width: float) -> None:
    drawing.rect(x, frame.strip_top, width, STRIP_HEIGHT, "#F7F8F9")
    label = no_share(period, frame.timeline, frame.locale)
    if text_width(label, 10.5) < width:
        drawing.text(x + width / 2, frame.strip_top + STRIP_HEIGHT / 2 + 4, label, 10.5, GREY, "middle")


def _stack(drawing: Drawing, frame: Frame, period: Mapping[str, Any], x: float, width: float) -> None:
    y = frame.strip_top + STRIP_HEIGHT
    for stance in DRAWN:
        height = STRIP_HEIGHT * period["counts"][stance.value] / period["n"]
        y -= height
        drawing.rect(x, y, width, height - 0.8, FILL[stance])


def _strip_labels(drawing: Drawing, frame: Frame) -> None:
    """The shares in points, beside the event rules rather than across them."""
    strip = frame.timeline["strip"]
    for period in strip["periods"] if strip else []:
        x, (last, width) = frame.column(period["from"])[0], frame.column(period["to"])
        y, middle = frame.strip_top + STRIP_HEIGHT, _beside_rules(frame, x, last + width)
        for stance in DRAWN if period["shares"] else ():
            height = STRIP_HEIGHT * period["counts"][stance.value] / period["n"]
            y -= height
            label = f"{period['shares'][stance.value]}%"
            if height >= 14 and text_width(label, 11) + 4 < last + width - x:  # noqa: PLR2004  the height of the label
                drawing.text(middle, y + height / 2 + 3.6, label, 11, ON_FILL[stance], "middle", 600)


def _audited(drawing: Drawing, frame: Frame) -> None:
    """What people's labels say of the periods that have enough of them, apart from the coder's draft."""
    if not frame.audited:
        return
    y, locale = frame.bands_top + (8 if frame.wide else 2), frame.locale
    _lane_title(drawing, frame, y, locale.ui("lane_audited"), locale.ui("lane_audited_sub"))
    draw_bands(drawing, frame)


def _beside_rules(frame: Frame, left: float, right: float) -> float:
    """A place for a short label: the middle, or the nearest spot to it that no event rule crosses."""
    rules = [place.x for event, place in frame.marks if event["precision"] == "day"]
    middle = (left + right) / 2
    for shift in (0, 18, -18, 34, -34):
        x = middle + shift
        if left + 15 < x < right - 15 and all(abs(rule - x) > 16 for rule in rules):  # noqa: PLR2004  half a label
            return x
    return middle


def _rules(drawing: Drawing, frame: Frame) -> None:
    for event, place in frame.marks:
        if event["precision"] == "day":
            drawing.line(place.x, frame.marker_y(place) + RADIUS, place.x, frame.bottom, "#59626B", 1, "3 3")


def _events(drawing: Drawing, frame: Frame) -> None:
    for event, place in frame.marks:
        y = frame.marker_y(place)
        _marker(drawing, event, place.x, y)
        if place.side:
            title, sub = frame.label(event)
            anchor = "end" if place.side == "left" else None
            _on_white(drawing, place.text_x, y - 1, title, frame.size, BLACK, anchor, 600)
            _on_white(drawing, place.text_x, y + 13, sub, 11, GREY, anchor)


def _marker(drawing: Drawing, event: Mapping[str, Any], x: float, y: float) -> None:
    """A disc for the body making the change, a square for a regulator, a ring for the media."""
    media = event["speaker"] == "media"
    if event["speaker"] == "regulator":
        drawing.rect(x - 9, y - 9, 18, 18, BLACK, rx=2)
    else:
        drawing.add("circle", cx=x, cy=y, r=9, fill="#FFFFFF" if media else BLACK, stroke=BLACK, stroke_width=1.6)
    drawing.text(x, y + 4.2, str(event["number"]), 11.5, BLACK if media else "#FFFFFF", "middle", 700)


def _on_white(
    drawing: Drawing,
    x: float,
    y: float,
    text: str,
    size: float,
    fill: str,
    anchor: str | None,
    weight: int | None = None,
) -> None:
    """Text on a white ground that interrupts the rules behind it (paint-order halos vanish in some PDF makers)."""
    width = text_width(text, size)
    left = x - width if anchor == "end" else x - width / 2 if anchor == "middle" else x
    drawing.rect(left - 2, y - size * 0.88, width + 4, size * 1.18, "#FFFFFF", opacity=0.86)
    drawing.text(x, y, text, size, fill, anchor, weight)


def _notes(drawing: Drawing, frame: Frame) -> None:
    """What the columns cannot say: the peak, and where nothing was collected."""
    taken = _peak(drawing, frame)
    for gap in frame.timeline["gaps"]:
        key = "gap_source" if gap["source"] else "gap_all"
        source = {"source": frame.locale.place(gap["source"])} if gap["source"] else {}
        label = fitted(frame.locale.ui(key, **source), 11, 180)
        x, (last, width) = frame.column(gap["from"])[0], frame.column(gap["to"])
        half = text_width(label, 11) / 2 + 3
        middle = min(max((x + last + width) / 2, frame.left + half), frame.right - half)
        if all(middle + half <= low or middle - half >= high for low, high in taken):
            _on_white(drawing, middle, frame.top + 12, label, 11, SAND_INK, "middle", 600)
            taken.append((middle - half, middle + half))


def _peak(drawing: Drawing, frame: Frame) -> list[tuple[float, float]]:
    """Labels the highest column and gives the stretch it takes from the notes above the columns, if any."""
    total, copied = frame.timeline["total"], frame.timeline["series"]["copied"]
    locale = frame.locale
    if not any(total):
        return []  # nothing but copies, which stand apart
    at = max(range(len(total)), key=lambda i: (total[i], -i))
    day = frame.timeline["bins"][at]
    unit_is_day = frame.timeline["unit"] == "day"
    n = locale.number(total[at])
    label = locale.ui("peak", n=n, day=locale.day(day, style="short")) if unit_is_day else locale.ui("peak_other", n=n)
    x, width = frame.column(at)
    half = text_width(label, 11.5) / 2 + 3
    x = min(max(x + width / 2, frame.left + half), frame.right - half)
    y = frame.y(total[at] + copied[at]) - 5
    _on_white(drawing, x, y, label, 11.5, BLACK, "middle", 600)
    return [(x - half, x + half)] if y < frame.top + 28 else []


def _tips(drawing: Drawing, frame: Frame) -> None:
    """What each column holds, shown to the pointer; left out where the columns are too thin to be aimed at."""
    if len(frame.timeline["starts"]) > _TIPS or not frame.wide:
        return
    locale, series = frame.locale, frame.timeline["series"]
    for i, label in enumerate(column_names(frame.timeline, locale)):
        parts = [f"{locale.word('stance', str(s))} {locale.number(series[str(s)][i])}" for s in DRAWN]
        x, width = frame.column(i)
        words = " · ".join([locale.number(frame.timeline["total"][i]), *parts])
        if i in frame.timeline["missing"]:
            words = locale.ui("gap_all")
        drawing.tip(x, frame.top, width, frame.base - frame.top, f"{label}{locale.ui('colon')}{words}")


def no_share(period: Mapping[str, Any], timeline: Mapping[str, Any], locale: Locale) -> str:
    """Why a period of the strip carries no share: nothing was collected in it, or too little."""
    if set(range(period["from"], period["to"] + 1)) <= set(timeline["missing"]):
        return locale.ui("gap_all")
    return locale.ui("below_floor", floor=MIN_SHARE_N)


def column_names(timeline: Mapping[str, Any], locale: Locale) -> list[str]:
    """What each column is called in tables and tips."""
    unit = timeline["unit"]
    if unit == "hour":
        return [f"{locale.day(name[:10], style='short')} {name[11:13]}:00" for name in timeline["bins"]]
    precision = "short_month" if unit == "month" else "day"
    return [locale.day(name, style="short", precision=precision) for name in timeline["bins"]]
