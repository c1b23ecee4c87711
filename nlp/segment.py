"""Words: an own pre-tokeniser takes out what is not Han, and an engine cuts the runs of Han that are left.

jieba is the reference and rjieba the same algorithm in Rust. On whole posts the two differ (ASCII runs), on Han alone
they agree, so an engine never sees anything else. Punctuation and white space are dropped.
"""

from __future__ import annotations

import gc
import re
import warnings
from contextlib import contextmanager
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

import numpy as np

from nlp.han import HanCutter
from nlp.marks import CODE, EMOJI, HAN, NAME, TOPIC, URL
from nlp.vocabulary import READY, Places, Vocabulary
from storage.search.script import simplified, traditional

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

Engine = Literal["rjieba", "jieba"]

LONGEST_PIECE = 2_000
"""Characters of one piece of Han: jieba is quadratic on one repeated character (32,000 of them take 4.6 s)."""

_WORD = r"[A-Za-z\u00c0-\u024f\u0370-\u1fff\u3041-\u30ff\uac00-\ud7a3]+(?:['’][A-Za-z]+)*"
_NUMBER = r"\d+(?:[.,:/]\d+)*%?"
_MARKS = r" ，。！？、；：“”‘’（）《》【】…·～—!?,.;"
_END, _GAP = "\x00", "\n"  # in the stream: a text's end, and what is dropped; a READY is what is ready
_TEXTS_AT_ONCE = 1 << 16  # of which the words' places are in memory at the same time
_STRETCH = 1 << 19  # characters of the posts that are cut in one call of the engine
_WORTH_A_TABLE = 3_000_000  # characters of a batch from which on it is cut by array operations: the table takes 0.4 s
_LONGEST_FREQUENCY = 9  # digits; the whole of jieba's dictionary counts 60 million words
_ALL_HAN = re.compile(f"[{HAN}]+")


class DictionaryWord(NamedTuple):
    """One line of a user dictionary: the word, and its frequency where the line gives one."""

    word: str
    frequency: int | None = None


class Words(NamedTuple):
    """The words of many texts as numbers, in reading order: for counting, without a Python object for each.

    Attributes:
        vocabulary: the distinct words, each once.
        ids: int32, one per word: its place in the vocabulary.
        ends: int64, one per text: how many of the ids are of this text and those before it.
    """

    vocabulary: list[str]
    ids: NDArray[np.int32]
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, lists: Sequence[Sequence[str]]) -> Words:
        """The same of texts that are cut already."""
        place: dict[str, int] = {}
        ids = [place.setdefault(word, len(place)) for words in lists for word in words]
        ends = np.cumsum(np.fromiter(map(len, lists), np.int64, len(lists)))
        return cls(list(place), np.array(ids, np.int32), ends)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """How many words each text has."""
        return np.diff(self.ends, prepend=0)

    def take(self, texts: Sequence[int] | NDArray[np.integer]) -> Words:
        """The words of some of the texts, in this order, each as often as it is named."""
        which = np.asarray(texts, np.int64)
        length = self.lengths[which]
        ends = np.cumsum(length)
        ids = np.empty(ends[-1] if len(ends) else 0, np.int32)
        for start in range(0, len(which), _TEXTS_AT_ONCE):  # the places of all words take several times their room
            part = slice(start, start + _TEXTS_AT_ONCE)
            begin, place = int(ends[start] - length[start]), ends[part] - length[part]
            behind = np.repeat(self.ends[which[part]] - length[part] - place, length[part])
            ids[begin : begin + len(behind)] = self.ids[behind + np.arange(begin, begin + len(behind))]
        return Words(self.vocabulary, ids, ends)

    def stretches(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int32]]]:
        """The text of each word beside its id, some texts at a time."""
        for start in range(0, len(self.ends), _TEXTS_AT_ONCE):
            length = self.lengths[start : start + _TEXTS_AT_ONCE]
            begin = int(self.ends[start] - length[0])
            text = np.repeat(np.arange(start, start + len(length)), length)
            yield text, self.ids[begin : begin + len(text)]

    def lists(self) -> list[list[str]]:
        """The words of each text; equal words are one object, so that a million texts fit into memory."""
        words = list(map(self.vocabulary.__getitem__, self.ids.tolist()))
        return [words[start:end] for start, end in pairwise([0, *self.ends.tolist()])]


class _Cutter(Protocol):
    """What both engines can do, once their dictionaries are alike."""

    def suggest(self, word: str) -> int:
        """The least frequency at which the word stays whole."""

    def add(self, word: str, frequency: int) -> None:
        """Put a word into the dictionary."""

    def cut(self, run: str) -> list[str]:
        """Cut one piece of Han."""


class _Rjieba:
    def __init__(self) -> None:
        from rjieba import Jieba

        self._engine = Jieba()
        self.cut = self._engine.cut
        self.suggest = self._engine.suggest_freq

    def add(self, word: str, frequency: int) -> None:
        self._engine.add_word(word, frequency, None)


