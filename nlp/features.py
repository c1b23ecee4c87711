"""What the embedded coder sees of a comment: two views of one token stream, hashed into bins.

View 1, wording: n-grams of tokens as they stand. View 2, skeleton: the sequence of stance cues (`nlp.cues`), target
mentions and question marks, with negation and the side of an act resolved, as n-grams of categories, so that what is
learned on one change holds on the next. Beside them, structure: length, questions, quotation, headline and link marks.
Every feature is a row (text, bin, group); a text's features depend on that text and the change alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nlp.cues import LONGEST, CueTable, Hits, cue_table
from nlp.stream import GRAM, MARKS, Stream, grams, stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from storage.nouns import Change

WORDING, SKELETON, STRUCTURE = 0, 1, 2
_BITS = (20, 18, 10)
_OFFSETS = (0, 1 << 20, (1 << 20) + (1 << 18))
TOTAL_BINS = _OFFSETS[2] + (1 << 10)
"""Bins of all groups: wording, skeleton and structure have a range each."""
WORDING_SIZE = 3
SKELETON_SIZE = 3
NEGATION_REACH = 4
"""Tokens between a negation and the cue it turns."""

_SEEDS = [np.uint64(0xD1342543DE82EF95 + 2 * k) for k in range(16)]
_FACTS = 13
_FACT_SEEDS = np.array(_SEEDS[:_FACTS])[:, None]
_ACTS = ("RESTRICT", "RELAX", "COSTUP", "COSTDOWN")
_COUNTERS = {"RESTRICT": "RELAX", "RELAX": "RESTRICT", "COSTUP": "COSTDOWN", "COSTDOWN": "COSTUP"}
_MARKS = ("target", "same_act", "counter_act", "question", "exclamation")
_SHORTEST_WORD = 3
_GLUE = "的了和与在为将由把对及是有不一以其后前中"
_QUESTION, _SHOUT, _HEADLINE = (MARKS.index(mark) + 1 for mark in "?!【")
_STOP = (
    "with that this from have will your they them their what when where which would could should about into than then "
    "been being were was are for and the not but all any can has had her his its our out who why how new may more most "
    "people every other some such only over also after before under between"
)


@dataclass(frozen=True, slots=True)
class Profile:
    """A change as features see it: hashes of its words, and which kinds of act it is."""

    pairs: NDArray[np.uint64]
    words: NDArray[np.uint64]
    acts: frozenset[str]


class Units(NamedTuple):
    """What n-grams are made of, in reading order: the first token of each, and the token after its last."""

    first: NDArray[np.int64]
    after: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Block:
    """Features of one kind: windows of neighbouring units.

    Attributes:
        group: WORDING, SKELETON or STRUCTURE.
        size: units of a window.
        windows: int64, the bin of the window that begins at each unit; those from one text into the next are no
            features, and are kept because leaving them out costs more than they do. The last is never a feature.
        begins, counts: int64, one per text: its first window, and how many follow one another from there.
        units: the units.
    """

    group: int
    size: int
    windows: NDArray[np.int64]
    begins: NDArray[np.int64]
    counts: NDArray[np.int64]
    units: Units

    @property
    def bin(self) -> NDArray[np.int64]:
        """The bin of each feature, in the order of the texts."""
        return self.windows[self._unit()]

    @property
    def doc(self) -> NDArray[np.int64]:
        """The text of each feature."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    @property
    def first(self) -> NDArray[np.int64]:
        """The first token of each feature."""
        return self.units.first[self._unit()]

    @property
    def last(self) -> NDArray[np.int64]:
        """The last token of each feature."""
        return self.units.after[self._unit() + (self.size - 1)] - 1

    def _unit(self) -> NDArray[np.int64]:
        """The unit that each feature begins with."""
        before = np.cumsum(self.counts) - self.counts
        return np.asarray(np.arange(self.counts.sum()) + np.repeat(self.begins - before, self.counts))


