"""What report is asked for: for whom, of which days, in which files, and in which folder it is written."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

import numpy as np

from minyi.study_shape import YEARS
from reports.corpus import local_day
from storage.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from minyi.glimpses import Came
    from reports.inputs import ReportInput
    from storage.nouns import Study

Preset = Literal["full", "daily", "weekly", "special"]
_ONE = timedelta(days=1)
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Asked:
    """A report as a person or a job asks for it.

    Attributes:
        audience: internal or public.
        preset: full (the study's whole window), daily, weekly or special.
        day: the day of a daily report, or one day of the week of a weekly one; None for the last one that is over.
        start, end: the days of a special report.
        formats: the files wanted beside numbers.json.
    """

    audience: Literal["internal", "public"] = "internal"
    preset: Preset = "full"
    day: date | None = None
    start: date | None = None
    end: date | None = None
    formats: tuple[str, ...] = ("html",)

    @property
    def folder(self) -> str:
        """Its folder among the reports: none for the full internal one, else such as `public` or `weekly-public`."""
        parts = (self.preset if self.preset != "full" else "", "public" if self.audience == "public" else "")
        return "-".join(part for part in parts if part)

    @property
    def options(self) -> list[str]:
        """The command line's options that ask for the same again."""
        given: list[str] = ["--public"] if self.audience == "public" else []
        given += ["--preset", self.preset] if self.preset != "full" else []
        days = {"--day": self.day, "--from": self.start, "--to": self.end}
        given += [part for name, day in days.items() if day for part in (name, day.isoformat())]
        if self.formats != ("html",):
            given += [part for name in self.formats for part in ("--format", name)]
        return given


def checked(asked: Asked) -> Asked:
    """The same, days without a preset being a special report.

    Raises:
        UsageError: the options do not go together.
    """
    if far := next((day for day in (asked.day, asked.start, asked.end) if day and day.year not in YEARS), None):
        raise UsageError(f"{far} is no day of a study", remedy=f"take one from {YEARS.start} to {YEARS.stop - 1}")
    special = asked.start is not None or asked.end is not None
    if special and asked.preset == "full":
        asked = replace(asked, preset="special")
    if asked.preset == "special":
        if asked.start is None or asked.end is None or asked.end < asked.start:
            raise UsageError("a special report needs its first and its last day", remedy="give --from DAY --to DAY")
    elif special:
        raise UsageError(f"a {asked.preset} report takes no --from and --to", remedy="take --day, or --preset special")
    if asked.day and asked.preset not in {"daily", "weekly"}:
        raise UsageError("--day goes with a daily or a weekly report", remedy="add --preset daily")
    return asked


def dated(asked: Asked, study: Study, came: Came, today: date) -> Asked:
    """The same with its days: where none were asked for, the last that are over and have comments.

    Args:
        asked: what is asked for.
        study: its window is not left.
        came: how its comments came.
        today: in the study's time zone.

    Raises:
        UsageError: the days lie outside the study's window.
    """
    if asked.preset == "full":
        return asked
    if asked.preset == "special":
        start, end = asked.start, asked.end
    elif asked.day:
        start, end = _period(asked.preset, asked.day)
    else:
        start, end = _last(asked.preset, _days(came, study), today)
    start, end = max(filter(None, (start, study.start))), min(filter(None, (end, study.end)))
    if end < start:
        raise UsageError(
            "these days lie outside the study's window", remedy=f"it goes from {study.start} to {study.end}"
        )
    return replace(asked, start=start, end=end)


def with_days(inp: ReportInput, asked: Asked) -> ReportInput:
    """What the report is made of, cut to the days asked for, the words of the whole study left out."""
    if asked.preset == "full":
        return inp
    return without_words(replace(inp, study=inp.study.model_copy(update={"start": asked.start, "end": asked.end})))


def without_words(inp: ReportInput) -> ReportInput:
    """The same without the words of the whole study."""
    return replace(inp, keywords={}, shared_words=())


def command_for(command: str, asked: Asked) -> str:
    """The command line that makes this very report again."""
    if asked.preset in {"daily", "weekly"}:
        asked = replace(asked, day=asked.day or asked.end, start=None, end=None)
    return " ".join([command, *(shlex.quote(part) for part in asked.options)])


def _period(preset: str, day: date) -> tuple[date, date]:
    """The day itself, or its ISO week, Monday to Sunday."""
    if preset == "daily":
        return day, day
    monday = day - _ONE * day.weekday()
    return monday, monday + _WEEK - _ONE


def _last(preset: str, days: Iterable[date], today: date) -> tuple[date, date]:
    """The last day or week that is over: yesterday's, or an earlier one where nothing was said since."""
    newest = today - _ONE if preset == "daily" else _period(preset, today)[0] - _ONE
    return _period(preset, max((day for day in days if day <= newest), default=newest))


def _days(came: Came, study: Study) -> list[date]:
    """The days of the study's window on which something was said."""
    found = {local_day(ms, study.zone) for ms in _quarters(came.published[came.dated])}
    return [day for day in found if (study.start or day) <= day <= (study.end or day)]


def _quarters(times: NDArray[np.int64]) -> Iterable[int]:
    """One moment of each quarter of an hour: no time zone begins its day within one."""
    quarter = 900_000
    return (at * quarter for at in np.unique(times // quarter).tolist())
