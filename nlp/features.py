"""What the embedded coder sees of a comment: two views of one token stream, hashed into bins.

View 1, wording: n-grams of tokens, in which the words of the change itself read as one mark, so that what is learned
on one change holds on the next. View 2, skeleton: the sequence of stance cues (`nlp.cues`), target mentions and
question marks, with negation and the side of an act resolved, as n-grams of categories. Beside them, structure:
length, questions, quotation, headline and link marks. Every feature is a row (text, bin, group); the value of a
feature is 1 / sqrt(features of its group in the text), so a text's score depends on that text and the change alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from nlp.cues import LONGEST, CueTable, Hits, cue_table
from nlp.stream import GRAM, Stream, grams, stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from storage.nouns import Change

WORDING, SKELETON, STRUCTURE = 0, 1, 2
_BITS = (20, 18, 10)
_OFFSETS = (0, 1 << 20, (1 << 20) + (1 << 18))
TOTAL_BINS = _OFFSETS[2] + (1 << 10)
"""Bins of all groups: wording, skeleton and structure have a range each."""
WORDING_SIZE = 4
SKELETON_SIZE = 3
NEGATION_REACH = 4
"""Tokens between a negation and the cue it turns."""

_TARGET = np.uint64(0xA24BAED4963EE407)
_SAME = np.uint64(0x9FB21C651E98DF25)
_COUNTER = np.uint64(0xE7037ED1A0B428DB)
_SEEDS = [np.uint64(0xD1342543DE82EF95 + 2 * k) for k in range(16)]
_ACTS = ("RESTRICT", "RELAX", "COSTUP", "COSTDOWN")
_COUNTERS = {"RESTRICT": "RELAX", "RELAX": "RESTRICT", "COSTUP": "COSTDOWN", "COSTDOWN": "COSTUP"}
_MARKS = ("target", "same_act", "counter_act", "question", "exclamation")
_SHORTEST_WORD = 3
_HAN = (0x3400, 0xA000, 0x20000)  # the first plane's range, and where the higher planes of Han begin
_GLUE = "的了和与在为将由把对及是有不一以其后前中"
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


@dataclass(frozen=True, slots=True)
class Block:
    """Features of one kind: text, bin and the tokens (first to last, both included) each came from."""

    group: int
    doc: NDArray[np.int64]
    bin: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Features:
    """The features of a batch.

    Attributes:
        blocks: features by kind, each in the order of the texts.
        scale: float64, (3, texts): the value of a feature of each group.
        stream: the tokens, for spans.
        items: skeleton items (token, width, category name) for explanations.
    """

    blocks: tuple[Block, ...]
    scale: NDArray[np.float64]
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
    levels = grams(tokens.hashes, LONGEST)
    table = stance_cues()
    free = ~tokens.breaks
    hits = table.find(levels, range(1, LONGEST + 1), free)
    acts = frozenset(table.categories[kind] for kind in hits.category) & frozenset(_ACTS)
    han = _han(tokens)
    glue = np.isin(tokens.first, [ord(mark) for mark in _GLUE])
    pair = han[:-1] & han[1:] & ~glue[:-1] & ~glue[1:]
    word = (
        ~han & ~tokens.breaks & (tokens.end - tokens.start >= _SHORTEST_WORD) & ~np.isin(tokens.hashes, _stop_words())
    )
    return Profile(np.unique(levels[1][:-1][pair]), np.unique(tokens.hashes[word]), acts)


@lru_cache(maxsize=1)
def _stop_words() -> NDArray[np.uint64]:
    return stream(_STOP.split()).hashes


def _han(tokens: Stream) -> NDArray[np.bool_]:
    first = tokens.first
    return ((first >= _HAN[0]) & (first < _HAN[1])) | (first >= _HAN[2])


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
    levels = grams(tokens.hashes, LONGEST)
    free = ~tokens.breaks
    table = stance_cues()
    long = table.find(levels, range(2, LONGEST + 1), free)
    target = _mentions(tokens, levels[1], about, free)
    free &= ~target
    short = table.find(levels, range(1, 2), free)
    items, names = _skeleton(tokens, table, about, (long, short), target)
    wording = _wording_blocks(tokens, target, items, names)
    skeleton = _skeleton_blocks(tokens, items, about)
    structure = _structure_block(tokens)
    blocks = (*wording, *skeleton, structure)
    return Features(blocks, _scales(blocks, tokens.count), tokens, items, names)


def _mentions(tokens: Stream, pairs: NDArray[np.uint64], about: Profile, free: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which tokens name the change: pairs of characters, or words, that its wordings hold."""
    target = _within(tokens.hashes, about.words)
    paired = _within(pairs, about.pairs)
    target[1:] |= paired[:-1]
    target |= paired
    return target & free


