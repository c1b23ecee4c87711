"""What a reader of an edition sees, compared with what the numbers say, and named by the claims it belongs to."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, NamedTuple, cast, get_args

from minyi.verified_panels import panels_told
from reports.editions import edition_of
from reports.editions.html import render as render_page
from reports.panel_claims import PANEL_IDS
from reports.wording import locale_for
from storage.errors import UsageError
from storage.nouns import Language

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from minyi.rerunning import ReadReport
    from reports.editions import Edition
    from reports.wording import Locale

_CLAIM = re.compile(r"\b[CP]\d+\b")
_ROWS = {"C": 7, "P": 2}
"""Texts after a claim's number that can belong to its row in the ledger."""
_SECTION = re.compile(rb'<section id="(\w+)"')
_OPENING = {"events": "changes", "sure": "labels"}
"""Sections of the page that are called otherwise than their first panel."""


class Differing(NamedTuple):
    """A text that is not what the numbers say.

    Attributes:
        claims: ids of the claims that it tells.
        panel: id of the claim on the panel that it stands in.
        printed: as it stands in the file.
        expected: as it follows from the numbers.
    """

    claims: list[str]
    panel: str
    printed: str
    expected: str


class Compared(NamedTuple):
    """Texts of a file: how many there are to be, which differ, and whether the file is the same to the byte.

    `unseen` is the id of the claim on the panel where a file begins to differ in what no reader sees.
    """

    texts: int
    differing: list[Differing]
    same_bytes: bool
    unseen: str


class Rendered(NamedTuple):
    """An edition as the run wrote it, and what a reader of it sees."""

    content: bytes
    texts: list[str]


def compare_edition(read: ReadReport, numbers: Mapping[str, Any], languages: Sequence[Language]) -> Compared:
    """Render the edition anew and set both beside each other.

    Args:
        read: the file.
        numbers: the report's, counted again.
        languages: of the report.

    Raises:
        storage.errors.MinyiError: a library is not installed, or the file cannot be read.
    """
    edition, language = edition_of(read.path), _language(read)
    fresh = rendered(edition, numbers, language, languages)
    found = differing(fresh.texts, read.texts, numbers, language, edition.name)
    same = read.content == fresh.content
    return Compared(len(fresh.texts), found, same, "" if same else _unseen(fresh.content, read.content))


def _language(read: ReadReport) -> Language:
    """The language that a file says it is in.

    Raises:
        UsageError: no report is in that.
    """
    known = next((one for one in get_args(Language) if one == read.language), None)
    if known is None:
        what = f"the file says that it is in the language “{read.language}”, in which no report is"
        raise UsageError(what, where=str(read.path), remedy="Name a file that `minyi report` wrote.")
    return cast("Language", known)


def rendered(
    edition: Edition, numbers: Mapping[str, Any], language: Language, languages: Sequence[Language]
) -> Rendered:
    """An edition as the run wrote it; a page names the page in the other language."""
    if edition.name == "html":
        other = next((f"report.{one}.html" for one in languages if one != language), "")
        content = render_page(numbers, language, other)
    else:
        content = edition.render(numbers, language)
    return Rendered(content, edition.read(content).texts)


def _unseen(fresh: bytes, content: bytes) -> str:
    """The panel in which a page begins to be another; of a file that is no page, the one that tells how it was made."""
    at = next((i for i, (one, other) in enumerate(zip(fresh, content, strict=False)) if one != other), len(fresh))
    begun = [found[1].decode() for found in _SECTION.finditer(fresh, 0, at)]
    key = begun[-1] if begun else ""
    return PANEL_IDS.get(_OPENING.get(key, key), PANEL_IDS["method"])


def differing(
    expected: Sequence[str],
    printed: Sequence[str],
    numbers: Mapping[str, Any],
    language: Language,
    edition: str = "html",
) -> list[Differing]:
    """The texts that differ, each with the claims that it tells and the panel it stands in."""
    if list(expected) == list(printed):
        return []
    locale = locale_for(language, numbers)
    tells, panels = _claims_told(expected, numbers, locale), panels_told(expected, edition, locale)
    found = []
    for kind, a, b, c, d in SequenceMatcher(None, expected, printed, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        for step in range(max(b - a, d - c)):
            at, to = a + step, c + step
            own = expected[at] if at < b else ""
            place = min(at, len(expected) - 1)
            claims = tells[place] if own else []
            found.append(Differing(claims, panels[place], printed[to] if to < d else "", own))
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
        row, left = (text, _ROWS[text[0]]) if text in ids else (row, left - 1)
        told.append(named or ([row] if left >= 0 and row else []))
    return told
