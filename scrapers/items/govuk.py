"""The dated acts that the fields of a GOV.UK page state: what they are, on which day of London, in which words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from scrapers.answers import objects
from scrapers.pages.fragments import text_of
from storage.nouns import Act, Reject
from storage.text import clean, clean_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.nouns import EventKind

LONDON = ZoneInfo("Europe/London")
_FIRST = re.compile(r"(?:\w+ )?first published\W*", re.IGNORECASE)
_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905  a table of words; strftime would ask the locale
)

# Dates in `details`: the field, its kind, and what it says; {noun} is a consultation or a call for evidence.
_DATES: tuple[tuple[str, EventKind | None, str], ...] = (
    ("opening_date", "announced", "{noun} opens"),
    ("closing_date", None, "{noun} closes"),
    ("public_feedback_publication_date", None, "{noun} feedback published"),
    ("final_outcome_publication_date", "announced", "{noun} outcome published"),
    ("outcome_publication_date", "announced", "{noun} outcome published"),
    ("delivered_on", None, "Delivered"),
)


@dataclass(frozen=True, slots=True)
class Document:
    """A page as its acts need it.

    Attributes:
        item: the whole answer of the content API.
        details: its `details`; empty where it has none.
        id: of its article.
        url: where a person reads it.
        title: on one line.
        who: the organisations that publish it.
    """

    item: dict[str, Any]
    details: dict[str, Any]
    id: str
    url: str
    title: str
    who: str

    @property
    def noun(self) -> str:
        """What it asks the public, by its schema."""
        return "Call for evidence" if self.item.get("schema_name") == "call_for_evidence" else "Consultation"

    @property
    def published(self) -> tuple[object, object]:
        """When it was first public: as the department says, then as the publishing system does."""
        return self.details.get("first_public_at"), self.item.get("first_published_at")

    def act(self, when: datetime, kind: EventKind | None, words: str, sentence: str) -> Act:
        """An act of this document on that day."""
        return Act(
            date=when.date(),
            kind=kind,
            title=clean_line(f"{words}: {self.title}"),
            sentence=clean(sentence),
            who=self.who,
            url=self.url,
            article_id=self.id,
        )


def acts_of(document: Document) -> tuple[tuple[Act, ...], tuple[Reject, ...]]:
    """What the fields state, in order of time, each once; a change without a note or a readable date is a reject."""
    notes, rejects = _notes(document)
    acts = [*_beginning(document), *_dated(document), *_outcome(document), *notes, *_latest(document)]
    acts += _withdrawn(document)
    return tuple(sorted(dict.fromkeys(acts), key=lambda act: act.date)), tuple(rejects)


def _beginning(document: Document) -> Iterator[Act]:
    """The first publication, unless a consultation opens that day or the page's history tells of it."""
    when = next(filter(None, map(_london, document.published)), None)
    history = (change for _, change in _history(document) if _FIRST.fullmatch(_note(change)))
    told = [_opening(document), *(_london(change.get("public_timestamp")) for change in history)]
    if when and when.date() not in {other.date() for other in told if other}:
        yield document.act(when, "announced", "First published", f"First published: {_day(when)}")


def _opening(document: Document) -> datetime | None:
    return _london(document.details.get("opening_date"))


def _dated(document: Document) -> Iterator[Act]:
    for name, kind, pattern in _DATES:
        if when := _london(document.details.get(name)):
            words = pattern.format(noun=document.noun)
            yield document.act(when, kind, words, f"{words}: {_day(when)}")


def _outcome(document: Document) -> Iterator[Act]:
    """An outcome that names no date of its own came with the page's last major update."""
    details = document.details
    dated = details.get("final_outcome_publication_date") or details.get("outcome_publication_date")
    when = _london(document.item.get("public_updated_at"))
    if not dated and when and (details.get("final_outcome_detail") or details.get("outcome_detail")):
        words = f"{document.noun} outcome published"
        yield document.act(when, "announced", words, f"{words} by the update of {_day(when)}")


def _history(document: Document) -> Iterator[tuple[int, dict[str, Any]]]:
    """The changes with their places in the list; an odd one is a change without anything."""
    changes = document.details.get("change_history")
    for at, change in enumerate(changes if isinstance(changes, list) else ()):
        yield at, change if isinstance(change, dict) else {}


def _note(change: dict[str, Any]) -> str:
    return clean_line(text_of(change.get("note")))


def _notes(document: Document) -> tuple[list[Act], list[Reject]]:
    acts, rejects = [], []
    opening = _opening(document)
    for at, change in _history(document):
        note, when = _note(change), _london(change.get("public_timestamp"))
        if when is None or not note:
            reason = "a change without a date" if note else "a change without a note"
            rejects.append(Reject(f"{document.url} change_history[{at}]", reason, note))
        elif not _FIRST.fullmatch(note):
            acts.append(document.act(when, "clarified", "Updated", note))
        elif opening is None or opening.date() != when.date():
            acts.append(document.act(when, "announced", "First published", note))
    return acts, rejects


def _latest(document: Document) -> Iterator[Act]:
    """Travel advice keeps no history, but says what its last update was."""
    said = clean_line(text_of(document.details.get("change_description")))
    when = _london(document.item.get("public_updated_at"))
    if said and when:
        yield document.act(when, "clarified", "Updated", said)


def _withdrawn(document: Document) -> Iterator[Act]:
    for notice in objects([document.item.get("withdrawn_notice")]):
        if when := _london(notice.get("withdrawn_at")):
            why = clean_line(text_of(notice.get("explanation")))
            yield document.act(when, "reversed", "Withdrawn", f"Withdrawn: {_day(when)}. {why}".rstrip())


def _london(value: object) -> datetime | None:
    """A date of GOV.UK on the clocks of London; far ones too, for some consultations close in two hundred years."""
    try:
        when = datetime.fromisoformat(value) if isinstance(value, str) else None
        return when and (when.astimezone(LONDON) if when.tzinfo else when.replace(tzinfo=LONDON))
    except (ValueError, OverflowError):
        return None


def _day(when: datetime) -> str:
    """`16 November 2016 at 5pm`, as GOV.UK writes it; midnight is no time anyone meant."""
    day = f"{when.day} {_MONTHS[when.month - 1]} {when.year}"
    if not (when.hour or when.minute):
        return day
    minutes = f":{when.minute:02}" if when.minute else ""
    return f"{day} at {when.hour % 12 or 12}{minutes}{'am' if when.hour < 12 else 'pm'}"  # noqa: PLR2004  noon
