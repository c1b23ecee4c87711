"""The language of a comment by its script alone: no model, no download, the same answer every time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from nlp.marks import HAN, without_marks

if TYPE_CHECKING:
    from collections.abc import Iterable

Script = Literal["zh", "en", "other", ""]

_HAN = re.compile(f"[{HAN}]")
_LATIN_WORD = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]+(?:['’][A-Za-z]+)?")
_ACCENTED = re.compile("[\u00c0-\u024f\u1e00-\u1eff]")
_OTHER_LETTER = re.compile(f"[^\\W\\d_A-Za-z\u00c0-\u024f\u1e00-\u1eff{HAN}]")

# English keeps its accents for loan words; Vietnamese, Polish or Turkish have them in most words.
_MOST_ACCENTED = 0.25
# A few kana are decoration in Chinese posts ("の"); Japanese prose has about as many kana as Han.
_MOST_KANA = 1 / 3


def language_of(text: str) -> Script:
    """`zh`, `en`, `other`, or `""` for a text without letters, once addresses, names and emoji codes are gone.

    Han characters weigh against Latin words, since each is about one word: "iPhone SE真香" is Chinese.
    """
    text = without_marks(text)
    if text.isascii():
        return "en" if _LATIN_WORD.search(text) else ""
    han, words = len(_HAN.findall(text)), _LATIN_WORD.findall(text)
    foreign = len(_OTHER_LETTER.findall(text))
    if foreign > _MOST_KANA * han and foreign > len(words):
        return "other"
    if han and han >= len(words):
        return "zh"
    if not words:
        return ""
    accented = sum(1 for word in words if _ACCENTED.search(word))
    return "en" if accented <= _MOST_ACCENTED * len(words) else "other"


def language_of_many(texts: Iterable[str]) -> list[Script]:
    """The language of each text; see `language_of`."""
    return [language_of(text) for text in texts]
