"""Reading what a model answered: stances that fit the schema and the codebook, or the reason why there is none."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from nlp.coders.llm.prompt import CODES, SPAN
from storage.nouns import STANCES, Stance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlp.coders.llm.prompt import Item

Unfit = Literal["unreadable", "outside", "inconsistent", "missing", "doubled"]
"""Why an answer is none: no JSON; not of the schema; against the codebook; none, or two, for this comment."""
Unasked = Literal["refused", "failed", "budget", "stopped"]
"""Why there is no answer: the server refuses the request; it failed; the budget is spent; the asking has stopped."""
Why = Unfit | Unasked

LONGEST = 200_000
"""Characters of an answer that are looked at all: fifty comments take a tenth of it."""
_KEYS = frozenset({"n", *CODES, "span", "primary"})
_FENCED = re.compile(r"\s*```(?:json)?\s*\n(.*)\n\s*```\s*", re.DOTALL)
_BESIDE, _OTHER = 0.10, 0.01


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model says of one comment.

    Attributes:
        codes: support, concern and suggestion, 0 or 1.
        primary: the one pile.
        place: where the words that hold its suggestion begin and end in the text as sent; (0, 0) where there are none.
    """

    codes: tuple[int, ...]
    primary: Stance
    place: tuple[int, int] = (0, 0)

    @property
    def scores(self) -> tuple[float, ...]:
        """Shares by stance, which say the codes and are no probabilities: .01 for a code of 0, .10 for one beside the
        primary, and the rest, .97 to .79, for the primary itself.
        """  # noqa: D205  the rule is one sentence
        coded = dict(zip(CODES, self.codes, strict=True))
        shares = [_BESIDE if coded.get(stance) else _OTHER for stance in STANCES]
        own = STANCES.index(self.primary)
        shares[own] = 1 - sum(shares) + shares[own]
        return tuple(shares)

    def to_bytes(self) -> bytes:
        """As it is kept: no word of the comment, which may have to be forgotten."""
        return json.dumps([*self.codes, self.primary.value, *self.place]).encode()


def from_bytes(kept: bytes, item: Item) -> Answer | None:
    """A kept answer to this comment; None where it is damaged."""
    try:
        *codes, primary, start, end = _strict(kept.decode())
        said = dict(zip(CODES, codes, strict=True))
        read = _checked({"n": 1, **said, "primary": primary, "span": item.text[start:end]}, item)
    except (ValueError, TypeError, RecursionError):
        return None
    return read if isinstance(read, Answer) else None


def read_answers(content: str, items: Sequence[Item]) -> list[Answer | Why]:
    """For each comment of a request its answer, or why there is none.

    Nothing is mended. Whatever does not fit the schema as a whole (prose around it, further keys, keys said twice,
    numbers of no comment) makes all answers of the request unfit.
    """
    try:
        found = _by_number(content, len(items))
    except (ValueError, RecursionError):
        return ["unreadable"] * len(items)
    if found is None:
        return ["outside"] * len(items)
    return [_the_one(found[n], item) for n, item in enumerate(items, 1)]


def _by_number(content: str, count: int) -> dict[int, list[dict[str, Any]]] | None:
    """The entries by number; None where the answer is not of the schema."""
    if len(content) > LONGEST:
        raise ValueError
    fenced = _FENCED.fullmatch(content)
    whole = _strict(fenced[1] if fenced else content)
    if not isinstance(whole, dict) or whole.keys() != {"answers"} or not isinstance(whole["answers"], list):
        return None
    found: dict[int, list[dict[str, Any]]] = {n: [] for n in range(1, count + 1)}
    for entry in whole["answers"]:
        n = entry.get("n") if isinstance(entry, dict) else None
        if type(n) is not int or n not in found:
            return None
        found[n].append(entry)
    return found


def _the_one(entries: list[dict[str, Any]], item: Item) -> Answer | Why:
    if len(entries) != 1:
        return "doubled" if entries else "missing"
    return _checked(entries[0], item)


def _checked(entry: dict[str, Any], item: Item) -> Answer | Why:
    if entry.keys() != _KEYS:
        return "outside"
    codes = tuple(entry[code] for code in CODES)
    primary, span = entry["primary"], entry["span"]
    if not all(type(code) is int and code in {0, 1} for code in codes) or not isinstance(span, str):
        return "outside"
    if not isinstance(primary, str) or primary not in STANCES:
        return "outside"
    stance = Stance(primary)
    fits = codes[CODES.index(stance)] == 1 if stance in CODES else not any(codes)
    if not fits:
        return "inconsistent"
    at = item.text.find(span) if codes[CODES.index(Stance.SUGGESTION)] and 0 < len(span) <= SPAN else -1
    return Answer(codes, stance, (at, at + len(span)) if at >= 0 else (0, 0))


def _strict(text: str) -> Any:  # noqa: ANN401  JSON holds anything
    """JSON without the liberties of Python's reader: no NaN, and no key twice in one object."""
    return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a key stands twice")
    return read


def _no_number(said: str) -> None:
    raise ValueError(said)
