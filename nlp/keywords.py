"""Words that mark a stance: log-odds with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008).

Counted by comments, not by occurrences, so that one long or repeating comment weighs as one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nlp.fold import fold_many
from nlp.marks import HAN
from storage.nouns import STANCES, Stance

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

_KEYWORD = re.compile(rf"(?=.*[a-z{HAN}])[\w'’\-]{{2,30}}")


@dataclass(frozen=True, slots=True)
class Keyword:
    """A word more frequent in one stance than in the others.

    Attributes:
        word: in its most frequent spelling.
        z: standard deviations of the log-odds above zero.
        count: comments of this stance that hold the word.
        rate: their share of the comments of this stance.
    """

    word: str
    z: float
    count: int
    rate: float


@cache
def stop_words() -> frozenset[str]:
    """Chinese and English words that say nothing by themselves (from `words/stop.txt`, folded)."""
    return frozenset((files("nlp") / "words" / "stop.txt").read_text(encoding="utf-8").split())


def keywords(
    tokens: Sequence[Sequence[str]],
    stance: NDArray[np.object_] | Sequence[str],
    top: int = 12,
    *,
    leave_out: Iterable[str] = (),
    min_count: int = 3,
    min_z: float = 1.96,
    prior: float = 500.0,
) -> dict[Stance, list[Keyword]]:
    """The words that mark each stance against the rest, strongest first.

    Args:
        tokens: the words of each comment, from `nlp.segment`.
        stance: the primary stance of each comment.
        top: words per stance at most.
        leave_out: the change's own words; they and their parts are left out, since everybody uses them.
        min_count: comments of the stance that must hold the word.
        min_z: standard deviations that it must stand above the other stances.
        prior: weight of the prior, in words; at most a tenth of the words there are, so that small studies show some.

    Returns:
        Every stance, with an empty list where nothing stands out. Ties go by count, then by the word.
    """
    lengths = np.fromiter(map(len, tokens), np.int64, len(tokens))
    words, word, comment = _distinct(tokens, lengths, leave_out)
    code = pd.Categorical(list(stance), categories=[str(one) for one in STANCES]).codes
    counts = np.zeros((len(words), len(STANCES)), np.int64)
    known = code[comment] >= 0
    np.add.at(counts, (word[known], code[comment][known]), 1)
    comments = np.array([(code == index).sum() for index in range(len(STANCES))])
    z = log_odds_z(counts, prior)
    return {
        one: _strongest(words, z[:, index], counts[:, index], int(comments[index]), (top, min_count, min_z))
        for index, one in enumerate(STANCES)
    }


def holders(
    tokens: Sequence[Sequence[str]], stance: Sequence[str], words: Mapping[Stance, Sequence[str]]
) -> dict[Stance, dict[str, list[int]]]:
    """The comments of each stance that hold each of its words, however they spell it.

    Args:
        tokens: the words of each comment, from `nlp.segment`.
        stance: the primary stance of each comment.
        words: what is sought, by stance.

    Returns:
        Indices of comments, ascending, by stance and word.
    """
    spellings = list(dict.fromkeys(chain.from_iterable(tokens)))
    fold_of = dict(zip(spellings, fold_many(spellings), strict=True))
    found: dict[Stance, dict[str, list[int]]] = {one: {word: [] for word in sought} for one, sought in words.items()}
    wanted = {
        str(one): dict(zip(fold_many(list(sought)), found[one].values(), strict=True)) for one, sought in words.items()
    }
    for index, (line, one) in enumerate(zip(tokens, stance, strict=True)):
        sought = wanted.get(one, {})
        for word in {fold_of[token] for token in line} & sought.keys():
            sought[word].append(index)
    return found


def log_odds_z(counts: NDArray[np.int64], prior: float) -> NDArray[np.float64]:
    """The z of each word's log-odds in each group against the rest; counts and result have shape (words, groups)."""
    total = counts.sum(1, keepdims=True)
    if not total.sum():
        return np.zeros(counts.shape)
    prior = min(prior, total.sum() / 10)
    weight = prior * total / total.sum()
    inside, outside = counts + weight, total - counts + weight
    inside_rest = counts.sum(0) + prior - inside
    outside_rest = total.sum() - counts.sum(0) + prior - outside
    with np.errstate(divide="ignore", invalid="ignore"):
        delta = np.log(inside / inside_rest) - np.log(outside / outside_rest)
        z: NDArray[np.float64] = delta / np.sqrt(1 / inside + 1 / outside)
    return np.nan_to_num(z, nan=0.0, posinf=0.0, neginf=0.0)


def _distinct(
    tokens: Sequence[Sequence[str]], lengths: NDArray[np.int64], leave_out: Iterable[str]
) -> tuple[list[str], NDArray[np.int64], NDArray[np.int64]]:
    """The keywords in question, and each pair (word, comment) once."""
    spelling, spellings = pd.factorize(np.array(list(chain.from_iterable(tokens)), dtype=object))
    word_of, words = _words(np.bincount(spelling, minlength=len(spellings)), list(spellings), leave_out)
    comment = np.repeat(np.arange(len(tokens)), lengths)
    word = word_of[spelling] if len(spelling) else np.empty(0, np.int64)
    kept = word >= 0
    pairs = pd.unique(comment[kept] * max(len(words), 1) + word[kept])
    return words, pairs % max(len(words), 1), pairs // max(len(words), 1)


def _words(
    times: NDArray[np.int64], spellings: list[str], leave_out: Iterable[str]
) -> tuple[NDArray[np.int64], list[str]]:
    """Spellings that fold alike are one word, shown in the most frequent of them; -1 is no keyword."""
    folds = fold_many(spellings)
    index, distinct = pd.factorize(np.array(folds, dtype=object))
    own = fold_many(list(leave_out))
    good = np.array([_is_keyword(word, own) for word in distinct], dtype=bool)
    number = np.where(good, np.cumsum(good) - 1, -1).astype(np.int64)
    shown = [""] * int(good.sum())
    for which in sorted(range(len(spellings)), key=lambda at: (times[at], spellings[at])):
        if (at := number[index[which]]) >= 0:
            shown[at] = spellings[which]
    return (number[index] if len(index) else np.empty(0, np.int64)), shown


def _is_keyword(word: str, own: Sequence[str]) -> bool:
    if not _KEYWORD.fullmatch(word) or word in stop_words():
        return False
    return not any(word in phrase for phrase in own)


def _strongest(
    words: list[str], z: NDArray[np.float64], count: NDArray[np.int64], comments: int, limits: tuple[int, int, float]
) -> list[Keyword]:
    top, min_count, min_z = limits
    rows = np.flatnonzero((count >= min_count) & (z >= min_z))
    found = [Keyword(words[row], round(float(z[row]), 4), int(count[row]), int(count[row]) / comments) for row in rows]
    return sorted(found, key=lambda one: (-one.z, -one.count, one.word))[:top]
