"""Dates as Chinese texts write them: 2026年3月9日, 3月9日, 9日, 下月1日, 下周一, 明日, 二〇二六年三月."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nlp.acts.days import Almanac, Day

_HAN_DIGITS = {**{han: value for value, han in enumerate("零一二三四五六七八九")}, "〇": 0, "○": 0, "两": 2}
_YEAR = r"(?:19|20|21)\d\d|[一二][〇○零一二三四五六七八九]{3}"
_SMALL = r"\d{1,2}|[一二三]?十[一二三四五六七八九]?|[一二三四五六七八九]"
_MONTH = rf"{_SMALL}|元"
_WEEKDAY = r"[（(](?:星期|周)[一二三四五六日天][）)]"

DATE = re.compile(
    rf"""
    (?<![\d.])(?P<iso>(?:19|20)\d\d([-/.])\d{{1,2}}\2\d{{1,2}})(?![\d])
  | (?:(?<![\d])(?P<year>{_YEAR})\s?年|(?P<near_year>[今明去前后]年)的?)
    (?:\s?(?P<month>{_MONTH})\s?月(?:份|\s?(?P<day>{_SMALL})\s?[日号]|[底末初]|[上中下]旬)?)?
  | (?<![\d农历闰个十公])(?P<only_month>{_MONTH})\s?月(?:份|\s?(?P<only_day>{_SMALL})\s?[日号]|[底末初]|[上中下]旬)?
  | (?P<near_month>[本上下]个?月)(?:(?P<near_day>{_SMALL})[日号]|[底末初]|[上中下]旬)?
  | (?<![\d第星期周月.])(?P<bare>\d{{1,2}})日(?![内后前游均常元间夜])
  | (?P<week>[上下本这]个?(?:周|星期)|(?<![一每两几半多])(?:周|星期))(?P<weekday>[一二三四五六日天])(?![次年个天])
  | (?<![目之以此当天日])(?P<word>[今昨明前后][日天]|昨晚|今晚|今晨|今早|即日)(?!头条|之星)
    """,
    re.VERBOSE,
)
AFTER = re.compile(_WEEKDAY)
_SHIFT = {"前": -2, "去": -1, "昨": -1, "上": -1, "今": 0, "即": 0, "本": 0, "这": 0, "明": 1, "下": 1, "后": 2}
_WEEK = "一二三四五六日"


def day_of(found: re.Match[str], almanac: Almanac, *, tense: int) -> Day | None:
    """The day that a match of `DATE` means, None where it cannot be told."""
    if found["iso"]:
        return almanac.full(*map(int, re.split("[-/.]", found["iso"])))
    if found["year"]:
        return almanac.full(_year(found["year"]), _number(found["month"]), _number(found["day"]))
    if found["near_year"]:
        return almanac.in_year(_SHIFT[found["near_year"][0]], _number(found["month"]), _number(found["day"]))
    if month := _number(found["only_month"]):
        return almanac.yearless(month, _number(found["only_day"]), tense=tense)
    return _relative(found, almanac)


def _relative(found: re.Match[str], almanac: Almanac) -> Day | None:
    if found["near_month"]:
        return almanac.in_month(_SHIFT[found["near_month"][0]], _number(found["near_day"]))
    if found["bare"]:
        return almanac.bare(int(found["bare"]))
    if found["weekday"]:
        weekday = _WEEK.index(found["weekday"].replace("天", "日"))
        return almanac.in_week(weekday, _SHIFT.get(found["week"][0], 0))
    if found["word"]:
        return almanac.shifted(_SHIFT[found["word"][0]])
    return None


def _year(written: str) -> int:
    return int("".join(str(_HAN_DIGITS.get(digit, digit)) for digit in written))


def _number(written: str | None) -> int | None:
    """一 to 三十一, or digits; 元月 is the first month."""
    if not written or written == "元":
        return 1 if written else None
    if written.isdigit():
        return int(written)
    tens, ten, ones = written.rpartition("十")
    return (_HAN_DIGITS[tens] if tens else 1) * 10 * bool(ten) + (_HAN_DIGITS[ones] if ones else 0)
