"""Every edition says the same, says who it is for, and is the same bytes wherever it is made."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from reports.editions import EDITIONS
from reports.inputs import Options, SharedWord
from reports.numbers import build_numbers
from reports.wording import locale_for
from storage.errors import MinyiError

if TYPE_CHECKING:
    from pathlib import Path

    from reports.inputs import ReportInput

LIGHT = tuple(name for name in EDITIONS if name != "pdf")
QUICK = [pytest.param(name, marks=[pytest.mark.slow] if name == "docx" else []) for name in LIGHT]
"""Editions to be made once more; a document takes seconds."""
EACH = [
    pytest.param(name, language, marks=[pytest.mark.slow] if (name, language) == ("docx", "zh") else [])
    for name in LIGHT
    for language in ("zh", "en")
]
WHOLE = ("html", "md", "xlsx", "docx", "pdf")
"""Editions that print every claim; the others print those of “what happened”."""


def squeezed(texts: list[str]) -> str:
    """All texts without white space, so that line breaks make no difference."""
    return re.sub(r"\s+", "", " ".join(texts))


def figures_of(sentence: str) -> list[str]:
    return re.findall(r"\d[\d,.]*", sentence)


def claims_agree(numbers: dict[str, Any], name: str, language: Any, texts: list[str]) -> None:
    """Finds every claim with all its figures, and the figure of every tile."""
    locale, said = locale_for(language, numbers), squeezed(texts)
    claims = [claim for claim in numbers["claims"] if name in WHOLE or claim["section"] == "happened"]
    assert claims
    for claim in claims:
        sentence = "".join(piece.text for piece in locale.sentence(claim))
        assert squeezed([sentence]) in said, (name, claim["id"], figures_of(sentence))
    for n in (numbers["totals"]["comments"], numbers["totals"]["copied"]):
        assert locale.number(n) in said
    for stance, share in numbers["stances"]["shares"].items():
        assert f"{share}%" in said, (name, stance)


@pytest.mark.parametrize(("name", "language"), EACH)
def test_an_edition_says_every_figure_of_its_claims(
    few_numbers: dict[str, Any], made: dict[tuple[str, str], bytes], name: str, language: str
) -> None:
    found = EDITIONS[name].read(made[name, language])
    assert found[:4] == ("r-20260413-01", language, "internal", "full")
    claims_agree(few_numbers, name, language, found.texts)
    assert locale_for(language, few_numbers).ui("illustrative") in found.texts  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize("language", ["zh", "en"])
def test_paper_says_every_figure_of_its_claims(few_numbers: dict[str, Any], language: Any) -> None:
    found = EDITIONS["pdf"].read(EDITIONS["pdf"].render(few_numbers, language))
    assert found[:4] == ("r-20260413-01", language, "internal", "full")
    claims_agree(few_numbers, "pdf", language, found.texts)


@pytest.mark.slow
@pytest.mark.parametrize("name", QUICK)
def test_one_changed_digit_is_read_in_every_edition(
    few_numbers: dict[str, Any], made: dict[tuple[str, str], bytes], name: str
) -> None:
    changed = copy.deepcopy(few_numbers)
    slots = next(claim["slots"] for claim in changed["claims"] if claim["section"] == "happened")
    slot = next(slot for slot in slots.values() if "int" in slot)
    slot["int"] += 1
    before, after = EDITIONS[name].read(made[name, "en"]), EDITIONS[name].read(EDITIONS[name].render(changed, "en"))
    assert before.texts != after.texts


@pytest.mark.parametrize("name", QUICK)
def test_a_report_for_the_public_says_so_and_shows_nothing_else_than_its_page(
    public_numbers: dict[str, Any], few_numbers: dict[str, Any], name: str
) -> None:
    found = EDITIONS[name].read(EDITIONS[name].render(public_numbers, "en"))
    assert (found.audience, found.preset) == ("public", "daily")
    page = squeezed(EDITIONS["html"].read(EDITIONS["html"].render(public_numbers, "en")).texts)
    said = squeezed(found.texts)
    for voice in few_numbers["voices"]:
        assert voice["id"] not in said or voice["id"] in page


@pytest.mark.parametrize(
    "name",
    [
        *("html", "md", "eml"),
        pytest.param("docx", marks=pytest.mark.slow),
        pytest.param("pdf", marks=[pytest.mark.slow, pytest.mark.thorough]),
    ],
)
def test_a_paragraph_of_a_model_is_printed_with_its_mark_where_it_was_accepted(
    few_numbers: dict[str, Any], name: str
) -> None:
    told = {"text": "{C1} Besides, {C2}", "model": "wordy-1", "state": "accepted", "reason": ""}
    marks = [locale_for("en", few_numbers).ui("paragraph_badge"), "Connective words by wordy-1"]
    for state, shown in (("accepted", True), ("off", False)):
        numbers = few_numbers | {"paragraph": {"en": told | {"state": state}}}
        said = squeezed(EDITIONS[name].read(EDITIONS[name].render(numbers, "en")).texts)
        assert [squeezed([words]) in said for words in ("Besides,", *marks)] == [shown] * 3, state


MAKE = """
import hashlib, json, sys
from reports.editions import EDITIONS
numbers = json.load(open(sys.argv[1], encoding="utf-8"))
for name in sys.argv[2].split(","):
    print(name, hashlib.sha256(EDITIONS[name].render(numbers, "zh")).hexdigest())
