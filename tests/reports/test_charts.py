"""Charts: labels never overlap, axes end well, colours can be read, and nothing foreign gets through."""

from __future__ import annotations

import itertools
import re
from collections import ChainMap
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from reports.changes_view import changes_view
from reports.charts.frame import Frame
from reports.charts.lane import LABELLED, place_labels, place_markers, spread
from reports.charts.palette import BLACK, FILL, GREY, INK, ON_FILL, SAND, SAND_INK, TINT
from reports.charts.scale import fitted, in_two, nice_top, text_width
from reports.charts.svg import Drawing
from reports.charts.ticks import ticks
from reports.charts.timeline import draw_timeline
from reports.numbers import build_numbers
from reports.timeline_view import timeline_view
from reports.wording import locale_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from reports.inputs import ReportInput
    from storage.nouns import Stance

labels = st.lists(st.tuples(st.floats(138, 986), st.floats(10, 300)), min_size=1, max_size=LABELLED)
crowds = st.tuples(st.floats(138, 986), labels).map(
    lambda given: [(given[0] + (x - 138) / 9, width) for x, width in given[1]]
)


def boxes_apart(places: list[Any]) -> bool:
    pairs = itertools.combinations(places, 2)
    return all(
        one.row != other.row or one.right <= other.left + 1e-6 or other.right <= one.left + 1e-6 for one, other in pairs
    )


@given(st.one_of(labels, crowds))
@settings(max_examples=60)
def test_up_to_fifteen_events_keep_their_words_and_no_two_labels_overlap(events: list[tuple[float, float]]) -> None:
    events = sorted((min(x, 986), width) for x, width in events)
    places = place_labels([x for x, _ in events], [width for _, width in events], 122, 1058)
    assert [place.x for place in places] == [x for x, _ in events]
    assert boxes_apart(places)
    assert all(one.at < other.at for one, other in itertools.pairwise(places)), "lines that lead to the days cross"
    for place, (_, width) in zip(places, events, strict=True):
        assert place.side
        assert place.left >= 122 - 1e-6
        assert place.right <= 1058 + 1e-6
        text = (place.text_x, place.text_x + width) if place.side == "right" else (place.text_x - width, place.text_x)
        assert place.left <= text[0] + 1e-6
        assert text[1] <= place.right + 1e-6
    for place, other in itertools.permutations(places, 2):
        assert other.row >= place.row or not place.holds(other.at), "a line that leads down runs through a label"


@given(st.lists(st.floats(34, 354), min_size=1, max_size=40))
def test_numbered_markers_never_overlap(xs: list[float]) -> None:
    places = place_markers(sorted(xs), 2, 358)
    assert boxes_apart(places)
    assert all(place.left >= 2 and place.right <= 358 for place in places)


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=20), st.floats(0, 40))
def test_what_is_spread_keeps_its_order_and_distance(xs: list[float], apart: float) -> None:
    found = spread(sorted(xs), apart, 0, 1000)
    assert all(other - one >= apart - 1e-6 for one, other in itertools.pairwise(found))
    assert found[0] >= 0
    assert found[-1] <= 1000 + 1e-6


def test_five_events_well_apart_stand_at_their_days() -> None:
    places = place_labels([200, 320, 480, 640, 860], [130, 120, 140, 180, 150], 122, 1058)
    assert all(place.side and place.at == place.x for place in places)
    assert max(place.row for place in places) <= 3


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


