"""Words: an own pre-tokeniser takes out what is not Han, and an engine cuts the runs of Han that are left.

jieba is the reference and rjieba the same algorithm in Rust. On whole posts the two differ (ASCII runs), on Han alone
they agree, so an engine never sees anything else. Punctuation and white space are dropped.
"""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from importlib.resources import files
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from nlp.fold import simplified
from nlp.marks import CODE, EMOJI, HAN, NAME, TOPIC, URL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Engine = Literal["rjieba", "jieba"]

LONGEST_PIECE = 2_000
"""Characters of one piece of Han: jieba is quadratic on one repeated character (32,000 of them take 4.6 s)."""

_WORD = r"[A-Za-z\u00c0-\u024f\u0370-\u1fff\u3041-\u30ff\uac00-\ud7a3]+(?:['’][A-Za-z]+)*"
_NUMBER = r"\d+(?:[.,:/]\d+)*%?"
_MARKS = r" ，。！？、；：“”‘’（）《》【】…·～—!?,.;"
_END = "\x00"
_BATCH = 256
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
            words.append(DictionaryWord(word, int(rest[0]) if rest and rest[0].isdecimal() else None))
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
        self._engine: _Cutter = _Rjieba() if engine == "rjieba" else _Jieba()
        own = [DictionaryWord(word.strip()) if isinstance(word, str) else word for word in words]
        mixed = []
        for word, frequency in (*domain_words(), *own):
            if _ALL_HAN.fullmatch(word):
                plain = simplified(word)
                self._engine.add(plain, max(frequency or 0, self._engine.suggest(plain)))
            elif _ALL_HAN.search(word):
                mixed.append(word)
        self._between = _between_runs(mixed)

    def cut(self, text: str) -> list[str]:
        """The words of one text, in its own spelling and order."""
        return self._cut_batch([text])[0]

    def cut_many(self, texts: Sequence[str]) -> list[list[str]]:
        """The words of each text; equal words are one object, so that a million texts fit into memory."""
        words: list[list[str]] = []
        once: dict[str, str] = {}
        for start in range(0, len(texts), _BATCH):
            cut = self._cut_batch(texts[start : start + _BATCH])
            words += [[once.setdefault(word, word) for word in line] for line in cut]
        return words

    def _cut_batch(self, texts: Sequence[str]) -> list[list[str]]:
        """Cut many texts with one call of the engine: the calls cost more than the cutting."""
        parts = self._between.split(_END.join([text.replace(_END, " ") for text in texts]))
        if max(map(len, parts[::2])) > LONGEST_PIECE:
            parts = _in_pieces(parts)
        stream, ready = "\n".join(parts[::2]), iter(parts[1::2])
        done: list[list[str]] = []
        words: list[str] = []
        for word in self._cut_stream(stream):
            if word != "\n":
                words.append(word)
            elif token := next(ready):
                if token == _END:
                    done.append(words)
                    words = []
                else:
                    words.append(token)
        return [*done, words]

    def _cut_stream(self, stream: str) -> list[str]:
        plain = simplified(stream)
        words = self._engine.cut(plain)
        if plain == stream:
            return words
        return [stream[start:end] for start, end in pairwise(accumulate(map(len, words), initial=0))]


def _between_runs(mixed: Iterable[str]) -> re.Pattern[str]:
    """What lies between two runs of Han; group 1 is a token that is ready, and misses for punctuation.

    Longest mixed words first, since one may begin another.
    """
    literal = [re.escape(word) for word in sorted(set(mixed), key=lambda word: (-len(word), word))]
    ready = "|".join([*literal, _END, URL, NAME, TOPIC, CODE, EMOJI, _WORD, _NUMBER])
    begin = "|".join([f"[^{HAN}]", *literal])
    return re.compile(rf"(?={begin})(?:[{_MARKS}]+|({ready})|.)", re.DOTALL)


def _in_pieces(parts: list[str]) -> list[str]:
    """Runs and what lies between them, with nothing put between the pieces of a run that is too long."""
    pieces: list[str] = []
    for run, between in zip(parts[::2], [*parts[1::2], ""], strict=True):
        cuts = [run[start : start + LONGEST_PIECE] for start in range(0, len(run), LONGEST_PIECE)] or [""]
        for piece in cuts:
            pieces += [piece, ""]
        pieces[-1] = between
    return pieces[:-1]


@lru_cache(maxsize=4)
def segmenter(words: tuple[str, ...] = (), engine: Engine = "rjieba") -> Segmenter:
    """A segmenter for these words, loaded once."""
    return Segmenter(words, engine)


def is_word(token: str) -> bool:
    """Whether a token is a word: not an address, a name, a code, a number or a picture."""
    return token[:1].isalpha() and not token.startswith(("http://", "https://", "www."))
