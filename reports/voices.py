"""What to quote: at most two comments per stance, chosen by a rule that is printed beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from reports.corpus import DRAWN, day_of
from reports.shingles import ALIKE, Shingles, folded

if TYPE_CHECKING:
    import numpy.typing as npt

    from reports.corpus import Corpus, Mask
    from reports.inputs import ReportInput
    from storage.nouns import Stance

PER_STANCE = 2
SHORTEST, LONGEST = 8, 120
"""Length of a quotable comment, in Chinese characters; a letter of another script counts half."""


def build_voices(inp: ReportInput, corpus: Corpus) -> list[dict[str, Any]]:
    """Quotes in the order of DRAWN: for each stance the centre-most comment, then the most liked one.

    Fit to be quoted: counted, no copy, not reported speech, SHORTEST to LONGEST characters, no link inside. One author
    is quoted once. Centre-most: in the stance's commonest language, the highest mean share of the stance's comments
    that hold the text's character pairs.
    The second must be worded differently (similarity below ALIKE); without known likes it is the next centre-most.
    """
    del inp
    fit = corpus.counted & _fit(corpus.rows)
    quoted: set[str] = set()
    return [voice for stance in DRAWN for voice in _of_stance(corpus, stance, fit, quoted)]


def _of_stance(corpus: Corpus, stance: Stance, fit: Mask, quoted: set[str]) -> list[dict[str, Any]]:
    positions = np.flatnonzero(corpus.counted & corpus.is_stance(stance))
    rows = corpus.rows.iloc[positions]
    shingles = Shingles.of([folded(str(text)) for text in rows["text"].tolist()])
    open_to = fit[positions]
    likes = rows["likes"].fillna(0).to_numpy(dtype="float64")
    authors = rows["author"].tolist()
    # Few letters make Latin pairs recur more than Han ones, so the middle is sought within one language.
    centre = np.where(_commonest(rows["lang"]), shingles.centrality(), 0.0)
    voices: list[dict[str, Any]] = []
    for rule, score in (("centre", centre), ("likes", likes)):
        found = _best(score if (score[open_to] > 0).any() else centre, open_to, authors, quoted)
        if found is None:
            break
        likeness = shingles.likeness_to(shingles.pairs(found))
        rule_used = rule if rule == "centre" or likes[found] > 0 else "centre"
        voices.append(_voice(corpus, int(positions[found]), stance, rule_used, int((likeness >= ALIKE).sum()) - 1))
        open_to = open_to & (likeness < ALIKE)
    return voices


def _commonest(langs: pd.Series) -> Mask:
    """Which comments are in the language that occurs most often; the first by name on a tie."""
    named = langs.fillna("")
    return np.asarray(named == min(named.mode(), default=""), dtype=bool)


def _best(score: npt.NDArray[np.float64], open_to: Mask, authors: list[str | None], quoted: set[str]) -> int | None:
    """The highest score among the open ones whose author has not been quoted; the smallest id on a tie."""
    left = np.where(open_to, score, -1.0)
    while left.size and (at := int(np.argmax(left))) >= 0 and left[at] >= 0:
        author = authors[at]
        if author is None or author not in quoted:
            quoted.update([author] if author else [])
            return at
        left[at] = -1.0
    return None


def _voice(corpus: Corpus, position: int, stance: Stance, rule: str, similar: int) -> dict[str, Any]:
    row = corpus.rows.iloc[position]
    dated = bool(corpus.dated[position])
    return {
        "stance": stance.value,
        "rule": rule,
        "id": row["id"],
        "text": str(row["text"]),
        "lang": row["lang"],
        "place": row["place"],
        "day": day_of(int(corpus.local[position])).isoformat() if dated else None,
        "likes": None if pd.isna(row["likes"]) else int(row["likes"]),
        "similar": max(similar, 0),
        "url": row["url"],
    }


def _fit(rows: pd.DataFrame) -> Mask:
    texts = [str(text) for text in rows["text"].tolist()]
    length = np.asarray([_length(text) for text in texts])
    link = np.asarray(["://" in text for text in texts], dtype=bool)
    reported = rows["direct"].eq(False).fillna(value=False).to_numpy(dtype=bool)
    return np.asarray((length >= SHORTEST) & (length <= LONGEST) & ~link & ~reported, dtype=bool)


def _length(text: str) -> float:
    """Chinese characters; half a one for each letter of ASCII (a character has three bytes in UTF-8, a letter one)."""
    return (len(text) + len(text.encode("utf-8", "surrogatepass"))) / 4
