"""The same shares under several counting rules: a line of dots for each, on one axis, the report's own highlighted."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

from reports.charts.palette import BLACK, GREY, INK, RULE
from reports.charts.scale import fitted, text_width
from reports.charts.svg import Drawing
from reports.corpus import DRAWN
from storage.nouns import Stance

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

    from reports.wording import Locale

OWN = "apart"
_HEAD, _NARROW_HEAD = 26, 48
_OWN_GROUND = "#F6F1DF"
_DARK_RULE = "#9AA2AA"


def dots(rule: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What is drawn of a rule, in points: the shares put right by labels, or the counted ones."""
    if rule["adjusted"]:
        return {name: {end: 100 * share[end] for end in _ENDS} for name, share in rule["adjusted"].items()}
    return {name: {"estimate": points, "low": None, "high": None} for name, points in (rule["shares"] or {}).items()}


_ENDS = ("estimate", "low", "high")


def draw_rules(rules: Sequence[Mapping[str, Any]], locale: Locale, *, wide: bool) -> Markup:
    """1060 pixels wide, or 360 for phones; a rule that cannot be followed says so."""
    width, row, head = (1060, 32, _HEAD) if wide else (360, 48, _NARROW_HEAD)
    left, right = (330, 1032) if wide else (8, 346)
    bottom = head + row * len(rules)
    drawing = Drawing(
        "cw" if wide else "cn",
        width,
        bottom + 20,
        title=locale.ui("counting_title"),
        desc=locale.ui("counting_desc"),
        css="chart wide" if wide else "chart narrow",
    )
    found = [dots(rule) for rule in rules]
    top = _top(found)
    own = next(i for i, rule in enumerate(rules) if rule["rule"] == OWN)
    drawing.rect(0, head + row * own, width, row, _OWN_GROUND, rx=3)
    xs = {at: left + (right - left) * at / top for at in range(0, top + 1, 10 if wide else 20)}
    drawing.lines([(x, head - 4, x, bottom) for at, x in xs.items() if at], RULE)
    drawing.line(left, head - 4, left, bottom, _DARK_RULE)
    for at, x in xs.items():
        drawing.text(x, bottom + 15, f"{at}%", 10.5, GREY, "middle")
    _names(drawing, locale, found[own], lambda share: left + (right - left) * share / top, wide=wide)
    for i, (rule, shown) in enumerate(zip(rules, found, strict=True)):
        y = head + row * (i + 0.5) + (0 if wide else 8)
        name = fitted(locale.word("rule", rule["rule"]), 12.5, 316 if wide else 350)
        drawing.text(
            0 if not wide else 8, y + 4 if wide else y - 16, name, 12.5, BLACK, weight=700 if i == own else None
        )
        if not shown:
            said = locale.ui("not_possible") if rule["n"] is None else locale.ui("too_few_rule")
            drawing.text(left + 8, y + 4, said, 12, GREY)
        for stance in DRAWN:
            if shown:
                _dot(drawing, stance, shown[stance.value], y, left, (right - left) / top)
    return drawing.done()


def _top(found: Sequence[Mapping[str, Mapping[str, Any]]]) -> int:
    """The end of the axis: a twenty, from forty on."""
    highest = max((share["high"] or share["estimate"] for rule in found for share in rule.values()), default=0)
    return max(ceil(highest / 20 - 1e-9) * 20, 40)


def _names(drawing: Drawing, locale: Locale, own: Mapping[str, Any], x: Any, *, wide: bool) -> None:  # noqa: ANN401  a function
    """The stances over their dots, moved apart where they would touch; on phones in two lines."""
    ends = [0.0, 0.0]
    ranked = sorted(own, key=lambda name: own[name]["estimate"])
    for i, name in enumerate(ranked):
        word, line = locale.word("stance", name), 0 if wide else i % 2
        half = text_width(word, 12) / 2
        middle = min(max(x(own[name]["estimate"]), ends[line] + half + 8), (1060 if wide else 360) - half - 2)
        drawing.text(middle, 14 + 16 * line, word, 12, INK[Stance(name)], "middle", 700)
        ends[line] = middle + half


def _dot(drawing: Drawing, stance: Stance, share: Mapping[str, Any], y: float, left: float, scale: float) -> None:
    """A shape of its own for each stance, on the line of its interval."""
    x, ink = left + scale * share["estimate"], INK[stance]
    if share["low"] is not None:
        drawing.line(left + scale * share["low"], y, left + scale * share["high"], y, ink, 2)
    if stance is Stance.CONCERN:
        drawing.add("circle", cx=x, cy=y, r=5.5, fill=ink)
    elif stance is Stance.SUPPORT:
        drawing.rect(x - 5, y - 5, 10, 10, ink)
    else:
        path = (
            f"M{x:.1f} {y - 6.5:.1f}l6.5 6.5-6.5 6.5-6.5-6.5z"
            if stance is Stance.SUGGESTION
            else f"M{x:.1f} {y - 6:.1f}l6 11h-12z"
        )
        drawing.add("path", d=path, fill=ink)
