"""Words that mark a stance: log-odds with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008).

Counted by comments, not by occurrences, so that one long or repeating comment weighs as one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from nlp.fold import fold_many
from nlp.marks import HAN
from nlp.segment import Words
from storage.nouns import STANCES, Stance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

_AT_ONCE = 1 << 16  # spellings folded at the same time
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
    tokens: Words | Sequence[Sequence[str]],
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
    said = tokens if isinstance(tokens, Words) else Words.of(tokens)
    word_of, words = _words(said, leave_out)
    code = _codes(stance)
    counts = _counted(said, word_of, code, len(words))
    comments = np.bincount(code, minlength=len(STANCES))
    often = np.flatnonzero(counts.max(1, initial=0) >= min_count)  # of millions of words, most occur once
    words, some = [words[at] for at in often.tolist()], counts[often].astype(np.int64)
    z = log_odds_z(some, prior, counts.sum(0, dtype=np.int64))
    return {
        one: _strongest(words, z[:, index], some[:, index], int(comments[index]), (top, min_count, min_z))
        for index, one in enumerate(STANCES)
    }


def holders(
    tokens: Words | Sequence[Sequence[str]], stance: Sequence[str], words: Mapping[Stance, Sequence[str]]
) -> dict[Stance, dict[str, list[int]]]:
    """The comments of each stance that hold each of its words, however they spell it.

    Args:
        tokens: the words of each comment, from `nlp.segment`.
        stance: the primary stance of each comment.
        words: what is sought, by stance.

    Returns:
        Indices of comments, ascending, by stance and word.
    """
    said, code = tokens if isinstance(tokens, Words) else Words.of(tokens), _codes(stance)
    places = {one: {fold: at for at, fold in enumerate(fold_many(list(sought)))} for one, sought in words.items()}
    wanted = {one: np.full(len(said.vocabulary), -1, np.int64) for one in words}
    for at, fold in enumerate(_folds(said.vocabulary)):
        for one, place in places.items():
            if fold in place:
                wanted[one][at] = place[fold]
    found: dict[Stance, dict[str, list[int]]] = {}
    for one, sought in words.items():
        held = _held(said, wanted[one], code == STANCES.index(one), len(sought))
        found[one] = {word: [] for word in sought} | dict(zip(sought, held, strict=True))
    return found


def _held(said: Words, wanted: NDArray[np.int64], asked: NDArray[np.bool_], n: int) -> list[list[int]]:
    """By number of a word, the comments that hold it; `wanted` has the number of each spelling, or -1."""
    pairs = [np.empty(0, np.int64)]
    for comment, ids in said.stretches():
        which = wanted[ids]
        hit = (which >= 0) & asked[comment]
        pairs.append(np.unique(which[hit] * len(asked) + comment[hit]))
    whole = np.sort(np.concatenate(pairs))
    number, comment = whole // max(len(asked), 1), whole % max(len(asked), 1)
    return [part.tolist() for part in np.split(comment, np.searchsorted(number, np.arange(1, n)))] if n else []


def _codes(stance: NDArray[np.object_] | Sequence[str]) -> NDArray[np.int64]:
    """The place of each among STANCES; one past them where it is none of these."""
    place = {str(one): at for at, one in enumerate(STANCES)}
    return np.fromiter((place.get(one, len(STANCES)) for one in stance), np.int64, len(stance))


def log_odds_z(counts: NDArray[np.int64], prior: float, every: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
    """The z of each word's log-odds in each group against the rest.

    Args:
        counts: (words, groups), the shape of the result.
        prior: weight of the prior, in words.
        every: (groups,) counts of all words, where these are only some of them.
    """
    every, total = counts.sum(0) if every is None else every, counts.sum(1, keepdims=True)
    if not every.sum():
        return np.zeros(counts.shape)
    prior = min(prior, every.sum() / 10)
    weight = prior * total / every.sum()
    inside, outside = counts + weight, total - counts + weight
    inside_rest = every + prior - inside
    outside_rest = every.sum() - every + prior - outside
    with np.errstate(divide="ignore", invalid="ignore"):
        delta = np.log(inside / inside_rest) - np.log(outside / outside_rest)
        z: NDArray[np.float64] = delta / np.sqrt(1 / inside + 1 / outside)
    return np.nan_to_num(z, nan=0.0, posinf=0.0, neginf=0.0)


def _counted(said: Words, word_of: NDArray[np.int64], code: NDArray[np.int64], words: int) -> NDArray[np.int32]:
    """The comments of each stance that hold each word: shape (words, stances)."""
    kinds = len(STANCES) + 1
    counts = np.zeros((words, kinds), np.int32)
    for comment, ids in said.stretches():
        word = word_of[ids]
        kept = word >= 0
        pairs = np.unique(comment[kept] * max(words, 1) + word[kept])
        np.add.at(counts, (pairs % max(words, 1), code[pairs // max(words, 1)]), 1)
    return counts[:, :-1]


def _words(said: Words, leave_out: Iterable[str]) -> tuple[NDArray[np.int64], list[str]]:
    """Spellings that fold alike are one word, shown in the most frequent of them; -1 is no keyword."""
    own, times = fold_many(list(leave_out)), np.bincount(said.ids, minlength=len(said.vocabulary)).tolist()
    word_of = np.full(len(said.vocabulary), -1, np.int64)
    number: dict[str, int] = {}  # by fold
    shown: list[int] = []  # the spelling of each word
    for at, fold in enumerate(_folds(said.vocabulary)):
        word = number.get(fold)
        if word is None and _is_keyword(fold, own):
            word = number[fold] = len(shown)
            shown.append(at)
        if word is not None:
            word_of[at] = word
            shown[word] = max(shown[word], at, key=lambda which: (times[which], said.vocabulary[which]))
    return word_of, [said.vocabulary[at] for at in shown]


def _folds(spellings: Sequence[str]) -> Iterator[str]:
    """Each folded, a spelling that stays as it is as the same object: there may be millions."""
    for start in range(0, len(spellings), _AT_ONCE):
        part = spellings[start : start + _AT_ONCE]
        for spelling, fold in zip(part, fold_many(part), strict=True):
            yield spelling if fold == spelling else fold


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