@dataclass(frozen=True, slots=True)
class Features:
    """The features of a batch.

    Attributes:
        blocks: features by kind.
        stream: the tokens, for spans.
        items: skeleton items (token, width, category name) for explanations.
        names: the category names of items.
    """

    blocks: tuple[Block, ...]
    stream: Stream
    items: Hits
    names: tuple[str, ...]

    def categories(self, first: int, last: int) -> str:
        """The categories of the items from this token to that one, as one label."""
        inside = (self.items.at >= first) & (self.items.at <= last)
        return " + ".join(self.names[kind] for kind in self.items.category[inside])


@lru_cache(maxsize=256)
def profile(words: tuple[str, ...]) -> Profile:
    """The profile of a change from its wordings (name, statement, aliases and target words, any order)."""
    tokens = stream(words)
    levels = grams(tokens.hashes, 2)
    table = stance_cues()
    free = ~tokens.breaks
    hits = table.find(levels, range(1, LONGEST + 1), free)
    acts = frozenset(table.categories[kind] for kind in hits.category) & frozenset(_ACTS)
    han = tokens.han
    glue = np.isin(tokens.hashes, stream(list(_GLUE)).hashes)
    pair = han[:-1] & han[1:] & ~glue[:-1] & ~glue[1:]
    word = (
        ~han & ~tokens.breaks & (tokens.end - tokens.start >= _SHORTEST_WORD) & ~np.isin(tokens.hashes, _stop_words())
    )
    return Profile(np.unique(levels[1][pair]), np.unique(tokens.hashes[word]), acts)


@lru_cache(maxsize=1)
def _stop_words() -> NDArray[np.uint64]:
    return stream(_STOP.split()).hashes


def stance_cues() -> CueTable:
    """The table of stance cues in both languages."""
    return cue_table("cues.zh.txt", "cues.en.txt")


def wordings(change: Change) -> tuple[str, ...]:
    """Every wording by which a change is known, for `profile`."""
    both = (change.name.zh, change.name.en, change.statement.zh, change.statement.en)
    return tuple(dict.fromkeys(word for word in (*both, *change.words) if word))


def featurise(texts: Sequence[str], words: tuple[str, ...]) -> Features:
    """The features of texts towards the change known by these wordings."""
    tokens = stream(texts)
    about = profile(words)
    levels = grams(tokens.hashes, 2)
    free = ~tokens.breaks
    table = stance_cues()
    long = table.find(levels, range(2, LONGEST + 1), free)
    target = _mentions(levels, about, free)
    free &= ~target
    short = table.find(levels, range(1, 2), free)
    items, names = _skeleton(tokens, table, about, (long, short), target)
    blocks = (*_wording_blocks(tokens), *_skeleton_blocks(tokens, items, about), _structure_block(tokens))
    return Features(blocks, tokens, items, names)


