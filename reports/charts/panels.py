"""Small charts: a panel for each place, a short bar for a table cell or a tile, a marker for the legend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from reports.charts.palette import BLACK, FILL, GREY, INK, OUTLINE, TINT
from reports.charts.svg import Drawing
from reports.corpus import DRAWN
from storage.nouns import Stance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.wording import Locale

_WIDTH, _ROW, _LABEL, _TOP = 215, 26, 80, 4


def estimated(panel: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Shares with intervals: from the place's own labels, else the coder's, put right by its errors on all labels."""
    found: Mapping[str, Any] | None = panel["audited"] or panel["adjusted"]
    return found


def draw_panel(
    number: int, panel: Mapping[str, Any], pooled: Mapping[str, int] | None, locale: Locale, widest: int
) -> Markup:
    """Bars of one place's shares, with intervals where labels give them; with too few comments the bare counts.

    Args:
        number: of the panel.
        panel: of numbers.json.
        locale: the language.
        pooled: the same shares of all places together in points, a dashed line across; None for none.
        widest: the largest share in any panel, so that bars of different panels compare.
    """
    place = locale.place(panel["place"], panel["others"])
    height, room = _TOP + len(DRAWN) * _ROW, _WIDTH - _LABEL - 40
    told = {"title": locale.ui("places_title", place=place), "desc": locale.ui("places_desc", n=panel["coded"])}
    drawing = Drawing(f"pl{number}", _WIDTH, height, **told)
    shares, scale = estimated(panel), room / max(widest, 1)
    middles = {stance: _TOP + i * _ROW + _ROW / 2 for i, stance in enumerate(DRAWN)}
    for stance, y in middles.items():
        drawing.text(0, y + 4, locale.word("stance", stance.value), 13, INK[stance], weight=600)
        if shares:
            _estimated(drawing, y, shares[stance.value]["points"], stance, scale)
        elif panel["shares"]:
            _counted(drawing, y, panel["shares"][stance.value], stance, scale)
        else:
            drawing.text(_LABEL, y + 4, locale.number(panel["counts"][stance.value]), 13, BLACK)
    if pooled and (shares or panel["shares"]):
        for stance, y in middles.items():
            across = _LABEL + scale * pooled[stance.value]
            drawing.line(across, y - 11, across, y + 11, BLACK, 1.4, "2 2")
    for stance, y in middles.items() if shares or panel["shares"] else ():
        share = shares[stance.value]["points"] if shares else {"estimate": panel["shares"][stance.value]}
        end = scale * max(share.get("high", share["estimate"]), pooled[stance.value] if pooled else 0)
        drawing.text(_LABEL + end + 6, y + 4, f"{share['estimate']}%", 13, INK[stance], weight=700)
    return drawing.done()


def _counted(drawing: Drawing, y: float, points: int, stance: Stance, scale: float) -> None:
    """A bar of the coder's share."""
    drawing.rect(_LABEL, y - 8, scale * points, 16, FILL[stance], stroke=OUTLINE if stance is Stance.NEUTRAL else None)


def _estimated(drawing: Drawing, y: float, points: Mapping[str, int], stance: Stance, scale: float) -> None:
    """A bar of an estimated share, with its interval as a line over it, edged in white so that it shows on the bar."""
    low, middle, high = (_LABEL + scale * points[end] for end in ("low", "estimate", "high"))
    drawing.rect(_LABEL, y - 8, middle - _LABEL, 16, FILL[stance], stroke=OUTLINE if stance is Stance.NEUTRAL else None)
    drawing.line(low, y, high, y, "#FFFFFF", 4)
    drawing.line(low, y, high, y, BLACK, 1.6)
    drawing.lines([(end, y - 4, end, y + 4) for end in (low, high)], BLACK, 1.6)


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
