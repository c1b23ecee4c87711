"""Words that several people's suggestions share: what is asked for, before anyone has named themes.

Suggestions are worded so differently that near-duplicates hardly ever meet. A word that many people's suggestions
share, and that other comments use less, tells what they are about; the rest is for the reader of the examples.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlp.fold import fold, fold_many
from nlp.marks import HAN
from nlp.segment import Words
from storage.nouns import Stance

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nlp.keywords import Keyword

# How a request is put, not what it asks for.
PUTTING = frozenset(
    {
        *(
            "建议",
            "希望",
            "应该",
            "应当",
            "必须",
            "最好",
            "不如",
            "提议",
            "呼吁",
            "恳请",
            "麻烦",
            "务必",
            "需要",
            "至少",
            "起码",
        ),
        *(
            "只要",
            "尽快",
            "给个",
            "能否",
            "可否",
            "何不",
            "不妨",
            "干脆",
            "哪怕",
            "should",
            "must",
            "please",
            "suggest",
        ),
        *("suggestion", "recommend", "hope", "wish", "better", "ought", "instead", "least"),
    }
)
COUNTED = re.compile("[一两几每]\\w")  # 一次, 几条: how many, not what
HAN_WORD = re.compile(f"[{HAN}]+")
CANDIDATES = 80
MIN_Z = 1.0  # weaker than a keyword's: what many ask for may be talked about by others too


@dataclass(frozen=True, slots=True)
class SharedWord:
    """A word of several people's suggestions.

    Attributes:
        word: in its most frequent spelling.
        authors: distinct known authors of suggestions that hold it.
        voices: the same, and one more for every suggestion without a known author.
        members: indices of those suggestions, the shortest first.
    """

    word: str
    authors: int
    voices: int
    members: tuple[int, ...]

    @property
    def comments(self) -> int:
        """Suggestions that hold it."""
        return len(self.members)


def shared_words(
    marked: Iterable[Keyword],
    tokens: Words | Sequence[Sequence[str]],
    stance: Sequence[str],
    authors: Sequence[str | None],
    *,
    top: int = 8,
    min_voices: int = 3,
) -> list[SharedWord]:
    """The words that most authors' suggestions share, among those that set suggestions apart from other comments.

    Args:
        marked: keywords of the suggestions (`nlp.keywords` with CANDIDATES and MIN_Z), the change's own words left out.
        tokens: the words of each comment, from `nlp.segment`.
        stance: the primary stance of each comment.
        authors: who wrote each; None where unknown.
        top: words at most.
        min_voices: voices a word needs.

    Returns:
        By falling number of known authors, then of comments, then by the word.
    """
    wanted = {fold(found.word): found.word for found in marked if _says_what(fold(found.word))}
    said = tokens if isinstance(tokens, Words) else Words.of(tokens)
    suggestions = [index for index, one in enumerate(stance) if one == Stance.SUGGESTION]
    # Between spaces, so that an English word is found whole; a Chinese one also inside a longer one (申诉电话).
    lines = fold_many([f" {' '.join(words)} " for words in said.take(suggestions).lists()])
    sought = {word: word if HAN_WORD.fullmatch(word) else f" {word} " for word in wanted}
    holders = {
        word: [index for index, line in zip(suggestions, lines, strict=True) if part in f" {line} "]
        for word, part in sought.items()
    }
    lengths = said.lengths.tolist()
    shared = [_shared(wanted[word], members, lengths, authors) for word, members in holders.items() if members]
    ranked = sorted(shared, key=lambda one: (-one.authors, -one.comments, one.word))
    return [one for one in ranked if one.voices >= min_voices][:top]


def _says_what(word: str) -> bool:
    return word not in PUTTING and not COUNTED.fullmatch(word)


def _shared(word: str, members: list[int], lengths: Sequence[int], authors: Sequence[str | None]) -> SharedWord:
    known = {authors[index] for index in members} - {None}
    unknown = sum(authors[index] is None for index in members)
    return SharedWord(
        word, len(known), len(known) + unknown, tuple(sorted(members, key=lambda index: (lengths[index], index)))
    )
