"""Dated acts in English: effective from 16 March, announced on Monday, consultation closes, withdrew on Tuesday."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nlp.acts import dates_en
from nlp.acts import words_en as w
from nlp.acts.reading import D, Language, Reading, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

_BREAK = re.compile(r"[.!?][\"”’)\]]*\s+(?=[\"“‘(\[]*[A-Z0-9])|\n+")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:Mr|Mrs|Ms|Dr|St|No|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Inc|Ltd|Co|Corp|vs|Sen|Gov|Rep|"
    r"Gen|Prof|Rev|Hon|Art|Sec|[a-z]\.m|[A-Z](?:\.[A-Z])*)$"
)
_GAP = f"[^{D[0]};]"
_ON_FIRST = r"^(?:On\s+|Late\s+|Late on\s+|In\s+)?$"
_WITH_FIRST = r"^In an? [\w-]+(?: \w+)? (?:late )?on\s+$"
_CLAUSE_FIRST = r"(?:^|[,;]\s+|\bthat\s+)(?:On\s+|on\s+|Late on\s+|In\s+)?$"

_CONSULTATIONS = (
    rule(
        "closes",
        before=rf"{w.CLOSES}{_GAP}{{0,40}}\b(?:on|by|until|till|to|before|through|is)\s*$",
        near=w.CONSULTS,
    ),
    rule("closes", before=r"\bclos(?:es?|ed|ing)\s+(?:on\s+)?$", near=w.CONSULTS),
    rule("closes", before=rf"{D}\s*(?:to|until|and|-|–|through)\s*$", whole=w.CONSULTS),
    rule("opens", before=rf"{w.OPENS}{_GAP}{{0,60}}$", whole=w.CONSULTS),
    rule("opens", after=rf"{w.THEN},?{_GAP}{{0,40}}{w.OPENS}{_GAP}{{0,20}}{w.CONSULTS}"),
    rule("hearing", before=rf"\bhearing\b{_GAP}{{0,40}}\b(?:on|for)\s*$", whole=r"\bpublic hearing\b"),
)
_NO_ACTS = (
    rule("no act", before=rf"{w.BIOGRAPHY}[^.;]{{0,30}}$"),
    rule("no act", before=rf"{w.SINCE}\s+(?:the\s+)?(?:on\s+)?$", unless=w.PUT_OFF),
    rule("no act", after=rf"\s*(?:and|to|-|–|—|until|through)\s*{D}"),
    rule("no act", after=r"\s*(?:\([^)]*\)\s*[-–—]|[-–—]\s|\|)", before=r"^[^.]{0,40}$"),
    rule("no act", before=rf"{D}\s*(?:to|-|–|until|through)\s*$"),
    rule("no act", before=rf"{w.DOUBT}[^{D[0]};]{{0,60}}$"),
)
_EFFECTIVE = (
    rule("effective", before=rf"{w.INTO_FORCE}{_GAP}{{0,30}}$"),
    rule("effective", before=w.IN_FORCE_FROM),
    rule("effective", before=rf"{w.PUT_OFF}\s+(?:until|to|till)\s+(?:at least\s+)?$", whole=w.SUBJECT),
    rule("effective", before=rf"{w.PUT_OFF}{_GAP}{{0,50}}\b(?:until|till)\s+$", whole=w.MEASURE, unless=w.OTHER_NEWS),
    rule("effective", before=rf"{w.SUBJECT}{_GAP}{{0,20}}{w.SETS_IN}", unless=w.OTHER_NEWS),
    rule(
        "effective",
        before=rf"\b(?:will|shall|must|to be|is to|are to)\b{_GAP}{{0,30}}\b{w.EFFECT}\b{_GAP}{{0,80}}{w.STARTING}",
        whole=w.SUBJECT,
    ),
    rule(
        "effective",
        before=rf"\b(?:will|shall|must|to be)\b(?: be)?(?: \w+ly)? {w.EFFECT}\b{_GAP}{{0,40}}\b(?:on|in)\s+$",
        whole=w.SUBJECT,
        unless=w.OTHER_NEWS,
    ),
    rule(
        "effective",
        before=rf"\b(?:applies|apply|applied|rises?|increases?|falls?|introduced|implemented|enforced|abolished|banned|"
        rf"required)\b{_GAP}{{0,30}}{w.STARTING}",
        whole=w.SUBJECT,
    ),
    rule(
        "effective",
        before=w.FIRST_STARTING,
        after=rf"{w.THEN},?{_GAP}{{0,90}}{w.OBLIGES}",
        whole=rf"{w.SUBJECT}|\b(?:must|no longer|banned|prohibited)\b",
    ),
)
_REVERSED = (
    rule(
        "reversed",
        before=rf"{w.WITHDRAWS}[^;]{{0,120}}\b(?:said|announced|confirmed|decided)\s+{w.LEAD}",
        whole=w.MEASURE,
        unless=w.OTHER_NEWS,
    ),
    rule("reversed", before=rf"{w.WITHDRAWS}{_GAP}{{0,60}}{w.LEAD}", whole=w.MEASURE, unless=w.OTHER_NEWS),
    rule(
        "reversed",
        before=rf"\b(?:said|announced|voted|decided|agreed|confirmed)\s+{w.LEAD}",
        after=rf"{w.THEN}{_GAP}{{0,60}}{w.WITHDRAWS}",
        whole=w.MEASURE,
        unless=w.OTHER_NEWS,
    ),
    rule(
        "reversed",
        before=_ON_FIRST,
        after=rf"{w.THEN},?{_GAP}{{0,50}}{w.WITHDRAWS}",
        whole=w.MEASURE,
        unless=w.OTHER_NEWS,
    ),
    rule(
        "reversed",
        before=_WITH_FIRST,
        after=rf",{_GAP}{{0,50}}{w.WITHDRAWS}",
        whole=w.MEASURE,
        unless=w.OTHER_NEWS,
    ),
    rule("reversed", before=r"\bon\s+$", after=rf"{w.THEN}\s+{w.WITHDRAWS}", whole=w.MEASURE, unless=w.OTHER_NEWS),
)
_STATED = (
    rule("media", before=rf"\bfirst reported by\b{_GAP}{{0,60}}{w.LEAD}"),
    rule("media", before=rf"\bfirst reported\b{_GAP}{{0,60}}\bon\s+$", whole=r"\b(?:by|in) the\b"),
    rule("regulator", before=rf"{w.REGULATOR}{_GAP}{{0,40}}{w.REGULATES}{_GAP}{{0,80}}{w.LEAD}"),
    rule("regulator", before=rf"{w.REGULATOR}{_GAP}{{0,40}}{w.LEAD}", after=rf"{w.THEN}\s*(?:\w+ly\s+)?{w.REGULATES}"),
    rule(
        "regulator",
        before=_ON_FIRST,
        after=rf"{w.THEN},?{_GAP}{{0,30}}{w.REGULATOR}{_GAP}{{0,40}}{w.REGULATES}",
    ),
    rule("clarified", before=rf"{w.CLARIFIES}\s+{w.LEAD}"),
    rule(
        "clarified",
        before=rf"{w.STATEMENT}[^,;]{{0,30}}{w.LEAD}",
        after=rf"{w.THEN},?{_GAP}{{0,80}}{w.CLARIFIES}",
    ),
    rule(
        "clarified",
        before=rf"(?:{w.STATEMENT}|\b[Rr]esponding to\b)[^,;]{{0,40}}\s(?:late\s+)?on\s+$",
        after=rf"{w.THEN},{_GAP}{{0,60}}\b(?:said|says)\b{_GAP}{{0,80}}{w.MEASURE}",
        unless=w.OTHER_NEWS,
    ),
    rule(
        "announced",
        before=rf"\b(?:confirmed|said)\s+{w.LEAD}",
        after=rf"{w.THEN}\s+(?:that\s+)?{_GAP}{{0,40}}\b(?:will|would) no longer\b",
        unless=w.OTHER_NEWS,
    ),
    rule(
        "clarified",
        before=rf"{w.OWNER}[^,;]{{0,30}}\bsaid\s+(?:late\s+)?on\s+$",
        after=rf"{w.THEN}\s+(?:that\s+)?{_GAP}{{0,80}}{w.MEASURE}",
        unless=w.OTHER_NEWS,
    ),
    rule(
        "announced",
        before=rf"{w.ANNOUNCES}{_GAP}{{0,60}}\b(?:on|in|late|early|earlier)\s+{w.LEAD}",
        whole=w.MEASURE,
        unless=w.OTHER_NEWS,
    ),
    rule(
        "announced",
        before=rf"{w.ANNOUNCES}\s+(?:(?:late|early|earlier|on|in)\s+)*$",
        whole=w.MEASURE,
        unless=w.OTHER_NEWS,
    ),
    rule(
        "announced",
        before=_CLAUSE_FIRST,
        after=rf"{w.THEN},?{_GAP}{{0,60}}{w.ANNOUNCES}",
        whole=w.MEASURE,
        unless=w.OTHER_NEWS,
    ),
    rule("announced", before=r"\bon\s+$", after=rf"{w.THEN}\s+{w.ANNOUNCES}", whole=w.MEASURE, unless=w.OTHER_NEWS),
)

_SAID_BEFORE = re.compile(
    rf"(?:{w.ANNOUNCES}|{w.WITHDRAWS}|{w.REGULATES}|{w.CLARIFIES}|\b(?:said|told|confirmed|wrote|reported)\b)"
    r"(?:(?!\band\b)[^,.;]){0,60}$"
)
_FROM_BEFORE = re.compile(
    r"\b(?:starting|from|until|till|beginning|effective)\b[^,.;]{0,18}$|\b(?:by|next|due|closes|begins?|ends?)\s+(?:on\s+)?$",
    re.IGNORECASE,
)
_WILL_BEFORE = re.compile(r"\b(?:will|shall)\b(?:(?!\b(?:said|announced|confirmed|told)\b)[^.;])*$")
_WILL_AFTER = re.compile(r",?\s[^.;]{0,40}\bwill\b")


def _tense(before: str, after: str) -> int:
    """Said on Tuesday: the last one; from Tuesday, or on Tuesday fares will rise: the next."""
    if _FROM_BEFORE.search(before) or _WILL_BEFORE.search(before):
        return 1
    if _SAID_BEFORE.search(before):
        return -1
    return int(before.strip() in {"", "On"} and bool(_WILL_AFTER.match(after)))


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for found in _BREAK.finditer(text):
        if found[0][0] == "." and _ABBREVIATION.search(text[max(0, found.start() - 12) : found.start()]):
            continue
        yield from _own(text, start, found.end())
        start = found.end()
    yield from _own(text, start, len(text))


def _own(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The span without white space at its ends, if anything is left."""
    words = text[start:end]
    if words.strip():
        yield start + len(words) - len(words.lstrip()), start + len(words.rstrip())


