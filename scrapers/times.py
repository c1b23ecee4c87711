"""Times as people, platforms and spreadsheets write them, read as UTC milliseconds with their precision.

Conventions
- A time without a zone is local to the study. Where clocks jump forward, a time that never was moves forward with them;
  where they fall back, the first of the two hours is meant.
- A day, month or year begins at local midnight of its first day.
- Relative times ("昨天 10:05", "3 hours ago") and dates without a year need the reference: when page or file was taken.
- `2/3/2024` could be March or February: it is unknown unless the caller says which comes first, or a number above 12.
- A weekday tells the year where that is missing ("Sat Nov 16 22:38:31": exports cut Weibo's times to 20 characters).
- Two digits before a month ("24-2-21", as Chinese platforms write) are a year of this century.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import isleap
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from storage.nouns import Precision

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = _EPOCH.replace(tzinfo=None)
_MILLISECOND = timedelta(milliseconds=1)
_SHEET_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  day 0 of spreadsheets, which know no zones
_LONGEST = 120
_PRECISION_OF_LENGTH: dict[int, Precision] = {7: "month", 8: "day", 10: "day", 13: "hour", 16: "minute"}
_FIRST = (1, 1, 1, 0, 0, 0)
_COMPACT: dict[int, Precision] = {4: "year", 6: "month", 8: "day", 12: "minute", 14: "second"}
_MS_PER_UNIT = {9: 1000, 10: 1000, 11: 1000, 12: 1, 13: 1, 14: 1, 16: 1e-3, 17: 1e-3, 19: 1e-6, 20: 1e-6}
_FINE = frozenset({"hour", "minute", "second"})


class Moment(NamedTuple):
    """Milliseconds since 1970 in UTC, and how exactly the text said it."""

    ms: int
    precision: Precision


EARLIEST_MS = -2_208_988_800_000  # 1900-01-01
LATEST_MS = 7_258_118_400_000  # 2200-01-01


def parse_time(
    raw: str | float, *, zone: ZoneInfo, reference: datetime | None = None, day_first: bool | None = None
) -> Moment | None:
    """The moment a text or number names, or None where it names none; never raises.

    Args:
        raw: a text, or an epoch number (9 to 11 digits: seconds, 12 to 14: milliseconds, then micro- and nanoseconds).
        zone: the study's zone, for texts that name none.
        reference: an aware datetime that relative forms count from; without it they are unknown.
        day_first: whether `2/3/2024` means 2 March (True), February 3 (False) or is unknown (None).
    """
    try:
        if not isinstance(raw, str):
            return _believed(_of_number(raw, zone))
        moment = _iso(raw, zone) if raw[4:5] == "-" else None
        return _believed(moment or _of_text(raw, zone, reference, day_first))
    except (ValueError, OverflowError):
        return None


def _believed(moment: Moment | None) -> Moment | None:
    """A year in which something can have been said about a change; others are slips of a program."""
    return moment if moment is not None and EARLIEST_MS <= moment.ms < LATEST_MS else None


def date_order(samples: list[str]) -> bool | None:
    """Whether slashed dates of one column put the day first; None where no sample decides or they disagree."""
    pairs = [(int(found[1]), int(found[2])) for sample in samples if (found := _NUMBERS_FIRST.match(sample.strip()))]
    day, month = any(first > 12 for first, _ in pairs), any(second > 12 for _, second in pairs)  # noqa: PLR2004
    return None if day == month else day


def is_future(moment: Moment, reference: datetime) -> bool:
    """Whether the moment lies more than a day after the reference: no comment is written before its time."""
    return moment.ms > latest_ms(reference)


def latest_ms(reference: datetime) -> int:
    """The last millisecond that is believed: a day after the reference, since clocks and zones differ."""
    return _ms(reference + timedelta(days=1))


# -- the common forms, first ------------------------------------------------------------------------------------------


def _iso(raw: str, zone: ZoneInfo) -> Moment | None:
    try:
        when = datetime.fromisoformat(raw)
    except ValueError:
        return None
    if when.tzinfo is not None:
        return Moment(_ms(when), "second" if raw[16:17] == ":" else "minute")
    precision = _PRECISION_OF_LENGTH.get(len(raw), "second")
    if precision in _FINE and raw[7] == "-" and (offset := _offset_of_hour(raw[:13], zone)) is not None:
        return Moment((when - _NAIVE_EPOCH) // _MILLISECOND - offset, precision)
    return Moment(_ms(when.replace(tzinfo=zone)), precision)


@lru_cache(maxsize=4096)
def _offset_of_hour(hour: str, zone: ZoneInfo) -> int | None:
    """The zone's offset in milliseconds where one holds for the whole hour: asking it for each row costs most."""
    first = datetime.fromisoformat(hour).replace(tzinfo=zone)
    offset = first.utcoffset()
    if offset is None or offset != first.replace(minute=59, second=59).utcoffset():
        return None
    return offset // _MILLISECOND