@pytest.mark.parametrize("wide", [True, False])
def test_spikes_and_hints_are_marked_and_told_in_words(rich_numbers: dict[str, Any], wide: bool) -> None:
    days, total = rich_numbers["timeline"]["bins"], rich_numbers["timeline"]["total"]
    at = sorted(range(len(days)), key=lambda i: total[i])[-3]
    spike = {"day": days[at], "n": total[at], "limit": 7, "usual": 3.0}
    hint = {"day": days[12], "stance": "support", "before": 17, "after": 43, "n": 311}
    marked = rich_numbers | {"changes": rich_numbers["changes"] | {"spikes": [spike], "hints": [hint]}}
    locale = locale_for("en", rich_numbers)
    plain, made = (
        draw_timeline(one["timeline"], one["events"], locale, changes=one["changes"], wide=wide)
        for one in (rich_numbers | {"changes": rich_numbers["changes"] | {"spikes": [], "hints": []}}, marked)
    )
    assert made.count('z" fill') == plain.count('z" fill') + 1
    assert (">?<" in made, ">?<" in plain) == (True, False)
    view = timeline_view(marked, locale)
    assert view
    assert any("above the limit of 7" in row[1] for row in view["table"]["rows"])
    assert all(word in view["hints"][0] for word in ("17%", "43%", "311"))


@pytest.mark.parametrize("days", [1, 3, 10, 42, 120, 400, 1825, 4000])
def test_ticks_are_never_crowded(make: Callable[..., ReportInput], frame_of: Callable[..., Any], days: int) -> None:
    start = 1_772_380_800_000
    rows = [{"text": f"{i}", "published_at": start + i * (days - 1) * 86_400_000} for i in range(2)]
    numbers = build_numbers(make(frame_of(rows), start=None, end=None, events=(), gaps=()))
    for language in ("zh", "en"):
        found = ticks(numbers["timeline"], locale_for(language, numbers), 900, 11)  # type: ignore[arg-type]
        assert 1 <= len(found) <= 40
        assert sum(text_width(label, 11) + 12 for _, label in found) <= 900


@pytest.mark.parametrize("stance", list(FILL))
def test_a_line_stands_out_in_its_band(stance: Stance) -> None:
    assert contrast(INK[stance], TINT[stance]) >= 3


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("wide", [True, False])
def test_no_rule_of_an_event_cuts_a_word(rich_numbers: dict[str, Any], language: Any, wide: bool) -> None:
    locale = locale_for(language, rich_numbers)
    made = draw_timeline(rich_numbers["timeline"], rich_numbers["events"], locale, wide=wide)
    words = [locale.ui(key) for key in ("lane_comments_day", "lane_usual", "lane_strip")]
    names = [locale.word("stance", stance.value) for stance in INK]
    assert min(made.index(f">{word}<") for word in (*words, *names)) > made.index('stroke-dasharray="3 3"')


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_axis_crosses_what_is_said_of_an_event_that_is_not_compared(
    rich_numbers: dict[str, Any], language: Any
) -> None:
    changes = rich_numbers["changes"]
    first = changes["events"][0] | {"stances": None, "why_not": "gap"}
    view = changes_view(
        rich_numbers | {"changes": changes | {"events": [first, *changes["events"][1:]]}},
        locale_for(language, rich_numbers),
    )
    said = locale_for(language, rich_numbers).word("why_not", "gap")
    y = float(re.search(rf'y="([\d.]+)"[^>]*>{said}<', view["changes"]["wide"])[1])  # type: ignore[index]
    uprights = re.findall(r"M[\d.]+ ([\d.]+)V([\d.]+)", view["changes"]["wide"])
    assert uprights
    assert not [ends for ends in uprights if float(ends[0]) < y < float(ends[1])]


def test_triangles_are_told_of_only_where_one_is_drawn(rich_numbers: dict[str, Any]) -> None:
    locale, changes = locale_for("en", rich_numbers), rich_numbers["changes"]
    quiet = [event | {"stances": None, "why_not": "few"} for event in changes["events"]]
    moved = {"verdict": "passed", "points": {"difference": 9}}
    loud = [event | {"stances": {"concern": moved}, "why_not": None} for event in changes["events"]]
    told = []
    for events in (quiet, loud):
        view = timeline_view(rich_numbers | {"changes": changes | {"events": events}}, locale)
        assert view
        told.append((locale.ui("course_note_passed") in view["note"], ">9 pts<" in view["wide"]))
    assert told == [(False, False), (True, True)]


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        (
            "人民银行就小额信贷额度管理发表意见，各地分行同日转发",
            ("人民银行就小额信贷额度管理发表意见，", "各地分行同日转发"),
        ),
        ("为被误通知短信的各地用户开通申诉热线和人工复核", ("为被误通知短信的", "各地用户开通申诉热线和人工复核")),
        (
            "首次报道：部分高分用户收到额度“即将调整”的提示",
            ("首次报道：部分高分用户收到额度", "“即将调整”的提示"),
        ),
        ("更正第二次公告生效日期改为2026年5月18日零时", None),
    ],
)
def test_a_chinese_title_is_parted_where_a_reader_pauses(title: str, lines: tuple[str, str] | None) -> None:
    found = in_two(title, 12, 230)
    assert len(found) == 2
    assert "".join(found) == title
    assert found == lines or not lines
    assert not found[0][-1].isdecimal()


