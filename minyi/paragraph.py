"""The optional paragraph of a report, whose connective words a language model chooses; off unless the study asks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reports.paragraph import Rejected, check, part_wording, quotes
from reports.wording import catalogue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from minyi.console import Console
    from minyi.workspace import Workspace
    from storage.nouns import Language

_QUOTE = re.compile(r"\{q:([^{}]*)\}")


def with_paragraph(workspace: Workspace, numbers: dict[str, Any], console: Console) -> dict[str, Any]:
    """The numbers with a paragraph in each language of the study, as it was checked; as they are where it is off.

    The model is told wordings and ids of the headlines, never a figure and never a word of a comment. One whose text
    is turned down, or that gives none, costs the report nothing but the paragraph.
    """
    options = workspace.loaded.paragraph
    if options is None:
        return numbers
    told = {language: _told(workspace, numbers, language) for language in workspace.study.report_languages}
    for language, found in told.items():
        if found["state"] == "rejected":
            why = catalogue("en")["rejected"][found["reason"]]
            console.warn(f"the paragraph ({language}) by {found['model']} is not printed: {why}")
    return numbers | {"paragraph": told}


def _told(workspace: Workspace, numbers: Mapping[str, Any], language: Language) -> dict[str, str]:
    from nlp.paragraph import written

    options: Mapping[str, Any] = workspace.loaded.paragraph or {}
    text = _named(written(given(numbers, language), options, workspace.answers, workspace.folder), numbers)
    read = check(text, numbers, language) if text else Rejected("unanswered", 0)
    reason = read.reason if isinstance(read, Rejected) else ""
    state = "rejected" if reason else "accepted"
    return {"text": "" if reason else text, "model": str(options["model"]), "state": state, "reason": reason}


def given(numbers: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """What the model is told: the headlines as wordings with open slots, and what else it may use."""
    return {
        "language": language,
        "claims": [_open(claim, language) for claim in numbers["claims"] if claim["section"] == "happened"],
        "quotes": list(_names(numbers)),
        "words": catalogue(language)["paragraph_words"]["allowed"],
    }


def _names(numbers: Mapping[str, Any]) -> dict[str, str]:
    """Names for the ids of quotes: an id may lead to a person, so none is sent."""
    return {f"Q{n}": one for n, one in enumerate(sorted(quotes(numbers)), start=1)}


def _named(text: str, numbers: Mapping[str, Any]) -> str:
    names = _names(numbers)
    return _QUOTE.sub(lambda slot: f"{{q:{names.get(slot[1], slot[1])}}}", text)


def _open(claim: Mapping[str, Any], language: Language) -> dict[str, Any]:
    wordings, verdict = catalogue(language)["claims"][claim["template"]], claim["verdict"]
    passed = verdict == "passed"
    return {
        "id": claim["id"],
        "wording": wordings.get(f"{verdict}_{claim['variant']}", wordings[verdict]),
        "passed": passed,
        "parts": [name for name in claim["slots"] if passed and part_wording(claim, name, language)],
    }
