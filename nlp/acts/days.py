"""Which day is meant: years left out, weekdays, "next month", seen from the day on which the text appeared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple

DayPrecision = Literal["day", "month", "year"]
DECEMBER = 12
EARLIEST, LATEST = 1900, 2199


class Day(NamedTuple):
    """A day, or the first day of a month or a year."""

    date: date
    precision: DayPrecision = "day"


@dataclass(slots=True)
class Almanac:
    """What is known when a date is read.

    Attributes:
        today: the day on which the text appeared; without it only full dates can be told.
        year: the year that was last written out, and which the next date without one belongs to in its sentence.
        sentence: whether that year stands in the sentence being read.
    """

    today: date | None
    year: int | None = None
    sentence: bool = False

    def begin_sentence(self) -> None:
        """A year written out before does not reach into this sentence."""
        self.sentence = False

    def full(self, year: int, month: int | None = None, day: int | None = None) -> Day | None:
        """A date with its year; None where the calendar has no such day."""
        found = _day(year, month, day)
        if found and month:
            self.year, self.sentence = year, True
        return found

    def yearless(self, month: int, day: int | None = None, *, tense: int = 0) -> Day | None:
        """A month, or a day of a month, in the year of its sentence; else the one nearest to the text's own day.

        Args:
            month: 1 to 12.
            day: of the month.
            tense: whether the words speak of the future (1), the past (-1) or leave it open (0).
        """
        if self.year and self.sentence:
            return _day(self.year, month, day)
        if self.today is None:
            return None
        years = (self.today.year - 1, self.today.year, self.today.year + 1)
        found = [one for year in years if (one := _day(year, month, day))]
        if tense > 0:
            found = [one for one in found if _last_of(one) >= self.today] or found
        if tense < 0:
            found = [one for one in found if one.date <= self.today] or found
        return min(found, key=lambda one: abs((one.date - self._near(one)).days), default=None)

    def _near(self, day: Day) -> date:
        """The text's own day, or its month where only months are compared."""
        today = self.today or day.date
        return today if day.precision == "day" else today.replace(day=1)

    def bare(self, day: int) -> Day | None:
        """记者9日获悉: the last such day up to the text's own."""
        if self.today is None:
            return None
        return self.in_month(0 if day <= self.today.day else -1, day)

    def in_month(self, shift: int, day: int | None = None) -> Day | None:
        """A day of this month (0), the next (1) or the last (-1); the month itself where no day is given."""
        if self.today is None:
            return None
        months = self.today.year * DECEMBER + self.today.month - 1 + shift
        return _day(months // DECEMBER, months % DECEMBER + 1, day)

    def in_year(self, shift: int, month: int | None = None, day: int | None = None) -> Day | None:
        """A date of this year (0), the next (1) or the last (-1)."""
        return None if self.today is None else self.full(self.today.year + shift, month, day)

    def shifted(self, days: int) -> Day | None:
        """So many days after the text's own."""
        return None if self.today is None else Day(self.today + timedelta(days))

    def in_week(self, weekday: int, shift: int) -> Day | None:
        """A weekday (Monday is 0) of this calendar week, the next or the last."""
        return None if self.today is None else self.shifted(weekday - self.today.weekday() + 7 * shift)

    def weekday(self, weekday: int, *, tense: int) -> Day | None:
        """The nearest such day up to the text's own, or from it on."""
        if self.today is None:
            return None
        back = (self.today.weekday() - weekday) % 7
        return self.shifted((7 - back) % 7 if tense > 0 else -back)


def _day(year: int, month: int | None, day: int | None) -> Day | None:
    if not EARLIEST <= year <= LATEST:
        return None
    try:
        return Day(date(year, month or 1, day or 1), "day" if day else "month" if month else "year")
    except ValueError:
        return None


def _last_of(day: Day) -> date:
    """The last day of a month or year, generously: no month is longer."""
    return day.date + timedelta({"day": 0, "month": 31, "year": 366}[day.precision])
