"""Dated acts of the policy side inside articles and notices, in Chinese and English: what may join a timeline.

An act is announced, takes effect, is explained, reversed, looked into by a regulator, or put out for consultation, by
those who make, run or oversee a change, on a day that the text gives. Nothing is added that the text does not say.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from nlp.acts import chinese, english
from nlp.acts.days import Almanac
from nlp.acts.reading import readings
from nlp.language import language_of
from nlp.quotes import find_quotes
from storage.nouns import Act

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, tzinfo

    from nlp.acts.reading import Reading, Verdict
    from storage.nouns import Article, EventKind

__all__ = ["find_acts"]

LONGEST_TITLE = 60
SHORTEST_TITLE = 18
OLDEST_YEARS = 3
"""What lies further back than this is background, not a step of the change people talk about."""

FURTHEST_YEARS = 10
EARLIEST_YEAR = 2000
"""The same for a text whose own day is unknown."""

MOST_ACTS = 200
"""Of one article, the first ones: a page with more is an archive or worse, and nobody looks through it."""

_KINDS: dict[Verdict, EventKind | None] = {
    "announced": "announced",
    "effective": "effective",
    "clarified": "clarified",
    "reversed": "reversed",
    "regulator": "regulator",
    "media": "media",
    "opens": "announced",
    "closes": None,
    "hearing": None,
}
_SAYS: dict[str, dict[str, str]] = {
    "zh": {"closes": "征求意见截止：", "hearing": "听证会："},
    "en": {"closes": "Consultation closes: ", "hearing": "Hearing: "},
}
_CLAUSE_END = re.compile(r"[，；,;：]\s*")
_FROM = re.compile(r"\b(?:from|starting|beginning|effective)\s+(?:in\s+)?\||\|(?:起|开始)", re.IGNORECASE)
_WORD_END, _WORD_START = re.compile(r"(?<=\s)[!-~]*\0$|\0"), re.compile(r"^\0[!-~]*(?=\s)|\0")
_EDGE = "】 \t\u3000，。；：,.;:、\"'"


def find_acts(article: Article, *, zone: tzinfo) -> list[Act]:
    """Every dated act an article states, in the order of its text.

    Dates without a year and relative ones ("next Monday", 下月1日) are seen from the day the article appeared; without
    that, only full dates count. What ordinary people are quoted as saying is no act, nor is the distant past.

    Args:
        article: its text must be the stored one; `lang` is guessed by script where it is missing.
        zone: the time zone in which the article's day begins.

    Returns:
        Acts whose `sentence` stands word for word in `article.text` and whose `title` is a clause of it; a closing date
        of a consultation and a hearing have no kind of their own and say in their title what they are.
    """
    chosen = (article.lang or language_of(article.text))[:2]
    if chosen not in {"zh", "en"}:
        return []
    reader = chinese if chosen == "zh" else english
    today = _day_of(article, zone)
    close = (one for one in readings(article.text, reader.LANGUAGE, Almanac(today)) if _is_close(one, today))
    found = list(islice(close, MOST_ACTS))
    if not found:
        return []
    said = [(q.start, q.end) for q in find_quotes(article.text, chosen) if q.speaker_class == "public"]
    return list(_acts(article, [one for one in found if not _is_said(one, said)], chosen))


def _day_of(article: Article, zone: tzinfo) -> date | None:
    at = article.published_at
    return None if at is None else datetime.fromtimestamp(at / 1000, UTC).astimezone(zone).date()


def _is_close(reading: Reading, today: date | None) -> bool:
    day = reading.mark.day
    if day is None or (day.precision == "year" and not _is_from(reading)):
        return False
    if today is None:
        return day.date.year >= EARLIEST_YEAR
    return -FURTHEST_YEARS <= today.year - day.date.year <= OLDEST_YEARS


def _is_from(reading: Reading) -> bool:
    """A whole year is the date of an act only where something holds from it on: 2027年起, from 2027."""
    text, mark = reading.sentence.text, reading.mark
    return reading.verdict == "effective" and bool(_FROM.search(f"{text[: mark.start]}|{text[mark.end :]}"))


def _is_said(reading: Reading, said: list[tuple[int, int]]) -> bool:
    """Whether people say it; 群众的建议请于6月9日前寄来 speaks of what they will say."""
    if reading.verdict in {"opens", "closes", "hearing"}:
        return False
    at = reading.sentence.start + reading.mark.start
    return any(start <= at < end for start, end in said)


def _acts(article: Article, found: list[Reading], language: str) -> Iterator[Act]:
    who = chinese.who if language == "zh" else english.who
    for one in found:
        if one.mark.day is not None:
            yield Act(
                date=one.mark.day.date,
                precision=one.mark.day.precision,
                kind=_KINDS[one.verdict],
                title=_title(one, language),
                sentence=one.sentence.text,
                who=who(one),
                url=article.url,
                article_id=article.id,
            )


def _title(reading: Reading, language: str) -> str:
    """The clause that holds the date, with its neighbours while it says too little."""
    text, (start, end) = reading.sentence.text, (reading.mark.start, reading.mark.end)
    cuts = [0, *(found.end() for found in _CLAUSE_END.finditer(text)), len(text)]
    first = max(n for n, cut in enumerate(cuts[:-1]) if cut <= start)
    last = min(n for n, cut in enumerate(cuts) if cut >= end)
    shortest = SHORTEST_TITLE if language == "zh" else 2 * SHORTEST_TITLE
    while _length(text, cuts, first, last) < shortest and last < len(cuts) - 1:
        last += 1
    while _length(text, cuts, first, last) < shortest and first > 0:
        first -= 1
    says = _SAYS[language].get(reading.verdict, "")
    return says + _shortened(text, (cuts[first], cuts[last]), end, LONGEST_TITLE - len(says))


def _length(text: str, cuts: list[int], first: int, last: int) -> int:
    return len(text[cuts[first] : cuts[last]].strip(_EDGE))


def _shortened(text: str, span: tuple[int, int], upto: int, limit: int) -> str:
    """The span in at most so many characters, cut between words, with an ellipsis where something is missing.

    What leads up to the date, `upto`, is kept rather than what follows it.
    """
    title = " ".join(text[slice(*span)].strip(_EDGE).split())
    if len(title) <= limit:
        return title
    lead = " ".join(text[span[0] : upto].split()).lstrip(_EDGE)
    if len(lead) < limit:
        return _WORD_END.sub("", title[: limit - 1] + "\0").rstrip(_EDGE) + "…"
    return "…" + _WORD_START.sub("", "\0" + lead[-(limit - 1) :]).lstrip(_EDGE)
