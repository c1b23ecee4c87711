"""The ledger: every claim has its three wordings, and none of them can print what the claim does not hold."""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

import reports
from reports.inputs import Options
from reports.ledger import Verdict
from reports.numbers import build_numbers
from reports.page import render_html
from reports.quoted import build_quoted
from reports.wording import Locale, catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

    from reports.inputs import ReportInput

VERDICTS = get_args(Verdict)
OURS = {"totals", "order", "coverage", "gap", "busiest", "first", "thin", "undated", "outside", "uncoded"}
"""Claims that can be worded in each verdict, whatever they found."""
LANGUAGES = ("zh", "en")
SLOT = re.compile(r"\{(\w+)(?:\|[^{}]*)?\}")
OPTIONAL = re.compile(r"\[[^\[\]]*\]")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
NEVER = re.compile(
    r"\b(because|due to|thanks to|as a result|led to|caused?|the public(?! edition)|people want|citizens|netizens|"
    r"(?<!at )(?<!at the )most|majority|"
    r"minority|everyone(?! else who wrote)|nobody wants|angry|anger|furious|outrage|fear|afraid|worried|happy|"
    r"delighted|sad|will|going to|"
    r"expected|forecast|likely|should|must|recommend|advise|ought)\b"
    r"|因为|由于|导致|引发|造成|使得|归因|公众|民众|网友|网民|大家|群众|多数|大多|半数|过半|普遍|愤怒|恐惧|焦虑|欣喜|悲伤|不满"
    r"|预计|预期|将会|势必|应当|应该|务必|建议您|建议贵方",
    re.IGNORECASE,
)
MONTHS = {
    name: str(i)
    for form in ("months", "short_months")
    for i, name in enumerate(catalogue("en")["dates"][form], start=1)
}


def wordings(language: Any) -> dict[str, dict[str, str]]:
    return catalogue(language)["claims"]  # type: ignore[no-any-return]


KEYS = sorted(
    {(template, key) for language in LANGUAGES for template, words in wordings(language).items() for key in words}
)


def locale(language: Any) -> Locale:
    return Locale(language, catalogue(language), {"forum": {"zh": "论坛", "en": "Forum"}}, with_year=True)


def verdict_of(key: str) -> str:
    return next(str(verdict) for verdict in VERDICTS if key == verdict or key.startswith(f"{verdict}_"))


def shown(language: str, template: str, key: str, slots: dict[str, Any]) -> list[Any]:
    """The pieces of a wording, forced upon a claim."""
    verdict = verdict_of(key)
    claim = {"template": template, "verdict": verdict, "variant": key[len(verdict) + 1 :], "slots": slots}
    return locale(language).sentence(claim)


# --- the catalogue ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", sorted(wordings("en")))
def test_every_claim_has_a_wording_for_each_verdict(language: str, template: str) -> None:
    assert set(VERDICTS) <= wordings(language)[template].keys()
    assert all(any(key == v or key.startswith(f"{v}_") for v in VERDICTS) for key in wordings(language)[template])


def test_both_languages_word_the_same_claims() -> None:
    assert {name: set(words) for name, words in wordings("zh").items()} == {
        name: set(words) for name, words in wordings("en").items()
    }


@pytest.mark.parametrize(("template", "key"), KEYS)
def test_no_wording_says_what_a_report_never_says(template: str, key: str) -> None:
    for language in LANGUAGES:
        ours = SLOT.sub(_nouns, wordings(language)[template][key])
        assert not NEVER.search(ours), ours


def _nouns(slot: re.Match[str]) -> str:
    return slot[0].strip("{}").partition("|")[2].replace("|", " ")


@pytest.mark.parametrize(("template", "key"), KEYS)
def test_no_number_stands_in_a_wording_itself(template: str, key: str) -> None:
    for language in LANGUAGES:
        assert not re.search(r"\d|[０-９]", SLOT.sub("", wordings(language)[template][key]))


@pytest.mark.parametrize(("template", "key"), KEYS)
def test_the_three_wordings_of_a_claim_differ(template: str, key: str) -> None:
    for language in LANGUAGES:
        words = wordings(language)[template]
        others = {text for other, text in words.items() if verdict_of(other) != verdict_of(key)}
        assert words[key] not in others