def _within(hashes: NDArray[np.uint64], keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
    if not len(keys):
        return np.zeros(len(hashes), np.bool_)
    sieve = np.zeros(1 << 12, np.bool_)
    sieve[(keys * GRAM) >> np.uint64(52)] = True
    maybe = np.flatnonzero(sieve[(hashes * GRAM) >> np.uint64(52)])
    result = np.zeros(len(hashes), np.bool_)
    place = np.minimum(np.searchsorted(keys, hashes[maybe]), len(keys) - 1)
    result[maybe] = keys[place] == hashes[maybe]
    return result


def _skeleton(
    tokens: Stream, table: CueTable, about: Profile, hits: tuple[Hits, ...], target: NDArray[np.bool_]
) -> tuple[Hits, tuple[str, ...]]:
    """Cues, target mentions and question marks in reading order, with acts and negation resolved."""
    names = (*table.categories, *_MARKS)
    base = len(table.categories)
    begins = np.flatnonzero(target & ~np.append(False, target[:-1]))
    ends = np.flatnonzero(target & ~np.append(target[1:], False))
    question = np.flatnonzero(tokens.first == ord("?"))
    shout = np.flatnonzero(tokens.first == ord("!"))
    ones = np.ones(len(question) + len(shout), np.int64)
    at = np.concatenate([*(hit.at for hit in hits), begins, question, shout])
    width = np.concatenate([*(hit.width for hit in hits), ends - begins + 1, ones])
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
    spoken = np.flatnonzero(items.category != names.index("INTENS"))
    at, category = items.at[spoken], items.category.copy()
    negation = items.category[spoken] == names.index("NEG")
    near = negation[:-1] & ~negation[1:] & (np.diff(at) - items.width[spoken][:-1] < NEGATION_REACH)
    near &= tokens.clause[at[1:]] == tokens.clause[at[:-1]]
    category[spoken[1:][near]] += len(names)
    return Hits(items.at, items.width, category)


def group_of(bins: NDArray[np.int64]) -> NDArray[np.int64]:
    """The group that each bin belongs to."""
    return np.searchsorted(np.array(_OFFSETS), bins, side="right") - 1


def _bin(group: int, hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    """The bin of each hash within the range of its group."""
    spread = (hashes ^ (hashes >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
    return (spread >> np.uint64(64 - _BITS[group])).astype(np.int64) + _OFFSETS[group]


def _wording_blocks(tokens: Stream, target: NDArray[np.bool_], items: Hits, names: tuple[str, ...]) -> list[Block]:
    """n-grams over the tokens with each target mention and each act of the change as one mark."""
    hashes = tokens.hashes.copy()
    keep = np.ones(len(hashes), np.bool_)
    keep[1:] = ~(target[1:] & target[:-1])
    hashes[target] = _TARGET
    for mark, name in ((_SAME, "same_act"), (_COUNTER, "counter_act")):
        base = names.index(name)
        chosen = (items.category == base) | (items.category == base + len(names) // 2)
        at, width = items.at[chosen], items.width[chosen]
        hashes[at] = mark
        for offset in range(1, int(width.max(initial=1))):
            keep[at[width > offset] + offset] = False
    kept = np.flatnonzero(keep)
    last = np.append(kept[1:], len(hashes)) - 1
    doc, cut = tokens.doc[kept], hashes[kept] == 0
    blocks = []
    whole = ~cut
    for size, level in enumerate(grams(hashes[kept], WORDING_SIZE), 1):
        if size > 1:
            whole = whole[:-1] & ~cut[size - 1 :]
        at = np.flatnonzero(whole)
        blocks.append(Block(WORDING, doc[at], _bin(WORDING, level[at]), kept[at], last[at + size - 1]))
    return blocks


def _skeleton_blocks(tokens: Stream, items: Hits, about: Profile) -> list[Block]:
    """n-grams over the items, and single items told apart by where they stand and what kind of change it is."""
    doc = tokens.doc[items.at]
    last = items.at + items.width - 1
    code = (items.category.astype(np.uint64) + np.uint64(1)) * _SEEDS[0]
    blocks = []
    for size, level in enumerate(grams(code, SKELETON_SIZE), 1):
        at = np.flatnonzero(doc[: len(doc) - size + 1] == doc[size - 1 :])
        blocks.append(Block(SKELETON, doc[at], _bin(SKELETON, level[at]), items.at[at], last[at + size - 1]))
    clause = tokens.clause[items.at]
    final = np.flatnonzero(clause >= _final_clause(tokens)[doc])
    blocks.append(Block(SKELETON, doc[final], _bin(SKELETON, code[final] * _SEEDS[1]), items.at[final], last[final]))
    for number, act in enumerate(_ACTS):
        if act in about.acts:
            blocks.append(Block(SKELETON, doc, _bin(SKELETON, code * _SEEDS[2 + number]), items.at, last))
    return blocks


def _final_clause(tokens: Stream) -> NDArray[np.int64]:
    """The clause number of the last clause with words in each text."""
    words = np.flatnonzero(~tokens.breaks)
    final = np.full(tokens.count + 1, -1, np.int64)
    final[tokens.doc[words]] = tokens.clause[words]
    return final


def _structure_block(tokens: Stream) -> Block:
    """Length, questions, headline and link marks of each text, each value a bin of its own by language."""
    last = np.flatnonzero(tokens.hashes == 0)
    first = np.append(0, last[:-1] + 1)
    length = _per_text(tokens, ~tokens.breaks)
    english = (_per_text(tokens, _han(tokens)) * 2 < length).astype(np.uint64)
    facts = [english, *_facts(tokens, length, first, last)]
    bins = np.stack(
        [
            _bin(STRUCTURE, (fact * np.uint64(2) + english + np.uint64(7)) * seed)
            for fact, seed in zip(facts, _SEEDS, strict=False)
        ]
    )
    doc = np.repeat(np.arange(tokens.count), len(facts))
    return Block(STRUCTURE, doc, bins.T.ravel(), first[doc], last[doc])


def _facts(
    tokens: Stream, length: NDArray[np.int64], first: NDArray[np.int64], last: NDArray[np.int64]
) -> list[NDArray[np.uint64]]:
    """Small numbers that say what form each text has."""
    marks = {name: _per_text(tokens, tokens.first == ord(name)) for name in '?!#@/0"“【['}
    facts = [
        np.minimum(np.log2(length + 1), 10),
        *(np.minimum(marks[name], 2) for name in "?!#@/"),
        np.minimum(marks['"'] + marks["“"], 2),
        np.minimum(marks["【"] + marks["["], 2),
        np.minimum(np.log2(marks["0"] + 1), 3),
        tokens.first[first] == ord("【"),
        tokens.first[np.maximum(last - 1, first)] == ord("?"),
        np.minimum(np.log2(_per_text(tokens, tokens.breaks)), 5),
    ]
    return [fact.astype(np.uint64) for fact in facts]


def _per_text(tokens: Stream, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How many chosen tokens each text has."""
    return np.bincount(tokens.doc[chosen], minlength=tokens.count)[: tokens.count]


def _scales(blocks: Sequence[Block], count: int) -> NDArray[np.float64]:
    sizes = np.zeros((3, count))
    for block in blocks:
        sizes[block.group] += np.bincount(block.doc, minlength=count)[:count]
    return 1 / np.sqrt(np.maximum(sizes, 1))
