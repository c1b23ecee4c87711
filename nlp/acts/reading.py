"""How dated acts are read in any language: sentences, the dates in them, and rules on the words around a date.

A rule sees a sentence in which every date is a mark (`D`) and looks at what stands right before and right after one of
them. The first rule that fits decides, so what is no act comes first. Nothing looks further than `REACH` characters,
which bounds the time a hostile sentence can take.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from nlp.acts.days import Almanac, Day

Verdict = Literal[
    "no act", "announced", "effective", "clarified", "reversed", "regulator", "media", "opens", "closes", "hearing"
]
D = "\ue000\ue001*"
"""A date inside a rule: every date of the sentence is masked by characters no text holds."""

REACH = 200
LONGEST_SENTENCE = 1_000
MOST_DATES = 24
"""Of one sentence: what follows is a table of dates, not a statement."""

_ANY = re.compile("")


class Dating(Protocol):
    """Turns a match of a date into the day it means."""

    def __call__(self, found: re.Match[str], almanac: Almanac, *, tense: int) -> Day | None:
        """The day, None where it cannot be told."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Words around a date, and what they make of it.

    Attributes:
        verdict: what the date is when the rule fits.
        before: must be found in what precedes the date; patterns end with `$` where they must touch it.
        after: must match right behind the date.
        whole: must be found in the sentence.
        near: must be found in the sentence or the one before it.
        unless: must not be found in the sentence.
    """

    verdict: Verdict
    before: re.Pattern[str] = _ANY
    after: re.Pattern[str] = _ANY
    whole: re.Pattern[str] = _ANY
    near: re.Pattern[str] = _ANY
    unless: re.Pattern[str] | None = None

    def fits(self, around: Around) -> bool:
        """Whether the words around a date are these."""
        return bool(
            self.before.search(around.before)
            and self.after.match(around.after)
            and self.whole.search(around.sentence)
            and self.near.search(around.near)
            and not (self.unless and self.unless.search(around.sentence))
        )


def rule(
    verdict: Verdict, *, before: str = "", after: str = "", whole: str = "", near: str = "", unless: str | None = None
) -> Rule:
    """A rule from the patterns as they are written."""
    before_, after_, whole_, near_ = (re.compile(words) for words in (before, after, whole, near))
    return Rule(verdict, before_, after_, whole_, near_, re.compile(unless) if unless else None)


class Around(NamedTuple):
    """What a rule sees of one date: the words before and behind it, its sentence, and that with the one before."""

    before: str
    after: str
    sentence: str
    near: str


class Mark(NamedTuple):
    """A date in a sentence, by its offsets there."""

    start: int
    end: int
    day: Day | None


class Sentence(NamedTuple):
    """A sentence of a text, its dates, and itself with every date masked, character for character."""

    start: int
    text: str
    marks: tuple[Mark, ...]
    plain: str


@dataclass(frozen=True, slots=True)
class Language:
    """What the reading of one language needs.

    Attributes:
        sentences: the spans of a text's sentences.
        date: matches one date.
        suffix: what may follow a date and belongs to it, such as its weekday.
        day_of: the day a match of `date` means.
        tense: whether the words before and behind a date speak of the future (1), the past (-1) or leave it open (0).
        rules: in order of precedence.
    """

    sentences: Callable[[str], Iterator[tuple[int, int]]]
    date: re.Pattern[str]
    suffix: re.Pattern[str]
    day_of: Dating
    tense: Callable[[str, str], int]
    rules: Sequence[Rule]


class Reading(NamedTuple):
    """A date that is an act."""

    sentence: Sentence
    mark: Mark
    verdict: Verdict


def readings(text: str, language: Language, almanac: Almanac) -> Iterator[Reading]:
    """Every dated act of a text, in order."""
    previous = ""
    for start, end in language.sentences(text):
        if end - start > LONGEST_SENTENCE:
            previous = ""
            continue
        sentence = _sentence(text, (start, end), language, almanac)
        for mark in sentence.marks:
            verdict = _verdict(sentence, mark, previous, language.rules) if mark.day else "no act"
            if verdict != "no act":
                yield Reading(sentence, mark, verdict)
        previous = sentence.plain


def _sentence(text: str, span: tuple[int, int], language: Language, almanac: Almanac) -> Sentence:
    own = text[slice(*span)]
    almanac.begin_sentence()
    marks: list[Mark] = []
    for found in islice(language.date.finditer(own), MOST_DATES):
        suffix = language.suffix.match(own, found.end())
        before, after = own[max(0, found.start() - REACH) : found.start()], own[found.end() : found.end() + REACH]
        day = language.day_of(found, almanac, tense=language.tense(before, after))
        marks.append(Mark(found.start(), suffix.end() if suffix else found.end(), day))
    return Sentence(span[0], own, tuple(marks), _masked(own, marks))


def _masked(text: str, marks: Sequence[Mark]) -> str:
    parts, at = [], 0
    for mark in marks:
        parts += [text[at : mark.start], "\ue000", "\ue001" * (mark.end - mark.start - 1)]
        at = mark.end
    return "".join([*parts, text[at:]])


def _verdict(sentence: Sentence, mark: Mark, previous: str, rules: Sequence[Rule]) -> Verdict:
    plain = sentence.plain
    around = Around(
        plain[max(0, mark.start - REACH) : mark.start],
        plain[mark.end : mark.end + REACH],
        plain,
        f"{previous[-REACH:]}\n{plain}",
    )
    return next((rule.verdict for rule in rules if rule.fits(around)), "no act")
