"""Which days a report is of, where it is written, and how to ask for it again."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from minyi.glimpses import GLIMPSED, Came, came_of
from minyi.presets import Asked, checked, command_for, dated
from storage.errors import UsageError
from storage.nouns import Change, Study, Wording

TODAY = date(2026, 3, 18)  # a Wednesday
STUDY = Study(id="s", change=Change(name=Wording(en="n"), statement=Wording(en="s")), start=date(2026, 3, 3))


def said_on(*days: str) -> Came:
    """Comments of these days at half past midnight in Shanghai: the day before in UTC."""
    zone = ZoneInfo("Asia/Shanghai")
    times = [int(datetime.fromisoformat(f"{day}T00:30").replace(tzinfo=zone).timestamp() * 1000) for day in days]
    named = {name: ["minute"] * len(times) for name in GLIMPSED}
    return came_of(pd.DataFrame(named | {"published_at": times}))


@pytest.mark.parametrize(
    ("preset", "days", "span"),
    [
        ("daily", ["2026-03-16", "2026-03-17", "2026-03-18"], ("2026-03-17", "2026-03-17")),
        ("daily", ["2026-03-11", "2026-03-18"], ("2026-03-11", "2026-03-11")),
        ("daily", [], ("2026-03-17", "2026-03-17")),
        ("weekly", ["2026-03-12", "2026-03-17"], ("2026-03-09", "2026-03-15")),
        ("weekly", ["2026-03-04"], ("2026-03-03", "2026-03-08")),  # the window begins on a Tuesday
    ],
)
def test_the_last_days_that_are_over_and_have_comments(preset: str, days: list[str], span: tuple[str, str]) -> None:
    found = dated(Asked(preset=preset), STUDY, said_on(*days), TODAY)  # type: ignore[arg-type]
    assert (str(found.start), str(found.end)) == span


def test_a_day_names_its_week() -> None:
    found = dated(Asked(preset="weekly", day=date(2026, 3, 11)), STUDY, said_on(), TODAY)
    assert (found.start, found.end) == (date(2026, 3, 9), date(2026, 3, 15))


def test_days_outside_the_window_are_refused() -> None:
    with pytest.raises(UsageError):
        dated(Asked(preset="daily", day=date(2026, 3, 1)), STUDY, said_on(), TODAY)


@pytest.mark.parametrize(
    "asked",
    [
        Asked(preset="special"),
        Asked(start=date(2026, 3, 4)),
        Asked(start=date(2026, 3, 4), end=date(2026, 3, 3)),
        Asked(preset="daily", start=date(2026, 3, 4), end=date(2026, 3, 5)),
        Asked(day=date(2026, 3, 4)),
    ],
)
def test_options_that_do_not_go_together_are_refused(asked: Asked) -> None:
    with pytest.raises(UsageError):
        checked(asked)


def test_days_alone_make_a_special_report() -> None:
    assert checked(Asked(start=date(2026, 3, 4), end=date(2026, 3, 5))).preset == "special"


@pytest.mark.parametrize(
    ("asked", "folder", "command"),
    [
        (Asked(), "", "minyi report s"),
        (Asked("public"), "public", "minyi report s --public"),
        (
            Asked("public", "weekly", None, date(2026, 3, 9), date(2026, 3, 15)),
            "weekly-public",
            "minyi report s --public --preset weekly --day 2026-03-15",
        ),
        (
            Asked(preset="special", start=date(2026, 3, 4), end=date(2026, 3, 5), formats=("html", "xlsx")),
            "special",
            "minyi report s --preset special --from 2026-03-04 --to 2026-03-05 --format html --format xlsx",
        ),
    ],
)
def test_each_kind_has_its_folder_and_its_command(asked: Asked, folder: str, command: str) -> None:
    assert asked.folder == folder
    assert command_for("minyi report s", asked) == command


@pytest.mark.parametrize("day", [date(1, 1, 1), date(9999, 12, 31)])
def test_a_day_in_no_study_is_refused(day: date) -> None:
    for asked in (Asked(preset="weekly", day=day), Asked(preset="special", start=day, end=day)):
        with pytest.raises(UsageError, match="no day of a study"):
            checked(asked)