"""


def made_elsewhere(numbers: dict[str, Any], names: tuple[str, ...], folder: Path) -> dict[str, str]:
    """Digests of editions made by another process in another time zone, locale and hash seed."""
    path = folder / "numbers.json"
    path.write_text(json.dumps(numbers, ensure_ascii=False), "utf-8")
    elsewhere = os.environ | {"TZ": "America/St_Johns", "PYTHONHASHSEED": "77", "LC_ALL": "C"}
    call = [sys.executable, "-c", MAKE, str(path), ",".join(names)]
    done = subprocess.run(call, capture_output=True, text=True, check=True, env=elsewhere)
    return dict(line.split() for line in done.stdout.splitlines())  # type: ignore[misc]


@pytest.mark.slow
def test_an_edition_is_the_same_bytes_elsewhere(
    few_numbers: dict[str, Any], made: dict[tuple[str, str], bytes], tmp_path: Path
) -> None:
    names = ("html", "md", "xlsx", "eml")
    here = {name: hashlib.sha256(made[name, "zh"]).hexdigest() for name in names}
    assert made_elsewhere(few_numbers, names, tmp_path) == here


@pytest.mark.slow
@pytest.mark.thorough
def test_paper_document_and_slides_are_the_same_bytes_elsewhere(few_numbers: dict[str, Any], tmp_path: Path) -> None:
    names = ("pdf", "docx", "pptx")
    here = {name: hashlib.sha256(EDITIONS[name].render(few_numbers, "zh")).hexdigest() for name in names}
    assert made_elsewhere(few_numbers, names, tmp_path) == here


@pytest.mark.parametrize("name", list(EDITIONS))
@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04", b"%PDF-1.7\n", b"---\nrun: 1\n---\n"])
def test_what_is_no_report_is_refused_in_words(name: str, content: bytes) -> None:
    with pytest.raises(MinyiError):
        EDITIONS[name].read(content)


NO_VALUE = re.compile(r"\b(?:None|nan|undefined)\b")
"""What a programming language prints where there is no value; no edition has such a word."""


@pytest.fixture(scope="module")
def outside(few: ReportInput) -> dict[str, Any]:
    """A public report whose quotes nobody has put into other words, with words that suggestions share."""
    rows = few.comments[few.comments["stance"] == "suggestion"]
    words = [SharedWord("建议", rows["id"].tolist())]
    return build_numbers(replace(few, shared_words=words, options=Options(audience="public")))


@pytest.mark.parametrize("name", [*QUICK, pytest.param("pdf", marks=[pytest.mark.slow, pytest.mark.thorough])])
def test_no_edition_prints_a_missing_value(few_numbers: dict[str, Any], outside: dict[str, Any], name: str) -> None:
    assert outside["shared_words"]
    for numbers in (few_numbers, outside):
        found = EDITIONS[name].read(EDITIONS[name].render(numbers, "en"))
        assert [text for text in found.texts if NO_VALUE.search(text)] == []
