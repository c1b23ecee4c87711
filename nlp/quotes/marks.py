"""Where quotation marks open and close, outermost only, also when one is missing or of the wrong kind."""

from __future__ import annotations

import re
from typing import NamedTuple

_OPENING = {"“": "”", "「": "」", "『": "』", "«": "»", "〝": "〞", "„": "“"}
_CLOSING = frozenset("”」』»〞")
_STRAIGHT = '"＂'
_MARK = re.compile(f"[{''.join(_OPENING)}{''.join(_CLOSING)}{_STRAIGHT}]")
# British single marks: they open after a space and close after the sentence's own punctuation or before a headline's
# colon, so no apostrophe does.
_SINGLE = re.compile(
    r"(?:(?<=\s)|^|(?<=[(\[]))['‘](?=[A-Z])([^\n'‘’]*(?:[A-Za-z]['’][A-Za-z][^\n'‘’]*)*"
    r"(?:[.,?!](?=['’](?![A-Za-z]))|[a-z](?=['’]:\s)))['’]"
)

MASK = "\ufffd"
"""Stands for every character between marks, so that a reader of the article's own words does not read the quoted."""


class Marked(NamedTuple):
    """A stretch between marks.

    Attributes:
        start: offset of the opening mark.
        end: offset after the closing mark, or after the last character where that is missing.
        inner: span of what lies between.
    """

    start: int
    end: int
    inner: tuple[int, int]


def marked_spans(text: str) -> list[Marked]:
    """The outermost marked stretches, in order. No stretch goes beyond its line: a mark left open ends there."""
    spans: list[Marked] = []
    start = 0
    for line in text.splitlines(keepends=True):
        body = line.rstrip()
        spans += _in_line(text, start, start + len(body))
        start += len(line)
    return spans


def masked(text: str, spans: list[Marked]) -> str:
    """The text with everything between marks masked, character for character."""
    parts, at = [], 0
    for span in spans:
        parts += [text[at : span.inner[0]], MASK * (span.inner[1] - span.inner[0])]
        at = span.inner[1]
    return "".join([*parts, text[at:]])


def _in_line(text: str, start: int, end: int) -> list[Marked]:
    spans: list[Marked] = []
    marks = [(mark.start(), mark[0]) for mark in _MARK.finditer(text, start, end)]
    opened: list[int] = []
    nested = _is_nested(marks)
    for at, mark in marks:
        closes = mark in _CLOSING or (mark in _STRAIGHT and bool(opened)) or (mark == "“" and _opened_low(text, opened))
        if closes and opened:
            first = opened.pop() if nested else opened[0]
            if not nested:
                opened.clear()
            if not opened:
                spans.append(Marked(first, at + 1, (first + 1, at)))
        elif not closes:
            if opened and not nested:
                spans.append(_left_open(text, opened.pop(), at))
            opened.append(at)
    if opened:
        spans.append(_left_open(text, opened[0], end))
    return spans or _single(text, start, end)


def _is_nested(marks: list[tuple[int, str]]) -> bool:
    """Whether marks of one kind nest: twice open and twice closed, rather than one closing mark forgotten."""
    depth = deepest = 0
    for _, mark in marks:
        if mark in _STRAIGHT:
            return False
        depth += 1 if mark in _OPENING else -1
        deepest = max(deepest, depth)
        if depth < 0:
            return False
    return depth == 0 and deepest > 1


def _opened_low(text: str, opened: list[int]) -> bool:
    return bool(opened) and text[opened[-1]] == "„"


def _left_open(text: str, at: int, end: int) -> Marked:
    while end > at + 1 and text[end - 1].isspace():
        end -= 1
    return Marked(at, end, (at + 1, end))


def _single(text: str, start: int, end: int) -> list[Marked]:
    return [Marked(found.start(), found.end(), found.span(1)) for found in _SINGLE.finditer(text, start, end)]
