"""Before and after each event, a pair of dots for each stance: hollow before, solid after, with their intervals."""

from __future__ import annotations

from itertools import accumulate, product
from math import ceil
from typing import TYPE_CHECKING, Any, NamedTuple

from reports.charts.palette import BLACK, GREY, INK, RULE
from reports.charts.policy import draw_markers
from reports.charts.scale import fitted, in_two, text_width
from reports.charts.svg import Drawing
from reports.corpus import DRAWN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

    from reports.wording import Locale
    from storage.nouns import Stance

_UNCLEAR = "#6B7178"
_HEAD, _ROW, _NARROW_ROW, _NARROW_HEAD = 26, 50, 30, 54
_NAMES, _GAP, _LABEL = 286, 26, 62
_FIFTH = 0.2


class Row(NamedTuple):
    """One event: the event and its change, of numbers.json, and what is said of both."""

    event: Mapping[str, Any]
    change: Mapping[str, Any]
    title: str
    sub: str
    why_not: str


class _Axis(NamedTuple):
    """Where shares stand: the left end, pixels for one, the share at the right end, and where words must end."""

    left: float
    scale: float
    top: float
    wall: float

    def x(self, share: float) -> float:
        return self.left + self.scale * share


class _Cell(NamedTuple):
    """One event and stance in the drawing: its axis, the middle of its row, and its change."""

    axis: _Axis
    y: float
    stance: Stance
    change: Mapping[str, Any]

    @property
    def passed(self) -> bool:
        return bool(self.change["verdict"] == "passed")

    @property
    def ink(self) -> str:
        return INK[self.stance] if self.passed else _UNCLEAR

    def at(self, side: str, end: str = "estimate") -> float:
        return self.axis.x(self.change[side][end])

    @property
    def intervals(self) -> list[tuple[float, float, float, float]]:
        levels = (("before", self.y - 6), ("after", self.y + 6))
        return [(self.at(side, "low"), y, self.at(side, "high"), y) for side, y in levels]

    @property
    def start(self) -> float:
        return min(self.at("before", "low"), self.at("after", "low"))

    @property
    def end(self) -> float:
        return max(self.at("before", "high"), self.at("after", "high"))


def draw_dumbbells(rows: Sequence[Row], locale: Locale, *, wide: bool) -> Markup:
    """Event by stance, 1060 pixels wide; for phones 360, one block an event."""
    height = _HEAD + _ROW * len(rows) + 20 if wide else sum(map(_block, rows)) + 4
    drawing = Drawing(
        "ba" if wide else "bn",
        1060 if wide else 360,
        height,
        title=locale.ui("changes_title"),
        desc=locale.ui("changes_desc", n=len(rows)),
        css="chart wide" if wide else "chart narrow",
    )
    (_wide if wide else _narrow)(drawing, rows, locale)
    return drawing.done()


def _top(rows: Sequence[Row]) -> float:
    """The end of the axis: a fifth, from three on, that no interval goes beyond."""
    ends = [
        share["high"] for row in rows for one in (row.change["stances"] or {}).values() for share in _pair(one).values()
    ]
    return max(ceil(max(ends, default=0) / _FIFTH - 1e-9), 3) * _FIFTH


def _pair(change: Mapping[str, Any]) -> dict[str, Mapping[str, float]]:
    return {side: change[side] for side in ("before", "after")}


def _wide(drawing: Drawing, rows: Sequence[Row], locale: Locale) -> None:
    panel, top, spans = (1060 - _NAMES) / len(DRAWN), _top(rows), _compared(rows)
    lefts = [_NAMES + panel * i + _GAP for i, _ in enumerate(DRAWN)]
    scale = (panel - _GAP - 26) * 0.86 / top
    axes = [_Axis(left, scale, top, wall) for left, wall in zip(lefts, (*lefts[1:], 1060), strict=True)]
    for stance, axis in zip(DRAWN, axes if spans else [], strict=bool(spans)):
        drawing.text(axis.left, 14, locale.word("stance", stance.value), 13, INK[stance], weight=700)
    _axes(drawing, axes, spans)
    _ends(drawing, axes, [bottom for _, bottom in spans[-1:]])
    middles = [_HEAD + _ROW * (i + 0.5) for i in range(len(rows))]
    drawing.lines([(0, y - _ROW / 2, 1060, y - _ROW / 2) for y in middles[1:]], RULE)
    _named(drawing, list(zip(rows, middles, strict=True)), _NAMES - 8)
    for row, y in zip(rows, middles, strict=True):
        if row.change["stances"] is None:
            drawing.text(axes[0].left + 4, y + 4, row.why_not, 12, GREY)
    _dumbbells(drawing, [
        _Cell(axis, y, stance, row.change["stances"][stance.value])
        for row, y in zip(rows, middles, strict=True) if row.change["stances"]
        for stance, axis in zip(DRAWN, axes, strict=True)
    ], locale)  # fmt: skip


def _compared(rows: Sequence[Row]) -> list[tuple[float, float]]:
    """Top and bottom of the rows that can be compared: the words of the others stand where no axis is."""
    spans: list[tuple[float, float]] = []
    for y in (_HEAD + _ROW * i for i, row in enumerate(rows) if row.change["stances"]):
        if spans and spans[-1][1] == y:
            spans[-1] = (spans[-1][0], y + _ROW)
        else:
            spans.append((y, y + _ROW))
    return spans


