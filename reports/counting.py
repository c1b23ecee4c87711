"""The same comments counted in other ways: does the picture hang on how one counts?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from reports.adjusted import Adjustment, interval, too_wide
from reports.corpus import DRAWN, percent

if TYPE_CHECKING:
    import numpy.typing as npt

    from reports.audit import Labelled
    from reports.corpus import Corpus, Mask

    Weights = npt.NDArray[np.float64]


_BLOCKS = 2000
"""More authors than this are drawn in blocks: the interval is the same, and a million comments cost no more."""


def build_counting(corpus: Corpus, sample: Labelled | None = None) -> list[dict[str, Any]]:
    """Five rules: every comment, copies set aside (the report's own), every text once, one voice per author, by likes.

    `n` is the number of comments, texts or authors behind the shares, None where the rule cannot be followed (no author
    or no number of likes is known). Near-duplicates are one text, copied posts too, whose one voice its comments share;
    a comment without a known author is one voice; one without known likes weighs 1; the weight of likes is
    1 + ln(1 + likes). `adjusted` holds the shares put right by the coder's errors, with their intervals, None where the
    labels cannot carry them.
    """
    adjustment = Adjustment.of(sample, corpus)
    everything = corpus.inside & corpus.coded
    apart = corpus.counted & corpus.coded
    return [
        _rule("every", corpus, adjustment, everything, np.ones(len(corpus.rows))),
        _rule("apart", corpus, adjustment, apart, np.ones(len(corpus.rows))),
        _rule("text", corpus, adjustment, everything, _shared_by(np.where(everything, corpus.text, -1))),
        _rule("author", corpus, adjustment, apart, _one_voice_each(corpus, apart)),
        _rule("likes", corpus, adjustment, apart, _by_likes(corpus, apart)),
    ]


def _rule(
    name: str, corpus: Corpus, adjustment: Adjustment | None, mask: Mask, weights: Weights | None
) -> dict[str, Any]:
    if weights is None:
        return {"rule": name, "n": None, "counts": None, "shares": None, "adjusted": None}
    n = round(float(weights[mask].sum())) if name in {"text", "author"} else int(mask.sum())
    sums = {stance.value: float(weights[mask & corpus.is_stance(stance)].sum()) for stance in DRAWN}
    whole = sum(sums.values())
    return {
        "rule": name,
        "n": n,
        "counts": {stance: round(value) for stance, value in sums.items()} if name != "likes" else None,
        "shares": {stance: percent(value * n / whole, n) for stance, value in sums.items()}
        if percent(0, n) is not None
        else None,
        "adjusted": _adjusted(adjustment, corpus, mask, weights) if adjustment and percent(0, n) is not None else None,
    }


def _adjusted(adjustment: Adjustment, corpus: Corpus, mask: Mask, weights: Weights) -> dict[str, Any] | None:
    """The shares under the weights, put right by the coder's errors; what an author has said stays together."""
    rows = np.flatnonzero(mask)
    code = np.argmax([corpus.is_stance(stance)[rows] for stance in DRAWN], axis=0)
    known = adjustment.author[rows]
    author = np.unique(np.where(known < 0, len(corpus.rows) + rows, known), return_inverse=True)[1]
    author %= _BLOCKS
    size = (int(author.max(initial=-1)) + 1) * len(DRAWN)
    counts = np.bincount(author * len(DRAWN) + code, weights[rows], size)
    estimate, drawn = adjustment.estimates(np.asarray(counts, np.float64).reshape(-1, len(DRAWN)))
    if too_wide(drawn):
        return None
    low, high = np.quantile(drawn[:, 0], (0.025, 0.975), axis=0)
    return {stance.value: interval(estimate[0, at], low[at], high[at]) for at, stance in enumerate(DRAWN)}


def _one_voice_each(corpus: Corpus, mask: Mask) -> Weights | None:
    authors = np.where(mask, corpus.author, -1)
    return _shared_by(authors) if (authors >= 0).any() else None


def _shared_by(voices: npt.NDArray[np.int64]) -> Weights:
    """One voice for each number, shared by its comments; a comment without one (-1) is a voice of its own."""
    comments_of = np.append(np.bincount(voices[voices >= 0], minlength=int(voices.max(initial=-1)) + 1), 1)
    return np.asarray(1.0 / np.maximum(comments_of, 1)[voices], dtype="float64")


def _by_likes(corpus: Corpus, mask: Mask) -> Weights | None:
    if np.isnan(corpus.likes[mask]).all():
        return None
    return np.asarray(1.0 + np.log1p(np.nan_to_num(corpus.likes).clip(min=0)), dtype="float64")
