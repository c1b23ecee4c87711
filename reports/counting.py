"""The same comments counted in other ways: does the picture hang on how one counts?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from reports.corpus import DRAWN, percent

if TYPE_CHECKING:
    import numpy.typing as npt

    from reports.corpus import Corpus, Mask

    Weights = npt.NDArray[np.float64]


def build_counting(corpus: Corpus) -> list[dict[str, Any]]:
    """Five rules: every comment, copies set aside (the report's own), every text once, one voice per author, by likes.

    `n` is the number of comments, texts or authors behind the shares, None where the rule cannot be followed (no author
    or no number of likes is known). Near-duplicates are one text, copied posts too, whose one voice its comments share;
    a comment without a known author is one voice; one without known likes weighs 1; the weight of likes is
    1 + ln(1 + likes).
    """
    everything = corpus.inside & corpus.coded
    apart = corpus.counted & corpus.coded
    return [
        _rule("every", corpus, everything, np.ones(len(corpus.rows))),
        _rule("apart", corpus, apart, np.ones(len(corpus.rows))),
        _rule("text", corpus, everything, _shared_by(pd.Series(corpus.text).where(everything))),
        _rule("author", corpus, apart, _one_voice_each(corpus, apart)),
        _rule("likes", corpus, apart, _by_likes(corpus, apart)),
    ]


def _rule(name: str, corpus: Corpus, mask: Mask, weights: Weights | None) -> dict[str, Any]:
    if weights is None:
        return {"rule": name, "n": None, "counts": None, "shares": None}
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
    }


def _one_voice_each(corpus: Corpus, mask: Mask) -> Weights | None:
    authors = corpus.rows["author"].where(mask)
    if not authors.notna().any():
        return None
    return _shared_by(authors)


def _shared_by(voices: pd.Series) -> Weights:
    """One voice for each value, shared by its comments; a comment without one is a voice of its own."""
    comments_of = voices.map(voices.value_counts()).fillna(1).to_numpy(dtype="float64")
    return np.asarray(1.0 / comments_of, dtype="float64")


def _by_likes(corpus: Corpus, mask: Mask) -> Weights | None:
    likes = corpus.rows["likes"]
    if not likes[mask].notna().any():
        return None
    return np.asarray(1.0 + np.log1p(likes.fillna(0).to_numpy(dtype="float64").clip(min=0)), dtype="float64")
