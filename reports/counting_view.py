"""What the panel of counting rules shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.charts.panels import draw_rule
from reports.corpus import DRAWN, MIN_SHARE_N

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.wording import Locale

_STANCES = tuple(stance.value for stance in DRAWN)

_VOICES = {"text": "n_texts", "author": "n_authors"}


def counting_view(numbers: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """The shares under each counting rule."""
    return {
        "stance_names": [locale.word("stance", key) for key in _STANCES],
        "rules": [_rule(rule, locale) for rule in numbers["counting"]],
    }


def _rule(rule: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    possible = rule["n"] is not None
    n = locale.ui("not_possible") if not possible else locale.number(rule["n"])
    few = locale.ui("below_floor", floor=MIN_SHARE_N)
    counts = rule["counts"] or {}
    cells = [
        f"{rule['shares'][key]}%" if rule["shares"] else locale.number(counts[key]) if key in counts else "–"
        for key in _STANCES
    ]
    return {
        "name": locale.word("rule", rule["rule"]),
        "own": rule["rule"] == "apart",
        "drawing": draw_rule(rule, locale) if rule["shares"] else few if possible else "–",
        "cells": cells,
        "n": locale.ui(_VOICES[rule["rule"]], n=rule["n"]) if possible and rule["rule"] in _VOICES else n,
    }
