"""What people said a comment is goes before what the coder said, where single comments are shown for their stance."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from reports.corpus import DRAWN

if TYPE_CHECKING:
    from reports.corpus import Corpus
    from reports.inputs import ReportInput


def as_judged(inp: ReportInput, corpus: Corpus) -> Corpus:
    """The comments with people's stance where those who judged one agree or it was settled, the coder's elsewhere.

    For quotes and requests, which show single comments; shares that the coder counted are of the corpus as it is.
    """
    at = np.flatnonzero(corpus.of(inp.judged))
    if not at.size:
        return corpus
    stance, coded = corpus.stance.copy(), corpus.coded.copy()
    said = [inp.judged[name] for name in corpus.rows["id"].iloc[at]]
    stance[at], coded[at] = [DRAWN.index(one) for one in said], True
    return replace(corpus, stance=stance, coded=coded)


def told(judged: int, comments: int) -> dict[str, int]:
    """Slots of a printed rule: of how many comments people's judgement counts, and of how many the coder's."""
    if not judged:
        return {}
    return {"judged": judged} | ({"others": comments - judged} if judged < comments else {})


def judged_among(inp: ReportInput, corpus: Corpus) -> int:
    """How many of the comments that count are shown by what people said of them."""
    return int((corpus.of(inp.judged) & corpus.counted).sum())
