"""The language of an article: by script first, by the page's own word for Latin text."""

from __future__ import annotations

import re

_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_KANA = re.compile("[\u3041-\u30fa]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_LETTER = re.compile(r"[^\W\d_]")
_LATIN_WORD = re.compile(r"[a-zA-Z']+")
_ENGLISH = frozenset(
    ["the", "of", "and", "to", "in", "is", "that", "for", "it", "was", "with", "as", "be", "are", "on"]
)
_CODE = re.compile(r"[a-zA-Z]{2,3}(?![a-zA-Z])")
_SAMPLE = 4_000
_HAN_SHARE = 0.2
_KANA_SHARE = 0.1
_ENGLISH_SHARE = 0.12
_LEAST_LATIN = 40


def is_chinese(text: str) -> bool:
    """Whether the text is written in Chinese: Han characters enough, and hardly any kana."""
    return language_of(text) == "zh"


def language_of(text: str, declared: str = "") -> str:
    """A two-letter code, or empty where it cannot be told.

    Args:
        text: the article's text; its first 4,000 characters are looked at.
        declared: what the page says (`<html lang>`); believed only for text in Latin or another alphabet.
    """
    sample = text[:_SAMPLE]
    letters = len(_LETTER.findall(sample))
    if not letters:
        return ""
    if len(_KANA.findall(sample)) > _KANA_SHARE * letters:
        return "ja"
    if len(_HANGUL.findall(sample)) > _HAN_SHARE * letters:
        return "ko"
    if len(_HAN.findall(sample)) > _HAN_SHARE * letters:
        return "zh"
    if _is_english(sample):
        return "en"
    code = _CODE.match(declared)
    return code[0].lower() if code and code[0].lower() != "zh" else ""


def _is_english(sample: str) -> bool:
    words = _LATIN_WORD.findall(sample.lower())
    common = sum(word in _ENGLISH for word in words)
    return len(sample) >= _LEAST_LATIN and common > _ENGLISH_SHARE * len(words)
