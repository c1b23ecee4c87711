"""The form in which comments are searched: what readers take as the same word is spelled the same.

Character by character: compatibility forms, case, width, accents and Traditional characters are folded, and whatever is
no letter, digit or picture becomes a space. A character of a script written without spaces (Chinese, Japanese, Korean,
Thai ...) is a sign and stands by itself; a run of other letters and digits is a word, with a space on either side of
it. So a phrase occurs in a text exactly where its form is a part of the text's form, and "fee" is not in "coffee".

An index needs less: each pair of neighbouring signs and each word falls into one of 2,048 groups. A text in which a
phrase occurs has all groups of the phrase. The few other texts that have them too are told apart by the form itself.
Groups instead of the pairs keep the index small and quick to fill, and no word can be read in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from unicodedata import category, combining, normalize

import numpy as np

from storage.search.script import simplified

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Codes = NDArray[np.uint32]

GROUP_BITS = 11
_ALL = 0x110000  # code points
_BETWEEN = "\x00"
_SPACE = ord(" ")
# Written without spaces between words: Thai and Lao, Burmese, Khmer, Hangul, kana and bopomofo, Han.
_SIGNS = (
    *((0x0E00, 0x0F00), (0x1000, 0x10A0), (0x1100, 0x1200), (0x1780, 0x1800), (0x3005, 0x3008), (0x3040, 0x3400)),
    *((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xA960, 0xA980), (0xAC00, 0xD800), (0xF900, 0xFB00), (0x20000, 0x40000)),
)
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_PAIR = (np.uint32(0x9E3779B1), np.uint32(0x85EBCA77))
_MIX = np.uint32(0xC2B2AE3D)


class Span(NamedTuple):
    """Where something stands in a text: first code point, and the one after the last."""

    start: int
    end: int


class _Forms:
    """The searched form of each character, worked out when it is first met."""

    def __init__(self) -> None:
        self.signs = np.zeros(_ALL, np.bool_)
        self._known = np.zeros(_ALL, np.bool_)
        self._pool = np.zeros(0, np.uint32)  # the forms, one after the other
        self._start, self._length = np.zeros(_ALL, np.uint32), np.zeros(_ALL, np.uint8)  # where in the pool

    def of(self, codes: Codes) -> tuple[Codes, Codes]:
        """The forms of characters, one after the other, and for each of their characters which one it is of."""
        new = codes[~self._known[codes]]
        if len(new):
            self._learn(np.unique(new))
        length = self._length[codes]
        which = np.repeat(np.arange(len(codes), dtype=np.uint32), length)
        within = np.arange(len(which), dtype=np.uint32) - (np.cumsum(length, dtype=np.uint32) - length)[which]
        return self._pool[self._start[codes][which] + within], which

    def silent(self, codes: Codes) -> NDArray[np.bool_]:
        """Which of these characters have an empty form: accents, joiners, skin tones. All have been met before."""
        silent: NDArray[np.bool_] = self._length[codes] == 0
        return silent

    def _learn(self, codes: Codes) -> None:
        forms = [_form(chr(code)) if code else _BETWEEN for code in codes.tolist()]
        lengths = np.array([len(form) for form in forms], np.uint32)
        self._known[codes], self._length[codes] = True, lengths
        self._start[codes] = len(self._pool) + np.cumsum(lengths) - lengths
        met = "".join(forms)
        self._pool = np.append(self._pool, _array(met))
        self.signs[[ord(char) for char in set(met) if _is_sign(char)]] = True


def _form(char: str) -> str:
    form = "".join([one if _is_sign(one) or _is_letter(one) else " " for one in _folded(char)])
    return f" {form} " if len(form) > 1 and category(char) == "So" else form  # ㎡ is no part of the number before it


def _is_letter(char: str) -> bool:
    return char.isalnum() or category(char)[0] == "M"


def _is_sign(char: str) -> bool:
    inside = any(low <= ord(char) < high for low, high in _SIGNS)
    return category(char) == "So" or (inside and _is_letter(char))


def _folded(char: str) -> str:
    if category(char) == "Cf" or ord(char) in _SKIN_TONES:
        return ""
    apart = "".join(one for one in normalize("NFKD", char) if not _is_mark(one))
    return simplified(normalize("NFKC", normalize("NFKC", apart).casefold()))


def _is_mark(char: str) -> bool:
    """Accents, enclosing marks and variation selectors; vowel signs, which tell words apart, are kept."""
    return combining(char) > 0 or category(char) == "Me" or "\ufe00" <= char <= "\ufe0f"


_forms = _Forms()


def _joined(texts: Sequence[str]) -> Codes:
    """The characters of all texts, NUL before, between and after them."""
    joined = _BETWEEN.join(texts)
    if joined.count(_BETWEEN) != len(texts) - 1:
        joined = _BETWEEN.join([text.replace(_BETWEEN, " ") for text in texts])
    return _array(f"{_BETWEEN}{joined}{_BETWEEN}")


def _array(text: str) -> Codes:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _strings(codes: Codes) -> list[str]:
    text: str = codes.tobytes().decode("utf-32-le", "surrogatepass")
    return text.split(_BETWEEN)[1:-1]


def _spaced(codes: Codes, origin: Codes) -> tuple[Codes, Codes]:
    """One space where there are several, one on each side of a word, and none at a text's end but beside a word.

    `origin` goes along: where in its text each character comes from.
    """
    space = codes == _SPACE
    once = np.append(True, ~(space[1:] & space[:-1]))
    codes, origin = codes[once], origin[once]
    word = _is_word(codes)
    edges = np.flatnonzero((word[1:] != word[:-1]) & (codes[1:] != _SPACE) & (codes[:-1] != _SPACE)) + 1
    codes, origin = np.insert(codes, edges, _SPACE), np.insert(origin, edges, 0)
    end, word = codes == 0, _is_word(codes)
    bare = (codes[1:-1] == _SPACE) & ((end[:-2] & ~word[2:]) | (end[2:] & ~word[:-2]))
    kept = np.concatenate(([True], ~bare, [True]))
    return codes[kept], origin[kept]


def _is_word(codes: Codes) -> NDArray[np.bool_]:
    return (codes > _SPACE) & ~_forms.signs[codes]


def searched(texts: Sequence[str]) -> list[str]:
    """The searched form of each text, in one pass over all of them."""
    return searched_and_grouped(texts)[0]


def searched_and_grouped(texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """The searched form of each text, and its groups: a character for each, spaces between."""
    if not len(texts):
        return [], []
    codes, _ = _spaced(*_forms.of(_joined(texts)))
    return _strings(codes), _strings(_groups(codes))


def grouped(forms: Sequence[str]) -> list[str]:
    """The groups of searched forms, as `searched_and_grouped` gives them."""
    if not len(forms):
        return []
    codes, _ = _forms.of(_joined(forms))  # which are the same again; but all of them are known now
    return _strings(_groups(codes))


def _groups(codes: Codes) -> Codes:
    """Each text's groups as characters, each with a space behind it; NUL before, between and after the texts."""
    groups = np.zeros(len(codes), np.uint32)
    sign, word = _forms.signs[codes], _is_word(codes)
    pairs = np.flatnonzero(sign[:-1] & sign[1:])
    groups[pairs] = _group(codes[pairs] * _PAIR[0] ^ codes[pairs + 1] * _PAIR[1])
    begins = np.flatnonzero(word[1:] & ~word[:-1]) + 1
    if len(begins):
        groups[begins] = _group(_word_sums(codes, word, begins))
    kept = groups[(groups > 0) | (codes == 0)]
    spaced = np.column_stack([kept, np.full_like(kept, _SPACE)]).ravel()
    joined: Codes = spaced[np.column_stack([kept >= 0, kept > 0]).ravel()]
    return joined


