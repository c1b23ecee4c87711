"""Folding: one spelling for texts that readers take as the same. For matching only, never stored or shown.

NFKC, lower case, Simplified characters, one space for any white space, one mark for a run of the same mark.
Addresses become "[url]" and @names "[at]", because copies of one post differ in those; topics lose their "#".
"""

from __future__ import annotations

import re
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from nlp.fold_table import FoldTable, fold_by, fold_table
from nlp.marks import HAN, NAMES, URLS
from storage.search.script import simplified, traditional
from storage.text import normal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

__all__ = ["fold", "fold_keys", "fold_many", "keys_of", "simplified", "traditional"]

_BETWEEN = "\x00"  # the text door lets none through; a stray one is folded to a space first
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]+"
)
_WIDE = rf"{HAN}\u3000-\u30ff"
# What NFKC would make of the wide marks of Chinese typing; done first by plain replacement.
_COMMON_WIDE = (*((mark, chr(ord(mark) - 0xFEE0)) for mark in "，！？：；（）～＃＠"), ("…", "..."), ("\u3000", " "))
# A space beside Han says nothing; after "@" it keeps the following word from becoming a name.
_BESIDE_HAN = re.compile(rf" (?:(?<!@ )(?=[{_WIDE}])|(?<=[{_WIDE}] ))")
# Not ":" and "/", which would make or break an address.
_REPEATED = re.compile(r"([^\w\s\x00:/])\1+")
_MANY = 1_000  # texts from which on the table is worth its making, 0.1 s


def _each(joined: str, change: Callable[[str], str]) -> str:
    """A joined batch changed text by text: some work is quicker on many short strings than on a long one."""
    return _BETWEEN.join(map(change, joined.split(_BETWEEN)))


def _compatible(text: str) -> str:
    return normal(text, "NFKC")


def _one_space(text: str) -> str:
    return " ".join(text.split())


def _same_letters(joined: str) -> str:
    """Width, case and script variants removed; NFKC twice, because lower case can bring new compositions."""
    joined = _INVISIBLE.sub("", joined)
    for wide, narrow in _COMMON_WIDE:
        joined = joined.replace(wide, narrow)
    return simplified(_each(_each(joined, _compatible).casefold(), _compatible))


def _same_marks(text: str) -> str:
    if "://" in text or "www." in text:
        text = URLS.sub(" [url] ", text)
    if "@" in text:
        text = NAMES.sub(" [at] ", text)
    text = _REPEATED.sub(r"\1", text.replace("#", " "))
    return _BESIDE_HAN.sub("", _each(text, _one_space))


@cache
def _table() -> FoldTable:
    return fold_table(_same_letters, _REPEATED, _WIDE)


def _long_way(texts: Sequence[str]) -> list[str]:
    """The folded form of each text, none of which holds NUL; a thousand are folded as one string."""
    folds: list[str] = []
    for start in range(0, len(texts), _MANY):
        joined = _BETWEEN.join(texts[start : start + _MANY])
        folds += _same_marks(_same_letters(joined)).split(_BETWEEN)
    return folds


def fold_many(texts: Sequence[str]) -> list[str]:
    """The folded form of each text; many at once are several times faster than one by one."""
    if any(_BETWEEN in text for text in texts):
        texts = [text.replace(_BETWEEN, " ") for text in texts]
    if len(texts) <= _MANY:
        return _long_way(texts)
    folds, odd = fold_by(_table(), texts)
    for index, folded in zip(odd, _long_way([texts[index] for index in odd]), strict=True):
        folds[index] = folded
    return folds


def fold(text: str) -> str:
    """The folded form of one text."""
    return fold_many([text])[0]


def fold_keys(texts: Sequence[str]) -> NDArray[np.int64]:
    """One 64-bit key per text: BLAKE2b of the folded text, so texts that fold alike share a key.

    Returns:
        int64, shape (len(texts),). By chance, two of ten million distinct texts meet with probability 3e-6.
    """
    return keys_of(fold_many(texts))


def keys_of(folds: Sequence[str]) -> NDArray[np.int64]:
    """The keys of texts that are folded already."""
    if not len(folds):
        return np.empty(0, np.int64)
    digests = []
    for start in range(0, len(folds), _MANY):
        lines = _BETWEEN.join(folds[start : start + _MANY]).encode("utf-8", "surrogatepass").split(b"\x00")
        digests.append(b"".join([blake2b(line, digest_size=8).digest() for line in lines]))
    return np.frombuffer(b"".join(digests), "<i8").astype(np.int64)
