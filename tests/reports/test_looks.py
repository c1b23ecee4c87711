"""Looks that can be measured: text on its ground, colours for colour-blind readers, weight of a page, and speed."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from invented import mocked
from lxml import etree

from reports.charts.palette import FILL, INK
from reports.charts.rules import draw_rules
from reports.charts.scale import text_width
from reports.charts.timeline import draw_timeline
from reports.numbers import build_numbers
from reports.page import render_html
from reports.wording import locale_for
from storage.nouns import Stance

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from reports.inputs import ReportInput

    Floats = NDArray[np.float64]

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def numbers(make: Callable[..., ReportInput], make_comments: Callable[..., Any]) -> dict[str, Any]:
    """As much as the mock-up shows: 42 days, five events, four sources."""
    frame = make_comments(2500)
    return mocked(build_numbers(make(frame[frame["platform"] != "小红书"])))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_page_of_the_mock_ups_size_is_light_and_quick(numbers: dict[str, Any], language: Any, within: Any) -> None:
    with within(1.0):
        page = render_html(numbers, language, "report.xx.html")
    assert len(page.encode()) <= 150_000


def drawings(numbers: dict[str, Any], language: Any) -> list[str]:
    """Every drawing of the page that has words in it, those for phones included, and some spikes and hints."""
    days = numbers["timeline"]["bins"]
    spike = {"day": days[20], "n": 66, "limit": 40, "usual": 20.0}
    hint = {"day": days[12], "stance": "concern", "before": 40, "after": 55, "n": 300}
    marked = numbers | {"changes": numbers["changes"] | {"spikes": [spike], "hints": [hint]}}
    return [found for found in re.findall(r"<svg.*?</svg>", render_html(marked, language)) if "<text" in found]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_text_stands_out_from_what_lies_under_it(numbers: dict[str, Any], language: str) -> None:
    """Each drawing is painted without its words; thin rules under a word are no ground."""
    resvg, image = pytest.importorskip("resvg_py"), pytest.importorskip("PIL.Image")
    import io

    found = drawings(numbers, language)
    assert len(found) >= 6 + len(numbers["places"]["panels"])
    for drawing in found:
        tree = etree.fromstring(drawing.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).encode())
        words = [(text, looks(text)) for text in tree.iter(f"{SVG}text")]
        for text, _ in words:
            text.getparent().remove(text)
        painted = resvg.svg_to_bytes(svg_string=etree.tostring(tree, encoding="unicode"), background="#ffffff")
        ground = np.asarray(image.open(io.BytesIO(painted)).convert("RGB"), dtype=float) / 255
        for text, look in words:
            left, top, right, bottom = box(text, look)
            under = ground[max(top, 0) : bottom, max(left, 0) : right].reshape(-1, 3)
            poor = np.mean(contrast(hex_of(look["fill"]), under) < 4.5)
            assert poor <= 0.15, (text.text, look["fill"], float(poor))


def looks(text: Any) -> dict[str, str]:
    """Attributes of a text, those of the groups around it included."""
    found: dict[str, str] = {}
    for one in (*reversed(list(text.iterancestors(f"{SVG}g"))), text):
        found |= dict(one.attrib)
    return found


def box(text: Any, look: dict[str, str]) -> tuple[int, int, int, int]:
    size = float(look["font-size"])
    width = text_width(text.text, size) * 0.9  # the estimate is an upper one
    x, y = float(look["x"]), float(look["y"])
    left = {"end": x - width, "middle": x - width / 2}.get(look.get("text-anchor", ""), x)
    return round(left), round(y - size * 0.75), round(left + width), round(y + 1)


def hex_of(colour: str) -> Floats:
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def linear(colour: Floats) -> Floats:
    return np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)


def contrast(ink: Floats, ground: Floats) -> Floats:
    weights = np.array([0.2126, 0.7152, 0.0722])
    one, other = linear(ink) @ weights, linear(ground) @ weights
    return (np.maximum(one, other) + 0.05) / (np.minimum(one, other) + 0.05)


# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
BLIND = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    "none": np.eye(3).tolist(),
}


def lab(rgb: Floats) -> Floats:
    """CIE L*a*b* (D65) of linear RGB."""
    matrix = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    xyz = np.array(matrix) @ rgb / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", BLIND)
@pytest.mark.parametrize(("palette", "least"), [(FILL, 20.0), (INK, 4.5)], ids=["fills", "inks"])
def test_stances_are_told_apart_by_colour_blind_readers(sight: str, palette: dict[Any, str], least: float) -> None:
    """Distance in L*a*b* (1976): 2.3 is just noticed; inks always stand beside their stance's name."""
    seen = {
        name: lab(np.clip(np.array(BLIND[sight]) @ linear(hex_of(colour)), 0, 1)) for name, colour in palette.items()
    }
    near = min((float(np.linalg.norm(seen[a] - seen[b])), a, b) for a, b in itertools.combinations(seen, 2))
    assert near[0] >= least, near


def test_stances_have_shapes_of_their_own_where_dots_share_a_line(numbers: dict[str, Any]) -> None:
    """Inks of suggestion and neutral are near each other for red-green blind readers: shapes or names part them."""
    made = str(draw_rules(numbers["counting"], locale_for("en", numbers), wide=True))
    shape = {
        Stance.CONCERN: r"<circle",
        Stance.SUPPORT: r"<rect[^>]*width=\"10\" height=\"10\"",
        Stance.SUGGESTION: r"l6\.5 6\.5-6\.5 6\.5-6\.5-6\.5z",
        Stance.NEUTRAL: r"l6 11h-12z",
    }
    counts = {stance: len(re.findall(found, made)) for stance, found in shape.items()}
    assert len(set(counts.values())) == 1
    assert counts[Stance.CONCERN] >= 3
    timeline = draw_timeline(numbers["timeline"], numbers["events"], locale_for("en", numbers))
    assert all(f">{locale_for('en', numbers).word('stance', stance.value)}<" in timeline for stance in INK)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_drawing_has_a_title_a_description_and_a_table(numbers: dict[str, Any], language: Any) -> None:
    page = render_html(numbers, language)
    charts = re.findall(r'<svg[^>]* role="img"[^>]*><title id="[^"]+">[^<]+</title><desc id="[^"]+">[^<]+</desc>', page)
    assert len(charts) == page.count('role="img"') >= 6
    for name in ("timeline", "events", "places", "counting"):
        section = re.search(rf'<section id="{name}">.*?</section>', page, re.DOTALL)
        assert section
        assert "<details>" in section[0]


@pytest.mark.slow
def test_paper_parts_no_figure_from_its_sign_and_keeps_the_brief_on_page_one(numbers: dict[str, Any]) -> None:
    pypdf = pytest.importorskip("pypdf")
    pytest.importorskip("weasyprint")
    import io

    from reports.editions import pdf

    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf.render(numbers, "en"))).pages]
    parted = [line for page in pages for line in page.splitlines() if line.startswith("%")]
    assert parted == []
    assert "Timeline" in pages[0]
