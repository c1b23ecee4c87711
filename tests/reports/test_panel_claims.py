"""Every number of a report belongs to a claim: a sentence's, or that of the panel it stands in."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from invented import mocked
from lxml import html

from reports.inputs import Options
from reports.numbers import build_numbers
from reports.page import render_html
from reports.panel_claims import PANEL_IDS, PANELS, panel_of, with_figures
from reports.wording import locale_for

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from reports.inputs import ReportInput


def panels_in(numbers: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The panels' claims by what they are on."""
    return {claim["slots"]["panel"]["panel"]: claim for claim in numbers["claims"] if claim["section"] == "panels"}


def test_every_part_of_the_numbers_belongs_to_one_panel(rich_numbers: dict[str, Any]) -> None:
    parts = [part for panel in PANELS for part in panel.parts]
    assert sorted(parts) == sorted(name for name in rich_numbers if name != "claims")
    assert panel_of("totals") == "P1"
    assert panel_of("something new") == PANEL_IDS["method"]


def test_panels_stand_at_the_end_of_the_ledger_under_the_same_ids_in_every_report(
    rich_numbers: dict[str, Any], make: Callable[..., ReportInput], make_comments: Callable[..., pd.DataFrame]
) -> None:
    daily = build_numbers(replace(make(make_comments(60)), options=Options(audience="public", preset="daily")))
    for numbers in (rich_numbers, daily):
        ids = [claim["id"] for claim in numbers["claims"]]
        assert ids[-len(PANELS) :] == list(PANEL_IDS.values())
        assert all(re.fullmatch(r"C\d+", one) for one in ids[: -len(PANELS)])


def test_a_panel_says_how_many_figures_it_has_and_of_which_comments(rich_numbers: dict[str, Any]) -> None:
    found = panels_in(rich_numbers)
    timeline = found["timeline"]
    assert timeline["value"] == timeline["slots"]["figures"]["int"] > 100
    assert timeline["n"] >= sum(rich_numbers["timeline"]["total"]) > 0
    assert re.fullmatch(r"[0-9a-f]{16}", timeline["digest"])
    assert found["places"]["n"] == rich_numbers["stances"]["coded"]
    assert found["places"]["digest"] == found["keywords"]["digest"] != timeline["digest"]
    assert found["voices"]["n"] == len({voice["id"] for voice in rich_numbers["voices"]})


@pytest.mark.parametrize("panel", [panel for panel in PANELS if panel.key != "since"], ids=lambda panel: panel.key)
def test_any_changed_figure_changes_the_digest_of_its_panel_alone(rich_numbers: dict[str, Any], panel: Any) -> None:
    numbers = json.loads(json.dumps(rich_numbers))
    assert with_figures(numbers)["claims"] == rich_numbers["claims"]
    numbers[panel.parts[-1]] = [numbers[panel.parts[-1]], 1]
    then = {key: claim["facts"] for key, claim in panels_in(rich_numbers).items()}
    shown = replace_shown(numbers, panel.key)
    assert {key for key, facts in then.items() if shown[key] != facts} == {panel.key}


def replace_shown(numbers: dict[str, Any], key: str) -> dict[str, str]:
    """The digests of numbers of which one part is turned into something else."""
    import reports.panel_claims as module

    claims = numbers["claims"]
    ours = {PANEL_IDS[panel.key]: panel._replace(shown=lambda _: True, bases=lambda _: ()) for panel in PANELS}
    filled = [module._filled(one, ours[one["id"]], numbers) for one in claims if one["section"] == "panels"]
    return {one["slots"]["panel"]["panel"]: one["facts"] for one in filled}


def test_the_run_and_its_minute_are_no_figures(rich_numbers: dict[str, Any]) -> None:
    made = rich_numbers["provenance"] | {"run": "99", "generated_at": "2030-01-01T00:00+08:00", "command": "minyi"}
    assert with_figures(rich_numbers | {"provenance": made})["claims"] == rich_numbers["claims"]


def test_an_empty_panel_says_so_and_one_of_few_comments_says_that(
    make: Callable[..., ReportInput], make_comments: Callable[..., pd.DataFrame]
) -> None:
    few = panels_in(build_numbers(make(make_comments(8), events=(), start=None, end=None)))
    none = panels_in(build_numbers(make(make_comments(8).iloc[:0])))
    assert few["events"]["verdict"] == "not_passed"
    assert few["keywords"]["verdict"] in {"too_little", "passed"}
    assert none["tiles"]["verdict"] == "not_passed"
    assert none["tiles"]["n"] == 0


def test_a_public_report_has_no_digest_of_the_few_that_it_quotes(few: ReportInput) -> None:
    public = panels_in(build_numbers(replace(few, options=Options(audience="public"))))
    assert public["voices"]["digest"] == ""
    assert public["tiles"]["digest"] != ""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_lists_each_panel_and_its_heading_leads_there(rich_numbers: dict[str, Any], language: Any) -> None:
    page: Any = html.fromstring(render_html(rich_numbers, language))
    assert page.xpath("//tr[starts-with(@id, 'l-P')]/@id") == [f"l-{one}" for one in PANEL_IDS.values()]
    led = page.xpath("//h2/a[@class='cid']/@href")
    assert {"#l-P3", "#l-P4", "#l-P8", "#l-P10", "#l-P11", "#l-P12", "#l-P14", "#l-P17"} <= set(led)


def test_a_panel_is_audited_where_labels_put_its_shares_right(rich_numbers: dict[str, Any]) -> None:
    def badges(numbers: dict[str, Any]) -> dict[str, str]:
        return {key: claim["badge"] for key, claim in panels_in(with_figures(numbers)).items()}

    drafts = ("tiles", "timeline", "changes", "places", "counting")
    assert {badges(rich_numbers)[key] for key in drafts} == {"draft"}
    numbers = json.loads(json.dumps(mocked(rich_numbers)))
    numbers["audit"] = {"audited": True}
    numbers["places"]["panels"][0]["adjusted"] = {"concern": {}}
    for rule in numbers["counting"]:
        rule["adjusted"] = {"concern": {}}
    told = badges(numbers)
    assert [told[key] for key in drafts] == ["audited", "part", "audited", "part", "audited"]
    assert told["voices"] == "draft"
    assert {locale_for(one, numbers).word("badge", "part") for one in ("en", "zh")} == {
        "audited in part",
        "部分经抽样核对",
    }