def test_a_title_of_rare_spaces_is_parted_without_an_empty_line() -> None:
    spaces = "\u2009\u200a\u202f\u205f\u3000" * 40

    for found in (in_two(spaces, 12, 60), in_two("关" + spaces, 12, 60), in_two(spaces + "关", 12, 60)):
        assert 1 <= len(found) <= 2


TITLES = {
    "en": "Notice {}: opinions on the credit line will be published, with answers by the end of April",
    "zh": "第{}次公告：就小额信贷额度管理规则公开征求意见，四月底前逐条答复并公布采纳情况",
}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("wide", [True, False])
def test_fifteen_long_titles_in_two_weeks_stand_whole_in_a_list(
    rich_numbers: dict[str, Any], language: Any, wide: bool
) -> None:
    first, day = rich_numbers["events"][0], 86_400_000
    start = rich_numbers["timeline"]["starts"][0] + 7 * day
    events = [
        first
        | {"number": i + 1, "date": str(np.datetime64(start + i * day, "ms"))[:10], "precision": "day"}
        | {"title": {"zh": TITLES["zh"].format(i), "en": TITLES["en"].format(i)}, "drawn": True}
        for i in range(15)
    ]
    frame = Frame(rich_numbers["timeline"], events, locale_for(language, rich_numbers), wide)
    assert len(frame.listed) == len(frame.list_spots) == 15
    for title, _ in frame.list_titles:
        assert not any(line.endswith("…") for line in title)
    if wide:
        assert min(y for _, y in frame.list_spots) >= frame.bottom + 26, "the list stands in the chart"
        assert max(y for _, y in frame.list_spots) + 24 <= frame.height


def test_few_short_titles_need_no_list(rich_numbers: dict[str, Any]) -> None:
    frame = Frame(rich_numbers["timeline"], rich_numbers["events"], locale_for("en", rich_numbers), wide=True)
    assert frame.listed == []
    assert frame.height == frame.bottom + 26


@pytest.mark.parametrize("days", [700, 1825, 2400])
@pytest.mark.parametrize("wide", [True, False])
def test_days_under_the_axis_never_touch(
    make: Callable[..., ReportInput], frame_of: Callable[..., Any], days: int, wide: bool
) -> None:
    start = 1_772_380_800_000
    rows = [{"text": f"{i}", "published_at": start + i * (days - 1) * 86_400_000} for i in range(2)]
    numbers = build_numbers(make(frame_of(rows), start=None, end=None, events=(), gaps=()))
    made = draw_timeline(numbers["timeline"], (), locale_for("en", numbers), wide=wide)
    tree = etree.fromstring(str(made))
    size, spans = 11 if wide else 10.5, []
    for text in tree.iter("text"):
        if re.fullmatch(r"\w+ \d{4}", text.text or ""):
            look = dict(ChainMap(*(dict(one.attrib) for one in (text, *text.iterancestors()))))
            half, x = text_width(str(text.text), size) / 2, float(look["x"])
            left = {"middle": x - half, "end": x - 2 * half}.get(look.get("text-anchor", ""), x)
            spans.append((left, left + 2 * half))
    assert len(spans) >= 2
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(sorted(spans)))
