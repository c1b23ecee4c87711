"""One field of an answer, read as what it should be: another shape there is as good as nothing, never an error."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from scrapers.times import is_future, parse_time
from storage.text import clean_line

if TYPE_CHECKING:
    from scrapers.protocol import Query
    from storage.nouns import Precision

_MOST_DIGITS = 18  # what a 64-bit integer surely holds
_LONGEST_ID = 100
_SURROGATE = re.compile("[\ud800-\udfff]")


class Dated(NamedTuple):
    """When something was published (UTC milliseconds), what stood there, and how exactly it says so."""

    ms: int | None
    raw: str
    precision: Precision | None


def at(value: object, *names: str) -> object:
    """What stands at a path of names, or None."""
    for name in names:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def words(value: object) -> str:
    """A text; empty for anything else. Half a character, which JSON can name and no encoding can write, is left out."""
    if not isinstance(value, str):
        return ""
    return value if value.isascii() else _SURROGATE.sub("", value)


def whole(value: object) -> int | None:
    """A count, written as a number or in digits; None where there is none, and for one below zero."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= _MOST_DIGITS:
        return int(value)
    return value if isinstance(value, int) and type(value) is int and 0 <= value < 10**_MOST_DIGITS else None


def identity(value: object) -> str:
    """An id as a string, whether the service writes it as a number or as one word; empty for anything else."""
    if isinstance(value, int):
        number = whole(value)
        return "" if number is None else str(number)
    word = words(value).strip()
    return word if word.isprintable() and " " not in word and len(word) <= _LONGEST_ID else ""


def dated(value: object, query: Query) -> Dated:
    """The time a field names, if it is one that can be believed, with what stood there."""
    raw = value if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
    moment = parse_time(raw, zone=query.zone, reference=query.reference)
    believed = moment if moment and not is_future(moment, query.reference) else None
    return Dated(believed.ms if believed else None, clean_line(str(raw)), believed.precision if believed else None)


def not_after(ms: int, query: Query) -> int:
    """A time, but for one to come the run's own: a service's slip must not hide what comes until then."""
    return min(ms, int(query.reference.timestamp() * 1000))


def tagged(tag: str) -> dict[str, Any]:
    """What a collector wrote into an ask's tag or a cursor as a JSON object; empty where it did not."""
    try:
        value = json.loads(tag or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
