"""Which English speakers are private persons: by what is told of them beside their name, or by a given name alone."""

from __future__ import annotations

import re

from nlp.quotes.words import any_of, plural, words

_POSITIONS = frozenset(
    form for kind in ("professional", "official") for noun in words("en", kind) for form in plural(noun)
)
_HIGH = re.compile(rf"\b(?:{any_of(_POSITIONS)})\b")
_AGE = re.compile(r"\s*,?\s(?:aged\s|who\sis\s)?(?:1[4-9]|[2-9]\d)\b(?!\s*(?:percent|per|%|million|people|years))")
_LIFE = re.compile(
    r"(?:,\s|\s)who\s(?:also\s|has\s|had\s|have\s|is\s|was\s|now\s|still\s|recently\s|once\s)*(?:live|lived|lives|living|work|works|worked|working|"
    r"keep|keeps|kept|run|runs|ran|rely|relies|relied|commute|commutes|commuted|take|takes|took|taken|use|uses|used|own|owns|owned|rent|rents|"
    r"rented|care|cares|cared|move|moved|grew|drive|drives|drove|driven|walk|walks|walked|cycle|cycles|travel|travels|travelled|traveled|shop|"
    r"shops|shopped|visit|visits|visited|queue|queued|wait|waits|waited|waiting|bought|paid|pays|attend|attends|attended|swims|volunteers|retired)\b|"
    r",\swho\s(?:[\w’'-]+\s){1,8}?(?:daily|(?:every|each|most|twice\san?|once\san?|(?:three|four|five)\stimes\sa)\s(?:single\s)?"
    r"(?:days?|mornings?|evenings?|nights?|afternoons?|weeks?|weekends?|weekdays?|months?|mondays?|tuesdays?|wednesdays?|thursdays?|"
    r"fridays?|saturdays?|sundays?))\b|"
    r",\swhose\s(?:\w+\s)?(?:family|shop|home|house|flat|garden|street|road|son|daughter|child|children|mother|father|mum|dad|"
    r"husband|wife|husband|partner|parents|business|farm|stall|café|pub|bus|train|commute|bill|pension|dog|car)\b"
)
_HOME = re.compile(
    r"\s(?:from|of)\s(?!(?:The|Parliament)\b)[A-Z][a-z]+(?:\s[A-Z][a-z]+)?(?=$|\s*[,.;]|\s*\))|"
    r",?\sof\s[A-Z][\w’' ]{2,30}\s(?:Close|Road|Street|Lane|Avenue|Drive|Way|Crescent|Court|Gardens|Terrace|Place)\b"
)
_PLACE = re.compile(
    r"\b(?:to|at|in|for|from|near|outside|by)\s(?:(?:the|an?|her|his|their|local)\s)*[\w’']+(?:\s[\w’']+)?"
)
_GIVEN = frozenset(words("en", "given name"))


def is_private(name: list[str], around: str) -> bool:
    """Whether a name is a private person's, by itself or by what stands right behind it.

    Papers tell the age and the home of private persons, and give a family name to all others. Whoever holds an office
    or a position is none, whatever else is told.
    """
    if _HIGH.search(_PLACE.sub("", around)):
        return False
    lone = len(name) == 1 and name[0] in _GIVEN
    return lone or bool(_AGE.match(around) or _LIFE.match(around) or (_HOME.match(around) and len(name) < 3))  # noqa: PLR2004  longer names are firms'
