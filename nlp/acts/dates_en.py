"""Dates as English texts write them: 16 March 2026, March 16, 2026-03-16, March 2026, next Monday, tomorrow."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nlp.acts.days import Almanac, Day

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTH = (
    r"(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?|Aug(?:ust|\.)?|Sept?(?:ember|\.)?"
    r"|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)(?![A-Za-z])"
)
_WEEKDAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_YEAR = r"(?:19|20|21)\d\d"

DATE = re.compile(
    rf"""
    \b(?P<iso>(?:19|20)\d\d-\d\d-\d\d)\b
  | (?:\b{_WEEKDAY},?\s+)?(?:the\s+)?(?<![\d.,])\b(?P<day1>{_DAY})\s+(?:of\s+)?(?P<month1>{_MONTH})
    (?:,?\s+(?P<year1>{_YEAR})\b)?
  | (?:\b{_WEEKDAY},?\s+)?\b(?P<month2>{_MONTH})\s+(?P<day2>{_DAY})\b(?![:.]\d)(?:,?\s+(?P<year2>{_YEAR})\b)?
  | \b(?P<near_month>[Ll]ast|[Nn]ext|[Tt]his)\s+(?P<month3>{_MONTH})
  | \b(?P<month4>{_MONTH}),?\s+(?P<year4>{_YEAR})\b
  | (?<=\b[Ii]n\s)(?P<month5>{_MONTH})|(?<=\b[Uu]ntil\s)(?P<month6>{_MONTH})|(?<=\b[Ff]rom\s)(?P<month7>{_MONTH})
  | \b(?P<near>[Ll]ast|[Nn]ext|[Tt]his)\s+(?P<unit>{_WEEKDAY}|week|month|year)\b
  | \b(?P<weekday>{_WEEKDAY})\b
  | (?<=\b[Ii]n\s)(?P<year5>{_YEAR})\b|(?<=\b[Ff]rom\s)(?P<year6>{_YEAR})\b
  | \b(?P<word>[Tt]oday|[Yy]esterday|[Tt]omorrow)\b
    """,
    re.VERBOSE,
)
AFTER = re.compile(rf"\s*\({_WEEKDAY}\)")
_SHIFT = {"last": -1, "this": 0, "next": 1, "yesterday": -1, "today": 0, "tomorrow": 1}


def day_of(found: re.Match[str], almanac: Almanac, *, tense: int) -> Day | None:
    """The day that a match of `DATE` means, None where it cannot be told."""
    if found["iso"]:
        return almanac.full(*map(int, found["iso"].split("-")))
    month, day, year = _written(found)
    if year:
        return almanac.full(year, month, day)
    if month:
        return _month(found["near_month"], month, day, almanac, tense=tense)
    return _relative(found, almanac, tense=tense)


def _written(found: re.Match[str]) -> tuple[int | None, int | None, int | None]:
    month = next((found[f"month{n}"] for n in range(1, 8) if found[f"month{n}"]), None)
    day = found["day1"] or found["day2"]
    year = next((found[f"year{n}"] for n in (1, 2, 4, 5, 6) if found[f"year{n}"]), None)
    return (
        _MONTHS.index(month[:3].lower()) + 1 if month else None,
        int(re.sub(r"\D", "", day)) if day else None,
        int(year) if year else None,
    )


def _month(near: str | None, month: int, day: int | None, almanac: Almanac, *, tense: int) -> Day | None:
    """March, 16 March, last March: "this March" is the one of this year."""
    if not near or almanac.today is None:
        return almanac.yearless(month, day, tense=tense)
    today = almanac.today
    shift = {"last": -(today.month <= month), "next": int(today.month >= month), "this": 0}[near.lower()]
    return almanac.in_year(shift, month)


def _relative(found: re.Match[str], almanac: Almanac, *, tense: int) -> Day | None:
    if found["word"]:
        return almanac.shifted(_SHIFT[found["word"].lower()])
    if found["weekday"]:
        return almanac.weekday(_weekday(found["weekday"]), tense=tense)
    return _near(found["near"].lower(), found["unit"], almanac) if found["near"] else None


def _near(near: str, unit: str, almanac: Almanac) -> Day | None:
    """Last month, next year, next Monday; a week is no day."""
    if unit in {"month", "year"}:
        return almanac.in_month(_SHIFT[near]) if unit == "month" else almanac.in_year(_SHIFT[near])
    if unit == "week":
        return None
    weekday = _weekday(unit)
    return _last(weekday, almanac) if near == "last" else almanac.in_week(weekday, _SHIFT[near])


def _last(weekday: int, almanac: Almanac) -> Day | None:
    """Last Friday is the one before today, in this week or the one before."""
    if almanac.today is None:
        return None
    return almanac.shifted(-((almanac.today.weekday() - weekday - 1) % 7 + 1))


def _weekday(written: str) -> int:
    return _WEEKDAYS.index(written[:3].lower())
