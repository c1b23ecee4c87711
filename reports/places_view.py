"""What the page shows of each source: a panel of bars, counted by the coder or estimated from labels of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.audit_view import beside, is_audited
from reports.charts.panels import draw_panel, estimated
from reports.corpus import DRAWN, MIN_SHARE_N

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.wording import Locale

_STANCES = tuple(stance.value for stance in DRAWN)


def places_view(numbers: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """The panels, and the table behind them."""
    places = numbers["places"]
    mixed = any(estimated(panel) for panel in places["panels"])
    pooled = _pooled(numbers)
    shares = [share for panel in places["panels"] for share in _drawn_shares(panel)]
    few = locale.ui("below_floor", floor=MIN_SHARE_N)
    rows = [
        [
            locale.place(panel["place"], panel["others"]),
            *(_of_place(panel, key, few, locale) for key in _STANCES),
            locale.number(panel["coded"]),
            locale.number(panel["texts"]),
            locale.number(panel["authors"]) if panel["authors"] else locale.ui("unknown"),
        ]
        for panel in places["panels"]
    ]
    return {
        "panels": [
            {
                "name": locale.place(panel["place"], panel["others"]),
                "n": _n_is(panel, mixed, locale),
                "drawing": draw_panel(i, panel, pooled, locale, max(shares, default=0)),
            }
            for i, panel in enumerate(places["panels"])
        ],
        "places_note": locale.ui("places_note", floor=MIN_SHARE_N),
        "places_draft": _places_draft(numbers, mixed, locale),
        "places_badge": ("open", locale.ui("audited_in_part")) if mixed else ("draft", locale.ui("draft")),
        "places_table": {
            "caption": locale.ui("places_caption"),
            "head": [
                locale.ui("source"),
                *(locale.word("stance", key) for key in _STANCES),
                *(locale.ui(key) for key in ("n", "texts_head", "authors_head")),
            ],
            "rows": rows,
        },
    }


def _pooled(numbers: Mapping[str, Any]) -> Mapping[str, int] | None:
    """The shares of all places together, estimated where those of a place are."""
    if is_audited(numbers):
        return {key: share["points"]["estimate"] for key, share in numbers["audit"]["shares"].items()}
    found: Mapping[str, int] | None = numbers["places"]["pooled"]["shares"]
    return found


def _drawn_shares(panel: Mapping[str, Any]) -> list[int]:
    """What the bars of a panel reach to."""
    if found := estimated(panel):
        return [share["points"]["high"] for share in found.values()]
    return list(panel["shares"].values()) if panel["shares"] else []


def _of_place(panel: Mapping[str, Any], key: str, few: str, locale: Locale) -> str:
    counted = f"{locale.number(panel['counts'][key])} ({_percent(panel['shares'], key, few)})"
    return beside(counted, estimated(panel), key, locale)


def _places_draft(numbers: Mapping[str, Any], mixed: bool, locale: Locale) -> str:
    """What is audited by source, in a report whose shares are."""
    if not is_audited(numbers):
        return ""
    return locale.ui("part_audited", least=numbers["audit"]["least_of_part"]) if mixed else locale.ui("part_draft")


def _n_is(panel: Mapping[str, Any], mixed: bool, locale: Locale) -> str:
    """The coded comments of a place; its texts where they are fewer, or which panels are audited where some are."""
    if panel["audited"]:
        return locale.ui("panel_audited", n=panel["coded"], labels=panel["audited"]["neutral"]["labels"])
    if panel["adjusted"]:
        return locale.ui("panel_adjusted", n=panel["coded"])
    if mixed:
        return locale.ui("panel_draft", n=panel["coded"])
    texts = {"texts": panel["texts"]} if panel["texts"] < panel["comments"] else {}
    return locale.ui("n_is", n=panel["coded"], **texts)


def _percent(shares: Mapping[str, int] | None, key: str, few: str) -> str:
    return f"{shares[key]}%" if shares else few