def _of_number(raw: float, zone: ZoneInfo) -> Moment | None:
    if isinstance(raw, bool) or raw != raw or raw <= 0:  # noqa: PLR0124  NaN is the number that is not itself
        return None
    return _of_digits(repr(int(raw)), raw, zone)


def _of_digits(digits: str, value: float, zone: ZoneInfo) -> Moment | None:
    """Plain digits: a year, a sheet's day number, 20240221, 20240221100500, or an epoch in any unit."""
    length = len(digits)
    if length in _COMPACT and digits[:2] in {"19", "20"} and (moment := _compact(digits, zone)):
        return moment
    if length == 5:  # noqa: PLR2004  day numbers of the years 1927 to 2173
        day = _SHEET_EPOCH + timedelta(seconds=round(value * 86_400))
        return Moment(_ms(day.replace(tzinfo=zone)), "day" if value == int(value) else "second")
    per_unit = _MS_PER_UNIT.get(length)
    return (
        Moment(int(value * per_unit if per_unit >= 1 else value // round(1 / per_unit)), "second") if per_unit else None
    )


def _compact(digits: str, zone: ZoneInfo) -> Moment | None:
    year, *rest = [int(digits[:4]), *(int(digits[at : at + 2]) for at in range(4, len(digits), 2))]
    try:
        return _local(zone, year, *rest, precision=_COMPACT[len(digits)])
    except ValueError:
        return None


# -- everything else --------------------------------------------------------------------------------------------------

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY_CYCLE = 11  # a date falls on each weekday at least once in as many years, but for 29 February
_ZONES = {
    **dict.fromkeys(("z", "ut", "utc", "gmt", "wet"), 0),
    **dict.fromkeys(("bst", "cet", "west"), 1),
    **dict.fromkeys(("cest", "eet", "sast"), 2),
    **dict.fromkeys(("msk", "eest"), 3),
    **dict.fromkeys(("ist",), 5.5),
    **dict.fromkeys(("ict", "wib"), 7),
    **dict.fromkeys(("hkt", "sgt", "awst", "wita", "pht"), 8),
    **dict.fromkeys(("jst", "kst", "wit"), 9),
    **dict.fromkeys(("acst",), 9.5),
    **dict.fromkeys(("aest",), 10),
    **dict.fromkeys(("acdt",), 10.5),
    **dict.fromkeys(("aedt",), 11),
    **dict.fromkeys(("nzst",), 12),
    **dict.fromkeys(("nzdt",), 13),
    **dict.fromkeys(("edt",), -4),
    **dict.fromkeys(("est", "cdt"), -5),
    **dict.fromkeys(("cst", "mdt"), -6),
    **dict.fromkeys(("mst", "pdt"), -7),
    **dict.fromkeys(("pst",), -8),
}

_HALF = r"(?P<half>凌晨|清晨|早上|上午|中午|下午|傍晚|晚上|晚|[ap]\.?m\.?)"
_CLOCK = (
    rf"(?:\s*,?\s*(?:T|at\s)?\s*(?:{_HALF}\s*)?(?P<hour>\d{{1,2}})(?:[:时時点點]\s*(?:(?P<minute>\d{{1,2}})分?)?"
    r"(?::?(?P<second>\d{1,2})秒?(?:[.,]\d+)?)?)\s*(?P<after>[ap]\.?m\.?)?"
    r"(?:\s*(?P<zone>Z|(?:UTC|GMT)?[+-]\d{1,2}:?\d{0,2}|[A-Z]{2,5}))?)?"
)
_BEFORE = (
    r"(?:(?:(?:发布|發布|发表|發表|编辑|更新)[于於]|发布时间|评论时间"
    r"|posted(?:\s+on)?|published(?:\s+on)?|on)\s*:?\s*)?"
)
_AFTER = r"(?:\s+来自.*|\s*(?:发布|发表|更新|\(.{0,20}\)))?"
_WEEKDAY = r"(?:\s*\(?(?:星期|周|週|礼拜)[一二三四五六日天]\)?)?"
_NAMED = r"(?P<name>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DAY_NAME = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"


def _form(body: str) -> re.Pattern[str]:
    return re.compile(_BEFORE + body + _AFTER, re.IGNORECASE | re.ASCII)


_YEAR_FIRST = _form(
    r"(?P<year>\d{4})\s*[年/.-]\s*(?P<month>\d{1,2})(?:\s*[月/.-]\s*(?P<day>\d{1,2})\s*[日号號]?"
    + _WEEKDAY
    + _CLOCK
    + "|月?)"
)
_YEAR_ONLY = _form(r"(?P<year>\d{4})\s*年")
_SHORT_YEAR = _form(r"(?P<short>\d{2})(?:年|-)(?P<month>\d{1,2})(?:月|-)(?P<day>\d{1,2})[日号號]?" + _WEEKDAY + _CLOCK)
_NO_YEAR = _form(r"(?P<month>\d{1,2})\s*[月-]\s*(?P<day>\d{1,2})\s*[日号號]?" + _WEEKDAY + _CLOCK)
_NEAR_DAY = _form(r"(?P<near>大前天|前天|昨[天日]|今[天日]|yesterday|today)" + _CLOCK)
_CLOCK_ONLY = _form(r"(?P<near>)" + _CLOCK.removesuffix("?"))
_NUMBERS_FIRST = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.]\d{4}\b", re.ASCII)
_YEAR_LAST = _form(r"(?P<one>\d{1,2})[/.](?P<two>\d{1,2})[/.](?P<year>\d{4})" + _CLOCK)
_ENGLISH_MONTH_FIRST = _form(
    _DAY_NAME + _NAMED + r"\s+(?:(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+)?(?P<year>\d{4})" + _CLOCK
)
_ENGLISH_DAY_FIRST = _form(
    _DAY_NAME + r"(?P<day>\d{1,2})(?:st|nd|rd|th)?[\s-]+" + _NAMED + r"[,\s-]+(?P<year>\d{4})" + _CLOCK
)
_YEAR_AT_END = _form(_DAY_NAME + _NAMED + r"\s+(?P<day>\d{1,2})" + _CLOCK + r"\s+(?P<year>\d{4})")
_NO_YEAR_ENGLISH = _form(rf"(?P<week>{'|'.join(_WEEK)})[a-z]*\.?,?\s+" + _NAMED + r"\s+(?P<day>\d{1,2})" + _CLOCK)
_AGO = re.compile(
    r"(?P<count>\d{1,4}|半|an?|half an?)\s*(?:个|個)?\s*(?P<unit>秒|分|[小时時]{2}|天|日|周|週|星期|月|年"
    r"|s(?:ec)?|min|h(?:ou)?r|day|week|mon|year)[a-z钟鐘]*\.?\s*(?:以?前|ago)",
    re.IGNORECASE | re.ASCII,
)
_JUST_NOW = re.compile(r"刚刚|剛剛|刚才|just now|now", re.IGNORECASE)


class _Context(NamedTuple):
    zone: ZoneInfo
    reference: datetime | None
    day_first: bool | None


def _of_text(raw: str, zone: ZoneInfo, reference: datetime | None, day_first: bool | None) -> Moment | None:
    text = raw.strip() if raw.isascii() else unicodedata.normalize("NFKC", raw[: 2 * _LONGEST]).strip()
    if not text or len(text) > _LONGEST:
        return None
    number = text.replace(".", "", 1)
    if number.isdecimal():
        return _of_digits(text.partition(".")[0], float(text) if "." in text else int(text), zone) or None
    here = reference.astimezone(zone) if reference else None
    context = _Context(zone, here, day_first)
    for pattern, read in _FORMS:
        if found := pattern.fullmatch(text):
            return read(found, context)
    return _iso(text, zone)


def _absolute(found: re.Match[str], context: _Context) -> Moment | None:
    named = found.groupdict()
    year = int(named.get("year") or 2000 + int(named.get("short") or 0))
    month = named.get("month") or _MONTHS.get((named.get("name") or "").lower(), 1)
    has_day, has_month = named.get("day"), named.get("month") or named.get("name")
    coarse: Precision = "day" if has_day else "month" if has_month else "year"
    return _at_clock(found, context, (year, int(month), int(has_day or 1)), coarse)


def _year_last(found: re.Match[str], context: _Context) -> Moment | None:
    one, two, year = (int(found[name]) for name in ("one", "two", "year"))
    day_first = context.day_first if max(one, two) <= 12 else one > 12  # noqa: PLR2004
    if day_first is None and one != two:
        return None
    return _at_clock(found, context, (year, two, one) if day_first else (year, one, two), "day")


def _without_year(found: re.Match[str], context: _Context) -> Moment | None:
    """The latest such day that is not after the reference, give or take a day."""
    if context.reference is None:
        return None
    year, month, day = context.reference.year, int(found["month"]), int(found["day"])
    late = (month, day) > ((tomorrow := context.reference + timedelta(days=1)).month, tomorrow.day)
    late = late and tomorrow.year == year
    return _at_clock(found, context, (year - late, month, day), "day")


def _by_weekday(found: re.Match[str], context: _Context) -> Moment | None:
    """The latest day of this date and weekday that is not after the reference, give or take a day."""
    if context.reference is None:
        return None
    month, number = _MONTHS[found["name"].lower()], int(found["day"])
    latest = (context.reference + timedelta(days=1)).date()
    years = range(latest.year, latest.year - _WEEKDAY_CYCLE, -1)
    days = (date(year, month, number) for year in years if (month, number) != (2, 29) or isleap(year))
    right = (day for day in days if day <= latest and day.weekday() == _WEEK.index(found["week"].lower()))
    day = next(right, None)
    return _at_clock(found, context, (day.year, month, number), "day") if day else None


def _near_day(found: re.Match[str], context: _Context) -> Moment | None:
    if context.reference is None:
        return None
    back = {"大前天": 3, "前天": 2, "昨天": 1, "昨日": 1, "yesterday": 1}.get(found["near"].lower(), 0)
    day = context.reference - timedelta(days=back)
    return _at_clock(found, context, (day.year, day.month, day.day), "day")


def _just_now(_: re.Match[str], context: _Context) -> Moment | None:
    return Moment(_ms(context.reference), "minute") if context.reference else None


_UNITS: dict[str, tuple[timedelta, Precision]] = {
    "秒s": (timedelta(seconds=1), "second"),
    "分": (timedelta(minutes=1), "minute"),
    "小时時h": (timedelta(hours=1), "hour"),
    "天日d": (timedelta(days=1), "day"),
    "周週星w": (timedelta(weeks=1), "day"),
}


def _ago(found: re.Match[str], context: _Context) -> Moment | None:
    if context.reference is None:
        return None
    said, unit = found["count"].lower(), found["unit"].lower()
    count = float(said) if said.isdecimal() else 0.5 if "半" in said or "half" in said else 1.0
    if unit in {"月", "mon", "年", "year"}:
        return _months_ago(int(count) * (1 if unit in {"月", "mon"} else 12), unit, context)
    step, precision = next((value for key, value in _UNITS.items() if unit[0] in key), _UNITS["分"])
    when = context.reference - count * step
    if precision == "day":
        return _local(context.zone, when.year, when.month, when.day, precision="day")
    return Moment(_ms(when), precision)


def _months_ago(months: int, unit: str, context: _Context) -> Moment | None:
    if context.reference is None:
        return None
    year, month = divmod(context.reference.year * 12 + context.reference.month - 1 - months, 12)
    if unit in {"年", "year"}:
        return _local(context.zone, year, precision="year")
    return _local(context.zone, year, month + 1, precision="month")


# The order matters where a text fits two forms: the more particular one stands first.
_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], _Context], Moment | None]], ...] = (
    (_YEAR_FIRST, _absolute),
    (_YEAR_AT_END, _absolute),
    (_ENGLISH_DAY_FIRST, _absolute),
    (_ENGLISH_MONTH_FIRST, _absolute),
    (_SHORT_YEAR, _absolute),
    (_YEAR_LAST, _year_last),
    (_NO_YEAR, _without_year),
    (_NO_YEAR_ENGLISH, _by_weekday),
    (_NEAR_DAY, _near_day),
    (_AGO, _ago),
    (_JUST_NOW, _just_now),
    (_YEAR_ONLY, _absolute),
    (_CLOCK_ONLY, _near_day),
)