@cache
def _said_in_code() -> frozenset[str]:
    """Every string, name and keyword of the reports room, numbers at their ends taken off."""
    found: set[str] = set()
    for file in Path(reports.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            elif isinstance(node, ast.keyword) and node.arg:
                found.add(node.arg)
    return frozenset(found | {name.rstrip("0123456789") for name in found})


@pytest.mark.parametrize("template", sorted(wordings("en")))
def test_the_catalogue_has_no_wording_that_no_claim_uses(template: str) -> None:
    assert template in _said_in_code()
    for key, text in wordings("en")[template].items():
        variant = key[len(verdict_of(key)) + 1 :].rstrip("0123456789")
        assert variant in _said_in_code() or set(variant.split("_")) <= _said_in_code(), key
        assert {slot.rstrip("0123456789") for slot in SLOT.findall(text)} <= _said_in_code(), text


# --- rendering, whatever the claim holds -----------------------------------------------------------------------------

whole = st.integers(0, 10**7)
values = st.one_of(
    st.builds(lambda n: {"int": n}, whole),
    st.builds(lambda n: {"decimal": n / 2}, whole),
    st.builds(lambda n: {"percent": n}, st.integers(-100, 100)),
    st.builds(lambda n: {"times": n / 10}, whole),
    st.builds(lambda n: {"date": (date(2020, 1, 1) + timedelta(days=n)).isoformat()}, st.integers(0, 4000)),
    st.sampled_from([{"stance": stance} for stance in ("support", "concern", "suggestion", "neutral")]),
    st.sampled_from([{"place": "forum"}, {"place": "Board 7"}]),
    st.builds(lambda text: {"said": {"text": text, "lang": "zh"}}, st.text("建议 no.7%12{}[]", min_size=1, max_size=9)),
    st.builds(lambda n: {"name": {"zh": f"第 {n} 步", "en": f"step {n}"}}, whole),
)


def slots_of(template: str) -> set[str]:
    """Every slot that a claim's wordings name."""
    return {
        slot for language in LANGUAGES for text in wordings(language)[template].values() for slot in SLOT.findall(text)
    }


def needed(template: str, key: str) -> set[str]:
    """The slots without which a wording cannot be printed."""
    return {
        slot for language in LANGUAGES for slot in SLOT.findall(OPTIONAL.sub("", wordings(language)[template][key]))
    }


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(KEYS), st.data())
def test_any_claim_prints_only_what_it_holds_and_the_same_in_both_languages(
    wording: tuple[str, str], data: st.DataObject
) -> None:
    template, key = wording
    names, must = sorted(slots_of(template)), needed(template, key)
    here = must | {name for name in names if data.draw(st.booleans())}
    slots = {name: data.draw(values) for name in sorted(here)}
    printed = []
    for language in LANGUAGES:
        pieces = shown(language, template, key, slots)
        allowed = {piece.text for slot in slots.values() for piece in locale(language)._slot(slot, None, None)}
        allowed |= {text[:1].upper() + text[1:] for text in allowed}
        for piece in pieces:
            assert piece.kind == "text" or piece.text in allowed
            assert piece.kind != "text" or not re.search(r"\d", piece.text), piece
        assert not re.search(r"[{}\[\]|]", "".join(piece.text for piece in pieces if piece.kind == "text"))
        printed.append(numbers_in("".join(f" {piece.text} " for piece in pieces if piece.kind != "text")))
    assert printed[0] == printed[1], (template, key, slots)


def numbers_in(text: str) -> Counter[str]:
    """The numbers of a text, however it writes them: months by name as numbers, thousands set apart or not."""
    plain = re.sub(r"\b(" + "|".join(MONTHS) + r")\b", lambda name: f" {MONTHS[name[1]]} ", text)
    return Counter(found.replace(",", "").rstrip(".") for found in NUMBER.findall(plain))


# --- claims as they are made -----------------------------------------------------------------------------------------


def studies(make: Callable[..., ReportInput], comments: Callable[..., pd.DataFrame]) -> Iterator[dict[str, Any]]:
    """Studies rich and poor, so that families give every verdict they know."""
    frame = comments(400)
    plain = frame[~frame["copied"]]
    yield build_numbers(make(frame))
    yield build_numbers(make(plain.head(20)))
    yield build_numbers(make(plain.head(1), start=None, end=None, events=()))
    yield build_numbers(make(frame.iloc[:0]))
    yield build_numbers(make(plain, start=date(2026, 3, 10), gaps=()))
    yield build_numbers(make(plain.head(60).assign(stance=["support", "concern"] * 30)))
    yield build_numbers(replace(make(frame), coverage=()))


