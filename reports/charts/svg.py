"""SVG written element by element; every attribute and every text is escaped here and nowhere else."""

from __future__ import annotations

from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from reports.charts.scale import text_width

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Value = str | float
_PLACE = frozenset({"x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "d", "width", "height", "id", "lang"})
"""Attributes that say where an element is; all others say how it looks."""


class Drawing:
    """One SVG image with a title and a description for readers who do not see it.

    Sizes are in CSS pixels of the image's own grid; it scales to the width it is given.
    """

    def __init__(self, key: str, width: float, height: float, *, title: str, desc: str, css: str = "chart") -> None:
        self.width, self.height = width, height
        attributes: dict[str, Value | None] = {
            "viewBox": f"0 0 {_short(width)} {_short(height)}",
            "role": "img",
            "class": css,
            "aria-labelledby": f"{key}-t {key}-d",
        }
        self._opening = f"<svg{_attributes(attributes)}>"
        self._parts: list[tuple[str, str, str]] = []  # the look of an element, its name and place, what follows them
        self.add("title", title, id=f"{key}-t")
        self.add("desc", desc, id=f"{key}-d")

    def add(self, name: str, content: str | None = None, /, **attributes: Value | None) -> None:
        """An element; `stroke_width` becomes `stroke-width`, None leaves an attribute out, content is text."""
        place = {key: value for key, value in attributes.items() if key in _PLACE}
        look = {key: value for key, value in attributes.items() if key not in _PLACE}
        rest = "/>" if content is None else f">{escape(content)}</{name}>"
        self._parts.append((_attributes(look), f"<{name}{_attributes(place)}", rest))

    def line(
        self, x1: float, y1: float, x2: float, y2: float, stroke: str, width: float = 1, dash: str | None = None
    ) -> None:
        """A straight line."""
        self.add("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, stroke_width=width, stroke_dasharray=dash)

    def lines(
        self, ends: Iterable[tuple[float, float, float, float]], stroke: str, width: float = 1, dash: str | None = None
    ) -> None:
        """Many straight lines of one look, each level or upright, as a single path."""
        path = "".join(
            f"M{_short(x1)} {_short(y1)}" + (f"H{_short(x2)}" if y1 == y2 else f"V{_short(y2)}")
            for x1, y1, x2, y2 in ends
        )
        if path:
            self.add("path", d=path, fill="none", stroke=stroke, stroke_width=width, stroke_dasharray=dash)

    def rect(self, x: float, y: float, width: float, height: float, fill: str, **attributes: Value | None) -> None:
        """A rectangle; negative sizes count as nothing."""
        self.add("rect", x=x, y=y, width=max(width, 0.0), height=max(height, 0.0), fill=fill, **attributes)

    def text(
        self, x: float, y: float, text: str, size: float = 12, fill: str = "#20262C", anchor: str | None = None,
        weight: int | None = None, lang: str | None = None,
    ) -> None:  # fmt: skip
        """A line of text; `anchor` start (the default), middle or end."""
        self.add("text", text, x=x, y=y, font_size=size, fill=fill, text_anchor=anchor, font_weight=weight, lang=lang)

    def on_white(
        self, x: float, y: float, text: str, size: float, fill: str, anchor: str | None = None,
        weight: int | None = None,
    ) -> None:  # fmt: skip
        """Text on a white ground that interrupts what is behind it (paint-order halos vanish in some PDF makers)."""
        width = text_width(text, size)
        left = x - width if anchor == "end" else x - width / 2 if anchor == "middle" else x
        self.rect(left - 2, y - size * 0.88, width + 4, size * 1.18, "#FFFFFF", opacity="0.86")
        self.text(x, y, text, size, fill, anchor, weight)

    def bars(self, boxes: Iterable[tuple[float, float, float, float]], fill: str, **attributes: Value | None) -> None:
        """Many rectangles (x, y, width, height) of one look as a single path: a tenth of the bytes."""
        path, at = "", (0.0, 0.0)
        for x, y, w, h in boxes:  # in steps from one corner to the next, of what was written and not what was meant
            step = (round(x - at[0], 1), round(y - at[1], 1))
            at = (at[0] + step[0], at[1] + step[1])
            path += f"m{_pair(*step)}h{_short(w)}v{_short(h)}h{_short(-w)}z"
        if path:
            self.add("path", d=path, fill=fill, **attributes)

    def hatch(self, key: str, ground: str, stroke: str) -> str:
        """Defines oblique lines on a ground and gives the fill that paints them."""
        made = (
            f'<defs><pattern id="{escape(key)}" width="6" height="6" patternUnits="userSpaceOnUse"'
            f' patternTransform="rotate(45)"><rect width="6" height="6" fill="{escape(ground)}"/>'
            f'<line x1="0" y1="0" x2="0" y2="6" stroke="{escape(stroke)}" stroke-width="2"/></pattern></defs>'
        )
        self._parts.append(("", made, ""))
        return f"url(#{key})"

    def done(self) -> Markup:
        """The finished image, safe to place in a page."""
        runs = ((look, list(run)) for look, run in groupby(self._parts, key=lambda part: part[0]))
        return Markup(self._opening + "".join(_run(look, run) for look, run in runs) + "</svg>")  # noqa: S704  every value was escaped as it came in


def _run(look: str, run: list[tuple[str, str, str]]) -> str:
    """Elements of one look that follow each other: the look is said once, by a group around them."""
    if len(run) == 1 or not look:
        return "".join(f"{place}{look}{rest}" for _, place, rest in run)
    return f"<g{look}>{''.join(place + rest for _, place, rest in run)}</g>"


def course(points: Sequence[tuple[float, float]]) -> str:
    """A line through points as a path, in steps from one to the next: two thirds of the bytes."""
    at = [(round(x, 1), round(y, 1)) for x, y in points]
    steps = [_pair(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(at)]
    first = f"M{_short(at[0][0])} {_short(at[0][1])}"
    return f"{first}l{' '.join(steps)}" if steps else first


def _attributes(values: dict[str, Value | None]) -> str:
    return "".join(
        f' {name.replace("_", "-")}="{escape(_short(value) if isinstance(value, (int, float)) else value)}"'
        for name, value in values.items()
        if value is not None
    )


def _short(value: float) -> str:
    return f"{round(value, 1) + 0:.1f}".removesuffix(".0")  # + 0 makes -0.0 a plain 0


def _pair(x: float, y: float) -> str:
    """Two numbers of a path: a minus parts them as well as a space."""
    one, other = _short(x), _short(y)
    return one + other if other.startswith("-") else f"{one} {other}"