# -- clocks and zones -------------------------------------------------------------------------------------------------


def _at_clock(found: re.Match[str], context: _Context, day: tuple[int, int, int], coarse: Precision) -> Moment | None:
    named = found.groupdict()
    if named.get("hour") is None:
        return _local(context.zone, *day, precision=coarse)
    hour = _hour(int(named["hour"]), (named.get("half") or named.get("after") or "").lower().replace(".", ""))
    minute, second = named.get("minute"), named.get("second")
    precision: Precision = "second" if second else "minute" if minute else "hour"
    when = datetime(*day, hour % 24, int(minute or 0), int(second or 0))  # noqa: DTZ001  the zone comes in the next line
    when += timedelta(days=hour // 24)
    zone = _zone(named.get("zone"), when, context.zone)
    return Moment(_ms(when.replace(tzinfo=zone)), precision) if zone else None


def _hour(hour: int, half: str) -> int:
    """The hour of the day: 下午3 is 15, 晚上12 is midnight, 12 am is 0; 24 is the next day's 0."""
    if hour > 24:  # noqa: PLR2004
        raise ValueError(hour)
    if half in {"下午", "傍晚", "pm"} and hour < 12:  # noqa: PLR2004
        return hour + 12
    if half in {"晚上", "晚"}:
        return hour + 12 if 5 <= hour <= 12 else hour  # noqa: PLR2004  "晚上1点" is an hour after midnight
    if half == "中午" and hour < 4:  # noqa: PLR2004
        return hour + 12
    return 0 if half in {"am", "凌晨"} and hour == 12 else hour  # noqa: PLR2004


def _zone(name: str | None, when: datetime, zone: ZoneInfo) -> tzinfo | None:
    """The zone a text names: the study's own where it goes by that name (CST in China), None for an unknown name."""
    if not name or when.replace(tzinfo=zone).tzname() == name.upper():
        return zone
    offset = re.fullmatch(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?", name, re.IGNORECASE)
    if offset:
        span = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        return timezone(-span if offset[1] == "-" else span)
    hours = _ZONES.get(name.lower())
    return None if hours is None else timezone(timedelta(hours=hours))


def _local(zone: ZoneInfo, *pieces: int, precision: Precision) -> Moment:
    """The start of the period that these pieces (year, month, day, hour …) name on the zone's clocks."""
    year, month, day, hour, minute, second = (*pieces, *_FIRST[len(pieces) :])
    return Moment(_ms(datetime(year, month, day, hour, minute, second, tzinfo=zone)), precision)


def _ms(when: datetime) -> int:
    return (when - _EPOCH) // _MILLISECOND
