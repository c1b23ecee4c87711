"""What the panel of counting rules shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.audit_view import beside
from reports.charts.rules import draw_rules
from reports.corpus import DRAWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.wording import Locale

_STANCES = tuple(stance.value for stance in DRAWN)

_VOICES = {"text": "n_texts", "author": "n_authors"}


def counting_view(numbers: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """The drawing of the shares under each counting rule, and the table behind it."""
    rules = numbers["counting"]
    adjusted = any(rule["adjusted"] for rule in rules)
    drawn = any(rule["shares"] for rule in rules)
    return {
        "counting_wide": draw_rules(rules, locale, wide=True) if drawn else "",
        "counting_narrow": draw_rules(rules, locale, wide=False) if drawn else "",
        "counting_badge": ("audited", locale.ui("counting_adjusted")) if adjusted else ("draft", locale.ui("draft")),
        "counting_table": {
            "caption": locale.ui("counting_caption"),
            "head": [locale.ui("rule"), *(locale.word("stance", key) for key in _STANCES), locale.ui("n")],
            "rows": [_row(rule, locale) for rule in rules],
        },
    }


def _row(rule: Mapping[str, Any], locale: Locale) -> list[str]:
    possible = rule["n"] is not None
    n = locale.number(rule["n"]) if possible else locale.ui("not_possible")
    voices = possible and rule["rule"] in _VOICES
    name = locale.word("rule", rule["rule"])
    return [
        name,
        *(_cell(rule, key, locale) for key in _STANCES),
        locale.ui(_VOICES[rule["rule"]], n=rule["n"]) if voices else n,
    ]


def _cell(rule: Mapping[str, Any], key: str, locale: Locale) -> str:
    """The counted share, and what labels make of it; the bare count where there are too few for a share."""
    counts = rule["counts"] or {}
    if rule["shares"]:
        return beside(f"{rule['shares'][key]}%", rule["adjusted"], key, locale)
    return locale.number(counts[key]) if key in counts else "–"
