"""The evaluation as a page and as a table: whole, offline, script-free, safe whatever a coder or a change is called."""

from __future__ import annotations

import copy
import csv
import io
import re
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html

from reports.evaluation import render_evaluation
from reports.evaluation_table import COLUMNS, evaluation_csv
from reports.evaluation_view import coder_keys, decimals, signed

if TYPE_CHECKING:
    from storage.nouns import Language

STANCES = ("support", "concern", "suggestion", "neutral")
HOSTILE = '=HYPERLINK("http://x")<script>alert(1)</script>'


def figure(value: float | None, half: float | None = 0.05) -> dict[str, Any]:
    if value is None or half is None:
        return {"value": value, "low": None, "high": None}
    return {"value": value, "low": value - half, "high": value + half}


def group(n: int = 20) -> dict[str, Any]:
    return {
        "n": n,
        "abstained": 0,
        "accuracy": 0.5,
        "macro_f1": 0.4,
        "interval": (0.3, 0.5) if n >= 10 else (None, None),
    }


def scores(macro: float, changes: tuple[str, ...]) -> dict[str, Any]:
    stance = {"precision": 0.5, "recall": 0.4, "f1": 0.44, "n": 10, "given": 8, "interval": (0.3, 0.6)}
    return {
        "n": 40, "abstained": 3, "macro_f1": figure(macro), "accuracy": figure(0.5), "accuracy_given": figure(0.55),
        "alpha": figure(None), "kappa": figure(0.4), "per_class": dict.fromkeys(STANCES, stance),
        "confusion": [[7, 1, 1, 1, 0]] * 4, "per_language": {"zh": group(), "": group(3)},
        "per_change": {name: group() for name in changes},
    }  # fmt: skip


def coder(name: str, macro: float, changes: tuple[str, ...], **changed: Any) -> dict[str, Any]:
    bins = [{"low": 0.4, "high": 0.5, "n": 30, "score": 0.45, "accuracy": 0.4}]
    run = {"comments": 40, "distinct": 39, "cpu_seconds": 0.5, "wall_seconds": 0.6, "per_cpu_second": 80.0,
           "spent": {"requests": 5, "tokens": 1234}, "notes": ["The budget is spent."], "failures": []}  # fmt: skip
    own = {
        "annotator": name, "alpha_with_each": figure(0.5), "among_codes": {"value": 0.6, "n": 40},
        "calibration": {"error": 0.05, "n": 30, "bins": bins}, "run": run, "trained_on": None,
    }  # fmt: skip
    return {**own, **scores(macro, changes), **changed}


def pair(first: str, second: str | None, value: float, half: float | None = 0.05) -> dict[str, Any]:
    return {"first": first, "second": second, "macro_f1": figure(value, half), "accuracy": figure(0.0)}


@pytest.fixture
def measured() -> dict[str, Any]:
    changes = ("公交涨价", "The fare rises")
    return {
        "file": "labelled.jsonl", "generated_at": "2026-03-01T10:00+08:00", "command": "minyi evaluate labelled.jsonl",
        "failed": [], "format": 1, "n": 40, "changes": 2, "texts": 39, "languages": {"zh": 37, "": 3},
        "stances": dict.fromkeys(STANCES, 10), "unlabelled": 1, "disputed": 2, "rejected": 3,
        "rejects": [{"where": "row 5", "reason": '"text" is missing'}],
        "bootstrap": {"draws": 2000, "seed": 0, "of": "rows"}, "people": {"n": 30, "alpha": figure(0.8)},
        "baseline": {"stance": "concern", **scores(0.15, changes)},
        "coders": [coder("embedded@1", 0.5, changes), coder("llm:m@2", 0.6, changes, trained_on=7)],
        "differences": [pair(*given) for given in
                        (("embedded@1", "llm:m@2", -0.1), ("embedded@1", None, 0.03), ("llm:m@2", None, 0.4))],
    }  # fmt: skip


def text_of(page: str) -> str:
    return " ".join(html.fromstring(page).text_content().split())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_is_whole_and_loads_nothing(measured: dict[str, Any], language: Language) -> None:
    page = render_evaluation(measured, language)
    tree = html.fromstring(page)
    assert tree.get("lang") == ("zh" if language == "zh" else "en") or tree.get("lang", "").startswith(language)
    assert not tree.xpath("//script | //link | //img | //iframe | //@onclick")
    assert {target[1:] for target in tree.xpath("//nav/a/@href")} <= set(tree.xpath("//section/@id"))
    assert all(table.xpath("./caption") for table in tree.xpath("//table"))
    assert len(tree.xpath("//svg[@role='img'][title][desc]")) == 4
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert "{" not in tree.xpath("//main")[0].text_content()


def test_a_cell_says_what_it_is_where_a_phone_hides_the_head(measured: dict[str, Any]) -> None:
    tree = html.fromstring(render_evaluation(measured, "en"))
    for table in tree.xpath("//table[contains(@class, 'stack')]"):
        heads = [head.text_content() for head in table.xpath(".//thead//th")][1:]
        for row in table.xpath("./tbody/tr"):
            assert row.xpath("./td/@data-h") == heads


