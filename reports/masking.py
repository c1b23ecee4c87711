"""What a report does not repeat from what it quotes: telephone and card numbers, addresses, names of accounts."""

from __future__ import annotations

import re

from storage.masking import MAIL, NAME

MASK = "▇"

# Fifteen digits and more are no amount: bank cards (15 to 19), identity cards (15, or 18 of which the last may be X).
_CARD = r"(?<!\d)(?:\d{15,}[Xx]?|[3-69]\d{3}(?:[ -]\d{4}){3}(?:[ -]\d{1,3})?|\d{6}[ -]\d{8}[ -]\d{3}[\dXx])(?!\d)"
_MOBILE = r"(?:[+＋]86[ -]?|(?<!\d)(?:(?:00)?86[ -]?)?)1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)"
_LANDLINE = r"(?:[(（]0\d{2,3}[)）] ?|(?<!\d)0\d{2,3}[ -]?)\d{3,4}[ -]?\d{4}(?!\d)"
_ABROAD = r"(?:[+＋][1-9](?:[ ().-]{0,2}\d){7,14}|(?<!\d)00[1-9]\d{7,13})(?!\d)"
_AMERICAN = r"(?:\(\d{3}\) ?|(?<!\d)\d{3}[.-])\d{3}[.-]\d{4}(?!\d)"
_PRIVATE = re.compile(f"{MAIL}|{NAME}|{_CARD}|{_MOBILE}|{_LANDLINE}|{_ABROAD}|{_AMERICAN}")
# What every one of them holds: a quick look, for most texts hold none.
_HINT = re.compile(r"[@＠]|\d[\d ().（）-]{7}")


def masked(text: str) -> str:
    """The text with each of them as `▇`, @names as `@▇`; masking what is masked changes nothing.

    Dates, years, scores and amounts stay. A local number without its area code cannot be told from an amount and stays.
    """
    if not _HINT.search(text):
        return text
    return _PRIVATE.sub(lambda found: f"{found[0][0] if found[0][0] in '@＠' else ''}{MASK}", text)
