"""What a reader of an edition sees, compared with what the numbers say, and named by claim or by section."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, NamedTuple

from reports.editions import edition_of
from reports.editions.html import render as render_page
from reports.wording import locale_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from reports.wording import Locale
    from storage.nouns import Language

_CLAIM = re.compile(r"\bC\d+\b")
_ROW = 14
"""Texts after a claim's number that can belong to its row in the ledger."""


class Differing(NamedTuple):
    """A text that is not what the numbers say.

    Attributes:
        claims: ids of the claims that it tells.
        section: what it stands under.
        printed: as it stands in the file.
        expected: as it follows from the numbers.
    """

    claims: list[str]
    section: str
    printed: str
    expected: str


class Compared(NamedTuple):
    """Texts of a file: how many there are to be, which differ, and whether the file is the same to the byte."""

    texts: int
    differing: list[Differing]
    same_bytes: bool


def compare_edition(
    path: Path, numbers: Mapping[str, Any], language: Language, languages: Sequence[Language]
) -> Compared:
    """Render the edition anew and set both beside each other.

    Args:
        path: the file.
        numbers: the report's, counted again.
        language: of the file.
        languages: of the report.

    Raises:
        storage.errors.MinyiError: a library is not installed, or the file cannot be read.
    """
    edition = edition_of(path)
    if edition.name == "html":
        other = next((f"report.{one}.html" for one in languages if one != language), "")
        fresh = render_page(numbers, language, other)
    else:
        fresh = edition.render(numbers, language)
    content = path.read_bytes()
    expected, printed = edition.read(fresh).texts, edition.read(content).texts
    return Compared(len(expected), differing(expected, printed, numbers, language), content == fresh)


def differing(
    expected: Sequence[str], printed: Sequence[str], numbers: Mapping[str, Any], language: Language
) -> list[Differing]:
    """The texts that differ, each with the claims that it tells."""
    if list(expected) == list(printed):
        return []
    locale = locale_for(language, numbers)
    tells, sections = _claims_told(expected, numbers, locale), _sections(expected, locale)
    found = []
    for kind, a, b, c, d in SequenceMatcher(None, expected, printed, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        for step in range(max(b - a, d - c)):
            at, to = a + step, c + step
            own = expected[at] if at < b else ""
            place = min(at, len(expected) - 1)
            claims = tells[place] if own else []
            found.append(Differing(claims, sections[place], printed[to] if to < d else "", own))
    return found


def _claims_told(texts: Sequence[str], numbers: Mapping[str, Any], locale: Locale) -> list[list[str]]:
    """For each text the claims that it tells: by their sentence, by their number, or as a row of the ledger."""
    ids = {claim["id"] for claim in numbers["claims"]}
    said = {
        claim["id"]: " ".join("".join(piece.text for piece in locale.sentence(claim)).split())
        for claim in numbers["claims"]
    }
    told: list[list[str]] = []
    row, left = "", 0
    for text in texts:
        named = [name for name in _CLAIM.findall(text) if name in ids]
        named += [name for name, sentence in said.items() if sentence and sentence in text and name not in named]
        row, left = (text, _ROW) if text in ids else (row, left - 1)
        told.append(named or ([row] if left > 0 else []))
    return told


def _sections(texts: Sequence[str], locale: Locale) -> list[str]:
    """For each text the heading it stands under."""
    headings = {str(word) for name in ("nav", "heading") for word in locale.catalogue.get(name, {}).values()}
    headings |= {str(word) for key, word in locale.catalogue["ui"].items() if key.startswith(("h_", "head_", "title"))}
    found, under = [], ""
    for text in texts:
        under = text if text in headings else under
        found.append(under)
    return found
