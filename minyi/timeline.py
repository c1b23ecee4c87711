"""Policy events from what was collected: acts found in articles or stated by sources, for a person to accept."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast, get_args

from minyi.frames import rows
from minyi.study_shape import HAN
from minyi.study_writing import add_events
from nlp.acts import find_acts
from storage.errors import UsageError
from storage.nouns import Act, Article, EventKind, PolicyEvent, Wording
from storage.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from minyi.workspace import Workspace
    from storage.nouns import Study

KINDS: tuple[str, ...] = get_args(EventKind)
ID_LENGTH = 8
ALIKE = 0.4
"""Share of common character pairs from which on two titles of the same day and kind are one act."""

MOST_A_DAY = 100
"""Unlike acts of one kind on one day, those stored first; more are an archive's lines, which nobody reads."""

_MONTH, _YEAR = 31, 366
_VAGUE = frozenset({"month", "year"})


@dataclass(frozen=True, slots=True)
class Stated:
    """One act where it stands.

    Attributes:
        act: what is stated, with the sentence that states it.
        source: the name of the source.
        capture: SHA-256 of the bytes it was read from; "" where nothing was fetched.
        names_change: whether the sentence or its article's title holds a word for the change.
    """

    act: Act
    source: str
    capture: str
    names_change: bool

    @property
    def id(self) -> str:
        """The same for the same day, kind and sentence, whatever else is collected."""
        said = f"{self.act.date}\x1f{self.act.kind}\x1f{self.act.sentence}"
        return hashlib.sha256(said.encode()).hexdigest()[:ID_LENGTH]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An act that may join the timeline, with every place that states it; the one stored first speaks for it.

    Attributes:
        stated: one or more, in the order in which they were stored.
        known: whether the study file has it.
        in_window: whether it lies in the study's days.
    """

    stated: tuple[Stated, ...]
    known: bool
    in_window: bool

    @property
    def act(self) -> Act:
        """What is stated first."""
        return self.stated[0].act

    @property
    def id(self) -> str:
        """By which it is accepted."""
        return self.stated[0].id

    @property
    def weight(self) -> tuple[bool, int, bool]:
        """How plausible it is: it names the change, in many places, and says what kind of act it is."""
        places = {one.act.article_id or one.id for one in self.stated}
        return any(one.names_change for one in self.stated), len(places), self.act.kind is not None


@dataclass(frozen=True, slots=True)
class Accepted:
    """What accepting changed: the events written, and the ids that the study file had already."""

    events: tuple[PolicyEvent, ...]
    already: tuple[str, ...]


def suggestions(workspace: Workspace) -> list[Suggestion]:
    """Every act in what was collected, by date and then by plausibility, those the study file has too."""
    study = workspace.study
    groups: defaultdict[tuple[date, str, str | None], list[dict[tuple[str, str], Stated]]] = defaultdict(list)
    for one in (*_of_sources(workspace), *_in_articles(workspace)):
        _join(groups[one.act.date, one.act.precision, one.act.kind], one)
    found = [_suggestion(study, [*group.values()]) for alike in groups.values() for group in alike]
    return sorted(found, key=lambda one: (_place(one.act), [-int(part) for part in one.weight], one.id))


def _place(act: Act) -> tuple[date, int]:
    """Where an act stands: a year before its months, a month before its days."""
    return act.date, ("year", "month", "day").index(act.precision)


def accept(
    workspace: Workspace,
    ids: Sequence[str],
    seen: bytes,
    *,
    kind: str = "",
    title: str = "",
) -> Accepted:
    """Write suggestions into the study file's timeline; those it has already are left alone.

    Args:
        workspace: the study.
        ids: of suggestions, or the first characters of one.
        seen: the study file's bytes when the workspace was opened.
        kind: instead of the suggestion's own.
        title: likewise; for one suggestion only.

    Raises:
        UsageError: an id that no suggestion has, a kind that there is not, or an act without a kind.
        StudyNotWritten, FileWriteError: the file was left as it is.
    """
    if kind and kind not in KINDS:
        raise UsageError(f'"{kind}" is no kind of act.', remedy=f"Write one of: {', '.join(KINDS)}.")
    if title and len(set(ids)) > 1:
        raise UsageError("--title is for one act.", remedy="Accept the others in a command of their own.")
    chosen = _chosen(suggestions(workspace), ids)
    drafts = [(one, _event(one, kind, title)) for one in chosen]
    have = {_identity(event) for event in workspace.study.events}
    new = tuple(event for one, event in drafts if _identity(event) not in have and not (one.known and not kind))
    if new:
        add_events(workspace.loaded.path, new, seen)
    return Accepted(new, tuple(one.id for one, event in drafts if event not in new))


# Where acts are stated


def _of_sources(workspace: Workspace) -> Iterator[Stated]:
    """What sources state field by field."""
    words = _words(workspace.study)
    for row in rows(workspace.store.collected.acts(workspace.study.id)):
        act = Act(
            date=row["date"],
            precision=row["precision"],
            kind=row["kind"] or None,
            title=row["title"] or row["sentence"],
            sentence=row["sentence"],
            who=row["who"] or "",
            url=row["url"] or "",
            article_id=row["article"] or "",
        )
        yield Stated(act, row["source"], row["capture"] or "", _names(words, act.title, act.sentence))


def _in_articles(workspace: Workspace) -> Iterator[Stated]:
    study, words = workspace.study, _words(workspace.study)
    for row in rows(workspace.store.articles(study.id)):
        for act in find_acts(_article(row), zone=study.zone):
            names = _names(words, row["title"] or "", act.sentence)
            yield Stated(act, row["source"], row["capture"] or "", names)


def _article(row: dict[str, Any]) -> Article:
    """A stored article; a day known only by its month is no day to count from."""
    vague = row["published_precision"] in _VAGUE
    return Article(
        id=row["id"],
        url=row["url"] or "",
        title=row["title"] or "",
        text=row["text"],
        lang=row["lang"] or "",
        published_at=None if vague else row["published_at"],
    )


def _words(study: Study) -> re.Pattern[str] | None:
    words = [re.escape(word) for word in study.change.words if word.strip()]
    return re.compile("|".join(words), re.IGNORECASE) if words else None


def _names(words: re.Pattern[str] | None, *texts: str) -> bool:
    return words is not None and any(words.search(text) for text in texts)


# Which of them are one act, and known


def _join(groups: list[dict[tuple[str, str], Stated]], one: Stated) -> None:
    """Put an act to those of its day and kind that it is one with; what the same page says twice counts once."""
    group = next((group for group in groups if _same(next(iter(group.values())).act, one.act)), None)
    if group is not None:
        group.setdefault((one.id, one.act.url), one)
    elif len(groups) < MOST_A_DAY:
        groups.append({(one.id, one.act.url): one})


def _same(one: Act, other: Act) -> bool:
    """Whether two acts of one day and kind are one: alike in words, or in one article one a short form of the other."""
    if one.sentence == other.sentence or _alike(one.title, other.title) >= ALIKE:
        return True
    short, long = sorted(map(_plain, (one.title, other.title)), key=len)
    together = bool(one.article_id) and one.article_id == other.article_id
    return bool(short) and (short in long or (together and _held(_pairs(short), _pairs(long)) >= ALIKE))


def _alike(one: str, other: str) -> float:
    """Dice's coefficient of the titles' character pairs."""
    first, second = _pairs(_plain(one)), _pairs(_plain(other))
    return 2 * len(first & second) / max(1, len(first) + len(second))


def _held(short: frozenset[str], long: frozenset[str]) -> float:
    """The share of the shorter title's pairs that the longer one has: a headline is a short form of its text."""
    return len(short & long) / max(1, len(short))