def _axes(drawing: Drawing, axes: Sequence[_Axis], spans: Sequence[tuple[float, float]]) -> None:
    """A line at every fifth of each axis from top to bottom of each span, the first one stronger."""
    fifths = range(1, round(axes[0].top / _FIFTH) + 1)
    xs = [axis.x(fifth * _FIFTH) for axis in axes for fifth in fifths]
    drawing.lines([(x, top, x, end) for top, end in spans for x in xs], RULE)
    drawing.lines([(axis.left, top, axis.left, end) for top, end in spans for axis in axes], "#9AA2AA")


def _ends(drawing: Drawing, axes: Sequence[_Axis], bottoms: Sequence[float]) -> None:
    """The shares under the axes, at each bottom."""
    fifths = range(1, round(axes[0].top / _FIFTH) + 1)
    told = (0, *fifths) if axes[0].left > _NAMES else (0, *fifths[1::2])
    for axis, bottom in product(axes, bottoms):
        for fifth in told:
            drawing.text(axis.x(fifth * _FIFTH), bottom + 15, f"{20 * fifth}%", 10.5, GREY, "middle")


def _named(drawing: Drawing, rows: Sequence[tuple[Row, float]], room: float) -> None:
    """Each row's marker, its title in one or two lines, and what stands under it, around a height."""
    draw_markers(drawing, [(row.event, 10, y - 4) for row, y in rows])
    titles = [(in_two(row.title, 12, room), row.sub, y) for row, y in rows]
    for lines, _, y in titles:
        for nth, line in enumerate(lines):
            drawing.text(27, y - 7 * len(lines) + 5 + 14 * nth, line, 12, BLACK, weight=600)
    for lines, sub, y in titles:
        drawing.text(27, y + 7 * len(lines) + 6, fitted(sub, 11, room), 11, GREY)


def _dumbbells(drawing: Drawing, cells: Sequence[_Cell], locale: Locale) -> None:
    """Coloured and labelled where the change passed its test, grey where not, in words where nothing can be said."""
    for ink in dict.fromkeys(cell.ink for cell in cells):
        mine = [cell for cell in cells if cell.ink == ink]
        for cell in mine:
            if cell.passed:
                drawing.line(cell.at("before"), cell.y - 6, cell.at("after"), cell.y + 6, ink, 2)
        drawing.lines([line for cell in mine for line in cell.intervals], ink, 1.6)
        for cell in mine:
            drawing.add(
                "circle", cx=cell.at("before"), cy=cell.y - 6, r=4.2, fill="#FFFFFF", stroke=ink, stroke_width=1.8
            )
        for cell in mine:
            drawing.add("circle", cx=cell.at("after"), cy=cell.y + 6, r=5, fill=ink)
    for cell in cells:
        label = _label(cell.change, locale)
        if label:
            look = (12, cell.ink, None, 700) if cell.passed else (11, GREY, None, None)
            width, wall = text_width(label, look[0]), cell.axis.wall - 4
            if cell.end + 6 + width <= wall:
                drawing.on_white(cell.end + 6, cell.y + 4, label, *look)
            elif cell.start - 6 - width >= cell.axis.left:
                drawing.on_white(cell.start - 6, cell.y + 4, label, look[0], look[1], "end", look[3])
            else:
                drawing.on_white(wall, cell.y + 4, label, look[0], look[1], "end", look[3])


def _label(change: Mapping[str, Any], locale: Locale) -> str:
    if change["verdict"] == "too_little":
        return locale.ui("too_little_short")
    if change["verdict"] != "passed":
        return ""
    points = change["points"]["difference"]
    return f"{'+' if points > 0 else '−'}{locale.ui('points_short', n=abs(points))}"


def _block(row: Row) -> float:
    """Pixels that an event takes on a phone."""
    return _NARROW_HEAD + (_NARROW_ROW * len(DRAWN) + 24 if row.change["stances"] else 24)


def _narrow(drawing: Drawing, rows: Sequence[Row], locale: Locale) -> None:
    names = max(text_width(locale.word("stance", stance.value), 12) for stance in DRAWN) + 12
    axis = _Axis(names, (360 - names - _LABEL) / _top(rows), _top(rows), 360)
    tops = [*accumulate(map(_block, rows), initial=0.0)]
    _named(drawing, [(row, y + 24) for row, y in zip(rows, tops, strict=False)], 330)
    scales: list[tuple[float, float]] = []
    cells = []
    for row, y in zip(rows, tops, strict=False):
        first = y + _NARROW_HEAD
        if row.change["stances"] is None:
            drawing.text(27, first + 8, fitted(row.why_not, 12, 330), 12, GREY)
        else:
            scales.append((first, first + _NARROW_ROW * len(DRAWN)))
            for i, stance in enumerate(DRAWN):
                cells.append(_Cell(axis, first + _NARROW_ROW * (i + 0.5), stance, row.change["stances"][stance.value]))
    for cell in cells:
        name = locale.word("stance", cell.stance.value)
        drawing.text(0, cell.y + 4, name, 12, INK[cell.stance], weight=600)
    if cells:
        _axes(drawing, [axis], scales)
        _ends(drawing, [axis], [bottom for _, bottom in scales])
        _dumbbells(drawing, cells, locale)
