"""Where reported speech begins behind an English verb of saying."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlp.quotes.clauses_en import ACCUSED, AT_ONCE, COLON, FEELING, LISTENER, SETS, THAT, TO_DO

if TYPE_CHECKING:
    import re


def content_start(plain: str, verb: re.Match[str], end: int, *, quoted: bool) -> int | None:
    """Where reported speech begins behind a verb, in a sentence that ends at `end`; None where the verb reports none.

    A sentence that is `quoted` has its words between marks: only "that" or a colon leads to more.
    """
    at, word = verb.end(), verb[0]
    if colon := COLON.match(plain, at, end):
        return colon.end()
    if word in SETS["expressing"]:
        feeling = FEELING.match(plain, at, end)
        at = feeling.end() if feeling else end
    elif word in SETS["telling"] and (listener := LISTENER.match(plain, at, end)):
        at = listener.end()
    if word.startswith("accus"):
        accused = ACCUSED.match(plain, at, end)
        return accused.end() if accused else None
    if word in SETS["request"] and (to_do := TO_DO.match(plain, verb.end(), end)):
        return to_do.end()
    if that := THAT.match(plain, at, end):
        return that.end()
    if quoted or word in SETS["weak"] or word in SETS["expressing"] or (word in SETS["telling"] and at == verb.end()):
        return None
    at_once = AT_ONCE.match(plain, at, end)
    return at_once.end() if at_once else None
