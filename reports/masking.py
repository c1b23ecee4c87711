"""What a report does not repeat from what it quotes: telephone and card numbers, addresses, names of accounts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from storage.privacy.masking import HANDLE, HANDLE_HINT, MAIL, NAME, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

MASK = "▇"

# Fifteen digits and more are no amount: bank cards (15 to 19), identity cards (15, or 18 of which the last may be X).
_CARD = r"(?<!\d)(?:\d{15,}[Xx]?|[3-69]\d{3}(?:[ -]\d{4}){3}(?:[ -]\d{1,3})?|\d{6}[ -]\d{8}[ -]\d{3}[\dXx])(?!\d)"
_ID_IN_PARTS = r"(?<!\d)\d{6} ?[ -] ?(?:19|20)\d{2} ?[ -]? ?\d{4} ?[ -] ?\d{3}[\dXx](?!\d)"
_MOBILE = r"(?:[+]86[ -]?|(?<!\d)(?:(?:00)?86[ -]?)?)1[3-9]\d[ .-]?\d{4}[ .-]?\d{4}(?!\d)"
_MOBILE_APART = r"(?<!\d)(?:1[3-9]\d ?[ ._/-] ?\d{4} ?[ ._/-] ?\d{4}|1[ .-][3-9](?:[ .-]\d){9})(?!\d)"
_LANDLINE = r"(?:[(]0\d{2,3}[)] ?|(?<!\d)0\d{2,3}[ -]?)\d{3,4}[ -]?\d{4}(?!\d)"
_ABROAD = r"(?:[+][1-9](?:[ ().-]{0,2}\d){7,14}|(?<!\d)00[1-9]\d{7,13})(?!\d)"
_AMERICAN = r"(?:\(\d{3}\) ?|(?<!\d)\d{3}[.-])\d{3}[.-]\d{4}(?!\d)"
_PRIVATE = re.compile(
    f"{MAIL}|{NAME}|{_CARD}|{_ID_IN_PARTS}|{_MOBILE}|{_MOBILE_APART}|{_LANDLINE}|{_ABROAD}|{_AMERICAN}|{HANDLE}"
)
# What every one of them holds: a quick look, for most texts hold none.
_HINT = re.compile(rf"[@＠]|(?:\d[^\w]{{0,3}}){{8}}|[(（\[]at[)）\]]|{HANDLE_HINT}")


def masked(text: str) -> str:
    """The text with each of them as `▇`, @names as `@▇`; masking what is masked changes nothing.

    Digits and signs may be of full width, hyphens of any length. Dates, years, scores and amounts stay. A local number
    without its area code cannot be told from an amount and stays.
    """
    parts, end = list[str](), 0
    for start, stop in private_spans(text):
        parts += [text[end:start], MASK]
        end = stop
    return "".join([*parts, text[end:]]) if parts else text


def private_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where such things stand, from left to right; the sign of an @name is not of it."""
    if not _HINT.search(text):
        return
    for found in _PRIVATE.finditer(plain(text)):
        handle = found["handle"]
        start, stop = found.span("handle") if handle is not None else found.span()
        yield start + (text[start] in "@＠"), stop
