"""A text of an edition is named by the panel it stands in, whatever the edition and the language."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from minyi.verified_panels import panels_told
from minyi.verified_texts import differing
from reports.editions import EDITIONS
from reports.panel_claims import PANEL_IDS
from reports.wording import locale_for

if TYPE_CHECKING:
    from collections.abc import Iterator

LANGUAGES = ("zh", "en")
PAGES = ("html", "md", "docx", "pdf")
EVERYWHERE = {"asks": 94712, "tiles": 94713}
"""Panels that every edition shows, and a number that stands in no other."""
ON_PAGES = EVERYWHERE | {"places": 94714, "keywords": 94715, "coverage": 94716}
IN_SHEETS = EVERYWHERE | {"places": 94714, "keywords": 94715, "coverage": 94716, "timeline": 94717, "counting": 94718}
SHOWN = {"xlsx": IN_SHEETS, "eml": EVERYWHERE, "pptx": EVERYWHERE}


def changed(numbers: dict[str, Any], marks: dict[str, int]) -> dict[str, Any]:
    """The numbers with one of each panel's replaced by its mark."""
    other = copy.deepcopy(numbers)
    places = {
        "asks": (other["asks"]["listed"][0], "comments"),
        "tiles": (other["totals"], "comments"),
        "places": (other["places"]["panels"][0], "coded"),
        "keywords": (next(words[0] for words in other["keywords"].values() if words), "texts"),
        "coverage": (other["coverage"]["sources"][0], "collected"),
        "timeline": (other["timeline"]["total"], 5),
        "counting": (other["counting"][0], "n"),
    }
    for panel, mark in marks.items():
        part, name = places[panel]
        part[name] = mark
    return other


CHEAP = {("html", "zh"), ("md", "en"), ("xlsx", "zh"), ("pptx", "en")}


def formats() -> Iterator[Any]:
    for name in EDITIONS:
        for language in LANGUAGES:
            dear = [] if (name, language) in CHEAP else [pytest.mark.slow, pytest.mark.thorough]
            yield pytest.param(name, language, marks=dear, id=f"{name}-{language}")


@pytest.fixture(scope="module")
def numbers(made_once: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((made_once.reports / "numbers.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize(("name", "language"), list(formats()))
def test_each_changed_number_is_named_by_its_panel(numbers: dict[str, Any], name: str, language: Any) -> None:
    pytest.importorskip("weasyprint" if name == "pdf" else "pptx" if name == "pptx" else "docx")
    edition, marks = EDITIONS[name], SHOWN.get(name, ON_PAGES)
    expected = edition.read(edition.render(numbers, language)).texts
    printed = edition.read(edition.render(changed(numbers, marks), language)).texts
    found = differing(expected, printed, numbers, language, name)
    assert all(it.claims or it.panel for it in found)
    for panel, mark in marks.items():
        told = [it for it in found if str(mark) in it.printed.replace(",", "")]
        assert told, panel
        assert all(it.panel == PANEL_IDS[panel] or it.claims for it in told), (panel, told)
        assert any(it.panel == PANEL_IDS[panel] for it in told), (panel, told)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_goes_through_its_panels_in_order(numbers: dict[str, Any], language: Any) -> None:
    texts = EDITIONS["html"].read(EDITIONS["html"].render(numbers, language)).texts
    told = list(dict.fromkeys(panels_told(texts, "html", locale_for(language, numbers))))
    keys = {panel: key for key, panel in PANEL_IDS.items()}
    order = [keys[one] for one in told if keys[one] not in {"asks", "shared_words", "since"}]
    expected = ("tiles", "timeline", "changes", "events", "voices", "places", "counting", "keywords", "labels",
                "coverage", "method", "quoted")  # fmt: skip
    assert order == [key for key in expected if key in order]
    assert {"tiles", "timeline", "events", "asks", "voices", "labels", "coverage", "method"} <= {
        keys[it] for it in told
    }
