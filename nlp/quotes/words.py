"""The words of reported speech, from `nlp/words/reported_zh.txt` and `reported_en.txt`."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_SECTION = re.compile(r"^\[(.+)\]$")
_IRREGULAR = {
    "man": "men",
    "woman": "women",
    "child": "children",
    "wife": "wives",
    "people": "people",
    "staff": "staff",
}


@cache
def words(language: str, section: str) -> tuple[str, ...]:
    """The words of one section, in the order of the file."""
    return _tables(language)[section]


@cache
def _tables(language: str) -> dict[str, tuple[str, ...]]:
    """Sections begin with their name in brackets; words are parted by commas; "#" opens a note."""
    tables: dict[str, tuple[str, ...]] = {}
    name = ""
    for line in (files("nlp") / "words" / f"reported_{language}.txt").read_text(encoding="utf-8").splitlines():
        if head := _SECTION.match(line):
            name = head[1]
        elif line and not line.startswith("#"):
            tables[name] = (*tables.get(name, ()), *filter(None, map(str.strip, line.split(","))))
    return tables


def any_of(listed: tuple[str, ...] | frozenset[str]) -> str:
    """A pattern that matches any of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(listed, key=lambda word: (-len(word), word)))


def plural(noun: str) -> tuple[str, ...]:
    """An English noun and its plural."""
    if noun in _IRREGULAR:
        return noun, _IRREGULAR[noun]
    if noun.endswith("man"):
        return noun, noun[:-2] + "en"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun, noun[:-1] + "ies"
    return noun, noun + ("es" if noun.endswith(("s", "ch", "sh", "x")) else "s")
