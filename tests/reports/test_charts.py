"""Charts: labels never overlap, axes end well, colours can be read, and nothing foreign gets through."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.charts.frame import STRIP_HEIGHT, Frame
from reports.charts.lane import LABEL_ROWS, place_labels
from reports.charts.palette import BLACK, FILL, GREY, INK, ON_FILL, SAND, SAND_INK, TINT
from reports.charts.scale import fitted, nice_top, text_width
from reports.charts.svg import Drawing
from reports.charts.ticks import ticks
from reports.charts.timeline import draw_timeline
from reports.numbers import build_numbers
from reports.wording import locale_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from reports.inputs import ReportInput
    from storage.nouns import Stance

labels = st.lists(st.tuples(st.floats(132, 1046), st.floats(10, 300)), min_size=1, max_size=15)


@given(labels, st.sampled_from([0, LABEL_ROWS]))
def test_no_two_labels_in_a_row_overlap(events: list[tuple[float, float]], rows: int) -> None:
    events.sort()
    places = place_labels([x for x, _ in events], [width for _, width in events], 2, 1058, rows=rows)
    assert [place.x for place in places] == [x for x, _ in events]
    for one, other in itertools.combinations(places, 2):
        assert one.row != other.row or one.right <= other.left or other.right <= one.left
    for place, (_, width) in zip(places, events, strict=True):
        assert place.side is None or (place.left >= 2 and place.right <= 1058 and place.right - place.left > width)


def test_five_events_well_apart_keep_their_words() -> None:
    places = place_labels([200, 320, 480, 640, 860], [130, 120, 140, 180, 150], 2, 1058)
    assert all(place.side for place in places)
    assert max(place.row for place in places) <= 2


@given(st.integers(1, 10**8))
def test_an_axis_ends_at_a_round_number_above_the_highest_value(highest: int) -> None:
    top, step = nice_top(highest)
    assert top >= highest
    assert top % step == 0
    assert 1 <= top // step <= 6


@given(st.text(max_size=60), st.floats(20, 400))
def test_a_fitted_text_is_no_wider_than_its_room(text: str, width: float) -> None:
    assert text_width(fitted(text, 12, width), 12) <= width


def test_han_characters_are_square_and_latin_ones_narrower() -> None:
    assert text_width("评论", 10) >= 20
    assert text_width("ab", 10) < 14


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


PAIRS = [
    *((ink, "#FFFFFF") for ink in (*INK.values(), BLACK, GREY)),
    *((ON_FILL[stance], FILL[stance]) for stance in FILL),
    (GREY, "#F7F8F9"),
    (SAND_INK, SAND),
    ("#5C4C0C", SAND),
]


@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_words_stand_out_from_their_ground(ink: str, ground: str) -> None:
    assert contrast(ink, ground) >= 4.5


def test_a_drawing_escapes_attributes_and_text() -> None:
    drawing = Drawing("k", 10, 10, title="<b>", desc='"&')
    drawing.text(1, 1, "</text><script>", fill='"><script>')
    made = str(drawing.done())
    assert "<script" not in made
    assert "<b>" not in made


@pytest.mark.parametrize("wide", [True, False])
def test_the_timeline_stays_inside_its_frame(rich_numbers: dict[str, Any], wide: bool) -> None:
    made = draw_timeline(rich_numbers["timeline"], rich_numbers["events"], locale_for("zh", rich_numbers), wide=wide)
    width, height = (float(part) for part in re.search(r'viewBox="0 0 (\S+) (\S+)"', made).groups())  # type: ignore[union-attr]
    assert all(0 <= float(x) <= width for x in re.findall(r' x[12]?="(-?[\d.]+)"', made))
    assert all(0 <= float(y) <= height for y in re.findall(r' y[12]?="(-?[\d.]+)"', made))
    assert "nan" not in made


def test_columns_add_up_to_the_counts(rich_numbers: dict[str, Any]) -> None:
    """The painted height of each stance is its share of the painted whole."""
    made = draw_timeline(rich_numbers["timeline"], rich_numbers["events"], locale_for("en", rich_numbers))
    heights = {
        colour: sum(float(h) for h in re.findall(r"v([\d.]+)h-", path))
        for path, colour in re.findall(r'<path d="([^"]+)" fill="([^"]+)"', made)
    }
    series = rich_numbers["timeline"]["series"]
    ratio = {stance: heights[colour] / sum(series[stance.value]) for stance, colour in FILL.items()}
    assert max(ratio.values()) / min(ratio.values()) == pytest.approx(1, abs=0.06)


@pytest.mark.parametrize("days", [1, 3, 10, 42, 120, 400, 1825, 4000])
def test_ticks_are_never_crowded(make: Callable[..., ReportInput], frame_of: Callable[..., Any], days: int) -> None:
    start = 1_772_380_800_000
    rows = [{"text": f"{i}", "published_at": start + i * (days - 1) * 86_400_000} for i in range(2)]
    numbers = build_numbers(make(frame_of(rows), start=None, end=None, events=(), gaps=()))
    for language in ("zh", "en"):
        found = ticks(numbers["timeline"], locale_for(language, numbers), 900, 11)  # type: ignore[arg-type]
        assert 1 <= len(found) <= 40
        assert sum(text_width(label, 11) + 12 for _, label in found) <= 900


def with_bands(numbers: dict[str, Any], at: dict[int, float]) -> dict[str, Any]:
    """The timeline with audited shares in these periods of the strip: every stance 0.25, up to the given end."""
    share = {"estimate": 0.25, "low": 0.125, "points": {"estimate": 25, "low": 12, "high": 99}}
    periods = [
        period | {"audited": {s.value: share | {"high": at[i]} for s in FILL} if i in at else None}
        for i, period in enumerate(numbers["timeline"]["strip"]["periods"])
    ]
    timeline: dict[str, Any] = numbers["timeline"]
    return timeline | {"strip": timeline["strip"] | {"periods": periods}}


def bands_of(made: str) -> list[tuple[float, float, float, float, str]]:
    """x, y, width, height and fill of what is painted in the tints of intervals and edged with their inks."""
    boxes = []
    for path, fill, ink in re.findall(r'<path d="([^"]+)" fill="(\S+)" stroke="(\S+)"', made):
        if (fill, ink) in {(TINT[stance], INK[stance]) for stance in FILL}:
            found = re.findall(r"M(\S+) (\S+)h(\S+)v([\d.]+)h", path.replace("z", "z\n"))
            boxes += [(float(x), float(y), float(w), float(h), fill) for x, y, w, h in found]
    return sorted(boxes)


@pytest.mark.parametrize("wide", [True, False])
@pytest.mark.parametrize(("language", "said"), [("zh", "给出 2 个时段"), ("en", "for 2 periods.")])
def test_audited_periods_have_a_band_for_each_stance(
    rich_numbers: dict[str, Any], language: Any, said: str, wide: bool
) -> None:
    timeline = with_bands(rich_numbers, {1: 0.5, 3: 0.75})
    locale = locale_for(language, rich_numbers)
    made = draw_timeline(timeline, rich_numbers["events"], locale, wide=wide)
    bands = bands_of(made)
    assert [fill for *_, fill in bands] == [TINT[stance] for stance in FILL] * 2
    assert [height for *_, height, _ in bands[::4]] == pytest.approx([84 * 0.375 / 0.75, 84 * 0.625 / 0.75], abs=0.1)
    frame = Frame(timeline, rich_numbers["events"], locale, wide)
    for i, (x, y, width, height, _) in enumerate(bands):
        period = timeline["strip"]["periods"][1 if i < 4 else 3]
        low, (last, last_width) = frame.column(period["from"])[0], frame.column(period["to"])
        assert low <= x <= x + width <= last + last_width
        assert frame.strip_top + STRIP_HEIGHT < y <= y + height <= frame.bottom + 0.1
    assert all(one[0] + one[2] < other[0] for one, other in itertools.pairwise(bands))
    assert said in made


def test_without_audited_periods_there_is_no_lane_for_them(rich_numbers: dict[str, Any]) -> None:
    locale = locale_for("en", rich_numbers)
    made = draw_timeline(rich_numbers["timeline"], rich_numbers["events"], locale)
    assert not bands_of(made)
    assert "audited share" not in made.lower()


@pytest.mark.parametrize("stance", list(FILL))
def test_an_estimate_stands_out_in_its_band(stance: Stance) -> None:
    assert contrast(INK[stance], TINT[stance]) >= 3