def _group(mixed: Codes) -> Codes:
    """A letter that stands for the group: Han, which every tokenizer takes for one."""
    mixed = (mixed ^ (mixed >> np.uint32(15))) * _MIX
    return np.uint32(0x4E00) + (mixed >> np.uint32(32 - GROUP_BITS))


def _word_sums(codes: Codes, word: NDArray[np.bool_], begins: NDArray[np.int64]) -> Codes:
    """One number for each word, in which the places of its letters count."""
    letters = codes[word]
    lengths = np.diff(np.append(np.cumsum(word)[begins] - 1, len(letters)))
    place = np.arange(len(letters)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    powers: Codes = np.cumprod(np.full(int(lengths.max()), _PAIR[0], np.uint32), dtype=np.uint32)
    starts = np.cumsum(lengths) - lengths
    sums: Codes = np.add.reduceat(letters * powers[place], starts, dtype=np.uint32)
    return sums


def occurrences(text: str, phrases: Sequence[str]) -> list[Span]:
    """Where phrases (searched forms) occur in a text, in its order; what overlaps or touches is one span."""
    of_text = _joined([text])
    codes, origin = _spaced(*_forms.of(of_text))
    form, silent = _strings(codes)[0], _forms.silent(of_text)
    spans: list[Span] = []
    for start, end in sorted(_span(origin, at, phrase) for phrase in phrases for at in _places(form, phrase)):
        while silent[end + 1]:  # what clings to the last character; `silent` begins with the NUL before the text
            end += 1  # noqa: PLW2901
        if spans and start <= spans[-1].end:
            spans[-1] = Span(spans[-1].start, max(end, spans[-1].end))
        else:
            spans.append(Span(start, end))
    return spans


def _places(form: str, phrase: str) -> list[int]:
    places, at = [], form.find(phrase)
    while at >= 0:
        places.append(at)
        at = form.find(phrase, at + 1)
    return places


def _span(origin: Codes, at: int, phrase: str) -> Span:
    """From the first character of a phrase to the last, with the accents that follow; a NUL stands before all."""
    first = at + 1 + phrase.startswith(" ")
    after = at + 1 + len(phrase) - phrase.endswith(" ")
    return Span(int(origin[first]) - 1, int(origin[after - 1]))
