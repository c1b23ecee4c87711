"""Small charts: one panel per place, one stacked bar per counting rule, one short bar in a table cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from reports.charts.palette import BLACK, FILL, GREY, INK, ON_FILL, OUTLINE, TINT
from reports.charts.scale import text_width
from reports.charts.svg import Drawing
from reports.corpus import DRAWN
from storage.nouns import Stance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.wording import Locale

_WIDTH, _ROW, _LABEL, _TOP = 215, 26, 80, 4


def draw_panel(number: int, panel: Mapping[str, Any], pooled: Mapping[str, Any], locale: Locale, widest: int) -> Markup:
    """Bars of one place's shares; without shares (too few comments) the bare counts.

    `widest` is the largest share in any panel, so that bars of different panels compare.
    """
    place = locale.place(panel["place"], panel["others"])
    drawing = Drawing(
        f"pl{number}",
        _WIDTH,
        _TOP + len(DRAWN) * _ROW,
        title=locale.ui("places_title", place=place),
        desc=locale.ui("places_desc", n=panel["coded"]),
    )
    room = _WIDTH - _LABEL - 40
    for i, stance in enumerate(DRAWN):
        y = _TOP + i * _ROW + _ROW / 2
        drawing.text(0, y + 4, locale.word("stance", stance.value), 13, INK[stance], weight=600)
        if panel["audited"]:
            _estimated(drawing, y, panel["audited"][stance.value]["points"], stance, room / max(widest, 1))
            continue
        if panel["shares"] is None:
            drawing.text(_LABEL, y + 4, locale.number(panel["counts"][stance.value]), 13, BLACK)
            continue
        length = room * panel["shares"][stance.value] / max(widest, 1)
        drawing.rect(_LABEL, y - 8, length, 16, FILL[stance], stroke=OUTLINE if stance is Stance.NEUTRAL else None)
        after = length
        if pooled["shares"] is not None:
            across = room * pooled["shares"][stance.value] / max(widest, 1)
            drawing.line(_LABEL + across, y - 11, _LABEL + across, y + 11, BLACK, 1.4, "2 2")
            after = max(length, across)
        drawing.text(_LABEL + after + 6, y + 4, f"{panel['shares'][stance.value]}%", 13, INK[stance], weight=700)
    return drawing.done()


def _estimated(drawing: Drawing, y: float, points: Mapping[str, int], stance: Stance, scale: float) -> None:
    """A bar of an audited share, with its interval as a line over it."""
    low, middle, high = (scale * points[end] for end in ("low", "estimate", "high"))
    drawing.rect(_LABEL, y - 8, middle, 16, TINT[stance], stroke=INK[stance], stroke_width=0.8)
    drawing.line(_LABEL + low, y, _LABEL + high, y, BLACK, 1.6)
    for end in (low, high):
        drawing.line(_LABEL + end, y - 5, _LABEL + end, y + 5, BLACK, 1.6)
    drawing.text(_LABEL + high + 6, y + 4, f"{points['estimate']}%", 13, INK[stance], weight=700)


def draw_rule(rule: Mapping[str, Any], locale: Locale) -> Markup:
    """One stacked bar of the four shares under a counting rule."""
    drawing = Drawing(
        f"ru-{rule['rule']}",
        460,
        26,
        title=locale.word("rule", rule["rule"]),
        desc=locale.ui("counting_desc"),
        css="chart",
    )
    whole = sum(rule["shares"].values()) or 1
    x = 0.0
    for stance in DRAWN:
        width = 460 * rule["shares"][stance.value] / whole
        drawing.rect(x, 0, width - 1, 26, FILL[stance])
        label = f"{rule['shares'][stance.value]}%"
        if text_width(label, 12.5) + 6 < width:
            drawing.text(x + width / 2, 17.5, label, 12.5, ON_FILL[stance], "middle", 600)
        x += width
    return drawing.done()


def draw_bar(value: float, highest: float, stance: str) -> Markup:
    """A short bar without words, for a table cell or a tile that prints the number beside it."""
    length = 100 * value / highest if highest else 0
    return Markup(
        '<svg class="mini" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="100" height="8" fill="#EDF0F2"/><rect width="{}" height="8" fill="{}"/></svg>'
    ).format(f"{length:.1f}", _solid(stance))


def draw_interval(share: Mapping[str, Any], counted: int, coded: int, stance: str) -> Markup:
    """A track from 0 to 100 % with an interval, the estimate in it, and a triangle where the coder's count lies.

    Without words, for a tile that prints the numbers beside it.
    """
    low, middle, high = (100 * share[end] for end in ("low", "estimate", "high"))
    mark = (
        Markup('<path d="M{} 11l1.6 4h-3.2z" fill="#20262C"/>').format(f"{100 * counted / coded:.1f}") if coded else ""
    )
    return Markup(
        '<svg class="mini span" viewBox="0 0 100 15" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="100" height="10" fill="#EDF0F2"/><rect x="{}" width="{}" height="10" fill="{}"/>'
        '<rect x="{}" width="1.2" height="10" fill="{}"/>{}</svg>'
    ).format(f"{low:.1f}", f"{high - low:.1f}", TINT[Stance(stance)], f"{middle - 0.6:.1f}", INK[Stance(stance)], mark)


def draw_shape(speaker: str) -> Markup:
    """The marker of one kind of speaker, for the legend."""
    body = {
        "official": '<circle cx="8" cy="8" r="6.5" fill="#20262C"/>',
        "regulator": '<rect x="1.5" y="1.5" width="13" height="13" rx="2" fill="#20262C"/>',
        "media": '<circle cx="8" cy="8" r="6" fill="#fff" stroke="#20262C" stroke-width="1.6"/>',
    }[speaker]
    return Markup('<svg class="shape" viewBox="0 0 16 16" aria-hidden="true">{}</svg>').format(Markup(body))  # noqa: S704  a constant


def _solid(stance: str) -> str:
    return "#7E878F" if stance == Stance.NEUTRAL else FILL.get(Stance(stance), GREY)