def test_what_it_finds_is_said_by_rule(measured: dict[str, Any]) -> None:
    said = text_of(render_evaluation(measured, "en"))
    assert "B agrees with people more than A: macro-F1 higher by 0.100 (95% interval 0.050 to 0.150)." in said
    assert "No clear difference between A and always “concern”: +0.030 of macro-F1" in said
    assert "B was trained on 7 of these texts" in said
    assert "A gave no stance to 3 comments of 40" in said


def test_what_takes_from_a_score_is_said(measured: dict[str, Any]) -> None:
    measured["failed"] = [{"coder": "hf:x@1", "reason": "There is no model."}]
    measured["stances"] = {**measured["stances"], "suggestion": 0}
    measured["differences"] = [pair("embedded@1", None, 0.1, None)]
    said = text_of(render_evaluation(measured, "en"))
    assert "hf:x@1 could not be measured: There is no model." in said
    assert "macro-F1 can reach 0.750 at most" in said
    assert "too few rows for an interval" in said
    assert "and 2 more" in said


def test_without_several_people_there_is_no_ceiling(measured: dict[str, Any]) -> None:
    measured["people"] = None
    for one in measured["coders"]:
        one["alpha_with_each"] = one["calibration"] = one["among_codes"] = None
        one["run"]["spent"] = {}
    said = text_of(render_evaluation(measured, "en"))
    assert "nothing is known of how far people agree" in said
    assert "A gives no scores." in said
    assert "1,234" not in said  # tokens


def test_of_very_many_changes_the_page_lists_those_with_most_comments(measured: dict[str, Any]) -> None:
    changes = {f"change {number}": {**group(), "n": 20 + number} for number in range(130)}
    for one in (*measured["coders"], measured["baseline"]):
        one["per_change"] = changes
    measured["changes"] = 130
    page = render_evaluation(measured, "en")
    assert ">change 30<" in page
    assert ">change 29<" not in page
    assert "30 changes with fewer comments are in the CSV file only" in page


@pytest.mark.parametrize("language", ["zh", "en"])
def test_foreign_names_stay_text(measured: dict[str, Any], language: Language) -> None:
    hostile = copy.deepcopy(measured)
    hostile["file"] = hostile["command"] = HOSTILE
    hostile["rejects"] = [{"where": HOSTILE, "reason": HOSTILE}]
    hostile["failed"] = [{"coder": HOSTILE, "reason": HOSTILE}]
    hostile["coders"] = [coder(HOSTILE, 0.5, (HOSTILE,))]
    hostile["baseline"]["per_change"] = {HOSTILE: group()}
    hostile["differences"] = [pair(HOSTILE, None, 0.1)]
    hostile["coders"][0]["run"]["notes"] = [HOSTILE]
    page = render_evaluation(hostile, language)
    assert "<script" not in page
    assert text_of(page).count(HOSTILE) >= 7


def test_both_languages_have_the_same_words() -> None:
    from reports.evaluation import _wording

    english, chinese = _wording("en"), _wording("zh")
    mine = [key for key in english["ui"] if key.startswith("eval_")]
    assert mine == [key for key in chinese["ui"] if key.startswith("eval_")]
    for key in mine:
        slots = [set(re.findall(r"\{(\w+)", words["ui"][key])) for words in (english, chinese)]
        assert slots[0] == slots[1], key


def test_the_table_is_long_and_tidy(measured: dict[str, Any]) -> None:
    rows = list(csv.DictReader(io.StringIO(evaluation_csv(measured).decode("utf-8-sig"))))
    assert tuple(rows[0]) == COLUMNS
    assert all(row["metric"] and float(row["value"]) is not None for row in rows if row["value"])
    keys = [(row["coder"], row["scope"], row["name"], row["metric"]) for row in rows]
    assert len(keys) == len(set(keys))
    found = dict(zip(keys, rows, strict=True))
    assert found["llm:m@2", "all", "", "macro_f1"] | {"coder": ""} == {
        "coder": "", "scope": "all", "name": "", "metric": "macro_f1",
        "value": "0.6", "low": "0.55", "high": "0.65", "n": "40",
    }  # fmt: skip
    assert found["embedded@1", "difference", "llm:m@2", "macro_f1"]["value"] == "-0.1"
    assert found["always concern", "change", "公交涨价", "macro_f1_found"]["n"] == "20"
    assert found["", "people", "among people", "alpha"]["value"] == "0.8"
    assert found["embedded@1", "run", "", "tokens"]["value"] == "1234"
    assert found["embedded@1", "all", "", "alpha"]["value"] == ""
    assert sum(key[1] == "crosstab" for key in keys) == 3 * 20


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "＝", " ="])
def test_no_cell_of_text_is_a_formula(measured: dict[str, Any], start: str) -> None:
    measured["coders"] = [coder(f"{start}1", 0.5, (f"{start}cmd",))]
    measured["differences"] = []
    for row in csv.reader(io.StringIO(evaluation_csv(measured).decode("utf-8-sig"))):
        assert not any(cell.startswith(start) for cell in row[:4])


def test_figures_in_words() -> None:
    assert (decimals(None), decimals(-0.12), signed(0.1), signed(-0.1)) == ("–", "−0.120", "+0.100", "−0.100")
    assert coder_keys(28)[:2] == ["A", "B"]
    assert coder_keys(28)[26:] == ["A2", "B2"]
