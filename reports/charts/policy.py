"""The policy lane: a marker for each event, its shape by who spoke, its label, and a rule through all lanes below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.charts.frame import FAN, LINE, SUB
from reports.charts.lane import RADIUS
from reports.charts.palette import BLACK, GREY
from reports.charts.scale import text_width

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.charts.frame import Frame, Label
    from reports.charts.lane import Place
    from reports.charts.svg import Drawing


def draw_rules(drawing: Drawing, frame: Frame) -> None:
    """From each marker down to its day, and on through every lane where the day is known."""
    known = [
        place.x
        for event, place in zip(frame.lane.events, frame.lane.places, strict=True)
        if event["precision"] == "day"
    ]
    drawing.lines([(x, frame.lane_bottom, x, frame.bottom) for x in sorted(set(known))], GREY, 1, "3 3")
    for place in frame.lane.places:
        top, end = frame.marker_y(place) + RADIUS, frame.lane_bottom
        knee = end - FAN + 2 if abs(place.at - place.x) > 1 else end
        path = f"M{place.at:.1f} {top:.1f}V{max(knee, top):.1f}" + (f"L{place.x:.1f} {end:.1f}" if knee < end else "")
        drawing.add("path", d=path, fill="none", stroke=GREY, stroke_width=1)


def draw_events(drawing: Drawing, frame: Frame) -> None:
    """Markers and their labels, or a list of them where the markers carry their numbers only."""
    if frame.drawn and frame.wide:
        drawing.text(0, 17, frame.locale.ui("lane_events"), 12.5, BLACK, weight=600)
        drawing.line(frame.left, frame.lane_bottom, frame.right, frame.lane_bottom, BLACK, 1.2)
    _list(drawing, frame)
    places = frame.lane.places
    draw_markers(
        drawing, [(event, p.at, frame.marker_y(p)) for event, p in zip(frame.lane.events, places, strict=True)]
    )
    for i, place in enumerate(places):
        if place.side:
            _label(drawing, place, frame.lane.labels[i], frame.marker_y(place))


def draw_markers(drawing: Drawing, markers: Sequence[tuple[Mapping[str, Any], float, float]]) -> None:
    """Events at x and y: a disc for the body making the change, a square for a regulator, a ring for the media.

    Marks of one look follow each other, so that the look is written once.
    """
    by_speaker = sorted(markers, key=lambda marker: str(marker[0]["speaker"]))
    for event, x, y in by_speaker:
        if event["speaker"] == "regulator":
            drawing.rect(x - 9, y - 9, 18, 18, BLACK, rx=2)
        else:
            fill = "#FFFFFF" if event["speaker"] == "media" else BLACK
            drawing.add("circle", cx=x, cy=y, r=8.7, fill=fill, stroke=BLACK, stroke_width=1.6)
    for event, x, y in by_speaker:
        ink = BLACK if event["speaker"] == "media" else "#FFFFFF"
        drawing.text(x, y + 4.2, str(event["number"]), 11.5, ink, "middle", 700)


def _label(drawing: Drawing, place: Place, label: Label, y: float) -> None:
    """Title and what stands under it; in a crowded lane both in one line."""
    anchor = "end" if place.side == "left" else None
    if not label.one_line:
        for nth, line in enumerate(label.title):
            drawing.text(place.text_x, y + 4 + LINE * nth, line, 12.5, BLACK, anchor, 600)
        drawing.text(place.text_x, y + 4 + LINE * len(label.title), label.sub, SUB, GREY, anchor)
        return
    title, sub = text_width(label.title[0], 12), text_width(label.sub, SUB)
    # The day stands next to the marker on the left side, the title on the right.
    drawing.text(place.text_x - (6 + sub if anchor else 0), y + 4, label.title[0], 12, BLACK, anchor, 600)
    drawing.text(place.text_x + (0 if anchor else 6 + title), y + 4, label.sub, SUB, GREY, anchor)


def _list(drawing: Drawing, frame: Frame) -> None:
    """Each event with its marker, its title and its day."""
    spots = frame.list_spots
    draw_markers(drawing, [(event, x + 12, y + 12) for event, (x, y) in zip(frame.listed, spots, strict=True)])
    for (x, y), (title, _) in zip(spots, frame.list_titles, strict=True):
        for nth, line in enumerate(title):
            drawing.text(x + 27, y + 16 + LINE * nth, line, 12, BLACK, weight=600)
    for (x, y), (_, day) in zip(spots, frame.list_titles, strict=True):
        drawing.text(x + frame.list_width - 2, y + 16, day, SUB, GREY, "end")
