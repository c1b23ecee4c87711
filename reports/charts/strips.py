"""The shares over time, a strip for each stance: a line, its band where labels give one, and changes that passed."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from reports.charts.frame import SUB
from reports.charts.palette import BLACK, GREY, INK, OUTLINE, RULE, TINT
from reports.charts.scale import text_width
from reports.charts.svg import course
from reports.corpus import DRAWN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.charts.frame import Frame
    from reports.charts.svg import Drawing
    from storage.nouns import Stance

    Points = Sequence[Mapping[str, Any]]

_THICK = 20


def draw_strips(drawing: Drawing, frame: Frame) -> None:
    """Nothing where there are too few comments for shares."""
    if not frame.course:
        return
    _scale(drawing, frame)
    for nth, stance in enumerate(DRAWN):
        for run in _runs(frame.course["points"]):
            _line(drawing, frame, nth, stance, run if frame.wide else _thinned(run))


def draw_strip_words(drawing: Drawing, frame: Frame) -> None:
    """What the strips are, their stances with the latest shares, and changes that passed; they interrupt the rules."""
    if not frame.course:
        return
    _words(drawing, frame)
    for nth, stance in enumerate(DRAWN):
        _name(drawing, frame, nth, stance)
        _passed(drawing, frame, nth, stance)


def span_words(frame: Frame) -> str:
    """What the lines are: over how many columns, estimated or counted."""
    course, locale = frame.course, frame.locale
    assert course is not None  # noqa: S101  asked for only where there is one
    span = locale.ui(f"span_{frame.timeline['unit']}", n=course["columns"])
    return locale.ui(f"course_{course['basis']}", span=span)


def _words(drawing: Drawing, frame: Frame) -> None:
    y, title = frame.course_top + 10, frame.locale.ui("lane_strip")
    if frame.wide:
        drawing.text(0, y, title, 12.5, BLACK, weight=600)
        drawing.on_white(frame.left, y, span_words(frame), SUB, GREY)
    else:
        drawing.on_white(2, y, title, 11.5, BLACK, None, 600)
        drawing.on_white(2, y + 14, span_words(frame), 10.5, GREY)


def _scale(drawing: Drawing, frame: Frame) -> None:
    """Every quarter of every strip; zero stronger."""
    strips, quarters = range(len(DRAWN)), range(1, round(frame.share_top * 4) + 1)
    rules = [frame.share_y(nth, quarter / 4) for nth in strips for quarter in quarters]
    drawing.lines([(frame.left, y, frame.right, y) for y in rules], RULE)
    drawing.lines([(frame.left, frame.strip_base(nth), frame.right, frame.strip_base(nth)) for nth in strips], OUTLINE)
    told = [quarter for quarter in quarters if quarter <= 2 or frame.share_top < 1]  # noqa: PLR2004  else too tight
    if not frame.wide:
        told = told[: max(round(frame.share_top * 4) - 1, 1)]  # the name of the stance stands beside the end
    for nth in strips:
        for quarter in told:
            drawing.text(frame.left - 6, frame.share_y(nth, quarter / 4) + 4, f"{25 * quarter}%", 10.5, GREY, "end")


def _runs(points: Points) -> list[Points]:
    """Points that follow each other without a break: a line across missing time would be an invention."""
    step = min((b["column"] - a["column"] for a, b in pairwise(points)), default=1)
    runs: list[list[Mapping[str, Any]]] = []
    for point in points:
        if runs and point["column"] - runs[-1][-1]["column"] == step:
            runs[-1].append(point)
        else:
            runs.append([point])
    return list(runs)


def _thinned(run: Points) -> Points:
    """Every other point and the last one: on a phone their windows overlap, and no eye tells more apart."""
    return run if len(run) < _THICK else [*run[:-1:2], run[-1]]


def _line(drawing: Drawing, frame: Frame, nth: int, stance: Stance, run: Points) -> None:
    found = [(frame.middle(point["column"]), point["shares"][stance.value]) for point in run]
    if all(share["low"] is not None for _, share in found):
        upper = [(x, frame.share_y(nth, share["high"])) for x, share in found]
        lower = [(x, frame.share_y(nth, share["low"])) for x, share in found]
        if len(run) == 1:
            upper, lower = ([(x + dx, y) for x, y in ends for dx in (-2, 2)] for ends in (upper, lower))
        drawing.add("path", d=f"{course([*upper, *lower[::-1]])}z", fill=TINT[stance], fill_opacity="0.55")
    if len(run) == 1:
        drawing.add("circle", cx=found[0][0], cy=frame.share_y(nth, found[0][1]["estimate"]), r=2, fill=INK[stance])
        return
    line = course([(x, frame.share_y(nth, share["estimate"])) for x, share in found])
    drawing.add("path", d=line, fill="none", stroke=INK[stance], stroke_width=2, stroke_linejoin="round")


def _name(drawing: Drawing, frame: Frame, nth: int, stance: Stance) -> None:
    """The stance, and its latest share with its interval: at the end of the line, on phones above it."""
    assert frame.course is not None  # noqa: S101  as above
    locale, base = frame.locale, frame.strip_base(nth)
    name = locale.word("stance", stance.value)
    share = frame.course["points"][-1]["shares"][stance.value]
    latest = f"{_whole(share['estimate'])}%"
    span = "" if share["low"] is None else locale.ui("span", low=_whole(share["low"]), high=_whole(share["high"]))
    if not frame.wide:
        y = base - frame.strip_height - frame.strip_head + 4
        drawing.on_white(2, y, name, 12, INK[stance], None, 600)
        drawing.on_white(frame.right, y, f"{latest} ({span})" if span else latest, 11.5, INK[stance], "end", 600)
        return
    middle = base - frame.strip_height / 2
    drawing.text(0, middle + 4, name, 12.5, INK[stance], weight=600)
    drawing.text(frame.right + 8, middle + (0 if span else 4), latest, 13, INK[stance], weight=700)
    if span:
        drawing.text(frame.right + 8, middle + 14, span, 10.5, GREY)


def _whole(share: float) -> int:
    return int(100 * share + 0.5)


def _passed(drawing: Drawing, frame: Frame, nth: int, stance: Stance) -> None:
    """A triangle and the points at each event after which this stance changed and the change passed its test."""
    at = {event["number"]: place.x for event, place in zip(frame.lane.events, frame.lane.places, strict=True)}
    end = float(frame.left)
    y = frame.strip_base(nth) - frame.strip_height - frame.strip_head / 2 + 1
    for number, moved, points in frame.passed:
        if moved != stance.value or number not in at:
            continue
        label = frame.locale.ui("points_short", n=abs(points))
        width = 13 + text_width(label, 11.5)
        x = min(at[number] + 5, frame.right - width)
        if x < end:
            continue  # the table has it
        drawing.rect(x - 1, y - 7, width + 2, 14, "#FFFFFF", opacity=0.86)
        drawing.add("path", d=triangle(x + 5, y, 1 if points > 0 else -1), fill=INK[stance])
        drawing.text(x + 13, y + 4, label, 11.5, INK[stance], weight=700)
        end = x + width + 2


def triangle(x: float, y: float, up: int) -> str:
    """The path of a triangle around a point, its tip up (1) or down (-1)."""
    return f"M{x - 5:.1f} {y + 4 * up:.1f}h10L{x:.1f} {y - 4.5 * up:.1f}z"
