"""Where in a comment its proposal stands: the sentence that the embedded coder takes most for a suggestion."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from nlp.coders.embedded import EmbeddedCoder
from storage.nouns import STANCES, Stance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.nouns import Change

_END = re.compile(r"[。！？!?；;\n]+|(?<=\w)\.+(?=\s)")
_BARE = re.compile(r"\s*(.*\S)\s*", re.DOTALL)
SHORTEST = 4
"""Characters below which a sentence proposes nothing: "好！" stands with what follows it."""


def proposal_spans(texts: Sequence[str], change: Change, coder: EmbeddedCoder | None = None) -> list[tuple[int, int]]:
    """Start and end of the proposing sentence of each comment, as character offsets.

    Meant for comments that were coded as suggestions: one sentence is named of every text, whatever it says.

    Args:
        texts: the comments.
        change: the change they propose something about.
        coder: who weighs the sentences; the shipped one when not given.

    Returns:
        One span for each text; (0, 0) for an empty one.
    """
    spans = [sentence_spans(text) for text in texts]
    sentences = [text[slice(*span)] for text, of_text in zip(texts, spans, strict=True) for span in of_text]
    scores = (coder or EmbeddedCoder()).code(sentences, change).scores[:, STANCES.index(Stance.SUGGESTION)]
    ends = np.cumsum([len(of_text) for of_text in spans])
    return [
        of_text[int(scores[end - len(of_text) : end].argmax())] if of_text else (0, 0)
        for of_text, end in zip(spans, ends, strict=True)
    ]


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """The sentences of a text without the blanks around them; very short ones are part of the next."""
    edges = sorted({0, len(text), *(found.end() for found in _END.finditer(text))})
    spans: list[tuple[int, int]] = []
    begin = 0
    for end in edges[1:]:
        found = _BARE.fullmatch(text, begin, end)
        if found and (len(found[1]) >= SHORTEST or end == len(text)):
            spans.append(found.span(1))
            begin = end
    return spans