@lru_cache(maxsize=4096)
def _plain(title: str) -> str:
    return re.sub(r"[\W_]+", "", title).lower()


@lru_cache(maxsize=4096)
def _pairs(plain: str) -> frozenset[str]:
    return frozenset(plain[at : at + 2] for at in range(len(plain) - 1))


def _suggestion(study: Study, group: Sequence[Stated]) -> Suggestion:
    act = group[0].act
    inside = (study.start is None or _last(act) >= study.start) and (study.end is None or act.date <= study.end)
    return Suggestion(tuple(group), any(_is(event, group) for event in study.events), inside)


def _last(act: Act) -> date:
    """The last day an act may lie on."""
    return act.date + timedelta({"day": 0, "month": _MONTH - 1, "year": _YEAR - 1}[act.precision])


def _is(event: PolicyEvent, group: Iterable[Stated]) -> bool:
    """Whether the timeline has this act: its day and kind, or its day and link; without a kind, its day."""
    for one in group:
        act = one.act
        if event.date == act.date and (act.kind in {event.kind, None} or (act.url and event.url == act.url)):
            return True
        if event.kind == act.kind and act.precision != "day" and act.date <= event.date <= _last(act):
            return True
    return False


# From a suggestion to an event


def _chosen(found: Sequence[Suggestion], ids: Sequence[str]) -> list[Suggestion]:
    chosen: dict[str, Suggestion] = {}
    for wanted in ids:
        matching = [one for one in found if any(stated.id.startswith(wanted.lower()) for stated in one.stated)]
        if len(matching) != 1 or not wanted:
            what = f'"{wanted}" is the id of {"more than one suggestion" if matching else "no suggestion"}.'
            raise UsageError(what, remedy="`minyi timeline suggest` lists them with their ids.")
        chosen[matching[0].id] = matching[0]
    return sorted(chosen.values(), key=lambda one: one.act.date)


def _event(suggestion: Suggestion, kind: str, title: str) -> PolicyEvent:
    act = suggestion.act
    chosen = kind or act.kind
    if chosen is None:
        what = f"{suggestion.id} does not say what kind of act it is."
        raise UsageError(what, remedy=f"Say it with --kind: {', '.join(KINDS)}.")
    url = next(
        (one.act.url for one in suggestion.stated if one.act.url.lower().startswith(("http://", "https://"))), ""
    )
    return PolicyEvent(
        id=suggestion.id,
        date=act.date,
        precision=act.precision,
        kind=cast("EventKind", chosen),
        who=_wording(act.who),
        title=_wording(title or act.title),
        url=url,
    )


def _wording(words: str) -> Wording:
    """In Chinese where it holds Han characters, in English elsewhere."""
    line = clean_line(words)
    return Wording(zh=line) if HAN.search(line) else Wording(en=line)


def _identity(event: PolicyEvent) -> tuple[date, str, str, str]:
    return event.date, event.kind, event.title.zh, event.title.en
