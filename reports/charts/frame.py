"""Where everything stands in a drawing of the timeline: columns, lanes, markers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from reports.charts.lane import Place, place_labels
from reports.charts.scale import fitted, nice_top, text_width
from reports.corpus import DAY_MS, day_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.wording import Locale

STRIP_HEIGHT, USUAL_HEIGHT, BANDS_HEIGHT = 92, 18, 84
HEAD = 20
_ROW, _BARE_ROW = 36, 25
_LABEL_WIDTH = 300


def audited_periods(timeline: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The periods of the strip that have enough labels of their own for audited shares."""
    strip = timeline["strip"]
    return [period for period in strip["periods"] if period["audited"]] if strip else []


@dataclass(frozen=True)
class Frame:
    """The grid of one drawing: `wide` for screens and paper, narrow for phones."""

    timeline: Mapping[str, Any]
    events: Sequence[Mapping[str, Any]]
    locale: Locale
    wide: bool

    @property
    def width(self) -> int:
        """Pixels across."""
        return 1060 if self.wide else 360

    @property
    def left(self) -> int:
        """Where the columns begin: lane titles and axis stand before it."""
        return 132 if self.wide else 34

    @property
    def right(self) -> int:
        """Where the columns end."""
        return self.width - (14 if self.wide else 6)

    @property
    def size(self) -> float:
        """Letter size of event labels."""
        return 12.5 if self.wide else 11.5

    @property
    def columns_height(self) -> int:
        """Pixels the tallest axis value takes."""
        return 214 if self.wide else 150

    def x(self, at: float) -> float:
        """Where a wall-clock time stands."""
        start, until = self.timeline["starts"][0], self.timeline["until"]
        return float(self.left + (at - start) / (until - start) * (self.right - self.left))

    def column(self, i: int) -> tuple[float, float]:
        """Left edge and width of a column, gap included."""
        starts = self.timeline["starts"]
        after = starts[i + 1] if i + 1 < len(starts) else self.timeline["until"]
        return self.x(starts[i]), self.x(after) - self.x(starts[i])

    @cached_property
    def marks(self) -> list[tuple[Mapping[str, Any], Place]]:
        """The events drawn, each with its place in the policy lane."""
        drawn = sorted((e for e in self.events if e["drawn"]), key=self._event_at)
        xs = [self.x(self._event_at(event)) for event in drawn]
        widths = [max(text_width(a, self.size), text_width(b, 11)) for a, b in map(self.label, drawn)]
        places = place_labels(xs, widths, 2, self.width - 2, **({} if self.wide else {"rows": 0}))
        return list(zip(drawn, places, strict=True))

    @staticmethod
    def _event_at(event: Mapping[str, Any]) -> float:
        """Midnight of a known day; else the middle of the month or year."""
        middle = {"day": 0, "month": 15, "year": 182}[event["precision"]]
        first = date.fromisoformat(event["date"])
        first = first.replace(day=1) if event["precision"] != "day" else first
        first = first.replace(month=1) if event["precision"] == "year" else first
        return (day_number(first) + middle) * DAY_MS

    def label(self, event: Mapping[str, Any]) -> tuple[str, str]:
        """The two lines beside a marker."""
        day = self.locale.day(event["date"], style="short", precision=event["precision"])
        title = self.locale.name(event["title"]).text
        return fitted(title, self.size, _LABEL_WIDTH), f"{day} · {self.locale.word('kind', event['kind'])}"

    @cached_property
    def lane_bottom(self) -> float:
        """Where the policy lane ends."""
        rows = max((place.row for _, place in self.marks), default=-1) + 1
        row = _ROW if self.wide else _BARE_ROW
        return (20 if self.wide else 8) + rows * row if rows else 0

    def marker_y(self, place: Place) -> float:
        """The centre of a marker."""
        row = _ROW if self.wide else _BARE_ROW
        return (22 if self.wide else 16) + place.row * row

    @property
    def top(self) -> float:
        """Where the lane of comments begins."""
        return self.lane_bottom + (6 if self.wide else 22)

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
        return self.base + (30 if self.wide else 44)

    @property
    def strip_top(self) -> float:
        """Where the strip of shares begins."""
        used = (USUAL_HEIGHT + (14 if self.wide else 24)) if self.timeline["usual"] else 0
        return self.usual_top + used

    @cached_property
    def audited(self) -> list[Mapping[str, Any]]:
        """The periods of the strip that have audited shares."""
        return audited_periods(self.timeline)

    @property
    def bands_top(self) -> float:
        """Where the axis of the audited shares ends."""
        return self.strip_top + STRIP_HEIGHT + (16 if self.wide else 30)

    @property
    def bottom(self) -> float:
        """Where the last lane ends."""
        if self.audited:
            return self.bands_top + BANDS_HEIGHT
        if self.timeline["strip"]:
            return self.strip_top + STRIP_HEIGHT
        return self.usual_top + USUAL_HEIGHT if self.timeline["usual"] else self.base