@pytest.fixture(scope="module")
def made(make: Callable[..., ReportInput], make_comments: Callable[..., pd.DataFrame]) -> list[dict[str, Any]]:
    return [claim for numbers in studies(make, make_comments) for claim in numbers["claims"]]


def test_every_claim_made_is_worded_word_for_word(made: list[dict[str, Any]]) -> None:
    for claim in made:
        key = "_".join(part for part in (claim["verdict"], claim["variant"]) if part)
        assert key in wordings("en")[claim["template"]], claim


def test_each_verdict_can_be_forced_upon_every_claim(made: list[dict[str, Any]]) -> None:
    for claim in made:
        for verdict in VERDICTS:
            if not needed(claim["template"], verdict) <= claim["slots"].keys():
                assert claim["template"] not in OURS, claim  # one that says what another verdict does not know
                continue
            for language in LANGUAGES:
                text = "".join(p.text for p in shown(language, claim["template"], verdict, claim["slots"]))
                assert text.rstrip()[-1] in ".。)）" or claim["template"] == "failed", text
                assert not re.search(r"[，、；：,;:]\s*[。.]|（）|\(\)|\s\.|:\.", text), text


def test_every_test_badge_and_figure_of_a_claim_has_its_words(made: list[dict[str, Any]]) -> None:
    for claim in made:
        for language in LANGUAGES:
            words = locale(language).catalogue
            assert claim["badge"] in words["badge"]
            assert claim["estimand"] in words["estimand"], claim["estimand"]
            assert not claim["test"] or claim["test"] in words["test"], claim["test"]
            assert claim["figures"].keys() <= words["figure"].keys()


def test_a_verdict_other_than_passed_comes_with_a_test_or_with_too_little(made: list[dict[str, Any]]) -> None:
    assert {claim["verdict"] for claim in made} == set(VERDICTS)
    for claim in made:
        if claim["verdict"] == "too_little":
            assert claim["badge"] in {"thin", "count", "draft"}, claim


# --- the whole page --------------------------------------------------------------------------------------------------


def parts_of(page: Any) -> dict[str, Counter[str]]:
    """The numbers of the claims, the tiles, and each table of a page."""
    found = {
        "claims": page.xpath("//ol[@class='claims']/li"),
        "tiles": page.xpath("//div[@class='tile']"),
        "tables": page.xpath("//table[not(contains(@class,'prov'))]/tbody/tr"),
    }
    return {name: sum((numbers_in(text_of(one)) for one in parts), Counter()) for name, parts in found.items()}


def text_of(element: Any) -> str:
    """The words of an element, those of different cells apart; addresses and queries of the ledger are left out."""
    return " ".join(str(text) for text in element.xpath(".//text()[not(ancestor::code)]"))


def test_every_number_of_the_page_is_the_same_in_both_languages(rich_numbers: dict[str, Any]) -> None:
    chinese = parts_of(html.fromstring(render_html(rich_numbers, "zh")))
    english = parts_of(html.fromstring(render_html(rich_numbers, "en")))
    for part, found in chinese.items():
        assert found.total() > 20, part
        assert found == english[part], (part, found - english[part], english[part] - found)


def test_the_ledger_shows_test_and_result_and_the_page_the_ids_of_all_quotes(rich_numbers: dict[str, Any]) -> None:
    page: Any = html.fromstring(render_html(rich_numbers, "en"))
    method = page.xpath("//section[@id='method']")[0]
    cells = [cell.text_content() for cell in method.xpath(".//table[contains(@class, 'ledger')]//td[4]")]
    panels = [claim for claim in rich_numbers["claims"] if claim["section"] == "panels"]
    assert len(cells) == len(rich_numbers["claims"]) - len(panels)
    assert "its count is larger than each other one: passed" in cells
    assert rich_numbers["quoted"]
    assert all(one["id"] in method.text_content() for one in rich_numbers["quoted"])


def test_a_public_report_lists_no_ids() -> None:
    facts = {"voices": [{"id": "c1", "text": "好"}], "asks": {"listed": []}, "shared_words": []}
    assert build_quoted(facts, Options()) == [{"id": "c1", "where": "voices"}]
    assert build_quoted(facts, Options(audience="public")) == []