class _Jieba:
    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # jieba 0.42.1 is older than today's warnings about its syntax
            from jieba import Tokenizer

        self._engine = Tokenizer()
        # Its own start reads a marshalled cache from the shared temporary folder, which anyone could have put there.
        self._engine.FREQ, self._engine.total = self._engine.gen_pfdict(self._engine.get_dict_file())
        self._engine.initialized = True

    def suggest(self, word: str) -> int:
        return int(self._engine.suggest_freq(word))

    def add(self, word: str, frequency: int) -> None:
        self._engine.add_word(word, frequency)

    def cut(self, run: str) -> list[str]:
        return list(self._engine.cut(run))


def read_dictionary(text: str) -> list[DictionaryWord]:
    """The words of a user dictionary in jieba's form: word, frequency and tag, of which the last two may lack."""
    words = []
    for line in text.lstrip("\ufeff").splitlines():
        word, *rest = line.split() or [""]
        if word and not word.startswith("#"):
            known = bool(rest) and rest[0].isdecimal() and len(rest[0]) <= _LONGEST_FREQUENCY
            words.append(DictionaryWord(word, int(rest[0]) if known else None))
    return words


def domain_words() -> list[DictionaryWord]:
    """The dictionary that ships with minyi: names of services and policies that jieba's own lacks."""
    return read_dictionary((files("nlp") / "words" / "domain.txt").read_text(encoding="utf-8"))


class Segmenter:
    """Cuts posts into words; keeps addresses, @names, #topics#, [codes], emoji, Latin words and numbers whole.

    Traditional text is cut where its Simplified form is cut, because the dictionary is Simplified.

    Args:
        words: the study's own words, kept whole as well; mixed ones ("双11", "WeChat支付") too.
        engine: `rjieba` (fast) or `jieba` (the reference); the same words come out.
    """

    def __init__(self, words: Iterable[str | DictionaryWord] = (), engine: Engine = "rjieba") -> None:
        self.engine: _Cutter = _Rjieba() if engine == "rjieba" else _Jieba()
        self._side_by_side = engine == "rjieba"
        self._added: dict[str, int] = {}
        own = [DictionaryWord(word.strip()) if isinstance(word, str) else word for word in words]
        mixed = []
        for word, frequency in (*domain_words(), *own):
            if _ALL_HAN.fullmatch(word):
                plain = simplified(word)
                self._added[plain] = max(frequency or 0, self.engine.suggest(plain))
                self.engine.add(plain, self._added[plain])
            elif _ALL_HAN.search(word):
                mixed.append(word)
        self._between = _between_runs(mixed)

    def cut(self, text: str) -> list[str]:
        """The words of one text, in its own spelling and order."""
        stream, ready = self._streamed([text])
        cut = self.engine.cut(simplified(stream))
        own = [stream[start:end] for start, end in pairwise(accumulate(map(len, cut), initial=0))]
        return [next(ready) if word == READY else word for word in own if word not in {_GAP, _END}]

    def cut_many(self, texts: Sequence[str]) -> list[list[str]]:
        """The words of each text; equal words are one object, so that a million texts fit into memory."""
        lists: list[list[str]] = []
        vocabulary = Vocabulary()
        cut = self._way(texts)
        with _uncollected():
            for part in _stretches(texts):
                lists += self._cut_stretch(part, vocabulary, cut).lists()
        return lists

    def words(self, texts: Sequence[str]) -> Words:
        """The words of each text as numbers of a vocabulary: several times smaller than lists of them."""
        vocabulary, ends, count = Vocabulary(), [np.zeros(1, np.int64)], 0
        ids = np.empty(sum(map(len, texts)), np.int32)  # as if each character were a word: what stays empty takes none
        cut = self._way(texts)
        with _uncollected():
            for part in _stretches(texts):
                found = self._cut_stretch(part, vocabulary, cut)
                ids[count : count + len(found.ids)] = found.ids
                ends.append(found.ends + count)
                count += len(found.ids)
        return Words(vocabulary.words, ids[:count], np.concatenate(ends)[1:])

    def runs(self, texts: Sequence[str]) -> list[str]:
        """The runs of Han in these texts, which are all that the engine sees of them."""
        return [run for text in texts for run in self._between.split(text)[::2] if run]

    def _streamed(self, texts: Sequence[str]) -> tuple[str, Iterator[str]]:
        """The texts as one stream for the engine, and the tokens for which it holds a mark."""
        if any(_END in text for text in texts):
            texts = [text.replace(_END, " ") for text in texts]
        parts = self._between.split(_END.join(texts) + _END)
        ready = [token for token in parts[1::2] if token and token != _END]
        return _stream(parts), iter(ready)

    def _cut_stretch(self, texts: Sequence[str], vocabulary: Vocabulary, cut: Callable[[str], _Parts]) -> Words:
        """Cut many texts with one split and one call of the engine: the calls cost more than the cutting.

        Places in the Simplified form are places in the text, so the words come out in its own characters.
        """
        stream, tokens = self._streamed(texts)
        codes, plain = _codes(stream), simplified(stream)
        start, node = cut(plain)
        if plain != stream:
            other = np.searchsorted(start, np.flatnonzero(codes != _codes(plain)), "right") - 1
            node[other] = -1  # a dictionary word, but not written as there
        length = np.diff(start, append=len(codes))
        first = codes.take(start)
        ends = np.flatnonzero(first == ord(_END))
        real = np.flatnonzero((first != ord(_GAP)) & (first != ord(_END)))
        ids = vocabulary.ids_of(Places(stream, codes, start[real], length[real], node[real]), tokens)
        return Words(vocabulary.words, ids, np.searchsorted(real, ends))

    def _way(self, texts: Sequence[str]) -> Callable[[str], _Parts]:
        """How the streams of these texts are cut: run by run, or where there are many, all runs side by side."""
        worth = self._side_by_side and sum(map(len, texts)) >= _WORTH_A_TABLE
        return self._parts_at_once if worth else self._parts

    def _parts(self, stream: str) -> _Parts:
        cut = self.engine.cut(stream)
        length = np.fromiter(map(len, cut), np.int64, len(cut))
        return _Parts(np.cumsum(length) - length, np.full(len(cut), -1))

    def _parts_at_once(self, stream: str) -> _Parts:
        found = self._cutter.cut(_codes(stream), ord(_GAP) + 1)
        for begin, end in found.left:
            inside = list(accumulate(map(len, self.engine.cut(stream[begin:end]))))[:-1]
            found.begins[begin + 1 : end] = False
            found.begins[[begin + place for place in inside]] = True
        start = np.flatnonzero(found.begins)
        return _Parts(start, found.nodes.take(start))

    @cached_property
    def _cutter(self) -> HanCutter:
        return HanCutter(self._added)


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the garbage collector, which walks through all lists of words again and again: a fifth of the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _stretches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """The texts, about _STRETCH characters at a time."""
    start, characters = 0, 0
    for at, text in enumerate(texts):
        characters += len(text) + 1
        if characters >= _STRETCH:
            yield texts[start : at + 1]
            start, characters = at + 1, 0
    if start < len(texts):
        yield texts[start:]


