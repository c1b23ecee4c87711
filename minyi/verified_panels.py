"""Which panel of the report each text of an edition stands in, by the order in which a reader meets them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reports.panel_claims import PANEL_IDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reports.wording import Locale

_MARKED = re.compile(r"\[(P\d+)\]$")
"""How a heading of the page names its panel."""
_UNDER: Mapping[str, str] = {
    "happened": "tiles", "events_caption": "events", "shared_caption": "shared_words", "asks_caption": "asks",
    "asks_caption_people": "asks",
    "coverage": "coverage", "lapses": "coverage", "shortfalls": "coverage", "ledger": "method",
    "panels_caption": "method", "quoted": "quoted", "redo": "method", "tl_table": "timeline",
    "changes_title": "changes", "places_caption": "places", "counting_caption": "counting",
    "since_caption": "since", "audit_table": "labels", "audit_census": "labels",
    "audit_confusion": "labels", "audit_agreement": "labels",
    "audit_draws": "labels",
}  # fmt: skip
"""Headings and captions of the page that carry no id, by their key."""
_WITHIN: Mapping[str, frozenset[str]] = {
    "events": frozenset({"changes", "events"}), "shared_words": frozenset({"asks", "shared_words"}),
    "coverage": frozenset({"labels", "coverage"}), "quoted": frozenset({"method"}),
}  # fmt: skip
"""Panels that begin only under these: elsewhere, as on the timeline, their title is a label like any other."""
_SHORT: Mapping[str, str] = {
    "happened": "tiles", "timeline": "timeline", "asks": "asks", "voices": "voices", "sure": "labels",
    "method": "method",
}  # fmt: skip
"""Titles of slides, and headings of the mail."""
_SHEETS: Mapping[str, str] = {
    "summary": "tiles", "claims": "method", "timeline": "timeline", "events": "events", "changes": "changes",
    "asks": "asks", "responses": "asks", "voices": "voices", "places": "places", "counting": "counting",
    "keywords": "keywords", "coverage": "coverage", "ledger": "method", "provenance": "method",
}  # fmt: skip
"""Sheets of the workbook, in their order."""


def panels_told(texts: Sequence[str], edition: str, locale: Locale) -> list[str]:
    """For each text the id of the claim on the panel that it stands in.

    Args:
        texts: what a reader of an edition sees, in order.
        edition: its name, such as html.
        locale: its language.
    """
    if edition == "xlsx":
        return list(_by_sheet(texts, locale))
    if edition in {"pptx", "eml"}:
        titles = {locale.ui(key): panel for key, panel in _SHORT.items()}
        titles[locale.word("editions", "changes")] = "changes"
        titles[texts[0] if texts else ""] = "tiles"
        lead = locale.word("editions", "mail_lead").format(file=f"report.{locale.language}.html")
        return list(_by_title(texts, titles | {lead: "method"}))
    titles = {locale.ui(key): panel for key, panel in _UNDER.items()}
    titles[f"{locale.ui('shared_caption')} {locale.ui('shared_lead')}"] = "shared_words"
    return list(_by_title(texts, titles, f"{locale.ui('lane_strip')}{locale.ui('colon')}"))


def _by_title(texts: Sequence[str], titles: Mapping[str, str], strip: str = "\0") -> Iterator[str]:
    """By the last title met; the table behind the strip below the timeline is known by how its caption begins."""
    under = PANEL_IDS["tiles"]
    for text in texts:
        if marked := _MARKED.search(text):
            under = marked[1]
        elif text in titles and (
            titles[text] not in _WITHIN or under in {PANEL_IDS[it] for it in _WITHIN[titles[text]]}
        ):
            under = PANEL_IDS[titles[text]]
        elif text.startswith(strip):
            under = PANEL_IDS["timeline"]
        yield under


def _by_sheet(texts: Sequence[str], locale: Locale) -> Iterator[str]:
    """By the last sheet's name met; those of sheets before it are words like any other."""
    names = [(locale.word("editions", key), PANEL_IDS[panel]) for key, panel in _SHEETS.items()]
    under, at = PANEL_IDS["tiles"], 0
    for text in texts:
        later = next((i for i, (name, _) in enumerate(names) if i >= at and name == text), None)
        if later is not None:
            under, at = names[later][1], later + 1
        yield under
