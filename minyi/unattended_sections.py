"""What a study file says about running unattended: when, who is told, and how long what is kept stays.

`[schedule]` is read by `minyi.jobs`, `[notify]` by `minyi.jobs` too, `[privacy]` by `minyi.privacy`.
"""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Cause = Literal["failed", "partial", "silent", "drift", "spike", "held"]
"""What people are told of: a run failed, came through in part, a source fell silent, a source changed its answers, more
comments than usual came, the gate held a report."""

Edition = Literal["html", "md", "xlsx", "pdf", "docx", "pptx", "eml"]
"""The forms that a report is written in: those of `reports.editions`, which this file does not import."""
CAUSES: tuple[Cause, ...] = ("failed", "partial", "silent", "drift", "spike", "held")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")


def _clock(value: object) -> object:
    """Turns "6:30" into a time; minutes and hours beyond the clock are refused."""
    if isinstance(value, str) and (found := _CLOCK.fullmatch(value.strip())):
        hour, minute = int(found[1]), int(found[2])
        if hour < 24 and minute < 60:  # noqa: PLR2004  a day's hours, an hour's minutes
            return time(hour, minute)
    if isinstance(value, time) and not value.second and value.tzinfo is None:
        return value
    raise ValueError('write a time of day as "06:30"')


Clock = Annotated[time, BeforeValidator(_clock)]


class _Closed(BaseModel):
    """A key nobody knows is an error."""

    model_config = ConfigDict(extra="forbid")


class ScheduleSection(_Closed):
    """`[schedule]`: when `minyi run` is due, by the clock of the study's time zone.

    Attributes:
        every: how often.
        at: the time of day; of an hourly job only the minute counts.
        weekday: of a weekly job.
        preset: the report that a run writes.
        formats: its editions.
        public: whether the public edition is written, too.
        budget_minutes: the time that one source may take; what it has stored by then is kept.
    """

    every: Literal["hour", "day", "week"] = "day"
    at: Clock = time(6, 30)
    weekday: Weekday = "monday"
    preset: Literal["full", "daily", "weekly"] = "full"
    formats: Annotated[list[Edition], Field(min_length=1)] = ["html"]
    public: bool = False
    budget_minutes: Annotated[float, Field(gt=0, le=24 * 60)] = 30.0


class QuietHours(_Closed):
    """`quiet = { from = "22:00", to = "07:00" }`: when nobody is told anything; it waits for the first run after."""

    start: Clock = Field(alias="from")
    end: Clock = Field(alias="to")

    @model_validator(mode="after")
    def _some_hours(self) -> Self:
        if self.start == self.end:
            raise ValueError("from and to are the same time: leave quiet out, or write two times")
        return self


class NotifySection(_Closed):
    """`[notify]`: who is told how the runs went. Addresses that hold a key stand in the environment, never here.

    Attributes:
        variables: names of environment variables, each with one Apprise address (WeCom, DingTalk, Slack, e-mail …).
        on: what is told.
        quiet: hours in which nothing is sent.
        heartbeat: name of the environment variable with the URL that is asked for after every run that succeeded.
        metrics: where a Prometheus text file is written, absolute or from the study's folder; none by default.
        language: in which messages are written.
    """

    variables: list[str] = []
    on: list[Cause] = list(CAUSES)
    quiet: QuietHours | None = None
    heartbeat: str = ""
    metrics: str = ""
    language: Literal["zh", "en"] = "en"

    @field_validator("metrics")
    @classmethod
    def _a_name(cls, metrics: str) -> str:
        if "\0" in metrics:
            raise ValueError("no name of a file holds a NUL: write one such as data/minyi.prom")
        return metrics

    @field_validator("variables", "heartbeat")
    @classmethod
    def _names_no_secret(cls, named: Any) -> Any:  # noqa: ANN401  one name or several
        for name in filter(None, [named] if isinstance(named, str) else named):
            if not re.fullmatch(r"[A-Z_][A-Z0-9_]*", name):
                raise ValueError(
                    "write the name of an environment variable, such as MINYI_NOTIFY_TEAM, and set the address there: "
                    "it holds a key, and this file is passed on"
                )
        return named


def _no_yes(value: object) -> object:
    """`true` is no number: it would be read as one day, and one day is soon over."""
    if isinstance(value, bool):
        raise ValueError("write a number of days, such as 730; 0 keeps everything")  # noqa: TRY004  pydantic's own
    return value


Days = Annotated[int, BeforeValidator(_no_yes), Field(ge=0, le=36_500)]


class PrivacySection(_Closed):
    """`[privacy]`: how long what is kept stays, and what a record of processing says.

    Attributes:
        comments_days: texts, authors and captures of comments older than this many days are removed; 0 keeps them.
        captures_days: fetched pages older than this many days are removed; 0 keeps them.
        controller: who is responsible.
        contact: whom people may write to.
        purpose: what the comments are read for.
        basis: on what ground they are kept.
    """

    comments_days: Days = 0
    captures_days: Days = 0
    controller: str = ""
    contact: str = ""
    purpose: str = ""
    basis: str = ""