LANGUAGE = Language(
    sentences=_sentences,
    date=dates_en.DATE,
    suffix=dates_en.AFTER,
    day_of=dates_en.day_of,
    tense=_tense,
    rules=(*_CONSULTATIONS, *_NO_ACTS, *_EFFECTIVE, *_REVERSED, *_STATED),
)

_ACTOR = re.compile(
    r"(?:^|[,;]\s+|\bthat\s+)(?:[Tt]he\s+)?"
    r"((?:[A-Z][\w&'’.-]*|council|ministry|government|operator|company|mayor|regulator|parliament)"
    r"(?:\s+(?:of|for|and|the|on|[A-Z][\w&'’.-]*)){0,6})"
    rf"\s+(?:has\s+|have\s+|had\s+|on\s+)?(?:{D}\s+)?(?:\w+ly\s+)?"
    rf"(?:{w.ANNOUNCES}|{w.WITHDRAWS}|{w.REGULATES}|{w.CLARIFIES}|said\b|will\b|launched\b)"
)


def who(reading: Reading) -> str:
    """Who acts: the name right before the verb; "" where the sentence has none there."""
    found = _ACTOR.search(reading.sentence.plain)
    name = re.sub(r"\s+on$", "", found[1]) if found else ""
    return "" if D[0] in name or name in {"It", "They", "He", "She", "I", "We", "On", "This", "That"} else name