def _mentions(levels: Sequence[NDArray[np.uint64]], about: Profile, free: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which tokens name the change: pairs of characters, or words, that its wordings hold."""
    target = np.zeros(len(free), np.bool_)
    target[_within(levels[0], about.words)] = True
    pairs = _within(levels[1], about.pairs)
    target[pairs] = True
    target[pairs + 1] = True
    target &= free
    return target


def _within(hashes: NDArray[np.uint64], keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Where the hashes are among the keys."""
    sieve = np.zeros(1 << 12, np.bool_)
    sieve[_sieve_index(keys)] = True
    maybe = np.flatnonzero(sieve.take(_sieve_index(hashes), mode="clip"))
    place = np.searchsorted(keys, hashes[maybe])
    return np.asarray(maybe[keys.take(place, mode="clip") == hashes[maybe]])


def _sieve_index(hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    spread = hashes * GRAM
    spread >>= np.uint64(52)
    return spread.view(np.int64)


def _skeleton(
    tokens: Stream, table: CueTable, about: Profile, hits: tuple[Hits, ...], target: NDArray[np.bool_]
) -> tuple[Hits, tuple[str, ...]]:
    """Cues, target mentions and question marks in reading order, with acts and negation resolved."""
    names = (*table.categories, *_MARKS)
    base = len(table.categories)
    edges = (target[1:] != target[:-1]).nonzero()[0] + 1
    edges = np.append(0, edges) if target[0] else edges
    begins, after = edges[::2], edges[1::2]
    question = (tokens.mark == _QUESTION).nonzero()[0]
    shout = (tokens.mark == _SHOUT).nonzero()[0]
    ones = np.ones(len(question) + len(shout), np.int64)
    at = np.concatenate([*(hit.at for hit in hits), begins, question, shout])
    width = np.concatenate([*(hit.width for hit in hits), after - begins, ones])
    marks = np.repeat([base, base + 3, base + 4], [len(begins), len(question), len(shout)])
    category = np.concatenate([*(_sided(hit.category, table, about, base) for hit in hits), marks])
    order = np.argsort(at, kind="stable")
    items = Hits(at[order], width[order], category[order])
    return _negated(tokens, items, names), (*names, *(f"not {name}" for name in names))


def _sided(category: NDArray[np.int64], table: CueTable, about: Profile, base: int) -> NDArray[np.int64]:
    """Acts of the change's own kind become "same_act", acts of the opposite kind "counter_act"."""
    sides = np.arange(len(table.categories))
    for act in _ACTS:
        if act in about.acts:
            sides[table.categories.index(act)] = base + 1
        elif _COUNTERS[act] in about.acts:
            sides[table.categories.index(act)] = base + 2
    return sides[category]


def _negated(tokens: Stream, items: Hits, names: tuple[str, ...]) -> Hits:
    """The item after a negation, close by and in the same clause, moves to the negated half of the categories.

    Words of degree stand between the two without harm ("not very good"): the cue after them is the one turned.
    """
    spoken = (items.category != names.index("INTENS")).nonzero()[0]
    category = items.category.copy()
    negation = category[spoken] == names.index("NEG")
    turns = (negation[:-1] & ~negation[1:]).nonzero()[0]
    before, turned = spoken[turns], spoken[turns + 1]
    near = items.at[turned] - items.at[before] - items.width[before] < NEGATION_REACH
    near &= tokens.clause[items.at[turned]] == tokens.clause[items.at[before]]
    category[turned[near]] += len(names)
    return Hits(items.at, items.width, category)


def group_of(bins: NDArray[np.int64]) -> NDArray[np.int64]:
    """The group that each bin belongs to."""
    return np.searchsorted(np.array(_OFFSETS), bins, side="right") - 1


def _bin(group: int, hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    """The bin of each hash within the range of its group."""
    spread = hashes >> np.uint64(31)
    spread ^= hashes
    spread *= np.uint64(0xBF58476D1CE4E5B9)
    spread >>= np.uint64(64 - _BITS[group])
    bins = spread.view(np.int64)
    if _OFFSETS[group]:
        bins += _OFFSETS[group]
    return bins


def _wording_blocks(tokens: Stream) -> list[Block]:
    """n-grams over the tokens of each text."""
    place = np.arange(len(tokens.hashes))
    units = Units(place, place + 1)
    length = tokens.ends - tokens.begins
    return [
        Block(WORDING, size, _bin(WORDING, level), tokens.begins, np.maximum(length - (size - 1), 0), units)
        for size, level in enumerate(grams(tokens.hashes, WORDING_SIZE), 1)
    ]


def _skeleton_blocks(tokens: Stream, items: Hits, about: Profile) -> list[Block]:
    """n-grams over the items, and single items told apart by where they stand and what kind of change it is."""
    doc = tokens.doc.take(items.at, mode="clip")
    count = np.bincount(doc, minlength=tokens.count)
    begins = np.cumsum(count) - count
    units = Units(items.at, items.at + items.width)
    code = np.zeros(len(doc) + 1, np.uint64)  # one window more, which is no feature
    code[:-1] = items.category + 1
    code *= _SEEDS[0]
    blocks = [
        Block(SKELETON, size, _bin(SKELETON, level), begins, np.maximum(count - (size - 1), 0), units)
        for size, level in enumerate(grams(code, SKELETON_SIZE), 1)
    ]
    is_final = tokens.clause.take(items.at, mode="clip") >= _final_clause(tokens).take(doc, mode="clip")
    final = np.bincount(doc[is_final], minlength=tokens.count)
    blocks.append(Block(SKELETON, 1, _bin(SKELETON, code * _SEEDS[1]), begins + count - final, final, units))
    for number, act in enumerate(_ACTS):
        if act in about.acts:
            blocks.append(Block(SKELETON, 1, _bin(SKELETON, code * _SEEDS[2 + number]), begins, count, units))
    return blocks


def _final_clause(tokens: Stream) -> NDArray[np.int64]:
    """The clause number of the last clause with words in each text; a low one where there are no words."""
    words = (~tokens.breaks).nonzero()[0]
    if not len(words):
        return np.full(tokens.count, -1)
    # A text without words of its own gets a clause of an earlier one; so does the first, which has none before it.
    place = np.searchsorted(words, tokens.ends) - 1
    return np.where(place < 0, -1, tokens.clause[words[place]])


def _structure_block(tokens: Stream) -> Block:
    """Length, questions, headline and link marks of each text, each value a bin of its own by language."""
    breaks = tokens.clause[tokens.ends] - tokens.clause[tokens.begins] + 1
    length = tokens.ends - tokens.begins + 1 - breaks
    english = _per_text(tokens, tokens.han) * 2 < length
    facts = _facts(tokens, length, breaks)
    facts[0] = english
    hashes = (facts * np.uint64(2) + facts[0] + np.uint64(7)) * _FACT_SEEDS
    bins = np.zeros(hashes.size + 1, np.int64)  # one window more, which is no feature
    bins[:-1].reshape(-1, _FACTS)[:] = _bin(STRUCTURE, hashes).T
    units = Units(np.repeat(tokens.begins, _FACTS), np.repeat(tokens.ends + 1, _FACTS))
    return Block(STRUCTURE, 1, bins, np.arange(tokens.count) * _FACTS, np.full(tokens.count, _FACTS), units)


def _facts(tokens: Stream, length: NDArray[np.int64], breaks: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Small numbers that say what form each text has, shape (facts, texts); the first is left open."""
    at = (tokens.mark != 0).nonzero()[0]
    kinds = len(MARKS) + 1
    seen = np.bincount(tokens.doc[at] * kinds + tokens.mark[at], minlength=tokens.count * kinds)
    marks = dict(zip(MARKS, seen.reshape(tokens.count, kinds).T[1:], strict=True))
    many = np.log2(np.stack([length + 1, marks["0"] + 1, breaks]))
    few = np.stack([*(marks[name] for name in "?!#@/"), marks['"'] + marks["“"], marks["【"] + marks["["]])
    facts = np.empty((_FACTS, tokens.count), np.uint64)
    facts[1] = np.minimum(many[0], 10)
    facts[2:9] = np.minimum(few, 2)
    facts[9] = np.minimum(many[1], 3)
    facts[10] = tokens.mark[tokens.begins] == _HEADLINE
    facts[11] = tokens.mark[np.maximum(tokens.ends - 1, tokens.begins)] == _QUESTION
    facts[12] = np.minimum(many[2], 5)
    return facts


def _per_text(tokens: Stream, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How many chosen tokens each text has."""
    counts: NDArray[np.int64] = np.add.reduceat(chosen, tokens.begins, dtype=np.int64)
    return counts
