"""Where English sentences end: not at an abbreviation, and not between marks."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from nlp.quotes.marks import Marked
from nlp.quotes.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator

_STOP = re.compile(r"(?<![.!?…])[.!?…]++[)\]”\"’']*+(?=\s++[A-Z0-9“\"‘'(\[@])|\n+")
_LAST_WORD = re.compile(r"(?:^|[\s(“\"])([\w.]+)$")
_ABBREVIATIONS = frozenset(words("en", "abbreviation"))

LONGEST_SENTENCE = 2_000


class Sentence(NamedTuple):
    """A sentence and the marked stretches inside it."""

    start: int
    end: int
    marks: list[Marked]


def _is_abbreviation(before: str) -> bool:
    found = _LAST_WORD.search(before)
    return bool(found) and (found[1].lower() in _ABBREVIATIONS or len(found[1]) == 1) if found else False


def _ends(text: str, plain: str, spans: list[Marked]) -> Iterator[int]:
    """Where sentences end: at a full stop outside marks, or behind marks that bring their own."""
    for found in _STOP.finditer(plain):
        if "\n" in found[0] or not (
            found[0][0] == "." and _is_abbreviation(plain[max(0, found.start() - 20) : found.start()])
        ):
            yield found.end()
    for span in spans:
        behind = plain[span.end : span.end + 2]
        if text[span.inner[0] : span.inner[1]].rstrip()[-1:] in set(".!?…") and re.match(
            r"\s+[A-Z“\"(]|\n", behind + " "
        ):
            yield span.end
    yield len(plain)


def sentences(text: str, plain: str, spans: list[Marked]) -> Iterator[Sentence]:
    """The sentences of a text, whose words between marks `plain` masks."""
    start, waiting = 0, spans[:]
    waiting.reverse()
    for end in sorted(set(_ends(text, plain, spans))):
        if end <= start or (_last_before(spans, end).end > end):
            continue
        marks = []
        while waiting and waiting[-1].end <= end:
            marks.append(waiting.pop())
        if plain[start:end].strip() and end - start <= LONGEST_SENTENCE + sum(mark.end - mark.start for mark in marks):
            yield Sentence(start, end, marks)
        start = end


def _last_before(spans: list[Marked], at: int) -> Marked:
    """The last marked stretch that opens before a place."""
    index = bisect_left(spans, at, key=lambda span: span.start)
    return spans[index - 1] if index else Marked(0, 0, (0, 0))
