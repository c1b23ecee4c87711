"""Where everything stands in a drawing of the timeline: columns, lanes, markers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import accumulate
from math import ceil
from typing import TYPE_CHECKING, Any, NamedTuple

from reports.charts.lane import LABELLED, Place, fewest_rows, place_labels, place_markers, trouble
from reports.charts.scale import fitted, in_two, nice_top, text_width
from reports.corpus import DAY_MS, DRAWN, day_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.wording import Locale

HEAD, USUAL_HEIGHT, FAN, LIST_ROW, LINE = 20, 18, 18, 19, 15
SUB = 11.0
"""Letter size of what stands under or beside a title."""
_HIGH, _EASY = 152.0, 118.0  # pixels of lane that page one bears, and below which nothing shorter is tried
_CUT, _CUT_SUB, _TOO_HIGH = 70.0, 5.0, 3.0  # what a lost title, a cut line under it, and a pixel above _HIGH cost
_ROW, _NOBODY = 34, 8.0  # what a row of untidiness costs, and a label without who spoke
_HIGHEST, _GUTTER = 1.5 * _HIGH, 28  # pixels of lane beyond which a list tells more, and between its columns
_QUARTER = 0.25


class Label(NamedTuple):
    """What stands beside a marker: a title in one or two lines, and under it or after it the day and who spoke."""

    title: tuple[str, ...]
    sub: str
    one_line: bool
    left_out: float

    @property
    def width(self) -> float:
        """Pixels across."""
        if self.one_line:
            return text_width(self.title[0], 12) + 6 + text_width(self.sub, SUB)
        return max(text_width(line, size) for line, size in ((self.sub, SUB), *((one, 12.5) for one in self.title)))

    @property
    def height(self) -> int:
        """Pixels of the row it stands in."""
        return 20 if self.one_line else 22 + LINE * len(self.title)

    @property
    def cost(self) -> float:
        """What is cut of it, in pixels of lane."""
        return _CUT * self.left_out + _CUT_SUB * self.sub.endswith("…") + _NOBODY * self.one_line


class Lane(NamedTuple):
    """The policy lane: its events, their places and labels, and where its rows begin, the end of the last included."""

    events: list[Mapping[str, Any]]
    places: list[Place]
    labels: list[Label]
    tops: list[int]

    @property
    def height(self) -> float:
        """Pixels of all rows."""
        return self.tops[-1]

    @property
    def whole(self) -> bool:
        """Whether every title stands there, and in few enough rows."""
        titled = all(place.side for place in self.places) and not any(label.left_out for label in self.labels)
        return titled and self.height <= _HIGHEST

    @property
    def cost(self) -> float:
        """How high and how untidy it is."""
        cut = sum(label.cost for label in self.labels)
        return self.height + _TOO_HIGH * max(self.height - _HIGH, 0) + _ROW * trouble(self.places) + cut


def rows_of(events: list[Mapping[str, Any]], places: list[Place], labels: list[Label]) -> Lane:
    """The lane whose rows are as high as their highest label, those without labels as high as a marker."""
    heights = [22] * (max((place.row for place in places), default=-1) + 1)
    named = [place for place in places if place.side]
    for row in {place.row for place in named}:
        heights[row] = max(labels[i].height for i, place in enumerate(places) if place.row == row)
    return Lane(events, places, labels, [0, *accumulate(heights)])


@dataclass(frozen=True)
class Frame:
    """The grid of one drawing: `wide` for screens and paper, narrow for phones.

    Attributes:
        timeline: of numbers.json.
        events: of numbers.json; those with a place on the calendar are drawn.
        changes: of numbers.json, None where no event can be compared.
    """

    timeline: Mapping[str, Any]
    events: Sequence[Mapping[str, Any]]
    locale: Locale
    wide: bool
    changes: Mapping[str, Any] | None = None

    @property
    def width(self) -> int:
        """Pixels across."""
        return 1060 if self.wide else 360

    @property
    def left(self) -> int:
        """Where the columns begin: lane titles and axis stand before it."""
        return 138 if self.wide else 34

    @property
    def right(self) -> int:
        """Where the columns end; the latest shares stand behind it."""
        return self.width - ((74 if self.course else 14) if self.wide else 6)

    @property
    def columns_height(self) -> int:
        """Pixels the tallest axis value takes."""
        if not self.wide:
            return 130
        return round(158 - min(max(self.lane_bottom - 80, 0) / 2, 40))  # so that all fits the first printed page

    def x(self, at: float) -> float:
        """Where a wall-clock time stands."""
        start, until = self.timeline["starts"][0], self.timeline["until"]
        return float(self.left + (at - start) / (until - start) * (self.right - self.left))

    def column(self, i: int) -> tuple[float, float]:
        """Left edge and width of a column, gap included."""
        starts = self.timeline["starts"]
        after = starts[i + 1] if i + 1 < len(starts) else self.timeline["until"]
        return self.x(starts[i]), self.x(after) - self.x(starts[i])

    def middle(self, i: int) -> float:
        """The middle of a column."""
        x, width = self.column(i)
        return x + width / 2

    @cached_property
    def drawn(self) -> list[Mapping[str, Any]]:
        """The events that have a place on the calendar, in order."""
        return sorted((e for e in self.events if e["drawn"]), key=lambda e: (event_at(e), e["number"]))

    @cached_property
    def lane(self) -> Lane:
        """The policy lane: the tidiest of several ways to label it whole; else, and on phones, the numbers only."""
        xs = [self.x(event_at(event)) for event in self.drawn]
        best = self._labelled(xs) if self.wide else None
        if best:
            return best
        return rows_of(self.drawn, place_markers(xs, self.left - 16 if self.wide else 2, self.width - 2), [])

    def _labelled(self, xs: list[float]) -> Lane | None:
        ways = ((300.0, False), (200.0, False), (150.0, False), (300.0, True), (200.0, True), (130.0, True))
        best: Lane | None = None
        for width, one_line in ways:
            labels = [self.label(event, width, one_line=one_line) for event in self.drawn]
            least = fewest_rows([label.width for label in labels], self.width - self.left)
            if not one_line and least * (22 + LINE) > _HIGH:
                continue  # far too high
            places = place_labels(xs, [label.width for label in labels], self.left - 16, self.width - 2)
            lane = rows_of(self.drawn, places, labels)
            if lane.whole:
                best = lane if best is None or lane.cost < best.cost else best
            if best and best.cost <= _EASY:
                break
        return best

    def label(self, event: Mapping[str, Any], width: float, *, one_line: bool = False) -> Label:
        """What is said beside a marker in so many pixels: title, day and who."""
        locale = self.locale
        day = locale.day(event["date"], style="short", precision=event["precision"])
        who = locale.name(event["who"]).text or locale.word("kind", event["kind"])
        title = locale.name(event["title"]).text
        lines = (fitted(title, 12, width),) if one_line else in_two(title, 12.5, width)
        left_out = 1 - sum(map(len, lines)) / len(title) if lines[-1].endswith("…") else 0.0
        if one_line:
            return Label(lines, day, one_line, left_out)
        room = max(*(text_width(line, 12.5) + 24 for line in lines), 150.0)
        return Label(lines, fitted(f"{day} · {who}", SUB, room), one_line, left_out)

    @property
    def listed(self) -> list[Mapping[str, Any]]:
        """Those whose markers carry their number only: on phones listed above the chart, else under it.

        None where they are too many; the table names them all.
        """
        bare = not any(place.side for place in self.lane.places)
        return self.drawn if bare and len(self.drawn) <= LABELLED else []

    @property
    def lane_top(self) -> float:
        """Where the rows of markers begin."""
        return 2 if self.wide else 4 + self.list_height + (8 if self.listed else 0)

    @cached_property
    def list_titles(self) -> list[tuple[tuple[str, ...], str]]:
        """Of each event that is listed: its title in one or two lines, and its day."""
        days = [self.locale.day(one["date"], style="short", precision=one["precision"]) for one in self.listed]
        rooms = [self.list_width - 38 - text_width(day, SUB) for day in days]
        titles = [self.locale.name(event["title"]).text for event in self.listed]
        return [(in_two(title, 12, room), day) for title, room, day in zip(titles, rooms, days, strict=True)]

    @property
    def list_width(self) -> float:
        """Pixels across a column of the list: two of them where there is room."""
        return (self.width - _GUTTER) / 2 if self.wide else self.width

    @cached_property
    def list_columns(self) -> list[list[int]]:
        """Where each event of each column of the list begins, and where that column ends, from the list's top on."""
        heights = [LIST_ROW + LINE * (len(title) - 1) + 3 for title, _ in self.list_titles]
        first = ceil(len(heights) / 2) if self.wide else len(heights)
        return [[0, *accumulate(column)] for column in (heights[:first], heights[first:]) if column]

    @property
    def list_height(self) -> int:
        """Pixels that the list takes."""
        return max((tops[-1] for tops in self.list_columns), default=0)

    @property
    def list_spots(self) -> list[tuple[float, float]]:
        """Left and top of each event in the list."""
        top = self.bottom + 34 if self.wide else 0.0
        step = self.list_width + _GUTTER
        return [(step * nth, top + at) for nth, tops in enumerate(self.list_columns) for at in tops[:-1]]

    @property
    def height(self) -> float:
        """Pixels of the whole drawing."""
        return self.bottom + 26 + (self.list_height + 8 if self.wide and self.listed else 0)

    @cached_property
    def lane_bottom(self) -> float:
        """Where the policy lane ends, lines that lead to the axis included."""
        if not self.drawn:
            return 0
        moved = any(abs(place.at - place.x) > 1 for place in self.lane.places)
        return self.lane_top + self.lane.height + (FAN if moved else 6)

    def marker_y(self, place: Place) -> float:
        """The centre of a marker."""
        return self.lane_top + self.lane.tops[place.row] + 11

    @property
    def top(self) -> float:
        """Where the lane of comments begins."""
        return self.lane_bottom + (4 if self.wide else 22)

    @property
    def base(self) -> float:
        """The zero line of comments."""
        return self.top + HEAD + self.columns_height

    @cached_property
    def axis(self) -> tuple[int, int]:
        """The end of the axis of comments, copies included, and its step."""
        stacks = zip(self.timeline["total"], self.timeline["series"]["copied"], strict=True)
        return nice_top(max(total + copied for total, copied in stacks))

    def y(self, value: float) -> float:
        """Where a number of comments stands."""
        return self.base - value * self.columns_height / self.axis[0]

    @property
    def usual_top(self) -> float:
        """Where the strip of ratios begins."""
        return self.base + (12 if self.wide else 26)

    @property
    def _usual_bottom(self) -> float:
        return self.usual_top + USUAL_HEIGHT if self.timeline["usual"] else self.base

    @property
    def course(self) -> Mapping[str, Any] | None:
        """The shares over time; None where there are too few comments for them."""
        found: Mapping[str, Any] | None = self.timeline["course"]
        return found

    @property
    def course_top(self) -> float:
        """Where the words above the shares stand."""
        return self._usual_bottom + 14

    @cached_property
    def strip_head(self) -> int:
        """Room above a strip's axis, for changes that passed their test."""
        return 14 if self.passed else 4

    @property
    def strip_height(self) -> int:
        """Pixels from the zero line of a strip to the end of its axis."""
        return 44 if self.wide else 46

    def strip_base(self, nth: int) -> float:
        """The zero line of the n-th stance."""
        step = self.strip_head + self.strip_height + (8 if self.wide else 22)
        first = self.course_top + (18 if self.wide else 42) + self.strip_head + self.strip_height
        return first + nth * step

    @cached_property
    def share_top(self) -> float:
        """The end of the axis of shares: a quarter, from one half on, that no line or band goes beyond."""
        points = self.course["points"] if self.course else []
        highest = max((share["high"] or share["estimate"] for p in points for share in p["shares"].values()), default=0)
        return max(ceil(highest / _QUARTER - 1e-9) * _QUARTER, 2 * _QUARTER)

    def share_y(self, nth: int, share: float) -> float:
        """Where a share of the n-th stance stands."""
        return self.strip_base(nth) - self.strip_height * share / self.share_top

    @cached_property
    def passed(self) -> list[tuple[int, str, int]]:
        """Changes that passed their test: number of the event, stance, points."""
        return [
            (event["number"], stance, change["points"]["difference"])
            for event in (self.changes["events"] if self.changes else [])
            for stance, change in (event["stances"] or {}).items()
            if change["verdict"] == "passed"
        ]

    @property
    def bottom(self) -> float:
        """Where the last lane ends, and the axis of time stands."""
        return self.strip_base(len(DRAWN) - 1) if self.course else self._usual_bottom


def event_at(event: Mapping[str, Any]) -> float:
    """Midnight of a known day; else the middle of the month or year."""
    middle = {"day": 0, "month": 15, "year": 182}[event["precision"]]
    first = date.fromisoformat(event["date"])
    first = first.replace(day=1) if event["precision"] != "day" else first
    first = first.replace(month=1) if event["precision"] == "year" else first
    return (day_number(first) + middle) * DAY_MS