class _Parts(NamedTuple):
    """Where the parts of a stream begin, and the node of each that is a word of the dictionary, else -1."""

    start: NDArray[np.int64]
    node: NDArray[np.int64]


def _stream(parts: list[str]) -> str:
    """Runs of Han, with a mark between two of them that every engine gives back as it is."""
    runs, between = parts[::2], parts[1::2]
    if max(map(len, runs)) > LONGEST_PIECE:
        runs = [_in_pieces(run) for run in runs]
    parts[::2] = runs
    parts[1::2] = [_GAP if not token else _END if token == _END else READY for token in between]
    return "".join(parts)


def _in_pieces(run: str) -> str:
    return _GAP.join([run[start : start + LONGEST_PIECE] for start in range(0, len(run), LONGEST_PIECE)])


def _between_runs(mixed: Iterable[str]) -> re.Pattern[str]:
    """What lies between two runs of Han; group 1 is a token that is ready, and misses for punctuation.

    Longest mixed words first, since one may begin another. Of Han, only what may begin one is looked at more closely.
    """
    ordered = sorted(set(mixed), key=lambda word: (-len(word), word))
    literal = [_in_any_script(word) for word in ordered]
    ready = "|".join([*literal, _END, URL, NAME, TOPIC, CODE, EMOJI, _WORD, _NUMBER])
    begin = "|".join([f"[^{HAN}]", *sorted({_in_any_script(word[0]) for word in ordered})])
    return re.compile(rf"(?={begin})(?:[{_MARKS}]+|({ready})|[^{HAN}])")


def _in_any_script(word: str) -> str:
    """A pattern of a word whose Han is written in Simplified or in Traditional characters."""
    return "".join([f"[{char}{_older()[char]}]" if char in _older() else re.escape(char) for char in simplified(word)])


@cache
def _older() -> dict[str, str]:
    """Simplified characters and all the Traditional ones that become them."""
    forms: dict[str, str] = {}
    for old, new in traditional().items():
        forms[new] = forms.get(new, "") + old
    return forms


@lru_cache(maxsize=4)
def segmenter(words: tuple[str | DictionaryWord, ...] = (), engine: Engine = "rjieba") -> Segmenter:
    """A segmenter for these words, loaded once."""
    return Segmenter(words, engine)


def is_word(token: str) -> bool:
    """Whether a token is a word: not an address, a name, a code, a number or a picture."""
    return token[:1].isalpha() and not token.startswith(("http://", "https://", "www."))
