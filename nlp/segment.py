"""Words: an own pre-tokeniser takes out what is not Han, and an engine cuts the runs of Han that are left.

jieba is the reference and rjieba the same algorithm in Rust. On whole posts the two differ (ASCII runs), on Han alone
they agree, so an engine never sees anything else. Punctuation and white space are dropped.
"""

from __future__ import annotations

import gc
import re
import warnings
from contextlib import contextmanager
from functools import cache, lru_cache
from importlib.resources import files
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from nlp.marks import CODE, EMOJI, HAN, NAME, TOPIC, URL
from storage.script import simplified, traditional

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Engine = Literal["rjieba", "jieba"]

LONGEST_PIECE = 2_000
"""Characters of one piece of Han: jieba is quadratic on one repeated character (32,000 of them take 4.6 s)."""

_WORD = r"[A-Za-z\u00c0-\u024f\u0370-\u1fff\u3041-\u30ff\uac00-\ud7a3]+(?:['’][A-Za-z]+)*"
_NUMBER = r"\d+(?:[.,:/]\d+)*%?"
_MARKS = r" ，。！？、；：“”‘’（）《》【】…·～—!?,.;"
_END, _TOKEN, _GAP = "\x00", "\x01", "\n"  # in the stream: a text's end, what is ready, what is dropped
_BATCH = 256
_LONGEST_FREQUENCY = 9  # digits; the whole of jieba's dictionary counts 60 million words
_ALL_HAN = re.compile(f"[{HAN}]+")


class DictionaryWord(NamedTuple):
    """One line of a user dictionary: the word, and its frequency where the line gives one."""

    word: str
    frequency: int | None = None


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
        own = [DictionaryWord(word.strip()) if isinstance(word, str) else word for word in words]
        mixed = []
        for word, frequency in (*domain_words(), *own):
            if _ALL_HAN.fullmatch(word):
                plain = simplified(word)
                self.engine.add(plain, max(frequency or 0, self.engine.suggest(plain)))
            elif _ALL_HAN.search(word):
                mixed.append(word)
        self._between = _between_runs(mixed)

    def cut(self, text: str) -> list[str]:
        """The words of one text, in its own spelling and order."""
        return self._cut_batch([text], _Once())[0]

    def cut_many(self, texts: Sequence[str]) -> list[list[str]]:
        """The words of each text; equal words are one object, so that a million texts fit into memory."""
        words: list[list[str]] = []
        once = _Once()
        with _uncollected():
            for start in range(0, len(texts), _BATCH):
                words += self._cut_batch(texts[start : start + _BATCH], once)
        return words

    def runs(self, texts: Sequence[str]) -> list[str]:
        """The runs of Han in these texts, which are all that the engine sees of them."""
        return [run for text in texts for run in self._between.split(text)[::2] if run]

    def _cut_batch(self, texts: Sequence[str], once: _Once) -> list[list[str]]:
        """Cut many texts with one split and one call of the engine: the calls cost more than the cutting."""
        parts = self._between.split(_END.join([text.replace(_END, " ") for text in texts]) + _END)
        tokens = [token for token in parts[1::2] if token and token != _END]
        stream = _stream(parts)
        plain = simplified(stream)
        lines = _lines(self.engine.cut(plain), len(texts))
        if plain != stream:
            pairs = zip(lines, plain.split(_END), stream.split(_END), strict=False)
            lines = [line if now == own else _respelled(line, own) for line, now, own in pairs]
        # Without a step of Python's own for each word: this loop would cost as much as the cutting.
        lines = [list(filter(None, map(once.__getitem__, line))) for line in lines]
        ready = map(once.__getitem__, tokens)
        return [line if _TOKEN not in line else _filled(line, ready) for line in lines]


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


class _Once(dict[str, str]):
    """Word → the first of all equal words; nothing for a gap."""

    def __init__(self) -> None:
        super().__init__({_GAP: ""})

    def __missing__(self, word: str) -> str:
        self[word] = word
        return word


def _filled(line: list[str], ready: Iterator[str]) -> list[str]:
    return [word if word != _TOKEN else next(ready) for word in line]


def _stream(parts: list[str]) -> str:
    """Runs of Han, with a mark between two of them that every engine gives back as it is."""
    runs, between = parts[::2], parts[1::2]
    if max(map(len, runs)) > LONGEST_PIECE:
        runs = [_in_pieces(run) for run in runs]
    parts[::2] = runs
    parts[1::2] = [_GAP if not token else _END if token == _END else _TOKEN for token in between]
    return "".join(parts)


def _in_pieces(run: str) -> str:
    return _GAP.join([run[start : start + LONGEST_PIECE] for start in range(0, len(run), LONGEST_PIECE)])


def _lines(words: list[str], n: int) -> list[list[str]]:
    """The words of each of n texts, which the engine gave in one list."""
    lines, start = [], 0
    for _ in range(n):
        end = words.index(_END, start)
        lines.append(words[start:end])
        start = end + 1
    return lines


def _respelled(words: list[str], text: str) -> list[str]:
    """Words of a text's Simplified form in its own characters."""
    return [text[start:end] for start, end in pairwise(accumulate(map(len, words), initial=0))]


def _between_runs(mixed: Iterable[str]) -> re.Pattern[str]:
    """What lies between two runs of Han; group 1 is a token that is ready, and misses for punctuation.

    Longest mixed words first, since one may begin another.
    """
    literal = [_in_any_script(word) for word in sorted(set(mixed), key=lambda word: (-len(word), word))]
    ready = "|".join([*literal, _END, URL, NAME, TOPIC, CODE, EMOJI, _WORD, _NUMBER])
    begin = "|".join([f"[^{HAN}]", *literal])
    return re.compile(rf"(?={begin})(?:[{_MARKS}]+|({ready})|.)", re.DOTALL)


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
