"""What the page shows of the ledger: each claim in words, what it had to pass and what came of it; all quotes' ids."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from reports.audit_view import ABOUT_LABELS
from reports.claims import NOT_PASSED, OF_ONE_GROUP
from reports.panel_claims import PANEL_IDS, SECTION
from reports.paragraph import paragraph_view
from reports.sections import shape_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reports.wording import Locale

_SMALLEST = 0.001
"""Smaller chances are not told apart."""
_ABOUT_LABELS = (*ABOUT_LABELS, "agreed", "recall")


def ledger_view(numbers: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """Every name that the template uses of claims."""
    return {
        "claims": [claim_view(claim, locale) for claim in numbers["claims"] if claim["section"] != SECTION],
        "panel_claims": [claim_view(claim, locale) for claim in numbers["claims"] if claim["section"] == SECTION],
        "panel_ids": PANEL_IDS,
        "happened_rule": locale.ui(
            "happened_rule", all=shape_of(numbers).headlines, of_one=OF_ONE_GROUP, held=NOT_PASSED
        ),
        "ledger_tests": _tests(numbers["claims"], locale),
        "about_labels": [claim["id"] for claim in numbers["claims"] if claim["template"] in _ABOUT_LABELS],
        "paragraph": paragraph_view(numbers, locale),
        "quoted": _quoted(numbers.get("quoted") or [], locale),
    }


def share_claim(numbers: Mapping[str, Any], stance: str) -> str:
    """The id of the claim on a stance's share; empty where the ledger has none."""
    found = (claim for claim in numbers["claims"] if claim["template"] == "share")
    return next((claim["id"] for claim in found if claim["slots"]["stance"]["stance"] == stance), "")


def claim_view(claim: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """A claim as numbers.json holds it, with its words in one language."""
    return {
        **claim,
        "pieces": locale.sentence(claim),
        "standing": locale.word("badge", claim["badge"]),
        "measures": locale.word("estimand", claim["estimand"]),
        "tested": locale.test(claim["test"]) if claim["test"] else "",
        "result": locale.ui("between_results").join(_results(claim, locale)),
    }


def _results(claim: Mapping[str, Any], locale: Locale) -> Iterator[str]:
    """The verdict, and what the test gave."""
    untested = not claim["test"] and claim["verdict"] == "passed"
    yield locale.word("verdict", "untested" if untested else claim["verdict"])
    figures = claim["figures"]
    for name, value in figures.items():
        word = locale.catalogue["figure"].get(name, name)
        if name in {"p", "q"} and value < _SMALLEST:
            yield f"{word} < {_SMALLEST}"
        elif name not in {"rank", "of"} or figures.get("of", 0) > 1:  # a rank among one is none
            yield f"{word} = {locale.number(value)}"
    if claim["low"] is not None and claim["high"] is not None:
        low, high = (locale.number(round(100 * claim[end], 1)) for end in ("low", "high"))
        yield locale.ui("result_interval", low=low, high=high)


def _tests(claims: list[Mapping[str, Any]], locale: Locale) -> dict[str, Any] | None:
    """Each test of this report, and how many claims passed it, did not, or had too little data; None without any."""
    names = list(dict.fromkeys(claim["test"] for claim in claims if claim["test"]))
    if not names:
        return None
    heads = ("ledger_tested", "ledger_passed", "ledger_not_passed", "ledger_too_little")
    return {
        "caption": locale.ui("ledger_tests"),
        "head": [locale.ui("test"), *(locale.ui(head) for head in heads)],
        "rows": [[locale.test(name), *_outcomes(name, claims, locale)] for name in names],
    }


def _outcomes(name: str, claims: list[Mapping[str, Any]], locale: Locale) -> list[str]:
    found = Counter(claim["verdict"] for claim in claims if claim["test"] == name)
    counts = (found.total(), *(found[verdict] for verdict in ("passed", "not_passed", "too_little")))
    return [locale.number(count) for count in counts]


def _quoted(quoted: list[Mapping[str, Any]], locale: Locale) -> list[tuple[str, str]]:
    """The ids of the quotes, by the part of the report where they stand."""
    places = list(dict.fromkeys(one["where"] for one in quoted))
    return [
        (locale.word("quoted_in", where), " · ".join(one["id"] for one in quoted if one["where"] == where))
        for where in places
    ]
