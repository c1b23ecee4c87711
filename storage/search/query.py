"""What a person asks for, read: words that must all occur, "phrases in quotes", and -words that must not."""

from __future__ import annotations

import re
from dataclasses import dataclass

from storage.errors import UsageError
from storage.search.words import searched
from storage.text import clean

LONGEST_QUERY = 1_000
_QUOTES = str.maketrans(dict.fromkeys("“”„‟＂「」『』«»", '"'))
_PART = re.compile(r'(?P<without>(?<!\S)[-－])?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')


@dataclass(frozen=True, slots=True)
class Query:
    """A query in searched forms.

    Attributes:
        phrases: what must occur, each as it is written; at least one.
        without: what must not occur.
    """

    phrases: tuple[str, ...]
    without: tuple[str, ...]


def read_query(text: str) -> Query:
    """The query that a person typed.

    Raises:
        UsageError: it is too long, or names nothing that a comment could hold.
    """
    if len(text) > LONGEST_QUERY:
        raise UsageError(f"the query has {len(text):,} characters", remedy=f"search for at most {LONGEST_QUERY:,}")
    parts = list(_PART.finditer(clean(text).translate(_QUOTES)))
    forms = searched([part["phrase"] or part["word"] or "" for part in parts])
    wanted = dict.fromkeys(form for part, form in zip(parts, forms, strict=True) if form and not part["without"])
    without = dict.fromkeys(form for part, form in zip(parts, forms, strict=True) if form and part["without"])
    if not wanted:
        remedy = "name at least one word, number or emoji that comments should hold; punctuation is not searched"
        raise UsageError("there is nothing to search for", remedy=remedy)
    return Query(tuple(wanted), tuple(without))
